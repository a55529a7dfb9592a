"""Petitions from a spreadsheet with the columns that councils publish; pure reading, nothing is written here."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from council.errors import BadInput
from council.models import Agency, Council
from council.text import fold
from voters import sheets
from voters.models import AuthorityLevel, Field, Petition, Reply

# our name: (heading in the template, other headings that are met, folded)
COLUMNS = {
    "number": ("STT", ("tt", "so tt", "so thu tu")),
    "session": ("Kỳ họp", ("ky hop thu",)),
    "voters": ("Cử tri", ("don vi cu tri",)),
    "place": ("Địa bàn", ("dia phuong", "xa phuong")),
    "text": ("Nội dung ý kiến, kiến nghị", ("noi dung kien nghi", "noi dung y kien kien nghi", "kien nghi")),
    "reply": ("Nội dung trả lời", ("tra loi", "ket qua tra loi", "noi dung tra loi giai quyet")),
    "topic": ("Lĩnh vực", ()),
    "agency": ("Cơ quan", ("co quan tra loi", "co quan chu tri", "co quan giai quyet", "don vi tra loi")),
    "level": ("Thẩm quyền", ("cap tham quyen", "tham quyen giai quyet")),
    "received": ("Ngày nhận", ("ngay tiep nhan",)),
    "state": ("Trạng thái", ("tinh trang", "ket qua", "ket qua giai quyet")),
}
REQUIRED = ("voters", "place", "text")
MAX_FAULTS = 200

_LEVELS = {fold(str(label)): value for value, label in AuthorityLevel.choices} | {
    "tinh": "province", "thanh pho": "province", "cap thanh pho": "province", "huyen": "district",
    "cap huyen": "district", "xa": "commune", "phuong": "commune", "trung uong": "central", "tw": "central",
}  # fmt: skip
_FIELDS = {fold(str(label)): value for value, label in Field.choices}
_OUTCOMES = {fold(str(label)): value for value, label in Reply.Outcome.choices} | {
    "giai quyet xong": "resolved", "da giai quyet": "resolved", "hoan thanh": "resolved",
    "dang thuc hien": "in_progress", "se giai quyet": "planned", "se giai quyet dua vao ke hoach": "planned",
    "giai trinh": "explained", "giai trinh thong tin de cu tri biet": "explained",
    "giai trinh cung cap thong tin de cu tri biet": "explained", "chua giai quyet": "not_yet",
}  # fmt: skip
_WAITING = {"da chuyen co quan", "da giao co quan xem xet", "da chuyen", "cho tra loi", "dang giai quyet",
            "dang duoc hdnd giam sat khao sat"}  # fmt: skip
_RECORDED = {"", "da ghi nhan", "moi", "chua chuyen", "chua tra loi", "chua thay tra loi trong nguon"}


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell, in words; `row` and `column` as the reader sees them."""

    row: int | None
    column: str
    message: str


@dataclass
class Row:
    """One petition as it will be written."""

    number: int
    voters: str
    place: str
    text: str
    session_number: int | None = None
    phase: str = Petition.Phase.BEFORE
    topic: str = Field.OTHER
    level: str = AuthorityLevel.PROVINCE
    received_on: date = date.min
    state: str = Petition.State.RECORDED
    agency: Agency | None = None
    supporting: list[Agency] = field(default_factory=list)
    reply: str = ""
    outcome: str = ""


