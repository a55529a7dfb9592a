"""The pages of opinion polls: the delegate answers by plain forms, the office follows and acts."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from council.models import Membership
from documents.models import Document, Version
from tests import builders
from tests.voting.opinions import answer, at, prepared, sent
from voting.models import Poll, Vote
from voting.opinions import selectors, services

pytestmark = pytest.mark.django_db


def page(poll, name="opinion"):
    return reverse(f"voting:{name}", args=[poll.public_id])


def send(client, poll, **data):
    return client.post(page(poll, "answer_opinion"), {"key": str(uuid.uuid4()), "replaces": 0} | data)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


# --- the delegate ------------------------------------------------------------------------------------


def test_a_question_stands_on_todays_page_until_it_is_answered(client, council, office, delegate):
    poll = sent(council, office)
    client.force_login(delegate.user)
    before = text_of(client.get(reverse("sessions:today")))
    answer(poll, delegate)

    after = text_of(client.get(reverse("sessions:today")))

    assert poll.question in before and "Đọc và trả lời" in before
    assert "Đọc và trả lời" not in after and "Xem lại hoặc đổi ý kiến" in after


def test_a_delegate_answers_by_a_plain_form_and_sees_what_was_recorded(client, council, office, delegate):
    poll = sent(council, office)
    client.force_login(delegate.user)

    response = send(client, poll, choice="other", text="Chỉ 8 tỷ đồng.")

    assert (response.status_code, response["Location"]) == (302, page(poll))
    shown = text_of(client.get(page(poll)))
    assert "Đã ghi nhận" in shown and "Chỉ 8 tỷ đồng." in shown


def test_a_double_tap_is_one_answer(client, council, office, delegate):
    poll, key = sent(council, office), str(uuid.uuid4())
    client.force_login(delegate.user)

    for _tap in range(2):
        assert send(client, poll, choice="for", key=key).status_code == 302

    assert [(v.choice, v.number) for v in Vote.objects.all()] == [("for", 1)]


def test_a_change_from_a_page_that_is_out_of_date_is_told_and_overwrites_nothing(client, council, office, delegate):
    poll = sent(council, office)
    answer(poll, delegate, "against")
    client.force_login(delegate.user)

    response = send(client, poll, choice="for", replaces=0)

    assert response.status_code == 409
    assert Vote.objects.get().choice == "against"


def test_37_after_the_deadline_the_answer_is_refused_in_words(client, council, office, delegate):
    """Security 37."""
    poll = sent(council, office, hours=1)
    client.force_login(delegate.user)

    with at(poll.closes_at + timedelta(seconds=1)):
        response = send(client, poll, choice="for")

    assert response.status_code == 409
    assert "Đã hết hạn trả lời" in text_of(response)
    assert not Vote.objects.exists()


@pytest.mark.parametrize("data", [{}, {"choice": "maybe"}, {"choice": "for", "text": "thêm"}, {"choice": "other", "text": "x" * 2001}])
def test_what_does_not_fit_is_refused_and_the_page_keeps_it(client, council, office, delegate, data):
    poll = sent(council, office)
    client.force_login(delegate.user)

    response = send(client, poll, **data)

    assert response.status_code == 422
    assert 'role="alert"' in text_of(response)
    assert not Vote.objects.exists()


def test_nobody_outside_the_body_finds_the_page(client, council, office, delegates):
    board = builders.board(council)
    Membership.objects.create(body=board, user=delegates[0].user, delegate=delegates[0], starts_on=builders.TERM_START)
    poll = sent(council, office, body=board)
    client.force_login(delegates[1].user)

    assert client.get(page(poll)).status_code == 404
    assert send(client, poll, choice="for").status_code == 404
    assert client.get(page(poll, "opinion_report")).status_code == 404
    client.force_login(delegates[0].user)
    assert client.get(page(poll)).status_code == 200


def test_a_draft_is_found_by_its_desk_alone(client, council, office, delegate):
    poll = prepared(council, office)
    client.force_login(delegate.user)

    assert client.get(page(poll)).status_code == 404
    assert client.get(page(poll, "opinion_desk_page")).status_code == 404


def test_34_the_own_answer_is_seen_and_nobody_elses_before_the_end(client, council, office, delegates):
    """Security 34."""
    poll = sent(council, office)
    answer(poll, delegates[0], "for")
    answer(poll, delegates[1], "other", "Chữ của người khác")
    client.force_login(delegates[0].user)

    shown = text_of(client.get(page(poll)))

    assert "Đã ghi nhận" in shown
    assert "Chữ của người khác" not in shown and delegates[1].full_name not in shown


def test_an_answer_needs_a_csrf_token(council, office, delegate):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(delegate.user)

    assert send(strict, sent(council, office), choice="for").status_code == 403


def test_papers_lead_to_the_version_that_was_asked_about(client, council, office, delegate):
    document = Document.objects.create(
        council=council, title="Tờ trình 279", visibility="members", body=builders.plenary(council), created_by=office
    )
    Version.objects.create(document=document, number=1, sha256="b" * 64, size=9, pages=1, state="ready")
    from voting.opinions.papers import offered

    (paper,) = offered(office, builders.plenary(council))
    poll = sent(council, office, papers=[paper])
    client.force_login(delegate.user)

    shown = text_of(client.get(page(poll)))

    assert f"/tai-lieu/{document.public_id}?ban=1" in shown and "BBBBBBBB" in shown


# --- the office ------------------------------------------------------------------------------------


def filled(**data):
    day = timezone.localdate() + timedelta(days=7)
    return {
        "question": "Cho ý kiến về dự toán",
        "explanation": "Theo đề nghị của Ban.",
        "day": day.isoformat(),
        "at": "17:00",
        "rule": "majority_of_all",
        "remind": "1",
        "unit": "days",
    } | data


def test_the_office_prepares_sends_follows_and_closes_it(client, council, office, delegates):
    client.force_login(office)

    made = client.post(reverse("voting:opinion_create"), filled())
    poll = Poll.objects.get()
    assert made["Location"] == page(poll, "opinion_desk_page")
    assert poll.opinion.remind_hours == 24
    client.post(page(poll, "opinion_send"))
    answer(poll, delegates[0])
    followed = text_of(client.get(page(poll, "opinion_desk_page")))
    client.post(page(poll, "opinion_remind"))
    closed = client.post(page(poll, "opinion_close"), {"reason": "Đã đủ ý kiến"})
    client.post(page(poll, "opinion_publish"))

    assert "1/5" in followed and "Chưa trả lời" in followed and delegates[1].full_name in followed
    assert closed.status_code == 302
    poll.refresh_from_db()
    assert (poll.state, poll.opinion.reminders, poll.opinion.close_reason) == ("declared", 1, "Đã đủ ý kiến")


def test_the_office_sees_who_has_not_answered_and_never_how_the_others_did(client, council, office, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0], "other", "Chữ của tôi")
    client.force_login(office)

    shown = text_of(client.get(page(poll, "opinion_desk_page")))

    assert "Chữ của tôi" not in shown and "m-other" not in shown


@pytest.mark.parametrize("wrong", [{"question": ""}, {"day": "2020-01-01"}, {"rule": "majority_of_present"}, {"remind": "-1"}])
def test_a_form_that_does_not_fit_comes_back_with_its_faults(client, council, office, delegates, wrong):
    client.force_login(office)

    response = client.post(reverse("voting:opinion_create"), filled(**wrong))

    assert response.status_code == 422
    assert not Poll.objects.exists()


def test_a_draft_is_changed_by_the_same_form(client, council, office, delegates):
    poll = prepared(council, office)
    client.force_login(office)
    assert poll.question in text_of(client.get(page(poll, "opinion_edit")))

    client.post(page(poll, "opinion_edit"), filled(question="Câu hỏi mới"))

    poll.refresh_from_db()
    assert poll.question == "Câu hỏi mới"


def test_closing_and_cancelling_without_the_reason_is_refused_in_its_place(client, council, office, delegates):
    poll = sent(council, office)
    client.force_login(office)

    for name in ("opinion_close", "opinion_cancel"):
        assert client.post(page(poll, name), {"reason": " "}).status_code == 422

    poll.refresh_from_db()
    assert poll.state == "open"


def test_the_deadline_is_extended_with_its_reason_shown_to_everybody(client, council, office, delegates):
    poll = sent(council, office)
    client.force_login(office)
    day = timezone.localdate() + timedelta(days=10)

    client.post(page(poll, "opinion_extend"), {"day": day.isoformat(), "at": "17:00", "reason": "Chờ tài liệu bổ sung"})

    client.force_login(delegates[0].user)
    assert "Chờ tài liệu bổ sung" in text_of(client.get(page(poll)))
    poll.refresh_from_db()
    assert timezone.localtime(poll.closes_at).date() == day


def test_an_answer_on_paper_is_entered_with_its_reason(client, council, office, delegates):
    poll = sent(council, office)
    client.force_login(office)

    client.post(
        page(poll, "opinion_enter"),
        {"delegate": delegates[0].public_id, "choice": "for", "reason": "Phiếu giấy có chữ ký"},
    )

    assert [(v.delegate, v.choice, v.channel) for v in Vote.objects.all()] == [(delegates[0], "for", "secretary")]


def test_the_reason_of_a_deadline_is_told_while_the_form_is_filled(client, council, office, delegates):
    client.force_login(office)

    shown = text_of(client.get(reverse("voting:opinion_deadline"), {"day": "2026-12-31"}))

    assert "ngày làm việc kể từ" in shown
    assert client.get(reverse("voting:opinion_deadline"), {"day": "2026-13-77"}).status_code == 200


def test_2_the_desk_asks_for_the_second_factor(client, council, office, delegates):
    client.force_login(office, second_factor=False)

    response = client.post(page(sent(council, office), "opinion_cancel"), {"reason": "x"})

    assert response.status_code == 302 and reverse("council:step_up") in response["Location"]
    assert Poll.objects.get().state == "open"


@pytest.mark.parametrize("name", ["send", "remind", "extend", "enter", "close", "cancel", "publish", "edit"])
def test_a_chair_looks_at_the_desk_and_acts_not(client, council, office, chair, delegates, name):
    poll = sent(council, office)
    client.force_login(chair)

    assert client.get(page(poll, "opinion_desk_page")).status_code == 200
    assert client.post(page(poll, f"opinion_{name}"), {"reason": "x"}).status_code == 404


# --- the report ---------------------------------------------------------------------------------------


def test_the_report_holds_numbers_names_texts_threshold_and_article(client, council, office, delegates, monkeypatch):
    from voting.opinions import papers

    poll = sent(council, office)
    for d in delegates[:3]:
        answer(poll, d)
    answer(poll, delegates[3], "other", "Chỉ 8 tỷ <b>đồng</b>.")
    services.close_early(poll=poll, by=office, reason="Đã rõ")
    printed = {}
    source = papers._sources[0]
    monkeypatch.setattr(
        papers, "_sources",
        [papers.Source(source.offer, source.bring, lambda template, context: printed.update(context) or b"%PDF")],
    )  # fmt: skip
    client.force_login(office)

    response = client.get(page(poll, "opinion_report"))

    from django.template.loader import render_to_string

    sheet = " ".join(render_to_string("pdf/opinion_report.html", printed).split())
    assert response["Content-Type"] == "application/pdf"
    for words in (
        "Cần quá nửa tổng số đại biểu: từ 3/5. Đạt 3/5, bằng 60%.", "Quy chế làm việc của Hội đồng nhân dân.",
        "Kết luận: Đủ ý kiến tán thành.", "Đại biểu Số 5", "Không trả lời", "Chỉ 8 tỷ &lt;b&gt;đồng&lt;/b&gt;.",
        "Kết thúc trước hạn: Đã rõ",
    ):  # fmt: skip
        assert words in sheet


@pytest.mark.slow
def test_the_report_comes_as_a_pdf(client, council, office, delegates):
    poll = sent(council, office)
    services.close_early(poll=poll, by=office, reason="Đã rõ")
    client.force_login(delegates[0].user)

    response = client.get(page(poll, "opinion_report"))

    assert response.content.startswith(b"%PDF")
    assert selectors.outcome(Poll.objects.get(), delegates[0].user)["naming"] == "names"
