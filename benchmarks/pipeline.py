"""How fast papers go through the pipeline: pages a minute with and without recognition, and whether twice the pages
take twice the time.

    python -m benchmarks.pipeline [--pages 40] [--scans 8] [--json FILE]

Runs the steps in this process, one after the other, as the relay of the embedded product does, on a database and files
in a folder of its own. Nothing is kept. Exit status 1 when growth is not linear: a page of the long paper may take
1.35 times as long as one of the short paper.
"""

import argparse
import json
import os
import sys
import tempfile
import time

LINEAR = 1.35


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=40, help="of the short printed paper; the long one has four times as many")
    parser.add_argument("--scans", type=int, default=8, help="pages of the short scan; the long one has twice as many")
    parser.add_argument("--json", help="write the figures here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pipeline-") as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "council.settings", "TESTING": "1"}
        told = measure(asked.pages, asked.scans)
    print(json.dumps(told, indent=1))
    if asked.json:
        with open(asked.json, "w") as file:
            json.dump(told, file)
    return 0 if told["growth_printed"] <= LINEAR and told.get("growth_scanned", 1) <= LINEAR else 1


def measure(pages: int, scans: int) -> dict:
    """Seconds and pages a minute of each paper, and how much longer a page of the long ones takes."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from documents.converters import lacking_for_recognition
    from tests import builders

    council = builders.council()
    office = builders.person(council, "office", role="office")
    told = {"machine": f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"}
    short, long = (_printed_seconds(council, office, n) for n in (pages, 4 * pages))
    told["printed_pages_per_minute"] = round(4 * pages / long * 60)
    told["growth_printed"] = round(long / (4 * pages) / (short / pages), 2)
    if lacking_for_recognition():
        return told
    short, long = (_scanned_seconds(council, office, n) for n in (scans, 2 * scans))
    told["recognised_pages_per_minute"] = round(2 * scans / long * 60, 1)
    told["growth_scanned"] = round(long / (2 * scans) / (short / scans), 2)
    return told


def _printed_seconds(council, office, pages: int) -> float:
    from tests.documents.papers import printed

    sheet = "<h1>Chương</h1>" + "<p>Điều 1. Quy định mức thu học phí đối với giáo dục mầm non trên địa bàn tỉnh.</p>" * 25
    return _seconds(council, office, printed("<style>h1{page-break-before:always}</style>" + sheet * pages))


def _scanned_seconds(council, office, pages: int) -> float:
    from tests.documents import office_files

    page = office_files.scan(*["Nghị quyết về mức thu học phí năm học 2026 - 2027"] * 16)
    return _seconds(council, office, office_files.scanned_pdf(*[page] * pages))


def _seconds(council, office, content: bytes) -> float:
    """From the end of the upload to the last step's end."""
    from documents import pipeline
    from documents.services import add_paper
    from tests import builders
    from tests.documents.papers import upload

    version = add_paper(
        council=council, by=office, upload=upload(content), title="Báo cáo", kind="report", body=builders.plenary(council)
    )
    began = time.monotonic()
    while pipeline.work(version.pk):
        pass
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
