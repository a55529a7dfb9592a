"""The menu of each role, in one place. An app adds its line here by URL name."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

# (roles that see it, label, url name, icon); order is the order on screen
ENTRIES = [
    ({"delegate"}, _("Hôm nay"), "sessions:today", "home"),
    ({"office", "session_chair", "session_secretary"}, _("Kỳ họp"), "sessions:list", "calendar"),
    (
        {"delegate", "office", "session_chair", "session_secretary"},
        _("Lịch họp"),
        "sessions:calendar",
        "clock",
    ),
    ({"delegate", "office", "session_chair", "session_secretary"}, _("Tìm tài liệu"), "search", "search"),
    ({"office", "session_chair", "session_secretary"}, _("Xin ý kiến"), "voting:opinion_desk", "ballot"),
    ({"office"}, _("Nghị quyết"), "documents:resolutions", "document"),
    ({"office"}, _("Kiến nghị cử tri"), "voters:petitions", "chat"),
    ({"agency_clerk", "agency_head"}, _("Kiến nghị cần trả lời"), "voters:agency", "inbox"),
    ({"agency_clerk", "agency_head"}, _("Văn bản cần nộp"), "sessions:hand_ins", "papers"),
    ({"office", "administrator"}, _("Đại biểu và thẻ ghế"), "council:delegates", "users"),
    ({"administrator"}, _("Tài khoản"), "council:accounts", "key"),
    ({"auditor"}, _("Nhật ký"), "council:operations", "shield"),
]
# What is set up once and looked at rarely: a menu at the end of the line
SETTINGS = [
    ({"office", "administrator"}, _("Quy định"), "council:regulations", "scale"),
    ({"office", "administrator"}, _("Lịch làm việc"), "council:calendar", "calendar"),
    ({"office", "administrator"}, _("Việc hệ thống"), "council:operations", "gear"),
]


def entries_for(request, roles, entries=ENTRIES) -> list[dict]:
    """Those of the entries that a person with these roles sees, as lines of a menu."""
    return _lines(request, [line for needed, *line in entries if needed & set(roles)])


# The citizen's menu and the delegate's places: (label, url name, icon)
PUBLIC = [
    (_("Nghị quyết"), "documents:public_resolutions", "paper"),
    (_("Kỳ họp"), "sessions:public_sessions", "cal"),
    (_("Kiến nghị cử tri"), "voters:public_petitions", "chat"),
    (_("Đại biểu"), "public_delegates", "people"),
]
TABLET = [
    (_("Hôm nay"), "sessions:today", "home"),
    (_("Chương trình"), "sessions:my_agenda", "list"),
    (_("Tài liệu"), "sessions:my_papers", "paper"),
    (_("Cá nhân"), "council:me", "user"),
]


def _lines(request, entries) -> list[dict]:
    lines = []
    for label, name, icon in entries:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        lines.append({"label": label, "url": url, "icon": icon, "current": request.path.startswith(url)})
    return lines


def public_entries(request) -> list[dict]:
    """The menu of the pages without an account."""
    return _lines(request, PUBLIC)


def tablet_entries(request) -> list[dict]:
    """The places of a delegate's tablet."""
    return _lines(request, TABLET)
