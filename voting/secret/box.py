"""The box of sealed ballots: the only way in which one is written (docs/realtime.md, "Secret ballots").

One queue per process, with a thread of its own, which knows no person. What came in a window of half a second
to a second is shuffled and written in one transaction under the poll's lock, which the close takes too.
An answer leaves after COMMIT. Nothing here is logged but the kind of a fault (security 41).
"""

import asyncio
import atexit
import logging
import os
import secrets
import threading
import time
import uuid
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council.live import announce
from voting.ballot_box import Waiting, tell
from voting.models import Poll
from voting.secret import ballots, crypto, keys
from voting.secret.life import box_alias
from voting.secret.models import PublishedBallot, SealedBallot, SecretBox

log = logging.getLogger(__name__)

WINDOW = (0.5, 1.0)  # seconds between the first ballot of a batch and its writing, at random
MOST_WAITING = 5000  # ballots of one process; who comes then is told to send again
_random = secrets.SystemRandom()


@dataclass(frozen=True)
class Said:
    """The answer to one cast. Of one status all answers have the same length (security 43)."""

    status: int
    ballot: str = ""
    ack: str = ""
    code: str = ""
    words: str = ""

    def as_json(self) -> dict:
        if self.status == 200:
            return {"ballot": self.ballot, "ack": self.ack}
        return {"code": self.code, "words": self.words}


async def cast(poll: uuid.UUID, body: dict) -> Said:
    """Put one ballot in and wait for its answer."""
    answer = asyncio.get_running_loop().create_future()
    return await answer if _box_of_process().put(poll, body, answer) else busy()


def cast_and_wait(poll: uuid.UUID, body: dict) -> Said:
    """The same without an event loop."""
    answer: Future = Future()
    answer.set_running_or_notify_cancel()
    return answer.result() if _box_of_process().put(poll, body, answer) else busy()


def busy() -> Said:
    return Said(503, code="busy", words=_("Máy chủ đang bận, phiếu chưa vào hòm. Máy sẽ gửi lại đúng phiếu này."))


class SealedBox:
    """A queue and the one thread that empties it, batch by batch."""

    def __init__(self):
        self.pid = os.getpid()
        self._waiting: deque[tuple[uuid.UUID, dict, Waiting]] = deque()
        self._bell = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def put(self, poll: uuid.UUID, body: dict, answer: Waiting) -> bool:
        """Take a ballot in; False when too many wait already."""
        with self._bell:
            if self._stopping or len(self._waiting) >= MOST_WAITING:
                return False
            self._waiting.append((poll, body, answer))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="sealed-box", daemon=True)
                self._thread.start()
            self._bell.notify()
        return True

    def stop(self) -> None:
        """Write what waits, then end the thread."""
        with self._bell:
            self._stopping = True
            self._bell.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while True:
            batch = self._next()
            if batch:
                self._write(batch)
            if not self._waiting:
                for alias in {"default", box_alias()}:
                    connections[alias].close()
                if self._stopping:
                    return

    def _next(self) -> list[tuple[uuid.UUID, dict, Waiting]]:
        """All that came within one window, shuffled."""
        with self._bell:
            while not self._waiting and not self._stopping:
                self._bell.wait()
            until = time.monotonic() + _random.uniform(*WINDOW)
            while not self._stopping and (left := until - time.monotonic()) > 0:
                self._bell.wait(left)
            batch = list(self._waiting)
            self._waiting.clear()
        _random.shuffle(batch)
        return batch

    def _write(self, batch) -> None:
        polls: dict[uuid.UUID, list[tuple[dict, Waiting]]] = {}
        for poll, body, answer in batch:
            polls.setdefault(poll, []).append((body, answer))
        for poll, cast in polls.items():
            try:
                said = _once_more(poll, [body for body, _answer in cast])
            except Exception as fault:  # the kind alone: a database's words may hold what was written
                log.error("sealed ballots were not written: %s", type(fault).__name__)
                said = [busy()] * len(cast)
            tell([(answer, one) for (_body, answer), one in zip(cast, said, strict=True)])


def _once_more(poll: uuid.UUID, bodies: list[dict]) -> list[Said]:
    """One transaction; once more on a new connection when the old one was broken."""
    try:
        return write(poll, bodies)
    except (OperationalError, InterfaceError):
        for alias in {"default", box_alias()}:
            connections[alias].close()
        return write(poll, bodies)


