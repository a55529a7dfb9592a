"""Read one PDF and print what was found as a line of JSON. Runs within limits.

    inspect_paper.py FILE MAX_PAGES

{"fault": "damaged" | "encrypted" | "empty" | "pages"} when it cannot be taken, else
{"pages", "has_text", "has_scripts", "stamp"}; `stamp` is the mark of secrecy found, or "".
No word of the content is printed.
"""

import ctypes
import json
import re
import sys
import time
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

sys.path.insert(0, str(Path(__file__).parent))
from stamps import stamp_in  # noqa: E402

TEXT_SECONDS = 6  # of CPU: whoever uploads waits; the pipeline reads every page afterwards, and its marks too
_SCRIPT_NAMES = re.compile(rb"/(JavaScript|JS|Launch)\b")


def page_runs_actions(page) -> bool:
    """Whether a link on the page starts a program or leads to another file."""
    start = ctypes.c_int(0)
    link = pdfium.FPDF_LINK()
    while pdfium.FPDFLink_Enumerate(page, ctypes.byref(start), ctypes.byref(link)):
        action = pdfium.FPDFLink_GetAction(link)
        if action and pdfium.FPDFAction_GetType(action) == pdfium.PDFACTION_LAUNCH:
            return True
    return False


def inspect(path: str, max_pages: int) -> dict:
    try:
        paper = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as fault:
        locked = getattr(fault, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        return {"fault": "encrypted" if locked else "damaged"}
    if pdfium.FPDF_GetSecurityHandlerRevision(paper) != -1:
        return {"fault": "encrypted"}
    pages = len(paper)
    if pages == 0:
        return {"fault": "empty"}
    if pages > max_pages:
        return {"fault": "pages", "pages": pages}
    with open(path, "rb") as file:
        has_scripts = bool(_SCRIPT_NAMES.search(file.read()))
    has_scripts = has_scripts or pdfium.FPDFDoc_GetJavaScriptActionCount(paper) > 0
    letters, stamp = 0, ""
    for number in range(pages):
        try:
            page = paper[number]
        except pypdfium2.PdfiumError:
            return {"fault": "damaged"}
        if time.process_time() < TEXT_SECONDS:
            text_page = page.get_textpage()
            text = text_page.get_text_range()
            letters += sum(c.isalnum() for c in text)
            stamp = stamp or stamp_in(text, first_page=number == 0)
            has_scripts = has_scripts or page_runs_actions(page)
            text_page.close()
        page.close()
        if stamp:
            break
    return {"pages": pages, "has_text": letters >= 10, "has_scripts": has_scripts, "stamp": stamp}


if __name__ == "__main__":
    print(json.dumps(inspect(sys.argv[1], int(sys.argv[2]))))  # noqa: T201
