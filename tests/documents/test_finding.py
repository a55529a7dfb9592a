"""Search in papers: with and without marks, numbers, phrases, pages; who may not read finds nothing and counts nothing."""

import unicodedata

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents import finding
from documents.finding import Question, ask, marked, phrases_of, shown
from documents.models import Document, PaperText
from documents.services import add_paper, replace_paper, set_readers, set_visibility, withdraw_paper
from tests import builders
from tests.documents.papers import tiny, upload, with_pages


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def bring(council, office):
    def bring(title, pages, **fields):
        version = add_paper(
            council=council, by=office, upload=upload(tiny()), title=title,
            **{"kind": "report", "body": builders.plenary(council)} | fields,
        )  # fmt: skip
        return with_pages(version, pages).document

    return bring


@pytest.fixture
def found(council, delegate):
    """The titles that a question finds, in order, for a delegate or another person."""

    def found(words, user=None, **filters):
        answer = ask(user or delegate.user, council, Question(words, **filters))
        titles = [hit.document.title for hit in shown(answer, answer.keys)]
        assert answer.count == len(titles)
        return titles

    return found


# --- words ---------------------------------------------------------------------------------------------


def test_words_are_found_with_and_without_marks(bring, found):
    bring("Báo cáo", ["Hỗ trợ phát triển nông nghiệp, nông thôn Đắk Lắk"])

    for words in ("nông nghiệp", "nong nghiep", "NÔNG NGHIỆP", "Đắk", "dak lak", "phat nong"):
        assert found(words) == ["Báo cáo"], words
    assert found("cong nghiep") == []


def test_the_very_marks_come_first(bring, found):
    bring("Có dấu khác", ["về việc bàn giao"])
    bring("Đúng dấu", ["về việc bán đất"])
    bring("Khác nữa", ["về việc ban hành"])

    assert found("bán")[0] == "Đúng dấu"
    assert set(found("ban")) == {"Có dấu khác", "Đúng dấu", "Khác nữa"}


def test_the_place_of_a_tone_makes_no_difference():
    assert marked("hòa") == marked("hoà") == "hoa2"
    assert marked("HĐND") == "hd9nd"
    assert len({marked(word) for word in ("ban", "bán", "bàn", "bản", "bạn", "bãn", "bân", "băn")}) == 8


def test_a_documents_number_is_one_thing(bring, found):
    bring("Đúng số", ["Căn cứ Nghị quyết 15/2026/NQ-HĐND ngày 10 tháng 7"])
    bring("Cùng các số ấy", ["năm 2026 có 15 nghị quyết NQ của HĐND"])

    for words in ("15/2026/NQ-HĐND", "15/2026/nq-hdnd", "15/2026", "NQ-HĐND"):
        assert "Đúng số" in found(words), words
    assert found("15/2026/NQ-HĐND") == ["Đúng số"]


def test_quotes_keep_words_together(bring, found):
    bring("Liền nhau", ["ngân sách địa phương năm nay"])
    bring("Rời nhau", ["ngân hàng và sổ sách của địa phương"])

    assert set(found("ngân sách địa phương")) == {"Liền nhau", "Rời nhau"}
    assert found('"ngân sách địa phương"') == ["Liền nhau"]
    assert found("“ngan sach”") == ["Liền nhau"]


def test_the_last_word_may_be_a_beginning_and_only_the_last(bring, found):
    bring("Báo cáo", ["quyết toán ngân sách"])

    assert found("ngân quy") == ["Báo cáo"]
    assert found("quy ngân") == []
    assert found('"quyết to"') == []


def test_words_may_stand_on_different_pages_and_a_phrase_on_one(bring, found):
    bring("Báo cáo", ["trang đầu nói về thuế", "phí ở trang sau"])

    assert found("thuế phí") == ["Báo cáo"]
    assert found('"thuế phí"') == []


def test_names_numbers_and_issuers_are_found_and_come_first(bring, found):
    bring("Tờ trình về học phí", ["nội dung khác"], number="279/TTr-UBND", issuer="Sở Giáo dục")
    bring("Báo cáo khác", ["trong đó có học phí"])

    assert found("học phí") == ["Tờ trình về học phí", "Báo cáo khác"]
    assert found("279/TTr-UBND") == found("sở giáo dục") == ["Tờ trình về học phí"]


