"""Run the product on this machine: bring the data up to date, then keep web and relay running until told to stop.

    PORT=8000      where the web process listens
    HOST=127.0.0.1 on which address (LAN=1 listens on all of them)
    DEMO=0         start empty, without the demonstration council
    LAN=1          HTTPS for the tablets in the hall, and a plain page that leads them through trusting it
    TRUST_PORT     where that page listens, by default 8080

Ctrl-C or SIGTERM stops the web process first, so that running requests finish, then the others. A process that dies
is started again, with growing pauses when it dies at once.
"""

import argparse
import hashlib
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from council import tls  # noqa: E402  (no Django: the settings are read by the processes started below)
from scripts.supervisor import Child, Supervisor, die_with_parent, say  # noqa: E402

MANAGE = [sys.executable, str(ROOT / "manage.py")]

CERTIFICATE_EVERY = 60  # seconds


@dataclass
class Plan:
    """What the environment asks for."""

    port: int
    host: str
    demo: bool
    lan: bool
    trust_port: int
    workers: bool  # Celery runs the jobs where Redis is

    @classmethod
    def from_environment(cls) -> "Plan":
        lan = os.environ.get("LAN", "0") == "1"
        return cls(
            port=int(os.environ.get("PORT", "8443" if lan else "8000")),
            host=os.environ.get("HOST", "0.0.0.0" if lan else "127.0.0.1"),
            demo=os.environ.get("DEMO", "1") != "0",
            lan=lan,
            trust_port=int(os.environ.get("TRUST_PORT", "8080")),
            workers=bool(os.environ.get("REDIS_URL")),
        )


def read_env_file() -> None:
    """Take what .env sets, unless the environment already says otherwise."""
    path = ROOT / ".env"
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.lstrip().startswith("#"):
            os.environ.setdefault(name.removeprefix("export ").strip(), value.strip().strip("\"'"))


def data_folder() -> Path:
    return Path(os.environ.get("DATA_DIR", ROOT / "data"))


def settle_environment(plan: "Plan", certificate: tls.ServerCertificate | None) -> None:
    """Tell the product under which address it is reached, where the operator has not."""
    os.environ["DEMO"] = "1" if plan.demo else "0"
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ.setdefault("HTTPS", "1" if plan.lan else "0")
    os.environ.setdefault("BASE_URL", address(plan, certificate))
    hosts = ["localhost", "127.0.0.1", "[::1]"]
    if certificate:
        hosts += certificate.names
    elif plan.host == "0.0.0.0":
        hosts += tls.own_names()
    else:
        hosts.append(plan.host)
    os.environ.setdefault("ALLOWED_HOSTS", ",".join(dict.fromkeys(hosts)))
    # Commands run beside the running product (demo_accounts, mails by hand) name the same address.
    data_folder().mkdir(parents=True, exist_ok=True)
    (data_folder() / "address").write_text(os.environ["BASE_URL"] + "\n")
    (ROOT / "staticfiles").mkdir(exist_ok=True)


def manage(*arguments: str) -> None:
    """Run a management command to its end; its failure ends the start, in its own words."""
    done = subprocess.run([*MANAGE, *arguments], cwd=ROOT, check=False, preexec_fn=die_with_parent)
    if done.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed; nothing was started")


def collect_static() -> None:
    """Collect and compress the static files, unless they are the ones of the last start.

    It takes half a minute of processor time, which a hall that starts again after an outage does not have.
    """
    root = Path(os.environ.get("STATIC_ROOT", ROOT / "staticfiles"))
    stamp, now = data_folder() / "static.collected", static_state()
    if (root / "staticfiles.json").exists() and stamp.exists() and stamp.read_text() == now:
        return
    manage("collectstatic", "--noinput", "--verbosity", "0")
    stamp.write_text(now)


