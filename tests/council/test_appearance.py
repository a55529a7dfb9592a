"""How every page looks and how a reader makes it larger."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from council.templatetags import house, seats
from council.views.appearance import ICONS, SampleForm

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# what WeasyPrint or a mail program renders is not held to the browser's rules
SCREENS = [p for p in TEMPLATES if not {"pdf", "email"} & set(p.parts) and p.name != "cards_print.html"]


def test_a_text_size_is_kept_in_the_browser_and_shown_by_the_server(client, council):
    answer = client.post(reverse("council:text_size"), {"size": "lon", "next": "/"})

    assert answer.url == "/"
    assert answer.cookies["text_size"].value == "lon"
    assert b'data-text="lon"' in client.get(reverse("council:ui_guide")).content


@pytest.mark.parametrize(
    ("before", "step", "after"),
    [
        ("thuong", "up", "lon"),
        ("rat-lon", "up", "rat-lon"),
        ("lon", "down", "thuong"),
        ("thuong", "down", "thuong"),
        ("khong-co", "up", "lon"),
    ],
)
def test_a_step_moves_to_the_next_size_and_stops_at_the_ends(client, council, before, step, after):
    client.cookies["text_size"] = before

    answer = client.post(reverse("council:text_size"), {"step": step})

    assert answer.cookies["text_size"].value == after


def test_a_text_size_never_sends_the_reader_to_a_foreign_host(client, council):
    answer = client.post(reverse("council:text_size"), {"size": "lon", "next": "https://example.com/"})

    assert answer.url == "/"


def test_a_foreign_word_in_the_cookie_never_reaches_the_page(client, council):
    client.cookies["text_size"] = "to-tuong"

    answer = client.get(reverse("council:ui_guide"))

    assert b"to-tuong" not in answer.content


def test_the_guide_shows_every_part(client, council):
    page = client.get(reverse("council:ui_guide")).content.decode()

    for part in (
        "btn", "field", "card", "table", "badge", "tabs", "dialog", "toast", "empty", "stepper",
        "pager", "drop", "banner", "progress", "votes", "counts", "seats", "timeline", "facts",
    ):  # fmt: skip
        assert re.search(rf'class="[^"]*\b{part}\b', page), part


def test_every_icon_that_the_guide_names_is_in_the_sprite():
    sprite = (ROOT / "static/img/icons.svg").read_text()

    assert set(re.findall(r'symbol id="i-([^"]+)"', sprite)) == set(ICONS)


def test_every_icon_that_a_template_names_is_in_the_sprite():
    known = set(ICONS) | set(house.ICON_ALIASES)
    named = {
        (path.name, name)
        for path in TEMPLATES
        for name in re.findall(r"{% icon ['\"]([^'\"]+)['\"]", path.read_text())
    }

    assert {(path, name) for path, name in named if name not in known} == set()


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_screen_carries_inline_style_or_script(path):
    text = re.sub(r"{% comment.*?endcomment %}|{#.*?#}", "", path.read_text(), flags=re.S)

    assert re.findall(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\bsrc=)(?![^>]*application/)", text) == []


def test_colours_stand_in_the_tokens_only():
    sheets = [
        path
        for path in (ROOT / "static/css").rglob("*.css")
        if path.name not in ("tokens.css", "fonts.css", "print.css", "pdf.css")
    ]

    strays = {
        (path.name, colour)
        for path in sheets
        for colour in re.findall(r"#[0-9A-Fa-f]{3,8}\b(?=[^{]*;)", path.read_text())
        if colour not in ("#FFF", "#000")  # a sheet of paper shown on a screen
    }

    assert strays == set()


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (71, "71"),
        (84950.45, "84.950,45"),
        (1000000, "1.000.000"),
        ("", ""),
        ("xx", "xx"),
        (100, "100"),
    ],
)
def test_numbers_are_written_the_vietnamese_way(number, written):
    assert house.num(number) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [(71, 85, "83,53%"), (0, 85, "0,00%"), (85, 85, "100,00%"), (1, 0, "")],
)
def test_shares_are_rounded_in_integers(part, whole, written):
    assert house.percent(part, whole) == written


def test_days_carry_their_weekday():
    assert house.vn_date(date(2026, 12, 11)) == "thứ Sáu, 11/12/2026"
    assert house.vn_date(date(2026, 12, 13), "day") == "Chủ nhật 13/12"
    assert house.vn_date(date(2026, 2, 5), "words") == "ngày 05 tháng 02 năm 2026"


def test_moments_are_shown_in_the_time_of_the_council():
    moment = datetime(2026, 12, 11, 2, 42, tzinfo=timezone.get_fixed_timezone(0))

    assert house.vn_time(moment) == "09:42"
    assert house.vn_datetime(moment) == "09:42, 11/12/2026"


def test_a_fault_stands_beside_its_field_and_is_tied_to_it():
    form = SampleForm({"day": "31/11/2026"})
    form.is_valid()

    drawn = Template("{% field form.day %}").render(Context({"form": form}))

    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_day_hint id_day_error"' in drawn
    assert 'id="id_day_error"' in drawn


def test_the_pages_of_a_list_keep_the_search():
    request = RequestFactory().get("/", {"q": "học phí", "page": "2"})

    assert house.querystring_with({"request": request}, page=3) == "?q=h%E1%BB%8Dc+ph%C3%AD&page=3"


@pytest.mark.parametrize("count", [1, 2, 19, 25, 35, 85, 120, 500])
@pytest.mark.parametrize("lettered", [True, False])
def test_seats_of_any_hall_lie_inside_the_drawing_and_never_touch(count, lettered):
    labels = [f"{'ABCDEFGH'[n % 8]}{n // 8 + 1:02d}" if lettered else str(n + 1) for n in range(count)]

    placed = seats.plan([{"seat": label, "mark": "for"} for label in labels])["seats"]

    points = [(float(s["cx"]), float(s["cy"])) for s in placed]
    size = float(placed[0]["size"])
    assert len(points) == count
    assert all(0 <= x - size / 2 and x + size / 2 <= 1120 and 0 <= y - size / 2 <= 640 for x, y in points)
    assert all(
        (ax - bx) ** 2 + (ay - by) ** 2 >= (size * 0.98) ** 2
        for i, (ax, ay) in enumerate(points)
        for bx, by in points[:i]
    )


def test_a_delegate_finds_the_own_seat_and_bodies_in_one_place(client, council, delegate):
    client.force_login(delegate.user)

    page = client.get(reverse("council:me")).content.decode()

    assert delegate.full_name in page
    assert delegate.seat in page


def test_who_has_no_seat_is_led_to_the_own_devices(client, council, office):
    client.force_login(office)

    assert client.get(reverse("council:me")).url == reverse("council:devices")