def test_hits_come_by_page_with_the_words_around_lit(bring, council, delegate):
    pages = ["mở đầu", "a " * 200 + "mức thu học phí của trẻ em" + " b" * 200, "kết thúc học phí"]
    bring("Báo cáo", pages)

    answer = ask(delegate.user, council, Question("hoc phi"))
    (hit,) = shown(answer, answer.keys)

    assert [page.number for page in hit.pages] == [2, 3]
    pieces = hit.pages[0].pieces
    assert [piece for piece, is_lit in pieces if is_lit] == ["học", "phí"]
    assert len("".join(piece for piece, _lit in pieces)) < 300


def test_a_paper_with_many_pages_shows_three_and_names_the_others(bring, council, delegate):
    bring("Báo cáo", ["giá đất"] * 8)

    answer = ask(delegate.user, council, Question("gia dat"))
    (hit,) = shown(answer, answer.keys)

    assert ([page.number for page in hit.pages], hit.more_pages) == ([1, 2, 3], [4, 5, 6, 7, 8])


@given(st.text(max_size=120) | st.text(alphabet='"*():^-{}&|!<>\'\\ aăđ1/\x00', max_size=60))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_question_is_an_error(db, council, delegate, words):
    answer = ask(delegate.user, council, Question(words))

    assert answer.keys == []
    for phrase in phrases_of(words):
        assert phrase.tokens


@given(st.text(max_size=80))
@settings(max_examples=60)
def test_a_text_is_found_by_its_own_words_and_lit_without_loss(text):
    phrases = phrases_of(text)

    pieces = finding.lit(text, phrases)

    assert "".join("".join(piece.split()) for piece, _lit in pieces) == "".join(unicodedata.normalize("NFC", text).split())


# --- filters -------------------------------------------------------------------------------------------


def test_filters_and_their_counts(bring, found, council, delegate, council_session, office):
    from datetime import date

    bring("Một", ["giá đất"], kind="report", issuer="Sở Tài chính", issued_on=date(2025, 3, 1))
    bring("Hai", ["giá đất"], kind="submission", issuer="Sở Tài chính", issued_on=date(2026, 3, 1))
    bring("Ba", ["giá đất"], kind="report", issuer="Sở Xây dựng", issued_on=date(2026, 3, 1))

    answer = ask(delegate.user, council, Question("giá đất", kind="report"))

    facets = {facet.name: {key: n for key, _words, n in facet.values} for facet in answer.facets}
    assert facets["kind"] == {"report": 2, "submission": 1}  # the own filter is not counted against itself
    assert facets["issuer"] == {"Sở Tài chính": 1, "Sở Xây dựng": 1}
    assert facets["year"] == {"2025": 1, "2026": 1}
    assert found("giá đất", kind="report", year="2026") == ["Ba"]
    assert found("giá đất", issuer="Sở Tài chính") == ["Hai", "Một"]
    assert found("giá đất", year="khong", session="x") == []


# --- who may read ----------------------------------------------------------------------------------------


def test_21_a_word_in_a_paper_that_one_may_not_read_is_in_no_hit_count_filter_or_suggestion(
    bring, council, office, delegate, client
):
    board = builders.board(council)
    secret = bring("Tài liệu chimtitle khuou", ["nội dung chimtext khuou"], issuer="Cơ quan chimissuer khuou", number="77/CHIM")
    set_visibility(document=secret, visibility="named", bodies=[board], by=office)
    hidden = bring("Tài liệu chimtitle khuou", ["nội dung chimtext khuou"], issuer="Cơ quan chimissuer khuou", visibility="office")
    withdrawn = bring("Tài liệu chimtitle khuou", ["nội dung chimtext khuou"], issuer="Cơ quan chimissuer khuou")
    withdraw_paper(document=withdrawn, by=office)
    closed = bring("Tài liệu chimtitle khuou", ["nội dung chimtext khuou"], issuer="Cơ quan chimissuer khuou")
    set_readers(document=closed, visibility="named", bodies=[board], is_closed=True, by=office)
    bring("Tài liệu công khai", ["nội dung"], visibility="public")

    people = [Client(), client]
    client.force_login(delegate.user)
    for browser in people:
        for words in ("chimtitle", "chimtext", "chimissuer", "77/CHIM", "tai lieu", "noi dung"):
            page = browser.get(reverse("search"), {"q": words})
            answers = [
                page.content.decode(),
                browser.get(reverse("documents:suggest"), {"q": words}).content.decode(),
                browser.get("/api/v1/search", {"q": words}).content.decode(),
            ]
            assert not any("khuou" in answer for answer in answers), words
            assert page.context["paper_count"] == (1 if words in ("tai lieu", "noi dung") else 0)
            counts = [value["count"] for row in page.context.get("filters", []) for value in row["values"]]
            assert set(counts) <= {1}
    office_sees = ask(office, council, Question("chimtext"))
    assert set(office_sees.keys) == {secret.pk, hidden.pk, closed.pk}


