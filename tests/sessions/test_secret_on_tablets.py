"""A secret vote on tablets in a sitting: the desk's acts, what the screens tell, the minutes, back to paper."""

# ruff: noqa: F811  (fixtures are imported, and asked for by name)

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from council import live, regulations
from council.models import AuditEntry
from sessions import conduct, polls
from sessions.room import Scene
from sessions.selectors_room import sitting_by_key
from sessions.views_votes import secrecies
from tests.sessions import hall
from tests.sessions.test_kinds_of_votes import (  # noqa: F401  (fixtures)
    PEOPLE,
    count_url,
    desk,
    item,
    newest_poll,
    running,
    screens,
    tellers,
)
from tests.voting import secret_client as tablets
from voting.models import Poll
from voting.secret import box, crypto, keys
from voting.secret.models import SpareIssuer

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def issuer_key():
    return crypto.new_issuer()


@pytest.fixture
def prepared(desk, running, item, tellers, issuer_key):
    SpareIssuer.objects.create(wrapped=keys.wrap(issuer_key))
    form = {"kind": "election", "question": "Bầu Phó Chủ tịch", "people": PEOPLE, "seats": "1", "secrecy": "server"}
    answer = hall.act(desk, "prepare_poll", running, item.public_id, **form)
    assert answer.status_code == 200, answer.content.decode()
    return newest_poll()


@pytest.fixture
def handing_out(desk, running, prepared):
    answer = hall.act(desk, "open_poll", running, prepared.public_id)
    assert answer.status_code == 200, answer.content.decode()
    return Poll.objects.get(pk=prepared.pk)


def take(delegates, poll):
    return [tablets.take_ballot(hall.browser(delegate.user), poll.public_id) for delegate in delegates]


def scene(sitting, audience) -> Scene:
    return Scene(sitting_by_key(sitting.room), audience)


def facts(sitting, audience="delegate") -> dict:
    return live.render(sitting.room, audience).facts["poll"]


def test_the_desk_prepares_a_secret_vote_on_tablets_and_sees_what_is_allowed(desk, running, item, prepared):
    assert (prepared.method, prepared.secrecy, prepared.secret_box.phase) == ("tablet", "server", "preparing")
    assert live.render(running.room, "delegate").facts["poll"] is None

    assert [way["value"] for way in secrecies(prepared.council)][:2] == ["", "server"]


def test_every_screen_tells_the_phase_and_the_counts_and_nothing_more(
    desk, running, handing_out, delegates
):
    held = take(delegates[:3], handing_out)
    said = facts(running)
    assert (said["secrecy"], said["phase"], said["handed_out"], said["of"]) == ("server", "handing_out", 3, 5)
    assert said["manifest"] == held[0].digest and said["labels"] == {}

    assert hall.act(desk, "start_casting", running, handing_out.public_id).status_code == 200
    for tablet in held:
        assert box.write(handing_out.public_id, [tablet.ballot(["1"])])[0].status == 200

    for audience in ("delegate", "desk", "wall"):
        said = facts(running, audience)
        assert (said["phase"], said["cast"], said["is_all_cast"]) == ("casting", 3, True)
    assert "data-choice" not in "".join(live.render(running.room, "delegate").parts.values())


def test_44_while_few_have_cast_the_total_goes_in_steps(desk, running, handing_out, delegates):
    held = take(delegates[:3], handing_out)
    hall.act(desk, "start_casting", running, handing_out.public_id)
    box.write(handing_out.public_id, [held[0].ballot(["1"])])

    assert (facts(running)["cast"], facts(running)["is_all_cast"]) == (0, False)


def finish(desk, running, poll, delegates, choices):
    held = take(delegates, poll)
    hall.act(desk, "start_casting", running, poll.public_id)
    for tablet, choice in zip(held, choices, strict=True):
        assert box.write(poll.public_id, [tablet.ballot(choice)])[0].status == 200
    answer = hall.act(desk, "close_poll", running, poll.public_id)
    assert answer.status_code == 200, answer.content.decode()
    return Poll.objects.get(pk=poll.pk)


