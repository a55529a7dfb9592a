"""How many public pages a second one web process serves, beside a bare Django view on the same machine.

    python benchmarks/pages.py [--resolutions 500] [--seconds 6] [--rounds 3] [--connections 8] [--json FILE]

Starts the product as `make run` does (SQLite, one web process, DEBUG off) with its own data in a
temporary folder, and `benchmarks/bare.py` beside it; asks them in turns, so that a busy machine is
busy for all; writes the middle round of each. Nothing is kept.
"""

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def seed(count: int) -> str:
    """A council with `count` published resolutions; gives the address of one of them."""
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.core.management import call_command

    from council.models import Body, Council, RoleGrant, Term, User
    from documents.services import draft_resolution, issue_resolution, publish_resolution

    call_command("migrate", verbosity=0)
    council = Council.objects.create(
        name="Hội đồng nhân dân tỉnh Lam Sơn", short_name="HĐND tỉnh Lam Sơn", place="Lam Sơn", level="province"
    )
    term = Term.objects.create(council=council, number="XIX", starts_on=date(2026, 3, 26))
    Body.objects.create(council=council, term=term, kind="plenary", code="HDND", name=council.name, short_name="HĐND")
    office = User.objects.create_user("office", full_name="Văn phòng")
    RoleGrant.objects.create(council=council, user=office, role="office", starts_on=date(2026, 3, 26))
    clauses = "\n".join(f"{n}. Hỗ trợ không quá {n * 5}% chi phí hạ tầng thiết yếu của vùng sản xuất." for n in range(1, 6))
    text = {
        "bases": ["Luật Tổ chức chính quyền địa phương số 72/2025/QH15", "Luật Ngân sách nhà nước"],
        "considering": ["Xét Tờ trình của Ủy ban nhân dân tỉnh; ý kiến thảo luận của đại biểu tại kỳ họp"],
        "articles": [{"heading": f"Chính sách hỗ trợ thứ {n}", "body": clauses} for n in range(1, 9)],
        "recipients": ["Chính phủ", "Lưu: VT"],
        "signer": "Nguyễn Văn Mẫu",
    }
    for number in range(count):
        vote = {"poll": str(number), "for": 71, "against": 3, "other": 4, "silent": 1, "absent": 6, "total": 85, "needed": 43}
        resolution = draft_resolution(
            council=council, term=term, by=office, kind="individual", text=text, adoption=vote,
            title=f"Chính sách hỗ trợ phát triển nông nghiệp, nông thôn xã số {number}",
            adopted_on=date(2026, 4, 1) + timedelta(days=number % 200), session_name="Kỳ họp thứ 5",
        )  # fmt: skip
        resolution = issue_resolution(resolution=resolution, by=office)
        resolution.pdf.save("x.pdf", ContentFile(b"%PDF-1.7\n%%EOF"), save=True)
        publish_resolution(resolution=resolution, by=office)
    return f"/nghi-quyet/{resolution.adopted_on.year}/{resolution.slug}"


def start(application: str, port: int, **environment) -> subprocess.Popen:
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--lifespan", "off"]
    command += ["--log-level", "error", "--no-access-log"]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return server
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise SystemExit(f"{application} did not start")


def cpu_seconds(server: subprocess.Popen) -> float:
    """Processor time that a server has used: tells the cost of a page also on a busy machine."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(server: subprocess.Popen, *asked) -> dict:
    before = cpu_seconds(server)
    figures = asyncio.run(ask(*asked))
    return figures | {"cpu_ms": round((cpu_seconds(server) - before) * 1000 / figures["requests"], 2)}


async def ask(port: int, path: str, seconds: float, connections: int) -> dict:
    """Ask for one page over kept connections, one request after the other on each."""
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n".encode()
    times: list[float] = []
    size = 0

    async def one():
        nonlocal size
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        until = time.perf_counter() + seconds
        while (started := time.perf_counter()) < until:
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise SystemExit(f"{path}: {head[:200]!r}")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            size = len(await reader.readexactly(length))
            times.append(time.perf_counter() - started)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _connection in range(connections)))
    whole = time.perf_counter() - begun
    times.sort()
    return {
        "requests_per_s": round(len(times) / whole, 1),
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
        "requests": len(times),
        "bytes": size,
    }


def middle(rounds: list[dict]) -> dict:
    """The round with the middle number of requests a second."""
    median = statistics.median_low([row["requests_per_s"] for row in rounds])
    return next(row for row in rounds if row["requests_per_s"] == median)


def machine() -> dict:
    cpu = next((x.split(":")[1].strip() for x in Path("/proc/cpuinfo").read_text().splitlines() if x.startswith("model name")), "")
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--resolutions", type=int, default=500)
    wanted.add_argument("--seconds", type=float, default=6)
    wanted.add_argument("--rounds", type=int, default=3)
    wanted.add_argument("--connections", type=int, default=8)
    wanted.add_argument("--json", type=Path)
    said = wanted.parse_args()
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "council.settings", "DATA_DIR": folder, "DEMO": "1"}
        for name in ("TESTING", "DEBUG", "DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        found = machine()
        one = seed(said.resolutions)
        ports = free_port(), free_port()
        servers = [start("council.asgi:application", ports[0])]
        try:
            pages = {"list": "/nghi-quyet", "search": "/nghi-quyet?q=nong%20nghiep%20xa%20so%207", "page": one}
            size = asyncio.run(ask(ports[0], one, 0.5, 1))["bytes"]
            servers.append(start("benchmarks.bare:application", ports[1], BARE_BYTES=str(size)))
            rounds: dict[str, list[dict]] = {name: [] for name in [*pages, "bare"]}
            for _round in range(said.rounds):
                for name, path in pages.items():
                    rounds[name].append(measure(servers[0], ports[0], path, said.seconds, said.connections))
                rounds["bare"].append(measure(servers[1], ports[1], "/", said.seconds, said.connections))
        finally:
            for server in servers:
                server.terminate()
                server.wait(20)
    figures = {name: middle(rows) for name, rows in rounds.items()}
    result = {"machine": found, "connections": said.connections, "resolutions": said.resolutions, **figures}
    for name in pages:
        floor = figures["bare"]
        figures[name]["times_bare"] = round(floor["requests_per_s"] / figures[name]["requests_per_s"], 1)
        figures[name]["cpu_over_bare"] = round(figures[name]["cpu_ms"] / floor["cpu_ms"], 1)
        figures[name]["p99_over_bare"] = round(figures[name]["p99_ms"] / floor["p99_ms"], 1)
    print(json.dumps(result, indent=2, ensure_ascii=False))
    if said.json:
        said.json.write_text(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
