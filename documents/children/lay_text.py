"""Lay recognised text, unseen, over the pages of a scanned PDF. Runs within limits.

    lay_text.py FILE FOLDER COPY

FOLDER holds <number>.pdf for each page that was recognised: one page with nothing but unseen text, as large as
the page is displayed. Everything that was in FILE stays as it was; COPY is a new file.
"""

import sys
from pathlib import Path

import pypdfium2
from pypdfium2 import PdfMatrix


def place(page, layer) -> PdfMatrix:
    """From a layer's sheet, which is the page as displayed, to the page's own space."""
    left, bottom, right, top = page.get_cropbox()
    wide, high = right - left, top - bottom
    layer_wide, layer_high = layer.get_size()
    turned = page.get_rotation()
    seen_wide, seen_high = (high, wide) if turned in (90, 270) else (wide, high)
    matrix = PdfMatrix().scale(seen_wide / layer_wide, seen_high / layer_high)
    match turned:  # clockwise as displayed, so back against the clock
        case 90:
            matrix = matrix.rotate(90, ccw=True).translate(wide, 0)
        case 180:
            matrix = matrix.rotate(180).translate(wide, high)
        case 270:
            matrix = matrix.rotate(90).translate(0, high)
    return matrix.translate(left, bottom)


def main(path: str, folder: str, copy: str) -> None:
    paper = pypdfium2.PdfDocument(path)
    for number in sorted(int(file.stem) for file in Path(folder).glob("*.pdf") if file.stem.isdigit()):
        layer = pypdfium2.PdfDocument(Path(folder) / f"{number}.pdf")
        if len(layer) != 1:
            continue
        page = paper[number - 1]
        text = layer.page_as_xobject(0, paper).as_pageobject()
        text.set_matrix(place(page, layer[0]))
        page.insert_obj(text)
        page.gen_content()
        page.close()
    paper.save(copy)


if __name__ == "__main__":
    main(*sys.argv[1:])
