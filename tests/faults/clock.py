"""A clock that can be set while a process runs: what Django and the product ask for the time obeys a file."""

import datetime
import time
from pathlib import Path

READ_EVERY = 0.05  # seconds


def obey(path: str) -> None:
    """From now on this process believes to be as many seconds ahead as the file says; none while it is missing."""
    file, true_time, true_datetime = Path(path), time.time, datetime.datetime
    kept = {"until": 0.0, "ahead": 0.0}

    def ahead() -> float:
        now = time.monotonic()
        if now >= kept["until"]:
            kept["until"] = now + READ_EVERY
            try:
                kept["ahead"] = float(file.read_text() or 0)
            except (FileNotFoundError, ValueError):  # being written just now: as before
                pass
        return kept["ahead"]

    class Datetime(true_datetime):
        @classmethod
        def now(cls, tz=None):
            return true_datetime.now(tz) + datetime.timedelta(seconds=ahead())

    time.time = lambda: true_time() + ahead()
    from django.utils import timezone

    timezone.datetime = Datetime
