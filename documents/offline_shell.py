"""What the service worker keeps in clear: what is the same for everybody, and the static files that they
need, found by following them. Nothing else, and nothing of a person (security 13)."""

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse

from documents.models import Annotation

PAGES = {"documents:offline": "documents/offline.html", "documents:offline_read": "documents/offline_read.html"}
SOURCE = "js/pack/worker.js"
# What pdf.js asks for while it draws, by names that no page tells.
FOLDERS = ("vendor/pdfjs/standard_fonts", "vendor/pdfjs/wasm", "vendor/pdfjs/iccs", "vendor/pdfjs/images")
FILES = ("vendor/pdfjs/pdf.worker.min.mjs", "img/icons.svg")

_IN_PAGE = re.compile(r"""(?:src|href)="([^"#]+)[^"]*\"""")
_IN_SCRIPT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.{1,2}/[^"']+)["']""")
_IN_STYLE = re.compile(r"""url\(\s*["']?([^"')#]+)[^)]*\)""")
_PATTERNS = {".js": _IN_SCRIPT, ".mjs": _IN_SCRIPT, ".css": _IN_STYLE}


def worker() -> str:
    """The worker's source with the files that it keeps and their common digest."""
    files, digest = kept_files()
    head = {"release": digest, "pages": [reverse(name) for name in PAGES], "files": files}
    return f"const KEPT = {json.dumps(head, indent=1)};\n{_text(SOURCE)}"


def no_paper() -> dict:
    """The context of the reader's page before the tablet has put a paper in."""
    nothing = UUID(int=0)
    document = {"title": "", "get_kind_display": "", "number": "", "issuer": "", "public_id": nothing, "pk": 0}
    version = {"number": 1, "pages": 0, "outline": [], "size": 0, "sha256": "", "pk": 0}
    # the tab of notes stands in the page; whose they are is told by the copy
    near = {"user": {"is_authenticated": True}, "before": "#", "after": "#", "back": "", "choices": []}
    notes = {"note_colours": Annotation.Colour.choices, "me": ""}
    return near | notes | {"document": document, "version": version, "newest": version, "page": 1, "bytes_url": "", "may_print": True}


def kept_files() -> tuple[list[str], str]:
    """(addresses of the static files, one digest over pages and files), worked out anew when a file has changed."""
    return _kept(_stamp() if settings.DEBUG or settings.DEMO or settings.TESTING else "")


@lru_cache(maxsize=2)
def _kept(stamp: str) -> tuple[list[str], str]:
    digest = hashlib.sha256()
    # named by pages, with the digest in the name where there are such names; pdf.js asks for the plain ones
    todo = [static(name) for name in FILES] + [f"{settings.STATIC_URL}{name}" for name in _in_folders()]
    for template in PAGES.values():
        page = render_to_string(template, no_paper())
        digest.update(page.encode())
        todo += [address for address in _IN_PAGE.findall(page) if address.startswith(settings.STATIC_URL)]
    seen: dict[str, bytes] = {}
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        content = _bytes(address)
        if content is None:
            continue
        seen[address] = content
        pattern = _PATTERNS.get(Path(address).suffix)
        found = pattern.findall(content.decode(errors="replace")) if pattern else []
        todo += [urljoin(address, other) for other in found if not other.startswith(("data:", "blob:", "http"))]
    for address in sorted(seen):
        digest.update(f"{address}:{hashlib.sha256(seen[address]).hexdigest()}\n".encode())
    return sorted(seen), digest.hexdigest()[:32]


def _in_folders() -> list[str]:
    names = []
    for folder in FOLDERS:
        path = finders.find(folder)
        names += [f"{folder}/{file.name}" for file in sorted(Path(path).iterdir()) if file.is_file()] if path else []
    return names


def _bytes(address: str) -> bytes | None:
    """A static file by its address, as it is served (with the name of its digest, where there are such names)."""
    name = address.removeprefix(settings.STATIC_URL)
    path = finders.find(name)
    if path is None and staticfiles_storage.exists(name):
        path = staticfiles_storage.path(name)
    return Path(path).read_bytes() if path and Path(path).is_file() else None


def _text(name: str) -> str:
    return Path(finders.find(name)).read_text()


def _stamp() -> str:
    """What changes when somebody works on the files."""
    newest = 0
    for folder in (*settings.STATICFILES_DIRS, *(Path(d) for d in settings.TEMPLATES[0]["DIRS"])):
        newest = max([newest, *(file.stat().st_mtime_ns for file in Path(folder).rglob("*") if file.is_file())])
    return str(newest)
