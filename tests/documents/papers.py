"""PDFs made for tests: sound ones by the house's own printer, others byte by byte; and what the pipeline makes of them."""

import hashlib
import io
import json
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from PIL import Image

from documents import pdf, pipeline
from documents.limits import run_limited
from documents.models import Page, Version
from documents.pictures import SMALL, WIDE, picture_name
from documents.search import fold


def upload(content: bytes, name="Tờ trình.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def tiny(text="Xin chao", *, catalog="", page="", pages=1, header="%PDF-1.7") -> bytes:
    """A small PDF written by hand, with what a test wants to hide in it."""
    stream = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET"
    kids = " ".join(f"{5 + n} 0 R" for n in range(pages))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    sheet = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        f" /Resources << /Font << /F1 3 0 R >> >> {page} >>"
    )
    return assemble(objects + [sheet] * pages, header=header)


def assemble(objects: list[str], header="%PDF-1.7") -> bytes:
    """Objects 1…n (the first is the catalog) as a file with a cross-reference table."""
    out, places = bytearray(f"{header}\n".encode()), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(out)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def printed(html: str) -> bytes:
    """A PDF with a Vietnamese text layer, printed from HTML."""
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "job.json"
        sheet = {"html": html, "css": [(pdf.STATIC / pdf.BASE_CSS).read_text()], "images": {}, "id": "test"}
        job.write_text(json.dumps({"fonts": str(pdf.FONTS), "sheets": [sheet]}))
        run_limited("print_pages.py", [str(job)], work_dir=folder)
        return (Path(folder) / "0.pdf").read_bytes()


def processed(version: Version) -> Version:
    """Run all steps of a version here and now, in real child processes; gives it as it is afterwards."""
    while pipeline.work(version.pk):
        pass
    version.refresh_from_db()
    return version


def with_pages(version: Version, texts: list[str]) -> Version:
    """Give a version the pages that the pipeline would have found, without running it; A4, no pictures."""
    with transaction.atomic():
        version.page_rows.all().delete()
        Page.objects.bulk_create(
            Page(
                version=version, number=number, width=595, height=842, text=text, search_text=fold(text),
                text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            )
            for number, text in enumerate(texts, 1)
        )  # fmt: skip
        version.pages, version.text_complete_at = len(texts), timezone.now()
        version.save(update_fields=["pages", "text_complete_at"])
        pipeline.text_is_complete(version)
    return version


def pictured(version: Version) -> Version:
    """Give every page of a version its two pictures, white and as wide as the pipeline's, without drawing them."""
    for wide, small in ((WIDE, False), (SMALL, True)):
        content = io.BytesIO()
        Image.new("RGB", (wide, wide * 842 // 595), "white").save(content, "WEBP")
        for number in version.page_rows.values_list("number", flat=True):
            default_storage.save(picture_name(version.public_id, number, small=small), ContentFile(content.getvalue()))
    version.page_rows.update(has_image=True)
    return version
