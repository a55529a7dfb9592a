"""Sheets are printed from our own parts only, and always to the same bytes (security 64-66)."""

import http.server
import threading

import pypdfium2
import pytest
from django.template import engines

from documents import pdf

PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def sheet(tmp_path, settings):
    """Write a template of the test's own and print it."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    engines._engines = {}  # templates are read from the new place

    def print_(html, context=None, images=None) -> bytes:
        (tmp_path / "sheet.html").write_text(html)
        return pdf.render_pdf("sheet.html", context or {}, images=images)

    return print_


def text_of(content: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))


def images_in(content: bytes) -> int:
    return sum(len(list(page.get_objects(filter=[3]))) for page in pypdfium2.PdfDocument(content))


def test_the_same_input_gives_the_same_bytes(sheet):
    html = "<p>Nghị quyết {{ number }}</p>{{ code }}"
    context = {"number": "31/2026/NQ-HĐND", "code": pdf.qr_svg("https://lamson.example.vn/nghi-quyet")}

    assert sheet(html, context) == sheet(html, context)


def test_vietnamese_text_comes_out_as_it_went_in(sheet):
    assert "Đại biểu Hội đồng nhân dân ế ệ ữ ợ ẵ Ỵ" in text_of(
        sheet("<p>Đại biểu Hội đồng nhân dân ế ệ ữ ợ ẵ Ỵ</p>")
    )


def test_what_people_wrote_is_text_and_never_style_or_markup(sheet):
    wrote = "<style>@page{size:1mm}</style><img src='file:///etc/hostname'>"

    assert wrote in text_of(sheet("<p>{{ wrote }}</p>", {"wrote": wrote})).replace("\r\n", " ")


def test_a_given_image_is_printed(sheet):
    assert images_in(sheet('<img src="house:images/seal">', images={"seal": ("image/png", PIXEL)})) == 1


@pytest.fixture
def listener():
    """A server on loopback that remembers what was asked of it."""
    asked = []

    class Remember(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Remember)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def test_a_sheet_fetches_nothing(sheet, listener, tmp_path):
    address, asked = listener
    (tmp_path / "secret.txt").write_text("canary-in-a-file")
    (tmp_path / "secret.png").write_bytes(PIXEL)
    html = f"""
      <link rel="stylesheet" href="{address}/style"><link rel="attachment" href="file://{tmp_path}/secret.txt">
      <style>@import url("{address}/import"); @import url("file://{tmp_path}/secret.txt");
        @font-face {{ font-family: Far; src: url("{address}/font") }} p {{ font-family: Far; background: url("{address}/background") }}</style>
      <p>Trang in</p>
      <img src="{address}/image"><img src="file://{tmp_path}/secret.png"><img src="//127.0.0.1/x"><img src="secret.png">
      <img src="house:images/../secret.png"><object data="{address}/object"></object><embed src="{address}/embed">
      <svg width="9" height="9"><image href="{address}/svg" width="9" height="9"/><image href="file://{tmp_path}/secret.png" width="9" height="9"/></svg>
      <a rel="attachment" href="file://{tmp_path}/secret.txt">đính kèm</a>
      <img src="data:image/png;base64,{"A" * 2_200_000}">
    """

    content = sheet(html)

    assert asked == []
    assert images_in(content) == 0
    assert b"canary" not in content
    assert b"/EmbeddedFile" not in content
    assert "Trang in" in text_of(content)


def test_what_never_ends_is_given_up_in_words(sheet, monkeypatch):
    monkeypatch.setattr(
        pdf, "Limits", lambda **_limits: pdf.run_limited.__globals__["Limits"](cpu_seconds=1, wall_seconds=5)
    )

    with pytest.raises(pdf.CannotPrint):
        sheet("{% for i in '123456789'|make_list %}" * 5 + "<p>Điều</p>" + "{% endfor %}" * 5)
