"""Reading a session from a file of the office: JSON or XLSX, whole or not at all.

`read` parses and checks everything before the database is touched and gives a plan, or BadInput with
every fault and its place. A plan is plain values; `services.create_from_plan` makes the rows.
"""

import json
import re
import zipfile
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from io import BytesIO

from django.utils.translation import gettext as _

from council.errors import BadInput
from council.models import Agency, Council
from council.text import fold
from documents.models import Document
from sessions.models import AgendaItem, CouncilSession

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_PARTS = 300  # entries of the zip that an XLSX is
MAX_ROWS = 2000
MAX_COLUMNS = 24
MAX_FAULTS = 200

# Sheets of the template and their columns: field -> heading. The first line of a sheet names them.
SESSION_SHEET, SITTING_SHEET, ITEM_SHEET, PAPER_SHEET = "Kỳ họp", "Phiên họp", "Chương trình", "Văn bản"
SESSION_FIELDS = {
    "number": "Kỳ họp thứ",
    "kind": "Loại",
    "title": "Tên",
    "place": "Địa điểm",
}
COLUMNS = {
    SITTING_SHEET: {
        "number": "Phiên",
        "title": "Tên phiên",
        "date": "Ngày",
        "starts_at": "Giờ",
        "closed_door": "Họp kín",
    },
    ITEM_SHEET: {
        "number": "Mục",
        "sitting": "Phiên",
        "starts_at": "Giờ",
        "minutes": "Số phút",
        "kind": "Loại",
        "title": "Nội dung",
        "short_title": "Tên ngắn",
        "presenter": "Trình bày",
        "agency": "Cơ quan",
    },
    PAPER_SHEET: {
        "item": "Mục",
        "kind": "Loại",
        "title": "Tên tài liệu",
        "number": "Số, ký hiệu",
        "issuer": "Cơ quan ban hành",
        "public": "Công khai",
    },
}
REQUIRED = {
    SITTING_SHEET: ("number", "title", "date", "starts_at"),
    ITEM_SHEET: ("sitting", "title"),
    PAPER_SHEET: ("item", "title"),
}

SESSION_KINDS = {
    "thuong le": "regular",
    "ky hop thuong le": "regular",
    "chuyen de": "thematic",
    "thu nhat": "first",
    "ky hop thu nhat": "first",
    "dot xuat": "urgent",
    "bat thuong": "urgent",
    "giai quyet cong viec phat sinh dot xuat": "urgent",
    "cuoc hop": "meeting",
    "hop": "meeting",
}
ITEM_KINDS = {
    "nghi thuc": "ceremony",
    "chao co": "ceremony",
    "khai mac": "ceremony",
    "be mac": "ceremony",
    "bao cao": "report",
    "thong bao": "report",
    "du thao nghi quyet": "draft_resolution",
    "nghi quyet": "draft_resolution",
    "to trinh": "draft_resolution",
    "thao luan": "discussion",
    "thao luan to": "discussion",
    "thao luan hoi truong": "discussion",
    "chat van": "interpellation",
    "tra loi chat van": "interpellation",
    "bieu quyet": "vote",
    "nhan su": "personnel",
    "bau": "personnel",
    "mien nhiem": "personnel",
    "khac": "other",
    "noi dung khac": "other",
}
PAPER_KINDS = {
    "to trinh": "submission",
    "du thao nghi quyet": "draft_resolution",
    "du thao": "draft_resolution",
    "nghi quyet": "draft_resolution",
    "bao cao tham tra": "verification_report",
    "tham tra": "verification_report",
    "bao cao tiep thu giai trinh": "revision_report",
    "tiep thu giai trinh": "revision_report",
    "tiep thu": "revision_report",
    "bao cao": "report",
    "chuong trinh": "agenda",
    "thong bao": "notice",
    "tai lieu khac": "other",
    "khac": "other",
}
YES, NO = {"co", "x", "1", "true", "cong khai", "dung", "yes"}, {"", "khong", "0", "false", "no"}


# --- What comes out ---------------------------------------------------------------------------------
@dataclass
class PaperPlan:
    kind: str
    title: str
    number: str = ""
    issuer: str = ""
    public: bool = False


