"""A session from a file of the office: whole, or not at all with every fault in words."""

import json
import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from council.errors import BadInput
from sessions import importing
from sessions.import_template import as_json, as_xlsx, example
from tests import builders


def faults_of(council, data: bytes) -> list[str]:
    with pytest.raises(BadInput) as refusal:
        importing.read(name="x", data=data, council=council)
    return [str(fault) for fault in refusal.value.faults] or [refusal.value.message]


def changed(change) -> bytes:
    """The template's workbook with one thing changed."""
    book = load_workbook(BytesIO(as_xlsx(example())))
    change(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("data", [as_xlsx(example()), as_json(example()).encode()], ids=["xlsx", "json"])
def test_the_template_goes_in_as_it_stands(council, data):
    plan = importing.read(name="mau", data=data, council=council)

    assert plan == example()


def test_an_item_finds_its_agency_by_a_former_name(council, agency):
    from council.models import AgencyName

    AgencyName.objects.create(agency=agency, name="Sở Giao thông vận tải", starts_on=builders.TERM_START, is_former=True)

    def name_it(book):
        book["Chương trình"]["I3"] = "sở giao thông vận tải"

    plan = importing.read(name="x", data=changed(name_it), council=council)

    assert plan.items[1].agency_id == agency.pk


CASES = [
    (("Chương trình", "C3", "25:00"), "Trang “Chương trình”, dòng 3, cột Giờ: “25:00” không phải là giờ. Viết như 07:30."),
    (("Chương trình", "B3", 9), "Trang “Chương trình”, dòng 3, cột Phiên: không có phiên 9."),
    (("Chương trình", "A3", 1), "Trang “Chương trình”, dòng 3, cột Mục: mục 1 đã có ở dòng trên."),
    (("Chương trình", "F3", None), "Trang “Chương trình”, dòng 3, cột Nội dung: để trống."),
    (("Chương trình", "D3", "lâu"), "Trang “Chương trình”, dòng 3, cột Số phút: “lâu” không phải là số từ 1 đến 1440."),
    (("Chương trình", "I3", "Sở Không Có"), "Trang “Chương trình”, dòng 3, cột Cơ quan: không có cơ quan “Sở Không Có” trong danh mục."),
    (("Chương trình", "G3", "x" * 61), "Trang “Chương trình”, dòng 3, cột Tên ngắn: dài 61 ký tự, nhiều nhất 60."),
    (("Phiên họp", "C2", "31/02/2027"), "Trang “Phiên họp”, dòng 2, cột Ngày: “31/02/2027” không phải là ngày. Viết như 09/12/2026."),
    (("Phiên họp", "C3", "01/07/2027"), "Trang “Phiên họp”, dòng 3, cột Ngày: phiên 2 họp trước phiên 1."),
    (("Phiên họp", "D2", None), "Trang “Phiên họp”, dòng 2, cột Giờ: để trống."),
    (("Phiên họp", "E2", "có lẽ"), "Trang “Phiên họp”, dòng 2, cột Họp kín: “có lẽ”: viết “có” hoặc “không”."),
    (("Văn bản", "A2", 99), "Trang “Văn bản”, dòng 2, cột Mục: không có mục 99 trong chương trình."),
    (("Kỳ họp", "B1", "năm"), "Kỳ họp, ô Kỳ họp thứ: “năm” không phải là số từ 1 đến 999."),
]


@pytest.mark.parametrize(("change", "words"), CASES, ids=[words for _c, words in CASES])
def test_a_wrong_cell_is_told_with_its_place(council, change, words):
    sheet, cell, value = change

    def spoil(book):
        book[sheet][cell] = value

    assert words in faults_of(council, changed(spoil))


def test_an_unknown_kind_is_told_with_the_kinds_there_are(council):
    def spoil(book):
        book["Chương trình"]["E3"] = "Ca nhạc"

    (words,) = faults_of(council, changed(spoil))

    assert words.startswith("Trang “Chương trình”, dòng 3, cột Loại: “Ca nhạc” không có trong danh sách: Nghi thức, Báo cáo")


def test_every_fault_is_told_at_once(council):
    def spoil(book):
        book["Chương trình"]["C2"] = "sáng"
        book["Chương trình"]["C3"] = "25:00"
        book["Phiên họp"]["C2"] = "mai"

    assert len(faults_of(council, changed(spoil))) == 3


def test_a_missing_sheet_and_a_missing_column_are_told(council):
    def take_sheet(book):
        del book["Phiên họp"]

    def take_column(book):
        book["Chương trình"].delete_cols(6)

    assert faults_of(council, changed(take_sheet)) == ["Thiếu trang “Phiên họp”."]
    assert faults_of(council, changed(take_column)) == [
        "Trang “Chương trình”, dòng 1: Không có cột Nội dung ở dòng tiêu đề."
    ]


def test_a_formula_is_read_as_its_value(council):
    """Excel keeps the value beside the formula; a formula is never text that we would show or run."""
    data = changed(lambda book: book["Kỳ họp"].__setitem__("B3", '=HYPERLINK("http://x","y")'))

    words = faults_of(council, data)  # this workbook was never computed: there is no value

    assert words == ["Kỳ họp, ô Tên: để trống."]


def test_more_than_2000_rows_are_refused(council):
    def fill(book):
        for n in range(2100):
            book["Chương trình"].append([n + 4, 2, "", "", "Báo cáo", f"Báo cáo số {n}"])

    assert faults_of(council, changed(fill))[0] == "Chương trình: Nhiều hơn 2000 dòng."


def zipped(**files) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


BOMB = zipped(xl__workbook_xml=b"<a/>", xl__sharedStrings_xml=b"0" * (importing.MAX_UNPACKED + 1))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Tệp rỗng."),
        (b"%PDF-1.7 nothing", "Chỉ nhận tệp XLSX hoặc JSON theo mẫu tải từ trang này."),
        (b"PK\x03\x04 torn off", "Không đọc được tệp XLSX này: tệp hỏng hoặc không phải bảng tính."),
        (zipped(word__document_xml=b"<a/>"), "Chỉ nhận tệp XLSX hoặc JSON theo mẫu tải từ trang này."),
        (zipped(xl__workbook_xml=b"<broken"), "Không đọc được tệp XLSX này: tệp hỏng hoặc không phải bảng tính."),
        (BOMB, "Tệp này giải nén ra quá lớn nên không được mở."),
        (b"\xd0\xcf\x11\xe0old", "Tệp Excel đời cũ (.xls) hoặc có mật khẩu. Mở bằng Excel, lưu lại thành .xlsx không mật khẩu."),
        (b'{"number": 5,', "Tệp JSON sai cú pháp ở dòng 1, cột 14."),
        (b'{"title": "\xff"}', "Tệp JSON phải ghi bằng mã UTF-8."),
        (b'{"sittings":' + b"[" * 100_000, "Tệp JSON lồng nhau quá sâu."),
    ],
    ids=["empty", "pdf", "torn", "docx", "not xml", "bomb", "xls", "json cut off", "not utf-8", "deep"],
)
def test_what_is_no_session_file_is_refused_in_words(council, data, words):
    assert faults_of(council, data) == [words]


