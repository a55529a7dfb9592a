"""The office keeps the calendar: days off and make-up days, one by one or from a file.

A file is XLSX or JSON with the columns date, kind, name (ngày, loại, tên). A wrong file changes nothing;
every fault is told with its row and column.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput, NotAllowed, WrongState
from council.models import CalendarDay, Council, User
from council.permissions import can_edit_regulations
from council.text import fold

MAX_BYTES = 1024 * 1024
MAX_UNPACKED = 20 * 1024 * 1024
MAX_ROWS = 2000

COLUMNS = {"date": "ngay", "kind": "loai", "name": "ten", "official": "chinh thuc"}  # Vietnamese heads, folded
_KINDS = {
    "ngay nghi": CalendarDay.Kind.HOLIDAY,
    "nghi": CalendarDay.Kind.HOLIDAY,
    "holiday": CalendarDay.Kind.HOLIDAY,
    "ngay lam bu": CalendarDay.Kind.MAKE_UP,
    "lam bu": CalendarDay.Kind.MAKE_UP,
    "make up": CalendarDay.Kind.MAKE_UP,
}


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: `row` as the spreadsheet counts it, `column` by its head."""

    row: int | None
    column: str
    message: str


@dataclass(frozen=True)
class Day:
    date: date
    kind: str
    name: str
    is_official: bool = True


@transaction.atomic
def add_day(
    *, council: Council, by: User, date: date, kind: str, name: str, is_official: bool = True
) -> CalendarDay:
    """Add one day that is not what its weekday says."""
    _ask(by, council)
    if council.calendar_days.filter(date=date).exists():
        raise WrongState(_("Ngày này đã có trong lịch. Hãy xóa dòng cũ trước."))
    day = CalendarDay.objects.create(council=council, date=date, kind=kind, name=name, is_official=is_official)
    audit.record(by, "council.calendar-day-added", day, data={"date": str(date), "kind": kind})
    return day


@transaction.atomic
def remove_day(*, day: CalendarDay, by: User) -> None:
    """Take a day out of the calendar. Due dates that were given stay as they were told."""
    _ask(by, day.council)
    audit.record(by, "council.calendar-day-removed", day, data={"date": str(day.date), "kind": day.kind})
    day.delete()


@transaction.atomic
def import_days(*, council: Council, by: User, days: list[Day]) -> tuple[int, int]:
    """Take all days of a file over; a day that is there already gets the file's kind and name.

    Gives back how many were new and how many were renewed.
    """
    _ask(by, council)
    before = set(council.calendar_days.values_list("date", flat=True))
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(council=council, date=day.date, kind=day.kind, name=day.name, is_official=day.is_official)
            for day in days
        ],
        update_conflicts=True,
        unique_fields=["council", "date"],
        update_fields=["kind", "name", "is_official"],
    )
    new = sum(day.date not in before for day in days)
    audit.record(by, "council.calendar-imported", council=council, data={"new": new, "renewed": len(days) - new})
    return new, len(days) - new


def read_days(*, name: str, content: bytes) -> list[Day]:
    """The days in a file (its name tells XLSX or JSON). BadInput with every fault when one is wrong."""
    if len(content) > MAX_BYTES:
        raise BadInput(_("Tệp lớn hơn 1 MB."))
    if not content:
        raise BadInput(_("Tệp trống."))
    rows = _json_rows(content) if name.lower().endswith(".json") else _sheet_rows(content)
    faults: list[Fault] = []
    days: list[Day] = []
    seen: dict[date, int] = {}
    for number, row in rows:
        day, problems = _read(number, row)
        faults += problems
        if day is None:
            continue
        if day.date in seen:
            faults.append(Fault(number, _("ngày"), _("Trùng với dòng %(row)s.") % {"row": seen[day.date]}))
        seen.setdefault(day.date, number)
        days.append(day)
    if not faults and not days:
        raise BadInput(_("Tệp không có ngày nào."))
    if faults:
        raise BadInput(_("Chưa nhập gì. Sửa các chỗ sau rồi nhập lại."), faults)
    return sorted(days, key=lambda day: day.date)


