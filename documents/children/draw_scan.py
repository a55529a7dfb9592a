"""Draw one page of a PDF in grey, sharp enough to recognise its text. Runs within limits.

    draw_scan.py FILE NUMBER PICTURE DPI

Prints {"dpi"}: what it was drawn with, less on very large sheets.
"""

import json
import sys

import pypdfium2

MOST_PIXELS = 12_000_000  # A4 at 300 dpi has 8.7 million


def main(path: str, number: int, picture: str, dpi: int) -> None:
    page = pypdfium2.PdfDocument(path)[number - 1]
    wide, high = page.get_size()
    dpi = max(30, min(dpi, int((MOST_PIXELS / (wide * high)) ** 0.5 * 72)))
    page.render(scale=dpi / 72, grayscale=True, may_draw_forms=False).to_pil().save(picture, compress_level=1)
    print(json.dumps({"dpi": dpi}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
