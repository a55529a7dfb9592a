"""What can happen to seat cards, devices and sign-ins."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit, second_factor
from council.accounts import rules
from council.accounts.selectors import CardState, card_state
from council.errors import BadInput, NotAllowed, WrongState
from council.models import CardScan, Council, Delegate, Device, SeatCard, StepUp, User
from council.permissions import can_manage_accounts, can_manage_people

# What depends on a PIN elsewhere: told in the transaction in which one is chosen, changed or forgotten.
_new_pin: list[Callable[[User, Device | None], None]] = []

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def register_new_pin(fn: Callable[[User, Device | None], None]) -> Callable[[User, Device | None], None]:
    """Add what follows when a person's PIN is another one: fn(user, device), the device that sees to itself or None."""
    _new_pin.append(fn)
    return fn


def _tell_new_pin(user: User, device: Device | None = None) -> None:
    for fn in _new_pin:
        fn(user, device)


# --- Signing in ----------------------------------------------------------------------------------


@transaction.atomic
def note_password_sign_in(*, request, user: User) -> Device:
    """List a sign-in by password among the person's devices; a second factor given on the way counts
    for the office's pages of the day. Called once the session is the user's."""
    device = Device.objects.create(
        user=user,
        secret_hash=rules.hash_of(rules.new_secret()),
        label=rules.device_label(request.headers.get("User-Agent", "")),
        session_key=request.session.session_key,
        last_seen_at=timezone.now(),
    )
    request.session["via"] = "password"
    request.session["device"] = device.pk
    if any(record["method"] == "mfa" for record in get_authentication_records(request, user)):
        second_factor.grant(user=user, session_key=request.session.session_key, scope=second_factor.OFFICE)
    audit.record(
        user, "council.signed-in", device, council=getattr(request, "council", None), data={"with": "password"}
    )
    return device


@transaction.atomic
def step_up(*, request, scope: str) -> None:
    """Note the second factor for a scope; the session gets a new key, as its rights have grown."""
    before = request.session.session_key
    request.session.cycle_key()
    after = request.session.session_key
    StepUp.objects.filter(user=request.user, session_key=before).update(session_key=after)
    Device.objects.filter(session_key=before).update(session_key=after)
    second_factor.grant(user=request.user, session_key=after, scope=scope)
    audit.record(request.user, "council.stepped-up", council=request.council, data={"scope": scope})


@transaction.atomic
def sign_in_for_demonstration(*, request, user: User) -> None:
    """Let a demonstration account in without a password, its second factor counted for every scope."""
    if not (settings.DEMO and user.is_demo):
        raise NotAllowed
    _log_in(request, user)
    request.session["via"] = "password"
    device = Device.objects.create(
        user=user,
        secret_hash=rules.hash_of(rules.new_secret()),
        label=_label_of(request),
        session_key=request.session.session_key,
        last_seen_at=timezone.now(),
    )
    request.session["device"] = device.pk
    if second_factor.is_privileged_anywhere(user):
        second_factor.grant(user=user, session_key=request.session.session_key, scope=second_factor.EVERYWHERE)
    audit.record(user, "council.signed-in", device, council=request.council, data={"with": "demonstration"})


@dataclass(frozen=True)
class SignedIn:
    """A card that let its delegate in on this device; `device_secret` is the cookie's new value."""

    device: Device
    device_secret: str


def sign_in_by_card(*, request, card: SeatCard, device_secret: str, pin: str) -> SignedIn | CardState:
    """Let a delegate in with card and PIN, or tell where the card stands.

    The try is taken before the PIN is looked at, so that five tries at once are five tries. A wrong PIN
    gives back the card's state: "pin" again, or "locked" for 15 minutes on this device only.
    """
    state = _take_try(card, device_secret, _label_of(request))
    if state.step != "pin":
        return state
    if not check_password(pin, state.delegate.user.pin_hash):
        return card_state(card, device_secret)
    return _bind(request=request, card=card, device_secret=device_secret, step="pin")


def choose_pin(*, request, card: SeatCard, device_secret: str, pin: str) -> SignedIn | CardState:
    """Set the PIN at the first check-in, tie the card to this device and let the delegate in."""
    fault = rules.fault_in_pin(pin)
    if fault:
        raise BadInput(fault)
    state = card_state(card, device_secret)
    if state.step != "choose_pin":
        return state
    return _bind(
        request=request, card=card, device_secret=device_secret, step="choose_pin", pin_hash=make_password(pin)
    )


