"""A product with a hall of N delegates, and the floor beside it, as the scenarios of the benchmark meet them."""

import asyncio
import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.servers import Server, cpu_of, environment, family, fill_hall, memory_of
from benchmarks.wire import Crowd, Screen

CSRF = "b" * 32
DOOR = 10  # delegates who sign in with their password; the others find their session as it leaves one


@dataclass
class House:
    """Both servers, the people of the hall, and what each of them has spent."""

    product: Server
    floor: Server
    hall: dict
    env: dict[str, str]
    folder: Path
    database_pid: int | None = None  # of the PostgreSQL that the run itself has started

    @property
    def names(self) -> list[str]:
        return [f"Đại biểu Số {n}" for n in range(1, len(self.hall["delegates"]) + 1)]

    @property
    def cookies(self) -> list[str]:
        return [f"sessionid={key}" for key in self.hall["delegate_sessions"]]

    def socket(self, audience: str = "delegate") -> str:
        token = f"?khoa={self.hall['wall_token']}" if audience == "wall" else ""
        return f"{self.product.url.replace('http', 'ws')}/ws/hop/{self.hall['sitting']}/{audience}{token}"

    def spent(self) -> dict[str, float]:
        """Processor seconds so far, by whom."""
        return {
            "product": cpu_of(self.product.pids),
            "floor": cpu_of(self.floor.pids),
            "database": cpu_of(family(self.database_pid)) if self.database_pid else 0.0,
            "generator": time.process_time(),
        }

    def memory(self) -> float:
        """What the product's processes hold, in bytes (proportional set size)."""
        return memory_of(self.product.pids)


@contextmanager
def house_of(
    folder: Path, delegates: int, observers: int, items: int, env: dict[str, str], database_pid: int | None = None
):
    """A house of its own in a folder; gone when the block ends."""
    folder.mkdir()
    env = environment(folder, **env)
    people = ("--items", str(items), "--signed-in", "--observers", str(observers))
    hall = fill_hall(env, delegates, *people)
    product = Server("council.asgi:application", env, folder / "product.log")
    floor = Server("benchmarks.floor:application", env, folder / "floor.log")
    try:
        yield House(product.start(), floor.start(), hall, env, folder, database_pid)
    except BaseException:
        if product.log.exists():
            print(product.log.read_text()[-4000:])
        raise
    finally:
        product.stop()
        floor.stop()


class Desk:
    """The chair's browser: the plain forms of the console."""

    def __init__(self, house: House):
        self.hall, url = house.hall, house.product.url
        cookies = {"sessionid": self.hall["chair_session"], "csrftoken": CSRF}
        headers = {"X-CSRFToken": CSRF, "Origin": url, "Accept": "application/json"}
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

    async def open(self, poll: str) -> None:
        await self.do(f"bieu-quyet/{poll}/mo")

    async def close(self, poll: str) -> None:
        await self.do(f"bieu-quyet/{poll}/ket-thuc")

    async def declare(self, poll: str) -> None:
        await self.do(f"bieu-quyet/{poll}/cong-bo")

    async def named(self, poll: str) -> dict[str, dict]:
        votes = (await self.http.get(f"/api/v1/polls/{poll}/votes")).json()["votes"]
        return {line["name"]: line for line in votes}

    async def poll(self, poll: str) -> dict:
        return (await self.http.get(f"/api/v1/polls/{poll}")).json()


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


async def seated(house: House, crowd: Crowd) -> list[Screen]:
    """A screen for every delegate of the hall; the first ten have come through the door."""
    cookies = house.cookies
    for place, user in enumerate(house.hall["delegates"][:DOOR]):
        cookies[place] = await sign_in(house.product.url, user, house.hall["password"])
    return await connect_all(house, crowd, list(zip(house.names, cookies, strict=True)))


async def connect_all(house: House, crowd: Crowd, people: list[tuple[str, str]], url: str = "") -> list[Screen]:
    """A screen for each of these people (name and cookie), all at once; `url` leads there another way."""
    url = url or house.socket()
    screens = [Screen(name, crowd) for name, _cookie in people]
    ways = zip(screens, people, strict=True)
    await asyncio.gather(*[screen.connect(url, cookie, house.product.url) for screen, (_name, cookie) in ways])
    return screens


async def staff(house: House, crowd: Crowd) -> list[Screen]:
    """What else hangs on the room of a sitting: the desk's page and the wall."""
    desk = await Screen("desk", crowd).connect(
        house.socket("desk"), f"sessionid={house.hall['chair_session']}", house.product.url
    )
    wall = await Screen("wall", crowd).connect(house.socket("wall"), "", house.product.url)
    return [desk, wall]


def machine(database: str) -> dict:
    """Where a run was made, and what else the machine was doing."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    system = os.uname()
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_1m": os.getloadavg()[0],
        "system": f"{system.sysname} {system.release}",
        "python": ".".join(map(str, __import__("sys").version_info[:3])),
        "database": database,
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }
