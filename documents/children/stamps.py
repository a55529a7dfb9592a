"""Marks of state secrecy as they stand on a page. Pure; used by the children and by the house itself."""

import re
import unicodedata

_STAMP_LINE = {"MẬT", "TỐIMẬT", "TUYỆTMẬT"}
_STAMP_ANYWHERE = re.compile(r"(?<!\w)(TUYỆT|TỐI)\s+MẬT(?!\w)")
_STAMP_LABEL = re.compile(r"độ\s+mật\s*:\s*(tuyệt\s+mật|tối\s+mật|mật)(?!\w)", re.IGNORECASE)
# what recognition makes of the stamps of two words when it loses a mark; one word alone is told by its marks only
_BLURRED = re.compile(r"(T[OÓÒỎÕỌÔỐỒỔỖỘƠ][IÍÌ]|TUY[EÊỆẸÉẾ]T)\s*M[AÂẬẠÁẤĂẶ]T")


def stamp_in(text: str, *, first_page: bool = False, recognised: bool = False) -> str:
    """The mark of secrecy stamped on a page, or "": capitals on a line of their own, as stamps stand.

    `first_page` also finds the mark of two words inside a line; `recognised` says that the text was read
    from a picture, where marks over letters get lost.
    """
    text = unicodedata.normalize("NFC", text)
    before = ""
    for line in text.splitlines():
        word = re.sub(r"[\s\[\]()|.,_\-]", "", line)
        # "… BẢO VỆ BÍ / MẬT NHÀ NƯỚC" broken over two lines is a heading, not a stamp
        if word in _STAMP_LINE and not before.upper().endswith(("BÍ", "BẢO")):
            return word
        if recognised and _BLURRED.fullmatch(word):
            return word
        if word:
            before = line.strip()
    if first_page and (found := _STAMP_ANYWHERE.search(text)):
        return found[0]
    if found := _STAMP_LABEL.search(text):
        return found[1]
    return ""