def test_a_file_over_5_mb_is_refused(council):
    (words,) = faults_of(council, b"{" + b" " * importing.MAX_BYTES)

    assert words.startswith("Tệp lớn hơn 5 MB.")


def test_a_fault_in_json_is_told_with_its_place(council):
    content = json.loads(as_json(example()))
    content["sittings"][0]["items"][1]["starts_at"] = "25:00"
    content["sittings"][0]["items"][1]["papers"][0]["secret"] = 1
    content["sittings"][1]["date"] = 7

    assert faults_of(council, json.dumps(content).encode()) == [
        "Mục thứ 2, văn bản thứ 1, trường secret: tên này không có trong mẫu."
    ]
    del content["sittings"][0]["items"][1]["papers"][0]["secret"]
    assert faults_of(council, json.dumps(content).encode()) == [
        "Phiên thứ 2, trường date: “7” không phải là ngày. Viết như 09/12/2026.",
        "Mục thứ 2, trường starts_at: “25:00” không phải là giờ. Viết như 07:30.",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, [], {}, "12 13", -1, 10**30])
def test_a_number_that_is_none_is_a_fault_and_no_crash(council, value):
    content = json.loads(as_json(example()))
    content["sittings"][0]["items"][1]["minutes"] = value

    assert len(faults_of(council, json.dumps(content).encode())) == 1


@pytest.mark.parametrize("words", ["7h30", "07:30", "7:30", "7 giờ 30", "7g30", "07:30:00"])
def test_a_time_may_be_written_as_offices_write_it(council, words):
    content = json.loads(as_json(example()))
    content["sittings"][0]["items"][1]["starts_at"] = words

    plan = importing.read(name="x", data=json.dumps(content).encode(), council=council)

    assert plan.items[1].starts_at == "07:30"


def test_excel_dates_and_times_are_understood(council):
    from datetime import datetime, time

    def write(book):
        book["Phiên họp"]["C2"] = datetime(2027, 7, 6)
        book["Phiên họp"]["D2"] = time(7, 30)

    plan = importing.read(name="x", data=changed(write), council=council)

    assert (plan.sittings[0].date, plan.sittings[0].starts_at) == ("2027-07-06", "07:30")


def test_an_empty_workbook_says_what_is_missing(council):
    book, out = Workbook(), BytesIO()
    book.save(out)

    assert faults_of(council, out.getvalue()) == [
        "Thiếu trang “Kỳ họp”.",
        "Thiếu trang “Phiên họp”.",
        "Thiếu trang “Chương trình”.",
    ]
