"""The ballot box: the only way in which a tablet's vote is written (docs/realtime.md, "Ballots").

One box per process, with a thread of its own. What waits at the same moment is written in one
transaction under the poll's lock: read what exists, decide, one upsert; the unique constraint is the
last guard. A closing takes the same lock, so a vote is either acknowledged and counted or refused.
An answer leaves after COMMIT only. Who waits may go away: the vote that was put in is written all the
same, and the same key gets the same answer for ever.
"""

import asyncio
import atexit
import logging
import os
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit
from council.live import announce
from council.models import Council
from council.rows import insert_rows
from voting.commitments import new_salt, vote_commitment
from voting.models import Poll, RollEntry, Vote, VoteAct
from voting.rules import is_on_ballot

Waiting = Future | asyncio.Future  # who waits for an answer: a thread, or an event loop

log = logging.getLogger(__name__)

BATCH = 500  # ballots of one transaction: one whole hall
# While more comes in, the box lets it: a batch costs the same dozen statements for one ballot as for a hundred.
LULL = 0.001  # seconds without another ballot after which those that wait are written
RUSH = 0.03  # seconds that the first of a rush waits for the others at the most
BREATH = 0.25  # seconds between two announcements of a room's turnout by this process
# The interpreter's default lets a busy thread keep the others waiting 5 ms at every statement; a batch
# of ballots has a dozen. Measured with 40 tablets: the slowest answers came twice as soon.
POLITENESS = 0.0005


@dataclass(frozen=True)
class Ballot:
    """One press of a button: `key` was made by the tablet, `replaces` is the number of the vote it knew."""

    poll: uuid.UUID
    delegate_id: int
    choice: str
    key: uuid.UUID
    replaces: int = 0
    channel: str = Vote.Channel.HTTP
    renews: bool = False  # another answer even with the same choice: what is written beside it differs


@dataclass(frozen=True)
class Answer:
    """What the tablet is told. `vote` is the delegate's vote as it counts now, or None.

    `answer`: "recorded", "stale" (an older choice came late: nothing was changed) or "refused" with
    a `code`; `status` is the HTTP status of the same answer.
    """

    answer: str
    key: str
    number: int = 0
    code: str = ""
    words: str = ""
    status: int = 200
    vote: dict | None = field(default=None, compare=False)

    def as_json(self) -> dict:
        said = {"key": self.key, "answer": self.answer, "number": self.number, "vote": self.vote}
        return said | ({"code": self.code, "words": self.words} if self.words else {})


class OnRoll(NamedTuple):
    """What the box needs of a line of the roll. Plain rows: a hall's rush reads a thousand of each kind."""

    delegate_id: int
    name: str
    is_present: bool
    steps_out: str
    line: int


class Counted(NamedTuple):
    """A vote as it counts."""

    delegate_id: int
    choice: str
    number: int
    channel: str
    cast_at: datetime
    salt: str


class Act(NamedTuple):
    """One act of casting."""

    delegate_id: int
    key: uuid.UUID
    choice: str
    replaces: int
    number: int
    answer: str


def _read(kind: type[NamedTuple], rows) -> Iterator:
    return (kind(*row) for row in rows.values_list(*kind._fields))


async def cast(
    poll_public_id, delegate_id: int, choice: str, key, replaces: int = 0, channel: str = "http"
) -> Answer:
    """Put one ballot in and wait for its answer; cancelling the wait does not take the ballot back."""
    ballot = Ballot(_uuid(poll_public_id), int(delegate_id), str(choice), _uuid(key), int(replaces), channel)
    answer = asyncio.get_running_loop().create_future()
    box().put(ballot, answer)
    return await answer


def cast_and_wait(
    poll_public_id, delegate_id: int, choice: str, key, replaces: int = 0, channel: str = "http"
) -> Answer:
    """The same for a caller without an event loop: WSGI, the API, a test. Never inside a transaction."""
    let_go()
    ballot = Ballot(_uuid(poll_public_id), int(delegate_id), str(choice), _uuid(key), int(replaces), channel)
    answer: Future = Future()
    answer.set_running_or_notify_cancel()  # from here on nobody can take it back
    box().put(ballot, answer)
    return answer.result()


