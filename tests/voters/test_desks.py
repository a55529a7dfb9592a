"""The office's and the agency's desks: what each sees, and that nobody sees more."""

import pytest
from django.urls import reverse

from council.models import Agency
from tests import builders
from tests.voters.conftest import record
from voters import services
from voters.models import Petition, Reply

CANARY = "chimyenxanh"


@pytest.fixture
def foreign(council, second_agency, office):
    """A petition of another agency with a word that occurs nowhere else."""
    petition = record(
        council, office, text=f"Đề nghị {CANARY} nạo vét kênh.", title=f"Kênh {CANARY}", field="irrigation"
    )
    services.refer(petition=petition, agency=second_agency, by=office)
    return petition


def test_a_clerk_finds_only_the_own_agencys_petitions(sign_in, agency_clerk, referral, petition, foreign):
    client = sign_in(agency_clerk)

    for url in (
        reverse("voters:agency"),
        reverse("voters:agency") + f"?words={CANARY}&state=",
        reverse("voters:agency_csv"),
        reverse("voters:agency_csv") + f"?words={CANARY}",
        reverse("voters:agency_petition", args=[petition.public_id]),
    ):
        content = client.get(url).content.decode()
        assert f"Kênh {CANARY}" not in content
        assert foreign.code not in content
    page = client.get(reverse("voters:agency"))
    assert page.context["counts"] == {"overdue": 0, "waiting": 1, "answered": 0}


def test_another_agencys_petition_is_not_there(sign_in, agency_clerk, referral, foreign):
    client = sign_in(agency_clerk)

    for name in ("agency_petition",):
        assert client.get(reverse(f"voters:{name}", args=[foreign.public_id])).status_code == 404
    reply = client.post(
        reverse("voters:reply", args=[foreign.public_id]), {"text": "x", "act": "send", "outcome": "resolved"}
    )
    back = client.post(reverse("voters:hand_back", args=[foreign.public_id]), {"reason": "x"})

    assert (reply.status_code, back.status_code) == (404, 404)
    assert not Reply.objects.exists()


def test_what_is_due_first_stands_first(sign_in, council, office, agency, agency_clerk):
    later, sooner = record(council, office), record(council, office)
    services.refer(petition=later, agency=agency, by=office, working_days=30)
    services.refer(petition=sooner, agency=agency, by=office, working_days=3)

    page = sign_in(agency_clerk).get(reverse("voters:agency"))

    assert [case.petition for case in page.context["cases"]] == [sooner, later]


def test_a_draft_is_kept_even_when_sending_is_refused(sign_in, agency_clerk, referral, petition):
    client = sign_in(agency_clerk)

    response = client.post(
        reverse("voters:reply", args=[petition.public_id]), {"text": "Nửa chừng", "act": "send"}
    )

    assert response.status_code == 422
    assert "Chọn kết quả giải quyết." in response.content.decode()
    assert Reply.objects.get().text == "Nửa chừng"


def test_the_clerk_reads_why_a_reply_came_back_and_sends_a_second(sign_in, sent, petition, office, agency_clerk):
    services.send_back(reply=sent, by=office, reason="Chưa nêu thời gian")
    client = sign_in(agency_clerk)
    url = reverse("voters:agency_petition", args=[petition.public_id])

    page = client.get(url).content.decode()
    client.post(
        reverse("voters:reply", args=[petition.public_id]),
        {"text": "Xong trong tháng 12.", "outcome": "resolved", "act": "send"},
    )

    assert "Chưa nêu thời gian" in page and "Đã sửa xong đường" in page
    petition.refresh_from_db()
    assert petition.state == Petition.State.REPLIED


def test_the_office_suggests_the_agency_of_the_field(sign_in, office, petition, agency):
    Agency.objects.filter(pk=agency.pk).update(fields=["roads"])

    page = sign_in(office).get(reverse("voters:petition", args=[petition.public_id]))

    assert page.context["suggested"] == agency


def test_the_office_refers_and_sees_the_sum(sign_in, office, petition, agency):
    client = sign_in(office)

    client.post(
        reverse("voters:refer", args=[petition.public_id]),
        {"agency": agency.pk, "referred_on": "2026-11-02", "working_days": "30", "note": ""},
    )

    page = client.get(reverse("voters:petition", args=[petition.public_id])).content.decode()
    assert "14/12/2026" in page
    assert "Thứ Bảy, Chủ nhật" in page


def test_the_office_accepts_through_its_page(sign_in, office, sent, petition):
    client = sign_in(office)
    url = reverse("voters:accept", args=[petition.public_id, sent.public_id])

    refused = client.post(url, {"petition_text": "Sửa đường.", "public_text": "Gọi 0912345678."})
    done = client.post(url, {"petition_text": "Sửa đường.", "public_text": "Đã sửa."})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert "số điện thoại" in refused.content.decode()
    petition.refresh_from_db()
    assert petition.state == Petition.State.PUBLISHED


def test_similar_petitions_of_the_same_place_are_suggested_and_kept(sign_in, council, office, petition):
    twin = record(
        council, office, text="Đề nghị nâng cấp đường liên thôn đã xuống cấp. Mùa mưa xe không đi lại được."
    )
    elsewhere = record(council, office, text=petition.text, place="Xã Yên Thắng")

    page = sign_in(office).get(reverse("voters:petition", args=[petition.public_id]))

    assert [found for found, _percent in page.context["similar"]] == [twin]
    assert Petition.objects.filter(pk__in=[petition.pk, twin.pk, elsewhere.pk]).count() == 3


def test_another_councils_office_finds_nothing(sign_in, petition, other_council, client):
    stranger = builders.person(other_council, "stranger", role="office")
    client = sign_in(stranger)
    session = client.session
    session["council"] = other_council.pk
    session.save()

    assert client.get(reverse("voters:petition", args=[petition.public_id])).status_code == 404
    assert petition.code not in client.get(reverse("voters:petitions")).content.decode()


@pytest.mark.parametrize(
    "name", ["petitions", "new_petition", "import_petitions", "petitions_csv", "import_template"]
)
def test_the_offices_pages_are_the_offices(sign_in, agency_clerk, delegate, client, name):
    assert client.get(reverse(f"voters:{name}")).status_code == 302
    for person in (agency_clerk, delegate.user):
        assert sign_in(person).get(reverse(f"voters:{name}")).status_code == 403


def test_the_filters_of_the_office(sign_in, council, office, petition, referral, second_agency):
    other = record(
        council,
        office,
        place="Xã Yên Thắng",
        voters="Cử tri xã Yên Thắng",
        field="water",
        session_number=4,
        text="Đề nghị cấp nước sạch.",
    )
    client = sign_in(office)

    def found(**query):
        return {case.petition for case in client.get(reverse("voters:petitions"), query).context["cases"]}

    assert found(words="nuoc sach") == {other}
    assert found(place="yen thang") == {other}
    assert found(topic="water") == {other}
    assert found(session="4") == {other}
    assert found(agency="SXD") == {petition}
    assert found(state="recorded") == {other}
    assert found(state="overdue") == set()
    assert found(state="no-such-state") == {petition, other}
