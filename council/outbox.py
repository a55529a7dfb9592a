"""The outbox is the queue: a change and the jobs that follow from it commit together.

A handler is registered by name and is idempotent by the row ids that it gets. A job is claimed by a
renewable lease; a process that dies loses its lease and another takes the job up. After five tries a
job is parked and shown to the office. `manage.py relay` runs what is due; with Redis it hands the
row's id to Celery workers, which claim it the same way.

Three classes of work wait here: what somebody watches goes first (`A_PERSON_WAITS`), then ordinary work in the
order of its time. Patient work (the steps of papers, a session joined into one file) has a worker of its own, in the relay or behind a queue of its
own: a conversion that takes minutes keeps no letter waiting.
"""

import logging
import threading
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from council.models import Council, Job

log = logging.getLogger(__name__)

MAX_TRIES = 5
LEASE = timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
BACK_OFF = [timedelta(seconds=s) for s in (5, 30, 120, 600)]

_handlers: dict[str, Callable[..., None]] = {}
_on_parked: dict[str, Callable[..., None]] = {}
_patient: set[str] = set()  # kinds that are done apart from all others
PATIENT_QUEUE = "papers"  # of Celery


MORE = object()  # given back by a handler that did a piece of its work: the rest waits its turn behind other jobs


A_PERSON_WAITS = timedelta(hours=-1)  # `delay` of work that somebody watches: before what waits since the last hour


class Parked(Exception):
    """Raised by a handler that knows that trying again is no use; the job is parked at once."""


def handler(kind: str, on_parked: Callable[..., None] | None = None, *, patient: bool = False):
    """Register the function that does a kind of job. It gets the job's args as keywords.

    `on_parked(error, **args)` is told when the job is given up, so that the row it works on can say so.
    `patient` work is done apart: neither a conversion nor pictures of pages keep a notice waiting.
    """

    def register(function):
        _handlers[kind] = function
        if patient:
            _patient.add(kind)
        if on_parked:
            _on_parked[kind] = on_parked
        return function

    return register


@transaction.atomic
def enqueue(
    kind: str,
    *,
    key: str,
    council: Council | None = None,
    title: str = "",
    delay: timedelta = timedelta(0),
    every: timedelta | None = None,
    **args,
) -> Job:
    """Ask for work in the transaction of the change that wants it; the same key is the same job.

    `args` are row ids (ints, strings); `title` is what the office reads when the job is parked.
    """
    job, _ = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "args": args,
            "council": council,
            "title": title,
            "run_at": timezone.now() + delay,
            "every_seconds": every.total_seconds() if every else None,
        },
    )
    return job


def withdraw(*kinds: str, **args) -> int:
    """Take back work that nobody has begun, in the transaction of the change that makes it needless.

    `args` tell whose work it is. What already runs goes on: a handler asks anew whether it is wanted.
    """
    waiting = Job.objects.filter(kind__in=kinds, state=Job.State.DUE)
    for name, value in args.items():
        waiting = waiting.filter(**{f"args__{name}": value})
    return waiting.update(state=Job.State.DONE, finished_at=timezone.now(), last_error="withdrawn")


def due_ids(limit: int = 20, *, patient: bool = False) -> list[int]:
    """Rows that may be claimed now: due ones, and running ones whose lease has run out.

    `patient` asks for the work that is done apart; without it, for all other work.
    """
    return [pk for pk, _run_at in due_rows(limit, patient=patient)]


def due_rows(limit: int = 20, *, patient: bool = False) -> list[tuple[int, datetime]]:
    """The same with the time from which each is due: a new time is a new piece of work."""
    now = timezone.now()
    due = Q(state=Job.State.DUE, run_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    kinds = Q(kind__in=_patient)
    rows = Job.objects.filter(due, kinds if patient else ~kinds)
    return list(rows.order_by("run_at", "pk").values_list("pk", "run_at")[:limit])


def claim(job_id: int) -> Job | None:
    """Take the lease of a job, or None when somebody else has it. One UPDATE, no lock held."""
    now = timezone.now()
    token = str(uuid.uuid4())
    free = Q(state=Job.State.DUE, run_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    taken = (
        Job.objects.filter(free, pk=job_id)
        .filter(tries__lte=MAX_TRIES)
        .update(state=Job.State.RUNNING, lease_token=token, lease_until=now + LEASE, tries=F("tries") + 1)
    )
    return Job.objects.get(pk=job_id) if taken else None


@contextmanager
def _kept_lease(job: Job):
    """Renew the lease from a thread while the work goes on; a thread that never needed to costs nothing."""
    done = threading.Event()

    def keep():
        while not done.wait(LEASE.total_seconds() / 3):
            renew(job)
            connection.close()

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def renew(job: Job) -> bool:
    """Keep the lease of a long job; False when it was lost and the work must stop."""
    until = timezone.now() + LEASE
    return bool(Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(lease_until=until))


def run(job_id: int) -> bool:
    """Claim a job and do it. True when it was done, False when it failed or was not ours."""
    job = claim(job_id)
    if job is None:
        return False
    if job.tries > MAX_TRIES:  # its process died each time
        _park(job, "interrupted too often")
        return False
    try:
        function = _handlers[job.kind]
    except KeyError:
        _park(job, f"nobody handles {job.kind}")
        return False
    try:
        with _kept_lease(job):
            answer = function(**job.args)
    except Parked as fault:
        _park(job, str(fault))
        return False
    except Exception as fault:  # whatever a handler meets is tried again, then shown
        log.warning("job failed", extra={"job": job.pk, "kind": job.kind}, exc_info=True)
        _again(job, f"{type(fault).__name__}: {fault}")
        return False
    if answer is MORE:
        _mine(job).update(state=Job.State.DUE, tries=0, run_at=timezone.now(), lease_token="", last_error="")
    else:
        _done(job)
    return True


def wake(kind: str, **args) -> int:
    """Let work that was done or given up be done again, with five new tries; what waits or runs is left alone."""
    rest = Job.objects.filter(kind=kind, state__in=[Job.State.DONE, Job.State.PARKED])
    for name, value in args.items():
        rest = rest.filter(**{f"args__{name}": value})
    return rest.update(
        state=Job.State.DUE, tries=0, run_at=timezone.now(), lease_token="", last_error="", finished_at=None
    )


def retry(*, job: Job) -> None:
    """Give a parked job five new tries, from the office's button."""
    Job.objects.filter(pk=job.pk, state=Job.State.PARKED).update(
        state=Job.State.DUE, tries=0, run_at=timezone.now(), lease_token="", last_error=""
    )


def _mine(job: Job):
    return Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING)


def _done(job: Job) -> None:
    now = timezone.now()
    if job.every_seconds:
        _mine(job).update(
            state=Job.State.DUE, tries=0, run_at=now + timedelta(seconds=job.every_seconds), lease_token=""
        )
    else:
        _mine(job).update(state=Job.State.DONE, finished_at=now, lease_token="", last_error="")


def _again(job: Job, error: str) -> None:
    if job.tries >= MAX_TRIES:
        _park(job, error)
        return
    _mine(job).update(
        state=Job.State.DUE,
        run_at=timezone.now() + BACK_OFF[job.tries - 1],
        lease_token="",
        last_error=error[:2000],
    )


def _park(job: Job, error: str) -> None:
    if _mine(job).update(state=Job.State.PARKED, lease_token="", last_error=error[:2000]):
        tell = _on_parked.get(job.kind)
        if tell:
            tell(error, **job.args)
