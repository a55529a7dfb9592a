"""The demonstration's sessions: one finished in July, one going on today, two meetings to come."""

import hashlib
from datetime import datetime, time, timedelta
from email.utils import make_msgid
from itertools import count

from django.core.files.base import ContentFile
from django.utils import timezone

from council import audit, outbox
from council.demo.agenda import CLOSING, DRAFTS, INTERPELLATION, OPENING, PERSONNEL, REPORT_ITEMS, SITTINGS
from council.demo.budget import articles
from council.demo.papers import Sheet, count_pages, render_all
from council.demo.people import House
from council.models import Body, Job, Mail
from documents import pipeline
from documents.models import Document, ReadReceipt, Version
from sessions.models import (
    AgendaItem,
    Attendance,
    CouncilSession,
    ItemPaper,
    Notice,
    NoticeDelivery,
    Sitting,
    TabletCheck,
)

Kind = Document.Kind


def make_today(house: House) -> CouncilSession:
    """The session going on: six sittings, the third open this morning, its first draft on the floor."""
    today = timezone.localdate()
    made = _session(
        house, house.plenary, number=5, kind="regular", title=f"Kỳ họp thứ 5, thường lệ cuối năm {today.year}",
        slug="ky-hop-thu-5", starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=1),
        notice_number="118/TB-HĐND.TT",
    )  # fmt: skip
    sittings = [
        Sitting.objects.create(
            council_session=made,
            number=n,
            title=title,
            date=today + timedelta(days=day - 1),
            starts_at=time(hour, minute),
        )
        for n, (title, day, hour, minute) in enumerate(SITTINGS, 1)
    ]
    _agenda(house, made, sittings, with_papers=True)
    _hold(made, sittings[:2])
    _open_third(house, made, sittings[2])
    _send_notice(house, made)
    return made


