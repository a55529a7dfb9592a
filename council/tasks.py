"""Celery's side of the outbox: a row's id comes in, the job is claimed by lease and done."""

from celery import shared_task

from council import outbox


@shared_task(name="council.run_job")
def run_job(job_id: int) -> bool:
    return outbox.run(job_id)
