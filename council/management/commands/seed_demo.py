"""manage.py seed_demo: load the demonstration council if it is not there; --reset starts it afresh."""

import shutil
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from council.demo import load
from council.models import Council


class Command(BaseCommand):
    help = "Load the demonstration council (DEMO=1 only); --reset throws everything away first."

    def add_arguments(self, parser):
        parser.add_argument("--reset", action="store_true", help="empty the database and the files first")

    def handle(self, *args, reset=False, **options):
        if not settings.DEMO:
            raise CommandError("Demonstration data are loaded with DEMO=1 only.")
        if Council.objects.filter(is_demo=False).exists():
            raise CommandError("A real council stands in this database; demonstration data are refused.")
        if reset:
            self._empty()
        elif load.is_loaded():
            self.stdout.write("The demonstration council is loaded already.")
            return
        started = time.monotonic()
        load.load()
        self.stdout.write(f"Demonstration council loaded in {time.monotonic() - started:.0f} s.")

    def _empty(self):
        from council.demo.reset import empty_database

        empty_database()
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
