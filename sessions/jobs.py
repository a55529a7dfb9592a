"""Jobs of the outbox that belong to sessions: ids in, one call, nothing else."""

from council import outbox


@outbox.handler("sessions.send_notice")
def send_notice(notice_id: int) -> None:
    from sessions import notices  # templates and settings are ready only when a job runs

    notices.send(notice_id)


@outbox.handler("sessions.hand_in_letter")
def hand_in_letter(what: str, request_ids: str, stamp: str) -> None:
    from sessions.handin import letters

    letters.write([int(pk) for pk in request_ids.split(",")], what, stamp)


@outbox.handler("sessions.hand_in_reminder")
def hand_in_reminder(session_id: int, agency_id: int | None, body_id: int | None, due_on: str, what: str) -> None:
    from sessions.handin import letters

    letters.remind(session_id=session_id, agency_id=agency_id, body_id=body_id, due_on=due_on, what=what)


def _give_up_batch(error: str, batch_id: int) -> None:
    from sessions import batches

    batches.give_up(batch_id, error)


@outbox.handler("sessions.unpack_batch", on_parked=_give_up_batch)
def unpack_batch(batch_id: int):
    from sessions import batches

    return outbox.MORE if batches.unpack(batch_id) else None


def _give_up_export(error: str, export_id: int) -> None:
    from sessions.out import services

    services.give_up(export_id, error)


@outbox.handler("sessions.make_export", on_parked=_give_up_export, patient=True)
def make_export(export_id: int) -> None:
    from sessions.out import services

    services.make_pdf(export_id)


@outbox.handler("sessions.forget_export")
def forget_export(export_id: int) -> None:
    from sessions.out import services

    services.forget(export_id)