@dataclass
class ItemPlan:
    number: int
    title: str
    kind: str
    short_title: str = ""
    presenter: str = ""
    agency_id: int | None = None
    starts_at: str = ""  # "07:30", as it travels through the preview form
    minutes: int | None = None
    papers: list[PaperPlan] = field(default_factory=list)


@dataclass
class SittingPlan:
    number: int
    title: str
    date: str  # "2026-12-09"
    starts_at: str
    closed_door: bool = False
    items: list[ItemPlan] = field(default_factory=list)


@dataclass
class SessionPlan:
    number: int
    kind: str
    title: str
    place: str
    sittings: list[SittingPlan] = field(default_factory=list)

    @property
    def items(self) -> list[ItemPlan]:
        return [item for sitting in self.sittings for item in sitting.items]

    @property
    def papers(self) -> list[PaperPlan]:
        return [paper for item in self.items for paper in item.papers]

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict) -> "SessionPlan":
        sittings = [
            SittingPlan(
                **{
                    **sitting,
                    "items": [
                        ItemPlan(**{**item, "papers": [PaperPlan(**paper) for paper in item["papers"]]})
                        for item in sitting["items"]
                    ],
                }
            )
            for sitting in data["sittings"]
        ]
        return cls(**{**data, "sittings": sittings})


@dataclass(frozen=True)
class Fault:
    """What is wrong and where: sheet (or place in a JSON file), row (None when it has none), column."""

    message: str
    sheet: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self) -> str:
        place = [_("trang “%(sheet)s”") % {"sheet": self.sheet}] if self.row and self.sheet else [self.sheet]
        if self.row:
            place.append(_("dòng %(row)s") % {"row": self.row})
        if self.column:
            word = _("cột %(column)s") if self.row else _("ô %(column)s")
            if not self.row and self.sheet != SESSION_SHEET:  # a JSON file has neither rows nor columns
                word = _("trường %(column)s")
            place.append(word % {"column": self.column})
        words = ", ".join(part for part in place if part)
        return f"{words[:1].upper()}{words[1:]}: {self.message}" if words else self.message


@dataclass(frozen=True)
class Row:
    """One line of a table as it was found, and where it stands."""

    values: dict
    sheet: str
    row: int | None
    labels: dict

    def fault(self, name: str, message: str) -> Fault:
        return Fault(message, self.sheet, self.row, self.labels.get(name, name))


@dataclass
class Raw:
    """A file as tables, before anything is understood."""

    session: Row
    sittings: list[Row]
    items: list[Row]
    papers: list[Row]


# --- The road in -------------------------------------------------------------------------------------
def read(*, name: str, data: bytes, council: Council) -> SessionPlan:
    """The plan of a session from the bytes of a file. BadInput with `faults` when anything is wrong."""
    if not data:
        raise BadInput(_("Tệp rỗng."))
    if len(data) > MAX_BYTES:
        raise BadInput(_("Tệp lớn hơn 5 MB. Tài liệu PDF được tải lên ở bước sau, không nằm trong tệp này."))
    faults: list[Fault] = []
    if data[:4] == b"PK\x03\x04":
        raw = _from_xlsx(data, faults)
    elif data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        raw = _from_json(data, faults)
    elif data[:4] == b"\xd0\xcf\x11\xe0":
        raise BadInput(_("Tệp Excel đời cũ (.xls) hoặc có mật khẩu. Mở bằng Excel, lưu lại thành .xlsx không mật khẩu."))
    else:
        raise BadInput(_("Chỉ nhận tệp XLSX hoặc JSON theo mẫu tải từ trang này."))
    _stop_on(faults)
    plan = _Cleaner(raw, _agency_names(council), faults).plan()
    _stop_on(faults)
    return plan


def _stop_on(faults: list[Fault]) -> None:
    if faults:
        message = _("Chưa nhập gì. Tệp có %(count)s chỗ cần sửa.") % {"count": len(faults)}
        raise BadInput(message, faults=faults[:MAX_FAULTS])


def _agency_names(council: Council) -> dict[str, int]:
    """Every name an agency goes by, folded: code, today's name, former names."""
    names: dict[str, int] = {}
    for agency in Agency.objects.filter(council=council).prefetch_related("names"):
        names[_expand(agency.code)] = agency.pk
        for known in agency.names.all():
            names.setdefault(_expand(known.name), agency.pk)
    return names


