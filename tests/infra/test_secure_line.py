"""Plain HTTP from another machine: public pages may be read, nobody signs in (security 80)."""

import pytest
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from django.urls import reverse

from council.errors import NotAllowed
from council.secure import ClientAddressMiddleware

TABLET = "192.168.7.31"


@pytest.mark.parametrize("method", ["get", "post"])
def test_sign_in_from_another_machine_over_plain_http_is_refused_in_words(client, council, method):
    response = getattr(client, method)(reverse("account_login"), REMOTE_ADDR=TABLET)

    assert response.status_code == 403
    assert "chưa bảo mật" in response.content.decode()


def test_sign_in_from_this_machine_needs_no_tls(client, council):
    response = client.get(reverse("account_login"), REMOTE_ADDR="127.0.0.1")

    assert response.status_code == 200


def test_sign_in_over_https_is_offered_to_everybody(client, council):
    response = client.get(reverse("account_login"), REMOTE_ADDR=TABLET, secure=True)

    assert response.status_code == 200


def test_a_session_is_not_accepted_over_plain_http(client, council, office):
    client.force_login(office)

    assert client.get("/", REMOTE_ADDR=TABLET).status_code == 403
    assert client.get("/", REMOTE_ADDR=TABLET, secure=True).status_code == 200


def test_a_token_is_not_accepted_over_plain_http(client, council):
    response = client.get("/api/v1/", REMOTE_ADDR=TABLET, headers={"authorization": "Token abc"})

    assert response.status_code == 403


def test_public_pages_may_be_read_over_plain_http(client, council):
    assert client.get("/", REMOTE_ADDR=TABLET).status_code == 200


def test_whatever_road_leads_to_it_a_sign_in_over_plain_http_leaves_no_session(rf: RequestFactory, office):
    request = rf.post("/mot-duong-khac", REMOTE_ADDR=TABLET)
    request.session = SessionStore()

    with pytest.raises(NotAllowed):
        login(request, office, backend="django.contrib.auth.backends.ModelBackend")

    assert request.session.is_empty()


def address_seen(settings, behind_proxy, **headers):
    settings.BEHIND_PROXY = behind_proxy
    request = RequestFactory().get("/", REMOTE_ADDR="172.18.0.9", headers=headers)
    ClientAddressMiddleware(lambda request: request)(request)
    return request.META["REMOTE_ADDR"]


def test_without_a_proxy_a_forged_address_means_nothing(settings):
    assert address_seen(settings, False, x_forwarded_for="10.1.2.3") == "172.18.0.9"


def test_behind_our_proxy_only_what_the_proxy_wrote_counts(settings):
    assert address_seen(settings, True, x_forwarded_for="10.1.2.3, 203.0.113.7") == "203.0.113.7"
    assert address_seen(settings, True, x_forwarded_for="<script>") == "172.18.0.9"
    assert address_seen(settings, True) == "172.18.0.9"