@transaction.atomic
def note_scan(*, card: SeatCard, device_secret: str, label: str) -> CardScan:
    """Keep that a device read a card, for the office to see and decide."""
    scan, made = CardScan.objects.get_or_create(
        card=card, secret_hash=rules.hash_of(device_secret), defaults={"label": label}
    )
    if not made:
        scan.asked_at, scan.label = timezone.now(), label
        scan.save(update_fields=["asked_at", "label"])
        return scan
    # A photographed card must not fill the office's list: the newest few devices stay.
    idle = card.scans.filter(confirmed_at=None, wrong_pins=0, locked_until=None).order_by("-asked_at", "-pk")
    card.scans.filter(pk__in=list(idle.values_list("pk", flat=True)[rules.SCANS_KEPT :])).delete()
    return scan


@transaction.atomic
def change_pin(*, user: User, old: str, new: str, device: Device | None = None) -> None:
    """Change one's own PIN, knowing the old one; `device` wraps anew by itself what the old one opens on it."""
    if not check_password(old, user.pin_hash):
        raise BadInput(_("Mã PIN hiện tại không đúng."))
    fault = rules.fault_in_pin(new)
    if fault:
        raise BadInput(fault)
    user.pin_hash, user.pin_set_at = make_password(new), timezone.now()
    user.save(update_fields=["pin_hash", "pin_set_at"])
    _tell_new_pin(user, device)
    audit.record(user, "council.pin-changed", user)


@transaction.atomic
def _take_try(card: SeatCard, device_secret: str, label: str) -> CardState:
    card = _locked(card)
    state = card_state(card, device_secret)
    if state.step != "pin":
        return state
    scan = note_scan(card=card, device_secret=device_secret, label=label)
    if scan.locked_until:  # the pause is over
        scan.locked_until = None
    scan.wrong_pins += 1
    if scan.wrong_pins >= rules.PIN_TRIES:
        scan.wrong_pins, scan.locked_until = 0, timezone.now() + rules.PIN_PAUSE
    scan.save(update_fields=["wrong_pins", "locked_until"])
    if not card.devices.filter(revoked_at=None).exists():
        card.new_device_tries += 1
        if card.new_device_tries >= rules.NEW_DEVICE_TRIES:  # somebody tries device after device
            card.binding_open_until = None
            card.scans.filter(refused_at=None).update(refused_at=timezone.now())
        card.save(update_fields=["new_device_tries", "binding_open_until"])
    return state


@transaction.atomic
def _bind(*, request, card: SeatCard, device_secret: str, step: str, pin_hash: str = "") -> SignedIn | CardState:
    card = _locked(card)
    card.scans.filter(secret_hash=rules.hash_of(device_secret)).update(wrong_pins=0, locked_until=None)
    state = card_state(card, device_secret)
    if state.step != step:
        return state
    user, now, fresh = card.delegate.user, timezone.now(), rules.new_secret()
    if pin_hash:
        user.pin_hash, user.pin_set_at = pin_hash, now
        user.save(update_fields=["pin_hash", "pin_set_at"])
        _tell_new_pin(user)
    device = card.devices.filter(revoked_at=None).first()
    first_time = device is None
    if first_time:
        _free_tablet(rules.hash_of(device_secret), by=user)
        device = Device(user=user, card=card)
    else:
        _end_session(device.session_key)
    note_scan(card=card, device_secret=device_secret, label=_label_of(request))
    card.scans.filter(secret_hash=rules.hash_of(device_secret)).update(
        secret_hash=rules.hash_of(fresh), confirmed_at=now, refused_at=None
    )
    card.new_device_tries = 0
    card.save(update_fields=["new_device_tries"])
    _log_in(request, user)
    request.session.update({"via": "card", "council": card.delegate.council_id, "pin_at": now.timestamp()})
    device.secret_hash, device.label = rules.hash_of(fresh), _label_of(request)
    device.session_key, device.last_seen_at = request.session.session_key, now
    device.save()
    request.session["device"] = device.pk
    event = "council.card-bound" if first_time else "council.signed-in"
    audit.record(
        user, event, card, council=card.delegate.council, data={"with": "card", "pin_set": bool(pin_hash)}
    )
    return SignedIn(device, fresh)


def _free_tablet(secret_hash: str, by: User) -> None:
    """A tablet that takes a new card lets go of the one it held."""
    for device in Device.objects.filter(secret_hash=secret_hash, revoked_at=None, card__isnull=False):
        _revoke(device)
        audit.record(by, "council.card-unbound", device.card, council=device.card.delegate.council)


