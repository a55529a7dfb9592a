"""Asking a malware scanner of the council's own (ClamAV's clamd) about a file, where one is configured (security 61).

`CLAMD` is `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`. Configured and silent is not clean: the file is not taken.
"""

import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from council.errors import BadInput

PIECE = 256 * 1024
_FOUND = re.compile(r"stream: (.+) FOUND")


def ask_scanner(path: Path, *, seconds: float) -> None:
    """BadInput in words when the scanner finds something, or gives no verdict within so many seconds for each answer."""
    if not settings.CLAMD:
        return
    try:
        verdict = _verdict(path, seconds)
    except OSError:
        verdict = ""
    if verdict == "stream: OK":
        return
    if found := _FOUND.fullmatch(verdict):
        name = re.sub(r"[^\w.\-]", "", found[1], flags=re.ASCII)[:60]
        raise BadInput(_("Máy quét tìm thấy mã độc (%(name)s) trong tệp nên không nhận. Hãy quét máy của mình rồi nộp lại.") % {"name": name})
    raise BadInput(_("Máy quét mã độc không trả lời nên tệp chưa được nhận. Hãy nộp lại sau ít phút, hoặc báo người quản trị."))


def _verdict(path: Path, seconds: float) -> str:
    """What clamd says of the bytes (its INSTREAM command: pieces with their length before them, an empty one last)."""
    with _connected(seconds) as line, path.open("rb") as file:
        line.sendall(b"zINSTREAM\0")
        while piece := file.read(PIECE):
            line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(bytes(4))
        said = b""
        while not said.endswith(b"\0") and len(said) < 4096 and (more := line.recv(4096)):
            said += more
    return said.rstrip(b"\0").decode(errors="replace")


def _connected(seconds: float) -> socket.socket:
    address = urlsplit(settings.CLAMD)
    if address.scheme == "tcp":
        return socket.create_connection((address.hostname, address.port or 3310), timeout=seconds)
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(seconds)
        line.connect(address.path)
    except OSError:
        line.close()
        raise
    return line
