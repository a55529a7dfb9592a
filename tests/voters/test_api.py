"""The same verbs in JSON, with the same doors."""

import pytest

from tests.voters.conftest import record
from voters import services
from voters.models import Petition, Reply


def post(client, url, data):
    return client.post(url, data, content_type="application/json")


def test_the_whole_way_of_a_petition_in_json(client, council, office, agency, agency_clerk):
    client.force_login(office)
    made = post(
        client, "/api/v1/office/petitions",
        {"place": "Xã Châu Sơn", "voters": "Cử tri xã Châu Sơn", "field": "roads", "text": "Đề nghị sửa đường."},
    )  # fmt: skip
    assert made.status_code == 201, made.content
    one = made.json()["id"]
    referred = post(client, f"/api/v1/office/petitions/{one}/refer", {"agency": "SXD", "working_days": 10})
    assert referred.json()["standing"] == "waiting"

    client.force_login(agency_clerk)
    client.put(f"/api/v1/agency/petitions/{one}/draft", {"text": "Nháp"}, content_type="application/json")
    sent = post(client, f"/api/v1/agency/petitions/{one}/send", {"text": "Đã sửa.", "outcome": "resolved"})
    assert sent.status_code == 200, sent.content

    client.force_login(office)
    reply = client.get(f"/api/v1/office/petitions/{one}").json()["pending_reply"]["id"]
    accepted = post(
        client,
        f"/api/v1/office/petitions/{one}/replies/{reply}/accept",
        {"petition_text": "Đề nghị sửa đường.", "public_text": "Đã sửa."},
    )
    assert accepted.status_code == 200, accepted.content

    client.logout()
    shown = client.get(f"/api/v1/petitions/{accepted.json()['code']}").json()
    assert (shown["standing"], shown["outcome"], shown["replies"][0]["text"]) == ("on_time", "resolved", "Đã sửa.")
    assert shown["due"]["working_days"] == 10


def test_refusals_are_told_by_status(
    client, council, office, agency, agency_clerk, second_clerk, petition, referral
):
    one = f"/api/v1/agency/petitions/{petition.public_id}"
    client.force_login(second_clerk)
    assert client.get(one).status_code == 404
    assert post(client, f"{one}/send", {"text": "x", "outcome": "resolved"}).status_code == 404

    client.force_login(agency_clerk)
    assert post(client, f"{one}/send", {"text": "x", "outcome": "in_progress"}).status_code == 422
    assert (
        post(client, f"{one}/send", {"text": "x", "outcome": "resolved", "state": "accepted"}).status_code == 400
    )
    assert client.get("/api/v1/office/petitions").status_code == 403

    client.force_login(office)
    assert (
        post(client, f"/api/v1/office/petitions/{petition.public_id}/refer", {"agency": "SXD"}).status_code == 409
    )
    assert post(client, f"/api/v1/office/petitions/{petition.public_id}/refer", {"agency": "?"}).status_code == 422
    assert not Reply.objects.exists()


@pytest.mark.parametrize("path", ["office/petitions", "agency/petitions"])
def test_the_desks_are_closed_to_strangers(client, council, delegate, path):
    assert client.get(f"/api/v1/{path}").status_code in (401, 403)
    client.force_login(delegate.user)
    assert client.get(f"/api/v1/{path}").status_code == 403


def test_the_office_needs_its_second_factor(client, council, office):
    client.force_login(office, second_factor=False)

    assert client.get("/api/v1/office/petitions").status_code == 403


def test_pages_hold_at_most_a_hundred(client, council, office):
    for number in range(3):
        petition = record(council, office, text=f"Đề nghị {number}")
        services.publish_petition(petition=petition, by=office, public_text=petition.text)

    page = client.get("/api/v1/petitions", {"page_size": 2}).json()

    assert (page["count"], len(page["results"])) == (3, 2)
    assert Petition.objects.count() == 3


def test_the_description_of_the_api_is_for_staff(client, council, office, delegate):
    assert client.get("/api/v1/schema").status_code in (401, 403)
    client.force_login(delegate.user)
    assert client.get("/api/v1/schema").status_code == 403
    client.force_login(office)
    assert client.get("/api/v1/schema").status_code == 200
