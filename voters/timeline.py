"""A petition's way in sentences, for the citizen and (with reasons) for the office."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from voters import rules
from voters.models import Petition, Reply


@dataclass
class Event:
    """A step for parts/timeline.html; `state` is "done", "current" or ""."""

    title: str
    when: str = ""
    text: str = ""
    state: str = "done"


def timeline(petition: Petition, standing: rules.Standing | None, *, for_office: bool = False) -> list[Event]:
    """What happened, oldest first, then what comes; reasons and sent-back replies only for the office."""
    events = [Event(_("Cử tri nêu kiến nghị"), day(petition.received_on), occasion(petition))]
    referrals = list(
        petition.referrals.order_by("pk")
        .select_related("agency")
        .prefetch_related("agency__names", "supporting__names")
    )
    replies = Reply.objects.filter(referral__in=referrals).order_by("pk")
    for referral in referrals:
        mine = [reply for reply in replies if reply.referral_id == referral.pk]
        answered = any(reply.state == Reply.State.ACCEPTED for reply in mine)
        if referral.withdrawn_at and not answered and not for_office:
            continue  # a way that led nowhere is the office's matter
        events.append(Event(_("Văn phòng chuyển đến cơ quan"), day(referral.referred_on), agencies(referral)))
        for reply in mine:
            events += _told(reply, referral, for_office)
        if referral.withdrawn_at and (for_office or answered):
            title = _("Mở lại để tiếp tục giải quyết") if answered else _("Thu hồi, chuyển trả")
            reason = referral.withdrawn_reason if for_office else ""
            events.append(Event(title, day(referral.withdrawn_at), reason))
    return events + _ahead(petition, standing, referrals)


def _told(reply: Reply, referral, for_office: bool) -> list[Event]:
    if reply.state == Reply.State.ACCEPTED:
        late = reply.sent_on and reply.sent_on > referral.due_on
        words = _("Quá hạn, hạn là %(day)s") if late else _("Trong hạn, hạn là %(day)s")
        words = words % {"day": day(referral.due_on)} if reply.sent_on else ""
        return [
            Event(_("Cơ quan gửi trả lời"), day(reply.sent_on), words),
            Event(_("Văn phòng chấp nhận và công khai trả lời"), day(reply.decided_at)),
        ]
    if reply.state == Reply.State.SENT_BACK and for_office:
        return [
            Event(_("Cơ quan gửi trả lời"), day(reply.sent_on)),
            Event(_("Văn phòng trả lại để bổ sung"), day(reply.decided_at), reply.sent_back_reason),
        ]
    return []


def _ahead(petition: Petition, standing, referrals) -> list[Event]:
    running = next((r for r in referrals if r.withdrawn_at is None), None)
    if petition.state == Petition.State.RECORDED:
        return [
            Event(_("Văn phòng xem xét, chuyển cơ quan"), state="current"),
            Event(_("Cơ quan trả lời"), state=""),
        ]
    if petition.state == Petition.State.REFERRED and running:
        when = _("hạn %(day)s") % {"day": day(running.due_on)}
        return [
            Event(_("Cơ quan đang soạn trả lời"), when, late_words(standing), "current"),
            Event(_("Văn phòng kiểm tra và công khai trả lời"), _("sau khi có trả lời"), state=""),
        ]
    if petition.state == Petition.State.REPLIED:
        return [Event(_("Văn phòng đang kiểm tra trả lời của cơ quan"), state="current")]
    if petition.state == Petition.State.CLOSED:
        return [Event(_("Lưu, không chuyển"))]
    return []


def occasion(petition: Petition) -> str:
    """When and where it was raised: "Xã Châu Sơn, trước kỳ họp thứ 5"."""
    where = petition.place
    if petition.session_number:
        words = {
            Petition.Phase.BEFORE: _("trước kỳ họp thứ %(n)s"),
            Petition.Phase.DURING: _("trong kỳ họp thứ %(n)s"),
            Petition.Phase.AFTER: _("sau kỳ họp thứ %(n)s"),
        }[Petition.Phase(petition.phase)] % {"n": petition.session_number}
        return f"{where}, {words}"
    return where


def agencies(referral) -> str:
    text = _("Chủ trì: %(agency)s") % {"agency": referral.agency.name}
    others = ", ".join(agency.name for agency in referral.supporting.all())
    return _("%(lead)s; phối hợp: %(others)s") % {"lead": text, "others": others} if others else text


def late_words(standing: rules.Standing | None) -> str:
    """Where a referral stands, in words: "Còn 2 ngày làm việc", "Quá hạn 6 ngày làm việc"."""
    if standing is None:
        return ""
    words = {
        "waiting": _("Còn %(n)s ngày làm việc") if standing.days else _("Hạn trả lời là hôm nay"),
        "overdue": _("Quá hạn %(n)s ngày làm việc"),
        "on_time": _("Trả lời đúng hạn"),
        "late": _("Trả lời quá hạn %(n)s ngày làm việc"),
    }
    return words[standing.kind] % {"n": standing.days}


def day(value) -> str:
    """A date (or the local date of a moment) as 15/12/2026; empty for None."""
    if value is None:
        return ""
    if hasattr(value, "hour"):
        value = timezone.localtime(value)
    return f"{value:%d/%m/%Y}"
