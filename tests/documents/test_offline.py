"""Copies that tablets keep: who may begin one, when it must be wiped, what lies in clear."""

import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from council.accounts import rules
from council.models import Device, RegulationValue
from documents import offline_shell, pack
from documents.models import OfflineCopy, PackFile
from documents.pictures import picture_name
from documents.services import add_paper
from tests import builders
from tests.documents.papers import tiny, upload, with_pages

PIN = "739164"


@pytest.fixture
def tablet(client, delegate):
    """A delegate's tablet that signed in: its browser."""
    client.force_login(delegate.user)
    device = Device.objects.create(user=delegate.user, secret_hash="x", session_key=client.session.session_key)
    session = client.session
    session["device"] = device.pk
    session.save()
    client.device = device
    return client


def begin(tablet, **said):
    return tablet.post(
        reverse("documents:begin_copy"), said, content_type="application/json", headers={"Accept": "application/json"}
    )


def ask_after(tablet, secret):
    return tablet.post(reverse("documents:ask_after_copy"), {"secret": secret}, content_type="application/json")


def begun(tablet) -> str:
    return begin(tablet, pin=PIN, again=PIN).json()["secret"]


# --- Beginning ---------------------------------------------------------------------------------------


def test_14_a_copy_begins_with_a_pin_that_is_kept_nowhere(tablet, delegate):
    answer = begin(tablet, pin=PIN, again=PIN)

    assert answer.status_code == 200
    assert set(answer.json()) == {"copy", "secret", "now", "days"}
    kept = OfflineCopy.objects.get()
    assert kept.device == tablet.device
    assert kept.secret_hash == rules.hash_of(answer.json()["secret"])
    delegate.user.refresh_from_db()
    assert delegate.user.pin_hash == ""


def test_14_the_pin_of_the_seat_card_is_asked_where_there_is_one(tablet, delegate):
    delegate.user.pin_hash = make_password(PIN)
    delegate.user.save()

    assert begin(tablet, pin="910384", again="910384").status_code == 422
    assert begin(tablet, pin=PIN).status_code == 200


def test_14_the_pin_of_the_card_is_not_guessed_here(tablet, delegate):
    delegate.user.pin_hash = make_password(PIN)
    delegate.user.save()
    for _ in range(5):
        begin(tablet, pin="910384")

    assert begin(tablet, pin=PIN).status_code == 409
    assert not OfflineCopy.objects.exists()


@pytest.mark.parametrize(("pin", "again"), [("123456", "123456"), (PIN, "739165"), ("73916", "73916"), ("", "")])
def test_an_easy_or_mistyped_pin_is_refused_in_words(tablet, pin, again):
    answer = begin(tablet, pin=pin, again=again)

    assert answer.status_code == 422
    assert answer.json()["error"]


def test_one_device_keeps_one_copy(tablet):
    first = begun(tablet)
    second = begun(tablet)

    assert ask_after(tablet, first).status_code == 410
    assert ask_after(tablet, second).status_code == 200


# --- Keeping and wiping -------------------------------------------------------------------------------


def test_14_the_copy_stays_while_the_sign_in_has_ended(tablet, client):
    secret = begun(tablet)
    client.cookies.clear()

    answer = ask_after(client, secret)

    assert answer.status_code == 200
    assert answer.json()["days"] == 7


def revoke_device(tablet):
    Device.objects.filter(pk=tablet.device.pk).update(revoked_at=timezone.now())


def disable_account(tablet):
    tablet.device.user.is_active = False
    tablet.device.user.save()


def sign_out(tablet):
    tablet.post(reverse("account_logout"))


def not_heard_of_for_long(tablet):
    OfflineCopy.objects.update(seen_at=timezone.now() - timedelta(days=7, minutes=1))


@pytest.mark.parametrize("happens", [revoke_device, disable_account, sign_out, not_heard_of_for_long])
def test_14_what_was_revoked_signed_out_or_silent_too_long_is_wiped_at_the_next_contact(tablet, happens):
    secret = begun(tablet)
    assert ask_after(tablet, secret).status_code == 200

    happens(tablet)

    assert ask_after(tablet, secret).status_code == 410
    assert ask_after(tablet, secret).status_code == 410, "and not only once"


def test_14_a_new_pin_ends_the_copies_that_the_old_one_opens(tablet, delegate, office):
    delegate.user.pin_hash = make_password(PIN)
    delegate.user.save()
    here, elsewhere = begun(tablet), Device.objects.create(user=delegate.user, secret_hash="y", session_key="other")
    OfflineCopy.objects.create(
        user=delegate.user, council=delegate.council, device=elsewhere, secret_hash=rules.hash_of("s"), seen_at=timezone.now()
    )
    change = {"old": PIN, "pin": "826401", "again": "826401"}

    tablet.post(reverse("council:change_pin"), change | {"goi-lai": "1"})  # this tablet wraps its own anew

    assert [ask_after(tablet, secret).status_code for secret in (here, "s")] == [200, 410]

    tablet.post(reverse("council:change_pin"), change | {"old": "826401", "pin": PIN, "again": PIN})
    assert ask_after(tablet, here).status_code == 410


def test_14_a_pin_set_back_by_the_office_ends_the_copies(tablet, delegate, office):
    from council.accounts.services import reset_pin

    secret = begun(tablet)

    reset_pin(delegate=delegate, by=office)

    assert ask_after(tablet, secret).status_code == 410


def test_11_a_revoked_card_ends_the_copy(tablet, delegate, office):
    from council.accounts.services import issue_cards, revoke_card

    [(card, _secret)] = issue_cards(council=delegate.council, delegates=[delegate], by=office)
    Device.objects.filter(pk=tablet.device.pk).update(card=card)
    secret = begun(tablet)

    revoke_card(card=card, by=office, reason="Mất thẻ")

    assert ask_after(tablet, secret).status_code == 410


