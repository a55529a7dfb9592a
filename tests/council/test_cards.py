"""Seat cards: a card and a PIN let a delegate in, on one device."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from council.accounts import rules, selectors, services
from council.errors import NotAllowed
from council.models import AuditEntry, CardScan, Device, SeatCard
from council.permissions import has_role
from tests import builders

PIN = "482915"


@pytest.fixture
def printed(council, delegate, office):
    """A card fresh from the printer, and the secret in its QR code."""
    return services.issue_cards(council=council, delegates=[delegate], by=office)[0]


@pytest.fixture
def card(printed):
    return printed[0]


@pytest.fixture
def secret(printed):
    return printed[1]


def scan(tablet, secret):
    return tablet.get(reverse("council:scan_card", args=[secret]), follow=True)


def set_pin(tablet, pin=PIN, again=None):
    return tablet.post(reverse("council:card"), {"pin": pin, "again": again or pin})


def enter_pin(tablet, pin=PIN):
    return tablet.post(reverse("council:card"), {"pin": pin})


def is_signed_in(tablet):
    return tablet.get(reverse("council:devices")).status_code == 200


@pytest.fixture
def tablet(council, office, secret):
    """A tablet on which the delegate checked in at the first check-in."""
    services.open_check_in(council=council, by=office)
    tablet = Client(headers={"user-agent": "Mozilla/5.0 (iPad; CPU OS 17_0) Safari"})
    scan(tablet, secret)
    set_pin(tablet)
    return tablet


def test_first_check_in_sets_a_pin_and_signs_in(tablet, delegate, card):
    assert is_signed_in(tablet)
    assert Device.objects.get(card=card).user == delegate.user
    assert Device.objects.get(card=card).label == "iPad, Safari"


def test_only_a_hash_of_the_secret_is_kept(card, secret):
    assert card.secret_hash == rules.hash_of(secret)
    assert len(secret) == 22  # 128 bits
    assert secret not in str(SeatCard.objects.values().get())


def test_the_secret_leaves_the_address_bar(council, office, secret, client):
    response = client.get(reverse("council:scan_card", args=[secret]))

    assert response.status_code == 302
    assert response["Location"] == reverse("council:card")


def test_a_photographed_card_is_worth_nothing_before_the_office_opens_the_check_in(secret, client):
    response = scan(client, secret)

    assert "Chờ văn phòng xác nhận" in response.content.decode()
    assert set_pin(client).status_code == 422
    assert not is_signed_in(client)


def test_a_clerk_confirms_one_person_while_the_check_in_is_closed(secret, client, card, office):
    scan(client, secret)

    services.confirm_scan(scan=card.scans.get(), by=office)

    set_pin(client)
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "pin", ["123456", "000000", "654321", "111111", "121212", "310190", "900131", "12345", "abcdef"]
)
def test_a_pin_that_a_neighbour_tries_first_is_refused(council, office, secret, client, pin):
    services.open_check_in(council=council, by=office)
    scan(client, secret)

    assert set_pin(client, pin).status_code == 422
    assert not is_signed_in(client)


def test_the_pin_is_typed_twice(council, office, secret, client):
    services.open_check_in(council=council, by=office)
    scan(client, secret)

    response = set_pin(client, PIN, again="482916")

    assert response.status_code == 422
    assert "Hai lần nhập không giống nhau" in response.content.decode()


def test_the_next_morning_the_tablet_asks_for_the_pin_alone(tablet):
    tablet.post(reverse("account_logout"))

    page = tablet.get(reverse("account_login"), follow=True)
    assert "Đã nhận thẻ ghế trên máy này" in page.content.decode()
    assert enter_pin(tablet).status_code == 302
    assert is_signed_in(tablet)


def test_five_wrong_pins_lock_the_card_on_that_device_for_a_quarter_of_an_hour(tablet, card):
    tablet.post(reverse("account_logout"))

    answers = [enter_pin(tablet, "555666") for _ in range(5)]

    assert "Tạm khóa trên máy này" in answers[-1].content.decode()
    assert enter_pin(tablet, PIN).status_code == 422  # even the right one
    CardScan.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    assert enter_pin(tablet, PIN).status_code == 302


def test_wrong_pins_on_a_strange_device_do_not_keep_the_delegate_out(tablet, secret):
    tablet.post(reverse("account_logout"))
    stranger = Client()
    scan(stranger, secret)
    for _ in range(10):
        enter_pin(stranger, "555666")

    assert enter_pin(tablet, PIN).status_code == 302


def test_trying_pins_on_device_after_device_closes_the_window(tablet, card, secret, office):
    services.free_card(card=card, by=office)

    for _ in range(5):
        stranger = Client()
        scan(stranger, secret)
        for _ in range(4):
            enter_pin(stranger, "555666")

    card.refresh_from_db()
    assert card.binding_open_until is None
    latest = Client()
    assert "Chờ văn phòng xác nhận" in scan(latest, secret).content.decode()


def test_a_card_on_a_second_device_is_told_and_the_office_sees_it(tablet, secret, council):
    second = Client(headers={"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/120"})

    response = scan(second, secret)

    assert "Thẻ đang dùng trên một máy khác" in response.content.decode()
    assert enter_pin(second).status_code == 422
    assert is_signed_in(tablet)
    rows = selectors.delegate_rows(council)
    assert [scan.label for scan in rows[0].asking] == ["Android, Chrome"]


def test_a_photographed_card_does_not_fill_the_offices_list(card, secret):
    for _ in range(rules.SCANS_KEPT + 5):
        scan(Client(), secret)

    assert card.scans.count() == rules.SCANS_KEPT


def test_the_office_moves_a_card_and_the_old_tablet_is_told_and_signed_out(tablet, secret, card, office):
    second = Client(headers={"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/120"})
    scan(second, secret)

    services.confirm_scan(scan=card.scans.get(label="Android, Chrome"), by=office)

    assert not is_signed_in(tablet)
    assert "Thẻ ghế đã rời máy này" in tablet.get(reverse("account_login")).content.decode()
    assert enter_pin(second).status_code == 302
    assert Device.objects.filter(card=card, revoked_at=None).count() == 1


def test_a_revoked_card_loses_its_session_and_its_socket_at_once(tablet, card, office, delegate):
    session_key = tablet.session.session_key
    assert selectors.device_still_good(delegate.user.pk, session_key)

    services.revoke_card(card=card, by=office, reason="Mất thẻ")

    assert not is_signed_in(tablet)
    assert not selectors.device_still_good(delegate.user.pk, session_key)


def test_a_disabled_account_and_a_new_password_close_its_sockets(tablet, delegate):
    session_key = tablet.session.session_key
    user = delegate.user

    user.is_active = False
    user.save()
    assert not selectors.device_still_good(user.pk, session_key)

    user.is_active = True
    user.save()
    assert selectors.device_still_good(user.pk, session_key)
    user.set_password("một câu hoàn toàn khác")
    user.save()
    assert not selectors.device_still_good(user.pk, session_key)


def test_a_reissued_card_makes_the_old_one_worth_nothing(tablet, secret, council, delegate, office):
    ((_, new_secret),) = services.issue_cards(council=council, delegates=[delegate], by=office)

    assert not is_signed_in(tablet)
    assert Client().get(reverse("council:scan_card", args=[secret])).status_code == 404
    assert "Kính chào đại biểu" in scan(Client(), new_secret).content.decode()


def test_the_pin_is_reset_at_the_door(tablet, delegate, office):
    services.reset_pin(delegate=delegate, by=office)

    assert not is_signed_in(tablet)
    assert enter_pin(tablet, PIN).status_code == 422
    assert set_pin(tablet, "739164").status_code == 302
    assert is_signed_in(tablet)


def test_a_card_gives_a_delegates_rights_only(tablet, delegate, council, office):
    builders.RoleGrant.objects.create(
        council=council, user=delegate.user, role="office", starts_on=builders.TERM_START
    )
    assert has_role(delegate.user, council, "office")

    response = tablet.get(reverse("council:devices"))

    assert not has_role(response.wsgi_request.user, council, "office")
    assert has_role(response.wsgi_request.user, council, "delegate")


def test_a_delegate_may_not_touch_cards(council, delegates, card):
    with pytest.raises(NotAllowed):
        services.issue_cards(council=council, delegates=delegates, by=delegates[1].user)
    with pytest.raises(NotAllowed):
        services.revoke_card(card=card, by=delegates[1].user, reason="x")


def test_another_councils_office_may_not_touch_cards(card, other_council):
    stranger = builders.person(other_council, "van-phong-xa", role="office")

    with pytest.raises(NotAllowed):
        services.revoke_card(card=card, by=stranger, reason="x")


def test_one_tablet_holds_one_card(tablet, delegates, council, office, card):
    ((other, other_secret),) = services.issue_cards(council=council, delegates=[delegates[1]], by=office)
    services.open_check_in(council=council, by=office)

    scan(tablet, other_secret)
    set_pin(tablet, "739164")

    assert Device.objects.get(revoked_at=None, card__isnull=False).card == other
    assert not card.devices.filter(revoked_at=None).exists()


def test_every_act_with_a_card_is_in_the_record_without_its_secret(tablet, card, office, secret):
    services.revoke_card(card=card, by=office, reason="Mất thẻ")

    events = list(AuditEntry.objects.values_list("event", flat=True))
    assert events == [
        "council.card-issued",
        "council.check-in-opened",
        "council.card-bound",
        "council.card-revoked",
    ]
    assert secret not in str(list(AuditEntry.objects.values()))
    assert PIN not in str(list(AuditEntry.objects.values()))


def test_the_device_cookie_cannot_be_read_by_scripts(tablet):
    cookie = tablet.cookies["may"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_pin_rests_as_a_hash(tablet, delegate):
    delegate.user.refresh_from_db()

    assert PIN not in delegate.user.pin_hash
    assert "$" in delegate.user.pin_hash
