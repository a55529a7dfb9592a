"""A session with votes of every kind, held through the real services: what the verifier is tried on."""

import json
import uuid

from sessions import polls, record
from tests.sessions import hall
from voting import ballot_box, counting, objections, services
from voting.count_rules import Sheets
from voting.rules import Named


def cast(poll, choices):
    """Put these votes in: {delegate: choice}."""
    for delegate, choice in choices.items():
        before = poll.votes.filter(delegate=delegate).first()
        ballot = ballot_box.Ballot(
            poll.public_id, delegate.pk, choice, uuid.uuid4(), before.number if before else 0
        )
        (answer,), _room = ballot_box.write(poll.public_id, [ballot])
        assert answer.answer == "recorded", answer


def end(poll, chair):
    services.close_poll(poll=poll, by=chair)
    return services.declare_result(poll=poll, by=chair)


def named_vote(sitting, chair, secretary, delegates):
    """Changed votes, one through the secretary, one who steps out, one silent (of five, one absent)."""
    poll = hall.open_vote(sitting, chair)
    polls.step_out_of_poll(sitting=sitting, poll=poll, delegate=delegates[3], reason="Có lợi ích liên quan", by=secretary)
    cast(poll, {delegates[0]: "against", delegates[1]: "other"})
    cast(poll, {delegates[0]: "for"})
    services.cast_by_secretary(
        poll=poll, delegate=delegates[2], choice="for", reason="Máy của đại biểu hỏng", by=secretary
    )
    services.close_poll(poll=poll, by=chair)
    made = objections.object_to_record(
        poll=poll, delegate=delegates[1], words="Tôi chọn tán thành", by=delegates[1].user
    )
    objections.reject_objection(objection=made, reason="Máy ghi đúng lúc bấm", by=chair)
    return services.declare_result(poll=poll, by=chair)


def prepared(sitting, chair, **ballot):
    item = sitting.items.get(number=2)
    return polls.prepare_item_poll(sitting=sitting, item=item, by=chair, **ballot).poll


def together(sitting, chair, delegates):
    """Three drafts as one vote; one delegate leaves the second open."""
    item = sitting.items.get(number=2)
    asked = {"Một": "majority_of_all", "Hai": "two_thirds_of_all", "Ba": "majority_of_present"}
    chosen = [polls.Choice(item, question=question, rule=rule) for question, rule in asked.items()]
    poll = polls.prepare_together(sitting=sitting, chosen=chosen, question="Ba dự thảo", by=chair).poll
    poll = polls.open_item_poll(sitting=sitting, poll=poll, by=chair)
    cast(poll, {delegates[0]: "for,for,for", delegates[1]: "for,,against", delegates[2]: "for,against,for"})
    return end(poll, chair)


def shown_hands(sitting, chair, secretary, names=None):
    poll = prepared(sitting, chair, question="Thông qua chương trình", method="hands")
    poll = polls.open_item_poll(sitting=sitting, poll=poll, by=chair)
    services.close_poll(poll=poll, by=chair)
    figures = {"for": 2, "against": 1, "other": 0}
    count = counting.enter_totals(poll=poll, figures=figures, reason="Mất mạng", by=secretary, names=names)
    counting.confirm_count(count=count, by=chair)
    return services.declare_result(poll=poll, by=chair)


def tellers(sitting, chair, delegates):
    made = polls.propose_tellers(
        sitting=sitting, item=sitting.items.get(number=2), members=delegates[:3], head=delegates[0], by=chair
    )
    poll = polls.open_item_poll(sitting=sitting, poll=made.poll, by=chair)
    cast(poll, dict.fromkeys(delegates[:3], "for"))
    return end(poll, chair)


def on_sheets(sitting, chair, delegates, kind, figures, **ballot):
    """A secret vote on paper, counted by two tellers: four ballots, one of them blank."""
    people = [Named(f"Người Thứ {n}") for n in range(1, len(figures) + 1)]
    poll = prepared(sitting, chair, question=f"Phiếu kín: {kind}", kind=kind, method="paper", nominees=people, **ballot)
    poll = polls.open_item_poll(sitting=sitting, poll=poll, by=chair)
    services.close_poll(poll=poll, by=chair)
    sheets = Sheets(handed_out=4, collected=4, valid=3, blank=1, invalid=0, figures=figures)
    count = counting.enter_sheets(poll=poll, sheets=sheets, by=delegates[0].user)
    counting.confirm_count(count=count, by=delegates[1].user)
    return services.declare_result(poll=poll, by=chair)


def whole_session(sitting, chair, secretary, delegates):
    """Every kind of vote, one after the other; gives the session."""
    sitting = hall.run(sitting, secretary, present=delegates[:4])
    first = named_vote(sitting, chair, secretary, delegates)
    again = polls.prepare_correction(sitting=sitting, poll=first, by=chair).poll
    again = polls.open_item_poll(sitting=sitting, poll=again, by=chair)
    cast(again, dict.fromkeys(delegates[:4], "for"))
    end(again, chair)
    mistaken = hall.open_vote(sitting, chair)
    cast(mistaken, {delegates[0]: "for"})
    services.cancel_poll(poll=mistaken, reason="Mở nhầm nội dung", by=chair)
    shown_hands(sitting, chair, secretary)
    shown_hands(
        sitting, chair, secretary, {delegates[0].pk: "for", delegates[1].pk: "for", delegates[2].pk: "against"}
    )
    together(sitting, chair, delegates)
    tellers(sitting, chair, delegates)
    votes = {"1": {"for": 3}, "2": {"for": 1}, "3": {"for": 0}}
    on_sheets(sitting, chair, delegates, "election", votes, seats=2)
    for kind in ("dismissal", "removal"):
        on_sheets(sitting, chair, delegates, kind, {"1": {"for": 3, "against": 0}})
    on_sheets(sitting, chair, delegates, "rating", {"1": {"high": 1, "middle": 1, "low": 1}})
    on_sheets(sitting, chair, delegates, "confidence", {"1": {"trust": 2, "distrust": 1}})
    return sitting.council_session


def exported(council_session) -> dict:
    return json.loads(record.export(council_session))


def as_bytes(export: dict) -> bytes:
    return json.dumps(export, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
