"""How fast a hall's votes are acknowledged, and how soon the result is on the last tablet.

    python benchmarks/votes.py --delegates 85 --json votes.json

Starts the product on an empty database (DATA_DIR in a temporary folder, or DATABASE_URL when given),
lets delegates sign in, opens one socket each, and holds votes through the documented protocol: the
chair opens at the desk, all press within `--rush` seconds, the chair closes. Between the rounds the
same sockets' worth of clients does the same against the floor (benchmarks/floor.py), so that both meet
the same machine. Every tenth tablet taps twice with the same key.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import re
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx  # noqa: E402
import websockets.asyncio.client as websockets  # noqa: E402

from benchmarks.servers import Server, environment, fill_hall  # noqa: E402

CHOICES = ("for", "for", "for", "against", "other")
CSRF = "b" * 32
DOOR = 10  # delegates who sign in with their password; the others find their session as it leaves one


class Tablet:
    """One open socket: sends ballots, waits for answers, notes when a poll is seen open or closed."""

    def __init__(self, name: str):
        self.name = name
        self.answers: dict[str, asyncio.Future] = {}
        self.seen: dict[tuple[str, str], float] = {}  # (poll, state) -> when
        self.news = asyncio.Event()

    async def connect(self, url: str, origin: str | None = None, cookie: str = "") -> "Tablet":
        headers = {"Cookie": cookie} if cookie else {}
        self.socket = await websockets.connect(
            url, origin=origin, additional_headers=headers, open_timeout=60, max_queue=None
        )
        self.reader = asyncio.create_task(self.read())
        return self

    async def read(self) -> None:
        async for text in self.socket:
            now = time.perf_counter()
            said = json.loads(text)
            if said["type"] == "cast":
                waiting = self.answers.pop(said["key"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result((now, said))
            elif said["type"] == "snapshot" and (poll := said["facts"].get("poll")):
                self.seen.setdefault((poll["id"], poll["state"]), now)
                self.news.set()

    async def sees(self, poll: str, state: str, timeout: float = 60) -> float:
        """When this tablet first saw the poll in that state."""
        async with asyncio.timeout(timeout):
            while (poll, state) not in self.seen:
                self.news.clear()
                await self.news.wait()
        return self.seen[poll, state]

    async def press(self, poll: str, choice: str, *, twice: bool = False) -> tuple[float, dict]:
        """Cast; seconds until the answer, and the answer."""
        key = str(uuid.uuid4())
        waiting = self.answers[key] = asyncio.get_running_loop().create_future()
        ballot = {"type": "cast", "poll": poll, "choice": choice, "key": key, "replaces": 0}
        text = json.dumps(ballot)
        started = time.perf_counter()
        await self.socket.send(text)
        if twice:
            await self.socket.send(text)
        answered, said = await asyncio.wait_for(waiting, 60)
        return answered - started, said

    async def close(self) -> None:
        await self.socket.close()
        self.reader.cancel()


class Desk:
    """The chair's browser: the plain forms of the console."""

    def __init__(self, url: str, hall: dict):
        self.hall = hall
        cookies = {"sessionid": hall["chair_session"], "csrftoken": CSRF}
        headers = {"X-CSRFToken": CSRF, "Origin": url}
        self.http = httpx.AsyncClient(base_url=url, cookies=cookies, headers=headers, timeout=60)

    async def do(self, path: str) -> None:
        response = await self.http.post(f"/hop/{self.hall['sitting']}/{path}")
        if response.status_code not in (200, 204, 302, 303):
            raise RuntimeError(f"{path}: {response.status_code}\n{response.text[:2000]}")

    async def prepare(self, item: str) -> str:
        """Go to an item and prepare a vote on it; the poll's id."""
        await self.do(f"muc/{item}")
        await self.do(f"muc/{item}/bieu-quyet")
        snapshot = (await self.http.get(f"/live/{self.hall['sitting']}/desk")).json()
        return snapshot["facts"]["poll"]["id"]

    async def named(self, poll: str) -> list[dict]:
        return (await self.http.get(f"/api/v1/polls/{poll}/votes")).json()["votes"]

    async def result(self, poll: str) -> dict:
        return (await self.http.get(f"/api/v1/polls/{poll}")).json()["result"]


async def sign_in(url: str, name: str, password: str) -> str:
    """Through the door, as a person does; the cookies of the session."""
    headers = {"Origin": url}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=120) as http:
        page = await http.get("/tai-khoan/dang-nhap?mat-khau=1")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        form = {"login": name, "password": password, "csrfmiddlewaretoken": token}
        response = await http.post("/tai-khoan/dang-nhap", data=form)
        if response.status_code != 302 or "sessionid" not in http.cookies:
            raise RuntimeError(f"{name} could not sign in: {response.status_code}")
        return f"sessionid={http.cookies['sessionid']}"


async def rush(tablets: list[Tablet], poll: str, seconds: float):
    """All press within `seconds`; latencies, and by name the choice and the answer."""

    async def one(place: int, tablet: Tablet):
        await asyncio.sleep(random.uniform(0, seconds))
        choice = random.choice(CHOICES)
        took, said = await tablet.press(poll, choice, twice=place % 10 == 0)
        return took, tablet.name, choice, said

    done = await asyncio.gather(*[one(i, t) for i, t in enumerate(tablets)])
    return [d[0] for d in done], {name: (choice, said) for _t, name, choice, said in done}


