"""Mail about papers that were asked for: what is owed, until when, where to hand it in. Never a paper itself."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from council import mail
from sessions.handin import selectors
from sessions.models import PaperRequest

OWED = {"asked", "due", "reminded", "before", "day"}  # letters that make no sense once the paper has come


def write(request_ids: Sequence[int], what: str, stamp: str) -> int:
    """Write one letter about these requests of one agency or board to each of its addresses; again writes nobody twice.

    `what`: "asked", "due" (another day), "reminded" (by the office), "before" and "day" (of the deadline),
    "sent_back", "accepted", "withdrawn". Gives how many were written.
    """
    rows = list(selectors.with_parts().filter(pk__in=request_ids))
    if what in OWED:
        rows = [row for row in rows if row.state in PaperRequest.OWED]
    if not rows:
        return 0
    first = rows[0]
    council_session = first.paper.item.council_session
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "what": what,
            "rows": [selectors.standing(row) for row in rows],
            "session": council_session,
            "council": council_session.council,
            "asked_of": first.asked_of,
            "link": settings.BASE_URL + reverse("sessions:hand_ins"),
        }
        text = render_to_string("email/hand_in.txt", context).strip() + "\n"
        subject = _subject(what) % {"session": council_session.title, "n": len(rows)}
    addresses = selectors.addresses_of(agency=first.agency, body=first.body)
    with transaction.atomic():
        for address, name in addresses:
            mail.send(
                council=council_session.council, to=address, to_name=name, subject=subject, text=text,
                key=f"hi:{what}:{first.pk}:{stamp}:{address}"[:110],
            )  # fmt: skip
    return len(addresses)


def remind(*, session_id: int, agency_id: int | None, body_id: int | None, due_on: str, what: str) -> int:
    """The reminder of one agency or board for one day: all that it still owes then, in one letter."""
    of = Q(agency=agency_id) if agency_id else Q(body=body_id)
    owed = selectors.owed_on(session_id, date.fromisoformat(due_on), of)
    if not owed:
        return 0
    return write([row.pk for row in owed], "before" if what == "before" else "day", f"{session_id}:{due_on}")


def _subject(what: str) -> str:
    return {
        "asked": _("Đề nghị nộp %(n)s văn bản cho %(session)s"),
        "due": _("Đổi hạn nộp văn bản cho %(session)s"),
        "reminded": _("Nhắc nộp văn bản cho %(session)s"),
        "before": _("Sắp đến hạn nộp %(n)s văn bản cho %(session)s"),
        "day": _("Hôm nay là hạn nộp %(n)s văn bản cho %(session)s"),
        "sent_back": _("Đề nghị nộp lại văn bản cho %(session)s"),
        "accepted": _("Đã nhận văn bản cho %(session)s"),
        "withdrawn": _("Thôi đề nghị nộp văn bản cho %(session)s"),
    }[what]
