"""Mail about an opinion poll: what is asked, until when, where to answer. Never how anybody answered."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from council import mail
from council.models import Mail
from voting.models import Poll, RollEntry
from voting.opinions import secret, selectors

AT_ONCE = 20  # messages written in one transaction: under 200 ms on SQLite
RUNNING = {"asked", "extended", "reminded", "remind", "casting"}  # letters that make no sense once it has ended
TO_ALL = {"asked", "cancelled", "result"}


def write(poll_id: int, what: str, round_: str | int = 0) -> int:
    """Write one kind of letter to everybody whom it concerns; again writes nobody twice. Gives how many.

    `what`: "asked", "extended", "reminded" (by the office), "remind" (before the deadline), "cancelled",
    "result". Reminders and extensions go to those who have not answered when the letter is written.
    """
    poll = selectors.Polls.get(pk=poll_id)
    if what in RUNNING and (poll.state != Poll.State.OPEN or poll.is_over(timezone.now())):
        return 0
    entries = _recipients(poll, what)
    written = 0
    with translation.override(settings.LANGUAGE_CODE):
        base = _context(poll)
        for start in range(0, len(entries), AT_ONCE):
            batch = [
                (entry, render_to_string(f"email/opinion_{_template(what)}.txt", {**base, "entry": entry}))
                for entry in entries[start : start + AT_ONCE]
            ]  # rendered before the database is locked
            with transaction.atomic():
                waiting = {entry.pk for entry in _recipients(poll, what)}
                for entry, text in batch:
                    address = selectors.address_of(entry.delegate)
                    if entry.pk in waiting and address:
                        _send(poll, entry, address, text, what, round_)
                        written += 1
    return written


def remind_in_time(poll: Poll) -> int:
    """The reminder before the time that comes next; nothing where an extension has moved that time away."""
    if poll.state != Poll.State.OPEN:
        return 0
    opinion = poll.opinion
    is_handing_out = poll.is_sealed and secret.phase_of(poll) == secret.Phase.HANDING_OUT
    moment = opinion.casting_from if is_handing_out else poll.closes_at
    if timezone.now() < moment - timedelta(hours=opinion.remind_hours):
        return 0
    return write(poll.pk, "remind", f"{moment:%Y%m%d%H%M%S}")


def _recipients(poll: Poll, what: str) -> list[RollEntry]:
    if what in TO_ALL:
        return list(poll.roll.select_related("delegate__user"))
    return selectors.to_remind(poll)


def _template(what: str) -> str:
    return "remind" if what == "reminded" else what


def _send(poll: Poll, entry: RollEntry, address: str, text: str, what: str, round_) -> Mail:
    return mail.send(
        council=poll.council,
        to=address,
        to_name=entry.name,
        subject=_subject(poll, what),
        text=text.strip() + "\n",
        key=f"{selectors.mail_prefix(poll)}{what}:{round_}:{entry.delegate_id}",
    )


def _subject(poll: Poll, what: str) -> str:
    words = {
        "asked": _("Xin ý kiến: %(question)s"),
        "extended": _("Gia hạn xin ý kiến: %(question)s"),
        "remind": _("Nhắc trả lời xin ý kiến: %(question)s"),
        "casting": _("Đến lúc bỏ phiếu kín: %(question)s"),
        "cancelled": _("Hủy phiếu xin ý kiến: %(question)s"),
        "result": _("Kết quả xin ý kiến: %(question)s"),
    }
    subject = words[_template(what)] % {"question": poll.question}
    return _("[THỬ] %(subject)s") % {"subject": subject} if poll.is_rehearsal else subject


def _context(poll: Poll) -> dict:
    result = poll.outcomes.first() if poll.is_secret else poll.results.first()
    return {
        "poll": poll,
        "council": poll.council,
        "link": selectors.page_url(poll),
        "extension": poll.opinion.extensions.last(),
        "result": result,
        "article": poll.terms.get("rule", {}).get("article", ""),
        "is_handing_out": poll.is_sealed and secret.phase_of(poll) == secret.Phase.HANDING_OUT,
        "verdict": selectors.verdict_words(poll) if result else "",
    }
