"""What a citizen finds without an account: and that nothing of a person is anywhere."""

from datetime import date

import pytest
from django.urls import reverse

from council.models import AgencyName
from tests.voters.conftest import record
from voters import services
from voters.models import Petition, Referral


@pytest.fixture
def known(accepted, petition, council):
    AgencyName.objects.create(
        agency=accepted.referral.agency, name="Sở Giao thông vận tải", starts_on=date(2010, 1, 1), is_former=True
    )
    services.publish_petition(
        petition=petition, by=accepted.decided_by, public_text=Petition.objects.get(pk=petition.pk).public_text
    )
    return Petition.objects.get(pk=petition.pk)


def listed(client, **query):
    return [case.petition for case in client.get(reverse("voters:public_petitions"), query).context["cases"]]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"words": "nâng cấp đường"},
        {"words": "nang cap duong"},
        {"words": "sua xong"},
        {"words": "so giao thong van tai"},
        {"words": "Sở Xây dựng"},
        {"place": "chau son"},
        {"place": "Châu Sơn"},
        {"topic": "roads"},
        {"agency": "SXD"},
        {"state": "answered"},
        {"state": "resolved"},
    ],
)
def test_a_citizen_finds_a_petition(client, known, query):
    assert listed(client, **query) == [known]


@pytest.mark.parametrize(
    "query", [{"words": "benh vien"}, {"place": "Yên Thắng"}, {"topic": "health"}, {"state": "overdue"}]
)
def test_what_does_not_match_is_not_listed(client, known, query):
    assert listed(client, **query) == []


def test_the_page_tells_state_dates_sum_reply_and_way(client, known):
    page = client.get(reverse("voters:public_petition", args=[known.code.lower()])).content.decode()

    for words in (
        "Trả lời đúng hạn",
        "Hạn trả lời",
        "Đã giải quyết xong",
        "Đã sửa xong đường trong tháng 10.",
        "ngày làm việc",
        "Văn phòng chuyển đến cơ quan",
    ):
        assert words in page


def test_an_overdue_petition_says_so(client, council, office, petition, referral):
    services.publish_petition(petition=petition, by=office, public_text="Đề nghị nâng cấp đường.")
    Referral.objects.update(due_on=date(2026, 3, 2))

    page = client.get(reverse("voters:public_petition", args=[petition.code])).content.decode()

    assert "Quá hạn" in page
    assert listed(client, state="overdue") == [petition]


def test_what_is_not_public_is_not_there(client, council, office, petition, referral):
    hidden = record(council, office)

    for one in (petition, hidden):
        assert client.get(reverse("voters:public_petition", args=[one.code])).status_code == 404
    assert listed(client) == []


def test_a_hidden_petition_is_gone_from_pages_and_search(client, known, office):
    services.hide_petition(petition=known, by=office, reason="Theo đề nghị của cử tri")

    assert client.get(reverse("voters:public_petition", args=[known.code])).status_code == 404
    assert listed(client, words="nang cap") == []


def test_no_personal_data_and_no_internal_word_anywhere_in_public(client, council, office, agency, agency_clerk):
    """A canary in every place that is not public; every public page is searched for it."""
    petition = record(
        council, office,
        text="Ông Nguyễn Văn Bimật, 0912345678, đề nghị sửa đường canarytext.",
        title="Đề nghị sửa đường liên thôn",
        internal_note="canarynote",
    )  # fmt: skip
    referral = services.refer(petition=petition, agency=agency, by=office, note="canaryrefer")
    first = services.send_reply(referral=referral, by=agency_clerk, text="canaryreplyone", outcome="resolved")
    services.send_back(reply=first, by=office, reason="canaryback")
    second = services.send_reply(
        referral=referral, by=agency_clerk, text="canaryreplytwo Bimật", outcome="resolved"
    )
    services.accept_reply(reply=second, by=office, petition_text="Đề nghị sửa đường.", public_text="Đã sửa xong.")
    referral = services.reopen(petition=petition, by=office, reason="canaryreopen", working_days=5)
    services.save_draft(referral=referral, by=agency_clerk, text="canarydraft")
    secrets = ("canary", "Bimật", "0912345678", agency_clerk.full_name, agency.email)

    pages = [
        reverse("home"),
        reverse("voters:public_petitions"),
        reverse("voters:public_petition", args=[petition.code]),
        reverse("voters:public_petitions") + "?words=sua+duong",
        "/api/v1/petitions",
        f"/api/v1/petitions/{petition.code}",
    ]
    for url in pages:
        response = client.get(url)
        assert response.status_code == 200, url
        content = response.content.decode()
        assert [secret for secret in secrets if secret in content] == [], url
    for word in ("canary", "bimat", "0912345678", "canarynote"):
        assert listed(client, words=word) == []
        assert client.get("/api/v1/petitions", {"words": word}).json()["count"] == 0


def test_a_list_costs_the_same_queries_however_long(client, council, office, django_assert_max_num_queries):
    for number in range(25):
        petition = record(council, office, text=f"Đề nghị sửa đường số thứ {number}.")
        services.publish_petition(petition=petition, by=office, public_text=petition.text)

    with django_assert_max_num_queries(20):
        client.get(reverse("voters:public_petitions"))
