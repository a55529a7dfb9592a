"""What the secretary looks at before opening a sitting. Everything warns; nothing bars the opening."""

from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from council.models import Device, Mail
from documents.models import Version
from sessions.models import AgendaItem, ItemPaper, Sitting
from sessions.selectors_room import Presence, agenda_of, checks_on, is_readable, presence_of

SHOWN = 12  # names listed before "and others"


@dataclass(frozen=True)
class Check:
    """One line of the check: good or not, in words, and who or what is missing."""

    key: str
    title: str
    is_good: bool
    words: str
    missing: list[str] = field(default_factory=list)

    @property
    def shown(self) -> list[str]:
        return self.missing[:SHOWN]

    @property
    def others(self) -> int:
        return max(0, len(self.missing) - SHOWN)


def checks_before_opening(sitting: Sitting) -> list[Check]:
    """The lines of the check, in the order in which a secretary goes through them."""
    presence = presence_of(sitting)
    return [
        _roll(presence),
        _papers(sitting),
        _texts(sitting),
        _mail(sitting, presence),
        _tablets(presence),
        _tried(sitting, presence),
        _quorum(presence),
    ]


def _roll(presence: Presence) -> Check:
    unseated = [row.delegate.full_name for row in presence.rows if not row.delegate.seat]
    words = _("Danh sách có %(n)s đại biểu.") % {"n": presence.total}
    if unseated:
        words += " " + _("%(n)s đại biểu chưa có ghế.") % {"n": len(unseated)}
    return Check("roll", _("Danh sách đại biểu"), bool(presence.rows) and not unseated, words, unseated)


def _papers(sitting: Sitting) -> Check:
    items = [item for item in agenda_of(sitting.council_session) if item.sitting_id == sitting.pk]
    papers = [(item, p) for item in items for p in item.papers.all() if p.readers != ItemPaper.Readers.OFFICE]
    missing = [
        _("Mục %(n)s: %(title)s") % {"n": item.number, "title": paper.title}
        for item, paper in papers
        if not is_readable(paper)
    ]
    if missing:
        words = _("Thiếu %(n)s/%(all)s tài liệu của phiên này.") % {"n": len(missing), "all": len(papers)}
    else:
        words = _("Đủ %(all)s tài liệu của phiên này.") % {"all": len(papers)}
    return Check("papers", _("Tài liệu"), not missing, words, missing)


def _texts(sitting: Sitting) -> Check:
    """A draft resolution is voted on by the digest of its text: it must be there and sound."""
    items = AgendaItem.objects.filter(sitting=sitting, kind=AgendaItem.Kind.DRAFT_RESOLUTION)
    ready = Q(papers__kind="draft_resolution", papers__document__versions__state=Version.State.READY)
    without = items.exclude(pk__in=items.filter(ready).values("pk"))
    missing = [_("Mục %(n)s: %(title)s") % {"n": item.number, "title": item.name} for item in without]
    words = _("Mọi dự thảo nghị quyết đã có văn bản để biểu quyết.")
    if missing:
        words = _("%(n)s dự thảo nghị quyết chưa có văn bản để biểu quyết.") % {"n": len(missing)}
    return Check("texts", _("Văn bản biểu quyết"), not missing, words, missing)


def _mail(sitting: Sitting, presence: Presence) -> Check:
    notice = sitting.council_session.notices.order_by("-pk").first()
    if notice is None:
        return Check("mail", _("Thông báo triệu tập"), False, _("Chưa gửi thông báo triệu tập."))
    sent = set(notice.deliveries.filter(mail__state=Mail.State.SENT).values_list("delegate_id", flat=True))
    missing = [row.delegate.full_name for row in presence.rows if row.delegate.pk not in sent]
    words = _("Đã gửi tới %(n)s/%(all)s đại biểu.") % {
        "n": presence.total - len(missing),
        "all": presence.total,
    }
    return Check("mail", _("Thông báo triệu tập"), not missing, words, missing)


def _tablets(presence: Presence) -> Check:
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    users = [row.delegate.user_id for row in presence.rows]
    seen = set(
        Device.objects.filter(user__in=users, revoked_at=None, last_seen_at__gte=start).values_list(
            "user_id", flat=True
        )
    )
    missing = [row.delegate.full_name for row in presence.rows if row.delegate.user_id not in seen]
    words = ngettext(
        "Hôm nay thấy máy của %(n)s/%(all)s đại biểu.",
        "Hôm nay thấy máy của %(n)s/%(all)s đại biểu.",
        presence.total,
    ) % {"n": presence.total - len(missing), "all": presence.total}
    return Check("tablets", _("Máy của đại biểu"), not missing, words, missing)


def _tried(sitting: Sitting, presence: Presence) -> Check:
    checks = checks_on(sitting)
    good = {delegate for delegate, check in checks.items() if check.passed}
    missing = [row.delegate.full_name for row in presence.rows if row.delegate.pk not in good]
    words = _("%(n)s/%(all)s đại biểu đã thử máy đạt trong ngày họp.") % {
        "n": presence.total - len(missing),
        "all": presence.total,
    }
    return Check("tried", _("Thử máy của tôi"), not missing, words, missing)


def _quorum(presence: Presence) -> Check:
    words = f"{presence.quorum.words}. {presence.why}"
    missing = [row.delegate.full_name for row in presence.absent]
    return Check(
        "quorum", _("Số đại biểu có mặt"), presence.is_enough, words, [] if presence.is_enough else missing
    )