# --- What the office does with cards -----------------------------------------------------------------


@transaction.atomic
def issue_cards(*, council: Council, delegates, by: User) -> list[tuple[SeatCard, str]]:
    """Give each delegate a new card; the old one, and the device bound to it, are out at once.

    The secrets are given back once, for printing; only their hashes are kept.
    """
    _ask(by, council)
    now, issued = timezone.now(), []
    for delegate in delegates:
        old = delegate.cards.select_for_update(no_key=True).filter(revoked_at=None).first()
        if old is not None:
            _revoke_card(old, _("Cấp thẻ mới"))
        secret = rules.new_secret()
        card = SeatCard.objects.create(
            delegate=delegate,
            secret_hash=rules.hash_of(secret),
            issued_by=by,
            printed_at=now,
            binding_open_until=old.binding_open_until if old else None,
        )
        issued.append((card, secret))
        audit.record(by, "council.card-issued", card, council=council, data={"delegate": delegate.code})
    return issued


@transaction.atomic
def revoke_card(*, card: SeatCard, by: User, reason: str) -> None:
    """Make a card worth nothing: its device loses the session at once."""
    _ask(by, card.delegate.council)
    card = _locked(card)
    if card.revoked_at:
        raise WrongState(_("Thẻ này đã bị thu hồi."))
    _revoke_card(card, reason)
    audit.record(by, "council.card-revoked", card, council=card.delegate.council, data={"reason": reason})


@transaction.atomic
def open_check_in(*, council: Council, by: User) -> int:
    """Let every card that is not in use be tied to a tablet for the next four hours; how many cards."""
    _ask(by, council)
    until = timezone.now() + rules.BINDING_WINDOW
    count = _live_cards(council).update(binding_open_until=until, new_device_tries=0)
    audit.record(by, "council.check-in-opened", council=council, data={"cards": count, "until": until.isoformat()})
    return count


@transaction.atomic
def close_check_in(*, council: Council, by: User) -> None:
    """From now on a clerk confirms each new tablet by name."""
    _ask(by, council)
    _live_cards(council).update(binding_open_until=None)
    audit.record(by, "council.check-in-closed", council=council)


@transaction.atomic
def confirm_scan(*, scan: CardScan, by: User) -> None:
    """Let this very device take the card; the device that held it before is signed out at once."""
    card = _locked(scan.card)
    _ask(by, card.delegate.council)
    if card.revoked_at:
        raise WrongState(_("Thẻ này đã bị thu hồi."))
    moved = 0
    for device in card.devices.filter(revoked_at=None).exclude(secret_hash=scan.secret_hash):
        _revoke(device)
        moved += 1
    card.scans.exclude(pk=scan.pk).update(confirmed_at=None)
    CardScan.objects.filter(pk=scan.pk).update(
        confirmed_at=timezone.now(), confirmed_by=by, refused_at=None, wrong_pins=0, locked_until=None
    )
    SeatCard.objects.filter(pk=card.pk).update(new_device_tries=0)
    event = "council.card-moved" if moved else "council.card-confirmed"
    audit.record(by, event, card, council=card.delegate.council, data={"device": scan.label})


@transaction.atomic
def refuse_scan(*, scan: CardScan, by: User) -> None:
    """Turn a device away; it asks again only by reading the card anew."""
    _ask(by, scan.card.delegate.council)
    CardScan.objects.filter(pk=scan.pk).update(refused_at=timezone.now(), confirmed_at=None)
    audit.record(
        by, "council.card-refused", scan.card, council=scan.card.delegate.council, data={"device": scan.label}
    )


@transaction.atomic
def free_card(*, card: SeatCard, by: User) -> None:
    """Untie a card from its tablet (broken, lost): the next one is confirmed by the office."""
    _ask(by, card.delegate.council)
    card = _locked(card)
    for device in card.devices.filter(revoked_at=None):
        _revoke(device)
    card.scans.update(confirmed_at=None)
    audit.record(by, "council.card-unbound", card, council=card.delegate.council)


@transaction.atomic
def reset_pin(*, delegate: Delegate, by: User) -> None:
    """At the door: forget the PIN, end the session; the delegate sets a new one on the own tablet."""
    _ask(by, delegate.council)
    user = User.objects.select_for_update(no_key=True).get(pk=delegate.user_id)
    user.pin_hash, user.pin_set_at = "", None
    user.save(update_fields=["pin_hash", "pin_set_at"])
    _tell_new_pin(user)
    for device in Device.objects.filter(card__delegate=delegate, revoked_at=None):
        _end_session(device.session_key)
    CardScan.objects.filter(card__delegate=delegate).update(wrong_pins=0, locked_until=None)
    audit.record(by, "council.pin-reset", delegate)


