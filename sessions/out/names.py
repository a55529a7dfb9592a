"""Names of files that people can read and every system can store: NFC, without what Windows reserves."""

import re
import unicodedata

MOST = 110  # characters of one part of a path; with its folder well under the 260 of Windows
MOST_BYTES = 240  # in UTF-8: other systems count bytes, 255 at most
_RESERVED = re.compile(r'[<>:"/\\|?*]+')
_DEVICES = {"con", "prn", "aux", "nul", *(f"com{n}" for n in "123456789¹²³"), *(f"lpt{n}" for n in "123456789¹²³")}


def safe_name(words: str, ending: str = "") -> str:
    """`words` as one part of a path, with `ending` (".pdf"): "279/TTr-UBND" becomes "279-TTr-UBND"."""
    name = unicodedata.normalize("NFC", words)
    name = _RESERVED.sub("-", name)
    name = "".join(" " if c.isspace() else c for c in name if c.isspace() or not unicodedata.category(c).startswith("C"))
    name = re.sub(r"\s+", " ", name).strip(" .-")
    room = MOST - len(ending)
    name = name[:room]
    while len((name + ending).encode()) > MOST_BYTES:
        name = name[:-1]
    name = name.rstrip(" .-") or "tai-lieu"
    if name.split(".")[0].strip().casefold() in _DEVICES:
        name = f"_{name}"
    return name + ending


class Names:
    """Gives each file a path of its own; two that differ in case only are not told apart by Windows."""

    def __init__(self):
        self.taken: set[str] = set()

    def give(self, folder: str, words: str, ending: str) -> str:
        place = safe_name(folder) if folder else ""
        for number in range(1, 10_000):
            name = safe_name(words if number == 1 else f"{words[: MOST - 12]} ({number})", ending)
            path = f"{place}/{name}" if place else name
            if path.casefold() not in self.taken:
                self.taken.add(path.casefold())
                return path
        raise ValueError("too many files of one name")
