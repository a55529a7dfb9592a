"""The outbox: a change and its jobs commit together; claimed by lease, retried, parked, done once."""

import os
import signal
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from council import outbox
from council.management.commands.relay import Command
from council.models import Job
from council.tasks import run_job

done: list[int] = []


@outbox.handler("tests.note")
def note(number: int) -> None:
    done.append(number)


@outbox.handler("tests.fail")
def fail(number: int) -> None:
    raise ValueError(f"no luck with {number}")


@pytest.fixture(autouse=True)
def nothing_done_yet():
    done.clear()


def due_again(job):
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(seconds=1))


def test_a_job_is_done_once(council):
    job = outbox.enqueue("tests.note", key="a", number=1)

    assert outbox.run(job.pk) is True
    assert outbox.run(job.pk) is False
    assert done == [1]


def test_the_same_key_is_the_same_job(council):
    first = outbox.enqueue("tests.note", key="a", number=1)
    second = outbox.enqueue("tests.note", key="a", number=2)

    assert first.pk == second.pk


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_change_that_failed_does_not_exist():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.enqueue("tests.note", key="a", number=1)
        raise ZeroDivisionError

    assert not Job.objects.exists()


def test_a_claimed_job_is_nobody_elses(council):
    job = outbox.enqueue("tests.note", key="a", number=1)

    assert outbox.claim(job.pk) is not None
    assert outbox.claim(job.pk) is None
    assert job.pk not in outbox.due_ids()


def test_a_job_whose_process_died_is_taken_up_when_its_lease_ran_out(council):
    job = outbox.enqueue("tests.note", key="a", number=1)
    outbox.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    assert outbox.due_ids() == [job.pk]
    assert outbox.run(job.pk) is True


def test_a_process_that_lost_its_lease_does_not_finish_the_job(council):
    job = outbox.enqueue("tests.note", key="a", number=1)
    late = outbox.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    outbox.claim(job.pk)

    assert outbox.renew(late) is False
    outbox._done(late)
    assert Job.objects.get(pk=job.pk).state == Job.State.RUNNING


def test_a_failing_job_is_tried_five_times_with_back_off_and_then_parked(council):
    job = outbox.enqueue("tests.fail", key="a", number=1)
    waits = []
    for _ in range(5):
        outbox.run(job.pk)
        job.refresh_from_db()
        waits.append((job.run_at - timezone.now()).total_seconds())
        due_again(job)

    assert job.state == Job.State.PARKED
    assert job.tries == 5
    assert "no luck" in job.last_error
    assert waits[:4] == sorted(waits[:4])


def test_a_parked_job_gets_new_tries_from_the_office(council):
    job = outbox.enqueue("tests.fail", key="a", number=1)
    Job.objects.filter(pk=job.pk).update(state=Job.State.PARKED, tries=5)

    outbox.retry(job=job)

    job.refresh_from_db()
    assert (job.state, job.tries) == (Job.State.DUE, 0)


def test_a_recurring_job_comes_back(council):
    job = outbox.enqueue("tests.note", key="a", number=1, every=timedelta(hours=1))

    outbox.run(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.DUE
    assert job.run_at > timezone.now() + timedelta(minutes=59)


@outbox.handler("tests.slow", patient=True)
def slow(number: int):
    done.append(number)
    return outbox.MORE if done.count(number) < 3 else None


@pytest.mark.django_db(transaction=True)
def test_patient_work_is_done_apart_from_all_other(council, settings):
    """Sixty papers whose pages are drawn keep no notice waiting; one after the other where `--once` does both."""
    settings.REDIS_URL = ""  # the relay does the work itself
    pages = outbox.enqueue("tests.slow", key="pages", number=1)
    letter = outbox.enqueue("tests.note", key="letter", number=2)

    assert outbox.due_ids() == [letter.pk]
    assert outbox.due_ids(patient=True) == [pages.pk]

    call_command("relay", "--once")

    assert done == [2, 1, 1, 1]


gone = threading.Event()
waited = []


@outbox.handler("tests.letter")
def letter():
    gone.set()


@outbox.handler("tests.stuck", patient=True)
def stuck():
    outbox.enqueue("tests.letter", key="letter")  # what comes while this one is under way
    waited.append(gone.wait(20))
    os.kill(os.getpid(), signal.SIGTERM)  # the relay's own end


@pytest.mark.django_db(transaction=True)
def test_a_letter_goes_out_while_a_paper_is_stuck_in_its_converter(council, settings):
    settings.REDIS_URL = ""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    outbox.enqueue("tests.stuck", key="stuck")

    try:
        call_command("relay")
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)

    assert waited == [True]
    assert list(Job.objects.order_by("pk").values_list("kind", "state")) == [
        ("tests.stuck", "done"), ("tests.letter", "done"),
    ]  # fmt: skip


def test_the_steps_of_papers_are_handed_to_a_queue_of_their_own_piece_by_piece(council, settings, monkeypatch):
    """A row is handed over once; a new piece of its work at once, and a stuck one holds up no other."""
    settings.REDIS_URL = "redis://nowhere"
    handed = []
    monkeypatch.setattr(run_job, "apply_async", lambda args, **how: handed.append((args[0], how["queue"])))
    first, second = (outbox.enqueue("tests.slow", key=f"slow {n}", number=n) for n in (8, 9))
    letter = outbox.enqueue("tests.note", key="letter", number=1)
    relay = Command()

    for _look in range(3):
        relay._round()
        relay._patient_round()
    outbox.run(first.pk)  # a worker did a piece; more is left
    relay._patient_round()

    assert handed == [
        (letter.pk, None), (first.pk, "papers"), (second.pk, "papers"), (first.pk, "papers"),
    ]  # fmt: skip
