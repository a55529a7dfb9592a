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
import unicodedata

import pypdfium2
import pypdfium2.raw as pdfium

TEXT_SECONDS = 12  # of CPU; reading the rest of a huge text is no use to the check
_STAMP_LINE = {"MẬT", "TỐIMẬT", "TUYỆTMẬT"}
_STAMP_ANYWHERE = re.compile(r"(?<!\w)(TUYỆT|TỐI)\s+MẬT(?!\w)")
_STAMP_LABEL = re.compile(r"độ\s+mật\s*:\s*(tuyệt\s+mật|tối\s+mật|mật)(?!\w)", re.IGNORECASE)
_SCRIPT_NAMES = re.compile(rb"/(JavaScript|JS|Launch)\b")


def stamp_in(text: str, page: int) -> str:
    """The mark of secrecy stamped on a page, or "": capitals on a line of their own, as stamps stand."""
    text = unicodedata.normalize("NFC", text)
    before = ""
    for line in text.splitlines():
        word = re.sub(r"[\s\[\]()]", "", line)
        # "… BẢO VỆ BÍ / MẬT NHÀ NƯỚC" broken over two lines is a heading, not a stamp
        if word in _STAMP_LINE and not before.upper().endswith(("BÍ", "BẢO")):
            return word
        if word:
            before = line.strip()
    if page == 0 and (found := _STAMP_ANYWHERE.search(text)):
        return found[0]
    if found := _STAMP_LABEL.search(text):
        return found[1]
    return ""


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
            stamp = stamp or stamp_in(text, number)
            has_scripts = has_scripts or page_runs_actions(page)
            text_page.close()
        page.close()
        if stamp:
            break
    return {"pages": pages, "has_text": letters >= 10, "has_scripts": has_scripts, "stamp": stamp}


if __name__ == "__main__":
    print(json.dumps(inspect(sys.argv[1], int(sys.argv[2]))))  # noqa: T201
