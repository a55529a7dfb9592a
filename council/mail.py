"""Mail: a row that commits with its reason, a job that delivers it, and what is known of it after.

SMTP cannot tell after a crash whether a message left. So a message is marked `sending` first, with a
Message-ID that never changes; a job that finds it so does not send again but marks it `unknown`
(không rõ), and the office decides.
"""

import smtplib
from dataclasses import dataclass
from email.utils import formataddr, make_msgid

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone

from council import audit, outbox
from council.errors import NotAllowed, WrongState
from council.models import Council, Job, Mail, MailAttachment, User
from council.permissions import can_see_operations


@dataclass(frozen=True)
class Attachment:
    """A file in storage (`stored_as`) or a short text (`text`), as it is named to the reader."""

    name: str
    content_type: str
    stored_as: str = ""
    text: str = ""


@transaction.atomic
def send(
    *,
    council: Council,
    to: str,
    subject: str,
    text: str,
    key: str,
    to_name: str = "",
    html: str = "",
    attachments: tuple[Attachment, ...] | list[Attachment] = (),
) -> Mail:
    """Write a message and the job that delivers it, in the transaction of the act that it tells of.

    `key` names the reason ("notice:<id>:<delegate>"); asking twice gives the same message.
    """
    job = outbox.enqueue("council.deliver_mail", key=f"mail:{key}", council=council, title=subject[:200])
    mail = job.mails.first()
    if mail is not None:
        return mail
    mail = Mail.objects.create(
        council=council,
        to=to,
        to_name=to_name,
        subject=subject.replace("\n", " ")[:300],
        text=text,
        html=html,
        message_id=make_msgid(domain="nghi-truong.local"),
        job=job,
    )
    MailAttachment.objects.bulk_create(
        MailAttachment(mail=mail, name=a.name, content_type=a.content_type, stored_as=a.stored_as, text=a.text)
        for a in attachments
    )
    Job.objects.filter(pk=job.pk).update(args={"mail_id": mail.pk})
    return mail


def deliver(mail_id: int) -> None:
    """Hand one message to the mail server, at most once (handler of `council.deliver_mail`)."""
    mail = Mail.objects.get(pk=mail_id)
    if mail.state == Mail.State.SENDING:  # whoever marked it died before telling how it went
        _end(mail, Mail.State.UNKNOWN, "Máy gửi dừng giữa chừng, không rõ thư đã đi chưa.")
        return
    if mail.state not in (Mail.State.QUEUED, Mail.State.FAILED):
        return
    message = _message(mail)
    connection = get_connection()
    connection.open()  # a server that cannot be reached has taken nothing: the job is tried again
    if not Mail.objects.filter(pk=mail.pk, state=mail.state).update(state=Mail.State.SENDING, error=""):
        return
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as fault:
        code, answer = next(iter(fault.recipients.values()))
        _refused(mail, code, answer)
    except smtplib.SMTPResponseException as fault:
        _refused(mail, fault.smtp_code, fault.smtp_error)
    except Exception as fault:  # cut off in the middle: nobody can tell
        _end(mail, Mail.State.UNKNOWN, f"Mất kết nối khi đang gửi ({type(fault).__name__}).")
    else:
        _end(mail, Mail.State.SENT, "")
    finally:
        connection.close()


def give_up(mail_id: int, error: str) -> None:
    """The job was parked: what was never taken by the server is failed, for the office to retry."""
    Mail.objects.filter(pk=mail_id, state=Mail.State.QUEUED).update(state=Mail.State.FAILED, error=error[:300])


@transaction.atomic
def send_again(*, mail: Mail, by: User) -> Mail:
    """The office asks for another try of a message that failed or is in doubt."""
    mail = Mail.objects.select_for_update(no_key=True).get(pk=mail.pk)
    if not can_see_operations(by, mail.council):
        raise NotAllowed("Chỉ văn phòng được gửi lại thư.")
    if mail.state not in (Mail.State.FAILED, Mail.State.UNKNOWN):
        raise WrongState("Thư này đang được gửi hoặc đã gửi.")
    mail.state, mail.error = Mail.State.QUEUED, ""
    mail.save(update_fields=["state", "error"])
    Job.objects.filter(pk=mail.job_id).update(
        state=Job.State.DUE, tries=0, run_at=timezone.now(), lease_token="", last_error=""
    )
    audit.record(by, "council.mail-again", mail)
    return mail


@transaction.atomic
def mark_received(*, mail: Mail, by: User) -> Mail:
    """The office learned that a message in doubt arrived."""
    mail = Mail.objects.select_for_update(no_key=True).get(pk=mail.pk)
    if not can_see_operations(by, mail.council):
        raise NotAllowed("Chỉ văn phòng được xác nhận thư.")
    if mail.state != Mail.State.UNKNOWN:
        raise WrongState("Thư này không ở trạng thái không rõ.")
    _end(mail, Mail.State.SENT, "")
    audit.record(by, "council.mail-confirmed", mail)
    return mail


def _message(mail: Mail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[formataddr((mail.to_name, mail.to)) if mail.to_name else mail.to],
        headers={"Message-ID": mail.message_id},
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    for attachment in mail.attachments.all():
        if attachment.stored_as:
            with default_storage.open(attachment.stored_as) as file:
                message.attach(attachment.name, file.read(), attachment.content_type)
        else:
            message.attach(attachment.name, attachment.text, attachment.content_type)
    return message


def _refused(mail: Mail, code: int, answer) -> None:
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    if 400 <= code < 500:  # the server asks to come back later
        Mail.objects.filter(pk=mail.pk).update(state=Mail.State.QUEUED, error=f"{code} {words}"[:300])
        raise RuntimeError(f"{code} {words}")
    _end(mail, Mail.State.FAILED, f"{code} {words}")


def _end(mail: Mail, state: str, error: str) -> None:
    mail.state, mail.error = state, error[:300]
    mail.sent_at = timezone.now() if state == Mail.State.SENT else None
    mail.save(update_fields=["state", "error", "sent_at"])
