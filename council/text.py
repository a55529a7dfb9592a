"""Text as people search it: one `fold()` for index and query."""

import re
import unicodedata

_OTHER = re.compile(r"[^0-9a-z]+")


def fold(text: str) -> str:
    """Vietnamese text without marks and case, words separated by one space.

    "Nghị quyết 15/2026/NQ-HĐND" becomes "nghi quyet 15 2026 nq hdnd".
    """
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return _OTHER.sub(" ", plain).strip()
