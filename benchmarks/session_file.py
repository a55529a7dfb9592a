"""What a whole session as one PDF costs, and a stamped copy of a long paper: seconds, and memory of the child that makes it.

    python -m benchmarks.session_file [--papers 60] [--megabytes 300] [--stamped 300] [--json FILE]

The children are those of the product, within the product's limits. Papers are scans: a picture of noise on each page, so
nothing of their size can be packed away. Exit status 1 when joining needs more memory than a quarter of what it joins.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

FLAT = 0.25  # of the papers' bytes, and MEGABYTES for the program itself
PROGRAM = 120  # megabytes that Python and PDFium take before they see a paper
MB = 1024 * 1024
PAGE = 500_000  # bytes of the picture on a page


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=60)
    parser.add_argument("--megabytes", type=int, default=300, help="of all papers together")
    parser.add_argument("--stamped", type=int, default=300, help="pages of the paper that is stamped")
    parser.add_argument("--json", help="write the figures here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="session-") as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "council.settings", "TESTING": "1"}
        import django

        django.setup()
        told = {"machine": f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"}
        told |= stamped(Path(folder), asked.stamped)
        told |= joined(Path(folder), asked.papers, asked.megabytes)
    print(json.dumps(told, indent=1))
    if asked.json:
        Path(asked.json).write_text(json.dumps(told))
    return 0 if told["join_child_mb"] <= PROGRAM + FLAT * told["join_mb"] else 1


def scan(pages: int) -> bytes:
    """A paper of full pages, each a picture of noise."""
    from tests.documents.papers import assemble

    side = int(PAGE**0.5)
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    objects.append(f"<< /Type /Pages /Kids [{' '.join(f'{3 + 3 * n} 0 R' for n in range(pages))}] /Count {pages} >>")
    draw = "q 595 0 0 842 0 0 cm /P Do Q"
    for n in range(pages):
        noise = os.urandom(side * side).decode("latin-1")
        picture = f"/Type /XObject /Subtype /Image /Width {side} /Height {side} /ColorSpace /DeviceGray /BitsPerComponent 8"
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
            f" /Contents {4 + 3 * n} 0 R /Resources << /XObject << /P {5 + 3 * n} 0 R >> >> >>",
            f"<< /Length {len(draw)} >>\nstream\n{draw}\nendstream",
            f"<< {picture} /Length {side * side} >>\nstream\n{noise}\nendstream",
        ]
    return assemble(objects)


def measured(child: str, arguments: list[str], folder: Path, limits) -> tuple[float, int]:
    """Seconds of a child, and the most memory that any child of this process has had so far (MB)."""
    from documents.limits import run_limited

    began = time.monotonic()
    run_limited(child, arguments, work_dir=str(folder), limits=limits)
    return round(time.monotonic() - began, 1), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def stamped(folder: Path, pages: int) -> dict:
    from documents import stamping
    from tests.documents.papers import tiny

    source, words = folder / "in.pdf", folder / "words"
    source.write_bytes(tiny(pages=pages))
    words.write_text("Nguyễn Thị Hường · 25/11/2026 09:00 · HĐND tỉnh Lam Sơn")
    arguments = [str(source), str(words), str(stamping._FONT), str(folder / "out.pdf")]
    seconds, memory = measured("stamp_pages.py", arguments, folder, stamping._LIMITS)
    return {"stamp_pages": pages, "stamp_seconds": seconds, "stamp_child_mb": memory}


def joined(folder: Path, papers: int, megabytes: int) -> dict:
    from sessions.out.services import JOINING

    pages = max(1, megabytes * MB // papers // PAGE)
    paths = []
    for number in range(papers):
        paths.append(folder / f"{number}.pdf")
        paths[-1].write_bytes(scan(pages))
    marks = [{"title": f"Tài liệu {n + 1}", "page": n * pages, "level": 0} for n in range(papers)]
    job = folder / "job.json"
    job.write_text(json.dumps({"parts": [str(path) for path in paths], "marks": marks, "out": str(folder / "whole.pdf")}))
    seconds, memory = measured("join_papers.py", [str(job)], folder, JOINING)
    return {
        "join_papers": papers, "join_pages": papers * pages, "join_mb": sum(path.stat().st_size for path in paths) // MB,
        "join_seconds": seconds, "join_child_mb": memory, "join_out_mb": (folder / "whole.pdf").stat().st_size // MB,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
