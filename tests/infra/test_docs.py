"""Documents that cannot lie: what they name exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "tests"


@pytest.mark.parametrize("page", ["security.md", "accessibility.md"])
def test_every_test_that_a_list_names_exists(page):
    text = (ROOT / "docs" / page).read_text()
    written = "\n".join(path.read_text() for path in TESTS.rglob("test_*.py"))

    named = set(re.findall(r"`(test_\w+)`", text))
    files = set(re.findall(r"`((?:\w+/)+[\w.]+\.(?:py|toml))`", text))

    assert [name for name in sorted(named) if f"def {name}(" not in written] == []
    assert [name for name in sorted(files) if not (TESTS / name).exists()] == []


def test_every_link_between_documents_leads_somewhere():
    broken = []
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not target.startswith(("http:", "https:", "mailto:")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")

    assert broken == []
