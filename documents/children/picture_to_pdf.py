"""Make a PDF of a picture, each of its pages a sheet; nothing of the file passes but what is seen. Runs within limits.

    picture_to_pdf.py FILE [PDF]

Prints {"fault": "damaged" | "pixels" | "pages"} or {"pages", "dpi"}. Without PDF it only looks.
"""

import json
import sys

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP")
MOST_PIXELS = 50_000_000  # of one page: A4 at 600 dpi has 35 million
MOST_SIDE = 20_000
KEPT_PIXELS = 9_000_000  # A4 at 300 dpi: more is not seen, and costs every tablet
MOST_PAGES = 500
A4_LONG = 11.69  # inches

Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def sheet_of(picture: Image.Image) -> Image.Image:
    """One page as it is seen: upright, on white, no larger than needed."""
    if picture.format == "JPEG":
        picture.draft("RGB", (3600, 3600))  # unpacks a huge photograph at half its size
    is_grey = picture.mode in ("1", "L", "I;16", "LA")
    ImageOps.exif_transpose(picture, in_place=True)
    seen = picture
    if seen.mode in ("RGBA", "LA", "PA") or "transparency" in seen.info:
        seen = seen.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        white.alpha_composite(seen)
        seen = white
    mode = "L" if is_grey else "RGB"
    seen = seen if seen.mode == mode else seen.convert(mode)
    if seen.width * seen.height > KEPT_PIXELS:
        factor = (KEPT_PIXELS / (seen.width * seen.height)) ** 0.5
        seen = seen.resize((max(1, int(seen.width * factor)), max(1, int(seen.height * factor))), Image.Resampling.LANCZOS)
    return Image.frombytes(seen.mode, seen.size, seen.tobytes())  # no profile, no comment, no place


def look(path: str, pdf: str | None) -> dict:
    try:
        picture = Image.open(path, formats=FORMATS)
        # only a scanner's file has pages; of a picture that moves the first one is taken
        pages = picture.n_frames if picture.format == "TIFF" else 1
        if pages > MOST_PAGES:
            return {"fault": "pages"}
        for number in range(pages):
            picture.seek(number)
            if picture.width * picture.height > MOST_PIXELS or max(picture.size) > MOST_SIDE:
                return {"fault": "pixels"}
            sheet = sheet_of(picture)
            if pdf:
                # on a sheet as long as A4: what was photographed was mostly paper
                dpi = max(sheet.size) / A4_LONG
                sheet.save(pdf, "PDF", resolution=dpi, quality=85, append=number > 0, title="", producer="", creator="")
    except (Image.DecompressionBombError, MemoryError):
        return {"fault": "pixels"}
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError):
        return {"fault": "damaged"}
    return {"pages": pages}


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)))  # noqa: T201
