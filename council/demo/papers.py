"""PDF papers of the demonstration: real kinds and lengths, contents marked as illustration."""

import io
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from html import escape
from multiprocessing import get_context

PARAGRAPH = (
    "Đây là nội dung minh họa của bản trình diễn, không phải văn bản thật. Đoạn này có đủ các dấu của tiếng Việt "
    "để thử phông chữ, tìm kiếm và việc đọc trên máy tính bảng: thửa đất, kè chống sạt lở, mức thu học phí, "
    "trợ giúp pháp lý, quỹ bảo trì đường bộ, nước sạch nông thôn và chuyển đổi số trong cơ quan nhà nước."
)
STYLE = """
@font-face { font-family: "Liberation Serif"; src: local("Liberation Serif"); }
@page { size: A4; margin: 22mm 18mm 22mm 30mm; @top-center { content: counter(page); font: 13pt "Liberation Serif" } }
@page :first { @top-center { content: "" } }
body { font: 13.5pt/1.4 "Liberation Serif", serif; text-align: justify }
h1 { font-size: 14pt; text-align: center; margin: 14pt 0 10pt }
.head { display: flex; justify-content: space-between; text-align: center; font-size: 12.5pt }
.mark { text-align: center; color: #8A1C14; border: 1px solid #8A1C14; padding: 3pt; font-size: 11pt }
h2 { font-size: 13.5pt; margin: 10pt 0 4pt }
"""


@dataclass(frozen=True)
class Sheet:
    """What one paper shows: its issuer, number, kind in words, title, and about how many pages."""

    issuer: str
    number: str
    kind: str
    title: str
    pages: int = 2
    scanned: bool = False
    text: tuple[tuple[str, list[str]], ...] = ()  # (heading, paragraphs) in place of the illustration


def render_all(sheets: list[Sheet]) -> list[bytes]:
    """Render every sheet on all cores; the order is kept."""
    # Processes that know nothing of Django or its connections: forked ones would share a socket.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(render, sheets, chunksize=4))


def render(sheet: Sheet) -> bytes:
    """One PDF. A scanned sheet is pictures of its pages, without text."""
    from weasyprint import HTML

    parts = sheet.text or _illustration(sheet.pages)
    text = "".join(
        f"<h2>{escape(heading)}</h2>" + "".join(f"<p>{escape(words)}</p>" for words in paragraphs)
        for heading, paragraphs in parts
    )
    pdf = HTML(
        string=f"""<html lang="vi"><head><title>{sheet.title}</title><style>{STYLE}</style></head><body>
        <div class="head"><div>{sheet.issuer.upper()}<br>Số: {sheet.number}</div>
        <div><b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</b><br><b>Độc lập - Tự do - Hạnh phúc</b></div></div>
        <h1>{sheet.kind.upper()}<br>{sheet.title}</h1>
        <p class="mark">Bản trình diễn: nội dung minh họa, không có giá trị pháp lý</p>{text}</body></html>"""
    ).write_pdf()
    return _photograph(pdf) if sheet.scanned else pdf


def _illustration(pages: int) -> list[tuple[str, list[str]]]:
    """Headed paragraphs for about that many pages; the first one holds the head of the sheet."""
    paragraphs = max(7 * pages - 3 if pages > 20 else 6 * pages - 3, 3)
    return [
        (f"{n}. Nội dung thứ {n}", [PARAGRAPH] * min(3, paragraphs - 3 * (n - 1)))
        for n in range(1, -(-paragraphs // 3) + 1)
    ]


def _photograph(pdf: bytes) -> bytes:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    pictures = [page.render(scale=1.4, grayscale=True).to_pil() for page in document]
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=100)
    return out.getvalue()


def count_pages(pdf: bytes) -> int:
    import pypdfium2

    return len(pypdfium2.PdfDocument(pdf))
