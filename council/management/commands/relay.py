"""manage.py relay: run what is due in the outbox; with Redis, hand it to the Celery workers."""

import signal
import time

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from kombu.exceptions import OperationalError as BrokerDown

from council import outbox
from council.tasks import run_job

PAUSE = 0.5  # seconds between two looks when nothing is due
HANDED = 30  # seconds after which a row that no worker took is handed over again
PATIENT = 2  # the same for patient work, which comes back for its next piece


class Command(BaseCommand):
    help = "Run the jobs of the outbox until stopped; SIGTERM finishes the job in hand."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="run what is due now, then stop")

    def handle(self, *args, once=False, **options):
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.handed: dict[int, float] = {}  # row: until when it is not handed over again
        while not self.stopping:
            close_old_connections()
            try:
                found = self._round()
            except OperationalError as fault:  # the database restarts: wait for it
                self.stderr.write(f"database: {fault}")
                found = 0
                time.sleep(2)
            if once and not found:
                return
            if not found:
                time.sleep(PAUSE)

    def _stop(self, *_):
        self.stopping = True

    def _round(self) -> int:
        """Do all that is due; when nothing is, one piece of patient work. Gives how many jobs that were."""
        now = time.monotonic()
        self.handed = {pk: until for pk, until in self.handed.items() if now < until}
        ids = [pk for pk in outbox.due_ids(limit=50) if pk not in self.handed]
        for pk in ids:
            self._do(pk, HANDED)
        if not ids:
            ids = [pk for pk in outbox.due_ids(limit=1, patient=True) if pk not in self.handed]
            for pk in ids:
                self._do(pk, PATIENT)
        return len(ids)

    def _do(self, pk: int, again_after: float) -> None:
        if self.stopping:
            return
        if settings.REDIS_URL and self._hand_over(pk):
            self.handed[pk] = time.monotonic() + again_after
        else:
            run_job.apply(args=[pk])

    def _hand_over(self, pk: int) -> bool:
        try:
            run_job.apply_async(args=[pk], retry=False)
        except (BrokerDown, ConnectionError):
            return False  # Redis is down: the relay does the work itself
        return True
