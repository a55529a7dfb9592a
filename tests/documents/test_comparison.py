"""What changed between two versions: parts, words, numbers, names and money; pure rules with tables."""

import time

import pytest

from documents.comparison import compare, compare_words, split, words_of

DRAFT = (
    "HỘI ĐỒNG NHÂN DÂN\nTỈNH LAM SƠN\nCăn cứ Luật Tổ chức chính quyền địa phương;\nQUYẾT NGHỊ:\n"
    "Điều 1. Mức hỗ trợ\n"
    "1. Hỗ trợ 50 triệu đồng cho mỗi\nhợp tác xã.\n"
    "2. Ông Nguyễn Văn Bình chịu trách nhiệm:\na) Nộp trước ngày 12/12/2026;\nb) Theo Nghị quyết 15/2026/NQ-HĐND.\n12",
    "Điều 2. Tổ chức thực hiện\nỦy ban nhân dân tỉnh tổ chức thực hiện.\nĐiều 3. Hiệu lực\nTừ ngày 01 tháng 01 năm 2027.",
)


def paths(pages):
    return [part.path for part in split(pages)]


def changed(old: str, new: str):
    return [(piece.op, piece.text.strip(), piece.kind) for piece in compare_words(old, new)[0] if piece.op != "same"]


def test_a_paper_is_cut_into_articles_clauses_and_points():
    assert [path for path in paths(DRAFT) if path] == [
        ("Điều 1",), ("Điều 1", "Khoản 1"), ("Điều 1", "Khoản 2"), ("Điều 1", "Khoản 2", "Điểm a"),
        ("Điều 1", "Khoản 2", "Điểm b"), ("Điều 2",), ("Điều 3",),
    ]  # fmt: skip
    clause = next(part for part in split(DRAFT) if part.path == ("Điều 1", "Khoản 1"))
    assert (clause.text, clause.page, clause.label) == ("Hỗ trợ 50 triệu đồng cho mỗi hợp tác xã.", 1, "Khoản 1, Điều 1")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("Điều 5. Hiệu lực", ("Điều 5",)),
        ("Điều 12a. Sửa đổi", ("Điều 12a",)),
        ("Điều  7: Thực hiện", ("Điều 7",)),
        ("Chương II NHỮNG QUY ĐỊNH CHUNG", ("Chương II",)),
        ("Mục 3. Kinh phí", ("Mục 3",)),
    ],
)
def test_how_parts_are_named(line, path):
    assert paths(["Điều 1. Mở đầu\n" + line])[-1] == path


@pytest.mark.parametrize("line", ["Điều này có hiệu lực", "1.500.000 đồng", "theo Điều 5. của Luật", "năm 2026. Chi"])
def test_what_is_no_new_part(line):
    assert len(paths(["Điều 1. Mở đầu\n" + line])) == 1


def test_a_page_number_alone_at_the_edge_is_no_text():
    assert split(["Điều 1. A\nchữ\n12", "- 13 -\nĐiều 2. B"])[0].text == "A chữ"


def test_a_paper_without_articles_is_compared_by_paragraphs():
    old = ["Kính gửi Hội đồng nhân dân.\nThực hiện kế hoạch năm 2026.\n\nThu ngân sách đạt 12.500 tỷ đồng,\nvượt dự toán."]
    new = ["Kính gửi Hội đồng nhân dân.\nThực hiện kế hoạch năm 2026.\n\nThu ngân sách đạt 12.700 tỷ đồng,\nvượt dự toán."]

    differing = compare(old, new).differing

    assert [(change.what, change.kinds) for change in differing] == [("changed", ["money"])]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("50 triệu đồng", "money"), ("1.500.000 đồng", "money"), ("12,5 tỷ đồng", "money"), ("300 USD", "money"),
        ("2 nghìn tỷ đồng", "money"), ("500.000đ", "money"), ("45%", "number"), ("3,5", "number"), ("2027", "number"),
        ("12/12/2026", "date"), ("ngày 1 tháng 6 năm 2027", "date"), ("15/2026/NQ-HĐND", "code"),
        ("Nguyễn Văn Bình", "name"), ("Lam Sơn", "name"), ("UBND", "word"), ("hợp", "word"), ("Điều", "word"),
    ],
)  # fmt: skip
def test_what_sort_of_word_it_is(text, kind):
    found = list(words_of(text))
    if kind == "word":
        assert all(word.kind in ("word", "mark", "number") for word in found)
    else:
        assert [(word.text, word.kind) for word in found] == [(text, kind)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("hỗ trợ 50 triệu đồng một lần", "hỗ trợ 70 triệu đồng một lần",
         [("gone", "50 triệu đồng", "money"), ("came", "70 triệu đồng", "money")]),
        ("tăng 8% so với năm 2025", "tăng 8,5% so với năm 2025", [("gone", "8%", "number"), ("came", "8,5%", "number")]),
        ("Ông Nguyễn Văn Bình ký", "Ông Nguyễn Văn Bằng ký",
         [("gone", "Ông Nguyễn Văn Bình", "name"), ("came", "Ông Nguyễn Văn Bằng", "name")]),
        ("được hỗ trợ", "không được hỗ trợ", [("came", "không", "word")]),
        ("được hỗ trợ ngay", "được hỗ trợ", [("gone", "ngay", "word")]),
        ("không đổi gì", "không  đổi\ngì", []),
        ("từ 12/12/2026", "từ 15/12/2026", [("gone", "12/12/2026", "date"), ("came", "15/12/2026", "date")]),
        ("50 triệu đồng", "50 tỷ đồng", [("gone", "50 triệu đồng", "money"), ("came", "50 tỷ đồng", "money")]),
    ],
)  # fmt: skip
def test_what_went_and_what_came(old, new, expected):
    assert changed(old, new) == expected


