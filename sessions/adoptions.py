"""What the plenary adopted, told to the register of resolutions as values (documents/selectors.py)."""

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from council.models import Body, Council, User
from documents.models import Document
from documents.rules import subject_of
from documents.selectors import Adoption, register_adoptions
from sessions.models import AgendaItem, ItemPoll
from voting.models import Poll


@register_adoptions
def adopted_drafts(user: User, council: Council) -> list[Adoption]:
    """Draft resolutions that a declared vote of the plenary passed, in the order of the votes."""
    rows = (
        ItemPoll.objects.filter(
            item__council_session__council=council,
            item__council_session__body__kind=Body.Kind.PLENARY,
            item__kind=AgendaItem.Kind.DRAFT_RESOLUTION,
            poll__state=Poll.State.DECLARED,
            poll__result__passed=True,
            poll__is_rehearsal=False,
        )
        # a vote put right by a later one counts for nothing; the later one does
        .exclude(poll__corrections__state=Poll.State.DECLARED)
        .select_related("poll__result", "paper__document", "item__council_session")
        .order_by("poll__closed_at")
    )
    return [_adoption(row) for row in rows]


def _adoption(row: ItemPoll) -> Adoption:
    poll, result, council_session = row.poll, row.poll.result, row.item.council_session
    return Adoption(
        key=str(poll.public_id),
        title=subject_of(row.item.title),
        vote={
            "poll": str(poll.public_id),
            "for": result.votes_for,
            "against": result.votes_against,
            "other": result.votes_other,
            "silent": result.silent,
            "absent": result.absent,
            "total": result.total,
            "present": result.present,
            "needed": result.needed,
            "passed": result.passed,
            "why": result.why,
            "article": result.article,
            "text_name": poll.text_name,
            "text_digest": poll.text_digest,
        },
        adopted_on=timezone.localdate(poll.closed_at),
        session_name=_("Kỳ họp thứ %(n)s") % {"n": council_session.number},
        session_url=_public_page(council_session),
        draft=row.paper.document if row.paper else _draft_of(row),
    )


def _draft_of(row: ItemPoll) -> Document | None:
    paper = (
        row.item.papers.filter(kind=Document.Kind.DRAFT_RESOLUTION, document__isnull=False)
        .select_related("document")
        .first()
    )
    return paper.document if paper else None


def _public_page(council_session) -> str:
    try:
        return reverse("sessions:public_session", args=[council_session.slug])
    except NoReverseMatch:
        return ""
