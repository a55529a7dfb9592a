"""Handlers of the ground floor's jobs."""

from council import files, mail, outbox


def _mail_parked(error: str, mail_id: int) -> None:
    mail.give_up(mail_id, error)


@outbox.handler("council.deliver_mail", on_parked=_mail_parked)
def deliver_mail(mail_id: int) -> None:
    mail.deliver(mail_id)


@outbox.handler("council.sweep_files")
def sweep_files() -> None:
    files.sweep()
