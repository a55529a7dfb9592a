"""What the repository must never carry: the addresses of registries, secrets, a colour outside the tokens."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-node.txt", "package-lock.json"]


def tracked(*patterns):
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    answer = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=False)
    if answer.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in answer.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host(lock):
    text = (ROOT / lock).read_text()

    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("lock", [lock for lock in LOCKS if lock.startswith("requirements")])
def test_every_locked_package_has_its_hash(lock):
    pins = re.findall(r"^[a-z0-9].*?==.*?(?=^[a-z0-9]|\Z)", (ROOT / lock).read_text(), re.M | re.S)

    assert pins
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_the_product_lock_is_part_of_the_test_lock():
    def pins(name):
        return set(re.findall(r"^([a-z0-9][^ ]*==[^ ]+)", (ROOT / name).read_text(), re.M))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_browser_parts_are_pinned_exactly():
    import json

    dependencies = json.loads((ROOT / "package.json").read_text())["dependencies"]

    assert [v for v in dependencies.values() if not re.fullmatch(r"\d+\.\d+\.\d+", v)] == []


def test_no_link_in_the_repository_leads_out_of_it():
    links = [path for path in tracked() if path.is_symlink()]

    assert [link for link in links if not link.resolve().is_relative_to(ROOT)] == []


def test_no_key_lies_in_the_repository():
    words = "-----BEGIN " + "PRIVATE KEY-----", "-----BEGIN EC " + "PRIVATE KEY-----"
    texts = {path: path.read_bytes() for path in tracked()}

    assert [path for path, text in texts.items() if any(word.encode() in text for word in words)] == []


def test_no_secret_file_is_tracked():
    """What a run keeps for itself (its key, its data, its certificates) never gets into the repository."""
    names = {path.name for path in tracked()}

    assert names & {"secret_key", "address", ".env"} == set()
    assert [path for path in tracked() if path.suffix in {".key", ".pem", ".p12", ".sqlite3"}] == []


def test_templates_and_scripts_need_no_exception_from_the_content_security_policy():
    """No inline style, script or handler (security 91). Mail is no page, nor is what only the PDF printer reads."""
    faults = []
    inline = re.compile(r"""<script(?![^>]*\bsrc=)|<style|\sstyle="|\son[a-z]+=["']|href="javascript:""")
    for path in tracked("templates/*.html"):
        parts = path.relative_to(ROOT / "templates").parts
        if {"pdf", "email", "mail"} & set(parts):
            continue
        if "url(house:" in path.read_text():  # an address that only the printer can follow
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if inline.search(line) and 'type="application/json"' not in line:
                faults.append(f"{path.relative_to(ROOT)}:{number}")

    assert faults == []


def test_no_page_asks_a_third_party():
    """Every address in a template or a style is our own (security 113)."""
    outside = re.compile(r"""(?:src|href|action)="(?:https?:)?//|url\(["']?(?:https?:)?//|@import(?! url\("\.\./)""")
    files = tracked("templates/*.html", "static/css/*.css", "static/js/*.js")

    assert [str(p.relative_to(ROOT)) for p in files if outside.search(p.read_text())] == []


def test_every_test_that_make_check_leaves_out_by_name_exists():
    for line in (ROOT / "tests" / "dear.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        file, name = line.split("::")
        assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE), line