def let_go() -> None:
    """Give this thread's connection back to the pool before waiting for the box.

    Requests that keep theirs while they wait would leave the box none to write with: eight ballots over
    HTTP at once would stop the process until their time is up. What asks the database later gets one anew.
    """
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        connection.close()


def _uuid(value) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))


class BallotBox:
    """A queue and the one thread that empties it."""

    def __init__(self):
        self.pid = os.getpid()
        self._waiting: deque[tuple[Ballot, Waiting]] = deque()
        self._bell = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._unannounced: dict[str, float] = {}  # room -> when its turnout may be announced
        self._announced: dict[str, float] = {}

    def put(self, ballot: Ballot, answer: Waiting) -> None:
        """Take a ballot in; the future gets its Answer, or the error that kept it from being written.

        A future of a loop may be cancelled by who waits: the ballot is written all the same.
        """
        with self._bell:
            if self._stopping:
                raise RuntimeError("the ballot box of this process is shut")
            self._waiting.append((ballot, answer))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="ballot-box", daemon=True)
                self._thread.start()
            self._bell.notify()

    def stop(self) -> None:
        """Write what waits, then end the thread."""
        with self._bell:
            self._stopping = True
            self._bell.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        sys.setswitchinterval(min(sys.getswitchinterval(), POLITENESS))
        while True:
            batch = self._next()
            if batch:
                self._write(batch)
            self._announce_turnout(at_once=self._stopping)
            if not self._waiting:
                connection.close()  # back to the pool; a thread that sleeps keeps none
                if self._stopping:
                    return

    def _next(self) -> list[tuple[Ballot, Waiting]]:
        """All that waits, up to one hall; empty when a turnout is due or the box is to stop."""
        with self._bell:
            while not self._waiting and not self._stopping:
                pause = None
                if self._unannounced:
                    pause = min(self._unannounced.values()) - time.monotonic()
                    if pause <= 0:
                        return []
                self._bell.wait(pause)
        self._let_more_in()
        return [self._waiting.popleft() for _place in range(min(BATCH, len(self._waiting)))]

    def _let_more_in(self) -> None:
        known, until = len(self._waiting), time.monotonic() + RUSH
        while known < BATCH and not self._stopping and time.monotonic() < until:
            time.sleep(LULL)
            if len(self._waiting) == known:
                return
            known = len(self._waiting)

    def _write(self, batch: list[tuple[Ballot, Waiting]]) -> None:
        polls: dict[uuid.UUID, list[tuple[Ballot, Waiting]]] = {}
        for ballot, answer in batch:
            polls.setdefault(ballot.poll, []).append((ballot, answer))
        for poll_id, ballots in polls.items():
            try:
                answers = self._write_poll(poll_id, [ballot for ballot, _future in ballots])
            except Exception as fault:  # whoever waits is told, and sends again with the same key
                log.exception("ballots were not written")
                answers = [fault] * len(ballots)
            tell([(future, said) for (_ballot, future), said in zip(ballots, answers, strict=True)])

    def _write_poll(self, poll_id: uuid.UUID, ballots: list[Ballot]) -> list[Answer]:
        """One transaction; once more on a new connection when the old one was broken."""
        try:
            return self._transaction(poll_id, ballots)
        except (OperationalError, InterfaceError):
            log.warning("ballots are written again on a new connection", exc_info=True)
            connection.close()
            return self._transaction(poll_id, ballots)

    def _transaction(self, poll_id: uuid.UUID, ballots: list[Ballot]) -> list[Answer]:
        with transaction.atomic(durable=True):
            answers, room = write(poll_id, ballots)
            announced = room is not None and self._may_announce(room)
            if announced:
                announce(room, turnout_only=True)
        if announced:
            self._unannounced.pop(room, None)
        return answers

    def _may_announce(self, room: str) -> bool:
        """Whether the turnout may be announced now; else it is noted down for the next breath."""
        now = time.monotonic()
        due = self._announced.get(room, 0) + BREATH
        if now < due:
            self._unannounced[room] = due
            return False
        self._announced[room] = now
        return True

    def _announce_turnout(self, at_once: bool) -> None:
        now = time.monotonic()
        for room in [r for r, due in self._unannounced.items() if at_once or due <= now]:
            del self._unannounced[room]
            self._announced[room] = now
            try:
                announce(room, turnout_only=True)
            except Exception:  # a late counter is no reason to stop taking votes
                log.exception("turnout was not announced")
                connection.close()