def read(council: Council, upload, *, received_on: date | None = None, agency: Agency | None = None) -> list[Row]:
    """Read a whole file, or refuse it with every fault (BadInput.faults is a list of Fault).

    `received_on` stands for an empty Ngày nhận (default today), `agency` for an empty Cơ quan.
    """
    rows = sheets.read_rows(upload)
    if not rows:
        raise BadInput(_("Tệp không có dòng nào."))
    head_row, heads = _find_head(rows)
    faults = [Fault(head_row, COLUMNS[name][0], _("Thiếu cột này.")) for name in REQUIRED if name not in heads]
    if faults:
        raise BadInput(_("Không thấy đủ các cột bắt buộc."), faults=faults)
    reader = _Reader(council, heads, received_on or timezone.localdate(), agency)
    made = [reader.row(number, values) for number, values in rows if number > head_row]
    if not made:
        raise BadInput(_("Tệp chỉ có dòng tiêu đề, không có kiến nghị nào."))
    if reader.faults:
        raise BadInput(_("Tệp có chỗ chưa đúng. Chưa nhập gì."), faults=reader.faults[:MAX_FAULTS])
    return made


def _find_head(rows) -> tuple[int, dict[str, int]]:
    """The row with most known headings among the first ten, and the place of each column."""
    known = {fold(head): name for name, (head, _others) in COLUMNS.items()}
    known |= {other: name for name, (_head, others) in COLUMNS.items() for other in others}
    best: tuple[int, dict[str, int]] = (rows[0][0], {})
    for number, values in rows[:10]:
        heads: dict[str, int] = {}
        for place, value in enumerate(values):
            name = known.get(fold(str(value)))
            if name and name not in heads:
                heads[name] = place
        if len(heads) > len(best[1]):
            best = number, heads
    return best


