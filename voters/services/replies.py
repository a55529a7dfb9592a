"""An agency's reply: drafted, sent, sent back or accepted and published."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput, NotAllowed, WrongState
from council.models import User
from voters import search
from voters.models import Petition, Referral, Reply
from voters.permissions import can_reply
from voters.services.petitions import locked, refuse_personal_data, step
from voters.services.referrals import running, tell_agency


@transaction.atomic
def save_draft(
    *,
    referral: Referral,
    by: User,
    text: str = "",
    outcome: str = "",
    number: str = "",
    promised_on: date | None = None,
) -> Reply:
    """Keep an agency's half-made reply; nothing is asked of it yet."""
    referral = _in_hand(referral, by)
    reply = draft_of(referral) or Reply(referral=referral)
    reply.text, reply.outcome, reply.number, reply.promised_on = text, outcome, number.strip(), promised_on
    reply.written_by = by
    reply.save()
    return reply


@transaction.atomic
def send_reply(
    *,
    referral: Referral,
    by: User,
    text: str,
    outcome: str,
    number: str = "",
    promised_on: date | None = None,
) -> Reply:
    """Send the reply to the office; the day it is sent is the day that counts against the due date."""
    if not text.strip():
        raise BadInput(_("Nhập nội dung trả lời."))
    if outcome not in Reply.Outcome.values:
        raise BadInput(_("Chọn kết quả giải quyết."))
    if outcome in (Reply.Outcome.IN_PROGRESS, Reply.Outcome.PLANNED) and promised_on is None:
        raise BadInput(_("Nhập thời hạn thực hiện khi việc chưa xong."))
    reply = save_draft(
        referral=referral, by=by, text=text.strip(), outcome=outcome, number=number, promised_on=promised_on
    )
    petition = locked(referral.petition, None)
    step(petition, Petition.State.REPLIED)
    petition.save(update_fields=["state"])
    reply.move_to(Reply.State.SENT)
    reply.sent_at, reply.sent_on = timezone.now(), timezone.localdate()
    reply.save(update_fields=["state", "sent_at", "sent_on"])
    audit.record(by, "voters.reply-sent", reply, council=petition.council, data=_facts(petition, reply))
    return reply


def attach_file(*, referral: Referral, by: User, upload, title: str = "") -> Reply:
    """Add a PDF to the reply in hand, in place of the one before; refused in words when it is none.

    The file is checked before any row is locked: a check may take seconds.
    """
    from documents.services import add_paper

    _ask(referral, by)
    petition = referral.petition
    version = add_paper(
        council=petition.council,
        by=by,
        upload=upload,
        title=title or _("Trả lời kiến nghị %(code)s") % {"code": petition.code},
        kind="other",
        number="",
        issuer=referral.agency.name,
        visibility="office",
        body=None,
    )
    with transaction.atomic():
        referral = _in_hand(referral, by)
        reply = draft_of(referral) or Reply(referral=referral, written_by=by)
        reply.document = version.document
        reply.save()
        audit.record(by, "voters.reply-file-added", reply, council=petition.council, data={"code": petition.code})
    return reply


@transaction.atomic
def detach_file(*, referral: Referral, by: User) -> Reply | None:
    """Take the file off the reply in hand."""
    referral = _in_hand(referral, by)
    reply = draft_of(referral)
    if reply is not None and reply.document_id:
        reply.document = None
        reply.save(update_fields=["document"])
    return reply


@transaction.atomic
def send_back(*, reply: Reply, by: User, reason: str) -> Reply:
    """Give an unfit reply back to the agency with the reason; the petition is with the agency again."""
    petition, reply = _sent(reply, by)
    if not reason.strip():
        raise BadInput(_("Nhập lý do trả lại."))
    step(petition, Petition.State.REFERRED)
    petition.save(update_fields=["state"])
    reply.move_to(Reply.State.SENT_BACK)
    reply.sent_back_reason = reason.strip()
    _decide(reply, by, "sent_back_reason")
    audit.record(by, "voters.reply-sent-back", reply, council=petition.council, data=_facts(petition, reply))
    tell_agency(
        reply.referral, "petition_sent_back", _("Kiến nghị %(code)s cần bổ sung trả lời"), why=str(reply.public_id)
    )
    return reply


@transaction.atomic
def accept_reply(
    *,
    reply: Reply,
    by: User,
    public_text: str,
    petition_text: str = "",
    file_is_public: bool = False,
    reviewed: bool = False,
) -> Reply:
    """Accept a reply and publish it with its petition, both without personal data.

    `petition_text` is the petition's public text, needed when it is not public yet. BadInput while
    personal data are left (see `publish_petition`). The file is public only when marked so.
    """
    petition, reply = _sent(reply, by)
    petition_text = petition_text.strip() or petition.public_text
    if not petition_text or not public_text.strip():
        raise BadInput(_("Nhập nội dung công khai của kiến nghị và của trả lời."))
    refuse_personal_data(petition, petition_text, public_text, reply.number, reviewed=reviewed)
    step(petition, Petition.State.PUBLISHED)
    petition.public_text, petition.is_public = petition_text, True
    petition.save(update_fields=["state", "public_text", "is_public"])
    reply.move_to(Reply.State.ACCEPTED)
    reply.public_text = public_text.strip()
    reply.file_is_public = bool(file_is_public and reply.document_id)
    _decide(reply, by, "public_text", "file_is_public")
    search.reindex([petition.pk])
    audit.record(by, "voters.reply-accepted", reply, council=petition.council, data=_facts(petition, reply))
    return reply


# --- shared ---------------------------------------------------------------------------------------


def draft_of(referral: Referral) -> Reply | None:
    return referral.replies.filter(state=Reply.State.DRAFT).first()


def _ask(referral: Referral, by: User) -> None:
    if not can_reply(by, referral):
        raise NotAllowed(_("Kiến nghị này không còn chờ cơ quan của ông (bà) trả lời."))


def _in_hand(referral: Referral, by: User) -> Referral:
    petition = locked(referral.petition, None)
    referral = running(petition, referral)
    referral.petition = petition
    _ask(referral, by)
    return referral


def _sent(reply: Reply, by: User) -> tuple[Petition, Reply]:
    petition = locked(reply.referral.petition, by)
    reply = Reply.objects.select_for_update(no_key=True).get(pk=reply.pk)
    if reply.state != Reply.State.SENT:
        raise WrongState(_("Trả lời này đã được xử lý: %(state)s.") % {"state": reply.get_state_display().lower()})
    reply.referral.petition = petition
    return petition, reply


def _decide(reply: Reply, by: User, *fields: str) -> None:
    reply.decided_by, reply.decided_at = by, timezone.now()
    reply.save(update_fields=["state", "decided_by", "decided_at", *fields])


def _facts(petition: Petition, reply: Reply) -> dict:
    return {
        "code": petition.code,
        "agency": reply.referral.agency.code,
        "outcome": reply.outcome,
        "due_on": str(reply.referral.due_on),
        "sent_on": str(reply.sent_on),
    }
