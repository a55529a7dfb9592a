"""Defects of the ballot box. The product is imported inside the functions: the names are read without it."""

import time
import uuid
from dataclasses import replace

from tests.faults.planted import defect

WINDOW = 0.1  # seconds that a race is kept open, so that a short drill meets it


def never_locks() -> None:
    """Take every row lock of this process away."""
    from django.db.models.query import QuerySet

    QuerySet.select_for_update = lambda self, **_options: self.all()


@defect()
def acknowledges_before_commit():
    """The answer leaves when the row is written, not when it is committed."""
    from django.db import transaction

    from voting import ballot_box

    def write_poll(self, poll_id, ballots):
        waiting = [futures.pop(id(ballot), None) for ballot in ballots]
        with transaction.atomic(durable=True):
            answers, room = ballot_box.write(poll_id, ballots)
            ballot_box.tell([pair for pair in zip(waiting, answers, strict=True) if pair[0] is not None])
            time.sleep(WINDOW)
            if room:
                ballot_box.announce(room, turnout_only=True)
        return answers

    futures, put = {}, ballot_box.BallotBox.put

    def put_and_note(self, ballot, answer):
        futures[id(ballot)] = answer
        put(self, ballot, answer)

    tell = ballot_box._settle
    ballot_box._settle = lambda future, said: None if future.done() else tell(future, said)
    ballot_box.BallotBox.put = put_and_note
    ballot_box.BallotBox._write_poll = write_poll


@defect("ALTER TABLE voting_vote DROP CONSTRAINT one_vote_per_delegate")
def no_unique_constraint():
    """One vote per delegate is looked up before, and neither lock nor constraint keeps two from looking at once."""
    from voting import ballot_box
    from voting.models import Vote

    never_locks()
    insert_rows = ballot_box.insert_rows

    def look_first(model, columns, rows, *, unique=(), update=()):
        if model is not Vote:
            return insert_rows(model, columns, rows)
        names = [model._meta.get_field(name).attname for name in columns]
        for row in rows:
            values = dict(zip(names, row, strict=True))
            own = Vote.objects.filter(poll_id=values["poll_id"], delegate_id=values["delegate_id"])
            if own.exists():
                own.update(**{name: values[name] for name in ("choice", "number", "channel", "cast_at")})
            else:
                time.sleep(WINDOW)
                Vote.objects.create(**values)

    ballot_box.insert_rows = look_first


@defect()
def closes_without_lock():
    """Close and vote read the poll's row without holding it: a vote is acknowledged that was never counted."""
    from voting import ballot_box

    never_locks()
    write = ballot_box.write

    def slowly(poll_id, ballots):
        said = write(poll_id, ballots)
        time.sleep(WINDOW)
        return said

    ballot_box.write = slowly


@defect()
def commits_without_waiting_for_the_disk():
    """synchronous_commit=off, as somebody would set it for speed."""
    from django.db import connection

    options = connection.settings_dict["OPTIONS"]
    options["options"] = options["options"].replace("synchronous_commit=on", "synchronous_commit=off")


@defect()
def ignores_the_key():
    """Every request is a press of its own; its answer bears the key, and nothing remembers it."""
    from voting import ballot_box

    write = ballot_box.write

    def forgetful(poll_id, ballots):
        answers, room = write(poll_id, [replace(ballot, key=uuid.uuid4()) for ballot in ballots])
        told = [replace(said, key=str(ballot.key)) for said, ballot in zip(answers, ballots, strict=True)]
        return told, room

    ballot_box.write = forgetful


class Agreeable(int):
    """A number that differs from none."""

    def __ne__(self, other) -> bool:
        return False

    __eq__, __hash__ = int.__eq__, int.__hash__


@defect()
def lets_an_older_choice_overwrite():
    """The last to arrive wins, whatever its tablet knew."""
    from voting import ballot_box

    write = ballot_box.write

    def last_wins(poll_id, ballots):
        return write(poll_id, [replace(ballot, replaces=Agreeable(ballot.replaces)) for ballot in ballots])

    ballot_box.write = last_wins


def _forgives(code: str) -> None:
    from voting import ballot_box

    refusal = ballot_box._refusal

    def forgiving(ballot, poll, *told):
        said = refusal(ballot, poll, *told)
        return None if said is not None and said.code == code else said

    ballot_box._refusal = forgiving


@defect()
def takes_votes_after_the_close():
    """The state of the poll is not asked when a ballot comes."""
    _forgives("closed")


@defect()
def takes_votes_of_the_absent():
    """The presence on the roll is not asked when a ballot comes."""
    _forgives("absent")


@defect()
def records_after_the_commit():
    """The record is written when the votes are safe, in a transaction of its own."""
    from django.db import transaction

    from voting import ballot_box

    record = ballot_box._record

    def later(*told):
        def write():
            time.sleep(4 * WINDOW)
            record(*told)

        transaction.on_commit(write)

    ballot_box._record = later


@defect("ALTER TABLE council_auditentry DROP CONSTRAINT one_entry_per_place")
def forks_the_record():
    """The head of the record is read without a lock, so two entries follow the same one."""
    from council import audit
    from council.models import AuditChain

    def lock_head(chain):
        head = AuditChain.objects.filter(key=chain).first()
        time.sleep(WINDOW / 2)
        return head

    audit._lock_head = lock_head
