"""The second factor: who needs it, when it is asked, what a card does not carry."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from council import second_factor
from council.accounts import services
from council.models import StepUp
from council.second_factor import OFFICE, has_stepped_up, second_factor_required
from tests import builders

SITTING = "sitting:6f1d3f0e"


def equip(user):
    """Give a person an authenticator app; its secret."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def code_of(secret, step=0):
    counter = list(totp.yield_hotp_counters_from_time())[1 + step]
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def step_up(client, scope, **data):
    return client.post(reverse("council:step_up"), {"pham-vi": scope, **data})


@second_factor_required(lambda request, number: f"sitting:{number}")
def console(request, number):
    return HttpResponse("bàn chủ tọa")


def ask_console(client, user, council, rf):
    request = rf.get("/hop/6f1d3f0e/ban-dieu-hanh")
    request.user, request.council, request.session = user, council, client.session
    return console(request, "6f1d3f0e")


def test_the_secret_of_the_app_rests_encrypted(office):
    secret = equip(office)

    assert secret not in str(Authenticator.objects.get(user=office).data)


def test_a_privileged_page_leads_to_the_question_and_back(client, chair, council, rf):
    client.force_login(chair)

    response = ask_console(client, chair, council, rf)

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("council:step_up"))
    assert "next=%2Fhop%2F6f1d3f0e%2Fban-dieu-hanh" in response["Location"]


def test_the_right_code_opens_one_scope_on_one_device(client, chair, council, rf):
    secret = equip(chair)
    client.force_login(chair)

    response = step_up(client, SITTING, code=code_of(secret), next="/hop/6f1d3f0e/ban-dieu-hanh")

    assert response["Location"] == "/hop/6f1d3f0e/ban-dieu-hanh"
    assert ask_console(client, chair, council, rf).status_code == 200
    assert not has_stepped_up(client.session.session_key, chair, "sitting:another")
    elsewhere = Client()
    elsewhere.force_login(chair)
    assert not has_stepped_up(elsewhere.session.session_key, chair, SITTING)


def test_a_wrong_code_opens_nothing(client, chair):
    equip(chair)
    client.force_login(chair)

    assert step_up(client, SITTING, code="000000").status_code == 422
    assert not StepUp.objects.filter(scope=SITTING).exists()


def test_a_code_is_used_once(client, chair):
    secret = equip(chair)
    client.force_login(chair)
    code = code_of(secret)

    assert step_up(client, SITTING, code=code).status_code == 302
    assert step_up(client, "sitting:another", code=code).status_code == 422


def test_the_session_gets_a_new_key_when_its_rights_grow(client, chair):
    secret = equip(chair)
    client.force_login(chair)
    before = client.session.session_key

    step_up(client, SITTING, code=code_of(secret))

    assert client.session.session_key != before
    assert has_stepped_up(client.session.session_key, chair, OFFICE)  # what was given before came along


def test_a_recovery_code_does_as_well(client, chair):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    equip(chair)
    code = RecoveryCodes.activate(chair).get_unused_codes()[0]
    client.force_login(chair)

    assert step_up(client, SITTING, code=code).status_code == 302
    assert has_stepped_up(client.session.session_key, chair, SITTING)


def test_the_offices_second_factor_holds_for_the_day(client, office):
    client.force_login(office)
    key = client.session.session_key

    assert has_stepped_up(key, office, OFFICE)
    StepUp.objects.update(at=timezone.now() - timedelta(days=1))
    assert not has_stepped_up(key, office, OFFICE)


def test_an_ordinary_person_is_not_asked(client, delegate, council, rf):
    client.force_login(delegate.user)

    assert ask_console(client, delegate.user, council, rf).status_code == 200
    assert client.get(reverse("council:step_up")).status_code == 404


def test_a_caller_that_wants_json_is_told_in_json(client, chair, council, rf):
    client.force_login(chair)
    request = rf.post("/hop/6f1d3f0e/dong", headers={"accept": "application/json"})
    request.user, request.council, request.session = chair, council, client.session

    response = console(request, "6f1d3f0e")

    assert response.status_code == 403
    assert b"step_up" in response.content


@pytest.fixture
def chair_by_card(council, delegate, office):
    """A delegate who is also the session's chair, signed in with card and PIN."""
    builders.RoleGrant.objects.create(
        council=council, user=delegate.user, role="session_chair", starts_on=builders.TERM_START
    )
    ((_, secret),) = services.issue_cards(council=council, delegates=[delegate], by=office)
    services.open_check_in(council=council, by=office)
    tablet = Client()
    tablet.get(reverse("council:scan_card", args=[secret]))
    tablet.post(reverse("council:card"), {"pin": "482915", "again": "482915"})
    tablet.user = delegate.user
    return tablet


def test_after_a_card_the_chair_gives_password_and_code(chair_by_card, council, rf):
    secret = equip(chair_by_card.user)

    assert step_up(chair_by_card, SITTING, code=code_of(secret)).status_code == 422  # no password
    assert not StepUp.objects.exists()
    answer = step_up(chair_by_card, SITTING, password=builders.PASSWORD, code=code_of(secret))

    assert answer.status_code == 302
    assert has_stepped_up(chair_by_card.session.session_key, chair_by_card.user, SITTING)


