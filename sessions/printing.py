"""Official sheets of a sitting: the minutes of a count of secret ballots (biên bản kiểm phiếu)."""

from django.utils import timezone

from documents.pdf import qr_svg, render_pdf
from documents.resolution_text import day_in_words
from sessions.models import Sitting
from sessions.record import head_at_result
from voting.counting import finished_count
from voting.models import Poll
from voting.secret.selectors import box_facts
from voting.selectors import sheet_facts
from voting.tellers import tellers_of


def count_minutes(sitting: Sitting, poll: Poll) -> bytes:
    """The PDF of the minutes of a confirmed count, or of the opened ballots; the same count gives the same bytes.

    Form after Decree 30/2020/NĐ-CP, Appendix I; not signed digitally, and it says so.
    """
    council_session, count = sitting.council_session, finished_count(poll)
    council = council_session.council
    body_name = council.name.removeprefix("Hội đồng nhân dân ")
    when = timezone.localtime(count.revealed_at if poll.is_sealed else count.checked_at)
    head = head_at_result(council_session, poll)
    context = {
        "council": council,
        "body_name": ["Hội đồng nhân dân", body_name] if body_name != council.name else [council.name],
        "council_session": council_session,
        "sitting": sitting,
        "poll": poll,
        "place_date": f"{council.place}, {day_in_words(when.date())}",
        "at": when,
        "count": count,
        "sheet": sheet_facts(poll),
        "tellers": tellers_of(poll),
        "box": box_facts(poll),
        "entered_by": "" if poll.is_sealed else _named(count.entered_by),
        "checked_by": "" if poll.is_sealed else _named(count.checked_by),
        "head": head,
        "head_qr": qr_svg(head.url, 28) if head and head.url else "",
    }
    return render_pdf("pdf/count_minutes.html", context)


def _named(user) -> str:
    return user.full_name or user.get_username()
