"""The room of a sitting: its snapshots are its pages, nobody sees another's room, two taps to any paper."""

import json
import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from council import live, regulations
from council.models import Body
from documents.models import Document
from documents.services import replace_paper
from sessions import conduct, polls
from sessions.models import ItemPaper, Sitting, TabletCheck
from sessions.permissions_room import wall_token
from tests import builders
from tests.documents.papers import tiny, upload
from tests.sessions import hall
from voting import ballot_box
from voting import services as voting

pytestmark = pytest.mark.django_db


def follow(parts: dict, facts: dict, before: live.Snapshot, after: live.Snapshot) -> dict:
    """What a screen does with the next frame: take the parts that differ; its facts are replaced."""
    frame = json.loads(after.frame(before))
    assert frame["base"] == before.seq
    return parts | frame["parts"], frame["facts"]


def sent(snapshot: live.Snapshot) -> str:
    """All that a screen is sent, as it reads it."""
    return str(json.loads(snapshot.frame()))


@pytest.mark.parametrize("audience", ["delegate", "desk", "roll", "wall", "public"])
def test_a_page_that_followed_every_change_is_a_page_opened_now(sitting, chair, secretary, delegates, audience):
    sitting = hall.convene(sitting)
    shown = live.snapshot(sitting.room, audience)
    parts, facts = dict(shown.parts), shown.facts

    def changes():
        yield conduct.open_sitting(sitting=sitting, by=secretary)
        yield conduct.mark_rest_present(sitting=sitting, by=secretary)
        yield conduct.go_to_item(sitting=sitting, item=sitting.items.get(number=2), by=chair)
        prepared = polls.prepare_item_poll(sitting=sitting, item=sitting.items.get(number=2), by=chair)
        yield prepared
        yield polls.open_item_poll(sitting=sitting, poll=prepared.poll, by=chair)
        yield voting.cast_by_secretary(
            poll=prepared.poll, delegate=delegates[0], choice="for", reason="máy hỏng", by=secretary
        )
        yield voting.close_poll(poll=prepared.poll, by=chair)
        yield voting.declare_result(poll=prepared.poll, by=chair)
        yield conduct.go_to_item(sitting=sitting, item=sitting.items.get(number=3), by=chair)

    for _change in changes():
        after = live.snapshot(sitting.room, audience)
        assert after.seq > shown.seq
        parts, facts = follow(parts, facts, shown, after)
        shown = after
        fresh = live.render(sitting.room, audience)
        assert (parts, facts) == (fresh.parts, fresh.facts)


@pytest.mark.parametrize(("audience", "name"), [("delegate", "today"), ("desk", "console"), ("wall", "wall")])
def test_the_page_carries_the_very_parts_of_the_snapshot(sitting, chair, secretary, delegates, audience, name):
    sitting = hall.run(sitting, secretary, present=delegates)
    hall.open_vote(sitting, chair)
    user = delegates[0].user if audience == "delegate" else secretary
    client = hall.browser(user, sitting)
    url = reverse("sessions:today") if name == "today" else reverse(f"sessions:{name}", args=[sitting.public_id])

    page = client.get(url).content.decode()

    shown = [
        part for part in live.snapshot(sitting.room, audience).parts.items() if f'id="part-{part[0]}"' in page
    ]
    assert shown
    for _name, html in shown:
        assert html in page


