"""The manuals tell the truth about themselves: every picture is there, small, and shown; every link leads somewhere."""

import re
from pathlib import Path

import pytest
from PIL import Image

DOCS = Path(__file__).resolve().parents[2] / "docs"
MANUALS = {"dai-bieu.md": "dai-bieu", "van-phong.md": "van-phong"}


@pytest.mark.parametrize(("manual", "folder"), MANUALS.items())
def test_every_picture_of_a_manual_is_there_and_small(manual, folder):
    named = re.findall(r"!\[([^\]]+)\]\((images/[^)]+)\)", (DOCS / manual).read_text())

    for words, path in named:
        assert words
        assert (DOCS / path).stat().st_size < 150_000, path
        assert Image.open(DOCS / path).width <= 1000, path
    shown = {Path(path).name for _words, path in named}
    assert shown == {path.name for path in (DOCS / "images" / folder).glob("*.png")}


@pytest.mark.parametrize("manual", MANUALS)
def test_every_link_of_a_manual_leads_to_a_page(manual):
    for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)#]+)\)", (DOCS / manual).read_text()):
        assert (DOCS / target).exists(), target
