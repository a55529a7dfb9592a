"""What can be read about accounts, cards and devices."""

from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Prefetch, Q
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from council.accounts import rules
from council.models import Body, CardScan, Council, Delegate, Device, Membership, SeatCard, StepUp, User
from council.permissions import can_manage_accounts, can_manage_people

DEVICE_COOKIE = "may"


def live_sign_ins(session_keys) -> dict[str, User]:
    """The person behind each session that still holds, by session key, with the rights of that session.

    It holds while it has not ended, the account is active, the password is the one it was opened with,
    and its device and card were not revoked. Five queries, however many sessions: a room asks it for
    all its sockets at each heartbeat (security 7).
    """
    rows = Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    opened = {key: _opened(data) for key, data in rows.values_list("session_key", "session_data")}
    ids = {data.get(SESSION_KEY) for data in opened.values()} - {None}
    users = {str(user.pk): user for user in User.objects.filter(pk__in=ids, is_active=True)}
    devices = Device.objects.filter(pk__in={data["device"] for data in opened.values() if "device" in data})
    devices = devices.filter(Q(card=None) | Q(card__revoked_at=None), revoked_at=None)
    good_devices = set(devices.values_list("pk", flat=True))
    stepped_up = set(StepUp.objects.filter(session_key__in=opened).values_list("session_key", "user"))
    alive = {}
    for key, data in opened.items():
        user = users.get(str(data.get(SESSION_KEY)))
        if user is None or not constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
            continue
        if "device" in data and data["device"] not in good_devices:
            continue
        alive[key] = copy(user)  # one person's sessions may have different rights
        alive[key].delegate_rights_only = data.get("via") == "card" and (key, user.pk) not in stepped_up
        alive[key].chosen_council = data.get("council")
    return alive


@lru_cache(maxsize=4096)
def _opened(session_data: str) -> dict:
    """What a session holds. The same text always opens to the same, so a beat of the hall need not again."""
    return Session().get_session_store_class()().decode(session_data)


def device_still_good(user_id: int, session_key: str | None) -> bool:
    """Whether one open socket may stay (see `live_sign_ins`)."""
    user = live_sign_ins([session_key]).get(session_key)
    return user is not None and user.pk == user_id


def card_of_device(device_secret: str) -> SeatCard | None:
    """The live card that is bound to the device with this cookie."""
    if not device_secret:
        return None
    device = (
        Device.objects.filter(secret_hash=rules.hash_of(device_secret), revoked_at=None)
        .filter(card__isnull=False, card__revoked_at=None, user__is_active=True)
        .select_related("card__delegate__council", "card__delegate__term", "card__delegate__user")
        .first()
    )
    return device.card if device else None


def lost_card(device_secret: str) -> Device | None:
    """The device row of a tablet whose card was moved or revoked: for a day it is told why."""
    if not device_secret:
        return None
    rows = Device.objects.filter(secret_hash=rules.hash_of(device_secret), card__isnull=False)
    return rows.filter(revoked_at__gt=timezone.now() - timedelta(days=1)).first()


def card_with_secret(secret: str) -> SeatCard | None:
    """The live card whose QR code was read; None for an unknown or revoked one."""
    return (
        SeatCard.objects.filter(secret_hash=rules.hash_of(secret), revoked_at=None, delegate__user__is_active=True)
        .select_related("delegate__council", "delegate__term", "delegate__user")
        .first()
    )


@dataclass(frozen=True)
class CardState:
    """What a device that holds a card may do next: `step` is pin, choose_pin, wait, elsewhere or locked."""

    card: SeatCard
    step: str
    locked_until: object = None

    @property
    def delegate(self) -> Delegate:
        return self.card.delegate


def card_state(card: SeatCard, device_secret: str) -> CardState:
    """Where a card and a device stand: bound together, still to be bound, or the card bound elsewhere."""
    secret_hash = rules.hash_of(device_secret)
    scan = card.scans.filter(secret_hash=secret_hash).first()
    now = timezone.now()
    if scan and scan.locked_until and scan.locked_until > now:
        return CardState(card, "locked", scan.locked_until)
    bound = card.devices.filter(revoked_at=None).first()
    if bound is not None and bound.secret_hash != secret_hash:
        return CardState(card, "elsewhere")
    if bound is None and not may_bind(card, scan):
        return CardState(card, "wait")
    return CardState(card, "pin" if card.delegate.user.pin_hash else "choose_pin")


