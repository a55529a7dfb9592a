"""What a tablet spends on reading: the first page, a turned page, the memory of the tab. A real Chromium, slowed down.

    python -m benchmarks.reading_tab [--pages 300] [--seconds 60] [--turns 60] [--json FILE]

Starts the product as `make run` does, with a delegate and two papers in a folder of its own: a scan of 300 pages
(each a picture of 1654 × 2339 dots; 50 MB in all) and a printed paper of as many. The tab's processor is slowed four times
(CDP), its line is 100 Mbit/s with 4 ms there and back. Exit status 1 when a goal is missed. Nothing is kept.
"""

import argparse
import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from benchmarks.servers import ROOT, Server, environment, fill_hall

GOALS = {"first_page_s": 1.5, "first_page_pack_s": 1.0, "turn_p95_ms": 150, "turn_scan_p95_ms": 150, "turn_first_p95_ms": 150, "memory_mb": 400}
SLOWER = 4
LINE = {"offline": False, "latency": 4, "downloadThroughput": 100e6 / 8, "uploadThroughput": 100e6 / 8}
VIEW = {"width": 820, "height": 1180}  # a tablet, upright
PIN = "482915"

# A page as a scanner gives it: words, a seal, and the paper's own noise, which makes it heavy.
SCAN = """([width, height, quality]) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const at = canvas.getContext("2d");
  at.fillStyle = "#F7F5F0"; at.fillRect(0, 0, width, height);
  at.fillStyle = "#222"; at.font = "34px serif";
  for (let y = 260; y < height - 200; y += 52) at.fillText("Hỗ trợ một lần không quá 50% chi phí xây dựng hạ tầng thiết yếu của vùng sản xuất tập trung.", 180, y);
  at.strokeStyle = "#B5261E"; at.lineWidth = 8; at.beginPath(); at.arc(1200, 1900, 170, 0, 7); at.stroke();
  const grain = at.getImageData(0, 0, width, height);
  let seed = 7;
  for (let i = 0; i < grain.data.length; i += 4) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const more = seed % 13 - 6;
    for (const part of [0, 1, 2]) grain.data[i + part] += more;
  }
  at.putImageData(grain, 0, 0);
  return canvas.toDataURL("image/jpeg", quality).split(",")[1];
}"""

# From the key to the frame in which the target page stands drawn; `also` with the server's large picture of it.
WATCH = """(also) => {
  window.turned = [];
  const desk = document.querySelector("[data-reader]");
  addEventListener("keydown", (e) => {  // before the reader's own
    if (e.key !== "ArrowRight") return;
    const from = performance.now();
    const target = Number(document.querySelector("#trang").value) + 1;
    const look = () => {
      const page = document.querySelector(`.page[data-page-number="${target}"]`);
      const picture = also && page?.querySelector(".page-picture");
      const is = ((page?.querySelector("canvas") && page.dataset.loaded) || (picture?.complete && picture.naturalWidth > 1000))
        && page.getBoundingClientRect().top < desk.getBoundingClientRect().bottom - 40;
      if (is) window.turned.push(performance.now() - from);
      else if (performance.now() - from < 10000) requestAnimationFrame(look);
      else window.turned.push(10000);
    };
    requestAnimationFrame(look);
  }, true);
}"""

# From the tap until the first page stands, as a picture to read or drawn; and until it is drawn.
STANDS = """() => new Promise((done) => {
  const seen = {};
  const look = () => {
    const picture = document.querySelector(".r-first img, .page[data-page-number='1'] > .page-picture");
    const drawn = document.querySelector(".page[data-page-number='1'][data-loaded] canvas");
    if (!seen.picture && (drawn || (picture?.complete && picture.naturalWidth > 1000))) seen.picture = performance.now();
    if (drawn) done({...seen, page: performance.now()});
    else requestAnimationFrame(look);
  };
  look();
})"""

