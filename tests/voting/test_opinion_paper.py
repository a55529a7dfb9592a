"""An opinion poll in secret on paper: envelopes till the deadline, a count by two people of the board."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from council import second_factor
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Membership
from tests import builders
from tests.voting.opinions import at, do_jobs, prepared
from voting import counting
from voting.count_rules import Sheets
from voting.models import Count, Poll
from voting.opinions import selectors, services

pytestmark = pytest.mark.django_db
SHEETS = Sheets(5, 4, 4, 0, 0, {"1": {"for": 3, "against": 1, "other": 0}})


@pytest.fixture
def poll(council, office, delegates):
    """Sent, with a board of three."""
    draft = prepared(council, office, secrecy="paper", tellers=delegates[:3], head=delegates[0])
    return services.send_opinion(poll=draft, by=office)


def closed(poll) -> Poll:
    with at(poll.closes_at + timedelta(minutes=1)):
        do_jobs("voting.opinion_close")
    return Poll.objects.get(pk=poll.pk)


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    second_factor.grant(user=user, session_key=client.session.session_key, scope=second_factor.OFFICE)
    return client


def page(poll, name):
    return reverse(f"voting:{name}", args=[poll.public_id])


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


NUMBERS = {
    "handed_out": 5, "collected": 4, "valid": 4, "blank": 0, "invalid": 0,
    "choice-for": 3, "choice-against": 1, "choice-other": 0,
}  # fmt: skip


def test_the_deadline_closes_it_and_the_outcome_comes_with_the_confirmed_count(poll, office, delegates):
    about = closed(poll)
    assert (about.state, selectors.outcome(about, office)) == ("closed", None)
    with pytest.raises(WrongState):
        services.publish_result(poll=about, by=office)

    made = counting.enter_sheets(poll=about, sheets=SHEETS, by=delegates[0].user)
    counting.confirm_count(count=made, by=delegates[1].user)

    found = selectors.outcome(Poll.objects.get(), delegates[4].user)
    assert (found["passed"], found["needed"], found["handed_out"], found["answered"]) == (True, 3, 5, 4)
    assert (found["names"], found["written"], found["counts"][-1]["n"]) == ([], [], 1)


def test_only_the_board_counts_and_never_one_person_alone(poll, office, delegates):
    about = closed(poll)
    for stranger in (office, delegates[4].user):
        with pytest.raises(NotAllowed):
            counting.enter_sheets(poll=about, sheets=SHEETS, by=stranger)
    made = counting.enter_sheets(poll=about, sheets=SHEETS, by=delegates[0].user)

    with pytest.raises(NotAllowed):
        counting.confirm_count(count=made, by=delegates[0].user)

    assert not Poll.objects.get().outcomes.exists()


def test_nothing_is_counted_before_the_deadline(poll, delegates):
    with pytest.raises(WrongState):
        counting.enter_sheets(poll=poll, sheets=SHEETS, by=delegates[0].user)


@pytest.mark.parametrize("who", ["too few", "no head", "a stranger"])
def test_an_unfit_board_is_refused_in_words(council, office, delegates, who):
    board = builders.board(council)
    for d in delegates[:4]:
        Membership.objects.create(body=board, user=d.user, delegate=d, starts_on=builders.TERM_START)
    given = {
        "too few": {"tellers": delegates[:2], "head": delegates[0]},
        "no head": {"tellers": delegates[:3]},
        "a stranger": {"tellers": delegates[2:5], "head": delegates[2]},
    }[who]

    with pytest.raises(BadInput):
        prepared(council, office, body=board, secrecy="paper", **given)


def test_reminders_go_to_everybody_for_nobody_knows_who_has_sent(poll, office, delegates):
    assert services.remind_now(poll=poll, by=office) == 5


def test_closing_early_always_needs_a_reason(poll, office):
    with pytest.raises(BadInput):
        services.close_early(poll=poll, by=office)


def test_the_office_names_the_board_by_the_form_and_may_name_another(council, office, delegates):
    desk, day = browser(office), timezone.localdate()
    said = {
        "question": "Cho ý kiến về nhân sự", "explanation": "", "day": (day + timedelta(days=8)).isoformat(),
        "at": "17:00", "rule": "majority_of_all", "remind": "24", "unit": "hours", "secrecy": "paper",
        "tellers": [d.public_id for d in delegates[:3]], "head": delegates[0].public_id,
    }  # fmt: skip
    assert desk.post(reverse("voting:opinion_create"), said | {"tellers": []}).status_code == 422

    desk.post(reverse("voting:opinion_create"), said)
    poll = Poll.objects.get()
    edit = page(poll, "opinion_edit")
    assert desk.get(edit).status_code == 200
    desk.post(edit, said | {"tellers": [d.public_id for d in delegates[1:4]], "head": delegates[1].public_id})

    assert (poll.method, poll.kind, poll.secrecy) == ("paper", "opinion", "")
    board = poll.proposed_tellers.members.all()
    assert {m.delegate_id for m in board} == {d.pk for d in delegates[1:4]}


def test_two_of_the_board_count_on_their_page(poll, office, delegates):
    about = closed(poll)
    first, second = browser(delegates[0].user), browser(delegates[1].user)
    assert "Kiểm phiếu" in text_of(first.get(reverse("sessions:today")))
    assert first.post(page(about, "opinion_count"), NUMBERS | {"collected": 5}).status_code == 422

    first.post(page(about, "opinion_count"), NUMBERS)
    waiting = Count.objects.get()
    shown = text_of(second.get(page(about, "opinion_count")))
    second.post(page(about, "opinion_count_return"), {"count": waiting.public_id, "reason": "Đếm thiếu"})
    first.post(page(about, "opinion_count"), NUMBERS)
    again = Count.objects.get(state="entered")
    second.post(page(about, "opinion_count_confirm"), {"count": again.public_id})

    assert "Xin đối chiếu với phiếu rồi xác nhận" in shown
    assert [count.state for count in Count.objects.all()] == ["returned", "confirmed"]
    desk = text_of(browser(office).get(page(about, "opinion_desk_page")))
    assert "Đủ ý kiến tán thành" in desk and "Thông báo kết quả" in desk


def test_strangers_find_neither_the_count_nor_the_sheets(poll, delegates, agency_clerk):
    for user in (delegates[4].user, agency_clerk):
        client = browser(user)
        assert client.get(page(poll, "opinion_count")).status_code == 404
        assert client.get(page(poll, "opinion_sheets")).status_code == 404


def test_2_the_count_asks_for_the_second_factor(poll, delegates):
    client = Client()
    client.force_login(delegates[0].user)

    response = client.get(page(poll, "opinion_count"))

    assert response.status_code == 302 and reverse("council:step_up") in response["Location"]
    assert client.get(response["Location"]).status_code == 200  # and leads the teller to give it
    client.force_login(delegates[4].user)
    assert client.get(response["Location"]).status_code == 404  # nobody else is asked


def test_the_sheets_are_all_alike_and_one_for_each_member(poll, office):
    shown = text_of(browser(office).get(page(poll, "opinion_sheets")))

    assert shown.count('class="slip"') == 5
    assert "không ghi tên" in shown and "Đại biểu Số" not in shown


def test_a_member_reads_where_the_sheet_goes_and_answers_nothing_on_the_screen(poll, delegates):
    client = browser(delegates[4].user)

    shown = text_of(client.get(page(poll, "opinion")))

    assert "phong bì dán kín" in shown and delegates[0].full_name in shown
    assert page(poll, "answer_opinion") not in shown
    assert client.post(page(poll, "answer_opinion"), {"choice": "for"}).status_code == 409
