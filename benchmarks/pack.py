"""A hall of tablets takes a session along at once: the product against a bare file server beside it.

    python -m benchmarks.pack                                85 tablets, 300 MB each
    python -m benchmarks.pack --tablets 20 --megabytes 60

Both are one uvicorn process on this machine, one after the other, with the same files on the same disk. The floor is
the least that can be called sending files: an ASGI application without framework, sign-in or permissions that reads
pieces in a thread and sends them. A tablet here opens two lines, as the browser's does, reads the manifest and then
every file of it, and throws the bytes away; that every byte came is counted, what they are is left to the tablet.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.house import house_of, machine
from benchmarks.servers import ROOT, Server, cpu_of, memory_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")
LINES = 2  # of one tablet
PAPERS = 60


# --- the floor -----------------------------------------------------------------------------------------

_PIECE = 256 * 1024


async def application(scope, receive, send):
    """Files of FLOOR_FOLDER by their names; the bare file server."""
    try:
        stored = open(Path(os.environ["FLOOR_FOLDER"]) / scope["path"].rpartition("/")[2], "rb")  # noqa: SIM115, ASYNC230
    except OSError:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    with stored:
        size = str(os.fstat(stored.fileno()).st_size).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", size)]})
        while piece := await asyncio.to_thread(stored.read, _PIECE):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


# --- the session -----------------------------------------------------------------------------------------


def fill(megabytes: int) -> None:
    """Hang PAPERS papers of together so many megabytes on the hall's session; prints its id. Run in the product's
    environment. Their content is noise: nobody opens them here."""
    import django

    django.setup()
    import hashlib

    from django.core.files.base import ContentFile

    from documents.models import Document, Version
    from documents.pack import prepare_pdf
    from sessions.models import CouncilSession, ItemPaper

    session = CouncilSession.objects.order_by("-pk").first()
    items = list(session.items.order_by("number"))
    for number in range(PAPERS):
        content = os.urandom(megabytes * 1024 * 1024 // PAPERS)
        document = Document.objects.create(
            council=session.council, title=f"Tài liệu {number}", kind="report", body=session.body
        )
        version = Version(
            document=document, original_name="a.pdf", sha256=hashlib.sha256(content).hexdigest(), size=len(content),
            pages=1, state=Version.State.READY,
        )  # fmt: skip
        version.file.save("a.pdf", ContentFile(content))
        prepare_pdf(version)
        item = items[number % len(items)]
        ItemPaper.objects.create(item=item, kind="report", title=document.title, document=document)
    print(session.public_id)


# --- the tablets ------------------------------------------------------------------------------------------


class Line(asyncio.BufferedProtocol):
    """One kept-alive connection that reads answers of a known length into one buffer, over and over."""

    def __init__(self):
        self.buffer = bytearray(512 * 1024)
        self.head, self.left, self.keep, self.done = b"", -1, None, None

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, hint):
        return self.buffer

    def buffer_updated(self, count):
        view = memoryview(self.buffer)[:count]
        if self.left < 0:
            self.head += bytes(view)
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, view = self.head[:end].lower(), self.head[end + 4 :]
            self.status = int(head.split(b" ", 2)[1])
            self.left = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        self.left -= len(view)
        if self.keep is not None:
            self.keep += view
        if self.left == 0 and not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, fault):
        if self.done and not self.done.done():
            self.done.set_exception(fault or ConnectionError("closed"))

    async def get(self, path: str, cookie: str, keep: bool = False) -> bytes:
        self.head, self.left, self.keep = b"", -1, bytearray() if keep else None
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        await self.done
        if self.status != 200:
            raise RuntimeError(f"{path}: {self.status}")
        return bytes(self.keep or b"")


async def tablet(url: str, cookie: str, paths) -> int:
    """Take everything along; how many bytes came. `paths` are (path, size), or the path of a manifest."""
    loop, place = asyncio.get_running_loop(), urlsplit(url)
    lines = [(await loop.create_connection(Line, place.hostname, place.port))[1] for _ in range(LINES)]
    try:
        if isinstance(paths, str):
            manifest = json.loads(await lines[0].get(paths, cookie, keep=True))
            files = {file["sha256"]: file for paper in manifest["papers"].values() for file in paper["files"]}
            paths = [(file["url"], file["size"]) for file in files.values()]
        todo, came = list(paths), 0

        async def work(line):
            nonlocal came
            while todo:
                path, size = todo.pop()
                await line.get(path, cookie)
                came += size

        await asyncio.gather(*[work(line) for line in lines])
        return came
    finally:
        for line in lines:
            line.transport.close()


async def hall(url: str, cookies: list[str], paths, server: Server) -> dict:
    """All tablets at once: seconds, bytes, and what the server spent and held meanwhile."""
    before, most, spent, own = memory_of(server.pids), 0.0, cpu_of(server.pids), time.process_time()

    async def watch():
        nonlocal most
        while True:
            most = max(most, memory_of(server.pids))
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    began = time.perf_counter()
    came = await asyncio.gather(*[tablet(url, cookie, paths) for cookie in cookies])
    seconds = time.perf_counter() - began
    watching.cancel()
    return {
        "seconds": round(seconds, 2),
        "megabytes": round(sum(came) / 2**20),
        "server_cpu": round(cpu_of(server.pids) - spent, 2),
        "client_cpu": round(time.process_time() - own, 2),
        "memory_before_mb": round(before / 2**20, 1),
        "memory_most_mb": round(max(most, before) / 2**20, 1),
    }


def run(tablets: int, megabytes: int, rounds: int = 1) -> dict:
    with tempfile.TemporaryDirectory(prefix="pack-", dir=os.environ.get("BENCHMARK_DIR")) as folder:
        with house_of(Path(folder) / "house", tablets, 0, 12, {}) as house:
            code = f"from benchmarks.pack import fill; fill({megabytes})"
            done = subprocess.run(
                [sys.executable, "-c", code], env=house.env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
            )
            path = f"/hop/{done.stdout.split()[-1]}/mang-theo.json"
            files = [file for file in (house.folder / "files" / "versions").rglob("*") if file.is_file()]
            flat = Path(folder) / "flat"
            flat.mkdir()
            for file in files:
                os.link(file, flat / file.name)
            sizes = [(f"/{file.name}", file.stat().st_size) for file in files]
            floor = Server("benchmarks.pack:application", house.env | {"FLOOR_FOLDER": str(flat)}, flat.parent / "floor.log")
            floor.start()
            found = []
            try:
                for _ in range(rounds):
                    base = asyncio.run(hall(floor.url, house.cookies, sizes, floor))
                    ours = asyncio.run(hall(house.product.url, house.cookies, path, house.product))
                    found.append({"floor": base, "product": ours, "times": round(ours["seconds"] / base["seconds"], 2)})
            finally:
                floor.stop()
    return {"scenario": "pack", "tablets": tablets, "megabytes_each": megabytes, "machine": machine("sqlite"), "rounds": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tablets", type=int, default=85)
    parser.add_argument("--megabytes", type=int, default=300, help="of the session")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    print(json.dumps(run(options.tablets, options.megabytes, options.rounds), indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
