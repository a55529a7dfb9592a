"""What follows here from a paper's complete text: a file that waits without a proposal gets one now; and every
screen that lists a paper is told when it was converted, or refused after all.

A scan is read only when its letters were recognised, a text of an office program when it was converted.
"""

from documents import pipeline
from documents.models import Version
from sessions.models import CouncilSession, StagedPaper
from sessions.services.papers import propose_again
from sessions.services.shared import tell_rooms


@pipeline.register_after
def propose_from_text(version: Version) -> None:
    staged = StagedPaper.objects.filter(document=version.document_id, paper=None, found={}).first()
    if staged is None:
        return
    first = version.page_rows.filter(number=1).values_list("text", flat=True).first()
    if first:
        propose_again(staged=staged, text=first)


@pipeline.register_changed
def tell_screens(version: Version) -> None:
    if version.state == Version.State.REFUSED:  # what was read from its first page is content too
        StagedPaper.objects.filter(document=version.document_id).update(found={}, reason="", doubt="")
    for found in CouncilSession.objects.filter(items__papers__document=version.document_id).distinct():
        tell_rooms(found)
