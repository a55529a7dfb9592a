"""Several drafts together: one poll with several questions, one vote row with a choice for each."""

import uuid
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from council.errors import BadInput
from council.models import AuditEntry
from tests import builders
from tests.faults.checker import five_numbers
from tests.voting.conftest import vote
from voting import selectors, services
from voting.models import Poll, Question, Result, Vote
from voting.rules import Asked, by_question, is_on_ballot

QUESTIONS = (
    Asked("Thông qua Nghị quyết về đầu tư công", text_name="Dự thảo, lần 2", text_digest="a" * 64),
    Asked("Thông qua Nghị quyết về học phí", rule="two_thirds_of_all", text_digest="b" * 64),
    Asked("Thông qua chương trình giám sát", rule="majority_of_present"),
)


def prepare(council, chair, hall, questions=QUESTIONS, **more):
    return services.prepare_poll(
        council=council, body=builders.plenary(council), room=hall.key, question="Biểu quyết ba nội dung",
        questions=questions, chain="session:1", by=chair, **more,
    )  # fmt: skip


@pytest.fixture
def draft(council, chair, hall):
    return prepare(council, chair, hall)


# --- The ballot, as plain values ---


@pytest.mark.parametrize("choice", ["for,against,for", "for,,", ",,other", "against,against,against"])
def test_a_ballot_has_a_place_for_each_question(choice):
    assert is_on_ballot(choice, 3)


@pytest.mark.parametrize(
    "choice", ["", ",,", "for", "for,for", "for,for,for,for", "for,maybe,for", "for, against,for", "FOR,for,for", None]
)
def test_a_ballot_of_another_shape_is_none(choice):
    assert not is_on_ballot(choice or "", 3)


def test_one_question_takes_one_word_and_nothing_else():
    assert [is_on_ballot(c) for c in ("for", "against", "other", "", "for,for", "for,")] == [True] * 3 + [False] * 3


def test_votes_are_counted_apart_for_each_question():
    assert by_question({"for,against": 3, "for,": 2, ",for": 1}, 2) == [
        {"for": 5, "": 1},
        {"against": 3, "": 2, "for": 1},
    ]


# --- Preparing and opening ---


@pytest.mark.django_db
def test_each_question_keeps_its_own_words_rule_and_text(draft):
    assert draft.asks == 3
    assert list(draft.questions.values_list("place", "question", "rule", "text_digest")) == [
        (1, QUESTIONS[0].question, "majority_of_all", "a" * 64),
        (2, QUESTIONS[1].question, "two_thirds_of_all", "b" * 64),
        (3, QUESTIONS[2].question, "majority_of_present", ""),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("questions", "more"),
    [
        (QUESTIONS[:1], {}),  # one question is an ordinary poll
        ([Asked(f"Nội dung {n}") for n in range(21)], {}),
        ((Asked("Một"), Asked("Một")), {}),
        ((Asked("Một"), Asked("  ")), {}),
        ((Asked("Một"), Asked("Hai", rule="majority_of_valid")), {}),
        (QUESTIONS, {"method": "hands"}),
        (QUESTIONS, {"method": "paper"}),
        (QUESTIONS, {"kind": "election", "method": "paper", "seats": 1}),
    ],
)
def test_what_cannot_be_put_together_is_refused_in_words(council, chair, hall, questions, more):
    with pytest.raises(BadInput):
        prepare(council, chair, hall, questions, **more)
    assert not Poll.objects.exists()


@pytest.mark.django_db
def test_28_questions_texts_and_rules_are_frozen_with_a_hash(draft, roll, chair):
    poll = services.open_poll(poll=draft, roll=roll, by=chair)

    assert [one["rule"]["needed"] for one in poll.terms["questions"]] == [3, 4, None]
    assert [one["text"][1] for one in poll.terms["questions"]] == ["a" * 64, "b" * 64, ""]
    assert poll.roll_hash == services.frozen_hash(poll)
    Question.objects.filter(poll=poll, place=2).update(text_digest="c" * 64)
    poll.terms = services.frozen_terms(poll, roll)
    assert poll.roll_hash != services.frozen_hash(poll)


@pytest.mark.django_db
def test_the_database_keeps_questions_put_together_on_the_tablets(draft):
    with pytest.raises(IntegrityError), transaction.atomic():
        Poll.objects.filter(pk=draft.pk).update(method="hands")


# --- Voting, counting ---


