"""The menu of each role, in one place. An app adds its line here by URL name."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

# (roles that see it, label, url name, icon); order is the order on screen
ENTRIES = [
    ({"delegate"}, _("Hôm nay"), "sessions:today", "home"),
    ({"office", "session_chair", "session_secretary"}, _("Kỳ họp"), "sessions:list", "calendar"),
    ({"delegate", "office"}, _("Lịch họp của tôi"), "sessions:calendar", "clock"),
    ({"office"}, _("Nghị quyết"), "documents:resolutions", "document"),
    ({"office"}, _("Kiến nghị cử tri"), "voters:petitions", "chat"),
    ({"agency_clerk", "agency_head"}, _("Kiến nghị cần trả lời"), "voters:agency", "inbox"),
    ({"office", "administrator"}, _("Đại biểu và thẻ ghế"), "council:delegates", "users"),
    ({"administrator"}, _("Tài khoản"), "council:accounts", "key"),
    ({"office", "administrator"}, _("Quy định"), "council:regulations", "scale"),
    ({"office", "administrator"}, _("Lịch làm việc"), "council:calendar", "calendar"),
    ({"office", "administrator"}, _("Việc hệ thống"), "council:operations", "gear"),
]


def entries_for(request, roles) -> list[dict]:
    """The lines that a person with these roles sees; a room that is not built yet has no line."""
    lines = []
    for needed, label, name, icon in ENTRIES:
        if not needed & set(roles):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        lines.append({"label": label, "url": url, "icon": icon, "current": request.path.startswith(url)})
    return lines
