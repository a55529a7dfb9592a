"""Which expected paper a file is: read from its first page (Decree 30/2020/NĐ-CP), every guess with its reason."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.letterhead import Head, match_paper, read_head
from sessions.rules import Expected

OPENING = date(2026, 12, 8)
SUBMISSION = """ỦY BAN NHÂN DÂN CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
TỈNH LAM SƠN Độc lập - Tự do - Hạnh phúc

Số: 279/TTr-UBND Lam Sơn, ngày 12 tháng 11 năm 2026

TỜ TRÌNH
Về việc ban hành Nghị quyết về kế hoạch phát triển
kinh tế - xã hội năm 2027

Kính gửi: Hội đồng nhân dân tỉnh
Căn cứ Tờ trình số 11/TTr-SXD ngày 01 tháng 02 năm 2025 của Sở Xây dựng
"""
VERIFICATION = """HỘI ĐỒNG NHÂN DÂN
TỈNH LAM SƠN
BAN KINH TẾ - NGÂN SÁCH
CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập – Tự do – Hạnh phúc
Số:      /BC-BKTNS
Lam Sơn, ngày    tháng 11 năm 2026
BÁO CÁO
Thẩm tra dự thảo Nghị quyết về kế hoạch phát triển kinh tế - xã hội năm 2027
HỘI ĐỒNG NHÂN DÂN TỈNH LAM SƠN KHÓA XIX
"""
LETTER = """UBND TỈNH LAM SƠN
SỞ XÂY DỰNG
Số: 15 / BC - SXD
V/v báo cáo kết quả đầu tư công
Lam Sơn, ngày 05 tháng 01 năm 2026
Kính gửi: Thường trực Hội đồng nhân dân tỉnh
"""
DRAFT = """DỰ THẢO
HỘI ĐỒNG NHÂN DÂN
TỈNH LAM SƠN
Số:     /2026/NQ-HĐND
NGHỊ QUYẾT
Về kế hoạch phát triển kinh tế - xã hội năm 2027
Căn cứ Luật Tổ chức chính quyền địa phương
"""


def expected(key, kind, title, item=2, number="", **more) -> Expected:
    return Expected(key=key, kind=kind, title=title, number=number, item_number=item, is_missing=True, **more)


PAPERS = [
    expected(1, "submission", "Tờ trình về kế hoạch phát triển kinh tế - xã hội năm 2027", number="279/TTr-UBND"),
    expected(2, "draft_resolution", "Dự thảo Nghị quyết về kế hoạch phát triển kinh tế - xã hội năm 2027"),
    expected(3, "verification_report", "Báo cáo thẩm tra kế hoạch phát triển kinh tế - xã hội năm 2027"),
    expected(4, "report", "Báo cáo kết quả thực hiện đầu tư công", 3, issuer="Sở Xây dựng"),
    expected(5, "submission", "Tờ trình về mức thu học phí", 4, number="301/TTr-UBND", issued_on=date(2026, 11, 20)),
    expected(6, "submission", "Tờ trình về bảng giá đất", 5, issuer="Ủy ban nhân dân tỉnh Lam Sơn"),
]


def match(text, name="scan0001.pdf", folder="", papers=PAPERS):
    return match_paper(name, read_head(text), papers, opening=OPENING, folder=folder)


def test_number_day_issuer_kind_and_subject_are_read_though_the_columns_run_together():
    assert read_head(SUBMISSION) == Head(
        number="279/TTr-UBND",
        day=date(2026, 11, 12),
        issuer="ỦY BAN NHÂN DÂN TỈNH LAM SƠN",
        kind="submission",
        subject="Về việc ban hành Nghị quyết về kế hoạch phát triển kinh tế - xã hội năm 2027",
    )
    assert read_head(LETTER) == Head(
        number="15/BC-SXD",
        day=date(2026, 1, 5),
        issuer="UBND TỈNH LAM SƠN SỞ XÂY DỰNG",
        subject="báo cáo kết quả đầu tư công",
    )


def test_a_number_quoted_in_a_sentence_is_not_the_papers_own():
    assert read_head("Theo Tờ trình số 11/TTr-SXD ngày ấy, số 12/BC-UBND").number == ""
    assert read_head(VERIFICATION).number == ""
    assert read_head(VERIFICATION).kind == "verification_report"


@pytest.mark.parametrize(
    ("text", "key"), [(SUBMISSION, 1), (DRAFT, 2), (VERIFICATION, 3), (LETTER, 4)], ids=["submission", "draft", "verification", "letter"]
)
def test_a_scan_without_a_telling_name_is_matched_by_its_first_page(text, key):
    found = match(text)

    assert found.key == key
    assert found.why.endswith(".")


def test_every_reason_is_told():
    assert match(SUBMISSION).why == "Trang đầu ghi số 279/TTr-UBND; trích yếu giống tên văn bản 83%; đúng loại văn bản."
    assert match(LETTER).why == "Trích yếu giống tên văn bản 95%; cơ quan ban hành là Sở Xây dựng."


def test_what_speaks_against_a_guess_is_told_beside_it():
    other_day = SUBMISSION.replace("279/TTr-UBND", "301/TTr-UBND").replace("kế hoạch phát triển\nkinh tế - xã hội năm 2027", "mức thu học phí")

    found = match(other_day)

    assert found.key == 5
    assert found.doubt == "Trang đầu ghi ngày 12/11/2026, chương trình ghi 20/11/2026."


def test_a_paper_of_an_earlier_session_is_doubted():
    found = match(SUBMISSION.replace("tháng 11 năm 2026", "tháng 10 năm 2025"))

    assert found.key == 1
    assert "xem có phải văn bản của kỳ họp trước" in found.doubt


def test_the_folder_decides_between_two_that_read_alike():
    twins = [expected(1, "report", "Báo cáo công tác năm 2026", 7), expected(2, "report", "Báo cáo công tác năm 2026", 8)]
    text = "TÒA ÁN NHÂN DÂN\nBÁO CÁO\nCông tác năm 2026\nKính gửi"

    assert match(text, papers=twins) is None  # two that fit equally well are no proposal
    found = match(text, folder="Kỳ họp 5/Mục 8", papers=twins)
    assert (found.key, "thư mục ghi mục 8" in found.why) == (2, True)


def test_a_page_that_fits_nothing_is_no_proposal():
    assert match("SỞ Y TẾ\nSố: 5/KH-SYT\nKẾ HOẠCH\nTiêm chủng mở rộng năm 2030\nKính gửi") is None


@given(st.text(max_size=400))
def test_no_text_makes_the_reading_fail_and_no_guess_is_silent(text):
    found = match(text)

    assert found is None or found.why


@given(st.lists(st.sampled_from((SUBMISSION + VERIFICATION + LETTER + DRAFT).splitlines()), max_size=30))
def test_lines_in_any_order_give_no_guess_without_a_reason(lines):
    found = match("\n".join(lines))

    assert found is None or found.why