@pytest.mark.django_db(transaction=True)
def test_24_one_vote_row_answers_all_questions_and_changes_as_one(open_poll, delegates):
    key = uuid.uuid4()
    said = vote(open_poll, delegates[0], "for,against,for", key=key)
    assert (said.answer, said.number, said.vote["choice"]) == ("recorded", 1, "for,against,for")
    assert vote(open_poll, delegates[0], "for,against,for", key=key).number == 1  # the same key, the same answer
    assert vote(open_poll, delegates[0], "for,for,for", key=key).code == "key_reused"
    assert vote(open_poll, delegates[0], "for,for,for", replaces=0).answer == "stale"

    said = vote(open_poll, delegates[0], "for,for,other", replaces=1)

    assert (said.answer, said.number) == ("recorded", 2)
    assert list(Vote.objects.values_list("choice", "number")) == [("for,for,other", 2)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("choice", ["for", "for,for", "for,for,for,for", ",,", "for,for,yes"])
def test_a_ballot_that_does_not_answer_these_questions_is_refused(open_poll, delegates, choice):
    said = vote(open_poll, delegates[0], choice)

    assert (said.code, said.status) == ("unknown_option", 422)
    assert not Vote.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_32_every_question_has_five_numbers_of_its_own_that_add_up_to_the_roll(open_poll, delegates, chair):
    for delegate, choice in zip(delegates, ("for,for,against", "for,for,", "for,against,for"), strict=False):
        vote(open_poll, delegate, choice)

    services.close_poll(poll=open_poll, by=chair)

    rows = Result.objects.filter(poll=open_poll).order_by("place")
    five = ("votes_for", "votes_against", "votes_other", "silent", "absent")
    assert [tuple(getattr(row, name) for name in five) for row in rows] == [
        (3, 0, 0, 1, 1),
        (2, 1, 0, 1, 1),
        (1, 1, 0, 2, 1),  # who left the third question open was present and silent on it
    ]
    assert [(row.total, row.present, row.needed, row.passed) for row in rows] == [
        (5, 4, 3, True), (5, 4, 4, False), (5, 4, 3, False)
    ]  # fmt: skip
    assert "hai phần ba" in rows[1].why


@pytest.mark.django_db(transaction=True)
def test_31_closing_twice_gives_the_same_results_and_nothing_is_counted_afterwards(open_poll, delegates, chair):
    vote(open_poll, delegates[0], "for,for,for")
    first = services.close_poll(poll=open_poll, by=chair)

    assert services.close_poll(poll=open_poll, by=chair) == first
    assert vote(open_poll, delegates[1], "for,for,for").code == "closed"
    assert Result.objects.filter(poll=open_poll).count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_record_tells_the_questions_and_the_verdict_of_each(open_poll, delegates, chair):
    for delegate in delegates[:3]:
        vote(open_poll, delegate, "for,for,for")
    services.close_poll(poll=open_poll, by=chair)
    services.declare_result(poll=open_poll, by=chair)

    data = {e.event: e.data for e in AuditEntry.objects.filter(target__endswith=str(open_poll.public_id))}
    asked = data["voting.poll-prepared"]["questions"]
    assert [one["question"] for one in asked] == [one.question for one in QUESTIONS]
    assert [one["text_digest"] for one in asked] == ["a" * 64, "b" * 64, ""]
    assert data["voting.poll-closed"]["passed"] == [True, False, True]
    assert data["voting.result-declared"]["passed"] == [True, False, True]


@pytest.mark.django_db(transaction=True)
def test_the_secretary_enters_a_whole_ballot(open_poll, delegates, secretary, chair):
    with pytest.raises(BadInput):
        services.cast_by_secretary(
            poll=open_poll, delegate=delegates[0], choice="for", reason="máy hỏng", by=secretary
        )
    services.cast_by_secretary(
        poll=open_poll, delegate=delegates[0], choice="for,against,", reason="máy hỏng", by=secretary
    )
    services.close_poll(poll=open_poll, by=chair)

    assert [row.by_secretary for row in open_poll.results.all()] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_the_named_list_has_the_answer_to_each_question(open_poll, delegates, chair):
    vote(open_poll, delegates[0], "for,against,")
    services.close_poll(poll=open_poll, by=chair)

    lines = {line.name: line for line in selectors.named_votes(Poll.objects.get(pk=open_poll.pk), "names")}

    assert [one.choice for one in lines[delegates[0].full_name].answers] == ["for", "against", "silent"]
    assert [one.choice for one in lines[delegates[1].full_name].answers] == ["silent"] * 3
    assert [one.choice for one in lines[delegates[4].full_name].answers] == ["absent"] * 3
    assert lines[delegates[0].full_name].label == "Tán thành; Không tán thành; Có mặt, không biểu quyết"


@pytest.mark.django_db(transaction=True)
def test_a_result_of_one_question_is_never_read_out_of_several(open_poll, delegates, chair):
    services.close_poll(poll=open_poll, by=chair)
    poll = Poll.objects.get(pk=open_poll.pk)

    assert selectors.result_facts(poll) is None
    assert len(selectors.results_of(poll)) == 3
    with pytest.raises(Result.DoesNotExist):
        poll.result  # noqa: B018


# --- An independent count ---


def books(choices, results, asks=2):
    """What the checker reads of a database, for one poll with one rule that is exceeded at half."""
    poll = {"id": 1, "public_id": "p", "state": "closed", "present": len(choices), "rule": "majority_of_all", "asks": asks}
    people = [f"d{n}" for n in range(len(choices))]
    five = ("votes_for", "votes_against", "votes_other", "silent", "absent", "total", "base", "needed", "passed")
    return SimpleNamespace(
        polls=[poll],
        roll=[{"poll_id": 1, "username": who, "is_present": True} for who in people],
        votes=[
            {"poll_id": 1, "username": who, "choice": c} for who, c in zip(people, choices, strict=True) if c
        ],
        questions=[{"poll_id": 1, "place": place, "rule": "majority_of_all"} for place in range(1, asks + 1)],
        results=[
            {"poll": "p", "place": place} | dict(zip(five, row, strict=True)) for place, row in enumerate(results, 1)
        ],
    )


def test_36_a_count_that_shares_no_code_with_ours_agrees_on_each_question():
    right = [(2, 0, 0, 1, 0, 3, 3, 2, True), (0, 1, 0, 2, 0, 3, 3, 2, False)]
    assert five_numbers(books(["for,against", "for,", ""], right)) == []


@pytest.mark.parametrize(
    ("choices", "results", "words"),
    [
        (["for,against", "for,", ""], [(2, 0, 0, 1, 0, 3, 3, 2, True)], "without a result (question 2)"),
        (["for,for"], [(1, 0, 0, 0, 0, 1, 1, 1, True), (0, 1, 0, 0, 0, 1, 1, 1, False)], "votes_for is 0"),
        (["for"], [(1, 0, 0, 0, 0, 1, 1, 1, True), (1, 0, 0, 0, 0, 1, 1, 1, True)], "do not answer its 2"),
    ],
)
def test_36_it_names_what_is_wrong_with_a_question(choices, results, words):
    assert words in " ".join(five_numbers(books(choices, results)))


# --- The other roads ---


@pytest.mark.django_db(transaction=True)
def test_the_api_shows_questions_and_a_result_for_each(open_poll, delegates, chair, client):
    client.force_login(delegates[0].user)
    said = client.post(
        reverse("voting:cast", args=[open_poll.public_id]),
        {"choice": "for,against,for", "key": str(uuid.uuid4())},
        content_type="application/json",
    )
    assert said.json()["vote"]["choice"] == "for,against,for"
    services.close_poll(poll=open_poll, by=chair)

    shown = client.get(f"/api/v1/polls/{open_poll.public_id}").json()

    assert shown["asks"] == 3
    assert [one["place"] for one in shown["questions"]] == [1, 2, 3]
    assert shown["result"] is None  # a client that knows of one question only is not misled
    assert [row["votes_for"] for row in shown["results"]] == [1, 0, 1]
    names = client.get(f"/api/v1/polls/{open_poll.public_id}/votes").json()["votes"]
    assert [one["choice"] for one in names[0]["answers"]] == ["for", "against", "for"]


@pytest.mark.django_db(transaction=True)
def test_the_plain_form_sends_one_choice_for_each_question(open_poll, delegates, client):
    client.force_login(delegates[0].user)

    answer = client.post(
        reverse("voting:cast", args=[open_poll.public_id]), {"asks": "3", "q1": "for", "q3": "other"}
    )

    assert answer.status_code == 200
    assert Vote.objects.get().choice == "for,,other"
    assert "Có mặt, không biểu quyết" in answer.content.decode()
