"""The finished session's record as a paper: what happened in each sitting, told from the rows."""

from council.demo import session
from council.demo.papers import Sheet, render
from council.demo.people import House
from council.templatetags.house import vn_date, vn_time
from documents import pipeline
from documents.models import Document
from sessions.models import CouncilSession, ItemPaper, Sitting
from sessions.selectors import agenda, attendance_counts
from voting.models import Poll
from voting.selectors import results_of, sheet_facts


def keep_record(house: House, finished: CouncilSession) -> ItemPaper:
    """Hang the record on the closing item, public as the session itself was."""
    title = f"Biên bản {finished.title}"
    sheet = Sheet(
        "HĐND tỉnh Lam Sơn", "05/BB-HĐND", "Biên bản", finished.title, text=tuple(_told(finished))
    )  # fmt: skip
    document = Document.objects.create(
        council=house.council, title=title, kind=Document.Kind.OTHER, number=sheet.number, issuer=sheet.issuer,
        issued_on=finished.ends_on, body=house.plenary, visibility=Document.Visibility.PUBLIC,
        created_by=house.users["vanphong"],
    )  # fmt: skip
    version = session.store(document, render(sheet), "05-BB-HDND.pdf", house.users["vanphong"])
    version.save()
    pipeline.begin(version)
    return ItemPaper.objects.create(
        item=finished.items.last(), kind=document.kind, title=title, number=sheet.number, issuer=sheet.issuer,
        is_public=True, document=document,
    )  # fmt: skip


def _told(finished: CouncilSession) -> list[tuple[str, list[str]]]:
    """(heading, paragraphs) for each sitting, in order."""
    came = attendance_counts(finished)
    return [
        (f"Phiên {sitting.number}. {sitting.title}", [_when_and_who(sitting, came[sitting.pk]), *_items(sitting)])
        for sitting in agenda(finished)
    ]


def _when_and_who(sitting: Sitting, came: dict[str, int]) -> str:
    opened, closed = (vn_time(at) for at in (sitting.opened_at, sitting.closed_at))
    return (
        f"Phiên họp mở lúc {opened}, {vn_date(sitting.date)}, kết thúc lúc {closed}. Có mặt "
        f"{came['present']}/{came['total']} đại biểu; vắng có phép {came['excused']}, vắng chưa rõ lý do {came['absent']}."
    )


def _items(sitting: Sitting) -> list[str]:
    told = []
    for item in sitting.agenda_items:
        told.append(f"Mục {item.number}. {item.title}." + (f" Trình bày: {item.presenter}." if item.presenter else ""))
        for poll in Poll.objects.filter(item_poll__item=item, state=Poll.State.DECLARED):
            told += [_result(result) for result in results_of(poll)]
            if poll.is_secret:
                told.append(f"Bỏ phiếu kín: {poll.question}. {sheet_facts(poll)['threshold']}.")
    return told


def _result(result: dict) -> str:
    counts = ", ".join(f"{count['label'].lower()} {count['n']}" for count in result["counts"])
    return f"Biểu quyết: {counts}; tổng số đại biểu {result['total']}. {result['verdict']}."