def test_the_council_sets_how_long(tablet, council, office):
    RegulationValue.objects.create(
        council=council, key="offline_pack_days", value=2, valid_from=builders.TERM_START, legal_basis="Quy chế",
        set_by=office,
    )  # fmt: skip
    secret = begun(tablet)
    assert ask_after(tablet, secret).json()["days"] == 2

    OfflineCopy.objects.update(seen_at=timezone.now() - timedelta(days=2, minutes=1))

    assert ask_after(tablet, secret).status_code == 410


def test_a_wiped_copy_is_told(tablet):
    secret = begun(tablet)

    tablet.post(reverse("documents:end_copy"), {"secret": secret}, content_type="application/json")

    assert OfflineCopy.objects.get().ended_at is not None


@pytest.mark.parametrize("body", ["", "[]", '"x"', "{", "{}", '{"secret": 5}', '{"secret": "' + "x" * 9000 + '"}'])
def test_nonsense_is_nobodys_copy(client, council, body):
    answer = client.generic("POST", reverse("documents:ask_after_copy"), body, content_type="application/json")

    assert answer.status_code in (400, 410, 422)


# --- What lies in clear -------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["documents:offline", "documents:offline_read"])
def test_13_a_kept_page_is_the_same_for_everybody(client, tablet, council, page):
    mine = tablet.get(reverse(page))
    strangers = type(client)().get(reverse(page))

    assert mine.content == strangers.content
    assert mine["Cache-Control"] == "no-cache"


def kept_list(client) -> dict:
    source = client.get(reverse("documents:service_worker")).content.decode()
    return json.loads(source[source.index("{") : source.index(";\n")])


def test_the_worker_keeps_every_file_that_its_pages_lead_to(client, council):
    kept = kept_list(client)

    for address in kept["files"]:
        path = Path(finders.find(address.removeprefix("/static/")))
        if path.suffix in (".js", ".mjs"):
            for other in re.findall(r"""from\s*["'](\.[^"']+)["']""", path.read_text()):
                assert urljoin(address, other) in kept["files"], (address, other)
    for needed in ("js/pack/offline.js", "js/pack/vault.js", "js/reader/main.js", "vendor/pdfjs/pdf.worker.min.mjs", "css/tokens.css"):
        assert f"/static/{needed}" in kept["files"]
    assert all(address.startswith("/static/") for address in kept["files"])


def test_the_worker_is_never_kept_by_a_browser_and_serves_the_whole_site(client, council):
    answer = client.get(reverse("documents:service_worker"))

    assert reverse("documents:service_worker") == "/sw.js"
    assert answer["Cache-Control"] == "no-cache"
    assert answer["Content-Type"].startswith("text/javascript")


def test_another_release_is_another_worker(client, council, monkeypatch):
    before = kept_list(client)["release"]
    monkeypatch.setattr(offline_shell, "_stamp", lambda: "later")
    monkeypatch.setattr(offline_shell, "_bytes", lambda address: b"other")

    assert kept_list(client)["release"] != before


# --- Digests ----------------------------------------------------------------------------------------


@pytest.fixture
def version(settings, tmp_path, council, office):
    settings.MEDIA_ROOT = tmp_path / "files"
    return add_paper(
        council=council, by=office, upload=upload(tiny(pages=3)), title="Tờ trình", kind="submission",
        body=builders.plenary(council),
    )  # fmt: skip


@pytest.mark.parametrize("size", [0, 1, pack.PIECE, pack.PIECE + 1])
def test_pieces_join_to_the_whole(tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(bytes(n % 251 for n in range(size)))

    with path.open("rb") as stored:
        whole, counted, pieces = pack.digests_of(stored)

    content = path.read_bytes()
    cut = [content[at : at + pack.PIECE] for at in range(0, size, pack.PIECE)]
    assert (whole, counted) == (hashlib.sha256(content).hexdigest(), size)
    assert pieces == [hashlib.sha256(piece).hexdigest() for piece in cut]


def test_49_a_file_whose_bytes_have_changed_is_never_taken_along(version):
    path = Path(version.file.path)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"X")

    with pytest.raises(pack.BrokenFile):
        pack.prepare_pdf(version)

    assert not PackFile.objects.exists()


def test_pages_travel_with_what_they_say_and_how_they_look(version):
    with_pages(version, ["Xin chào", "Điều 1", ""])
    version.page_rows.filter(number__lte=2).update(has_image=True)
    for page in (1, 2):
        default_storage.save(picture_name(version.public_id, page, small=True), ContentFile(b"RIFF of a picture"))
        default_storage.save(picture_name(version.public_id, page), ContentFile(b"RIFF of a large one"))

    row = pack.prepare_pages(version)

    content = row.file.read()

    assert hashlib.sha256(content).hexdigest() == row.sha256
    assert content[:4] == b"NTP1"
    length = int.from_bytes(content[4:8], "big")
    lines = json.loads(content[8 : 8 + length])
    said = [(line["page"], line["text"], line["image"]) for line in lines]
    assert said == [(1, "Xin chào", 17), (2, "Điều 1", 17), (3, "", 0)]
    assert [line.get("large") for line in lines] == [19, None, None]
    assert content[8 + length :] == b"RIFF of a picture" * 2 + b"RIFF of a large one"  # the first page's, to read at once


def test_pages_that_were_read_anew_travel_anew(version):
    with_pages(version, ["cũ", "cũ", "cũ"])
    before = pack.prepare_pages(version)

    with_pages(version, ["mới", "mới", "mới"])

    assert pack.prepare_pages(version).sha256 != before.sha256