def template() -> bytes:
    """An XLSX file with the heads and two example rows."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Ngày nghỉ"
    sheet.append(["ngày", "loại", "tên", "chính thức"])
    sheet.append(["02/09/2027", "ngày nghỉ", "Quốc khánh", "có"])
    sheet.append(["10/01/2026", "ngày làm bù", "Làm bù cho ngày 02/01/2026", "có"])
    sheet.column_dimensions["A"].width = sheet.column_dimensions["B"].width = 16
    sheet.column_dimensions["C"].width = 48
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _read(number: int, row: dict) -> tuple[Day | None, list[Fault]]:
    faults = []
    day = _as_date(row.get("date"))
    if day is None:
        faults.append(Fault(number, _("ngày"), _("Không đọc được ngày. Ghi theo dạng 02/09/2027.")))
    kind = _KINDS.get(fold(str(row.get("kind") or "")))
    if kind is None:
        faults.append(Fault(number, _("loại"), _("Ghi “ngày nghỉ” hoặc “ngày làm bù”.")))
    name = str(row.get("name") or "").strip()
    if not name or len(name) > 200:
        faults.append(Fault(number, _("tên"), _("Tên từ 1 đến 200 ký tự.")))
    if day and kind == CalendarDay.Kind.MAKE_UP and day.weekday() < 5:
        faults.append(Fault(number, _("ngày"), _("Ngày làm bù phải là thứ Bảy hoặc Chủ nhật.")))
    official = row.get("official")
    is_official = official is not False and fold(str(official if official is not None else "")) not in (
        "khong",
        "false",
        "0",
        "chua",
    )
    return (None if faults else Day(day, kind, name, is_official)), faults


def _as_date(value) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y"):
        try:
            found = datetime.strptime(str(value or "").strip(), form).date()
        except ValueError:
            continue
        return found if 2000 <= found.year <= 2100 else None
    return None


def _json_rows(content: bytes):
    try:
        rows = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise BadInput(_("Không đọc được tệp JSON.")) from fault
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput(_("Tệp JSON phải là danh sách các ngày, mỗi ngày có date, kind, name."))
    if len(rows) > MAX_ROWS:
        raise BadInput(_("Tệp có quá nhiều dòng."))
    return list(enumerate(rows, 1))


def _sheet_rows(content: bytes):
    from openpyxl import load_workbook

    unreadable = BadInput(_("Không đọc được tệp. Hãy dùng tệp Excel dạng .xlsx theo mẫu."))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            budget = MAX_UNPACKED
            for part in archive.infolist():  # the sizes in the directory may lie
                with archive.open(part) as stream:
                    while chunk := stream.read(64 * 1024):
                        budget -= len(chunk)
                        if budget < 0 or b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                            raise unreadable
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        lines = list(book.worksheets[0].iter_rows(values_only=True, max_row=MAX_ROWS + 1, max_col=10))
    except BadInput:
        raise
    except Exception as fault:  # a damaged file may fail anywhere in the parser
        raise unreadable from fault
    heads = [fold(str(cell or "")) for cell in lines[0]] if lines else []
    places = {}
    for key, vietnamese in COLUMNS.items():
        place = next((n for n, head in enumerate(heads) if head in (key, vietnamese)), None)
        if place is not None:
            places[key] = place
    missing = [key for key in ("date", "kind", "name") if key not in places]
    if missing:
        words = {"date": _("ngày"), "kind": _("loại"), "name": _("tên")}
        raise BadInput(
            _("Chưa nhập gì. Sửa các chỗ sau rồi nhập lại."),
            [Fault(1, words[key], _("Thiếu cột này ở dòng đầu.")) for key in missing],
        )
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if any(cell not in (None, "") for cell in line):
            rows.append((number, {key: line[place] for key, place in places.items()}))
    return rows


def _ask(by: User, council: Council) -> None:
    if not can_edit_regulations(by, council):
        raise NotAllowed(_("Chỉ văn phòng được sửa lịch làm việc."))