def may_bind(card: SeatCard, scan: CardScan | None) -> bool:
    """Whether a free card may be tied to the device of this scan now: window open, or confirmed."""
    if scan is not None and scan.confirmed_at is not None and scan.refused_at is None:
        return True
    return card.binding_open_until is not None and card.binding_open_until > timezone.now()


@dataclass(frozen=True)
class DelegateRow:
    """A line of the office's list: who, where, which card, on which device, what is asked."""

    delegate: Delegate
    group: str
    card: SeatCard | None
    device: Device | None
    asking: list[CardScan]

    @property
    def state(self) -> str:
        if self.card is None:
            return "no_card"
        if self.device is not None:
            return "bound" if self.delegate.user.pin_hash else "pin_reset"
        return "open" if may_bind(self.card, None) else "unused"

    @property
    def state_words(self) -> str:
        return {
            "no_card": _("Chưa có thẻ"),
            "bound": _("Đã nhận trên máy"),
            "pin_reset": _("Chờ đặt lại mã PIN"),
            "open": _("Chờ nhận thẻ"),
            "unused": _("Chưa nhận"),
        }[self.state]

    @property
    def state_kind(self) -> str:
        return {"bound": "ok", "open": "act", "no_card": "warn", "pin_reset": "warn"}.get(self.state, "")


def sitting_delegates(council: Council):
    """Delegates whose mandate runs today."""
    today = timezone.localdate()
    return Delegate.objects.filter(council=council, mandate_from__lte=today).exclude(mandate_to__lt=today)


def delegate_rows(council: Council, delegates=None) -> list[DelegateRow]:
    """The office's list of delegates in the order of their seats, in a fixed number of queries."""
    delegates = sitting_delegates(council) if delegates is None else delegates
    delegates = delegates.select_related("user", "council", "term").prefetch_related(
        Prefetch(
            "cards",
            SeatCard.objects.filter(revoked_at=None).prefetch_related(
                Prefetch("devices", Device.objects.filter(revoked_at=None)),
                Prefetch(
                    "scans", CardScan.objects.filter(confirmed_at=None, refused_at=None).order_by("-asked_at")
                ),
            ),
        ),
        Prefetch("memberships", groups_today(), to_attr="groups"),
    )
    rows = []
    for delegate in delegates.order_by("seat_row", "seat_number", "code"):
        card = next(iter(delegate.cards.all()), None)
        device = next(iter(card.devices.all()), None) if card else None
        asking = (
            [scan for scan in card.scans.all() if device is None or scan.secret_hash != device.secret_hash]
            if card
            else []
        )
        group = delegate.groups[0].body.short_name if delegate.groups else ""
        rows.append(DelegateRow(delegate, group, card, device, asking))
    return rows


def groups_today():
    """Memberships of delegate groups in force today."""
    return (
        Membership.objects.on(timezone.localdate())
        .filter(body__kind=Body.Kind.DELEGATE_GROUP)
        .select_related("body")
    )


def group_of(delegate: Delegate) -> str:
    """The short name of a delegate's group today; empty when there is none."""
    membership = groups_today().filter(delegate=delegate).first()
    return membership.body.short_name if membership else ""


def get_delegate_for(user: User, council: Council, public_id) -> Delegate:
    """A delegate of this council for those who keep its people; 404 for everyone else."""
    if not can_manage_people(user, council):
        raise Http404
    delegate = (
        Delegate.objects.filter(council=council, public_id=public_id)
        .select_related("user", "council", "term")
        .first()
    )
    if delegate is None:
        raise Http404
    return delegate


def devices_of(user: User):
    """The devices that are signed in or bound for a person, newest first."""
    oldest = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return (
        user.devices.filter(revoked_at=None)
        .exclude(card=None, bound_at__lt=oldest)  # that session has run out
        .select_related("card__delegate__council")
        .order_by("-last_seen_at", "-bound_at")
    )


def people_of(council: Council):
    """Everybody who has, or had, anything to do with a council."""
    return (
        User.objects.filter(
            Q(role_grants__council=council) | Q(mandates__council=council) | Q(memberships__body__council=council)
        )
        .distinct()
        .order_by("full_name", "username")
    )


def get_person_for(user: User, council: Council, username: str) -> User:
    """A person of this council for its administrator; 404 for everyone else."""
    if not can_manage_accounts(user, council):
        raise Http404
    person = people_of(council).filter(username=username).first()
    if person is None:
        raise Http404
    return person
