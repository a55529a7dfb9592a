"""Personal data in a text, found by its shape. It helps the office to look; it never decides that a text is clean.

Law 91/2025/QH15 on personal data: a petition is published by place, never by name, number or address.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

KINDS = {
    "phone": gettext_lazy("số điện thoại"),
    "identity": gettext_lazy("số giấy tờ tùy thân"),
    "email": gettext_lazy("thư điện tử"),
    "person": gettext_lazy("tên người"),
    "address": gettext_lazy("địa chỉ nhà"),
    "plot": gettext_lazy("số thửa đất"),
}
BLOCKING = frozenset({"phone", "identity", "email"})  # never published, whatever the office says

_SURNAMES = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Trịnh|Đoàn|Lương|Mai|Cao|Tô|"
    "Trương|Hà|Lâm|Tạ|Thái|Lưu|Vi|Lò|Quách|Cầm|Hờ|Vừ|Giàng|Lầu|Chu|Kha|Lô|Lữ|Moong|Cụt|Xồng|Nông|Hứa|Triệu|Ma|Quan"
)
_UPPER = r"[A-ZÀ-ỸĐ][^\W\d_]*\.?"
_NAME = rf"{_UPPER}(?:\s+{_UPPER}){{0,4}}"

_EMAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\d/])(?:\(?\+?84\)?|\(?0)(?:[ .\-()]{0,2}\d){8,10}(?![\d/])")
_DATE = re.compile(r"\d{1,2}[.\-]\d{1,2}[.\-](?:19|20)\d\d")
_TWELVE = re.compile(r"(?<![\d./,])\d{3}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}(?![\d/,]|\.\d)(?!\s*(?:đồng|đ\b|VNĐ))")
_NAMED_NUMBER = re.compile(
    r"(?:CCCD|CMND|CMTND|căn cước(?: công dân)?|chứng minh (?:nhân dân|thư)|định danh(?: cá nhân)?|hộ chiếu|mã số thuế)"
    r"[^\d\n]{0,20}?([A-Z]?\d(?:[ .\-]?\d){6,13})",
    re.IGNORECASE,
)
_TITLED = re.compile(rf"(?<!\w)(?:[ÔôỐố]ng|[Bb]à|[Cc]ụ)\s+({_NAME})(?!\w)")
_FAMILIAR = re.compile(
    rf"(?<!\w)(?:[Aa]nh|[Cc]hị|[Cc]ô|[Cc]hú|[Bb]ác|[Ee]m|[Cc]ử tri|[Hh]ộ|[Gg]ia đình|[Cc]ông dân)"
    rf"\s+((?:{_SURNAMES})(?:\s+{_UPPER}){{1,4}})(?!\w)"
)
_BARE = re.compile(
    rf"(?<!\w)((?:{_SURNAMES})\s+(?:Văn|Thị|Đức|Hữu|Đình|Xuân|Quang|Ngọc)\s+{_UPPER}(?:\s+{_UPPER})?)(?!\w)"
)
_STREET_BEFORE = re.compile(
    r"(?:đường|phố|trường|học|THPT|THCS|THPT\.|ngõ|công viên|cầu|chợ|khối|tổ|quảng trường|giải|quỹ|nghĩa trang)\s*$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?<!\w)(?:số nhà\s*\w*\d[\w/]*|nhà số\s*\d[\w/]*|số\s*\d+[\w/]*,?\s+(?:đường|phố|ngõ|ngách|hẻm)\s+[^,.;\n]{1,40}"
    r"|(?:ngõ|ngách|hẻm)\s+\d[\w/]*,?\s+(?:đường|phố)\s+[^,.;\n]{1,40})",
    re.IGNORECASE,
)
_PLOT = re.compile(r"thửa(?: đất)?\s*(?:số)?\s*\d+[^,.;\n]{0,40}", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A place in a text that looks like personal data."""

    kind: str
    start: int
    end: int
    words: str

    @property
    def label(self) -> str:
        return str(KINDS[self.kind])

    @property
    def is_blocking(self) -> bool:
        return self.kind in BLOCKING


def findings(text: str) -> list[Finding]:
    """All places in `text` that look like personal data, in order, not overlapping."""
    found = [Finding("email", *m.span(), m[0]) for m in _EMAIL.finditer(text)]
    found += [Finding("identity", *m.span(1), m[1]) for m in _NAMED_NUMBER.finditer(text)]
    found += [Finding("identity", *m.span(), m[0]) for m in _TWELVE.finditer(text)]
    found += [Finding("phone", *m.span(), m[0]) for m in _PHONE.finditer(text) if not _DATE.search(m[0])]
    for pattern in (_TITLED, _FAMILIAR):
        found += [Finding("person", *m.span(1), m[1]) for m in pattern.finditer(text)]
    found += [
        Finding("person", *m.span(1), m[1])
        for m in _BARE.finditer(text)
        if not _STREET_BEFORE.search(text[max(0, m.start() - 16) : m.start()])
    ]
    found += [Finding("address", *m.span(), m[0].strip()) for m in _ADDRESS.finditer(text)]
    found += [Finding("plot", *m.span(), m[0].strip()) for m in _PLOT.finditer(text)]
    return _apart(found)


def blocking(text: str) -> list[Finding]:
    """The places that must be gone before a text is published."""
    return [finding for finding in findings(text) if finding.is_blocking]


def without_personal_data(text: str) -> str:
    """A first proposal of the public text: what was found is replaced by a mark; the office reads it over."""
    mark = _("[đã lược]")
    for finding in reversed(findings(text)):
        text = text[: finding.start] + mark + text[finding.end :]
    return text


def in_words(found: list[Finding]) -> str:
    """What was found, for the office: 'số điện thoại “0912…”, tên người “…”'."""
    return ", ".join(f"{finding.label} “{finding.words}”" for finding in found)


def _apart(found: list[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda f: (f.start, -f.end)):
        if not kept or finding.start >= kept[-1].end:
            kept.append(finding)
    return kept
