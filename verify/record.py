"""The record as it is published: reading it strictly, its chain of hashes, its signatures (docs/record.md)."""

import base64
import binascii
import hashlib
import json

import p256

FORMAT = "nghi-truong/record/1"
BEGUN = "council.record-begun"
HEX = set("0123456789abcdef")


class Bad(Exception):
    """Something does not hold. `seq` is the entry that shows it, None where it is no single entry."""

    def __init__(self, words: str, seq: int | None = None):
        super().__init__(words)
        self.words, self.seq = words, seq

    def __str__(self):
        return f"Mục {self.seq}: {self.words}" if self.seq is not None else self.words


def canonical(value) -> str:
    """The one JSON text of a value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(value) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def read(data: bytes) -> dict:
    """The export in a file. Bad where it is no export, or written otherwise than its format says."""
    try:
        text = data.decode()
        export = json.loads(text, parse_float=_refuse, parse_constant=_refuse)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Bad("Tệp không phải là sổ ghi ở dạng JSON, hoặc đã bị hỏng.") from None
    if not isinstance(export, dict) or export.get("format") != FORMAT:
        raise Bad(f"Tệp không phải là sổ ghi ở định dạng {FORMAT}.")
    try:
        same = canonical(export) == text.removesuffix("\n")
    except UnicodeEncodeError:  # half a letter, which no honest file holds
        same = False
    if not same:
        raise Bad("Tệp không còn nguyên văn như khi công bố (cách viết JSON khác với quy định).")
    keys(export, "format", "about", "chain", "previous", "entries", "polls", "head", "signature")
    keys(export["about"], "council", "session", "address")
    keys(export["head"], "seq", "hash", "signature")
    if not isinstance(export["entries"], list) or not export["entries"]:
        raise Bad("Sổ ghi không có mục nào.")
    if not isinstance(export["polls"], dict):
        raise Bad("Phần các cuộc biểu quyết không đúng mẫu.")
    return export


def _refuse(word: str):
    raise ValueError(word)


def keys(value, *names: str, seq: int | None = None) -> dict:
    """A table that has these names and no others."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise Bad(f"Phần này phải có đúng các mục: {', '.join(names)}.", seq)
    return value


def is_digest(value) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= HEX


def is_number(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def walk(export: dict) -> list[dict]:
    """Check the chain from its first entry to its head; gives the entries that are shown, with their place.

    Bad names the first entry that does not hold.
    """
    entries, previous = export["entries"], export["previous"]
    first = entries[0].get("seq") if isinstance(entries[0], dict) else None
    if not is_number(first) or first < 1 or (first == 1 and previous != "") or (first > 1 and not is_digest(previous)):
        raise Bad("sổ ghi không bắt đầu đúng mẫu", first if is_number(first) else None)
    shown = []
    for expected, entry in enumerate(entries, first):
        keys(entry, "seq", "open", "sealed", "hash", seq=expected)
        if entry["seq"] != expected:
            words = f"ở chỗ này đáng ra là mục {expected}, nhưng tệp ghi mục {entry['seq']}: có mục bị bớt, thêm hoặc đổi chỗ"
            raise Bad(words, expected)
        opened = entry["open"]
        if not is_digest(opened):
            keys(opened, "salt", "at", "event", "public", seq=expected)
            shown.append({"seq": expected, "event": opened["event"], "at": opened["at"], "public": opened["public"]})
            opened = sha256(opened)
        place = {"seq": expected, "previous": previous, "open": opened, "sealed": entry["sealed"]}
        if sha256(place) != entry["hash"]:
            raise Bad("nội dung không khớp với mã băm của mục, hoặc mục không nối tiếp mục ngay trước", expected)
        previous = entry["hash"]
    head = export["head"]
    if (head["seq"], head["hash"]) != (entries[-1]["seq"], entries[-1]["hash"]):
        raise Bad("đầu sổ không phải là mục cuối cùng: có mục cuối bị bớt hoặc thêm", entries[-1]["seq"])
    return shown


def key_of(export: dict, shown: list[dict]) -> bytes:
    """The public key that the record's first entry names."""
    first = export["entries"][0]["seq"]
    if not shown or shown[0]["seq"] != first or shown[0]["event"] != BEGUN:
        raise Bad("mục đầu tiên phải là mục mở sổ, có khóa công khai", first)
    begun = keys(shown[0]["public"], "format", "chain", "key", seq=first)
    if begun["format"] != FORMAT or begun["chain"] != export["chain"]:
        raise Bad("mục mở sổ là của một sổ khác", first)
    if any(entry["event"] == BEGUN for entry in shown[1:]):
        raise Bad("sổ ghi được mở hai lần", next(e["seq"] for e in shown[1:] if e["event"] == BEGUN))
    point = b64u(begun["key"])
    if point is None or p256.decode_point(point) is None:
        raise Bad("khóa công khai không hợp lệ", first)
    return point


def check_signatures(export: dict, key: bytes) -> None:
    """The head's signature, and that over the whole export."""
    head = export["head"]
    if not is_signed_head(key, export["chain"], head["seq"], head["hash"], head["signature"]):
        raise Bad("chữ ký của đầu sổ không đúng: chuỗi đã được viết lại bởi người không giữ khóa của kỳ họp", head["seq"])
    rest = {name: value for name, value in export.items() if name != "signature"}
    message = canonical({"format": "nghi-truong/export/1", "digest": sha256(rest)})
    signature = b64u(export["signature"])
    if signature is None or not p256.verify(key, message.encode(), signature):
        raise Bad("Chữ ký trên toàn bộ tệp không đúng: tệp đã bị sửa sau khi công bố.")


def is_signed_head(key: bytes, chain: str, seq, digest, signature) -> bool:
    raw = b64u(signature)
    message = canonical({"format": "nghi-truong/head/1", "chain": chain, "seq": seq, "hash": digest})
    return raw is not None and p256.verify(key, message.encode(), raw)


def check_known_head(export: dict, key: bytes, words: str) -> int:
    """That a head seen earlier (on the wall, on paper, on a tablet) is part of this history; gives its entry.

    `words` is "number.hash" or "number.hash.signature", or the address that the QR code on the wall gives.
    """
    parts = words.rpartition("dau=")[2].strip().split(".")
    if len(parts) not in (2, 3) or not parts[0].isdigit() or not is_digest(parts[1]):
        raise Bad("Đầu sổ đã biết phải có dạng: số.mã-băm (64 ký tự), như trong mã QR.")
    seq, digest = int(parts[0]), parts[1]
    if len(parts) == 3 and not is_signed_head(key, export["chain"], seq, digest, parts[2]):
        raise Bad("Đầu sổ đã biết không có chữ ký đúng của kỳ họp này.")
    first, last = export["entries"][0]["seq"], export["head"]["seq"]
    if seq > last:
        raise Bad(f"tệp này cũ hơn đầu sổ đã biết (mục {seq}), hoặc sổ đã bị cắt bớt", last)
    if seq < first:
        raise Bad(f"tệp này bắt đầu sau đầu sổ đã biết (mục {seq})", first)
    if export["entries"][seq - first]["hash"] != digest:
        raise Bad("mục này khác với đầu sổ đã biết: lịch sử đã bị viết lại", seq)
    return seq


def b64u(text) -> bytes | None:
    """base64url without padding, in its one way of writing; else None."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (TypeError, ValueError, binascii.Error):
        return None
    return data if base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text else None