def tell(answers: list[tuple[Waiting, Answer | Exception]]) -> None:
    """Hand the answers out. Those of one event loop go in one call: waking it for each costs more than the rest."""
    by_loop: dict[asyncio.AbstractEventLoop, list] = {}
    for future, said in answers:
        if isinstance(future, asyncio.Future):
            by_loop.setdefault(future.get_loop(), []).append((future, said))
        else:
            _settle(future, said)
    for loop, told in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle_all, told)


def _settle_all(told: list[tuple[Waiting, Answer | Exception]]) -> None:
    for future, said in told:
        if not future.done():
            _settle(future, said)


def _settle(future: Waiting, said: Answer | Exception) -> None:
    if isinstance(said, Exception):
        future.set_exception(said)
    else:
        future.set_result(said)


def write(poll_id: uuid.UUID, ballots: list[Ballot]) -> tuple[list[Answer], str | None]:
    """Decide on the ballots of one poll and write them, in the running transaction.

    Gives the answers in the same order, and the room's key when a vote was recorded.
    """
    poll = Poll.objects.select_for_update(no_key=True).filter(public_id=poll_id).first()
    if poll is None:
        return [_refused(b, "not_found", _("Không có cuộc biểu quyết này."), 404) for b in ballots], None
    ids = {ballot.delegate_id for ballot in ballots}
    entries = {e.delegate_id: e for e in _read(OnRoll, RollEntry.objects.filter(poll=poll, delegate_id__in=ids))}
    votes = {v.delegate_id: v for v in _read(Counted, Vote.objects.filter(poll=poll, delegate_id__in=ids))}
    keys = {ballot.key for ballot in ballots}
    known = VoteAct.objects.filter(poll=poll, delegate_id__in=ids, key__in=keys)
    acts = {(act.delegate_id, act.key): act for act in _read(Act, known)}
    now = timezone.now()  # the server's clock, read under the lock, is the only one that counts
    decided, new_acts, changed, committed = [], [], {}, []
    for ballot in ballots:
        place = (ballot.delegate_id, ballot.key)
        vote = votes.get(ballot.delegate_id)
        refusal = None
        if place not in acts:
            refusal = _refusal(ballot, poll, entries.get(ballot.delegate_id), now)
        elif (acts[place].choice, acts[place].replaces) != (ballot.choice, ballot.replaces):
            words = _("Mã lần bấm này đã dùng cho một lựa chọn khác.")
            refusal = _refused(ballot, "key_reused", words, 409)
        if refusal is None and place not in acts:
            is_stale = ballot.replaces != (vote.number if vote else 0)
            if not is_stale and (vote is None or vote.choice != ballot.choice or ballot.renews):
                number, salt = (vote.number if vote else 0) + 1, new_salt()
                vote = Counted(ballot.delegate_id, ballot.choice, number, ballot.channel, now, salt)
                line = entries[ballot.delegate_id].line
                committed.append([line, number, vote_commitment(str(poll_id), line, number, vote.choice, salt)])
                votes[ballot.delegate_id] = changed[ballot.delegate_id] = vote
            answer, number = "stale" if is_stale else "recorded", vote.number if vote else 0
            acts[place] = Act(*place, ballot.choice, ballot.replaces, number, answer)
            new_acts.append(acts[place])
        decided.append(refusal or acts[place])

    if changed:
        parts = ("choice", "number", "channel", "entered_by", "reason", "cast_at", "salt")
        rows = [
            (poll.pk, v.delegate_id, v.choice, v.number, v.channel, None, "", now, v.salt) for v in changed.values()
        ]
        insert_rows(Vote, ("poll", "delegate", *parts), rows, unique=("poll", "delegate"), update=parts)
    if new_acts:
        insert_rows(VoteAct, ("poll", "at", *Act._fields), [(poll.pk, now, *act) for act in new_acts])
        _record(poll, new_acts, entries, committed)
    own = {pk: as_json(votes.get(pk), entry) for pk, entry in entries.items()}
    answers = [
        _said(said, own[ballot.delegate_id])
        if isinstance(said, Act)
        else replace(said, vote=own.get(ballot.delegate_id))
        for said, ballot in zip(decided, ballots, strict=True)
    ]
    return answers, (poll.room or None) if changed else None