class _Reader:
    def __init__(self, council, heads, received_on, agency):
        self.heads, self.received_on, self.agency = heads, received_on, agency
        self.faults: list[Fault] = []
        self.agencies: dict[str, Agency] = {}
        for one in council.agencies.prefetch_related("names"):
            self.agencies[fold(one.code)] = one
            for name in one.names.all():
                self.agencies.setdefault(fold(name.name), one)

    def row(self, number: int, values: list) -> Row:
        cell = {name: values[place] if place < len(values) else "" for name, place in self.heads.items()}
        words = {name: str(value).strip() for name, value in cell.items()}
        row = Row(number, words["voters"], words["place"], words["text"])
        for name, most in (("voters", 200), ("place", 200), ("text", sheets.MAX_CELL)):
            if not words[name]:
                self.fault(row, name, _("Để trống; cột này phải có."))
            elif len(words[name]) > most:
                self.fault(row, name, _("Dài quá %(n)s ký tự.") % {"n": most})
        row.reply = words.get("reply", "")
        if len(row.reply) > sheets.MAX_CELL:
            self.fault(row, "reply", _("Dài quá %(n)s ký tự.") % {"n": sheets.MAX_CELL})
        self.session(row, cell.get("session", ""))
        row.topic = self.choice(row, "topic", words.get("topic", ""), _FIELDS, Field.OTHER)
        row.level = self.choice(row, "level", words.get("level", ""), _LEVELS, AuthorityLevel.PROVINCE)
        row.received_on = self.day(row, cell.get("received", ""))
        self.lead(row, words.get("agency", ""))
        self.state(row, words.get("state", ""))
        return row

    def fault(self, row: Row, name: str, message: str) -> None:
        self.faults.append(Fault(row.number, COLUMNS[name][0], message))

    def session(self, row: Row, value) -> None:
        text = fold(str(value))
        if not text:
            return
        if isinstance(value, float) and value.is_integer():
            text = str(int(value))
        found = re.search(r"(?:thu |ky hop |^)(\d{1,3})\b", text)
        if "thu nhat" in text:
            row.session_number = 1
        elif found and 0 < int(found[1]) <= 200:
            row.session_number = int(found[1])
        else:
            self.fault(
                row,
                "session",
                _("Không đọc được số kỳ họp trong “%(text)s”. Ví dụ: Trước kỳ họp thứ 5.")
                % {"text": str(value)[:60]},
            )
        if text.startswith("sau"):
            row.phase = Petition.Phase.AFTER
        elif text.startswith(("trong", "tai")):
            row.phase = Petition.Phase.DURING

    def choice(self, row: Row, name: str, text: str, known: dict[str, str], default: str) -> str:
        if not text:
            return default
        value = known.get(fold(text))
        if value is None:
            self.fault(row, name, _("Không có “%(text)s” trong danh sách.") % {"text": text[:60]})
            return default
        return value

    def day(self, row: Row, value) -> date:
        if value in ("", None):
            return self.received_on
        if isinstance(value, datetime):
            value = value.date()
        if not isinstance(value, date):
            for pattern in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"):
                try:
                    value = datetime.strptime(str(value).strip(), pattern).date()
                    break
                except ValueError:
                    continue
            else:
                self.fault(
                    row,
                    "received",
                    _("Không phải ngày: “%(text)s”. Viết dạng 15/12/2026.") % {"text": str(value)[:40]},
                )
                return self.received_on
        if not date(2004, 1, 1) <= value <= timezone.localdate():
            self.fault(row, "received", _("Ngày %(day)s ở tương lai hoặc quá xưa.") % {"day": f"{value:%d/%m/%Y}"})
        return value

    def lead(self, row: Row, text: str) -> None:
        found = []
        for part in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
            agency = self.agencies.get(fold(part))
            if agency is None:
                self.fault(
                    row,
                    "agency",
                    _("Không có cơ quan “%(text)s” trong danh sách của hội đồng.") % {"text": part[:80]},
                )
            elif agency not in found:
                found.append(agency)
        row.agency = found[0] if found else (self.agency if row.reply and not text else None)
        row.supporting = found[1:]

    def state(self, row: Row, text: str) -> None:
        words = fold(text)
        if row.reply:
            row.state = Petition.State.PUBLISHED
            row.outcome = _OUTCOMES.get(words, "")
            if not row.outcome and words and words not in _WAITING:
                self.fault(row, "state", _("Không hiểu trạng thái “%(text)s”.") % {"text": text[:60]})
            elif not row.outcome:  # a reply whose result nobody wrote down only explains
                row.outcome = Reply.Outcome.IN_PROGRESS if words in _WAITING else Reply.Outcome.EXPLAINED
            if row.agency is None and not any(
                f.row == row.number and f.column == COLUMNS["agency"][0] for f in self.faults
            ):
                self.fault(row, "agency", _("Có nội dung trả lời nhưng không ghi cơ quan nào trả lời."))
        elif words in _RECORDED:
            row.state = Petition.State.RECORDED
        elif words in _WAITING:
            row.state = Petition.State.REFERRED
            if row.agency is None:
                self.fault(row, "agency", _("Đã chuyển nhưng không ghi cơ quan nào."))
        elif words in _OUTCOMES:
            self.fault(
                row, "reply", _("Trạng thái là “%(text)s” nhưng không có nội dung trả lời.") % {"text": text[:60]}
            )
        else:
            self.fault(row, "state", _("Không hiểu trạng thái “%(text)s”.") % {"text": text[:60]})


def template() -> bytes:
    """The empty file to fill in, with two rows as an example."""
    rows = [
        ["1", "Trước kỳ họp thứ 5", "Cử tri xã Châu Sơn", "Xã Châu Sơn",
         "Đề nghị sửa chữa hồ chứa và kênh dẫn nước Bản Sầm.", "", "Thủy lợi", "", "Cấp tỉnh", "23/10/2026", "Đã ghi nhận"],
        ["2", "Sau kỳ họp thứ 4", "Cử tri phường Lam Kinh", "Phường Lam Kinh",
         "Đề nghị lắp đèn chiếu sáng đoạn qua trường tiểu học.", "", "Chiếu sáng", "", "Cấp xã", "", ""],
    ]  # fmt: skip
    heads = [head for head, _others in COLUMNS.values()]
    return sheets.as_xlsx("Kiến nghị cử tri", heads, rows, widths=[6, 22, 26, 24, 60, 60, 20, 30, 14, 14, 22])
