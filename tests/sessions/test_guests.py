"""Guests: the QR card on the table opens its own papers and nothing else; people asked in to an item read that item's."""

import re
from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from council.accounts.rules import hash_of
from council.errors import BadInput, NotAllowed, WrongState
from documents.models import Document
from documents.selectors import readable_documents
from sessions import services
from sessions.models import CouncilSession, GuestLink
from tests import builders
from tests.documents.papers import tiny, upload


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def convened(council_session):
    CouncilSession.objects.filter(pk=council_session.pk).update(state=CouncilSession.State.RUNNING)
    council_session.refresh_from_db()
    return council_session


@pytest.fixture
def papers(convened, office):
    """Three documents: two on item 2, one on item 3."""
    made = []
    for number, title in ((2, "Tờ trình chimmot"), (2, "Báo cáo chimhai"), (3, "Báo cáo chimba")):
        item = convened.items.get(number=number)
        paper = services.save_paper(item=item, by=office, kind="report", title=title)
        made.append(services.file_paper(paper=paper, by=office, upload=upload(tiny(str(number)))).document)
    return made


@pytest.fixture
def link(convened, papers, office):
    """A card for item 2 with the first paper only."""
    return services.make_guest_link(
        sitting=convened.sittings.get(), item=convened.items.get(number=2), by=office, name="Sở Tài chính",
        papers=papers[:1], expires_at=timezone.now() + timedelta(hours=8),
    )  # fmt: skip


@pytest.fixture
def phone(link, office):
    """A guest's phone that has read the card."""
    secret = services.renew_guest_link(link=link, by=office)
    phone = Client()
    response = phone.get(reverse("sessions:guest_enter", args=[secret]))
    assert response.status_code == 302
    phone.secret = secret
    return phone


def status(client, document, name="documents:read") -> int:
    args = [document.public_id] if name == "documents:read" else [document.public_id, 1]
    return client.get(reverse(name, args=args)).status_code


def test_a_guest_sees_the_papers_of_the_card_and_nothing_else(phone, papers, convened):
    listed = phone.get(reverse("sessions:guest")).content.decode()
    assert "chimmot" in listed
    assert "chimhai" not in listed

    assert [status(phone, paper) for paper in papers] == [200, 404, 404]
    assert [status(phone, paper, "documents:bytes") for paper in papers] == [200, 404, 404]
    for name, args in (("sessions:today", []), ("sessions:agenda", [convened.public_id]), ("sessions:my_papers", [])):
        assert phone.get(reverse(name, args=args)).status_code == 302, name
    public = phone.get(reverse("sessions:public_session", args=[convened.slug])).content.decode()
    assert "chimmot" not in public


