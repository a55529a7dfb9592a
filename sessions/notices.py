"""The convening notice as paper and as mail: what the preview shows is what is sent."""

import hashlib

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from council import mail
from council.mail import Attachment
from council.models import Body
from sessions import ics, rules, selectors
from sessions.models import CouncilSession, Notice, NoticeDelivery

AT_ONCE = 20  # messages written in one transaction: under 200 ms on SQLite


def signing_body(council_session: CouncilSession) -> str:
    """Who sends the notice: the Standing Committee convenes the plenary and itself, a body its own meeting."""
    body = council_session.body
    if body.kind in (Body.Kind.PLENARY, Body.Kind.STANDING_COMMITTEE):
        return _("Thường trực %(council)s") % {"council": council_session.council.name}
    return body.name


def default_text(council_session: CouncilSession) -> str:
    """The opening words of a notice, for the office to change."""
    from council.templatetags.house import vn_date

    words = {
        "who": signing_body(council_session),
        "title": council_session.title,
        "term": council_session.term.number,
        "from": vn_date(council_session.starts_on),
        "to": vn_date(council_session.ends_on),
        "place": council_session.place or _("hội trường"),
    }
    text = _(
        "%(who)s trân trọng thông báo triệu tập các vị đại biểu dự %(title)s, khóa %(term)s.\n"
        "Thời gian: từ %(from)s đến hết %(to)s.\n"
        "Địa điểm: %(place)s.\n"
        "Tài liệu được gửi trên phần mềm; đề nghị các vị đại biểu nghiên cứu trước và mang theo máy."
    )
    return text % words


def supplement_text(council_session: CouncilSession) -> str:
    """The opening words of a notice of changes, for the office to say which."""
    text = _(
        "%(who)s thông báo tới các vị đại biểu nội dung bổ sung, điều chỉnh của %(title)s, đã triệu tập theo Thông báo "
        "số %(number)s:\n"
        "- \n"
        "Các nội dung khác giữ nguyên. Tài liệu mới được gửi trên phần mềm."
    )
    words = {
        "who": signing_body(council_session),
        "title": council_session.title,
        "number": council_session.notice_number,
    }
    return text % words


def is_supplement(notice: Notice) -> bool:
    """Whether a notice tells of changes; the one that convened gave the session its number."""
    return notice.number != notice.council_session.notice_number


def notice_context(
    council_session: CouncilSession, *, number, body_text, signed_by, signer_title, day, is_supplement=False
) -> dict:
    """What the notice's template shows; a preview passes what stands in the form."""
    return {
        "council": council_session.council,
        "council_session": council_session,
        "sittings": selectors.agenda(council_session),
        "body_name": signing_body(council_session),
        "number": number,
        "paragraphs": [line.strip() for line in body_text.splitlines() if line.strip()],
        "signed_by": signed_by,
        "signer_title": signer_title,
        "day": day,
        "is_supplement": is_supplement,
    }


def context_of(notice: Notice) -> dict:
    return notice_context(
        notice.council_session, number=notice.number, body_text=notice.body_text, signed_by=notice.signed_by,
        signer_title=notice.signer_title, day=timezone.localtime(notice.created_at).date(),
        is_supplement=is_supplement(notice),
    )  # fmt: skip


def calendar_of(notice: Notice) -> str:
    council_session = notice.council_session
    earlier = council_session.notices.filter(pk__lt=notice.pk).count()
    return ics.calendar(
        council_session, selectors.agenda(council_session), stamp=notice.created_at, sequence=earlier
    )


def late_words(council_session: CouncilSession, today=None) -> str:
    """A warning in words when the notice goes out later than the regulation says; it stops nothing."""
    today = today or timezone.localdate()
    deadline = selectors.deadlines(council_session).notice
    late = deadline.days_late(today)
    if not late:
        return ""
    words = _(
        "Gửi hôm nay %(today)s là chậm %(late)s ngày so với hạn %(day)s. %(why)s Căn cứ: %(basis)s. "
        "Vẫn gửi được; thường trực cân nhắc."
    )
    return words % {
        "today": rules.day_words(today),
        "late": late,
        "day": rules.day_words(deadline.day),
        "why": deadline.why,
        "basis": deadline.basis.rstrip("."),
    }


def send(notice_id: int) -> None:
    """Render the notice once, then write a message for each delegate who has none (job, idempotent)."""
    notice = Notice.objects.select_related("council_session__council", "council_session__body").get(pk=notice_id)
    with translation.override(settings.LANGUAGE_CODE):
        if not notice.pdf:
            _render(notice)
        _write_mails(notice)


def _render(notice: Notice) -> None:
    from documents.pdf import render_pdf

    content = render_pdf("pdf/notice.html", context_of(notice))
    name = f"{notice.public_id}.pdf"
    notice.pdf.save(name, ContentFile(content), save=False)
    notice.pdf_sha256, notice.error = hashlib.sha256(content).hexdigest(), ""
    notice.save(update_fields=["pdf", "pdf_sha256", "error"])


def file_name(notice: Notice) -> str:
    """"118-TB-HDND.TT.pdf": the number as a file may be named."""
    plain = notice.number.replace("Đ", "D").replace("đ", "d").replace("/", "-")
    return "".join(c for c in plain if c.isascii() and (c.isalnum() or c in "-.")) + ".pdf"


def _write_mails(notice: Notice) -> None:
    council_session = notice.council_session
    council = council_session.council
    papers = settings.BASE_URL + reverse("council:start")
    sittings = selectors.agenda(council_session)
    base = {
        "notice": notice,
        "council_session": council_session,
        "council": council,
        # the same for everybody: rendered once
        "agenda_text": render_to_string("email/_agenda.txt", {"sittings": sittings}).strip(),
        "agenda_html": render_to_string("email/_agenda.html", {"sittings": sittings}),
        "paragraphs": [line.strip() for line in notice.body_text.splitlines() if line.strip()],
        "papers_url": papers,
        "body_name": signing_body(council_session),
    }
    attachments = [
        Attachment(file_name(notice), "application/pdf", stored_as=notice.pdf.name),
        Attachment("lich-hop.ics", "text/calendar; charset=utf-8; method=PUBLISH", text=calendar_of(notice)),
    ]
    about = (
        _("Thông báo bổ sung, điều chỉnh %(title)s (số %(number)s)")
        if is_supplement(notice)
        else _("Thông báo triệu tập %(title)s (số %(number)s)")
    )
    subject = about % {"title": council_session.title, "number": notice.number}
    waiting = list(
        NoticeDelivery.objects.filter(notice=notice, mail=None, problem="").select_related("delegate", "delegate__user")
    )
    for start in range(0, len(waiting), AT_ONCE):
        batch = []
        for delivery in waiting[start : start + AT_ONCE]:  # rendered before the database is locked
            context = {**base, "delegate": delivery.delegate}
            text = render_to_string("email/notice.txt", context)
            batch.append((delivery, text, render_to_string("email/notice.html", context)))
        with transaction.atomic():
            for delivery, text, html in batch:
                delegate = delivery.delegate
                delivery.mail = mail.send(
                    council=council, to=selectors.address_of(delegate), to_name=delegate.full_name, subject=subject,
                    text=text, html=html, attachments=attachments, key=f"notice:{notice.public_id}:{delegate.pk}",
                )  # fmt: skip
                delivery.save(update_fields=["mail"])