def test_a_wrong_password_does_not_use_the_code_up(chair_by_card):
    secret = equip(chair_by_card.user)
    code = code_of(secret)

    assert step_up(chair_by_card, SITTING, password="sai hoàn toàn rồi", code=code).status_code == 422
    assert step_up(chair_by_card, SITTING, password=builders.PASSWORD, code=code).status_code == 302


def test_after_the_step_the_card_session_has_the_chairs_rights(chair_by_card, council):
    from council.permissions import has_role

    secret = equip(chair_by_card.user)
    before = chair_by_card.get(reverse("council:devices")).wsgi_request.user
    step_up(chair_by_card, SITTING, password=builders.PASSWORD, code=code_of(secret))
    after = chair_by_card.get(reverse("council:devices")).wsgi_request.user

    assert not has_role(before, council, "session_chair")
    assert has_role(after, council, "session_chair")


def test_the_last_authenticator_of_a_privileged_person_stays(client, office):
    equip(office)
    adapter = second_factor.Authenticator.objects.get(user=office)

    from council.accounts.adapter import SecondFactorAdapter

    assert not SecondFactorAdapter().can_delete_authenticator(adapter)


def test_the_demonstrations_key_to_all_scopes_opens_nothing_elsewhere(client, chair, settings):
    client.force_login(chair)
    second_factor.grant(user=chair, session_key=client.session.session_key, scope=second_factor.EVERYWHERE)
    chair.is_demo = True
    chair.save()

    assert not has_stepped_up(client.session.session_key, chair, SITTING)
    settings.DEMO = True
    assert has_stepped_up(client.session.session_key, chair, SITTING)


def test_no_page_of_the_office_opens_without_it(client, office):
    client.force_login(office, second_factor=False)
    equip(office)

    response = client.get(reverse("council:delegates"))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("council:step_up"))


def test_a_privileged_person_without_one_is_led_to_set_it_up(client, office):
    client.force_login(office, second_factor=False)

    response = client.get(reverse("council:delegates"), follow=True)

    assert "Cần lớp bảo vệ thứ hai" in response.content.decode()
    assert reverse("mfa_activate_totp") in response.content.decode()


def test_a_chair_who_came_by_card_is_shown_the_way_to_the_rights(chair_by_card):
    words = "Mở thêm quyền"
    secret = equip(chair_by_card.user)
    assert words in chair_by_card.get(reverse("council:devices")).content.decode()

    step_up(chair_by_card, OFFICE, password=builders.PASSWORD, code=code_of(secret))

    assert words not in chair_by_card.get(reverse("council:devices")).content.decode()


# --- A fresh proof for role changes and exports (security 8) ---


def act_on(client, person, **data):
    return client.post(reverse("council:account_act", args=[person.username]), data)


def test_8_a_role_is_given_only_by_who_proved_to_be_oneself_minutes_ago(client, administrator, delegate):
    """The day's second factor is not enough; what was sent waits and is done after the password."""
    equip(administrator)
    client.force_login(administrator)
    client.prove(minutes_ago=6)
    grant = {"act": "grant", "role": "auditor", "starts_on": "2026-11-01"}

    asked = act_on(client, delegate.user, **grant)

    assert asked.status_code == 302
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert not delegate.user.role_grants.exists()

    answered = client.post(asked["Location"], {"password": builders.PASSWORD})

    assert answered.status_code == 302
    assert [g.role for g in delegate.user.role_grants.all()] == ["auditor"]


def test_8_a_wrong_password_gives_no_role(client, administrator, delegate):
    client.force_login(administrator)
    client.prove(minutes_ago=6)
    asked = act_on(client, delegate.user, act="grant", role="auditor", starts_on="2026-11-01")

    client.post(asked["Location"], {"password": "không phải mật khẩu"})

    assert not delegate.user.role_grants.exists()


@pytest.mark.parametrize("name", ["voters:petitions_csv", "voters:petitions_xlsx"])
def test_8_an_export_asks_for_a_fresh_proof_and_then_comes(client, office, name):
    client.force_login(office)
    client.prove(minutes_ago=6)

    asked = client.get(reverse(name))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked["Location"], {"password": builders.PASSWORD})

    assert client.get(reverse(name)).status_code == 200


def test_8_all_cards_are_printed_only_after_a_fresh_proof(client, office, delegates):
    client.force_login(office)
    client.prove(minutes_ago=6)

    asked = client.post(reverse("council:print_cards"), {"who": "all"})

    assert asked["Location"].startswith(reverse("account_reauthenticate"))


def test_8_a_stranger_learns_nothing_from_being_asked(client, delegate, administrator):
    client.force_login(delegate.user)
    client.prove(minutes_ago=6)

    assert act_on(client, administrator, act="grant", role="auditor").status_code == 404


def test_8_the_acts_in_front_of_the_hall_never_ask_for_it(client, secretary, sitting, council_session):
    client.force_login(secretary)
    client.give(sitting.room)
    client.prove(minutes_ago=600)

    assert client.get(reverse("sessions:console", args=[sitting.public_id])).status_code == 200
    answered = client.post(reverse("sessions:set_check_in", args=[sitting.public_id]), {"open": "1"})
    assert "xac-thuc-lai" not in answered["Location"]
