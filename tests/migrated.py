"""A database with every migration applied, made once and copied: applying them takes ten seconds.

The copy is kept by a digest of all migrations, so a changed one makes it anew.
"""

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".pytest_cache" / "migrated"


@contextmanager
def kept_migrated(suffix: str):
    """Where the copy of one kind of database lies, to be made if it is not there; of several processes one at a time."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{_digest()}{suffix}"
    with (KEPT / f"lock{suffix}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for older in KEPT.glob(f"*{suffix}"):
                if not older.name.startswith("lock"):
                    older.unlink()
        yield kept


def place_migrated(at: Path) -> None:
    """Put a fully migrated, empty SQLite database at a path."""
    with kept_migrated(".sqlite3") as kept:
        if not kept.exists():
            _make(kept)
    at.parent.mkdir(parents=True, exist_ok=True)
    _copy(kept, at)


def _make(kept: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        foreign = ("DATABASE_URL", "REDIS_URL", "PYTEST_XDIST_WORKER")
        environment = {k: v for k, v in os.environ.items() if k not in foreign}
        environment |= {"TESTING": "1", "DATA_DIR": folder}
        command = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        made = next(Path(folder).rglob("*.sqlite3"))
        half = kept.with_suffix(".half")
        _copy(made, half)
        half.rename(kept)


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as read, sqlite3.connect(target) as write:
        read.backup(write)
    read.close()
    write.close()


def _digest() -> str:
    digest = hashlib.sha256(version("django").encode())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        for file in sorted(Path(config.path, "migrations").glob("*.py")):
            digest.update(f"{config.label}/{file.name}".encode() + file.read_bytes())
    return digest.hexdigest()[:16]
