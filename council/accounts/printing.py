"""Seat cards on paper: eight to an A4 sheet, cut along the lines."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from council.accounts.selectors import groups_today
from council.models import Council, SeatCard

_FONTS = {f"be-vietnam-pro-{script}-{weight}.woff2" for script in ("latin", "vietnamese") for weight in (400, 600)}


def card_address(secret: str) -> str:
    """What the QR code says: the card's page of this installation."""
    return f"{settings.BASE_URL}/the/{secret}"


def cards_pdf(*, council: Council, issued: list[tuple[SeatCard, str]]) -> bytes:
    """Print cards that were just issued. The only moment in which their secrets exist in the clear.

    About 2 s for 85 cards; nothing is fetched but the house's own fonts.
    """
    import segno
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OnlyOurFonts(URLFetcher):
        def __init__(self):
            super().__init__(allowed_protocols=("house",), allow_redirects=False)

        def fetch(self, url, headers=None):
            name = url.removeprefix("house:fonts/")
            if name not in _FONTS:
                raise ValueError("this address is not served to a card")
            content = Path(finders.find(f"vendor/fonts/{name}")).read_bytes()
            return URLFetcherResponse(url, content, {"Content-Type": "font/woff2"})

    groups = {
        membership.delegate_id: membership.body.short_name
        for membership in groups_today().filter(body__council=council)
    }
    cards = [
        {
            "delegate": card.delegate,
            "group": groups.get(card.delegate_id, ""),
            "qr": segno.make(card_address(secret), error="m").svg_inline(border=0, omitsize=True),
        }
        for card, secret in issued
    ]
    sheets = [cards[n : n + 8] for n in range(0, len(cards), 8)]
    html = render_to_string("council/cards_print.html", {"sheets": sheets, "council": council})
    fetcher = OnlyOurFonts()
    fonts = FontConfiguration()
    return HTML(string=html, base_url="house:cards", url_fetcher=fetcher).write_pdf(font_config=fonts)