def test_the_offices_papers_are_found_behind_its_second_factor_only(bring, office, client):
    bring("Tài liệu nội bộ chim", ["chữ"], visibility="office")
    client.force_login(office, second_factor=False)
    assert client.get(reverse("search"), {"q": "chim"}).context["paper_count"] == 0
    assert client.get(reverse("documents:suggest"), {"q": "chim"}).json() == {"words": []}
    assert client.get("/api/v1/search", {"q": "chim"}).json()["count"] == 0

    client.force_login(office)

    assert client.get(reverse("search"), {"q": "chim"}).context["paper_count"] == 1
    assert client.get(reverse("documents:suggest"), {"q": "chim"}).json()["words"][0]["value"] == "Tài liệu nội bộ chim"
    assert client.get("/api/v1/search", {"q": "chim"}).json()["count"] == 1


def test_another_councils_papers_are_never_found(bring, found, other_council):
    foreign = builders.person(other_council, "vp-khac", role="office")
    theirs = add_paper(council=other_council, by=foreign, upload=upload(tiny()), title="Tài liệu chimxa", kind="report")
    set_visibility(document=theirs.document, visibility="public", by=foreign)

    assert found("chimxa") == []


def test_only_the_newest_version_is_searched(bring, found, office):
    document = bring("Báo cáo", ["chữ cũ chimcu"])
    newer = replace_paper(document=document, by=office, upload=upload(tiny("hai")))
    assert found("chimcu") == []  # from the very moment, before the text of the new one is known

    with_pages(newer, ["chữ mới chimmoi"])

    assert (found("chimcu"), found("chimmoi")) == ([], ["Báo cáo"])


def test_the_index_can_be_built_anew(bring, found, capsys):
    bring("Báo cáo", ["chữ chimanew"])
    PaperText.objects.all().delete()
    assert found("chimanew") == []

    call_command("rebuild_search")

    assert found("chimanew") == ["Báo cáo"]


def test_a_paper_that_is_gone_leaves_nothing_in_the_index(bring, found):
    document = bring("Báo cáo", ["chữ chimgone"])
    document.versions.all().delete()
    Document.objects.filter(pk=document.pk).delete()

    assert found("chimgone") == []
    assert not PaperText.objects.exists()


# --- the pages -----------------------------------------------------------------------------------------


def test_the_page_opens_a_paper_on_its_page_with_the_words(bring, client, delegate):
    document = bring("Báo cáo", ["mở đầu", "giá đất nông nghiệp"])
    client.force_login(delegate.user)

    page = client.get(reverse("search"), {"q": "giá đất"}).content.decode()

    read = reverse("documents:read", args=[document.public_id])
    assert f"{read}?trang=2&amp;tim=gi%C3%A1+%C4%91%E1%BA%A5t" in page
    assert "<mark>giá</mark>" in page


def test_citizens_find_public_papers_and_are_told_when_there_is_nothing(bring, office):
    bring("Báo cáo công khai", ["giá đất"], visibility="public")
    citizen = Client()

    assert "Báo cáo công khai" in citizen.get(reverse("search"), {"q": "gia dat"}).content.decode()
    assert "Không tìm thấy" in citizen.get(reverse("search"), {"q": "khongcogi"}).content.decode()
    assert citizen.get(reverse("search"), {"q": "gia", "loai": "x", "page": "99"}).status_code == 200


def test_numbers_and_titles_are_proposed(bring, client, delegate):
    bring("Tờ trình về học phí", ["x"], number="279/TTr-UBND")
    client.force_login(delegate.user)

    said = client.get(reverse("documents:suggest"), {"q": "279"}).json()

    assert said == {"words": [{"value": "279/TTr-UBND", "label": "Tờ trình về học phí"}]}


def test_the_api_answers_with_pages_and_facets(bring, client, delegate):
    document = bring("Báo cáo", ["giá đất ở"])
    client.force_login(delegate.user)

    said = client.get("/api/v1/search", {"q": "giá"}).json()

    assert said["count"] == 1
    assert said["results"][0]["id"] == str(document.public_id)
    assert said["results"][0]["pages"][0]["page"] == 1
    assert {"text": "giá", "hit": True} in said["results"][0]["pages"][0]["around"]
    assert client.get("/api/v1/search", {"q": "giá", "page": 0}).status_code in (400, 422)
