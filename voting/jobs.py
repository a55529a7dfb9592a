"""Jobs of the outbox that belong to votes: ids in, one call, nothing else."""

from council import outbox


@outbox.handler("voting.opinion_close")
def close_opinion(poll_id: int) -> None:
    """At the deadline. What was extended meanwhile is closed by the job of the new deadline."""
    from voting.models import Poll  # models are ready only when a job runs
    from voting.opinions import services

    services.close_at_deadline(poll=Poll.objects.get(pk=poll_id))


@outbox.handler("voting.opinion_remind")
def remind_of_opinion(poll_id: int) -> None:
    """Some hours before the deadline, and of a secret one before casting begins; once for each such time."""
    from voting.models import Poll
    from voting.opinions import letters

    letters.remind_in_time(Poll.objects.get(pk=poll_id))


@outbox.handler("voting.opinion_cast")
def cast_opinion(poll_id: int) -> None:
    """When the hand-out of a secret one ends."""
    from voting.models import Poll
    from voting.opinions import services

    services.start_casting(poll=Poll.objects.get(pk=poll_id))


@outbox.handler("voting.opinion_letters")
def write_opinion_letters(poll_id: int, what: str, round: int) -> None:
    from voting.opinions import letters

    letters.write(poll_id, what, round)


@outbox.handler("voting.make_issuer_keys")
def make_issuer_keys() -> None:
    from voting.secret import keys

    keys.fill_pool()


@outbox.handler("voting.empty_box")
def empty_box(poll_id: int) -> None:
    from voting.models import Poll
    from voting.secret import keys, life

    life.empty(Poll.objects.get(pk=poll_id))
    keys.wipe_deleted()
