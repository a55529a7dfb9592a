"""Mail: handed over at most once, and what nobody can know is said to be unknown."""

import pytest
from aiosmtpd.controller import Controller
from django.core import mail as outgoing

from council import mail, outbox
from council.errors import NotAllowed, WrongState
from council.models import Job, Mail
from tests.processes import free_port


def letter(council, key="a", to="dai.bieu@example.vn"):
    return mail.send(
        council=council,
        to=to,
        to_name="Trần Thị Minh Họa",
        subject="Thông báo triệu tập",
        text="Kính gửi đại biểu.",
        attachments=[mail.Attachment(name="lich.ics", content_type="text/calendar", text="BEGIN:VCALENDAR")],
        key=key,
    )


def test_a_message_is_delivered_with_its_attachment(council):
    message = letter(council)

    outbox.run(message.job_id)

    message.refresh_from_db()
    assert message.state == Mail.State.SENT
    assert outgoing.outbox[0].attachments[0][0] == "lich.ics"
    assert outgoing.outbox[0].extra_headers["Message-ID"] == message.message_id


def test_asking_twice_sends_one_message(council):
    first, second = letter(council), letter(council)

    outbox.run(first.job_id)
    outbox.run(second.job_id)

    assert first.pk == second.pk
    assert len(outgoing.outbox) == 1


def test_a_message_whose_sender_died_is_not_sent_again_but_shown_as_unknown(council):
    message = letter(council)
    Mail.objects.filter(pk=message.pk).update(state=Mail.State.SENDING)

    outbox.run(message.job_id)

    message.refresh_from_db()
    assert message.state == Mail.State.UNKNOWN
    assert outgoing.outbox == []


def test_the_office_decides_about_a_message_in_doubt(council, office):
    message = letter(council)
    Mail.objects.filter(pk=message.pk).update(state=Mail.State.UNKNOWN)

    mail.send_again(mail=message, by=office)
    outbox.run(message.job_id)

    message.refresh_from_db()
    assert message.state == Mail.State.SENT


def test_a_delegate_may_not_send_mail_again(council, delegate):
    message = letter(council)
    Mail.objects.filter(pk=message.pk).update(state=Mail.State.FAILED)

    with pytest.raises(NotAllowed):
        mail.send_again(mail=message, by=delegate.user)


def test_a_sent_message_is_not_sent_again(council, office):
    message = letter(council)
    outbox.run(message.job_id)

    with pytest.raises(WrongState):
        mail.send_again(mail=message, by=office)


class Server:
    """A mail server in memory that refuses some receivers."""

    def __init__(self):
        self.received = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("khong-co"):
            return "550 no such mailbox"
        if address.startswith("day"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.received.append(envelope.rcpt_tos[0])
        return "250 OK"


@pytest.fixture
def server(settings):
    port = free_port()
    controller = Controller(Server(), hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield controller.handler
    controller.stop()


def test_a_mailbox_that_does_not_exist_is_told_to_the_office(council, server):
    message = letter(council, to="khong-co@example.vn")

    outbox.run(message.job_id)

    message.refresh_from_db()
    assert message.state == Mail.State.FAILED
    assert "no such mailbox" in message.error


def test_a_server_that_asks_to_come_back_is_asked_again(council, server):
    message = letter(council, to="day@example.vn")

    outbox.run(message.job_id)

    message.refresh_from_db()
    assert message.state == Mail.State.QUEUED
    assert Job.objects.get(pk=message.job_id).state == Job.State.DUE


def test_a_server_that_cannot_be_reached_is_a_failure_after_five_tries(council, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    message = letter(council)
    for _ in range(5):
        outbox.run(message.job_id)
        Job.objects.filter(pk=message.job_id).update(run_at="2026-01-01T00:00Z")

    message.refresh_from_db()
    assert message.state == Mail.State.FAILED
