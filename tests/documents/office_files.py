"""Office files and pictures made for tests, part by part, so that a test can hide in them what it wants."""

import io
import zipfile

from PIL import Image, ImageDraw, ImageFont

from documents import pdf

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def packed(parts: dict[str, str | bytes], *, prefix=b"", suffix=b"") -> bytes:
    """The parts as a zip; `mimetype` is stored, as OpenDocument asks."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, compress_type=how)
    return prefix + out.getvalue() + suffix


def relations(*rows: tuple[str, str], external=False) -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'{_XML}<Relationships xmlns="{_RELATIONS}">' + "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"{mode}/>'
        for n, (kind, target) in enumerate(rows, 1)
    ) + "</Relationships>"  # fmt: skip


def _types(*parts: tuple[str, str]) -> str:
    return (
        f'{_XML}<Types xmlns="{_TYPES}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(
            f'<Override PartName="/{name}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/>'
            for name, kind in parts
        )
        + "</Types>"
    )


def docx_parts(*paragraphs: str, body="") -> dict:
    """`body` is raw WordprocessingML put after the paragraphs."""
    said = "".join(f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>" for words in paragraphs)
    return {
        "[Content_Types].xml": _types(("word/document.xml", "wordprocessingml.document.main")),
        "_rels/.rels": relations(("officeDocument", "word/document.xml")),
        "word/document.xml": f'{_XML}<w:document xmlns:w="{_WORD}" xmlns:r="{_OFFICE}"><w:body>{said}{body}</w:body></w:document>',
    }


def docx(*paragraphs: str, body="", **more) -> bytes:
    """A Word file; `more` are further parts by name."""
    return packed(docx_parts(*paragraphs, body=body) | more)


def xlsx(*cells: str) -> bytes:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{words}</t></is></c></row>' for n, words in enumerate(cells, 1)
    )
    return packed(
        {
            "[Content_Types].xml": _types(
                ("xl/workbook.xml", "spreadsheetml.sheet.main"), ("xl/worksheets/sheet1.xml", "spreadsheetml.worksheet")
            ),
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'{_XML}<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets><sheet name="Biểu 1" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": f'{_XML}<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData></worksheet>',
        }
    )  # fmt: skip


def pptx(words: str) -> bytes:
    frame = (
        '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="0" y="0"/>'
        '<a:ext cx="8000000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"/></p:spPr><p:txBody><a:bodyPr/>'
        f"<a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    return packed(
        {
            "[Content_Types].xml": _types(
                ("ppt/presentation.xml", "presentationml.presentation.main"), ("ppt/slides/slide1.xml", "presentationml.slide")
            ),
            "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f'{_XML}<p:presentation xmlns:p="{_SLIDE}" xmlns:r="{_OFFICE}"><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations(("slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": f'{_XML}<p:sld xmlns:p="{_SLIDE}" xmlns:a="{_DRAWING}"><p:cSld><p:spTree>{frame}</p:spTree></p:cSld></p:sld>',
        }
    )  # fmt: skip


def odt_parts(*paragraphs: str, body="") -> dict:
    said = "".join(f"<text:p>{words}</text:p>" for words in paragraphs)
    spaces = " ".join(f'xmlns:{name}="{_ODF}{name}:1.0"' for name in ("office", "text", "manifest", "draw", "table"))
    spaces += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    return {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"{_XML}<office:document-content {spaces}><office:body><office:text>{said}{body}</office:text></office:body></office:document-content>",
        "META-INF/manifest.xml": f'{_XML}<manifest:manifest {spaces}><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
    }


def odt(*paragraphs: str, body="", **more) -> bytes:
    return packed(odt_parts(*paragraphs, body=body) | more)


def scan(*lines: str, size=(1240, 1754), turned=0, format_="PNG") -> bytes:
    """A picture of a page at 150 dpi with lines of text, as a scanner sends it."""
    page = Image.new("L", size, 255)
    font = ImageFont.truetype(str(pdf.FONTS / "LiberationSerif-Regular.ttf"), 36)
    for n, words in enumerate(lines):
        ImageDraw.Draw(page).text((140, 160 + 90 * n), words, fill=0, font=font)
    if turned:
        page = page.rotate(turned, expand=True, fillcolor=255)
    out = io.BytesIO()
    page.save(out, format_, dpi=(150, 150))
    return out.getvalue()


def scanned_pdf(*pages: bytes) -> bytes:
    """A PDF whose pages are pictures."""
    sheets = [Image.open(io.BytesIO(page)).convert("L") for page in pages]
    out = io.BytesIO()
    sheets[0].save(out, "PDF", resolution=150, save_all=True, append_images=sheets[1:])
    return out.getvalue()