def write(public_id: uuid.UUID, bodies: list[dict]) -> list[Said]:
    """Check the ballots of one vote, write those that are new, and answer all in the same order.

    Where the box has a database role of its own, its transaction commits first, inside the one that holds
    the poll's lock: nothing is acknowledged that is not there, and nothing comes after the close.
    """
    box = SecretBox.objects.filter(poll__public_id=public_id).first()
    if box is None or not box.manifest:
        return [_not_casting() for _body in bodies]
    manifest = ballots.Manifest.read(box.manifest)
    checked = [_check(body, manifest) for body in bodies]
    good = [one for one in checked if isinstance(one, ballots.Sealed)]
    with transaction.atomic(durable=True):
        poll = Poll.objects.select_for_update(no_key=True).get(public_id=public_id)
        answers = _decide(poll, good)
    said = iter(answers)
    return [next(said) if isinstance(one, ballots.Sealed) else one for one in checked]


def _check(body: dict, manifest: ballots.Manifest) -> ballots.Sealed | Said:
    words = {
        "unfit": _("Phiếu gửi lên không đúng mẫu."),
        "bad_signature": _("Chữ ký của phiếu không đúng."),
        "bad_token": _("Phiếu này không phải phiếu đã được phát."),
    }
    try:
        return ballots.check(body, manifest)
    except ballots.Unfit as fault:
        return Said(422, code=fault.code, words=words[fault.code])


def _decide(poll: Poll, good: list[ballots.Sealed]) -> list[Said]:
    phase = SecretBox.objects.values_list("phase", flat=True).get(poll=poll)
    if poll.state != Poll.State.OPEN:
        return _after_the_close(poll, good)
    if phase != SecretBox.Phase.CASTING:
        return [_not_casting() for _ballot in good]
    alias, room = box_alias(), poll.room
    with transaction.atomic(using=alias):
        rows = SealedBallot.objects.using(alias)
        there = {row.place: row for row in rows.filter(place__in={ballot.place for ballot in good})}
        key, new = keys.box_key_of(poll), []
        for ballot in [] if poll.is_over(timezone.now()) else good:  # the deadline of an opinion poll
            if ballot.place not in there:
                ack = crypto.b64u(crypto.sign(key, ballots.ack_message(poll.public_id.bytes, ballot.digest)))
                row = SealedBallot(
                    place=ballot.place, poll=poll.public_id, digest=ballot.digest, body=ballot.body, ack=ack
                )
                there[ballot.place] = row
                new.append(row)
        rows.bulk_create(new)
    if new:
        announce(room, turnout_only=True)
    return [_told(there[ballot.place], ballot) if ballot.place in there else _too_late() for ballot in good]


def _told(row: SealedBallot | PublishedBallot, ballot: ballots.Sealed) -> Said:
    if row.digest != ballot.digest:
        return Said(
            409, code="other_ballot", words=_("Phiếu này đã vào hòm với nội dung khác, không đổi được nữa.")
        )
    return Said(200, ballot=row.digest, ack=row.ack)


def _after_the_close(poll: Poll, good: list[ballots.Sealed]) -> list[Said]:
    """Who sends again learns that the ballot is in; a new one comes too late."""
    there = {row.digest: row for row in PublishedBallot.objects.filter(digest__in=[b.digest for b in good])}
    if poll.state == Poll.State.CANCELLED:
        late = Said(409, code="cancelled", words=_("Cuộc bỏ phiếu đã bị hủy, phiếu không được tính."))
    else:
        late = _too_late()
    return [_told(there[b.digest], b) if b.digest in there else late for b in good]


def _too_late() -> Said:
    return Said(409, code="closed", words=_("Cuộc bỏ phiếu đã kết thúc, phiếu này không vào hòm."))


def _not_casting() -> Said:
    return Said(409, code="not_open", words=_("Chưa đến lúc bỏ phiếu."))


_box: SealedBox | None = None
_making = threading.Lock()


def _box_of_process() -> SealedBox:
    global _box
    with _making:
        if _box is None or _box.pid != os.getpid():
            _box = SealedBox()
        return _box


@atexit.register
def stop() -> None:
    """Write what waits and end the thread of this process's box; the next ballot gets a new one."""
    global _box
    with _making:
        last, _box = _box, None
    if last is not None and last.pid == os.getpid():
        last.stop()
