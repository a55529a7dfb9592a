"""Defects of what the screens are told."""

import time
from dataclasses import replace

from tests.faults.planted import defect

WINDOW = 0.5  # seconds between the data and its number; a turnout is announced every quarter of a second


@defect()
def numbers_a_snapshot_after_reading_it():
    """The number of a snapshot is newer than its data, so its screens believe to be up to date."""
    from council import live

    def late(make):
        def then_number(key, audience, *earlier):
            made = make(key, audience, *earlier)
            time.sleep(WINDOW)
            now = live.current_numbers([key])[key]
            return made and replace(made, seq=now.seq, deep=now.deep, rest=now.rest)

        return then_number

    live.render, live.render_short = late(live.render), late(live.render_short)


@defect()
def forgets_the_last_turnout():
    """What comes within a quarter of a second after an announcement is not announced."""
    from voting import ballot_box

    def give_up(self, at_once):
        self._unannounced.clear()

    ballot_box.BallotBox._announce_turnout = give_up


@defect()
def waits_for_redis():
    """The bell is rung inside the transaction and without a limit of time."""
    from django.conf import settings

    from council import wake

    def publish(key):
        import redis

        redis.Redis.from_url(settings.REDIS_URL).publish(wake.CHANNEL, key)

    wake._publish = publish