FLING = """async (seconds) => {
  const desk = document.querySelector("[data-reader]");
  const seen = {most: 0, pixels: 0, frames: 0, slowest: 0};
  const until = performance.now() + seconds * 1000;
  let [step, before, rest] = [700, performance.now(), performance.now() + 2000];
  while (performance.now() < until) {
    desk.scrollTop += step;
    if (performance.now() > rest) { // look where one is, as a hand does
      await new Promise((done) => setTimeout(done, 400));
      rest = before = performance.now();
      rest += 2000;
    }
    if (desk.scrollTop <= 0 || desk.scrollTop >= desk.scrollHeight - desk.clientHeight - 1) step = -step;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    seen.slowest = Math.max(seen.slowest, now - before);
    before = now;
    seen.frames++;
    const all = [...document.querySelectorAll(".pdfViewer canvas")];
    seen.most = Math.max(seen.most, all.length);
    seen.pixels = Math.max(seen.pixels, ...all.map((one) => one.width * one.height));
  }
  return seen;
}"""


def pdf_of(streams: list[tuple[bytes, bytes]], resources: str, extra: list[bytes] = ()) -> bytes:
    """A PDF of A4 pages: (contents, the page's picture or b"") each; `extra` are objects from number 3 on."""
    objects = [b"", b"", *extra]
    kids = []
    for content, picture in streams:
        here = resources
        if picture:
            objects.append(
                b"<< /Type /XObject /Subtype /Image /Width 1654 /Height 2339 /BitsPerComponent 8 /ColorSpace /DeviceRGB"
                b" /Filter /DCTDecode /Length %d >>\nstream\n%b\nendstream" % (len(picture), picture)
            )
            here = f"<< /XObject << /Im {len(objects)} 0 R >> >>"
        packed = zlib.compress(content)
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed))
        sheet = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R /Resources {here} >>"
        objects.append(sheet.encode())
        kids.append(len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def scanned(browser, pages: int) -> bytes:
    """A scan of `pages` pages, about 50 MB for 300: quality and grain are chosen for that."""
    tab = browser.new_page()
    picture = base64.b64decode(tab.evaluate(SCAN, [1654, 2339, 0.12]))
    tab.close()
    show = b"q 595 0 0 842 0 0 cm /Im Do Q"
    # every page a picture of its own: a comment in the JPEG makes the bytes differ
    own = [picture[:2] + b"\xff\xfe\x00\x06%04d" % n + picture[2:] for n in range(pages)]
    return pdf_of([(show, one) for one in own], "")


def printed(pages: int) -> bytes:
    """A paper with a text layer: sixty lines a page."""
    line = "Ho tro mot lan khong qua 50% chi phi xay dung ha tang thiet yeu cua vung san xuat tap trung."
    sheets = []
    for n in range(1, pages + 1):
        lines = " ".join(f"(Dieu {n}.{k} {line}) Tj T*" for k in range(56))
        sheets.append((f"BT /F 10 Tf 13 TL 50 790 Td {lines} ET".encode(), b""))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>"
    return pdf_of(sheets, "<< /Font << /F 3 0 R >> >>", [font])


def file_papers(folder: Path, session_key: str) -> dict:
    """Runs in the product's own environment: take both files in, draw the pictures of the first pages, make them and
    one delegate's tablet ready to be taken along."""
    import django

    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile

    from council.models import Body, Council, User
    from documents import pipeline
    from documents.models import Page
    from documents.services import add_paper

    council = Council.objects.get()
    by = User.objects.filter(role_grants__role__in=["office", "session_chair", "session_secretary"]).first()
    body = Body.objects.get(kind="plenary")
    bind_tablet(session_key)
    papers = {}
    for name in ("scan", "print"):
        content = (folder / f"{name}.pdf").read_bytes()
        version = add_paper(
            council=council, by=by, body=body, title=name, kind="report",
            upload=SimpleUploadedFile(f"{name}.pdf", content, content_type="application/pdf"),
        )  # fmt: skip
        while not Page.objects.filter(version=version, has_image=True).exists() and pipeline.work(version.pk):
            pass
        papers[name] = {"url": f"/tai-lieu/{version.document.public_id}", "mb": round(len(content) / 1e6, 1)}
        hang_to_take_along(version)
    return papers


def hang_to_take_along(version) -> None:
    """Hang a paper on the hall's session and make the files that a tablet takes along; of the scan without its words,
    which nobody waits for here."""
    from django.utils import timezone

    from documents import pack
    from sessions.models import CouncilSession, ItemPaper

    item = CouncilSession.objects.latest("pk").items.order_by("number").first()
    ItemPaper.objects.create(item=item, kind="report", title=version.document.title, document=version.document)
    version.text_complete_at = version.text_complete_at or timezone.now()
    version.save(update_fields=["text_complete_at"])
    pack.prepare_pdf(version)
    pack.prepare_pages(version)


def bind_tablet(session_key: str) -> None:
    """What the door would have done: the session's person has a PIN, and the tablet is known."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from council.models import Device, User

    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    person = User.objects.get(pk=session["_auth_user_id"])
    person.pin_hash, person.pin_set_at = make_password(PIN), timezone.now()
    person.save(update_fields=["pin_hash", "pin_set_at"])
    session["device"] = Device.objects.create(user=person, secret_hash=session_key, session_key=session_key).pk
    session.save()


def tab_memory(browser) -> float:
    """Megabytes of the largest renderer (proportional set size)."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    sizes = []
    for process in found:
        if process["type"] == "renderer":
            lines = Path(f"/proc/{process['id']}/smaps_rollup").read_text().splitlines()
            sizes.append(next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024)
    return max(sizes)


def slow_tab(browser, url: str, cookie: str):
    context = browser.new_context(viewport=VIEW, device_scale_factor=2, has_touch=True)
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    cdp = context.new_cdp_session(tab)
    cdp.send("Network.enable")
    cdp.send("Network.emulateNetworkConditions", LINE)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return context, tab


def first_page(browser, url: str, cookie: str, paper: str) -> dict:
    """Seconds from the tap until the first page stands (the server's picture of it, 1200 dots wide), and until pdf.js has
    drawn it, so that words can be selected; with an empty cache of scripts, then with a full one."""
    context, tab = slow_tab(browser, url, cookie)
    seen = {}
    for name in ("cold", "warm", "again"):
        tab.goto("about:blank")
        tab.goto(f"{url}{paper}?trang=1", wait_until="commit")
        told = tab.evaluate(STANDS)
        seen[name] = {key: round(value / 1000, 2) for key, value in told.items()}
    context.close()
    return seen


def from_the_pack(browser, server, cookie: str, papers: list[str]) -> list[dict]:
    """Take the session along, stop the server, open the copy with the PIN; then the same seconds as `first_page` for each
    paper, opened twice, from the page of the copy. Stops the server."""
    context = browser.new_context(viewport=VIEW, device_scale_factor=2, has_touch=True)
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    tab.goto(f"{server.url}/hom-nay")
    tab.locator("[data-pack-take]").click()
    tab.locator("[data-pack-pin] input").first.fill(PIN)
    tab.wait_for_selector("[data-pack][data-state=ready]", timeout=240_000)
    tab.evaluate("navigator.serviceWorker.ready.then(() => true)")
    server.stop()
    tab.goto(f"{server.url}/hom-nay")
    tab.locator("#ma-pin").fill(PIN)
    tab.locator("[data-off-shown]").wait_for()
    context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    told = []
    for paper in papers * 2:
        tab.goto(f"{server.url}/hom-nay")
        tab.locator("[data-off-shown]").wait_for()
        tab.wait_for_timeout(1000)
        tab.goto(f"{server.url}{paper}?trang=1", wait_until="commit")
        told.append({key: round(value / 1000, 2) for key, value in tab.evaluate(STANDS).items()})
    context.close()
    return told


def turns(browser, url: str, cookie: str, paper: str, count: int) -> list[float]:
    """Milliseconds of each turned page, for one who rests a second on each."""
    context, tab = slow_tab(browser, url, cookie)
    tab.goto(f"{url}{paper}?trang=1")
    tab.wait_for_selector(".page[data-page-number='1'][data-loaded] canvas")
    tab.focus("[data-reader]")
    tab.evaluate(WATCH, False)
    for _ in range(count):
        tab.wait_for_timeout(1000)
        tab.keyboard.press("ArrowRight")
    tab.wait_for_function(f"() => window.turned.length >= {count}")
    told = tab.evaluate("() => window.turned")
    context.close()
    return told


def first_turns(browser, url: str, cookie: str, paper: str, openings: int = 5) -> list[float]:
    """Milliseconds of the first four turns of each opening, begun as soon as the reader takes keys, a third of a second
    apart: until the page stands, drawn or as the server's large picture."""
    context, tab = slow_tab(browser, url, cookie)
    told = []
    for _ in range(openings):
        tab.goto("about:blank")
        tab.goto(f"{url}{paper}?trang=1")
        tab.wait_for_selector("[data-reader][data-ready]")
        tab.evaluate(WATCH, True)
        for _ in range(4):
            tab.keyboard.press("ArrowRight")
            tab.wait_for_timeout(333)
        tab.wait_for_function("() => window.turned.length >= 4")
        told += tab.evaluate("() => window.turned")
    context.close()
    return told


def fling(browser, url: str, cookie: str, paper: str, seconds: int) -> dict:
    """Fast scrolling through the whole scan; the memory right afterwards, and the canvases on the way."""
    context, tab = slow_tab(browser, url, cookie)
    tab.goto(f"{url}{paper}?trang=1")
    tab.wait_for_selector(".page[data-page-number='1'][data-loaded] canvas")
    before = tab_memory(browser)
    peak = 0.0
    told = {"most": 0, "pixels": 0, "frames": 0, "slowest": 0}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        part = tab.evaluate(FLING, 5)
        peak = max(peak, tab_memory(browser))
        told = {
            "most": max(told["most"], part["most"]), "pixels": max(told["pixels"], part["pixels"]),
            "frames": told["frames"] + part["frames"], "slowest": max(told["slowest"], part["slowest"]),
        }  # fmt: skip
    after = tab_memory(browser)
    context.close()
    return {"before_mb": round(before), "after_mb": round(after), "peak_mb": round(peak), **told}


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def measure(pages: int = 300, seconds: int = 60, count: int = 60) -> dict:
    """All figures of a run; GOALS are those it is held to."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=args
        )
        (folder / "scan.pdf").write_bytes(scanned(browser, pages))
        (folder / "print.pdf").write_bytes(printed(pages))
        env = environment(folder / "data")
        (folder / "data").mkdir()
        hall = fill_hall(env, 5, "--signed-in")
        cookie = hall["delegate_sessions"][0]
        command = [sys.executable, "-m", "benchmarks.reading_tab", "--file", str(folder), cookie]
        env["DJANGO_SETTINGS_MODULE"] = "council.settings"
        filed = subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        papers = json.loads(filed.stdout.splitlines()[-1])
        server = Server("council.asgi:application", env, folder / "product.log")
        try:
            server.start()
            opened = first_page(browser, server.url, cookie, papers["scan"]["url"])
            text = turns(browser, server.url, cookie, papers["print"]["url"], count)
            scan = turns(browser, server.url, cookie, papers["scan"]["url"], count)
            first = first_turns(browser, server.url, cookie, papers["scan"]["url"])
            flung = fling(browser, server.url, cookie, papers["scan"]["url"], seconds)
            taken = from_the_pack(browser, server, cookie, [papers["scan"]["url"], papers["print"]["url"]])
        finally:
            server.stop()
            browser.close()
    return {
        "pages": pages, "scan_mb": papers["scan"]["mb"], "opened": opened,
        "pack": taken, "first_page_pack_s": statistics.median(one["picture"] for one in taken),
        "first_page_s": opened["warm"].get("picture", 99), "first_page_drawn_s": opened["warm"]["page"],
        "turn_p50_ms": round(statistics.median(text)), "turn_p95_ms": round(p95(text)),
        "turn_scan_p50_ms": round(statistics.median(scan)), "turn_scan_p95_ms": round(p95(scan)),
        "turn_first_p50_ms": round(statistics.median(first)), "turn_first_p95_ms": round(p95(first)),
        "memory_mb": flung["after_mb"], "fling": flung,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--file", nargs=2, help=argparse.SUPPRESS)  # this module's own second process
    said = parser.parse_args()
    if said.file:
        print(json.dumps(file_papers(Path(said.file[0]), said.file[1])))
        return 0
    told = measure(said.pages, said.seconds, said.turns)
    missed = [name for name, most in GOALS.items() if told[name] > most]
    text = json.dumps(told | {"missed": missed}, indent=1)
    print(text)
    if said.json:
        said.json.write_text(text)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