_SHORT = {
    "ubnd": "uy ban nhan dan",
    "tand": "toa an nhan dan",
    "vksnd": "vien kiem sat nhan dan",
    "mttq": "mat tran to quoc",
    "ubmttq": "uy ban mat tran to quoc",
    "nn": "nong nghiep",
    "mt": "moi truong",
    "gd": "giao duc",
    "dt": "dao tao",
    "vh": "van hoa",
    "tt": "the thao",
    "dl": "du lich",
}


def _expand(name: str) -> str:
    return " ".join(_SHORT.get(word, word) for word in fold(name).split())


# --- XLSX ---------------------------------------------------------------------------------------------
def _from_xlsx(data: bytes, faults: list[Fault]) -> Raw:
    from openpyxl import load_workbook

    _refuse_bombs(data)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as fault:  # whatever a damaged file makes of the library
        raise BadInput(_("Không đọc được tệp XLSX này: tệp hỏng hoặc không phải bảng tính.")) from fault
    sheets = {fold(sheet.title): sheet for sheet in book.worksheets}
    for title in (SESSION_SHEET, SITTING_SHEET, ITEM_SHEET):
        if fold(title) not in sheets:
            faults.append(Fault(_("Thiếu trang “%(sheet)s”.") % {"sheet": title}))
    if faults:
        book.close()
        return Raw(Row({}, SESSION_SHEET, None, {}), [], [], [])
    try:
        lines = {
            title: _lines(sheets[fold(title)], title, faults)
            for title in (SESSION_SHEET, SITTING_SHEET, ITEM_SHEET, PAPER_SHEET)
            if fold(title) in sheets
        }
    except Exception as fault:
        raise BadInput(_("Không đọc được tệp XLSX này: tệp hỏng hoặc không phải bảng tính.")) from fault
    finally:
        book.close()
    return Raw(
        session=_session_row(lines[SESSION_SHEET], faults),
        sittings=_table(lines[SITTING_SHEET], SITTING_SHEET, faults),
        items=_table(lines[ITEM_SHEET], ITEM_SHEET, faults),
        papers=_table(lines.get(PAPER_SHEET, []), PAPER_SHEET, faults) if PAPER_SHEET in lines else [],
    )