def test_the_hall_sees_the_outcome_when_the_chair_declares_not_before(
    desk, running, handing_out, delegates
):
    poll = finish(desk, running, handing_out, delegates[:4], [["1"], ["1"], ["1"], ["2"]])

    assert scene(running, "desk").has_outcome and not scene(running, "wall").has_outcome
    assert "Trúng cử" in screens(running)["desk"] and "Trúng cử" not in screens(running)["wall"]
    assert "có thể cho biết ai chọn thế nào" in screens(running)["desk"]  # four ballots (45)
    assert facts(running)["phase"] == "revealed" and "figures" not in str(facts(running))

    hall.act(desk, "declare_result", running, poll.public_id)
    for audience in ("delegate", "wall", "public"):
        assert "Trúng cử" in screens(running)[audience]
    assert [line["choices"] for line in scene(running, "wall").opened_ballots]


def test_the_wall_shows_each_ballot_by_its_code_once_declared_and_the_chair_asks_for_it(
    desk, running, handing_out, delegates  # noqa: F811
):
    poll = finish(desk, running, handing_out, delegates[:5], [["1"], ["1"], ["1"], ["2"], []])
    assert "Từng phiếu" not in screens(running)["desk"]
    hall.act(desk, "show_on_wall", running, view="ballots")
    assert scene(running, "wall").wall == "counting"

    hall.act(desk, "declare_result", running, poll.public_id)

    shown = screens(running)
    assert "Từng phiếu" in shown["desk"]
    assert "Phiếu trắng" in shown["wall"] and "5 phiếu xếp theo mã" in shown["wall"]
    codes = [ballot["code"] for ballot in scene(running, "wall").opened_ballots]
    assert codes == sorted(codes) and all(code in shown["wall"] for code in codes)


@pytest.mark.slow
def test_the_minutes_of_the_count_say_that_nobody_typed_a_number(desk, running, handing_out, delegates):

    poll = finish(desk, running, handing_out, delegates[:4], [["1"], ["1"], [], ["2"]])
    answer = desk.get(count_url(running, poll, "count_minutes"))
    words = " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(answer.content))
    words = " ".join(words.split())

    assert "không do ai nhập" in words and poll.secret_box.ballots_digest[:16] in words.replace(" ", "")
    assert "Số phiếu trắng" in words and "nhập số đếm" not in words
    assert desk.get(reverse("sessions:count", args=[running.public_id, poll.public_id])).status_code == 404


def test_paper_is_one_tap_away_with_the_same_sheet(desk, running, handing_out, delegates):
    take(delegates[:2], handing_out)

    without = hall.act(desk, "to_paper", running, handing_out.public_id, reason="")
    answer = hall.act(desk, "to_paper", running, handing_out.public_id, reason="Nhiều máy hết pin")

    assert (without.status_code, answer.status_code) == (422, 200)
    again = newest_poll()
    assert (again.method, again.secrecy, again.state, again.seats) == ("paper", "", "draft", 1)
    assert list(again.nominees.values_list("name", flat=True)) == ["Trần Thị Bình", "Lê Văn Cường"]
    assert Poll.objects.get(pk=handing_out.pk).cancel_reason == "Nhiều máy hết pin"


def test_a_second_round_is_held_in_the_same_way(desk, running, handing_out, delegates):
    poll = finish(desk, running, handing_out, delegates[:4], [["1"], ["1"], ["2"], ["2"]])
    hall.act(desk, "declare_result", running, poll.public_id)

    assert hall.act(desk, "second_round", running, poll.public_id).status_code == 200

    assert (newest_poll().secrecy, newest_poll().first_round_id) == ("server", poll.pk)


def test_45_the_chair_is_warned_beforehand_where_few_will_vote(desk, running, prepared, delegates, secretary):

    for delegate in delegates[1:]:
        conduct.set_attendance(sitting=running, delegate=delegate, state="absent", by=secretary)

    codes = {issue.code: issue.blocking for issue in scene(running, "desk").issues}

    assert codes["few_ballots"] is False


