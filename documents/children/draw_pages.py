"""Draw some pages of a PDF as pictures: the page for reading at once, and a small one for the list. Runs within limits.

    draw_pages.py FILE FIRST LAST FOLDER WIDTH SMALL_WIDTH

Writes FOLDER/<number>.webp and FOLDER/<number>-nho.webp for each page; one that cannot be drawn is left out.
Nothing of the file passes into the pictures but what is seen: no names, no places, no times.
"""

import sys
from pathlib import Path

import pypdfium2
from PIL import Image

MOST_PIXELS = 4_000_000  # of one page: a roll of paper is drawn smaller


def draw(paper, number: int, width: int) -> Image.Image:
    page = paper[number - 1]
    points_wide, points_high = page.get_size()
    scale = min(width / points_wide, (MOST_PIXELS / (points_wide * points_high)) ** 0.5)
    picture = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True).to_pil().convert("RGB")
    page.close()
    return picture


def main(path: str, first: int, last: int, folder: str, width: int, small_width: int) -> None:
    paper = pypdfium2.PdfDocument(path)
    for number in range(first, last + 1):
        try:
            picture = draw(paper, number, width)
        except (pypdfium2.PdfiumError, ValueError, ZeroDivisionError):
            continue
        small = picture.resize((small_width, max(1, picture.height * small_width // picture.width)))
        picture.save(Path(folder) / f"{number}.webp", quality=72, method=3)
        small.save(Path(folder) / f"{number}-nho.webp", quality=70, method=3)


if __name__ == "__main__":
    main(*sys.argv[1:2], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5]), int(sys.argv[6]))
