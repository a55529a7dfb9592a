"""manage.py relay: run what is due in the outbox; with Redis, hand it to the Celery workers.

Patient work (the steps of papers, one of which may take minutes) has a thread of its own here and a queue of its own
there: whatever it meets, letters and all other work go on.
"""

import signal
import threading
import time

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections, connection
from kombu.exceptions import OperationalError as BrokerDown

from council import outbox
from council.tasks import run_job

PAUSE = 0.5  # seconds between two looks when nothing is due
LOOK_AGAIN = 5  # seconds of one round; what became due first meanwhile is not kept waiting behind long work
HANDED = 30  # seconds after which a row that no worker took is handed over again
LAST_WAIT = 10  # seconds that a piece of patient work gets to end; then its lease runs out, and another takes it up


class Command(BaseCommand):
    help = "Run the jobs of the outbox until stopped; SIGTERM finishes the job in hand."

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.stopping = threading.Event()
        self.handed: dict[tuple, float] = {}  # row and the time from which it was due: when it was handed over

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="run what is due now, then stop")

    def handle(self, *args, once=False, **options):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        if once:
            while self._round() or self._patient_round():
                pass
            return
        apart = threading.Thread(target=self._go_on, args=[self._patient_round], daemon=True, name="patient")
        apart.start()
        self._go_on(self._round)
        apart.join(LAST_WAIT)

    def _go_on(self, round_) -> None:
        """One round after the other until stopped, in a thread of its own or in the first one."""
        while not self.stopping.is_set():
            close_old_connections()
            try:
                found = round_()
            except OperationalError as fault:  # the database restarts: wait for it
                self.stderr.write(f"database: {fault}")
                found = 0
                self.stopping.wait(2)
            if not found:
                self.stopping.wait(PAUSE)
        connection.close()

    def _round(self) -> int:
        """Do what is due and not patient. Gives how many jobs were found."""
        began = time.monotonic()
        rows = self._not_handed(outbox.due_rows(limit=50))
        for row in rows:
            if self.stopping.is_set() or time.monotonic() - began > LOOK_AGAIN:
                break
            self._do(row)
        return len(rows)

    def _patient_round(self) -> int:
        """One piece of patient work; done here, the next look finds the next piece."""
        rows = self._not_handed(outbox.due_rows(limit=50, patient=True))[:1]
        for row in rows:
            self._do(row, queue=outbox.PATIENT_QUEUE)
        return len(rows)

    def _not_handed(self, rows: list[tuple]) -> list[tuple]:
        now = time.monotonic()
        return [row for row in rows if now - self.handed.get(row, -HANDED) >= HANDED]

    def _do(self, row: tuple, queue: str | None = None) -> None:
        """Hand a job over, or do it here."""
        if settings.REDIS_URL and self._hand_over(row[0], queue):
            now = time.monotonic()
            self.handed = {r: at for r, at in self.handed.copy().items() if now - at < HANDED} | {row: now}
            return
        run_job.apply(args=[row[0]])

    def _hand_over(self, pk: int, queue: str | None) -> bool:
        try:
            run_job.apply_async(args=[pk], retry=False, queue=queue)
        except (BrokerDown, ConnectionError):
            return False  # Redis is down: the relay does the work itself
        return True
