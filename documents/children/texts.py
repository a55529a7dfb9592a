"""Text of a page as it is kept. Pure; used by the children and by the house itself."""

import unicodedata

MOST_TEXT = 100_000  # characters of one page


def clean(text: str) -> str:
    """NFC, one newline between lines, nothing that a database or a screen stumbles over."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    # PDFium marks a hyphen at the end of a line by U+0002 and what it cannot name by U+FFFE
    text = text.replace("\x02", "-").replace("\ufffe", "-")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co"))
    lines = (line.rstrip() for line in unicodedata.normalize("NFC", text).split("\n"))
    return "\n".join(lines).strip("\n")[:MOST_TEXT]