def test_nothing_personal_stands_in_a_snapshot(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    voting.cast_by_secretary(poll=poll, delegate=delegates[0], choice="against", reason="máy hỏng", by=secretary)

    frame = sent(live.snapshot(sitting.room, "delegate"))

    assert poll.question in frame
    assert delegates[0].full_name not in frame
    assert "csrfmiddlewaretoken" not in frame
    assert 'aria-pressed="true"' not in frame


def test_the_same_snapshot_is_not_sent_twice_over_http(sitting, secretary, delegate):
    sitting = hall.run(sitting, secretary, present=[delegate])
    client = hall.browser(delegate.user)
    url = reverse("sessions:live", args=[sitting.public_id, "delegate"])
    first = client.get(url)

    again = client.get(url, HTTP_IF_NONE_MATCH=first["ETag"])
    conduct.go_to_item(sitting=sitting, item=sitting.items.get(number=1), by=secretary)
    after = client.get(url, HTTP_IF_NONE_MATCH=first["ETag"])

    assert (first.status_code, again.status_code, after.status_code) == (200, 304, 200)
    assert first["Cache-Control"] == "no-store"
    assert after.json()["facts"]["item"] == 1


def test_nobody_but_the_desk_sees_a_vote_before_it_opens(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    item = sitting.items.get(number=2)
    conduct.go_to_item(sitting=sitting, item=item, by=chair)
    polls.prepare_item_poll(sitting=sitting, item=item, by=chair)

    states = {a: (live.render(sitting.room, a).facts["poll"] or {}).get("state") for a in live.AUDIENCES}

    assert states == {"delegate": None, "desk": "draft", "roll": "draft", "wall": None, "public": None}


def test_citizens_see_a_result_only_when_it_is_declared(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    voting.close_poll(poll=poll, by=chair)
    assert live.render(sitting.room, "public").facts["poll"] is None

    voting.declare_result(poll=poll, by=chair)

    assert live.render(sitting.room, "public").facts["poll"]["state"] == "declared"


@pytest.mark.parametrize(("naming", "on_map", "in_rows"), [("totals", 0, 0), ("seats", 5, 0), ("names", 0, 5)])
def test_the_wall_names_as_far_as_the_councils_setting_allows(
    council, sitting, chair, secretary, office, delegates, naming, on_map, in_rows
):
    regulations.set_value(
        council=council, key="naming_wall", value=naming, valid_from=sitting.date, legal_basis="Quy chế", by=office
    )
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    voting.close_poll(poll=poll, by=chair)

    scene = live.render(sitting.room, "wall").parts["scene"]

    assert len(re.findall("<title>Ghế", scene)) == on_map
    rows = re.findall(r'<p><span class="num">\d+</span>.*?<span>([^<]+)</span></p>', scene)
    assert sorted(rows) == sorted(delegate.full_name for delegate in delegates)[:in_rows]
    assert scene.count(delegates[0].full_name) == min(in_rows, 1)


def test_the_reason_of_a_cancelled_vote_is_on_every_screen(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)

    voting.cancel_poll(poll=poll, reason="mở nhầm mục", by=chair)

    for audience, part in (("delegate", "now"), ("desk", "now"), ("wall", "scene")):
        assert "mở nhầm mục" in live.render(sitting.room, audience).parts[part]


def test_a_closed_door_sitting_shows_strangers_nothing(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    Sitting.objects.filter(pk=sitting.pk).update(is_closed_door=True)

    for audience in ("wall", "public"):
        frame = sent(live.render(sitting.room, audience))
        assert "Phiên họp kín" in frame
        assert poll.question not in frame
        assert sitting.items.get(number=2).title not in frame


# --- Who may -------------------------------------------------------------------------------------

DESK_PAGES = ["console", "attendance", "precheck"]
DESK_ACTS = [
    "open_sitting",
    "close_sitting",
    "close_session",
    "finish_item",
    "set_check_in",
    "mark_rest_present",
    "show_on_wall",
]


def test_a_stranger_gets_404_from_every_door_of_the_room(council, other_council, sitting, secretary):
    sitting = hall.run(sitting, secretary)
    board_member = builders.delegate(council, 9, body=builders.board(council))
    neighbour = builders.person(other_council, "chu-toa-xa", role="session_chair")
    doors = [
        reverse(f"sessions:{name}", args=[sitting.public_id]) for name in [*DESK_PAGES, "wall", "tablet_check"]
    ]
    doors += [reverse("sessions:live", args=[sitting.public_id, a]) for a in ("delegate", "desk", "wall")]
    doors += [
        reverse("sessions:mine", args=[sitting.public_id]),
        reverse("sessions:ask", args=[sitting.public_id]),
    ]
    doors += [reverse("sessions:agenda", args=[sitting.council_session.public_id])]
    doors += [reverse("sessions:today") + f"?phien={sitting.public_id}"]

    for user in (board_member.user, neighbour):
        client = hall.browser(user, sitting)
        assert [client.get(door).status_code for door in doors] == [404] * len(doors)


def test_the_desks_acts_are_404_for_a_delegate(sitting, secretary, delegate):
    sitting = hall.run(sitting, secretary)
    client = hall.browser(delegate.user, sitting)

    assert {hall.act(client, name, sitting).status_code for name in DESK_ACTS} == {404}
    assert Sitting.objects.get(pk=sitting.pk).state == "open"


def test_chair_and_secretary_are_asked_for_the_second_factor_once_per_sitting(sitting, chair):
    sitting = hall.convene(sitting)
    client = Client()
    client.force_login(chair)

    page = client.get(reverse("sessions:console", args=[sitting.public_id]))
    refusal = hall.act(client, "open_sitting", sitting)
    desk = client.get(reverse("sessions:live", args=[sitting.public_id, "desk"]))

    assert page.status_code == 302
    assert refusal.status_code == 403
    assert "step_up" in refusal.json()
    assert desk.status_code == 404
    assert Sitting.objects.get(pk=sitting.pk).state == "planned"
    assert (
        hall.browser(chair, sitting).get(reverse("sessions:console", args=[sitting.public_id])).status_code == 200
    )


def test_an_act_is_a_post(sitting, chair):
    client = hall.browser(chair, hall.convene(sitting))

    assert client.get(reverse("sessions:open_sitting", args=[sitting.public_id])).status_code == 405


def test_a_refused_act_is_told_in_words(sitting, chair):
    client = hall.browser(chair, sitting)

    answer = hall.act(client, "open_sitting", sitting)

    assert answer.status_code == 409
    assert answer.json()["error"] == "Kỳ họp chưa được triệu tập nên chưa mở phiên được."


def test_the_wall_opens_by_its_link_without_an_account(sitting):
    sitting = hall.convene(sitting)
    wall = reverse("sessions:wall", args=[sitting.public_id])
    snapshot = reverse("sessions:live", args=[sitting.public_id, "wall"])
    token = wall_token(sitting)

    assert Client().get(wall).status_code == 404
    assert Client().get(wall, {"khoa": "x:y"}).status_code == 404
    assert Client().get(wall, {"khoa": token}).status_code == 200
    assert Client().get(snapshot, {"khoa": token}).status_code == 200
    assert (
        Client().get(reverse("sessions:live", args=[sitting.public_id, "desk"]), {"khoa": token}).status_code
        == 404
    )


def test_citizens_follow_the_plenary_and_no_board(council, sitting, office):
    hall.convene(sitting)
    meeting = builders.council_session(council, office, body=builders.board(council), number=6)
    private = hall.convene(meeting.sittings.get())

    public = Client().get(reverse("sessions:live", args=[sitting.public_id, "public"]))
    hidden = Client().get(reverse("sessions:live", args=[private.public_id, "public"]))

    assert (public.status_code, hidden.status_code) == (200, 404)


def test_unknown_audiences_and_sittings_are_404(sitting, delegate):
    client = hall.browser(delegate.user)

    assert client.get(reverse("sessions:live", args=[sitting.public_id, "x"])).status_code == 404
    assert client.get(reverse("sessions:live", args=[uuid.uuid4(), "public"])).status_code == 404


# --- The delegate's day --------------------------------------------------------------------------


@pytest.fixture
def paper(council, sitting):
    """A paper with a file on the last item of the agenda."""
    document = Document.objects.create(council=council, title="Báo cáo", body=builders.plenary(council))
    return ItemPaper.objects.create(
        item=sitting.items.get(number=3), kind="report", title="Báo cáo", document=document
    )


def test_any_paper_of_the_session_is_two_taps_from_today(sitting, secretary, delegate, paper):
    hall.run(sitting, secretary)
    client = hall.browser(delegate.user)
    today = client.get(reverse("sessions:today")).content.decode()

    first_tap = reverse("sessions:agenda", args=[sitting.council_session.public_id])
    assert f'href="{first_tap}' in today
    second_tap = reverse("documents:read", args=[paper.document.public_id])
    assert f'href="{second_tap}' in client.get(first_tap).content.decode()


def test_the_papers_of_the_current_item_are_on_today(sitting, secretary, delegate, paper):
    sitting = hall.run(sitting, secretary)
    conduct.go_to_item(sitting=sitting, item=paper.item, by=secretary)

    page = hall.browser(delegate.user).get(reverse("sessions:today")).content.decode()

    assert reverse("documents:read", args=[paper.document.public_id]) in page


def test_a_newer_version_is_told_to_the_tablets_that_are_open(sitting, secretary, office, paper):
    sitting = hall.run(sitting, secretary)
    conduct.go_to_item(sitting=sitting, item=paper.item, by=secretary)
    replace_paper(document=paper.document, by=office, upload=upload(tiny("ban dau")))
    before = live.render(sitting.room, "delegate")
    assert 'data-newest="1"' in before.parts["papers"]

    replace_paper(document=paper.document, by=office, upload=upload(tiny("ban moi")))  # by whatever way it comes

    after = live.render(sitting.room, "delegate")
    assert after.seq > before.seq
    assert 'data-newest="2"' in after.parts["papers"]


def test_the_check_in_button_is_there_while_it_is_open_and_does_what_it_says(sitting, secretary, delegate):
    sitting = hall.run(sitting, secretary)
    client = hall.browser(delegate.user)
    assert "Tôi có mặt" in client.get(reverse("sessions:today")).content.decode()

    client.post(reverse("sessions:check_in", args=[sitting.public_id]))

    assert live.render(sitting.room, "wall").facts["present"] == 1
    assert "Tôi có mặt" not in client.get(reverse("sessions:today")).content.decode()


def test_the_ballot_works_as_a_plain_form_and_shows_what_was_recorded(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    voting.cast_by_secretary(poll=poll, delegate=delegates[0], choice="other", reason="máy hỏng", by=secretary)

    page = hall.browser(delegates[0].user).get(reverse("sessions:today")).content.decode()

    labels = re.findall(r'name="choice" value="(\w+)"', page)
    assert labels == ["for", "against", "other"]
    assert f'formaction="{reverse("voting:cast", args=[poll.public_id])}"' in page
    assert 'form="ballot-form"' in page
    assert "Đã ghi nhận: Ý kiến khác" in page
    assert 'name="replaces" value="1"' in page


def test_after_the_close_each_delegate_reads_the_own_recorded_vote_before_it_is_declared(
    sitting, chair, secretary, delegates
):
    sitting = hall.run(sitting, secretary, present=delegates[:4])
    poll = hall.open_vote(sitting, chair)
    voting.cast_by_secretary(poll=poll, delegate=delegates[0], choice="against", reason="máy hỏng", by=secretary)
    voting.close_poll(poll=poll, by=chair)

    def read(delegate):
        page = hall.browser(delegate.user).get(reverse("sessions:today")).content.decode()
        return re.search(r'<strong class="big">([^<]+)</strong>', page)[1]

    assert read(delegates[0]) == "Không tán thành"
    assert read(delegates[1]) == "Có mặt, không biểu quyết"
    assert read(delegates[4]) == "Vắng mặt"


def test_all_own_meetings_of_every_body_and_council_are_in_one_list(
    council, other_council, sitting, office, delegate
):
    hall.convene(sitting)
    board = builders.board(council)
    builders.Membership.objects.create(
        body=board, user=delegate.user, delegate=delegate, starts_on=builders.TERM_START
    )
    hall.convene(builders.council_session(council, office, body=board, number=6).sittings.get())
    foreign = Body.objects.get(council=other_council)
    builders.Membership.objects.create(body=foreign, user=delegate.user, starts_on=builders.TERM_START)
    hall.convene(builders.council_session(other_council, office, body=foreign, number=7).sittings.get())
    hall.convene(
        builders.council_session(
            council, office, body=builders.board(council, "PC", "Ban Pháp chế"), number=8
        ).sittings.get()
    )

    page = hall.browser(delegate.user).get(reverse("sessions:calendar")).content.decode()

    assert [n for n in range(5, 9) if f"Kỳ họp thứ {n}," in page] == [5, 6, 7]


def test_the_quorum_with_its_rule_and_numbers_is_on_every_screen(sitting, chair, secretary, delegates):
    """Two thirds of five are four: three present are too few, and every screen says so with the numbers."""
    sitting = hall.run(sitting, secretary, present=delegates[:3])
    conduct.go_to_item(sitting=sitting, item=sitting.items.first(), by=chair)

    for present in (3, 4):
        if present == 4:
            conduct.set_attendance(sitting=sitting, delegate=delegates[3], state="present", by=secretary)
        for audience in ("delegate", "desk", "wall", "roll"):
            said = strip_tags(" ".join(live.snapshot(sitting.room, audience).parts.values()))
            said = " ".join(said.split())
            words = "đủ điều kiện họp" if present == 4 else "chưa đủ điều kiện họp"
            assert f"Có mặt {present}/5, {words} (cần 4, 2/3)" in said, audience


def test_a_meeting_in_another_council_is_one_tap_away(council, other_council, sitting, office, delegate):
    hall.convene(sitting)
    foreign = Body.objects.get(council=other_council)
    builders.Membership.objects.create(body=foreign, user=delegate.user, starts_on=builders.TERM_START)
    there = hall.convene(builders.council_session(other_council, office, body=foreign, number=7).sittings.get())
    address = reverse("sessions:agenda", args=[there.council_session.public_id])
    client = hall.browser(delegate.user)
    assert client.get(address).status_code == 404  # still in the first council

    page = client.get(reverse("sessions:calendar")).content.decode()
    assert f'name="council" value="{other_council.public_id}"' in page and f'value="{address}"' in page
    tapped = client.post(
        reverse("council:switch_council"), {"council": other_council.public_id, "next": address}, follow=True
    )

    assert tapped.status_code == 200
    assert there.council_session.title in tapped.content.decode()


def test_a_switch_leads_to_no_foreign_host(council, other_council, delegate):
    foreign = Body.objects.get(council=other_council)
    builders.Membership.objects.create(body=foreign, user=delegate.user, starts_on=builders.TERM_START)

    response = hall.browser(delegate.user).post(
        reverse("council:switch_council"), {"council": other_council.public_id, "next": "//evil.example/"}
    )

    assert response.url == reverse("council:start")


def test_a_tablet_that_was_tried_is_seen_by_the_secretary(sitting, secretary, delegate):
    sitting = hall.convene(sitting)
    client = hall.browser(delegate.user)
    details = {"socket": False, "http": True, "reader": True, "sound": True, "screen": True}

    answer = client.post(
        reverse("sessions:tablet_check", args=[sitting.public_id]), details, content_type="application/json"
    )

    assert answer.json()["passed"]
    assert TabletCheck.objects.get().details["socket"] is False
    page = hall.browser(secretary, sitting).get(reverse("sessions:precheck", args=[sitting.public_id]))
    assert "1/5 đại biểu đã thử máy đạt" in page.content.decode()


@pytest.mark.parametrize("sent", [b"{", b"[]", b"\xff"])
def test_a_spoilt_tablet_check_is_refused_in_words(sitting, delegate, sent):
    client = hall.browser(delegate.user)
    hall.convene(sitting)

    answer = client.post(
        reverse("sessions:tablet_check", args=[sitting.public_id]), sent, content_type="application/json"
    )

    assert answer.status_code == 422
    assert not TabletCheck.objects.exists()


def test_a_cast_vote_renders_the_counter_and_leaves_the_rest(sitting, chair, secretary, delegates):
    """The short way of a turnout gives the very snapshot that the long way gives."""
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    before = {a: live.snapshot(sitting.room, a) for a in live.AUDIENCES}

    ballot_box.write(poll.public_id, [ballot_box.Ballot(poll.public_id, delegates[0].pk, "for", uuid.uuid4())])
    live.announce(sitting.room, turnout_only=True)

    for audience, earlier in before.items():
        short = live.render_short(sitting.room, audience, earlier)
        fresh = live.render(sitting.room, audience)
        assert (short.seq, short.facts, short.parts) == (fresh.seq, fresh.facts, fresh.parts)
        changed = {name for name, html in fresh.parts.items() if earlier.parts[name] != html}
        counters = {"delegate": {"turnout"}, "desk": {"poll"}, "wall": {"scene"}}
        assert changed == counters.get(audience, set())


def test_a_vote_that_was_opened_or_closed_is_told_without_reading_agenda_and_attendance_again(
    sitting, chair, secretary, delegates, django_assert_max_num_queries
):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.prepare_vote(sitting, chair)
    before = {a: live.snapshot(sitting.room, a) for a in live.AUDIENCES}

    for act in (polls.open_item_poll, voting.close_poll):
        place = {"sitting": sitting} if act is polls.open_item_poll else {}
        act(poll=poll, by=chair, **place)
        with django_assert_max_num_queries(8):  # the whole hall waits for it (docs/benchmarks.md)
            live.render_short(sitting.room, "delegate", before["delegate"])
        for audience, earlier in before.items():
            short, fresh = live.render_short(sitting.room, audience, earlier), live.render(sitting.room, audience)
            assert (short.seq, short.facts, short.parts) == (fresh.seq, fresh.facts, fresh.parts)
            before[audience] = short


def test_a_frame_is_ascii_so_that_a_thousand_sockets_need_no_thousand_encodings(sitting, secretary):
    hall.run(sitting, secretary)
    frame = live.snapshot(sitting.room, "delegate").frame()

    assert frame.isascii()
    assert json.loads(frame)["parts"]["now"].count("Phiên họp")


def test_the_short_way_is_not_taken_after_any_other_change(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    hall.open_vote(sitting, chair)
    before = live.snapshot(sitting.room, "delegate")
    conduct.set_attendance(sitting=sitting, delegate=delegates[0], state="absent", by=secretary)
    live.announce(sitting.room, turnout_only=True)

    assert live.render_short(sitting.room, "delegate", before) is None
    assert live.snapshot(sitting.room, "delegate").facts["present"] == 4
