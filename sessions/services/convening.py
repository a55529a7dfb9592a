"""A session is convened: one notice, one delivery for each delegate, tried again where it failed; then what changed."""


from django.db import transaction
from django.utils.translation import gettext as _

from council import mail, outbox
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Mail, User
from sessions.models import CouncilSession, Notice, NoticeDelivery
from sessions.permissions import can_prepare
from sessions.selectors import address_of, session_members
from sessions.services.shared import record


@transaction.atomic(durable=True)
def send_notice(
    *, council_session: CouncilSession, by: User, number: str, signed_by: str, signer_title: str, body_text: str
) -> Notice:
    """Convene: the notice, one delivery for each member, and the job that renders and mails it.

    Asking twice gives the notice that was sent: nobody is convened two times.
    """
    locked = CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
    if not can_prepare(by, locked):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được gửi thông báo triệu tập."))
    sent = locked.notices.order_by("pk").first()
    if sent is not None:
        return sent
    if locked.state != CouncilSession.State.DRAFT:
        raise WrongState(_("Kỳ họp này đã được triệu tập."))
    if not locked.items.exists():
        raise BadInput(_("Chương trình chưa có mục nào nên chưa gửi được thông báo."))
    delegates = session_members(locked)
    if not delegates:
        raise BadInput(_("Chưa có đại biểu nào trong danh sách nên chưa gửi được thông báo."))
    notice = _issue(locked, delegates, by, number, signed_by, signer_title, body_text)
    locked.move_to(CouncilSession.State.CONVENED)
    locked.notice_number = number
    locked.save(update_fields=["state", "notice_number"])
    record(by, "sessions.convened", locked, locked, notice=number, delegates=len(delegates))
    return notice


@transaction.atomic(durable=True)
def send_supplement(
    *, council_session: CouncilSession, by: User, number: str, signed_by: str, signer_title: str, body_text: str
) -> Notice:
    """Tell those who were convened what changed: another notice, with the agenda as it is now.

    The same number goes out once. WrongState: not convened yet, or over.
    """
    locked = CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
    if not can_prepare(by, locked):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được gửi thông báo bổ sung."))
    if locked.state not in (CouncilSession.State.CONVENED, CouncilSession.State.RUNNING):
        raise WrongState(_("Chỉ gửi thông báo bổ sung sau khi đã triệu tập và trước khi bế mạc."))
    if number == locked.notice_number:
        raise BadInput(_("Số này là số của thông báo triệu tập. Thông báo bổ sung có số riêng."))
    sent = locked.notices.filter(number=number).first()
    if sent is not None:
        return sent
    delegates = session_members(locked)
    notice = _issue(locked, delegates, by, number, signed_by, signer_title, body_text)
    record(by, "sessions.notice-supplemented", locked, locked, notice=number, delegates=len(delegates))
    return notice


def _issue(
    council_session: CouncilSession, delegates: list, by: User, number: str, signed_by: str, signer_title: str,
    body_text: str,
) -> Notice:  # fmt: skip
    """The notice, one delivery for each delegate, and the job that renders and mails it."""
    notice = Notice.objects.create(
        council_session=council_session, number=number, signed_by=signed_by, signer_title=signer_title,
        body_text=body_text, sent_by=by,
    )  # fmt: skip
    NoticeDelivery.objects.bulk_create(
        NoticeDelivery(
            notice=notice,
            delegate=delegate,
            problem="" if address_of(delegate) else _("Chưa có địa chỉ thư điện tử"),
        )
        for delegate in delegates
    )
    outbox.enqueue(
        "sessions.send_notice", key=f"notice:{notice.public_id}", council=council_session.council,
        title=_("Gửi thông báo %(number)s") % {"number": number}, notice_id=notice.pk,
    )  # fmt: skip
    return notice


@transaction.atomic
def send_notice_again(*, delivery: NoticeDelivery, by: User) -> NoticeDelivery:
    """Try one delegate again: a mail that failed or is in doubt, or an address that is known only now."""
    council_session = delivery.notice.council_session
    if not can_prepare(by, council_session):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được gửi lại."))
    delivery = NoticeDelivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.mail is not None:
        if delivery.mail.state == Mail.State.FAILED:
            Mail.objects.filter(pk=delivery.mail_id).update(to=address_of(delivery.delegate) or delivery.mail.to)
        mail.send_again(mail=delivery.mail, by=by)
        return delivery
    if not address_of(delivery.delegate):
        raise BadInput(_("Đại biểu này vẫn chưa có địa chỉ thư điện tử."))
    delivery.problem = ""
    delivery.save(update_fields=["problem"])
    outbox.enqueue(
        "sessions.send_notice", key=f"notice:{delivery.notice.public_id}:{delivery.pk}",
        council=council_session.council, notice_id=delivery.notice_id,
        title=_("Gửi lại thông báo %(number)s") % {"number": delivery.notice.number},
    )  # fmt: skip
    record(by, "sessions.notice-again", delivery.notice, council_session, delegate=delivery.delegate.code)
    return delivery
