"""Spreadsheets in and out: read within limits, write without formulas."""

import csv
import io
import zipfile
from collections.abc import Iterable

from django.utils.translation import gettext as _

from council.errors import BadInput

MAX_BYTES = 5 * 1024 * 1024  # of the file
MAX_UNPACKED = 40 * 1024 * 1024  # of all parts together
MAX_PARTS = 300
MAX_ROWS = 1000
MAX_COLUMNS = 40
MAX_CELL = 20_000  # characters
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read_rows(upload) -> list[tuple[int, list]]:
    """The rows of the first sheet of an XLSX file as (row number, values); empty rows are left out.

    Limits are checked before anything is unpacked. BadInput in words for what is no such file.
    """
    if upload.size > MAX_BYTES:
        raise BadInput(_("Tệp lớn hơn %(n)s MB. Chia thành nhiều tệp.") % {"n": MAX_BYTES // 1024**2})
    data = upload.read()
    _refuse_bomb(data)
    from openpyxl import load_workbook

    rows: list[tuple[int, list]] = []
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
            if number > MAX_ROWS + 200:
                break
            values = [_plain(cell) for cell in cells]
            if any(value not in ("", None) for value in values):
                rows.append((number, values))
    except BadInput:
        raise
    except Exception as fault:  # openpyxl raises whatever a broken part makes it stumble on
        raise BadInput(_("Không đọc được tệp. Mở tệp bằng Excel, lưu lại dạng .xlsx rồi thử lại.")) from fault
    if len(rows) > MAX_ROWS + 1:
        raise BadInput(_("Tệp có hơn %(n)s dòng. Chia thành nhiều tệp.") % {"n": MAX_ROWS})
    return rows


def _refuse_bomb(data: bytes) -> None:
    not_a_sheet = BadInput(
        _("Đây không phải tệp Excel (.xlsx). Tệp .xls cũ: mở bằng Excel và lưu lại dạng .xlsx.")
    )
    if not data.startswith(b"PK"):
        raise not_a_sheet
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise BadInput(_("Tệp bung ra quá lớn, không nhận."))
            if "xl/workbook.xml" not in {part.filename for part in parts}:
                raise not_a_sheet
            budget = MAX_UNPACKED
            for part in parts:  # the sizes in the directory may lie: unpack within the limit
                with archive.open(part) as stream:
                    head = stream.read(4096)
                    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                        raise not_a_sheet
                    budget -= len(head)
                    while chunk := stream.read(1024 * 1024):
                        budget -= len(chunk)
                        if budget < 0:
                            raise BadInput(_("Tệp bung ra quá lớn, không nhận."))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as fault:
        raise not_a_sheet from fault


def _plain(value):
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\x00", "").strip()[: MAX_CELL + 1]
    return "" if value is None else value


# --- out --------------------------------------------------------------------------------------------


def harmless(value) -> str:
    """A cell that no spreadsheet takes for a formula (security 70)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def as_csv(head: list[str], rows: Iterable[list]) -> bytes:
    """UTF-8 with a mark, so that Excel reads Vietnamese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([harmless(value) for value in row])
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(title: str, head: list[str], rows: Iterable[list], widths: list[int] | None = None) -> bytes:
    """A sheet of plain text cells with a bold first row."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = title[:31]
    sheet.append(head)
    for row in rows:
        sheet.append([value if isinstance(value, int) else harmless(value) for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, width in enumerate(widths or [], 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, str):
                cell.data_type = "s"
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
