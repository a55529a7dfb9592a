"""The two templates that the import page offers, and a plan written back as an office would have it."""

import json
from io import BytesIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.models import Document
from sessions.importing import (
    COLUMNS,
    ITEM_SHEET,
    PAPER_SHEET,
    SESSION_FIELDS,
    SESSION_SHEET,
    SITTING_SHEET,
    ItemPlan,
    PaperPlan,
    SessionPlan,
    SittingPlan,
)
from sessions.models import AgendaItem, CouncilSession

WIDTHS = {"title": 60, "short_title": 28, "presenter": 28, "agency": 24, "issuer": 28, "number": 16, "kind": 22}


def example() -> SessionPlan:
    """A small session that goes in as it stands: what the template shows."""
    draft = ItemPlan(
        number=2,
        title="Nghị quyết về kế hoạch phát triển kinh tế - xã hội năm sau",
        short_title="Kế hoạch kinh tế - xã hội",
        kind="draft_resolution",
        presenter="Ủy ban nhân dân tỉnh",
        starts_at="08:15",
        minutes=15,
        papers=[
            PaperPlan("submission", "Tờ trình về kế hoạch phát triển kinh tế - xã hội", "01/TTr-UBND", "Ủy ban nhân dân tỉnh", True),
            PaperPlan("draft_resolution", "Dự thảo Nghị quyết về kế hoạch phát triển kinh tế - xã hội", "", "", True),
            PaperPlan("verification_report", "Báo cáo thẩm tra kế hoạch phát triển kinh tế - xã hội", "01/BC-HĐND", "Ban Kinh tế - Ngân sách", True),
        ],
    )
    opening = ItemPlan(number=1, title="Chào cờ, diễn văn khai mạc", kind="ceremony", starts_at="08:00", minutes=15)
    closing = ItemPlan(number=3, title="Bế mạc kỳ họp", kind="ceremony", starts_at="16:30", minutes=15)
    return SessionPlan(
        number=1,
        kind="regular",
        title="Kỳ họp thứ 1, thường lệ",
        place="Hội trường",
        sittings=[
            SittingPlan(1, "Phiên khai mạc", "2027-07-07", "08:00", items=[opening, draft]),
            SittingPlan(2, "Phiên bế mạc", "2027-07-08", "14:00", items=[closing]),
        ],
    )


