"""What is voted on names its version and digest, on every screen that shows the vote."""

import pytest

from council import live
from documents.models import Document, Version
from sessions.models import ItemPaper
from tests.sessions import hall
from voting.selectors import short_hash


@pytest.mark.django_db
def test_50_the_version_and_digest_of_the_voted_text_stand_on_tablet_and_desk(sitting, chair, secretary, delegates, council):
    item = sitting.items.get(number=2)
    document = Document.objects.create(council=council, title="Dự thảo", kind="draft_resolution", visibility="members")
    for number, digest in ((1, "aa11bb22" + "0" * 56), (2, "7f3a19c4" + "0" * 56)):
        Version.objects.create(document=document, number=number, sha256=digest, size=1, pages=1, state="ready")
    ItemPaper.objects.create(item=item, document=document, kind="draft_resolution")
    hall.run(sitting, secretary, delegates)

    poll = hall.open_vote(sitting, chair)

    assert poll.text_digest == "7f3a19c4" + "0" * 56
    assert poll.text_name.endswith("lần 2")
    for audience in ("delegate", "desk"):
        parts = live.snapshot(sitting.room, audience).parts
        assert any(short_hash(poll.text_digest) in html and "lần 2" in html for html in parts.values()), audience
