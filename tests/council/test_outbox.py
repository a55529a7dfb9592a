"""The outbox: a change and its jobs commit together; claimed by lease, retried, parked, done once."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from council import outbox
from council.models import Job

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
def test_patient_work_waits_until_nothing_else_is_due(council, settings):
    """Sixty papers whose pages are drawn keep no notice waiting: after each piece the others have their turn."""
    settings.REDIS_URL = ""  # the relay does the work itself
    pages = outbox.enqueue("tests.slow", key="pages", number=1)
    letter = outbox.enqueue("tests.note", key="letter", number=2)

    assert outbox.due_ids() == [letter.pk]
    assert outbox.due_ids(patient=True) == [pages.pk]

    call_command("relay", "--once")

    assert done == [2, 1, 1, 1]