def as_json(plan: SessionPlan, agencies: dict[int, str] | None = None) -> str:
    """A plan as the JSON file that goes in through the import page; empty values are left out."""
    agencies = agencies or {}

    def tidy(values: dict) -> dict:
        return {key: value for key, value in values.items() if value not in ("", None, False, [])}

    content = tidy({"number": plan.number, "kind": plan.kind, "title": plan.title, "place": plan.place})
    content["sittings"] = [
        tidy(
            {
                "number": sitting.number,
                "title": sitting.title,
                "date": sitting.date,
                "starts_at": sitting.starts_at,
                "closed_door": sitting.closed_door,
            }
        )
        | {
            "items": [
                tidy(
                    {
                        "number": item.number,
                        "starts_at": item.starts_at,
                        "minutes": item.minutes,
                        "kind": item.kind,
                        "title": item.title,
                        "short_title": item.short_title,
                        "presenter": item.presenter,
                        "agency": agencies.get(item.agency_id, ""),
                        "papers": [
                            tidy(
                                {
                                    "kind": paper.kind,
                                    "title": paper.title,
                                    "number": paper.number,
                                    "issuer": paper.issuer,
                                    "public": paper.public,
                                }
                            )
                            for paper in item.papers
                        ],
                    }
                )
                for item in sitting.items
            ]
        }
        for sitting in plan.sittings
    ]
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def as_xlsx(plan: SessionPlan, agencies: dict[int, str] | None = None) -> bytes:
    """A plan as the workbook that goes in through the import page, with lists to choose kinds from."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    agencies = agencies or {}
    book = Workbook()
    bold, wash = Font(bold=True), PatternFill("solid", fgColor="F3EDE1")

    head = book.active
    head.title = SESSION_SHEET
    values = {
        "number": plan.number,
        "kind": str(CouncilSession.Kind(plan.kind).label),
        "title": plan.title,
        "place": plan.place,
    }
    for name, label in SESSION_FIELDS.items():
        head.append([label, values[name]])
        head.cell(head.max_row, 1).font = bold
    head.column_dimensions["A"].width, head.column_dimensions["B"].width = 18, 60

    def table(title: str, rows: list[dict]) -> None:
        sheet = book.create_sheet(title)
        columns = COLUMNS[title]
        sheet.append(list(columns.values()))
        for row in rows:
            sheet.append([row.get(name) for name in columns])
        for place, name in enumerate(columns, 1):
            cell = sheet.cell(1, place)
            cell.font, cell.fill = bold, wash
            letter = get_column_letter(place)
            sheet.column_dimensions[letter].width = WIDTHS.get(name, 11)
            if name == "title":
                for line in range(2, sheet.max_row + 1):
                    sheet.cell(line, place).alignment = Alignment(wrap_text=True, vertical="top")
            choices = {"kind": AgendaItem.Kind if title == ITEM_SHEET else Document.Kind}.get(name)
            words = [str(c.label) for c in choices] if choices and title != SITTING_SHEET else []
            if name in ("closed_door", "public"):
                words = ["có", "không"]
            # A list typed into the rule may be 255 characters long and its words hold no comma.
            words = [word for word in words if "," not in word]
            if words and len(",".join(words)) < 250:
                rule = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
                rule.showErrorMessage = False
                sheet.add_data_validation(rule)
                rule.add(f"{letter}2:{letter}500")
        sheet.freeze_panes = "A2"

    table(
        SITTING_SHEET,
        [
            {
                "number": sitting.number,
                "title": sitting.title,
                "date": "/".join(reversed(sitting.date.split("-"))),
                "starts_at": sitting.starts_at,
                "closed_door": "có" if sitting.closed_door else "không",
            }
            for sitting in plan.sittings
        ],
    )
    table(
        ITEM_SHEET,
        [
            {
                "number": item.number,
                "sitting": sitting.number,
                "starts_at": item.starts_at,
                "minutes": item.minutes,
                "kind": str(AgendaItem.Kind(item.kind).label),
                "title": item.title,
                "short_title": item.short_title,
                "presenter": item.presenter,
                "agency": agencies.get(item.agency_id, ""),
            }
            for sitting in plan.sittings
            for item in sitting.items
        ],
    )
    table(
        PAPER_SHEET,
        [
            {
                "item": item.number,
                "kind": str(Document.Kind(paper.kind).label),
                "title": paper.title,
                "number": paper.number,
                "issuer": paper.issuer,
                "public": "có" if paper.public else "không",
            }
            for item in plan.items
            for paper in item.papers
        ],
    )
    guide = book.create_sheet(_("Hướng dẫn"))
    guide.column_dimensions["A"].width = 110
    for line in GUIDE:
        guide.append([str(line)])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


GUIDE = [
    gettext_lazy("Điền bốn trang: Kỳ họp, Phiên họp, Chương trình, Văn bản. Giữ nguyên tên trang và dòng tiêu đề."),
    gettext_lazy("Ngày viết như 09/12/2026; giờ viết như 07:30 hoặc 7h30."),
    gettext_lazy("Chương trình: cột Mục đánh số liền cả kỳ họp; để trống thì lấy theo thứ tự dòng. Cột Phiên ghi số của phiên."),
    gettext_lazy("Cơ quan: tên trong danh mục cơ quan, tên cũ cũng được. Ban của Hội đồng thì ghi ở cột Trình bày."),
    gettext_lazy("Văn bản: mỗi dòng là một văn bản mà mục cần có. Tệp PDF tải lên sau, ở bước Tài liệu."),
    gettext_lazy("Công thức được đọc theo giá trị đã tính. Tệp sai thì không nhập gì, từng chỗ sai được chỉ ra."),
]
