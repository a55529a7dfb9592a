"""Changes sound files by chance and gives them to the house's own children, many in one process, within their limits.

    fuzz_child.py FORMAT SEED_FILE FIRST LAST

The number of a file is its seed: the same number is always the same file. Prints {"taken", "refused"}.
Imported by test_fuzz.py for `mutated`, which tells a file again that stopped its process.
"""

import io
import json
import random
import sys
import tempfile
import zipfile
from pathlib import Path

TOKENS = [
    b"\x00" * 9, b"\xff" * 9, b"%%EOF", b"endobj", b"<<", b">>", b"/Length 99999999", b"/Kids [1 0 R]", b"-1",
    b"4294967296", b"</w:p>", b"<w:p>", b"<!DOCTYPE x>", b"&#0;", b"PK\x03\x04", b"PK\x01\x02", b"../../x", "Mật".encode(),
]  # fmt: skip


def mutated(content: bytes, format_: str, number: int) -> bytes:
    """File `number` of a format: one to thirty wounds; in an archive half of the files are wounded inside a part."""
    chance = random.Random(f"{format_}-{number}")
    if zipfile.is_zipfile(io.BytesIO(content)) and chance.random() < 0.6:
        return _inside(content, chance)
    return wounded(content, chance)


def wounded(content: bytes, chance: random.Random) -> bytes:
    hurt = bytearray(content)
    for _wound in range(chance.choice([1, 1, 2, 5, 30])):
        place = chance.randrange(len(hurt) or 1)
        match chance.randrange(6):
            case 0:
                hurt[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                hurt[place:place] = chance.choice(TOKENS)
            case 2:
                del hurt[place : place + chance.choice([1, 4, 100, 2000])]
            case 3:
                hurt[place:place] = hurt[place : place + chance.choice([4, 100, 4000])]
            case 4:
                token = chance.choice(TOKENS)
                hurt[place : place + len(token)] = token
            case 5 if chance.random() < 0.2:
                del hurt[place:]
    return bytes(hurt)


def _inside(content: bytes, chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as sound, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        hit = chance.choice(sound.namelist())
        for name in sound.namelist():
            part = sound.read(name)
            made.writestr(name, wounded(part, chance) if name == hit else part)
    return out.getvalue()


def main(format_: str, seed_file: str, first: int, last: int) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "documents" / "children"))
    if format_ == "pdf":
        import draw_pages
        import inspect_paper
        import read_pages
    elif format_ in ("png", "jpg", "tif", "webp"):
        import picture_to_pdf
    else:
        import inspect_office
    sound, counts = Path(seed_file).read_bytes(), {"taken": 0, "refused": 0}
    with tempfile.TemporaryDirectory() as folder:
        path, answer = Path(folder) / "file", Path(folder) / "answer"
        for number in range(first, last):
            path.write_bytes(mutated(sound, format_, number))
            if format_ == "pdf":
                found = inspect_paper.inspect(str(path), 2000)
                if "fault" not in found:
                    read_pages.main(str(path), 1, min(found["pages"], 3), str(answer))
                    draw_pages.main(str(path), 1, min(found["pages"], 3), folder, 300, 100)
            elif format_ in ("png", "jpg", "tif", "webp"):
                found = picture_to_pdf.look(str(path), str(answer))
                answer.unlink(missing_ok=True)
            else:
                found = inspect_office.look(str(path), str(answer))
            counts["refused" if "fault" in found else "taken"] += 1
    print(json.dumps(counts))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
