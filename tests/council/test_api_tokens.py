"""A token lets a program work in a person's name, with less than the person may (docs/decisions/0008)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from council.accounts import tokens
from council.errors import NotAllowed, WrongState
from council.models import ApiToken, AuditEntry, RoleGrant
from council.permissions import roles_of
from sessions import conduct, services
from tests import builders
from tests.documents.papers import tiny, upload
from tests.sessions import hall

pytestmark = pytest.mark.django_db


def token_for(user, council, **kept):
    token, secret = tokens.issue_token(user=user, name="Phần mềm văn bản", days=90, council=council)
    ApiToken.objects.filter(pk=token.pk).update(**kept)
    return secret


def program(secret) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client


def test_a_token_is_given_out_on_ones_own_page_and_told_once(client, office):
    client.force_login(office)
    client.prove()

    page = client.post(reverse("council:api_tokens"), {"name": "Phần mềm văn bản", "days": 90})

    token, secret = page.context["made"]
    assert secret in page.content.decode()
    assert secret not in client.get(reverse("council:api_tokens")).content.decode()
    assert secret not in str(ApiToken.objects.values_list()) + str(AuditEntry.objects.values_list("data"))
    assert program(secret).get("/api/v1/office/petitions").status_code == 200
    assert ApiToken.objects.get(pk=token.pk).last_used_at is not None


def test_8_giving_a_token_out_asks_for_a_fresh_proof(client, office):
    client.force_login(office)
    client.prove(minutes_ago=6)

    asked = client.post(reverse("council:api_tokens"), {"name": "Phần mềm", "days": 90})

    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert not ApiToken.objects.exists()


def test_a_delegate_gets_no_token(client, council, delegate):
    client.force_login(delegate.user)

    assert client.get(reverse("council:api_tokens")).status_code == 404
    with pytest.raises(NotAllowed):
        tokens.issue_token(user=delegate.user, name="x", days=30, council=council)


def test_nobody_collects_more_than_ten(council, office):
    for _number in range(tokens.MOST):
        token_for(office, council)

    with pytest.raises(WrongState):
        token_for(office, council)


@pytest.mark.parametrize("how", ["wrong", "revoked", "over", "closed", "password", "half"])
def test_a_token_that_does_not_hold_opens_nothing(client, council, office, how):
    secret = token_for(office, council)
    assert program(secret).get("/api/v1/office/petitions").status_code == 200
    if how == "wrong":
        secret += "x"
    elif how == "revoked":
        client.force_login(office)
        client.post(reverse("council:revoke_api_token", args=[ApiToken.objects.get().public_id]))
    elif how == "over":
        ApiToken.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    elif how == "closed":
        type(office).objects.update(is_active=False)
    elif how == "password":
        office.set_password("another long password here")
        office.save()
    else:
        secret = ""

    response = program(secret).get("/api/v1/office/petitions")

    assert response.status_code == 403
    assert "Mã truy cập không đúng" in response.json()["detail"]


def test_another_persons_token_is_not_found(client, council, office):
    token_for(office, council)
    client.force_login(builders.person(council, "van-phong-2", role="office"))

    client.post(reverse("council:revoke_api_token", args=[ApiToken.objects.get().public_id]))

    assert ApiToken.objects.get().revoked_at is None


@pytest.fixture
def open_poll(sitting, chair, secretary, delegates):
    return hall.open_vote(hall.run(sitting, secretary, present=delegates), chair)


@pytest.fixture
def many_roles(council, office):
    """A person of a small commune who is office, chair, secretary and administrator at once."""
    for role in ("session_chair", "session_secretary", "administrator", "teller"):
        RoleGrant.objects.create(council=council, user=office, role=role, starts_on=timezone.localdate())
    return office


def test_a_token_carries_the_offices_work_alone(council, many_roles):
    user, _token = tokens.person_with(token_for(many_roles, council))

    assert roles_of(user, council) == {"office"}


def test_a_token_runs_no_sitting_in_the_service_itself(council, sitting, many_roles):
    user, _token = tokens.person_with(token_for(many_roles, council))

    with pytest.raises(NotAllowed):
        conduct.open_sitting(sitting=hall.convene(sitting), by=user)


@pytest.mark.parametrize("verb", ["open", "close", "declare", "cancel", "entered-votes"])
def test_a_token_carries_no_act_in_front_of_the_hall(council, open_poll, many_roles, verb, delegates):
    bodies = {
        "cancel": {"reason": "x"},
        "entered-votes": {"delegate": str(delegates[0].public_id), "choice": "for", "reason": "x"},
    }

    response = program(token_for(many_roles, council)).post(
        f"/api/v1/polls/{open_poll.public_id}/{verb}", bodies.get(verb, {}), format="json"
    )

    assert response.status_code == 403
    open_poll.refresh_from_db()
    assert (open_poll.state, open_poll.votes.count()) == ("open", 0)


def test_a_token_casts_no_vote(council, open_poll, delegate):
    RoleGrant.objects.create(council=council, user=delegate.user, role="office", starts_on=timezone.localdate())

    response = program(token_for(delegate.user, council)).post(
        f"/api/v1/polls/{open_poll.public_id}/ballots",
        {"choice": "for", "key": "0b8a8e0c-5a43-4f6e-9d57-0e2c6b7f1a11", "replaces": 0},
        format="json",
    )

    assert response.status_code == 403
    assert "người đăng nhập trên máy" in response.json()["detail"]
    assert not open_poll.votes.exists()


def test_a_program_files_a_paper_and_does_not_convene(council, council_session, office):
    machine = program(token_for(office, council))
    address = f"/api/v1/sessions/{council_session.public_id}"
    item = council_session.items.first()
    services.save_paper(item=item, by=office, kind="submission", title="Tờ trình về dự toán")
    (paper,) = machine.get(f"{address}/papers").json()

    filed = machine.post(f"{address}/papers/{paper['id']}/file", {"file": upload(tiny())}, format="multipart")
    convened = machine.post(
        f"{address}/notice",
        {"number": "1/TB", "signed_by": "A", "signer_title": "Chủ tịch", "body_text": "Mời họp"},
        format="json",
    )

    assert filed.status_code == 200
    assert convened.status_code == 403
    council_session.refresh_from_db()
    assert council_session.state == "draft"