@pytest.mark.parametrize(("few", "warns"), [(5, False), (8, True)])
def test_45_the_chair_is_warned_at_the_hand_out_from_the_number_that_the_council_has_set(
    desk, running, handing_out, office, few, warns
):
    regulations.set_value(
        council=handing_out.council, key="few_ballots", value=few, valid_from=timezone.localdate(),
        legal_basis="Quy chế", by=office,
    )  # fmt: skip

    words = " ".join(screens(running)["desk"].split())
    assert (f"với dưới {few} phiếu" in words) is warns
    assert ("với dưới" in words) is warns


def test_every_act_lies_in_the_sessions_chain(desk, running, handing_out, delegates):
    finish(desk, running, handing_out, delegates[:4], [["1"], ["1"], [], ["2"]])

    chain = AuditEntry.objects.filter(chain__key=running.council_session.chain_key, event__startswith="voting.")
    told = [e.event for e in chain.order_by("seq") if e.target.endswith(str(handing_out.public_id))]

    assert told[-6:] == [
        "voting.box-prepared", "voting.poll-opened", "voting.box-opened", "voting.casting-started",
        "voting.poll-closed", "voting.count-confirmed",
    ]  # fmt: skip


def test_a_sitting_offers_tablets_only_where_the_line_is_secure(desk, running, item, tellers, settings):
    settings.HTTPS, settings.BASE_URL = False, "http://192.168.1.5:8000"

    form = {"kind": "election", "question": "Bầu", "people": PEOPLE, "seats": "1", "secrecy": "server"}
    answer = hall.act(desk, "prepare_poll", running, item.public_id, **form)

    assert answer.status_code == 422 and "https" in answer.json()["error"]
    assert not Poll.objects.filter(secrecy="server").exists()


KINDS = {"election": {"seats": 1}, "dismissal": {}, "removal": {}, "rating": {}, "confidence": {}}


@pytest.mark.parametrize("secrecy", ["server", None])
@pytest.mark.parametrize("kind", KINDS)
def test_every_secret_vote_is_prepared_over_the_api_as_at_the_desk(
    desk, running, item, tellers, delegates, issuer_key, kind, secrecy
):
    """The same sheet, the usual rule of its kind, the same list of what is missing."""
    SpareIssuer.objects.create(wrapped=keys.wrap(issuer_key))
    client = APIClient()
    client.cookies = desk.cookies
    people = [{"name": delegates[3].full_name, "note": "Trưởng Ban"}, {"name": "Người ngoài Hội đồng"}]
    asked = {"room": running.room, "question": "Bỏ phiếu", "kind": kind, "people": people} | KINDS[kind]
    asked |= {"secrecy": secrecy} if secrecy else {}

    made = client.post("/api/v1/polls", asked, format="json")

    assert made.status_code == 201, made.json()
    poll = Poll.objects.get(public_id=made.json()["id"])
    assert (poll.kind, poll.secrecy or None, poll.method) == (kind, secrecy, "tablet" if secrecy else "paper")
    assert [nominee.delegate_id for nominee in poll.nominees.all()] == [delegates[3].pk, None]
    assert poll.rule == regulations.value(poll.council, f"{kind}_rule")
    issues = polls.opening_issues(running, poll.item_polls.get())
    assert made.json()["issues_before_opening"] == [vars(issue) for issue in issues]
    opened = client.post(f"/api/v1/polls/{poll.public_id}/open", {}, format="json")
    assert opened.status_code == (409 if any(issue.blocking for issue in issues) else 200), opened.json()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"kind": "named", "people": [{"name": "A"}]},
        {"kind": "named", "secrecy": "server"},
        {"kind": "election", "seats": 1},
        {"kind": "rating", "people": [{"name": "A"}], "seats": 1},
        {"kind": "rating", "people": [{"name": "A"}], "method": "hands"},
        {"kind": "opinion"},
    ],
)
def test_what_does_not_go_together_is_refused_over_the_api(desk, running, tellers, spoilt):
    client = APIClient()
    client.cookies = desk.cookies

    answer = client.post("/api/v1/polls", {"room": running.room, "question": "Bỏ phiếu"} | spoilt, format="json")

    assert answer.status_code in (400, 422)
    assert not Poll.objects.filter(state="draft").exists()
