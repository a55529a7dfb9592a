"""The door: user name and password, slowed down but never shut to the chair."""

import re
import statistics
import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import identify_hasher, make_password
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, reverse

from council import checks, second_factor
from council.accounts import demo, selectors
from council.models import Device, Mail, User
from tests import builders


def sign_in(client, username, password, **headers):
    return client.post(
        f"{reverse('account_login')}?mat-khau", {"login": username, "password": password}, **headers
    )


def give_authenticator(user):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def code_of(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, list(totp.yield_hotp_counters_from_time())[1]))


def is_signed_in(client):
    return client.get(reverse("council:devices")).status_code == 200


def test_the_right_password_lets_in_and_the_sign_in_is_listed(client, delegate):
    response = sign_in(client, delegate.user.username, builders.PASSWORD)

    assert response.status_code == 302
    assert is_signed_in(client)
    assert Device.objects.get(user=delegate.user).card is None


def test_unknown_and_known_user_get_the_same_answer(client, delegate):
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
    answers = [
        token.sub("", sign_in(client, name, "sai hoàn toàn rồi").content.decode()).replace(name, "X")
        for name in (delegate.user.username, "khong-ai-ca")
    ]

    assert answers[0] == answers[1]
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in answers[0]


@pytest.mark.slow
def test_unknown_and_known_user_take_the_same_time(client, delegate, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    delegate.user.set_password(builders.PASSWORD)
    delegate.user.save()

    def span(name, n):
        browser = Client()
        browser.get(reverse("account_login"))
        start = time.process_time()
        sign_in(browser, name, f"sai hoàn toàn rồi {n}")
        return time.process_time() - start

    span(delegate.user.username, 0)
    pairs = [(span(delegate.user.username, n), span("khong-ai-ca", n)) for n in range(15)]
    known, unknown = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert abs(known - unknown) < 0.020


def test_five_wrong_passwords_lock_an_account_for_a_while(client, delegate):
    for _ in range(5):
        sign_in(client, delegate.user.username, "sai hoàn toàn rồi")

    response = sign_in(client, delegate.user.username, builders.PASSWORD)

    assert "Đã sai quá nhiều lần" in response.content.decode()
    assert not is_signed_in(client)


def test_3_five_wrong_passwords_lock_an_account_while_redis_is_away(client, delegate, settings):
    """Its loss must neither stop the sign-in nor open it to guessing."""
    from django.core.cache.backends.locmem import LocMemCache

    LocMemCache("while-redis-is-away", {}).clear()
    settings.CACHES = {
        "default": {"BACKEND": "council.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    for _ in range(5):
        sign_in(client, delegate.user.username, "sai hoàn toàn rồi")

    response = sign_in(client, delegate.user.username, builders.PASSWORD)

    assert "Đã sai quá nhiều lần" in response.content.decode()
    assert sign_in(Client(), builders.user("nguoi-khac").username, builders.PASSWORD).status_code == 302


def test_thirty_wrong_passwords_lock_an_address(client, delegate):
    for n in range(30):
        sign_in(client, f"ten-{n}", "sai hoàn toàn rồi")

    assert "Đã sai quá nhiều lần" in sign_in(client, delegate.user.username, builders.PASSWORD).content.decode()
    elsewhere = sign_in(
        Client(), delegate.user.username, builders.PASSWORD, REMOTE_ADDR="203.0.113.9", secure=True
    )
    assert elsewhere.status_code == 302


def test_a_hall_of_tablets_behind_one_address_is_no_attack(council, settings, rf):
    import ipaddress

    settings.TRUSTED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    for n in range(40):  # forty delegates mistype once
        sign_in(Client(), f"ten-{n}", "sai hoàn toàn rồi")
    delegate = builders.delegate(council, 77)

    assert sign_in(Client(), delegate.user.username, builders.PASSWORD).status_code == 302


@pytest.mark.slow
def test_a_thousand_wrong_tries_do_not_keep_the_chair_out(client, chair):
    secret = give_authenticator(chair)
    for _ in range(1000):
        response = sign_in(client, chair.username, "sai hoàn toàn rồi")
    assert "Đã sai quá nhiều lần" in response.content.decode()

    response = sign_in(client, chair.username, builders.PASSWORD)
    assert response["Location"] == reverse("mfa_authenticate")
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert is_signed_in(client)


def test_signing_in_with_the_second_factor_opens_the_office_for_the_day(client, office):
    secret = give_authenticator(office)
    sign_in(client, office.username, builders.PASSWORD)
    assert not is_signed_in(client)

    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert client.get(reverse("council:delegates")).status_code == 200


def test_the_session_gets_a_new_key_at_sign_in(client, delegate):
    client.get(reverse("account_login"))
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key

    sign_in(client, delegate.user.username, builders.PASSWORD)

    assert client.session.session_key != before


@pytest.mark.parametrize("password", ["ngan-qua-123", "qwerty123456", "123456789012345"])
def test_short_common_and_numeric_passwords_are_refused(client, delegate, password):
    password = password[:11] if password.startswith("ngan") else password
    client.force_login(delegate.user)

    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": builders.PASSWORD, "password1": password, "password2": password},
    )

    assert response.status_code == 200
    delegate.user.refresh_from_db()
    assert delegate.user.check_password(builders.PASSWORD)


def test_passwords_rest_as_argon2id(settings):
    settings.PASSWORD_HASHERS = [h for h in settings.PASSWORD_HASHERS if "MD5" not in h]

    hashed = make_password("một câu đủ dài")

    assert hashed.startswith("argon2$argon2id$")
    assert identify_hasher(hashed).algorithm == "argon2"


def test_nobody_signs_up(client, council):
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    assert client.get("/tai-khoan/signup/").status_code == 404


def reset_link(client, user):
    client.post(reverse("account_reset_password"), {"email": user.email})
    return re.search(r"https?://\S+", Mail.objects.latest("pk").text)[0]


def open_link(client, link):
    return client.get(link, follow=True)


def test_a_reset_link_works_once_and_ends_all_sessions(client, delegate):
    tablet = Client()
    sign_in(tablet, delegate.user.username, builders.PASSWORD)
    link = reset_link(client, delegate.user)
    page = open_link(client, link)
    new = "một câu hoàn toàn khác"

    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})

    delegate.user.refresh_from_db()
    assert delegate.user.check_password(new)
    assert not is_signed_in(tablet)
    assert "không còn dùng được" in open_link(Client(), link).content.decode()


