"""Petitions come in from the office's spreadsheet, all or none."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from council.models import Agency, AgencyName, Mail
from tests import builders
from voters import importing, sheets
from voters.models import Petition, Reply
from voters.privacy import findings

DATA = Path(__file__).parents[1] / "data"
HEADS = [head for head, _others in importing.COLUMNS.values()]


@pytest.fixture
def submit(sign_in, office):
    client = sign_in(office)

    def post(content: bytes, name="kien-nghi.xlsx", **data):
        data.setdefault("received_on", "2026-10-23")
        return client.post(reverse("voters:import_petitions"), {"file": SimpleUploadedFile(name, content), **data})

    return post


@pytest.fixture
def agencies(council):
    """The agencies of a province with their former names."""
    for row in json.loads((DATA / "co-quan.json").read_text()):
        agency = Agency.objects.create(council=council, code=row["code"], kind="department", fields=row["fields"])
        AgencyName.objects.create(agency=agency, name=row["name"], starts_on=builders.TERM_START)
        for name in row["former"]:
            AgencyName.objects.create(agency=agency, name=name, starts_on=date(2020, 1, 1), is_former=True)


def sheet(*rows, heads=HEADS) -> bytes:
    book = Workbook()
    book.active.append(heads)
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ROW = [
    1,
    "Trước kỳ họp thứ 5",
    "Cử tri xã Châu Sơn",
    "Xã Châu Sơn",
    "Đề nghị sửa đường.",
    "",
    "Giao thông",
    "",
    "Cấp tỉnh",
    "23/10/2026",
    "",
]


def test_the_real_petitions_of_a_council_go_in_through_the_page(submit, council, agencies):
    response = submit(
        (DATA / "kien-nghi-cu-tri.xlsx").read_bytes(),
        agency=str(council.agencies.get(code="UBND").pk),
        publish="on",
    )

    assert response.status_code == 302, response.content.decode()
    assert Petition.objects.filter(council=council).count() == 48
    answered = Petition.objects.filter(state=Petition.State.PUBLISHED)
    assert answered.count() == Reply.objects.filter(state="accepted").count() == 33
    roads = Petition.objects.get(text__startswith="Nâng cấp một số đoạn đường liên thôn")
    assert (roads.session_number, roads.phase, roads.field) == (8, "after", "roads")
    merged = Petition.objects.filter(referrals__agency__code="SXD", text__contains="tỉnh lộ 540")
    assert merged.exists()  # answered by the department of transport, since merged into construction
    assert not Mail.objects.exists()
    for petition in Petition.objects.filter(is_public=True):
        assert not findings(petition.public_text + petition.title)


def test_the_template_can_be_filled_in_and_imported(submit, sign_in, office):
    template = sign_in(office).get(reverse("voters:import_template"))

    response = submit(template.content)

    assert response.status_code == 302
    assert [p.field for p in Petition.objects.order_by("pk")] == ["irrigation", "lighting"]


def test_every_fault_is_told_with_row_and_column_and_nothing_is_imported(submit, agencies):
    bad = [
        [1, "kỳ họp nào đó", *ROW[2:]],
        [2, *ROW[1:4], "", *ROW[5:]],
        [3, *ROW[1:6], "Bóng đá", "Sở Vũ trụ", "Cấp trời", "32/13/2026", "lạ"],
        [4, *ROW[1:5], "Đã xong.", *ROW[6:]],
        ROW,
    ]

    response = submit(sheet(*bad))

    assert response.status_code == 422
    faults = [(fault.row, fault.column) for fault in response.context["faults"]]
    assert faults == [
        (2, "Kỳ họp"),
        (3, "Nội dung ý kiến, kiến nghị"),
        (4, "Lĩnh vực"),
        (4, "Thẩm quyền"),
        (4, "Ngày nhận"),
        (4, "Cơ quan"),
        (4, "Trạng thái"),
        (5, "Cơ quan"),
    ]
    assert "Sở Vũ trụ" in response.content.decode()
    assert not Petition.objects.exists()


def test_a_sheet_without_the_needed_columns_is_refused_in_words(submit):
    response = submit(sheet(["a", "b"], heads=["STT", "Ghi chú"]))

    assert response.status_code == 422
    assert [fault.column for fault in response.context["faults"]] == [
        "Cử tri",
        "Địa bàn",
        "Nội dung ý kiến, kiến nghị",
    ]


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7 not a sheet",
        b"PK\x03\x04 broken",
        _zip(word__document=b"<w/>"),
        _zip(xl__workbook=b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"),
        _zip(xl__workbook=b"<x/>", xl__worksheets__sheet1=b"0" * (sheets.MAX_UNPACKED + 1)),
        b"PK" + b"0" * (sheets.MAX_BYTES + 1),
    ],
    ids=["empty", "pdf", "broken", "word", "entities", "bomb", "too large"],
)
def test_what_is_no_sheet_or_a_bomb_is_refused_in_words(submit, content):
    response = submit(content)

    assert response.status_code == 422
    assert not Petition.objects.exists()


def test_too_many_rows_are_refused(submit):
    response = submit(sheet(*([ROW] * (sheets.MAX_ROWS + 1))))

    assert response.status_code == 422
    assert "1000" in response.context["fault_message"]


def test_a_row_with_personal_data_is_not_published_by_the_import(submit, agencies):
    clean = [*ROW[:5], "Đã sửa xong.", "", "Sở Xây dựng", "", "", "Đã giải quyết xong"]
    personal = [
        *ROW[:4],
        "Ông Nguyễn Văn An, 0912345678, đề nghị sửa đường.",
        "Đã sửa xong.",
        "",
        "Sở Xây dựng",
        "",
        "",
        "",
    ]

    submit(sheet(clean, personal), publish="on")

    assert list(Petition.objects.order_by("pk").values_list("is_public", flat=True)) == [True, False]


def test_a_delegate_imports_nothing(client, delegate):
    client.force_login(delegate.user)

    response = client.post(reverse("voters:import_petitions"), {"file": SimpleUploadedFile("a.xlsx", sheet(ROW))})

    assert response.status_code == 403
    assert not Petition.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_carries_no_formula(sign_in, council, office, kind):
    from tests.voters.conftest import record

    for text in ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1"):
        record(council, office, text=text, title=text.strip())

    response = sign_in(office).get(reverse(f"voters:petitions_{kind}"))

    if kind == "csv":
        cells = [cell for line in response.content.decode().splitlines() for cell in line.split(",")]
    else:
        rows = load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True)
        cells = [str(cell) for row in rows for cell in row if cell]
    assert [cell for cell in cells if cell.strip('"')[:1] in ("=", "+", "-", "@", "\t")] == []
    assert any("HYPERLINK" in cell for cell in cells)
