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
LOOK_AGAIN = 5  # seconds of one round; what became due first meanwhile is not kept waiting behind long work
HANDED = 30  # seconds after which a row that no worker took is handed over again
PATIENT = 2  # seconds between two pieces of patient work that are handed over: they never fill the workers' queue


class Command(BaseCommand):
    help = "Run the jobs of the outbox until stopped; SIGTERM finishes the job in hand."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="run what is due now, then stop")

    def handle(self, *args, once=False, **options):
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.handed: dict[int, float] = {}  # row: when it was handed over
        self.patient_from = 0.0  # when the next piece of patient work may be handed over
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
        """Do what is due; when nothing is, one piece of patient work. Gives how many jobs were found."""
        now = time.monotonic()
        self.handed = {pk: at for pk, at in self.handed.items() if now - at < HANDED}
        ids = [pk for pk in outbox.due_ids(limit=50) if pk not in self.handed]
        for pk in ids:
            if self.stopping or time.monotonic() - now > LOOK_AGAIN:
                break
            if self._do(pk):
                self.handed[pk] = now
        if not ids and now >= self.patient_from:
            ids = outbox.due_ids(limit=1, patient=True)
            if ids and self._do(ids[0]):
                self.patient_from = now + PATIENT
        return len(ids)

    def _do(self, pk: int) -> bool:
        """Hand a job over (True), or do it here."""
        if settings.REDIS_URL and self._hand_over(pk):
            return True
        run_job.apply(args=[pk])
        return False

    def _hand_over(self, pk: int) -> bool:
        try:
            run_job.apply_async(args=[pk], retry=False)
        except (BrokerDown, ConnectionError):
            return False  # Redis is down: the relay does the work itself
        return True
