"""Plain rules of cards, PINs and addresses: no database, no request."""

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.translation import gettext as _

PIN_TRIES = 5  # wrong PINs of one card on one device, then a pause
PIN_PAUSE = timedelta(minutes=15)
NEW_DEVICE_TRIES = 20  # wrong PINs of one card over all devices that it is not bound to
SCANS_KEPT = 10  # devices of one card that wait for the office
BINDING_WINDOW = timedelta(hours=4)  # how long the first check-in stays open by itself

_TRIVIAL = {"123123", "112233", "121212", "123321", "159753", "147258", "258369", "789456", "456789"}


def new_secret() -> str:
    """A fresh secret of a card or a device: 128 random bits, URL-safe."""
    return secrets.token_urlsafe(16)


def hash_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def fault_in_pin(pin: str) -> str:
    """Why six digits are no good as a PIN, in words; an empty string when they are.

    Refused are runs, repetitions and dates (ddmmyy, yymmdd, mmyyyy): what a neighbour tries first.
    """
    if not re.fullmatch(r"[0-9]{6}", pin):
        return _("Mã PIN gồm đúng 6 chữ số.")
    steps = {(int(b) - int(a)) % 10 for a, b in zip(pin, pin[1:], strict=False)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return _("Mã này quá dễ đoán (số lặp lại hoặc số liền nhau). Hãy chọn mã khác.")
    if pin in _TRIVIAL or pin[:3] == pin[3:] or pin[:2] == pin[2:4] == pin[4:]:
        return _("Mã này quá dễ đoán. Hãy chọn mã khác.")
    if _reads_as_date(pin):
        return _("Mã này giống một ngày tháng, dễ đoán. Hãy chọn mã khác.")
    return ""


def _reads_as_date(pin: str) -> bool:
    first, second, third = int(pin[:2]), int(pin[2:4]), int(pin[4:])
    for year, month, day in ((third, second, first), (first, second, third)):
        for century in (1900, 2000):
            try:
                date(century + year, month, day)
            except ValueError:
                continue
            return True
    return 1 <= first <= 12 and 1930 <= int(pin[2:]) <= 2035


def is_in(address: str, networks: Iterable) -> bool:
    """Whether an IP address lies in one of the networks; what is no address lies in none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in networks)


_SYSTEMS = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("coc_coc", "Cốc Cốc"), ("SamsungBrowser", "Samsung Internet"), ("CriOS", "Chrome"), ("FxiOS", "Firefox"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip


def device_label(user_agent: str) -> str:
    """What people call a device: "iPad, Safari". Only for the eye, never for a decision."""
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    if system == "Mac" and "Mobile/" in user_agent:
        system = "iPad"  # an iPad that asks for desktop pages
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    return ", ".join(part for part in (system, browser) if part) or _("Máy không rõ loại")
