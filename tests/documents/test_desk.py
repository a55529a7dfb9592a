"""The office's register on the screen: from what was adopted to what citizens read."""

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from council import outbox
from council.models import Job
from documents import selectors
from documents.models import Resolution
from documents.selectors import Adoption, adoptions_waiting
from documents.services import issue_resolution
from tests import builders
from tests.documents.resolutions import TEXT, VOTE, draft

REGISTER = reverse("documents:resolutions")
CREATE = reverse("documents:create_resolution")
REAL = json.loads((Path(__file__).parents[1] / "data" / "resolution_numbers.json").read_text())
FORM = {
    "kind": "individual", "title": "Kế hoạch đầu tư công năm 2027", "session_name": "Kỳ họp thứ 5",
    "adopted_on": "2026-12-11", "effective_on": "2026-12-11", "bases": "Luật Đầu tư công\nCăn cứ Luật Ngân sách nhà nước;",
    "considering": "Xét Tờ trình số 12/TTr-UBND", "recipients": "Chính phủ\nLưu: VT", "signer": "Nguyễn Văn Mẫu",
    "signer_title": "Chủ tịch", "signer_for": "", "dieu-TOTAL_FORMS": "2", "dieu-INITIAL_FORMS": "0",
    "dieu-0-heading": "Mục tiêu", "dieu-0-body": "1. Một.\n2. Hai.", "dieu-1-heading": "", "dieu-1-body": "Giao thực hiện.",
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def page(name, resolution):
    return reverse(f"documents:{name}", args=[resolution.public_id])


@pytest.fixture
def adopted(monkeypatch):
    """A draft that a vote adopted, as the sessions tell it."""
    adoption = Adoption(
        VOTE["poll"], "Dự toán ngân sách năm 2027", VOTE, date(2026, 12, 11), "Kỳ họp thứ 5", "/ky-hop/5"
    )
    monkeypatch.setattr(selectors, "_adoptions", [lambda user, council: [adoption]])
    return adoption


def test_the_whole_way_from_the_vote_to_the_public_page(client, council, office, adopted):
    client.force_login(office)
    assert adopted.title in client.get(REGISTER).content.decode()
    form = client.get(CREATE, {"bieu-quyet": adopted.key})
    assert form.context["form"].initial["title"] == adopted.title
    fields = FORM | {"title": adopted.title, "bieu-quyet": adopted.key}

    assert client.post(CREATE, fields).status_code == 302
    resolution = Resolution.objects.get()
    assert (resolution.adoption["for"], resolution.session_url, resolution.state) == (71, "/ky-hop/5", "draft")
    assert client.get(page("preview", resolution)).status_code == 200
    client.post(page("issue", resolution))
    assert outbox.run(Job.objects.get(kind="documents.render_resolution").pk)
    client.post(page("publish", resolution))

    resolution.refresh_from_db()
    assert (resolution.symbol, resolution.state) == ("01/NQ-HĐND", "published")
    client.logout()
    public = reverse("documents:public_resolution", args=[2026, "01-nq-hdnd"])
    assert "71/85" in client.get(public).content.decode()
    assert adoptions_waiting(office, council) == []


def test_a_declared_vote_of_the_plenary_waits_for_its_resolution(council, office, council_session, chair):
    from sessions.models import ItemPoll
    from voting.models import Poll, Result

    item = council_session.items.get(number=2)
    poll = Poll.objects.create(
        council=council, body=council_session.body, room="sitting:x", question="?", state="declared",
        closed_at=timezone.now(),
    )  # fmt: skip
    ItemPoll.objects.create(item=item, poll=poll)
    Result.objects.create(
        poll=poll, votes_for=3, votes_against=1, votes_other=0, silent=0, absent=1, total=5, present=4, needed=3,
        passed=True, why="3 trên 5", article="Điều 35",
    )  # fmt: skip

    waiting = adoptions_waiting(office, council)

    assert [(row.key, row.title, row.vote["for"], row.session_name) for row in waiting] == [
        (str(poll.public_id), "Kế hoạch phát triển kinh tế - xã hội năm 2027", 3, "Kỳ họp thứ 5")
    ]
    assert adoptions_waiting(chair, council) == []


def test_a_text_written_by_hand_is_stored_in_its_parts(client, council, office):
    client.force_login(office)

    client.post(CREATE, FORM | {"votes_for": "49", "votes_against": "0", "absent": "1"})

    resolution = Resolution.objects.get()
    assert resolution.text["bases"] == ["Luật Đầu tư công", "Luật Ngân sách nhà nước"]
    assert resolution.text["articles"] == [
        {"heading": "Mục tiêu", "body": "1. Một.\n2. Hai."}, {"heading": "", "body": "Giao thực hiện."},
    ]  # fmt: skip
    assert (resolution.adoption["for"], resolution.adoption["total"], resolution.adoption["needed"]) == (
        49,
        50,
        26,
    )


def test_a_vote_that_did_not_pass_is_named_at_its_field(client, council, office):
    client.force_login(office)

    response = client.post(CREATE, FORM | {"votes_for": "25", "votes_against": "25"})

    assert response.status_code == 422
    assert "chưa quá nửa" in response.content.decode()
    assert not Resolution.objects.exists()


def test_another_article_and_a_pasted_text_need_no_script(client, council, office):
    client.force_login(office)

    more = client.post(CREATE, FORM | {"them-dieu": "1"})
    assert len(more.context["articles"].forms) == 3
    assert "Giao thực hiện." in more.content.decode()
    split = client.post(
        CREATE,
        FORM | {"tach": "1", "whole": "Căn cứ Luật A;\nĐiều 1. Tên điều\n1. Khoản một.\nNơi nhận:\n- Lưu: VT."},
    )

    assert split.context["articles"].forms[0].initial == {"heading": "Tên điều", "body": "1. Khoản một."}
    assert "Luật A" in split.content.decode()
    assert not Resolution.objects.exists()


def test_what_is_missing_is_said_when_a_number_is_asked_for(client, council, office):
    resolution = draft(council, office, text={"articles": TEXT["articles"]})
    client.force_login(office)

    response = client.post(page("issue", resolution))

    assert response.status_code == 422
    assert "Chưa có nơi nhận." in response.content.decode()


def test_a_numbered_text_is_not_edited_through_its_form(client, council, office):
    resolution = issue_resolution(resolution=draft(council, office), by=office)
    client.force_login(office)

    assert client.post(page("resolution", resolution), FORM).status_code == 409
    assert client.post(page("drop", resolution)).status_code == 409
    assert client.post(page("publish", resolution)).status_code == 409  # no PDF yet


def test_for_others_the_register_does_not_exist(
    client, council, office, other_council, delegate, chair, administrator
):
    resolution = draft(council, office)
    stranger = builders.person(other_council, "office2", role="office")
    reads, writes = ("resolution", "preview", "resolution_pdf"), ("issue", "publish", "drop", "render_again")
    for user in (delegate.user, chair, administrator, stranger):
        client.force_login(user)
        session = client.session
        session["council"] = other_council.pk if user == stranger else council.pk
        session.save()
        assert [client.get(page(name, resolution)).status_code for name in reads] == [404] * 3
        assert [client.post(page(name, resolution)).status_code for name in writes] == [404] * 4
    client.logout()
    assert client.get(page("resolution", resolution)).status_code == 302
    assert Resolution.objects.get().state == "draft"


def test_the_register_needs_the_second_factor_and_writes_need_post(client, council, office):
    resolution = draft(council, office)
    client.force_login(office, second_factor=False)
    assert client.get(REGISTER).status_code == 302

    client.force_login(office)

    assert client.get(REGISTER).status_code == 200
    assert client.get(page("issue", resolution)).status_code == 405


def test_the_last_paper_number_is_taken_over_from_the_screen(client, council, office):
    client.force_login(office)
    key = client.get(REGISTER).context["series"][0]["key"]

    client.post(reverse("documents:continue_series"), {"key": key, "last": "61"})

    assert client.get(REGISTER).context["series"][0]["last"] == 61
    assert client.post(reverse("documents:continue_series"), {"key": "other", "last": "1"}).status_code == 403


@pytest.mark.parametrize("real", REAL, ids=lambda row: row["symbol"])
def test_a_register_taken_over_from_paper_gives_the_numbers_that_councils_really_gave(
    client, council, office, monkeypatch, real
):
    """The clerk types the last number on paper and the real resolution; the next number is the real one."""
    day = date.fromisoformat(real["adopted_on"])
    monkeypatch.setattr("documents.views.timezone", SimpleNamespace(localdate=lambda: day, now=timezone.now))
    client.force_login(office)
    before = int(real["symbol"].split("/")[0]) - 1
    key = next(row["key"] for row in client.get(REGISTER).context["series"] if row["key"].startswith(real["kind"]))

    client.post(reverse("documents:continue_series"), {"key": key, "last": before})
    fields = {"kind": real["kind"], "title": real["title"], "adopted_on": day, "effective_on": day}
    client.post(CREATE, FORM | fields | {"votes_for": "49", "votes_against": "0", "absent": "1"})
    client.post(page("issue", Resolution.objects.get()))

    assert Resolution.objects.get().symbol == real["symbol"]


def test_an_empty_register_says_what_to_do(client, council, office):
    client.force_login(office)

    assert "Chưa có nghị quyết nào" in client.get(REGISTER).content.decode()


def test_articles_change_places_without_losing_a_word(client, office):
    client.force_login(office)
    articles = {"dieu-TOTAL_FORMS": "2", "dieu-0-heading": "Thứ nhất", "dieu-0-body": "a", "dieu-1-heading": "Thứ hai", "dieu-1-body": "b"}

    page = client.post(CREATE, FORM | articles | {"xuong": "0"}).content.decode()

    assert page.index("Thứ hai") < page.index("Thứ nhất")
    assert client.post(CREATE, FORM | articles | {"len": "0"}).status_code == 200  # nothing is before the first