def test_13_nothing_that_a_guest_gets_is_kept(phone, papers):
    assert phone.get(reverse("sessions:guest"))["Cache-Control"] == "no-store"
    assert phone.get(reverse("documents:read", args=[papers[0].public_id]))["Cache-Control"] == "no-store"
    assert "no-store" in phone.get(reverse("documents:bytes", args=[papers[0].public_id, 1]))["Cache-Control"]
    cookie = phone.cookies["khach"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_stranger_without_the_card_sees_nothing(papers, link):
    assert [status(Client(), paper) for paper in papers] == [404, 404, 404]


def test_a_card_ends_when_it_is_taken_back_and_when_its_time_is_over(phone, link, papers, office):
    services.revoke_guest_link(link=link, by=office)
    assert status(phone, papers[0]) == 404
    assert phone.get(reverse("sessions:guest_enter", args=[phone.secret])).status_code == 404

    GuestLink.objects.update(revoked_at=None, expires_at=timezone.now() - timedelta(seconds=1))
    assert status(phone, papers[0]) == 404
    assert "chimmot" not in phone.get(reverse("sessions:guest")).content.decode()
    with pytest.raises(WrongState):
        services.renew_guest_link(link=link, by=office)


def test_printing_again_ends_the_cards_printed_before(phone, link, papers, office):
    services.renew_guest_link(link=link, by=office)

    assert status(phone, papers[0]) == 404


def test_a_withdrawn_paper_is_gone_from_the_card(phone, papers, office):
    services.withdraw_paper(paper=papers[0].item_papers.get(), by=office)

    assert status(phone, papers[0]) in (404, 410)
    assert "chimmot" not in phone.get(reverse("sessions:guest")).content.decode()


def test_a_paper_that_became_the_offices_own_is_gone_from_the_card(phone, papers, office):
    services.set_paper_readers(paper=papers[0].item_papers.get(), by=office, visibility="office")

    assert status(phone, papers[0]) == 404


def test_a_card_opens_a_paper_of_a_closed_sitting_when_the_office_put_it_there(phone, papers):
    Document.objects.filter(pk=papers[0].pk).update(is_closed=True)

    assert status(phone, papers[0]) == 200


def test_a_signed_in_person_gains_nothing_from_a_card(phone, papers, link, council):
    stranger = builders.person(council, "quan-tri", role="administrator")
    phone.force_login(stranger)

    assert status(phone, papers[0]) == 404


def test_giving_the_card_back_ends_it_on_this_phone(phone, papers):
    phone.post(reverse("sessions:guest_leave"))

    assert status(phone, papers[0]) == 404


def test_another_councils_address_does_not_know_the_card(phone, link, papers, other_council, settings):
    settings.ALLOWED_HOSTS = ["*"]
    other_council.host = "xa.example"
    other_council.save()

    response = phone.get(reverse("sessions:guest_enter", args=[phone.secret]), headers={"host": "xa.example"})

    assert response.status_code == 404


def test_the_secret_rests_as_a_hash_and_only_once_printed(link, office):
    assert link.secret_hash is None

    secret = services.renew_guest_link(link=link, by=office)

    link.refresh_from_db()
    assert link.secret_hash == hash_of(secret)
    assert len(secret) >= 22  # 128 bits
    assert secret not in str(list(GuestLink.objects.values()))


def test_67_wrong_cards_are_slowed_down_and_right_ones_never(phone):
    words = [Client().get(reverse("sessions:guest_enter", args=[f"sai-{n}"])).status_code for n in range(22)]

    assert set(words[:20]) == {404}
    assert words[21] == 429
    assert Client().get(reverse("sessions:guest_enter", args=[phone.secret])).status_code == 302


def test_what_may_not_stand_on_a_card_is_refused(convened, papers, office, delegates):
    sitting, item = convened.sittings.get(), convened.items.get(number=2)
    good = {
        "sitting": sitting, "item": item, "by": office, "name": "Khách", "papers": papers[:1],
        "expires_at": timezone.now() + timedelta(hours=1),
    }  # fmt: skip
    Document.objects.filter(pk=papers[1].pk).update(visibility="office")
    wrong = [
        {"name": " "}, {"papers": []}, {"papers": papers[2:]}, {"papers": papers[1:2]},
        {"expires_at": timezone.now()}, {"expires_at": timezone.now() + timedelta(days=31)},
    ]  # fmt: skip
    for change in wrong:
        with pytest.raises(BadInput):
            services.make_guest_link(**good | change)
    with pytest.raises(NotAllowed):
        services.make_guest_link(**good | {"by": delegates[0].user})

    assert services.make_guest_link(**good)


@pytest.mark.slow
def test_the_office_makes_prints_and_takes_back_a_card(client, convened, papers, office):
    client.force_login(office)
    until = timezone.localtime() + timedelta(hours=5)
    said = {
        "name": "Bàn báo chí", "sitting": convened.sittings.get().public_id, "papers": [papers[0].public_id],
        "until": until.strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    assert client.post(reverse("sessions:make_guest_link", args=[convened.public_id]), said).status_code == 302
    link = GuestLink.objects.get()
    page = client.get(reverse("sessions:guests", args=[convened.public_id])).content.decode()
    assert "Bàn báo chí" in page

    card = client.post(reverse("sessions:print_guest_link", args=[convened.public_id, link.public_id]), {"copies": 2})

    pdf = pypdfium2.PdfDocument(BytesIO(card.content))
    text = pdf[0].get_textpage().get_text_bounded()
    assert (len(pdf), "Bàn báo chí" in text) == (2, True)
    client.post(reverse("sessions:revoke_guest_link", args=[convened.public_id, link.public_id]))
    link.refresh_from_db()
    assert link.revoked_at is not None
    assert re.search("thu hồi", client.get(reverse("sessions:guests", args=[convened.public_id])).content.decode())


# --- people with an account ---------------------------------------------------------------------------


def test_a_person_asked_in_to_an_item_reads_its_papers_also_behind_closed_doors(convened, papers, council, office):
    guest = builders.person(council, "khach-moi", role="guest")
    Document.objects.filter(pk=papers[0].pk).update(is_closed=True)
    mine = readable_documents(guest, council)
    assert not mine.exists()

    invitation = services.invite_guest(item=convened.items.get(number=2), user=guest, by=office)

    assert set(readable_documents(guest, council)) == set(papers[:2])
    services.set_paper_readers(paper=papers[1].item_papers.get(), by=office, visibility="office")
    assert set(readable_documents(guest, council)) == set(papers[:1])
    services.uninvite_guest(guest=invitation, by=office)
    assert not readable_documents(guest, council).exists()


def test_an_invitation_ends_with_the_session(convened, papers, council, office, client):
    guest = builders.person(council, "khach-moi", role="guest")
    services.invite_guest(item=convened.items.get(number=2), user=guest, by=office)
    client.force_login(guest)
    assert "chimmot" in client.get(reverse("sessions:guest")).content.decode()

    CouncilSession.objects.filter(pk=convened.pk).update(state=CouncilSession.State.CLOSED)

    assert not readable_documents(guest, council).exists()
    assert "chimmot" not in client.get(reverse("sessions:guest")).content.decode()


def test_who_has_no_account_in_the_council_is_not_asked_in(convened, office, other_council):
    stranger = builders.person(other_council, "nguoi-la", role="guest")

    with pytest.raises(BadInput):
        services.invite_guest(item=convened.items.get(number=2), user=stranger, by=office)
