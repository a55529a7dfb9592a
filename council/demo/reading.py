"""The reading desk of the demonstration: a draft in two versions, a delegate's notes on the first, a paper that an
agency owes, a card for a guest's table."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pypdfium2
from django.utils import timezone

from council.demo.budget import INVESTMENT, REVENUE, SCHOOLS, articles
from council.demo.papers import Sheet, render
from council.demo.people import House
from council.demo.session import store
from council.models import User
from documents import notes, pipeline
from documents.models import Version
from sessions.handin.services import Wanted, ask_for_papers
from sessions.models import AgendaItem, CouncilSession, ItemPaper
from sessions.services.guests import make_guest_link


def lay_out(house: House, session: CouncilSession) -> None:
    """Make the papers of the session's second draft something to work with."""
    office = house.users["vanphong"]
    draft = AgendaItem.objects.get(council_session=session, number=18)
    paper = draft.papers.select_related("document").get(kind="draft_resolution")
    first = paper.document.versions.get()
    _write_notes(first, by=house.delegates[1].user, fellow=house.delegates[0].user)
    _replace(first, by=office)

    owed = ItemPaper.objects.select_related("item__council_session").get(
        item__council_session=session, document=None
    )
    ask_for_papers(
        council_session=session, by=office, wanted=[Wanted(owed, agency=house.agencies["SNNMT"])], due_on=session.ends_on,
        note="Ủy ban nhân dân tỉnh giao Sở chuẩn bị; gửi bản có chữ ký số.",
    )  # fmt: skip
    evening = timezone.make_aware(datetime.combine(draft.sitting.date + timedelta(days=1), time(18)))
    make_guest_link(
        sitting=draft.sitting,
        by=office,
        name="Bàn khách mời số 1",
        papers=[paper.document],
        expires_at=evening,
        item=draft,
    )


def _replace(first: Version, *, by: User) -> None:
    """The second version: after the verifying board's report three numbers and a clause are others."""
    document = first.document
    sheet = Sheet("HĐND tỉnh Lam Sơn", document.number, "Nghị quyết", document.title, text=articles(2))
    second = store(document, render(sheet), first.original_name, by)
    second.number = 2
    second.save()
    pipeline.begin(second)


def _write_notes(version: Version, *, by: User, fellow: User) -> None:
    """A delegate's notes. After the second version the first and the last stand in the tray: beside the one a number
    has changed, the words of the other are gone."""
    with version.file.open("rb") as stored:
        pdf = pypdfium2.PdfDocument(stored.read())

    def write(motivation: str, words: str, text: str = "", colour: str = "vang"):
        return notes.save_note(
            document=version.document, by=by, note_id=uuid4(), revision=1, version=version,
            annotation={
                "motivation": motivation,
                "body": [{"type": "TextualBody", "value": text}] if text else [],
                "target": {"selector": _selectors(pdf, words), "styleClass": colour},
            },
        )  # fmt: skip

    write("highlighting", SCHOOLS, colour="xanh-la")
    shared = write("commenting", INVESTMENT, "Hỏi Sở Tài chính: đã gồm vốn chuyển nguồn chưa?")
    write("highlighting", REVENUE[0], colour="hong")
    notes.share_note(note=shared, by=by, users=[fellow])


def _selectors(pdf: pypdfium2.PdfDocument, words: str) -> list[dict]:
    """Where words stand, as a tablet would say it: page, quote with its context, a box for each line."""
    for number, page in enumerate(pdf, 1):
        text = page.get_textpage()
        found = text.search(words).get_next()
        if not found:
            continue
        start, count = found
        width, height = page.get_size()
        boxes = [text.get_rect(n) for n in range(text.count_rects(start, count))]
        return [
            {"type": "FragmentSelector", "value": f"page={number}"},
            {
                "type": "TextQuoteSelector",
                "exact": text.get_text_range(start, count),
                "prefix": text.get_text_range(max(0, start - 40), min(start, 40)),
                "suffix": text.get_text_range(start + count, 40),
            },
            *({"type": "FragmentSelector", "value": _share(box, width, height)} for box in boxes),
        ]
    raise LookupError(words)


def _share(box: tuple[float, ...], width: float, height: float) -> str:
    left, bottom, right, top = box
    parts = (left / width, 1 - top / height, (right - left) / width, (top - bottom) / height)
    return "xywh=percent:" + ",".join(f"{100 * part:.3f}" for part in parts)
