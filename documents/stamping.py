"""Restricted papers: what leaves the server carries the reader's name and the time (security 53, decision 0018).

A copy is made for one reader when he or she opens the paper, in a process within limits, and serves the reader's
many small requests for a few minutes. It rests on disk as AES-CTR under a key of its own; the key lies in the
cache only and goes with it: what is left of the file then is noise.
"""

import fcntl
import hashlib
import os
import secrets
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from council.models import Council
from documents.limits import LimitReached, Limits, run_limited
from documents.models import Version
from documents.pdf import FONTS, CannotPrint, turn
from documents.readers import name_of

KEPT = 600  # seconds for which a copy serves its reader; then the next one tells the next time
_FONT = FONTS / "LiberationSerif-Regular.ttf"
_PIECE = 1024 * 1024
_LIMITS = Limits(cpu_seconds=60, wall_seconds=120)


class CannotStamp(Exception):
    """The paper could not be marked within the limits: nothing is sent rather than a copy without a name."""


@dataclass(frozen=True)
class StampedCopy:
    """A marked copy; `open` gives its bytes as a file that can seek, as Django's FieldFile does."""

    path: Path
    key: bytes
    size: int
    sha256: str

    def open(self, mode="rb"):
        return _Deciphered(self.path, self.key)


class _Deciphered:
    """An AES-CTR file read from any place."""

    def __init__(self, path: Path, key: bytes):
        self._file, self._key = path.open("rb"), key
        self.seek(0)

    def seek(self, place: int) -> None:
        block, skip = divmod(place, 16)
        self._file.seek(block * 16)
        counter = modes.CTR(block.to_bytes(16, "big"))
        self._cipher = Cipher(algorithms.AES(self._key), counter).decryptor()
        self._cipher.update(self._file.read(skip))

    def read(self, size: int = -1) -> bytes:
        return self._cipher.update(self._file.read(size))

    def close(self) -> None:
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        self.close()


def words_for(user, council: Council, at=None) -> str:
    """What is written over the pages: the reader, the time, the council."""
    at = timezone.localtime(at)
    return f"{name_of(user) or '?'} · {at:%d/%m/%Y %H:%M} · {council.short_name}"


def stamped_copy(version: Version, user) -> StampedCopy:
    """The copy of a version for one reader, made now or a few minutes ago. CannotStamp when it cannot be made."""
    key = _cache_key(version, user)
    copy = _kept(key)
    if copy is not None:
        return copy
    with _only_one(key):
        return _kept(key) or _make(version, user, key)


def stamped_bytes(version: Version, user) -> bytes:
    """The whole copy in memory, for what is put together of several papers."""
    with stamped_copy(version, user).open() as file:
        return file.read()


def stamped_picture(content: bytes, words: str) -> bytes:
    """The picture of a page (our own WebP) with the words over it."""
    picture = Image.open(BytesIO(content)).convert("RGB")
    wide, high = picture.size
    size = max(min(wide, high) // 26, 7)
    font = ImageFont.truetype(_FONT, size)
    layer = Image.new("L", (int(font.getlength(words)) + 4, size * 2), 0)
    ImageDraw.Draw(layer).text((2, size // 3), words, font=font, fill=70)
    turned = layer.rotate(24, expand=True, resample=Image.Resampling.BICUBIC)
    for place in (0.2, 0.5, 0.8):
        corner = (int(wide * 0.06), int(high * (1 - place)) - turned.height + int(high * 0.12))
        picture.paste((110, 20, 20), (corner[0], corner[1]), turned)
    out = BytesIO()
    picture.save(out, "WEBP", quality=72, method=2)
    return out.getvalue()


def _make(version: Version, user, cache_key: str) -> StampedCopy:
    with tempfile.TemporaryDirectory(prefix="stamp-") as folder:
        source, words, out = (Path(folder) / name for name in ("in.pdf", "words", "out.pdf"))
        with version.file.open("rb") as stored, source.open("wb") as file:
            while piece := stored.read(_PIECE):
                file.write(piece)
        words.write_text(words_for(user, version.document.council))
        try:
            with turn("stamp"):
                run_limited(
                    "stamp_pages.py", [str(source), str(words), str(_FONT), str(out)], work_dir=folder, limits=_LIMITS
                )
        except (LimitReached, CannotPrint) as fault:
            raise CannotStamp(str(fault)) from None
        copy = _cipher(out)
    cache.set(cache_key, {"name": copy.path.name, "key": copy.key.hex(), "size": copy.size, "sha256": copy.sha256}, KEPT)
    return copy


def _cipher(plain: Path) -> StampedCopy:
    """Keep a file under a new key; and forget the copies whose time is over."""
    _forget_old()
    key, path, digest = secrets.token_bytes(32), _folder() / f"{secrets.token_hex(16)}.bin", hashlib.sha256()
    cipher = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()  # the key is used for this file only
    with plain.open("rb") as file, path.open("wb") as kept:
        while piece := file.read(_PIECE):
            digest.update(piece)
            kept.write(cipher.update(piece))
    return StampedCopy(path, key, plain.stat().st_size, digest.hexdigest())


def _kept(cache_key: str) -> StampedCopy | None:
    row = cache.get(cache_key)
    if row is None:
        return None
    path = _folder() / row["name"]
    return StampedCopy(path, bytes.fromhex(row["key"]), row["size"], row["sha256"]) if path.exists() else None


def _cache_key(version: Version, user) -> str:
    who = f"user:{user.pk}" if user.is_authenticated else f"guest:{getattr(user, 'guest_secret', '')}"
    return "stamped:" + hashlib.sha256(f"{version.pk}:{version.sha256}:{who}".encode()).hexdigest()


def _folder() -> Path:
    folder = settings.DATA_DIR / "stamped"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _forget_old() -> None:
    for path in _folder().iterdir():
        try:
            if time.time() - path.stat().st_mtime > KEPT * 2:
                path.unlink()
        except FileNotFoundError:
            pass  # a colleague was quicker


@contextmanager
def _only_one(cache_key: str):
    """A reader's many requests make one copy between them, in whatever processes they are answered."""
    name = cache_key.partition(":")[2][:32]
    descriptor = os.open(_folder() / f"{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