async def hold(desk: Desk, tablets: list[Tablet], item: str, seconds: float) -> dict:
    """One whole vote; its latencies, and what was lost or doubled."""
    poll = await desk.prepare(item)
    started = time.perf_counter()
    await desk.do(f"bieu-quyet/{poll}/mo")
    opened = max(await asyncio.gather(*[t.sees(poll, "open") for t in tablets]))
    latencies, answers = await rush(tablets, poll, seconds)
    closing = time.perf_counter()
    await desk.do(f"bieu-quyet/{poll}/ket-thuc")
    closed = max(await asyncio.gather(*[t.sees(poll, "closed") for t in tablets]))

    recorded = {n: choice for n, (choice, said) in answers.items() if said["answer"] == "recorded"}
    lines = {line["name"]: line for line in await desk.named(poll)}
    result = await desk.result(poll)
    counted = result["votes_for"] + result["votes_against"] + result["votes_other"]
    lost = sum(lines[name]["choice"] != choice for name, choice in recorded.items())
    doubled = abs(counted - len(recorded)) + sum(line["changes"] for line in lines.values())
    await desk.do(f"bieu-quyet/{poll}/cong-bo")
    return {
        "latencies": latencies,
        "refused": len(answers) - len(recorded),
        "lost": lost,
        "doubled": doubled,
        "open_last": opened - started,
        "result_last": closed - closing,
    }


def quantile(values: list[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed, in milliseconds."""
    ordered = sorted(values)
    return round(ordered[max(0, -(-len(ordered) * int(share * 100) // 100) - 1)] * 1000, 2)


async def measure(options, house: Server, floor: Server, hall: dict) -> dict:
    desk = Desk(house.url, hall)
    names = {f"Đại biểu Số {n}": user for n, user in enumerate(hall["delegates"], 1)}
    cookies = {name: f"sessionid={key}" for name, key in zip(names, hall["delegate_sessions"], strict=True)}
    started = time.perf_counter()
    for name, user in list(names.items())[:DOOR]:
        cookies[name] = await sign_in(house.url, user, hall["password"])
    signed_in = time.perf_counter() - started

    socket_url = house.url.replace("http", "ws") + f"/ws/hop/{hall['sitting']}/delegate"
    floor_url = floor.url.replace("http", "ws")
    tablets = [await Tablet(name).connect(socket_url, house.url, cookie) for name, cookie in cookies.items()]
    bare = [await Tablet(name).connect(f"{floor_url}/{i}") for i, name in enumerate(cookies)]
    rounds, floors, cpu, floor_cpu = [], [], 0.0, 0.0
    for number, item in enumerate(hall["items"]):
        before, floor_before = house.cpu_seconds(), floor.cpu_seconds()
        held = await hold(desk, tablets, item, options.rush)
        latencies, _answers = await rush(bare, f"round-{number}", options.rush)
        if number == 0:  # the first round warms both up
            lost, doubled = held["lost"], held["doubled"]
            continue
        rounds.append(held)
        floors += latencies
        cpu += house.cpu_seconds() - before
        floor_cpu += floor.cpu_seconds() - floor_before
    await asyncio.gather(*[t.close() for t in tablets + bare])
    await desk.http.aclose()

    taken = [latency for held in rounds for latency in held["latencies"]]
    ack_p99, floor_p99 = quantile(taken, 0.99), quantile(floors, 0.99)
    return {
        "delegates": len(tablets),
        "rounds": len(rounds),
        "rush_s": options.rush,
        "votes": len(taken),
        "lost": lost + sum(held["lost"] for held in rounds),
        "doubled": doubled + sum(held["doubled"] for held in rounds),
        "refused": sum(held["refused"] for held in rounds),
        "ack_p50_ms": quantile(taken, 0.50),
        "ack_p99_ms": ack_p99,
        "ack_max_ms": quantile(taken, 1),
        "open_last_ms": round(max(held["open_last"] for held in rounds) * 1000, 1),
        "result_last_ms": round(max(held["result_last"] for held in rounds) * 1000, 1),
        "result_last_median_ms": round(statistics.median(held["result_last"] for held in rounds) * 1000, 1),
        "floor_ack_p50_ms": quantile(floors, 0.50),
        "floor_ack_p99_ms": floor_p99,
        "p99_over_floor": round(ack_p99 / floor_p99, 2),
        "cpu_s": round(cpu, 2),
        "cpu_ms_per_vote": round(1000 * cpu / len(taken), 2),
        "floor_cpu_s": round(floor_cpu, 2),
        "sign_in_ms": round(1000 * signed_in / min(DOOR, len(tablets))),
    }


def machine() -> dict:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_1m": os.getloadavg()[0],
        "python": platform.python_version(),
        "system": platform.platform(),
        "database": "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--delegates", type=int, default=85)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--rounds", type=int, default=8, help="votes held; the first is not counted")
    parser.add_argument("--rush", type=float, default=1.0, help="seconds in which all press")
    options = parser.parse_args()
    before = machine()

    with tempfile.TemporaryDirectory(prefix="votes-") as name:
        folder = Path(name)
        env = environment(folder)
        hall = fill_hall(env, options.delegates, "--items", str(options.rounds), "--signed-in")
        house = Server("council.asgi:application", env, folder / "house.log")
        floor = Server("benchmarks.floor:application", env, folder / "floor.log")
        try:
            house.start()
            floor.start()
            figures = asyncio.run(measure(options, house, floor, hall))
        except BaseException:
            if house.log.exists():
                print(house.log.read_text()[-4000:], file=sys.stderr)
            raise
        finally:
            house.stop()
            floor.stop()
    figures["machine"] = before
    text = json.dumps(figures, ensure_ascii=False, indent=2)
    if options.json:
        options.json.write_text(text + "\n")
    print(text)
    return 1 if figures["lost"] or figures["doubled"] else 0


if __name__ == "__main__":
    sys.exit(main())
