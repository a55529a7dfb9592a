"""Opinion polls: who is asked, how an answer counts, what the deadline does, what the office may do."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from council import audit
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditChain, AuditEntry, Job, Mail, Membership, RegulationValue
from tests import builders
from tests.voting.opinions import answer, at, do_jobs, prepared, sent
from voting import selectors as votes
from voting import services as generic
from voting.commitments import vote_commitment
from voting.models import Poll, Vote, WrittenOpinion
from voting.opinions import selectors, services
from voting.opinions.papers import Paper

pytestmark = pytest.mark.django_db
LETTERS, MAIL = "voting.opinion_letters", "council.deliver_mail"


def letters(poll, what=""):
    return selectors.mails_of(poll).filter(job__key__contains=f":{what}") if what else selectors.mails_of(poll)


# --- who is asked ---------------------------------------------------------------------------------


def test_the_members_of_the_body_on_the_day_it_is_sent_are_asked(council, office, delegates):
    Membership.objects.filter(delegate=delegates[4]).update(ends_on=timezone.localdate() - timedelta(days=1))

    poll = sent(council, office)

    assert set(poll.roll.values_list("delegate", flat=True)) == {d.pk for d in delegates[:4]}
    assert poll.entitled == 4


def test_a_board_is_asked_apart_from_the_plenary_and_is_its_own_majority_base(council, office, delegates):
    RegulationValue.objects.create(
        council=council, key="delegates_elected", value=85, valid_from=builders.TERM_START, legal_basis="NQ 01"
    )
    board = builders.board(council)
    for d in delegates[:3]:
        Membership.objects.create(body=board, user=d.user, delegate=d, starts_on=builders.TERM_START)

    poll = sent(council, office, body=board)

    assert (poll.entitled, poll.terms["rule"]["whole"], poll.terms["rule"]["needed"]) == (3, 3, 2)


def test_who_joins_the_body_later_is_not_asked(council, office, delegates):
    poll = sent(council, office)
    late = builders.delegate(council, 9)

    assert answer(poll, late).code == "not_entitled"


def test_only_the_office_of_the_body_asks(council, office, chair, delegates):
    with pytest.raises(NotAllowed):
        prepared(council, chair)


def test_an_office_of_another_body_does_not_ask_this_one(council, delegates):
    board_office = builders.person(council, "office-board", role="office", body=builders.board(council))

    with pytest.raises(NotAllowed):
        prepared(council, board_office)


def test_the_general_verbs_of_the_hall_do_not_touch_an_opinion_poll(council, office, chair, delegates):
    """A chair of sittings neither closes nor cancels it by another door, without the reason it needs."""
    poll = sent(council, office)

    for by in (office, chair):
        with pytest.raises(NotAllowed):
            generic.close_poll(poll=poll, by=by)
        with pytest.raises(NotAllowed):
            generic.cancel_poll(poll=poll, by=by, reason="x")
        with pytest.raises(NotAllowed):
            generic.cast_by_secretary(poll=poll, delegate=delegates[0], choice="for", reason="x", by=by)


# --- preparing and sending ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": " "},
        {"hours": -1},
        {"hours": 24 * 91},
        {"rule": "majority_of_present"},
        {"explanation": "x" * 5001},
        {"remind_hours": 24 * 31},
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(council, office, delegates, wrong):
    with pytest.raises(BadInput) as refusal:
        prepared(council, office, **wrong)

    assert refusal.value.message


def test_a_body_without_delegates_is_not_asked(council, office):
    poll = prepared(council, office)

    with pytest.raises(WrongState, match="chưa có thành viên"):
        services.send_opinion(poll=poll, by=office)


def test_a_draft_whose_deadline_has_passed_is_not_sent(council, office, delegates):
    poll = prepared(council, office, hours=1)

    with at(timezone.now() + timedelta(hours=2)), pytest.raises(WrongState, match="Hạn trả lời đã qua"):
        services.send_opinion(poll=poll, by=office)


def test_a_draft_may_be_changed_and_what_was_sent_may_not(council, office, delegates):
    poll = prepared(council, office)
    changed = services.change_opinion(
        poll=poll, question="Câu hỏi khác", closes_at=poll.closes_at, by=office, rule="two_thirds_of_all"
    )
    services.send_opinion(poll=poll, by=office)

    assert (changed.question, changed.rule) == ("Câu hỏi khác", "two_thirds_of_all")
    with pytest.raises(WrongState):
        services.change_opinion(poll=poll, question="Lại khác", closes_at=poll.closes_at, by=office)


def test_28_sending_freezes_roll_rule_deadline_and_papers_with_a_hash(council, office, delegates):
    """Security 28."""
    paper = Paper(uuid.uuid4(), 2, "Tờ trình 279", "a" * 64)

    poll = sent(council, office, papers=[paper])

    assert poll.roll_hash == generic.frozen_hash(poll)
    assert poll.terms["opinion"]["papers"] == [[str(paper.document), 2, "a" * 64]]
    poll.terms["opinion"]["papers"] = []
    assert poll.roll_hash != generic.frozen_hash(poll)


def test_sending_twice_asks_once(council, office, delegates):
    poll = sent(council, office)
    services.send_opinion(poll=poll, by=office)
    do_jobs(LETTERS)

    assert letters(poll).count() == 5
    assert AuditEntry.objects.filter(event="voting.poll-opened").count() == 1


def test_its_acts_stand_in_a_chain_of_its_own_that_holds(council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0])
    services.cancel_opinion(poll=poll, reason="Không còn cần", by=office)

    chain = AuditChain.objects.get(key=f"opinion:{poll.public_id}")
    assert [entry.event for entry in chain.entries.order_by("seq")] == [
        "voting.poll-prepared", "voting.poll-opened", "voting.votes-cast", "voting.poll-cancelled",
    ]  # fmt: skip
    assert audit.first_bad_entry(chain) is None


# --- answers --------------------------------------------------------------------------------------


def test_an_answer_may_be_changed_until_the_deadline_and_the_last_counts(council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0], "for")
    said = answer(poll, delegates[0], "against", replaces=1)

    assert (said.answer, said.number) == ("recorded", 2)
    assert [(v.choice, v.number) for v in Vote.objects.all()] == [("against", 2)]


def test_another_opinion_may_be_written_down(council, office, delegates):
    poll = sent(council, office)

    answer(poll, delegates[0], "other", "Chỉ phân bổ 8 tỷ đồng.")

    assert selectors.my_answer(poll, delegates[0])["text"] == "Chỉ phân bổ 8 tỷ đồng."
    assert [line["text"] for line in selectors.written_opinions(poll)] == ["Chỉ phân bổ 8 tỷ đồng."]


def test_another_text_is_another_answer_and_the_late_older_one_changes_nothing(council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0], "other", "Bản một")
    second = answer(poll, delegates[0], "other", "Bản hai", replaces=1)
    late = answer(poll, delegates[0], "other", "Bản một, gửi muộn", replaces=1)

    assert (second.number, late.answer) == (2, "stale")
    assert selectors.my_answer(poll, delegates[0])["text"] == "Bản hai"


def test_what_was_written_goes_when_the_choice_changes_and_does_not_come_back(council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0], "other", "Bản một")
    answer(poll, delegates[0], "for", replaces=1)
    assert selectors.written_opinions(poll) == []

    answer(poll, delegates[0], "other", replaces=2)

    assert selectors.written_opinions(poll) == []


@pytest.mark.parametrize(("choice", "text"), [("for", "Tôi viết thêm"), ("other", "x" * 2001)])
def test_a_text_beside_another_choice_or_too_long_is_refused_whole(council, office, delegates, choice, text):
    poll = sent(council, office)

    with pytest.raises(BadInput):
        answer(poll, delegates[0], choice, text)

    assert not Vote.objects.exists()


def test_26_the_same_key_gets_the_same_answer_and_changes_no_text(council, office, delegates):
    """Security 26."""
    poll, key = sent(council, office), uuid.uuid4()
    first = answer(poll, delegates[0], "other", "Bản một", key=key)

    again = answer(poll, delegates[0], "other", "Bản lạ", key=key)

    assert (again.answer, again.number) == (first.answer, first.number)
    assert [row.text for row in WrittenOpinion.objects.all()] == ["Bản một"]


def test_nobody_answers_for_somebody_else(council, office, delegates):
    poll = sent(council, office)

    with pytest.raises(NotAllowed):
        answer(poll, delegates[0], by=delegates[1].user)


def test_the_record_never_tells_what_was_answered(council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0], "other", "Chữ này không vào sổ")

    content = str(list(AuditEntry.objects.exclude(event="voting.poll-opened").values_list("data", flat=True)))
    assert "Chữ này" not in content and "other" not in content


def test_an_answer_on_paper_bears_who_entered_it_and_why(council, office, delegates):
    poll = sent(council, office)

    services.enter_answer(
        poll=poll, delegate=delegates[0], choice="for", reason="Phiếu giấy có chữ ký, nhận ngày 25/11", by=office
    )

    vote = Vote.objects.get()
    assert (vote.channel, vote.entered_by, vote.reason) == ("secretary", office, "Phiếu giấy có chữ ký, nhận ngày 25/11")
    assert selectors.answered(poll)[0]["on_paper"]


def test_an_answer_on_paper_never_replaces_the_delegates_own(council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0], "against")

    with pytest.raises(WrongState):
        services.enter_answer(poll=poll, delegate=delegates[0], choice="for", reason="Phiếu giấy", by=office)

    assert Vote.objects.get().choice == "against"


def test_the_delegates_own_answer_replaces_the_one_on_paper(council, office, delegates):
    poll = sent(council, office)
    services.enter_answer(poll=poll, delegate=delegates[0], choice="for", reason="Phiếu giấy", by=office)

    answer(poll, delegates[0], "against", replaces=1)

    assert [(v.choice, v.channel, v.entered_by) for v in Vote.objects.all()] == [("against", "http", None)]


# --- the deadline ------------------------------------------------------------------------------------


def test_37_the_deadline_itself_decides_though_the_job_is_late(council, office, delegates):
    """Security 37."""
    poll = sent(council, office, hours=1)

    with at(poll.closes_at):
        said = answer(poll, delegates[0])
        with pytest.raises(WrongState, match="hết hạn"):
            services.enter_answer(poll=poll, delegate=delegates[1], choice="for", reason="Phiếu giấy", by=office)

    assert (said.code, Vote.objects.count(), Poll.objects.get().state) == ("closed", 0, "open")


def test_the_job_closes_at_the_deadline_and_counts(council, office, delegates):
    poll = sent(council, office, hours=1)
    for d, choice in zip(delegates, ["for", "for", "for", "other"], strict=False):
        answer(poll, d, choice)
    assert not do_jobs("voting.opinion_close")

    with at(poll.closes_at + timedelta(seconds=1)):
        assert do_jobs("voting.opinion_close") == 1

    result = Poll.objects.get().result
    assert (result.votes_for, result.votes_other, result.silent, result.absent, result.total) == (3, 1, 1, 0, 5)
    assert (result.passed, result.needed, result.base) == (True, 3, 5)
    assert result.why == "Cần quá nửa tổng số đại biểu: từ 3/5. Đạt 3/5, bằng 60%."
    assert result.article == "Quy chế làm việc của Hội đồng nhân dân"


def test_the_councils_own_rule_is_named_with_its_basis(council, office, delegates):
    RegulationValue.objects.create(
        council=council, key="opinion_rule", value="majority_of_collected", valid_from=builders.TERM_START,
        legal_basis="Điều 18 Quy chế làm việc",
    )  # fmt: skip
    poll = sent(council, office)
    answer(poll, delegates[0], "for")

    result = services.close_early(poll=poll, by=office, reason="Đã rõ")

    assert (result.passed, result.needed, result.base) == (True, 1, 1)
    assert result.article == "Điều 18 Quy chế làm việc"
    assert "số phiếu thu về" in result.why


def test_after_an_extension_the_first_deadline_closes_nothing(council, office, delegates):
    poll = sent(council, office, hours=1)
    first = poll.closes_at
    services.extend_deadline(poll=poll, until=first + timedelta(days=1), reason="Chờ tài liệu bổ sung", by=office)

    with at(first + timedelta(minutes=1)):
        do_jobs("voting.opinion_close")
        assert answer(poll, delegates[0]).answer == "recorded"
    with at(first + timedelta(days=1, minutes=1)):
        do_jobs("voting.opinion_close")

    poll.refresh_from_db()
    assert (poll.state, poll.opinion.extensions.get().reason) == ("closed", "Chờ tài liệu bổ sung")


def test_a_deadline_is_only_ever_later_and_needs_a_reason(council, office, delegates):
    poll = sent(council, office)

    with pytest.raises(BadInput):
        services.extend_deadline(poll=poll, until=poll.closes_at, reason="Sớm hơn", by=office)
    with pytest.raises(BadInput):
        services.extend_deadline(poll=poll, until=poll.closes_at + timedelta(days=1), reason=" ", by=office)


def test_what_is_over_is_not_extended(council, office, delegates):
    poll = sent(council, office, hours=1)

    with at(poll.closes_at + timedelta(minutes=1)), pytest.raises(WrongState):
        services.extend_deadline(poll=poll, until=poll.closes_at + timedelta(days=1), reason="Quên", by=office)


def test_closing_early_needs_a_reason_while_somebody_has_not_answered(council, office, delegates):
    poll = sent(council, office)
    for d in delegates[:4]:
        answer(poll, d)
    with pytest.raises(BadInput, match="Còn người chưa trả lời"):
        services.close_early(poll=poll, by=office)

    answer(poll, delegates[4])
    result = services.close_early(poll=poll, by=office)

    assert (result.votes_for, result.silent) == (5, 0)
    assert services.close_early(poll=poll, by=office) == result


# --- letters ---------------------------------------------------------------------------------------


def test_everybody_with_an_address_is_told_at_the_opening(council, office, delegates):
    type(delegates[0]).objects.filter(pk=delegates[0].pk).update(email="")
    delegates[0].user.email = ""
    delegates[0].user.save()
    poll = sent(council, office)
    assert "Đại biểu Số 1" in next(i.words for i in selectors.issues_of(prepared(council, office)) if i.code == "no_address")

    do_jobs(LETTERS)

    assert letters(poll, "asked").count() == 4
    text = letters(poll).first().text
    assert poll.question in text and f"/xin-y-kien/{poll.public_id}" in text


def test_before_the_deadline_only_those_are_reminded_who_have_not_answered(council, office, delegates):
    poll = sent(council, office, hours=72, remind_hours=24)
    answer(poll, delegates[0])
    with at(poll.closes_at - timedelta(hours=24, minutes=5)):
        assert not do_jobs("voting.opinion_remind")

    with at(poll.closes_at - timedelta(hours=23)):
        do_jobs("voting.opinion_remind")

    assert set(letters(poll, "remind").values_list("to_name", flat=True)) == {d.full_name for d in delegates[1:]}


def test_115_a_reminder_that_is_done_again_writes_nobody_twice(council, office, delegates):
    """Security 115."""
    poll = sent(council, office, hours=72, remind_hours=24)
    with at(poll.closes_at - timedelta(hours=23)):
        do_jobs("voting.opinion_remind")
        Job.objects.filter(kind="voting.opinion_remind").update(state="due")
        do_jobs("voting.opinion_remind")

    assert letters(poll, "remind").count() == 5


def test_after_an_extension_the_reminder_comes_before_the_new_deadline(council, office, delegates):
    poll = sent(council, office, hours=72, remind_hours=24)
    first = poll.closes_at
    services.extend_deadline(poll=poll, until=first + timedelta(days=2), reason="Chờ tài liệu", by=office)

    with at(first - timedelta(hours=23)):
        do_jobs("voting.opinion_remind")
    assert not letters(poll, "remind").exists()
    with at(first + timedelta(days=1, hours=1)):
        do_jobs("voting.opinion_remind")

    assert letters(poll, "remind").count() == 5


@pytest.mark.parametrize("end", ["close", "cancel"])
def test_reminders_are_called_off_when_it_ends(council, office, delegates, end):
    poll = sent(council, office, hours=72, remind_hours=24)
    if end == "close":
        services.close_early(poll=poll, by=office, reason="Đã rõ")
    else:
        services.cancel_opinion(poll=poll, by=office, reason="Không còn cần")

    assert not Job.objects.filter(kind__in=services.JOBS, state="due").exists()
    with at(poll.closes_at - timedelta(hours=1)):
        Job.objects.filter(kind="voting.opinion_remind").update(state="due")  # it ran already when it ended
        do_jobs("voting.opinion_remind")
    assert not letters(poll, "remind").exists()


def test_the_office_reminds_now_and_not_twice_in_a_row(council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0])

    assert services.remind_now(poll=poll, by=office) == 4
    with pytest.raises(WrongState, match="Vừa nhắc"):
        services.remind_now(poll=poll, by=office)
    answer(poll, delegates[1])  # between the button and the letters
    do_jobs(LETTERS)

    assert letters(poll, "reminded").count() == 3


def test_a_letter_tells_nobodys_answer(council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0], "other", "Chữ của tôi")
    services.remind_now(poll=poll, by=office)
    services.extend_deadline(poll=poll, until=poll.closes_at + timedelta(days=1), reason="Chờ", by=office)
    do_jobs(LETTERS)

    assert not Mail.objects.filter(text__contains="Chữ của tôi").exists()


# --- the result ---------------------------------------------------------------------------------------


def test_members_are_told_the_result_once_it_is_published(council, office, delegates):
    poll = sent(council, office)
    for d in delegates[:3]:
        answer(poll, d)
    services.close_early(poll=poll, by=office, reason="Đã rõ")
    services.publish_result(poll=poll, by=office)
    services.publish_result(poll=poll, by=office)
    do_jobs(LETTERS)

    assert letters(poll, "result").count() == 5
    assert "Đủ ý kiến tán thành" in letters(poll, "result").first().text


def test_what_is_not_closed_is_not_published(council, office, delegates):
    with pytest.raises(WrongState):
        services.publish_result(poll=sent(council, office), by=office)


def test_members_see_names_and_texts_as_far_as_the_naming_setting_allows(council, office, delegates):
    RegulationValue.objects.create(
        council=council, key="naming_delegates", value="totals", valid_from=builders.TERM_START, legal_basis="NQ"
    )
    poll = sent(council, office)
    answer(poll, delegates[0], "other", "Chữ của tôi")
    services.close_early(poll=poll, by=office, reason="Đã rõ")
    poll = Poll.objects.get()

    member, desk = selectors.outcome(poll, delegates[1].user), selectors.outcome(poll, office)

    assert (member["names"], member["written"]) == ([], [])
    assert (len(desk["names"]), desk["written"][0]["text"]) == (5, "Chữ của tôi")


def test_a_citizen_sees_nothing_of_it(council, office, delegates, agency_clerk):
    poll = sent(council, office)
    services.close_early(poll=poll, by=office, reason="Đã rõ")
    services.publish_result(poll=poll, by=office)
    poll = Poll.objects.get()

    assert selectors.outcome(poll, agency_clerk) is None
    assert votes.get_result_for(agency_clerk, council, poll.public_id) is None


def test_who_does_not_answer_is_silent_and_never_absent(council, office, delegates):
    poll = sent(council, office)
    services.close_early(poll=poll, by=office, reason="Đã rõ")

    found = selectors.outcome(Poll.objects.get(), office)

    assert [(line["mark"], line["label"], line["n"]) for line in found["counts"]][-1] == ("silent", "Không trả lời", 5)
    assert {line.label for line in found["names"]} == {"Không trả lời"}


def test_a_practice_poll_says_so_everywhere(council, office, delegates):
    poll = sent(council, office, is_rehearsal=True)
    do_jobs(LETTERS)
    for d in delegates:
        answer(poll, d)
    services.close_early(poll=poll, by=office)

    assert selectors.outcome(Poll.objects.get(), office)["verdict"] == "Thử: đủ ý kiến tán thành"
    mail = letters(poll).first()
    assert mail.subject.startswith("[THỬ]") and "PHIẾU THỬ" in mail.text


def test_each_answer_has_a_sealed_line_in_the_record_that_its_delegate_can_open(council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0], "other", "Bản một")
    answer(poll, delegates[0], "other", "Bản hai", replaces=1)
    services.enter_answer(poll=poll, delegate=delegates[1], choice="for", reason="Phiếu giấy", by=office)

    sealed = [
        (number, commitment)
        for entry in AuditEntry.objects.filter(event__in=["voting.votes-cast", "voting.vote-entered"]).order_by("seq")
        for _line, number, commitment in entry.public["votes"]
    ]
    lines = dict(poll.roll.values_list("delegate_id", "line"))
    mine, paper = Vote.objects.get(delegate=delegates[0]), Vote.objects.get(delegate=delegates[1])
    assert [number for number, _c in sealed] == [1, 2, 1]
    for vote, commitment in ((mine, sealed[1][1]), (paper, sealed[2][1])):
        assert commitment == vote_commitment(
            str(poll.public_id), lines[vote.delegate_id], vote.number, vote.choice, vote.salt
        )
