"""Load the demonstration in one go; it is there whole or not at all."""

from django.db import transaction

from council.demo import minutes, opinions, people, petitions, reading, resolutions, session, votes
from council.models import Council


def is_loaded() -> bool:
    """Whether the demonstration council stands."""
    return Council.objects.filter(is_demo=True).exists()


@transaction.atomic
def load() -> Council:
    """Make the fictional province and everything in it; gives its council."""
    house = people.make_house()
    finished = session.make_finished(house)
    votes.hold_votes(house, finished)
    minutes.keep_record(house, finished)
    resolutions.publish_resolutions(house)
    reading.lay_out(house, session.make_today(house))
    session.make_meetings(house)
    opinions.ask(house)
    petitions.make_petitions(house)
    return house.council
