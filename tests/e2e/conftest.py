"""The product as a person meets it: started with the README's command line, driven in Chromium."""

import fcntl
import json
import os
import shutil
import sqlite3
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.processes import Product, free_port

SIZES = {
    "phone": {"width": 390, "height": 844},
    "tablet": {"width": 820, "height": 1180},
    "desk": {"width": 1280, "height": 800},
    "wall": {"width": 1920, "height": 1080},
}


class House(Product):
    """The running demonstration: its address, its accounts, and the people who sign in to it.

    `furnished_at`: when the demonstration stood (seconds since 1970); what is younger was made by a test.
    """

    furnished_at: float

    def __init__(self, folder: Path):
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        super().__init__(folder, PORT=str(self.port), BASE_URL=self.address)
        for name in ("DEBUG", "DJANGO_ALLOW_ASYNC_UNSAFE"):
            self.env.pop(name, None)

    def serve(self) -> None:
        """Start it and wait until it says that it is ready (migrations and demonstration data)."""
        self.start("scripts/serve.py")
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        raise AssertionError("the product did not get ready in ten minutes")

    def accounts(self) -> dict[str, dict]:
        """The demonstration's accounts by user name."""
        return {a["username"]: a for a in json.loads(self.manage("demo_accounts", "--json"))}


@pytest.fixture(scope="session", autouse=True)
def rows_beside_playwright():
    """Playwright keeps an event loop in this thread; tests here may still make rows through the ORM."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def house(tmp_path_factory, worker_id):
    """One running demonstration for all browser tests of a process.

    The first process furnishes it as a first start does; its neighbours begin with copies of that.
    """
    product = House(tmp_path_factory.mktemp("house"))
    alone = worker_id == "master"
    shared = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    kept = shared / "furnished"
    try:
        with (shared / "furnished.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if kept.exists():
                shutil.copytree(kept, product.folder, dirs_exist_ok=True)
                product.furnished_at = float((product.folder / "furnished_at").read_text())
                product.serve()
            else:
                product.serve()
                product.furnished_at = time.time()
                (product.folder / "furnished_at").write_text(str(product.furnished_at))
                if not alone:
                    copy_of_running(product.folder, kept)
        yield product
    finally:
        product.stop_all()


def copy_of_running(folder: Path, to: Path) -> None:
    """A copy of an installation that runs: the database in one state, and at least the files that it names."""
    half = to.with_suffix(".half")
    half.mkdir()
    for database in folder.glob("*.sqlite3"):
        with sqlite3.connect(database) as read, sqlite3.connect(half / database.name) as write:
            read.backup(write)
        read.close()
        write.close()
    apart = shutil.ignore_patterns("*.sqlite3*", "*.lock", "*.pid", "*.sock")
    shutil.copytree(folder, half, dirs_exist_ok=True, ignore=apart)
    half.rename(to)


@pytest.fixture(scope="session")
def accounts(house):
    return house.accounts()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {
        "executable_path": "/usr/bin/chromium",
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
    }


@pytest.fixture
def screen(browser, house):
    """Open a browser of one person on one device: `screen("tablet")`; nothing is fetched from elsewhere."""
    contexts = []

    def open_screen(size: str = "desk", **options):
        context = browser.new_context(
            viewport=SIZES[size], base_url=house.address, locale="vi-VN", accept_downloads=True, **options
        )
        context.set_default_timeout(20_000)
        foreign = []
        context.on(
            "request",
            lambda r: (
                foreign.append(r.url) if not r.url.startswith((house.address, "ws", "data:", "blob:")) else None
            ),
        )
        contexts.append((context, foreign))
        return context.new_page()

    yield open_screen
    for context, foreign in contexts:
        context.close()
        assert foreign == [], "a page asked another host"