def test_a_comparison_says_what_changed_where_and_of_what_sort():
    new = [DRAFT[0].replace("50 triệu", "70 triệu").replace("Văn Bình", "Văn An"), DRAFT[1]]

    found = compare(list(DRAFT), new)

    assert [(c.what, c.label, c.kinds) for c in found.differing] == [
        ("changed", "Khoản 1, Điều 1", ["money"]),
        ("changed", "Khoản 2, Điều 1", ["name"]),
    ]
    assert found.pages == [1]


def test_an_article_put_in_renumbers_the_later_ones_and_says_so():
    head, tail = DRAFT[1].split("Điều 3")
    new = [DRAFT[0], "Điều 2. Nguồn kinh phí\nTừ ngân sách tỉnh.\n" + head.replace("Điều 2", "Điều 3") + "Điều 4" + tail]

    found = [(c.what, c.label) for c in compare(list(DRAFT), new).differing]

    assert found == [("added", "Điều 2"), ("renumbered", "Điều 3"), ("renumbered", "Điều 4")]


def test_an_article_taken_out_stands_where_it_stood():
    new = [DRAFT[0], DRAFT[1].split("Điều 3")[0]]

    assert [(c.what, c.label) for c in compare(list(DRAFT), new).differing] == [("removed", "Điều 3")]


def test_an_article_that_only_moved_is_neither_gone_nor_new():
    articles = [f"Điều {n}. Nội dung thứ {word} của nghị quyết.\n" for n, word in enumerate(("một", "hai", "ba"), 1)]
    moved = [articles[2].replace("Điều 3", "Điều 1"), articles[0].replace("Điều 1", "Điều 2"), articles[1].replace("Điều 2", "Điều 3")]

    found = [(c.what, c.label) for c in compare(["".join(articles)], ["".join(moved)]).changes]

    assert found == [("moved", "Điều 1"), ("renumbered", "Điều 2"), ("renumbered", "Điều 3")]


def test_the_same_text_has_no_differences_also_when_it_is_broken_differently():
    again = [DRAFT[0].replace("mỗi\nhợp", "mỗi hợp"), DRAFT[1]]

    assert compare(list(DRAFT), again).differing == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a " * 20_000, "b a " * 10_000),
        ("a\n" * 20_000, "b\na\n" * 10_000),
        ("".join(f"Điều {n}. a b {n % 7}\n" for n in range(3_000)), "".join(f"Điều {n}. b a {n % 5}\n" for n in range(3_000))),
        ("1." * 20_000, "1," * 20_000),
        ("Aa " * 15_000, "Ab " * 15_000),
        ("1/" * 20_000 + "A" * 20_000, "2/" * 20_000 + "-A" * 10_000),
        (" \n" * 20_000, "Điều" * 10_000),
    ],
    ids=["words", "lines", "articles", "figures", "names", "codes", "blanks"],
)  # fmt: skip
def test_57_a_text_made_to_be_slow_is_compared_in_little_time(old, new):
    start = time.process_time()

    compare([old], [new])

    assert time.process_time() - start < 4


def test_what_is_too_different_is_shown_whole_and_said_to_be():
    old, new = " ".join(f"a{n}" for n in range(3000)), " ".join(f"b{n}" for n in range(3000))

    pieces, coarse = compare_words(old, new)

    assert coarse
    assert [piece.op for piece in pieces] == ["gone", "came"]
