"""Print HTML sheets as PDF files with WeasyPrint. Runs within limits.

    print_pages.py JOB_FILE

JOB_FILE is JSON: {"fonts": folder, "sheets": [{"html", "css": [text], "images": {name: [type, base64]},
"id"}]}. The PDFs are written beside it as 0.pdf, 1.pdf, …

A sheet reaches nothing but what came with it: fonts of the house by name (house:fonts/NAME), its own
images (house:images/NAME), and small data: addresses. No file:, no http:, no redirects.
"""

import base64
import json
import sys
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

MAX_DATA_ADDRESS = 2 * 1024 * 1024  # characters


class OnlyOurs(URLFetcher):
    """Gives fonts of the house and the sheet's own images; refuses every other address."""

    def __init__(self, fonts: Path, images: dict):
        super().__init__(allowed_protocols=("house", "data"), allow_redirects=False)
        self.fonts, self.images = fonts, images

    def fetch(self, url, headers=None):
        if url.startswith("house:fonts/"):
            name = url.removeprefix("house:fonts/")
            known = {path.name: path for path in self.fonts.glob("*.ttf")}
            return URLFetcherResponse(url, known[name].read_bytes(), {"Content-Type": "font/ttf"})
        if url.startswith("house:images/"):
            kind, content = self.images[url.removeprefix("house:images/")]
            return URLFetcherResponse(url, base64.b64decode(content), {"Content-Type": kind})
        if url.startswith("data:") and len(url) <= MAX_DATA_ADDRESS:
            return super().fetch(url, headers)
        raise ValueError("this address is not served to a sheet")


def main() -> None:
    job_file = Path(sys.argv[1])
    job = json.loads(job_file.read_text())
    for number, sheet in enumerate(job["sheets"]):
        fetcher = OnlyOurs(Path(job["fonts"]), sheet["images"])
        fonts = FontConfiguration()
        # FontConfiguration has a fetcher of its own per stylesheet: the same one is given
        styles = [CSS(string=text, url_fetcher=fetcher, font_config=fonts) for text in sheet["css"]]
        page = HTML(string=sheet["html"], base_url="house:sheet", url_fetcher=fetcher)
        page.write_pdf(
            job_file.parent / f"{number}.pdf",
            stylesheets=styles,
            font_config=fonts,
            pdf_identifier=sheet["id"].encode(),
            # attachments and forms are never asked for; images keep their quality
        )


main()