def static_state() -> str:
    """A digest that changes when a static file or a package that brings some does."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted(path for path in (ROOT / "static").rglob("*") if path.is_file()):
        kept = path.stat()
        digest.update(f"{path.relative_to(ROOT)}:{kept.st_size}:{kept.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def lan_certificate() -> tls.ServerCertificate:
    """Make or renew the certificate of this machine; what prevents it ends the start, in words."""
    try:
        return tls.from_environment(data_folder())
    except tls.TlsFault as fault:
        raise SystemExit(f"no certificate: {fault}") from fault


def children_for(plan: Plan, certificate: tls.ServerCertificate | None) -> list[Child]:
    web = [sys.executable, "-m", "uvicorn", "council.asgi:application"]
    web += ["--host", plan.host, "--port", str(plan.port), "--lifespan", "off"]
    web += ["--timeout-graceful-shutdown", "8", "--ws-max-size", "16384"]
    web += ["--ws-per-message-deflate", "false"]  # frames are small; packing them 85 times delays votes
    web += ["--no-server-header", "--no-access-log", "--log-level", "warning", "--no-proxy-headers"]
    if certificate:
        web += ["--ssl-certfile", str(certificate.certificate), "--ssl-keyfile", str(certificate.key)]
    children = [Child("web", web), Child("relay", [*MANAGE, "relay"])]
    if plan.workers:
        worker = [sys.executable, "-m", "celery", "-A", "council", "worker"]
        children.append(Child("worker", [*worker, "--concurrency", "2", "--loglevel", "warning"]))
        papers = [*worker, "--queues", "papers", "--hostname", "papers@%h", "--concurrency", "1"]
        children.append(Child("papers", [*papers, "--loglevel", "warning"]))
    if certificate and certificate.authority:
        page = [*MANAGE, "trust_page", "--port", str(plan.trust_port), "--https-port", str(plan.port)]
        children.append(Child("trust page", page))
    return children


def address(plan: Plan, certificate: tls.ServerCertificate | None) -> str:
    if certificate:
        return f"https://{certificate.names[0]}:{plan.port}"
    host = "localhost" if plan.host in ("127.0.0.1", "0.0.0.0") else plan.host
    return f"http://{host}:{plan.port}"


def is_ready(plan: Plan) -> bool:
    scheme = "https" if plan.lan else "http"
    request = urllib.request.Request(f"{scheme}://127.0.0.1:{plan.port}/healthz")
    try:
        # Our own process on the loopback address: the certificate names the machine for others.
        context = ssl._create_unverified_context() if plan.lan else None
        with urllib.request.urlopen(request, timeout=2, context=context) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def greeting(plan: Plan, certificate: tls.ServerCertificate | None) -> str:
    """What the person who started it wants to know: the address, and how to sign in as each role."""
    lines = ["", f"  Nghị Trường: {address(plan, certificate)}", ""]
    if certificate and certificate.authority:
        host = certificate.names[0]
        lines += [
            f"  Tablets first open  http://{host}:{plan.trust_port}  once and follow the steps.",
            f"  The page must show  {tls.fingerprint(certificate.authority)}",
            "",
        ]
    if plan.demo:
        lines += ["  Demonstration council. The sign-in page offers each role as a button, or type:", ""]
        lines += account_lines()
    else:
        lines += ["  Empty: found your council with  .venv/bin/python manage.py set_up_council"]
    lines += ["", "  Ctrl-C stops it.", ""]
    return "\n".join(lines)


def account_lines() -> list[str]:
    answer = subprocess.run(
        [*MANAGE, "demo_accounts", "--json"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    try:
        accounts = json.loads(answer.stdout)
    except ValueError:
        return ["  (manage.py demo_accounts --json tells the accounts)"]
    rows, seen = [], set()
    for account in accounts:
        role = account["role"]
        if role in seen:  # one of 85 delegates is enough here
            continue
        seen.add(role)
        pin = f"PIN {account['pin']}" if account.get("pin") else ""
        totp = f"TOTP {account['totp_secret']}" if account.get("totp_secret") else ""
        rows.append((role, account["username"], account["password"] or "", pin, totp))
    widths = [max(len(row[i]) for row in rows) for i in range(5)] if rows else []
    return ["    " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def ask_for_port(host: str, port: int, variable: str) -> None:
    """Stop at once, in words, when something else listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise SystemExit(
                f"port {port} cannot be used ({fault.strerror}); choose another: {variable}=…"
            ) from fault


def serve(plan: Plan) -> None:
    ask_for_port(plan.host, plan.port, "PORT")
    if plan.lan:
        ask_for_port("0.0.0.0", plan.trust_port, "TRUST_PORT")
    certificate = lan_certificate() if plan.lan else None
    settle_environment(plan, certificate)
    manage("migrate", "--noinput", "--verbosity", "0")
    if plan.demo:
        manage("seed_demo")
    else:
        collect_static()
    children = children_for(plan, certificate)
    supervisor = Supervisor(children)
    state = {"greeted": False, "looked": time.monotonic(), "checked": 0.0}

    def each_round() -> None:
        now = time.monotonic()
        if not state["greeted"] and now - state["checked"] > 0.5 and children[0].running():
            state["checked"] = now
            if is_ready(plan):
                state["greeted"] = True
                say(greeting(plan, certificate))
        if plan.lan and now - state["looked"] > CERTIFICATE_EVERY:
            state["looked"] = now
            try:
                now_there = lan_certificate()
            except SystemExit as fault:  # an odd network in the middle of a day: keep what runs
                return say(str(fault))
            if now_there.renewed:
                say("the address or the certificate of this machine changed; starting web again")
                os.environ["ALLOWED_HOSTS"] = ",".join([os.environ["ALLOWED_HOSTS"], *now_there.names])
                for child in children:
                    if child.name in ("web", "trust page"):
                        child.stop()

    supervisor.run(each_round)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--die-with-parent", action="store_true", help="stop when the process that started it goes"
    )
    if parser.parse_args().die_with_parent:
        die_with_parent()
    read_env_file()
    serve(Plan.from_environment())


if __name__ == "__main__":
    main()