def _refuse_bombs(data: bytes) -> None:
    """Look at the zip's directory before anything is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as fault:
        raise BadInput(_("Không đọc được tệp XLSX này: tệp hỏng hoặc không phải bảng tính.")) from fault
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise BadInput(_("Tệp này giải nén ra quá lớn nên không được mở."))
    if any(entry.flag_bits & 1 for entry in entries):
        raise BadInput(_("Tệp có mật khẩu. Bỏ mật khẩu rồi nhập lại."))
    if "xl/workbook.xml" not in names:
        raise BadInput(_("Chỉ nhận tệp XLSX hoặc JSON theo mẫu tải từ trang này."))
    if any(name.endswith("vbaProject.bin") for name in names):
        raise BadInput(_("Tệp có macro. Lưu lại thành .xlsx không macro rồi nhập lại."))


def _lines(sheet, title: str, faults: list[Fault]) -> list[tuple[int, tuple]]:
    """(row number, values) of the lines that hold anything; never more than MAX_ROWS."""
    sheet.reset_dimensions()  # what the file says about its size is not believed
    lines = []
    rows = sheet.iter_rows(max_row=MAX_ROWS + 50, max_col=MAX_COLUMNS, values_only=True)
    for number, values in enumerate(rows, 1):
        if any(value not in (None, "") for value in values):
            lines.append((number, values))
        if number > MAX_ROWS + 1:
            faults.append(Fault(_("Nhiều hơn %(max)s dòng.") % {"max": MAX_ROWS}, title))
            break
    return lines


def _session_row(lines: list, faults: list[Fault]) -> Row:
    labels = dict(SESSION_FIELDS)
    by_label = {fold(label): name for name, label in SESSION_FIELDS.items()}
    values, first = {}, None
    for number, cells in lines:
        name = by_label.get(fold(str(cells[0] or "")))
        if name:
            values[name] = cells[1] if len(cells) > 1 else None
            first = first or number
    return Row(values, SESSION_SHEET, None, labels)


def _table(lines: list, title: str, faults: list[Fault]) -> list[Row]:
    columns = COLUMNS[title]
    if not lines:
        faults.append(Fault(_("Trang này không có dòng nào."), title))
        return []
    heading_row, headings = lines[0]
    by_label = {fold(label): name for name, label in columns.items()}
    places: dict[int, str] = {}
    for place, heading in enumerate(headings):
        name = by_label.get(fold(str(heading or "")))
        if name and name not in places.values():
            places[place] = name
    missing = [columns[name] for name in REQUIRED[title] if name not in places.values()]
    if missing:
        message = _("Không có cột %(columns)s ở dòng tiêu đề.") % {"columns": ", ".join(missing)}
        faults.append(Fault(message, title, heading_row))
        return []
    return [
        Row({name: cells[place] for place, name in places.items() if place < len(cells)}, title, number, columns)
        for number, cells in lines[1:]
    ]


# --- JSON ---------------------------------------------------------------------------------------------
def _from_json(data: bytes, faults: list[Fault]) -> Raw:
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise BadInput(_("Tệp JSON phải ghi bằng mã UTF-8.")) from fault
    except json.JSONDecodeError as fault:
        message = _("Tệp JSON sai cú pháp ở dòng %(row)s, cột %(column)s.")
        raise BadInput(message % {"row": fault.lineno, "column": fault.colno}) from fault
    except RecursionError as fault:
        raise BadInput(_("Tệp JSON lồng nhau quá sâu.")) from fault

    session = Row(found, _("kỳ họp"), None, {})
    _known_keys(found, {*SESSION_FIELDS, "sittings"}, session, faults)
    sittings, items, papers = [], [], []
    for i, sitting in enumerate(_list_of_objects(found, "sittings", session, faults), 1):
        row = Row(sitting, _("phiên thứ %(i)s") % {"i": i}, None, {})
        _known_keys(sitting, {*COLUMNS[SITTING_SHEET], "items"}, row, faults)
        number = sitting.setdefault("number", i)
        sittings.append(row)
        for item in _list_of_objects(sitting, "items", row, faults):
            k = len(items) + 1
            place = Row(
                {**item, "sitting": number, "number": item.get("number", k)}, _("mục thứ %(k)s") % {"k": k}, None, {}
            )
            _known_keys(item, {*COLUMNS[ITEM_SHEET], "papers"} - {"sitting"}, place, faults)
            items.append(place)
            for j, paper in enumerate(_list_of_objects(item, "papers", place, faults), 1):
                where = _("mục thứ %(k)s, văn bản thứ %(j)s") % {"k": k, "j": j}
                paper_row = Row({**paper, "item": place.values["number"]}, where, None, {})
                _known_keys(paper, {*COLUMNS[PAPER_SHEET]} - {"item"}, paper_row, faults)
                papers.append(paper_row)
            if len(items) > MAX_ROWS or len(papers) > MAX_ROWS:
                raise BadInput(_("Nhiều hơn %(max)s dòng.") % {"max": MAX_ROWS})
    return Raw(session, sittings, items, papers)


def _list_of_objects(found: dict, key: str, row: Row, faults: list[Fault]) -> list[dict]:
    value = found.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        faults.append(row.fault(key, _("phải là một danh sách các đối tượng.")))
        return []
    return value


def _known_keys(found: dict, known: set, row: Row, faults: list[Fault]) -> None:
    for key in sorted(set(found) - known):
        faults.append(row.fault(str(key)[:40], _("tên này không có trong mẫu.")))


# --- Understanding ------------------------------------------------------------------------------------
class _Cleaner:
    """Turns tables into a plan; collects every fault instead of stopping at the first."""

    def __init__(self, raw: Raw, agencies: dict[str, int], faults: list[Fault]):
        self.raw, self.agencies, self.faults = raw, agencies, faults

    def plan(self) -> SessionPlan:
        head = self.raw.session
        plan = SessionPlan(
            number=self.whole(head, "number", 1, 999) or 0,
            kind=self.word(head, "kind", SESSION_KINDS, CouncilSession.Kind, "regular"),
            title=self.text(head, "title", 200, required=True),
            place=self.text(head, "place", 200),
        )
        sittings = self.sittings()
        items = self.items(sittings)
        self.papers(items)
        plan.sittings = [sittings[number] for number in sorted(sittings)]
        if not self.raw.sittings:
            self.faults.append(Fault(_("Chưa có phiên họp nào.")))
        if not self.raw.items:
            self.faults.append(Fault(_("Chưa có mục nào trong chương trình.")))
        return plan

    def sittings(self) -> dict[int, SittingPlan]:
        found: dict[int, SittingPlan] = {}
        last: tuple[date, int] | None = None
        for row in self.raw.sittings:
            number = self.whole(row, "number", 1, 99)
            day = self.day(row, "date")
            sitting = SittingPlan(
                number=number or 0,
                title=self.text(row, "title", 300, required=True),
                date=day.isoformat() if day else "",
                starts_at=self.clock(row, "starts_at", required=True),
                closed_door=self.yes(row, "closed_door"),
            )
            if number is None:
                continue
            if number in found:
                self.faults.append(row.fault("number", _("phiên %(n)s đã có ở dòng trên.") % {"n": number}))
                continue
            if day and last and number > last[1] and day < last[0]:
                message = _("phiên %(n)s họp trước phiên %(m)s.") % {"n": number, "m": last[1]}
                self.faults.append(row.fault("date", message))
            if day:
                last = (day, number)
            found[number] = sitting
        return found

    def items(self, sittings: dict[int, SittingPlan]) -> dict[int, ItemPlan]:
        found: dict[int, ItemPlan] = {}
        places: list[tuple[int, int, Row]] = []
        for count, row in enumerate(self.raw.items, 1):
            empty = row.values.get("number") in (None, "")
            number = count if empty else self.whole(row, "number", 1, MAX_ROWS)
            belongs = self.whole(row, "sitting", 1, 99)
            item = ItemPlan(
                number=number or 0,
                title=self.text(row, "title", 500, required=True),
                kind=self.word(row, "kind", ITEM_KINDS, AgendaItem.Kind, "other"),
                short_title=self.text(row, "short_title", 60),
                presenter=self.text(row, "presenter", 200),
                agency_id=self.agency(row),
                starts_at=self.clock(row, "starts_at"),
                minutes=self.whole(row, "minutes", 1, 1440, required=False),
            )
            if number in found:
                self.faults.append(row.fault("number", _("mục %(n)s đã có ở dòng trên.") % {"n": number}))
                continue
            if number:
                found[number] = item
            if belongs is not None and belongs not in sittings:
                self.faults.append(row.fault("sitting", _("không có phiên %(n)s.") % {"n": belongs}))
            elif belongs is not None and number:
                places.append((number, belongs, row))
        places.sort(key=lambda place: place[0])
        last = 0
        for number, belongs, row in places:
            if belongs < last:
                message = _("mục %(n)s của phiên %(a)s đứng sau mục của phiên %(b)s.")
                self.faults.append(row.fault("number", message % {"n": number, "a": belongs, "b": last}))
            last = max(last, belongs)
            sittings[belongs].items.append(found[number])
        return found

    def papers(self, items: dict[int, ItemPlan]) -> None:
        for row in self.raw.papers:
            number = self.whole(row, "item", 1, MAX_ROWS)
            paper = PaperPlan(
                kind=self.word(row, "kind", PAPER_KINDS, Document.Kind, "other"),
                title=self.text(row, "title", 500, required=True),
                number=self.text(row, "number", 60),
                issuer=self.text(row, "issuer", 200),
                public=self.yes(row, "public"),
            )
            if number is None:
                continue
            if number not in items:
                self.faults.append(row.fault("item", _("không có mục %(n)s trong chương trình.") % {"n": number}))
                continue
            items[number].papers.append(paper)

    # One reader per kind of cell. Each takes a row and a field, gives a value, and notes a fault.
    def text(self, row: Row, name: str, longest: int, *, required: bool = False) -> str:
        value = row.values.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None or isinstance(value, (dict, list)):
            words = ""
            if value is not None:
                self.faults.append(row.fault(name, _("phải là chữ.")))
                return ""
        else:
            words = re.sub(r"\s+", " ", str(value).replace("\x00", "")).strip()
        if required and not words:
            self.faults.append(row.fault(name, _("để trống.")))
        if len(words) > longest:
            message = _("dài %(length)s ký tự, nhiều nhất %(longest)s.")
            self.faults.append(row.fault(name, message % {"length": len(words), "longest": longest}))
        return words

    def whole(self, row: Row, name: str, least: int, most: int, *, required: bool = True) -> int | None:
        value = row.values.get(name)
        if value in (None, ""):
            if required:
                self.faults.append(row.fault(name, _("để trống.")))
            return None
        number = None
        if isinstance(value, float) and value.is_integer():  # False for nan and infinity
            number = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        elif isinstance(value, str):
            digits = re.fullmatch(r"(?:\D*\s)?(\d{1,6})", value.strip())
            number = int(digits[1]) if digits else None
        if number is None or not least <= number <= most:
            message = _("“%(value)s” không phải là số từ %(least)s đến %(most)s.")
            self.faults.append(row.fault(name, message % {"value": _short(value), "least": least, "most": most}))
            return None
        return number

    def day(self, row: Row, name: str) -> date | None:
        value = row.values.get(name)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        words = str(value or "").strip()
        if not words:
            self.faults.append(row.fault(name, _("để trống.")))
            return None
        for pattern in ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y"):
            try:
                return datetime.strptime(words, pattern).date()
            except ValueError:
                continue
        message = _("“%(value)s” không phải là ngày. Viết như 09/12/2026.") % {"value": _short(value)}
        self.faults.append(row.fault(name, message))
        return None

    def clock(self, row: Row, name: str, *, required: bool = False) -> str:
        value = row.values.get(name)
        if isinstance(value, datetime):
            value = value.time()
        if isinstance(value, time):
            return f"{value:%H:%M}"
        if isinstance(value, float) and 0 <= value < 1:  # Excel keeps a time as part of a day
            minutes = round(value * 24 * 60)
            return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
        words = str(value if value is not None else "").strip()
        if not words:
            if required:
                self.faults.append(row.fault(name, _("để trống.")))
            return ""
        parts = re.fullmatch(r"(\d{1,2})\s*(?::|h|g|giờ)\s*(\d{2})?(?::\d{2})?\s*(?:phút)?", words.lower())
        if parts and int(parts[1]) < 24 and int(parts[2] or 0) < 60:
            return f"{int(parts[1]):02d}:{int(parts[2] or 0):02d}"
        message = _("“%(value)s” không phải là giờ. Viết như 07:30.") % {"value": _short(value)}
        self.faults.append(row.fault(name, message))
        return ""

    def word(self, row: Row, name: str, words: dict, choices, default: str) -> str:
        value = row.values.get(name)
        if value in (None, ""):
            return default
        if isinstance(value, str) and value in choices.values:
            return value
        kind = words.get(fold(str(value)))
        if kind is None:
            known = ", ".join(str(choices(key).label) for key in choices.values)
            message = _("“%(value)s” không có trong danh sách: %(known)s.")
            self.faults.append(row.fault(name, message % {"value": _short(value), "known": known}))
            return default
        return kind

    def yes(self, row: Row, name: str) -> bool:
        value = row.values.get(name)
        word = fold(str(value)) if value not in (None, "") else ""
        if word in YES:
            return True
        if word not in NO:
            message = _("“%(value)s”: viết “có” hoặc “không”.") % {"value": _short(value)}
            self.faults.append(row.fault(name, message))
        return False

    def agency(self, row: Row) -> int | None:
        name = self.text(row, "agency", 200)
        if not name:
            return None
        words = _expand(name)
        if words in self.agencies:
            return self.agencies[words]
        starting = {pk for known, pk in self.agencies.items() if known.startswith(words + " ")}
        if len(starting) == 1:
            return starting.pop()
        message = _("không có cơ quan “%(name)s” trong danh mục.") % {"name": _short(name)}
        near = get_close_matches(words, list(self.agencies), n=1, cutoff=0.75)
        if near:
            agency = Agency.objects.prefetch_related("names").get(pk=self.agencies[near[0]])
            message += " " + _("Có phải “%(name)s”?") % {"name": agency.name}
        self.faults.append(row.fault("agency", message))
        return None


def _short(value) -> str:
    words = str(value)
    return words if len(words) <= 60 else words[:57] + "…"
