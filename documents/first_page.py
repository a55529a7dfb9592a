"""The words of the first page of a paper that has just been checked, before the pipeline reads the whole."""

import json
import tempfile
from pathlib import Path

from documents.check import CheckedPaper
from documents.limits import LimitReached, Limits, run_limited

QUICK = Limits(cpu_seconds=5, wall_seconds=15)


def first_page_text(paper: CheckedPaper) -> str:
    """The text of page 1, read in a child within limits; "" where there is none or it takes too long."""
    if not paper.pages:  # no PDF yet: proposed again once its text is known
        return ""
    with tempfile.TemporaryDirectory(prefix="first-page-") as folder:
        answer = Path(folder) / "text.json"
        try:
            run_limited("read_pages.py", [str(paper.path), "1", "1", str(answer)], work_dir=folder, limits=QUICK)
            return json.loads(answer.read_text())["pages"][0]["text"]
        except (LimitReached, ValueError, OSError, LookupError):
            return ""