def make_finished(house: House) -> CouncilSession:
    """The mid-year session of July: agenda done, attendance kept; its votes follow in votes.py."""
    year = timezone.localdate().year
    first = datetime(year, 7, 8).date()
    made = _session(
        house, house.plenary, number=4, kind="regular", title=f"Kỳ họp thứ 4, thường lệ giữa năm {year}",
        slug="ky-hop-thu-4", starts_on=first, ends_on=first + timedelta(days=1), notice_number="64/TB-HĐND.TT",
    )  # fmt: skip
    sittings = [
        Sitting.objects.create(
            council_session=made,
            number=n,
            title=title,
            date=first + timedelta(days=(n - 1) // 2),
            starts_at=time(hour),
        )
        for n, (title, hour) in enumerate(
            [
                ("Phiên khai mạc", 8),
                ("Phiên thảo luận", 14),
                ("Phiên chất vấn", 8),
                ("Phiên biểu quyết, bế mạc", 14),
            ],
            1,
        )
    ]
    numbers = count(1)
    for title, short, kind, minutes in OPENING:
        _item(made, sittings[0], next(numbers), title, short, kind, minutes=minutes)
    for title, short, presenter, code, _reports in REPORT_ITEMS[:6]:
        _item(
            made,
            sittings[0],
            next(numbers),
            _dated(title, house),
            _dated(short, house),
            "report",
            presenter,
            house.agencies[code],
        )
    for title, short, code in INTERPELLATION[:2]:
        _item(made, sittings[2], next(numbers), title, short, "interpellation", agency=house.agencies[code])
    for title, short, code, _board, _normative in DRAFTS:
        title = f"Nghị quyết {_subject(title)}"
        _item(
            made,
            sittings[3],
            next(numbers),
            _dated(title, house, -1),
            _dated(short, house, -1),
            "draft_resolution",
            agency=house.agencies[code],
        )
    for title, short, kind, minutes in PERSONNEL + CLOSING:
        _item(made, sittings[3], next(numbers), title, short, kind, minutes=minutes)
    _hold(made, sittings)
    return made


def make_meetings(house: House) -> None:
    """Small meetings of the Standing Committee and of a board: the same code with one sitting."""
    today = timezone.localdate()
    for body, title, days in (
        (house.standing, "Phiên họp Thường trực tháng 12", 7),
        (house.boards[0], "Họp Ban thẩm tra báo cáo ngân sách", 5),
    ):
        day = today + timedelta(days=days)
        made = _session(
            house, body, number=12, kind="meeting", title=title, slug=f"hop-{body.code.lower()}-12", starts_on=day,
            ends_on=day, state="convened", notice_number=f"{30 + days}/GM-HĐND",
        )  # fmt: skip
        sitting = Sitting.objects.create(
            council_session=made, number=1, title=title, date=day, starts_at=time(8, 30)
        )
        for n, text in enumerate(("Thông qua chương trình", "Cho ý kiến về báo cáo thẩm tra", "Kết luận"), 1):
            _item(made, sitting, n, text, text, "discussion")


def _session(house: House, body: Body, *, state="running", **fields) -> CouncilSession:
    office = house.users["vanphong"]
    made = CouncilSession.objects.create(
        council=house.council, term=house.term, body=body, state=state, place="Trung tâm Hội nghị tỉnh Lam Sơn",
        created_by=office, **fields,
    )  # fmt: skip
    told = {"number": made.number, "title": made.title}
    audit.record(office, "sessions.created", made, chain=made.chain_key, data=told)
    return made


def _dated(text: str, house: House, shift: int = 0) -> str:
    year = timezone.localdate().year + shift
    return text.format(year=year, next=year + 1)


def _subject(title: str) -> str:
    """A resolution's subject as it follows the word "Nghị quyết": one that lays down rules needs no "về"."""
    lower = title[0].lower() + title[1:]
    return lower if lower.startswith(("quy định", "sửa đổi")) else f"về {lower}"


def _paper_title(sheet: Sheet) -> str:
    if sheet.title.startswith(("Dự thảo", sheet.kind)):
        return sheet.title[:500]
    return f"{sheet.kind}: {sheet.title}"[:500]


def _item(made, sitting, number, title, short, kind, presenter="", agency=None, minutes=15) -> AgendaItem:
    earlier = sitting.items.order_by("-number").first()
    if earlier is None:
        starts = sitting.starts_at
    else:
        starts = (datetime.combine(sitting.date, earlier.starts_at) + timedelta(minutes=earlier.minutes)).time()
    return AgendaItem.objects.create(
        council_session=made, sitting=sitting, number=number, title=title, short_title=short[:60], kind=kind,
        presenter=presenter or (agency.name if agency else ""), agency=agency, starts_at=starts, minutes=minutes,
    )  # fmt: skip


def _agenda(house: House, made: CouncilSession, sittings: list[Sitting], with_papers: bool) -> None:
    numbers, paper_number = count(1), count(201)
    wanted: list[tuple[AgendaItem, Kind, Sheet, bool]] = []

    def want(item, kind, words, issuer, symbol, title, pages=2, scanned=False, public=False, text=()):
        sheet = Sheet(issuer, f"{next(paper_number)}/{symbol}", words, title, pages, scanned, text)
        wanted.append((item, kind, sheet, public))

    for title, short, kind, minutes in OPENING:
        _item(made, sittings[0], next(numbers), title, short, kind, minutes=minutes)
    for n, (title, short, presenter, code, reports) in enumerate(REPORT_ITEMS):
        sitting = sittings[0] if n < 6 else sittings[1]
        title, short = _dated(title, house), _dated(short, house)
        item = _item(made, sitting, next(numbers), title, short, "report", presenter, house.agencies[code])
        for part in range(1, reports + 1):
            name = title if reports == 1 else f"{title} (phần {part})"
            pages = 60 if (n, part) in ((0, 1), (6, 1)) else 2 + (n + part) % 4
            want(item, Kind.REPORT, "Báo cáo", presenter, f"BC-{code}", name, pages, scanned=n == 4, public=True)
    for n, (title, short, code, board, _normative) in enumerate(DRAFTS):
        sitting = sittings[2] if n < 11 else sittings[3]
        agency = house.agencies[code]
        title = _dated(title, house)
        item = _item(
            made, sitting, next(numbers), f"Nghị quyết {_subject(title)}", _dated(short, house),
            "draft_resolution", agency=agency,
        )  # fmt: skip
        lower = _subject(title)
        want(
            item,
            Kind.DRAFT_RESOLUTION,
            "Nghị quyết",
            "HĐND tỉnh Lam Sơn",
            "NQ-HĐND",
            f"Dự thảo Nghị quyết {lower}",
            4,
            public=True,
            text=articles(1) if n == 1 else (),
        )
        want(
            item,
            Kind.SUBMISSION,
            "Tờ trình",
            "UBND tỉnh Lam Sơn",
            "TTr-UBND",
            f"Về việc ban hành Nghị quyết {lower}",
            3,
        )
        want(
            item,
            Kind.VERIFICATION_REPORT,
            "Báo cáo thẩm tra",
            house.boards[board].short_name,
            "BC-HĐND",
            f"Thẩm tra dự thảo Nghị quyết {lower}",
            2,
        )
    for title, short, code in INTERPELLATION:
        _item(
            made,
            sittings[4],
            next(numbers),
            title,
            short,
            "interpellation",
            agency=house.agencies[code],
            minutes=45,
        )
    for title, short, kind, minutes in PERSONNEL + CLOSING:
        item = _item(made, sittings[5], next(numbers), title, short, kind, minutes=minutes)
        if kind == "report":  # not handed in yet: what the office sees as missing
            ItemPaper.objects.create(
                item=item, kind=Kind.REVISION_REPORT, title="Báo cáo tiếp thu, giải trình ý kiến đại biểu",
                issuer="UBND tỉnh Lam Sơn",
            )  # fmt: skip
    if with_papers:
        _hand_in(house, wanted)


def _hand_in(house: House, wanted) -> None:
    files = render_all([sheet for _item_, _kind, sheet, _public in wanted])
    for order, ((item, kind, sheet, public), pdf) in enumerate(zip(wanted, files, strict=True)):
        document = Document.objects.create(
            council=house.council, title=_paper_title(sheet), kind=kind, number=sheet.number,
            issuer=sheet.issuer, issued_on=timezone.localdate() - timedelta(days=10), body=house.plenary,
            visibility="public" if public else "members", created_by=house.users["vanphong"],
        )  # fmt: skip
        name = f"{sheet.number.replace('/', '-')}.pdf"
        version = store(document, pdf, name, house.users["vanphong"], scanned=sheet.scanned)
        version.save()
        pipeline.begin(version)
        ItemPaper.objects.create(
            item=item, kind=kind, title=document.title, number=sheet.number, issuer=sheet.issuer,
            is_public=public, order=order, document=document,
        )  # fmt: skip
        readers = [house.delegates[k].user for k in range(order % 7, 85, 3)]
        ReadReceipt.objects.bulk_create(
            ReadReceipt(version=version, user=reader, page=1, furthest_page=version.pages) for reader in readers
        )


def store(document: Document, pdf: bytes, name: str, by, scanned: bool = False) -> Version:
    """Keep a paper that was made here, with the facts that the check of an upload would have found."""
    version = Version(
        document=document, number=1, original_name=name, sha256=hashlib.sha256(pdf).hexdigest(), size=len(pdf),
        pages=count_pages(pdf), has_text=not scanned, state=Version.State.READY, uploaded_by=by,
        source_name=name, source_sha256=hashlib.sha256(pdf).hexdigest(), source_size=len(pdf),
    )  # fmt: skip
    version.file.save(name, ContentFile(pdf), save=False)
    return version


def _hold(made: CouncilSession, sittings: list[Sitting]) -> None:
    """Sittings that are over: attendance, items done."""
    delegates = list(made.council.delegates.filter(memberships__body=made.body).order_by("code"))
    for sitting in sittings:
        began = timezone.make_aware(datetime.combine(sitting.date, sitting.starts_at))
        sitting.state, sitting.opened_at, sitting.closed_at = "closed", began, began + timedelta(hours=3)
        sitting.save()
        sitting.items.update(state="done", started_at=began, ended_at=began + timedelta(hours=3))
        _attend(sitting, delegates, absent=4 + sitting.number)
    if made.ends_on < timezone.localdate():
        made.state = "closed"
        made.save(update_fields=["state"])


def _open_third(house: House, made: CouncilSession, sitting: Sitting) -> None:
    sitting.state, sitting.opened_at, sitting.check_in_open = "open", timezone.now(), True
    sitting.current_item = sitting.items.order_by("number").first()
    sitting.save()
    AgendaItem.objects.filter(pk=sitting.current_item_id).update(state="current", started_at=timezone.now())
    _attend(sitting, house.delegates, absent=6)
    TabletCheck.objects.bulk_create(
        TabletCheck(delegate=delegate, date=timezone.localdate(), passed=n != 30, details={})
        for n, delegate in enumerate(house.delegates)
        if n % 9
    )


def _send_notice(house: House, made: CouncilSession) -> None:
    """The convening notice as it went out: most arrived, one mailbox refused, one is in doubt."""
    day = made.starts_on - timedelta(days=21)
    sent = timezone.make_aware(datetime.combine(day, time(9)))
    notice = Notice.objects.create(
        council_session=made,
        number=made.notice_number,
        signed_by=house.delegates[0].full_name,
        signer_title="Chủ tịch Hội đồng nhân dân",
        body_text="Kính mời đại biểu dự kỳ họp theo chương trình kèm theo. Nội dung minh họa của bản trình diễn.",
        sent_by=house.users["vanphong"],
    )
    fates = {41: ("failed", "550 Hộp thư không tồn tại"), 66: ("unknown", "Mất kết nối khi đang gửi.")}
    for n, delegate in enumerate(house.delegates, 1):
        state, error = fates.get(n, ("sent", ""))
        mail = Mail.objects.create(
            council=house.council,
            to=delegate.email,
            to_name=delegate.full_name,
            subject=f"Thông báo triệu tập {made.title}",
            text=notice.body_text,
            message_id=make_msgid(domain="nghi-truong.local"),
            state=state,
            error=error,
            sent_at=sent if state == "sent" else None,
            job=Job.objects.create(
                council=house.council,
                kind="council.deliver_mail",
                key=f"mail:notice:{notice.public_id}:{delegate.pk}",
                title="Thông báo triệu tập",
                state="done",
                run_at=sent,
            ),
        )
        Job.objects.filter(pk=mail.job_id).update(args={"mail_id": mail.pk})
        NoticeDelivery.objects.create(notice=notice, delegate=delegate, mail=mail)
    Notice.objects.filter(pk=notice.pk).update(created_at=sent)
    outbox.enqueue(  # renders the PDF; every delegate has a message already
        "sessions.send_notice",
        key=f"notice:{notice.public_id}",
        council=house.council,
        title="Thông báo triệu tập",
        notice_id=notice.pk,
    )


def _attend(sitting: Sitting, delegates, absent: int) -> None:
    rows = []
    for n, delegate in enumerate(delegates):
        away = n >= 11 and n % 12 == sitting.number % 12 and sum(r.state != "present" for r in rows) < absent
        state = ("excused" if n % 5 else "absent") if away else "present"
        rows.append(
            Attendance(
                sitting=sitting, delegate=delegate, state=state, by_tablet=not away,
                reason="Đi công tác theo phân công" if state == "excused" else "",
                arrived_at=None if away else sitting.opened_at,
            )
        )  # fmt: skip
    Attendance.objects.bulk_create(rows)
