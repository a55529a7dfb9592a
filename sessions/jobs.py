"""Jobs of the outbox that belong to sessions: ids in, one call, nothing else."""

from council import outbox


@outbox.handler("sessions.send_notice")
def send_notice(notice_id: int) -> None:
    from sessions import notices  # templates and settings are ready only when a job runs

    notices.send(notice_id)
