"""Put in place what this checkout still lacks: Debian packages, the virtual environment, the browser parts.

    python3 scripts/prepare.py run     what the product needs
    python3 scripts/prepare.py test    and what its tests need

Runs on a bare python3, before anything is installed, so it uses the standard library alone. Each step leaves a stamp
with the digest of the lock that it followed; when the digest still holds the step costs nothing.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)

# Debian package -> what it is for, in the words of the message when it cannot be installed
FOR_RUN = {
    "libpango-1.0-0": "official PDF pages",
    "libpangoft2-1.0-0": "official PDF pages",
    "libharfbuzz-subset0": "small fonts inside PDF pages",
    "fonts-liberation2": "the typeface of official pages",
}
FOR_TEST = {
    "chromium": "browser tests",
    "poppler-utils": "tests that read PDF pages",
    "qpdf": "tests that damage and encrypt PDF files",
    "libnss3-tools": "tests of signatures",
    "postgresql": "the test run on PostgreSQL",
    "redis-server": "the test run with Redis",
    "libreoffice-writer-nogui": "tests that make PDFs of Word and OpenDocument files",
    "libreoffice-calc-nogui": "tests that make PDFs of Excel files",
    "libreoffice-impress-nogui": "tests that make PDFs of PowerPoint files",
    "tesseract-ocr": "tests that recognise scanned pages",
    "tesseract-ocr-vie": "tests that recognise scanned pages",
}
# Tests that want these are skipped, and say so, where they are missing.
NICE_FOR_TEST = {"caddy": "the check of the TLS proxy", "docker-compose": "the check of the compose file"}


def say(words: str) -> None:
    print(f"prepare: {words}", flush=True)


# --- Debian packages


# Newer releases carry version 2 of the typeface under its old name.
NOW_CALLED = {"fonts-liberation2": "fonts-liberation"}


def installed(package: str) -> bool:
    query = ["dpkg-query", "-W", "-f", "${Version} ${Status}", package]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    there = answer.stdout.endswith("install ok installed")
    if package == "fonts-liberation":
        return there and answer.stdout.startswith("1:2")
    return there or (package in NOW_CALLED and installed(NOW_CALLED[package]))


def known(package: str) -> bool:
    """Tell whether apt has a version of the package to offer."""
    answer = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=False)
    # "Installed: (none)" stands in the same answer, for every package that is still missing.
    offers = [line.split()[1] for line in answer.stdout.splitlines() if line.strip().startswith("Candidate:")]
    return bool(offers) and offers[0] != "(none)"


def as_root() -> list[str] | None:
    """The words to put before a command that needs root: none, sudo, or None when there is no way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asks = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asks.returncode == 0 or sys.stdin.isatty():
            return ["sudo"]
    return None


def ensure_packages(wanted: dict[str, str], *, needed: bool) -> None:
    """Install the packages that are missing; without the means, say which and go on or stop."""
    if not shutil.which("dpkg-query"):
        say(f"not a Debian system: see to it yourself that it has {', '.join(wanted)}")
        return
    missing = [package for package in wanted if not installed(package)]
    if not missing:
        return
    prefix = as_root()
    if prefix is None:
        say(f"missing: {', '.join(f'{package} ({wanted[package]})' for package in missing)}")
        say(f"install with: sudo apt-get update && sudo apt-get install {' '.join(missing)}")
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    say(f"apt-get install {' '.join(missing)}")
    subprocess.run([*prefix, "apt-get", "update", "-qq"], env=environment, check=False)
    names = [p if known(p) else NOW_CALLED.get(p, p) for p in missing]
    install = [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *names]
    done = subprocess.run(install, env=environment, check=False, stdout=subprocess.DEVNULL)
    if done.returncode and needed:
        raise SystemExit(f"prepare: apt-get could not install {' '.join(names)}")


# --- stamps


def digest(*paths: Path) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def stamped(stamp: Path, value: str) -> bool:
    return stamp.exists() and value in stamp.read_text().split()


# --- Python


def find_python() -> str:
    """The python to build the environment with: the newest one that is new enough."""
    names = ["python3", "python3.13", "python3.12", "python3.11"]
    for name in filter(None, map(shutil.which, names)):
        code = f"import sys; sys.exit(sys.version_info < {OLDEST})"
        if subprocess.run([name, "-c", code], check=False).returncode == 0:
            return name
    raise SystemExit("prepare: Python 3.11 or newer is missing: apt-get install python3 python3-venv")


def ensure_venv(locks: list[Path]) -> None:
    """Create .venv and install the last of the locks, unless one that was installed holds as much."""
    stamp = VENV / ".locks"
    if PYTHON.exists() and any(stamped(stamp, digest(lock)) for lock in locks):
        return
    if not PYTHON.exists():
        python = find_python()
        has_pip = subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False)
        if has_pip.returncode:
            ensure_packages({"python3-venv": "the virtual environment"}, needed=True)
        say("creating .venv")
        subprocess.run([python, "-m", "venv", str(VENV)], check=True)
    lock = locks[0]
    say(f"installing {lock.name}")
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
    stamp.write_text(digest(lock) + "\n")


# --- browser parts


def ensure_vendor() -> None:
    """Copy htmx, pdf.js and the fonts into static/vendor, unless the same ones lie there."""
    script = ROOT / "scripts" / "copy_vendor.py"
    stamp = ROOT / "static" / "vendor" / ".lock"
    value = digest(ROOT / "package-lock.json", script)
    if stamped(stamp, value):
        return
    say("copying the browser parts")
    subprocess.run([str(PYTHON), str(script)], check=True)
    stamp.write_text(value + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("purpose", choices=["run", "test"])
    purpose = parser.parse_args().purpose
    runtime, dev = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"

    ensure_packages(FOR_RUN, needed=True)
    if purpose == "test":
        ensure_packages(FOR_TEST, needed=True)
        ensure_packages(NICE_FOR_TEST, needed=False)
        ensure_venv([dev])
    else:
        # An environment that has the tools of the tests has the product's packages too.
        ensure_venv([runtime, dev])
    ensure_vendor()


if __name__ == "__main__":
    main()