@transaction.atomic
def place_delegate(
    *, delegate: Delegate, by: User, seat_row: str, seat_number: int | None, email: str
) -> Delegate:
    """Give a delegate a seat and an address for letters."""
    _ask(by, delegate.council)
    seat_row = seat_row.strip().upper()
    if bool(seat_row) != bool(seat_number):
        raise BadInput(_("Ghi cả hàng và số ghế, hoặc để trống cả hai."))
    taken = Delegate.objects.filter(
        council=delegate.council, term=delegate.term, seat_row=seat_row, seat_number=seat_number, mandate_to=None
    ).exclude(pk=delegate.pk)
    if seat_row and (other := taken.first()):
        raise BadInput(_("Ghế này đã xếp cho đại biểu %(name)s.") % {"name": other.full_name})
    delegate.seat_row, delegate.seat_number, delegate.email = seat_row, seat_number, email
    delegate.save(update_fields=["seat_row", "seat_number", "email"])
    audit.record(by, "council.delegate-placed", delegate, data={"seat": delegate.seat})
    return delegate


# --- Devices -----------------------------------------------------------------------------------------


@transaction.atomic
def revoke_device(*, device: Device, by: User) -> None:
    """Sign a device out for good: its owner, or whoever keeps the council's people."""
    council = device.card.delegate.council if device.card else None
    if device.user_id != by.pk and not (council and can_manage_people(by, council)):
        raise NotAllowed(_("Chỉ chủ nhân hoặc văn phòng được đăng xuất máy này."))
    _revoke(device)
    audit.record(by, "council.device-revoked", device, council=council)


@transaction.atomic
def end_all_sessions(*, user: User, keep: str = "") -> None:
    """End every session of a person, except the one with the key `keep`; bound cards stay bound."""
    for device in user.devices.filter(revoked_at=None).exclude(session_key=keep):
        if device.card_id is None:
            _revoke(device)
        else:
            _end_session(device.session_key)


def note_sign_out(*, session_key: str) -> None:
    """A session was closed: a password's device goes from the list, a card stays bound to its tablet."""
    Device.objects.filter(session_key=session_key, card=None, revoked_at=None).update(revoked_at=timezone.now())
    StepUp.objects.filter(session_key=session_key).delete()


def _ask(by: User, council: Council) -> None:
    if not (can_manage_people(by, council) or can_manage_accounts(by, council)):
        raise NotAllowed(_("Chỉ văn phòng được quản lý thẻ ghế và máy của đại biểu."))


def _locked(card: SeatCard) -> SeatCard:
    SeatCard.objects.select_for_update(no_key=True).get(pk=card.pk)
    return SeatCard.objects.select_related("delegate__council", "delegate__user").get(pk=card.pk)


def _live_cards(council: Council):
    return SeatCard.objects.filter(delegate__council=council, revoked_at=None)


def _revoke_card(card: SeatCard, reason: str) -> None:
    card.revoked_at, card.revoked_reason = timezone.now(), reason[:200]
    card.save(update_fields=["revoked_at", "revoked_reason"])
    for device in card.devices.filter(revoked_at=None):
        _revoke(device)


def _revoke(device: Device) -> None:
    device.revoked_at = timezone.now()
    device.save(update_fields=["revoked_at"])
    _end_session(device.session_key)


def _end_session(session_key: str) -> None:
    if session_key:
        Session.objects.filter(session_key=session_key).delete()
        StepUp.objects.filter(session_key=session_key).delete()


def _log_in(request, user: User) -> None:
    login(request, user, backend=_BACKEND)
    if request.session.session_key is None:  # another person's session was thrown away
        request.session.save()


def _label_of(request) -> str:
    return rules.device_label(request.headers.get("User-Agent", ""))


def idle_pin_due(*, session, minutes: int) -> bool:
    """Whether a delegate who came by card must give the PIN again before a vote, after `minutes` of rest.

    Zero minutes (the default of the council's setting `sitting_idle_pin_minutes`) never asks.
    """
    if not minutes or session.get("via") != "card":
        return False
    rested = timezone.now().timestamp() - session.get("pin_at", 0)
    return rested > timedelta(minutes=minutes).total_seconds()