def test_a_reset_link_lives_thirty_minutes(client, delegate, settings, monkeypatch):
    link = reset_link(client, delegate.user)
    assert settings.PASSWORD_RESET_TIMEOUT == 30 * 60

    settings.PASSWORD_RESET_TIMEOUT = -1

    assert "không còn dùng được" in open_link(client, link).content.decode()


def test_asking_for_a_reset_does_not_tell_who_has_an_account(client, delegate):
    known = client.post(reverse("account_reset_password"), {"email": delegate.user.email})
    unknown = client.post(reverse("account_reset_password"), {"email": "khong-ai@example.vn"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [mail.to for mail in Mail.objects.all()] == [delegate.user.email]


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(client, delegate):
    tablet = Client()
    for browser in (tablet, client):
        sign_in(browser, delegate.user.username, builders.PASSWORD)
    new = "một câu hoàn toàn khác"

    client.post(
        reverse("account_change_password"), {"oldpassword": builders.PASSWORD, "password1": new, "password2": new}
    )

    assert is_signed_in(client)
    assert not is_signed_in(tablet)
    assert selectors.device_still_good(delegate.user.pk, client.session.session_key)
    assert selectors.devices_of(delegate.user).count() == 1


def test_signing_out_leaves_nothing_behind(client, delegate):
    sign_in(client, delegate.user.username, builders.PASSWORD)
    page = client.get(reverse("council:devices"))

    response = client.post(reverse("account_logout"))

    assert page["Cache-Control"] == "no-store"
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(client)
    assert not selectors.devices_of(delegate.user).exists()


def test_i_sign_another_device_of_mine_out(client, delegate):
    tablet = Client()
    for browser in (tablet, client):
        sign_in(browser, delegate.user.username, builders.PASSWORD)
    other = selectors.devices_of(delegate.user).exclude(session_key=client.session.session_key).get()

    client.post(reverse("council:revoke_device", args=[other.public_id]))

    assert is_signed_in(client)
    assert not is_signed_in(tablet)


def test_another_persons_device_is_not_found(client, delegates):
    sign_in(Client(), delegates[1].user.username, builders.PASSWORD)
    client.force_login(delegates[0].user)

    response = client.post(reverse("council:revoke_device", args=[Device.objects.get().public_id]))

    assert response.status_code == 404
    assert Device.objects.get().revoked_at is None


# --- Demonstration ---------------------------------------------------------------------------------


@pytest.fixture
def demo_chair(council, chair, settings):
    settings.DEMO = True
    council.is_demo = True
    council.save()
    demo.equip(chair)
    return chair


def test_one_tap_signs_in_with_the_second_factor(client, demo_chair):
    page = client.get(reverse("account_login")).content.decode()
    assert "Đây là bản trình diễn" in page

    client.post(reverse("council:demo_sign_in"), {"username": demo_chair.username})

    assert second_factor.has_stepped_up(client.session.session_key, demo_chair, "sitting:any")
    assert client.get(reverse("council:devices")).status_code == 200


def test_one_tap_exists_only_in_the_demonstration(client, demo_chair, settings):
    settings.DEMO = False

    assert "Đây là bản trình diễn" not in client.get(reverse("account_login")).content.decode()
    assert client.post(reverse("council:demo_sign_in"), {"username": demo_chair.username}).status_code == 404


def test_one_tap_opens_no_real_account(client, demo_chair, office):
    assert client.post(reverse("council:demo_sign_in"), {"username": office.username}).status_code == 404


def test_the_seed_and_the_command_agree(demo_chair, council, capsys):
    import json

    delegate = builders.delegate(council, 9)
    demo.equip(delegate.user, delegate)
    call_command("demo_accounts", "--json")
    rows = {row["username"]: row for row in json.loads(capsys.readouterr().out)}

    chair = rows[demo_chair.username]
    assert chair["role"] == "session_chair"
    assert demo_chair.check_password(chair["password"])
    assert totp.decrypt(demo_chair.authenticator_set.get().data["secret"]) == chair["totp_secret"]
    card = rows[delegate.user.username]
    assert card["role"] == "delegate"
    tablet = Client()
    tablet.get(card["card_url"].removeprefix("http://localhost:8000"))
    assert tablet.post(reverse("council:card"), {"pin": card["pin"]}).status_code == 302


def test_a_second_sign_in_to_the_demonstration_ends_nobodys_session(client, demo_chair, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    demo.equip(demo_chair)
    client.post(reverse("council:demo_sign_in"), {"username": demo_chair.username})

    sign_in(Client(), demo_chair.username, demo.demo_password(demo_chair.username))

    assert is_signed_in(client)


@pytest.mark.django_db(transaction=True)
def test_production_refuses_to_start_while_a_demonstration_account_exists(settings):
    settings.TESTING = False
    checks.refuse_demo_accounts()  # none yet
    assert checks.no_demo_accounts(None, databases=["default"]) == []
    User.objects.create_user("trinh-dien", is_demo=True)

    assert [error.id for error in checks.no_demo_accounts(None, databases=["default"])] == ["council.E001"]
    with pytest.raises(ImproperlyConfigured):
        checks.refuse_demo_accounts()
    settings.DEMO = True
    checks.refuse_demo_accounts()


# --- Every page of the door and of one's own account ----------------------------------------------------


def say_it_is_me_again(client):
    client.post(reverse("account_reauthenticate"), {"password": builders.PASSWORD})


@pytest.mark.parametrize(
    "name",
    [
        "account_login", "account_reset_password", "account_reset_password_done",
        "account_reset_password_from_key_done", "account_inactive",
    ],
)  # fmt: skip
def test_pages_before_the_door_open_in_our_words(client, council, name):
    page = client.get(reverse(name))

    assert page.status_code == 200
    assert "<h1>" in page.content.decode()
    assert "Sign In" not in page.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "account_change_password", "account_reauthenticate", "account_logout", "mfa_index", "mfa_activate_totp",
        "mfa_list_webauthn", "mfa_add_webauthn", "council:devices",
    ],
)  # fmt: skip
def test_pages_of_ones_own_account_open_in_our_words(client, delegate, name):
    sign_in(client, delegate.user.username, builders.PASSWORD)
    say_it_is_me_again(client)

    page = client.get(reverse(name))

    assert page.status_code == 200
    assert "Nghị Trường" in page.content.decode()


@pytest.mark.parametrize("name", ["mfa_reauthenticate", "mfa_deactivate_totp", "mfa_generate_recovery_codes"])
def test_pages_of_the_second_factor_open_once_there_is_one(client, delegate, name):
    sign_in(client, delegate.user.username, builders.PASSWORD)
    say_it_is_me_again(client)
    give_authenticator(delegate.user)

    assert client.get(reverse(name)).status_code == 200


def test_setting_an_app_up_shows_recovery_codes_once_it_answers(client, delegate):
    sign_in(client, delegate.user.username, builders.PASSWORD)
    say_it_is_me_again(client)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret

    page = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}, follow=True)

    assert page.redirect_chain[-1][0] == reverse("mfa_view_recovery_codes")
    assert len(page.context["unused_codes"]) == 10
    assert second_factor.has_authenticator(delegate.user)


def test_setting_an_app_up_asks_for_the_password_again(client, delegate):
    client.force_login(delegate.user)

    response = client.get(reverse("mfa_activate_totp"))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_reauthenticate"))


def test_somebody_without_a_password_is_told_to_ask_the_office(client, delegate):
    delegate.user.set_unusable_password()
    delegate.user.save()
    client.force_login(delegate.user)

    page = client.get(reverse("account_change_password"), follow=True)

    assert "nhờ văn phòng gửi liên kết" in page.content.decode()
