"""The hall as a drawing: `{% load seats %}{% seats rows %}`."""

import re
from itertools import groupby
from math import ceil, cos, pi, sin

from django import template
from django.utils.translation import gettext as _

from council.templatetags.house import MARK_WORDS, sprite

register = template.Library()

CENTRE_X, CENTRE_Y = 560, 560
OUTER, INNER, STEP = 500, 220, 72
SIZE = 54


def _value(row, name: str, default=""):
    return row.get(name, default) if isinstance(row, dict) else getattr(row, name, default)


def _by_letter(rows: list) -> list[tuple[str, list]] | None:
    """Group seats by the letter of their label (A01, A02, B01 …); None when the labels name no rows."""
    parts = [re.fullmatch(r"([A-Z])[-. ]?(\d+)", str(_value(row, "seat")).upper()) for row in rows]
    if not rows or not all(parts):
        return None
    labelled = sorted(zip(((m[1], int(m[2])) for m in parts), rows, strict=True), key=lambda pair: pair[0])
    return [
        (letter, [row for _key, row in group]) for letter, group in groupby(labelled, key=lambda pair: pair[0][0])
    ]


def _radii(count: int, inner: float = INNER) -> list[float]:
    step = min(STEP, (OUTER - inner) / max(count - 1, 1))
    return [OUTER - (count - 1 - i) * step for i in range(count)]


def _size(radii: list[float], lengths: list[int]) -> float:
    """The largest seat that touches neither its neighbour nor the row behind."""
    step = radii[1] - radii[0] if len(radii) > 1 else STEP
    gaps = [pi * r / (n - 1) for r, n in zip(radii, lengths, strict=True) if n > 1]
    return min([SIZE, step * 0.76, *(gap * 0.82 for gap in gaps)])


def _best_radii(lengths: list[int]) -> list[float]:
    """Half circles on which the seats come out largest: a full inner row moves outwards."""
    choices = [_radii(len(lengths), inner) for inner in range(180, 420, 10)]
    return max(choices, key=lambda radii: _size(radii, lengths))


def _by_length(rows: list) -> list[tuple[str, list]]:
    """Share seats without row letters among as few arcs as hold them, outer arcs taking more."""
    for count in range(1, 25):
        radii = _radii(count)
        step = min(STEP, (OUTER - INNER) / max(count - 1, 1)) or STEP
        if sum(int(pi * r / step) + 1 for r in radii) >= len(rows):
            break
    groups, start, left = [], 0, sum(radii)
    for radius in radii:
        size = ceil((len(rows) - start) * radius / left - 1e-9)
        groups.append(("", rows[start : start + size]))
        start, left = start + size, left - radius
    return groups


def plan(rows: list) -> dict:
    """Place each seat on half circles round the podium.

    `rows` are dicts or objects with `seat` (label), `mark` (a key of MARK_WORDS), and optionally `name`
    and `mine`. Gives positions in a drawing of 1120 × 640: seats with x, y, size; row letters with x.
    """
    rows = list(rows)
    groups = _by_letter(rows) or _by_length(rows)
    groups = [group for group in groups if group[1]]
    lengths = [len(group) for _letter, group in groups]
    radii = _best_radii(lengths) if groups else []
    size = _size(radii, lengths) if groups else SIZE

    seats, letters, numbers = [], [], []
    alike = len(set(lengths)) == 1  # then one number holds for the seats of all rows behind each other
    for radius, (letter, group) in zip(radii, groups, strict=True):
        for i, row in enumerate(group):
            angle = pi - pi * i / (len(group) - 1) if len(group) > 1 else pi / 2
            name = _value(row, "mark") or "empty"
            who = _value(row, "name")
            label = str(_value(row, "seat"))
            words = str(MARK_WORDS.get(name, name))
            title = _("Ghế %(seat)s: %(words)s") % {"seat": label, "words": words}
            x, y = CENTRE_X + radius * cos(angle), CENTRE_Y - radius * sin(angle)
            seats.append(
                {
                    "mark": name,
                    "title": f"{title}, {who}" if who else title,
                    "mine": bool(_value(row, "mine", False)),
                    "cx": f"{x:.1f}", "cy": f"{y:.1f}", "ring": f"{size * 0.62:.1f}",
                    "x": f"{x - size / 2:.1f}", "y": f"{y - size / 2:.1f}", "size": f"{size:.1f}",
                }
            )  # fmt: skip
            digits = re.search(r"\d+$", label)
            if letter and alike and radius == radii[-1] and digits:
                far = radius + size / 2 + 22
                x, y = CENTRE_X + far * cos(angle), CENTRE_Y - far * sin(angle) + 9
                numbers.append({"x": f"{x:.1f}", "y": f"{y:.1f}", "n": int(digits[0])})
        if letter:
            letters += [
                {"x": f"{CENTRE_X - radius:.1f}", "letter": letter},
                {"x": f"{CENTRE_X + radius:.1f}", "letter": letter},
            ]
    return {"seats": seats, "letters": letters, "numbers": numbers}


@register.inclusion_tag("parts/seats.html")
def seats(rows, label: str = "", podium: str = "") -> dict:
    """Draw the seat map of `rows` (see `plan`); `label` says in words what the drawing shows."""
    drawing = plan(rows)
    count = len(drawing["seats"])
    return drawing | {
        "sprite": sprite(),
        "label": label or _("Sơ đồ %(count)s ghế") % {"count": count},
        "podium": podium or _("Đoàn chủ tọa"),
    }