def as_json(vote: Vote | Counted | None, entry: RollEntry | OnRoll | None) -> dict | None:
    """A delegate's own vote, for that delegate only; line and salt open it in the public record."""
    if vote is None or entry is None:
        return None
    return {
        "choice": vote.choice,
        "number": vote.number,
        "channel": vote.channel,
        "cast_at": vote.cast_at.isoformat(),
        "line": entry.line,
        "salt": vote.salt,
    }


def _refusal(ballot: Ballot, poll: Poll, entry: OnRoll | None, now: datetime) -> Answer | None:
    """Why a new ballot cannot be taken, or None. One condition per line."""
    if poll.state == Poll.State.DRAFT:
        return _refused(ballot, "not_open", _("Biểu quyết chưa mở."), 409)
    if entry is None:
        words = _("Đại biểu không có tên trong danh sách biểu quyết.")
        return _refused(ballot, "not_entitled", words, 403)
    if poll.state == Poll.State.CANCELLED:
        return _refused(ballot, "cancelled", _("Biểu quyết đã bị hủy, phiếu không được ghi."), 409)
    if poll.state != Poll.State.OPEN:
        return _refused(ballot, "closed", _("Biểu quyết đã kết thúc, phiếu này không được ghi."), 409)
    if poll.is_over(now):  # also while the job that closes it is late: the deadline itself decides
        return _refused(ballot, "closed", _("Đã hết hạn trả lời, ý kiến này không được ghi."), 409)
    if poll.method != Poll.Method.TABLET:
        words = _("Cuộc này không biểu quyết trên máy: mời đại biểu theo hướng dẫn của Ban kiểm phiếu.")
        return _refused(ballot, "not_on_tablets", words, 409)
    if poll.is_secret:
        words = _("Đây là cuộc bỏ phiếu kín: phiếu ghi tên không được nhận.")
        return _refused(ballot, "not_on_tablets", words, 409)
    if entry.steps_out:
        words = _("Đại biểu được ghi là không tham gia biểu quyết nội dung này.")
        return _refused(ballot, "stepped_out", words, 409)
    if not is_on_ballot(ballot.choice, poll.asks):
        return _refused(ballot, "unknown_option", _("Phiếu không có ý kiến này."), 422)
    if not entry.is_present:
        words = _("Đại biểu chưa điểm danh có mặt. Hãy điểm danh rồi biểu quyết.")
        return _refused(ballot, "absent", words, 409)
    return None


def _refused(ballot: Ballot, code: str, words: str, status: int) -> Answer:
    return Answer("refused", str(ballot.key), code=code, words=words, status=status)


def _said(act: Act, vote: dict | None) -> Answer:
    if act.answer == "recorded":
        return Answer("recorded", str(act.key), number=act.number, vote=vote)
    words = _("Lựa chọn này đến muộn, phiếu đang được tính giữ nguyên.")
    return Answer("stale", str(act.key), number=act.number, code="stale", words=words, status=409, vote=vote)


def _record(poll: Poll, acts: list[Act], entries: dict[int, OnRoll], committed: list[list]) -> None:
    """A batch of votes is one entry that lists its acts: who, never what; in public, sealed votes by line."""
    listed = [
        {
            "delegate": act.delegate_id,
            "name": entries[act.delegate_id].name,
            "key": str(act.key),
            "answer": act.answer,
            "number": act.number,
        }
        for act in acts
    ]
    council = Council(pk=poll.council_id)  # only its key is wanted: no query for the rest
    public = {"poll": str(poll.public_id), "channel": "tablet", "votes": committed} if committed else None
    audit.record(
        None, "voting.votes-cast", poll, council=council, chain=poll.chain, data={"acts": listed}, public=public
    )


_box: BallotBox | None = None
_making = threading.Lock()


def box() -> BallotBox:
    """The box of this process; a forked child makes its own."""
    global _box
    with _making:
        if _box is None or _box.pid != os.getpid():
            _box = BallotBox()
        return _box


@atexit.register
def stop() -> None:
    """Write what waits and end the thread of this process's box; the next ballot gets a new box."""
    global _box
    with _making:
        last, _box = _box, None
    if last is not None and last.pid == os.getpid():
        last.stop()
