"""Words, figures and small drawings that every page uses: `{% load house %}`."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from council.models import RoleGrant
from council.navigation import public_entries, tablet_entries
from council.permissions import agencies_for

register = template.Library()

WEEKDAYS = (
    gettext_lazy("thứ Hai"),
    gettext_lazy("thứ Ba"),
    gettext_lazy("thứ Tư"),
    gettext_lazy("thứ Năm"),
    gettext_lazy("thứ Sáu"),
    gettext_lazy("thứ Bảy"),
    gettext_lazy("Chủ nhật"),
)

MARK_WORDS = {
    "for": gettext_lazy("Tán thành"),
    "against": gettext_lazy("Không tán thành"),
    "other": gettext_lazy("Ý kiến khác"),
    "silent": gettext_lazy("Có mặt, không biểu quyết"),
    "absent": gettext_lazy("Vắng mặt"),
    "excused": gettext_lazy("Vắng mặt có lý do"),
    "present": gettext_lazy("Có mặt"),
    "empty": gettext_lazy("Ghế trống"),
}


# Other words that people try first.
ICON_ALIASES = {
    "calendar": "cal", "document": "paper", "file": "paper", "documents": "papers", "users": "people",
    "group": "people", "scale": "law", "edit": "pen", "settings": "gear", "close": "cross",
    "delete": "trash", "external": "open", "upload": "up", "logout": "out", "login": "in", "vote": "ballot",
    "warning": "warn", "seal": "stamp", "printer": "print", "add": "plus", "agency": "building",
    "bookmark": "note", "chevron-right": "right", "chevron-left": "left", "chevron-down": "down",
}  # fmt: skip


@lru_cache(maxsize=1)
def sprite() -> str:
    """Address of the icon sprite."""
    return static("img/icons.svg")


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Draw icon `name` of static/img/icons.svg; `size` is "" or "l"; without `label` it is only decoration."""
    css = f"icon icon--{size}" if size else "icon"
    name = ICON_ALIASES.get(name, name)
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}"><use href="{}#i-{}"/></svg>',
            css, label, sprite(), name,
        )  # fmt: skip
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        css, sprite(), name,
    )  # fmt: skip


@register.simple_tag
def mark(name: str, label: str = "", outline: bool = False) -> SafeString:
    """Draw the shape of a choice: for, against, other, silent, absent, excused, present, empty.

    `outline` gives the unfilled shape of a vote button; with `label` the shape speaks for itself.
    """
    symbol = f"v-{name}" if outline else f"m-{name}"
    said = format_html('<span class="visually-hidden">{}</span>', label) if label else ""
    # inside a vote button the button gives the colour
    css = "mark" if outline else f"mark m-{name}"
    return format_html(
        '<span class="{}"><svg viewBox="0 0 24 24" aria-hidden="true"><use href="{}#{}"/></svg></span>{}',
        css, sprite(), symbol, said,
    )  # fmt: skip


@register.simple_tag
def logo() -> SafeString:
    """Draw the mark of the house: half a bronze drum, which is also rows of seats."""
    return format_html('<svg viewBox="0 0 24 24" aria-hidden="true"><use href="{}#m-logo"/></svg>', sprite())


@register.simple_tag
def badge(kind: str, text: str, icon_name: str = "") -> SafeString:
    """A label in words; `kind` is "", ok, warn, bad, now or act."""
    css = f"badge badge--{kind}" if kind else "badge"
    drawing = icon(icon_name) if icon_name else ""
    return format_html('<span class="{}">{}{}</span>', css, drawing, text)


@register.filter
def num(value, places: int | None = None) -> str:
    """Write a number the Vietnamese way: 84950.45 -> 84.950,45; what is no number stays as it is."""
    if value is None or value == "":
        return ""
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return str(value)
    if places is not None:
        text = f"{number:,.{int(places)}f}"
    elif number == number.to_integral_value():
        text = f"{number:,.0f}"
    else:
        text = f"{number.normalize():,f}"
    return text.translate(str.maketrans(",.", ".,"))


def _local(moment):
    if isinstance(moment, datetime) and timezone.is_aware(moment):
        return timezone.localtime(moment)
    return moment


@register.filter
def vn_date(value, style: str = "long") -> str:
    """Write a day: long "thứ Sáu, 11/12/2026", short "11/12/2026", day "thứ Sáu 11/12", words "ngày 11 tháng 12 năm 2026"."""
    if not isinstance(value, date):
        return ""
    day = _local(value)
    if style == "short":
        return f"{day:%d/%m/%Y}"
    if style == "day":
        return f"{WEEKDAYS[day.weekday()]} {day:%d/%m}"
    if style == "words":  # Decree 30/2020: days under 10 and months 1, 2 carry a zero
        month = f"{day.month:02d}" if day.month < 3 else str(day.month)
        return _("ngày %(day)s tháng %(month)s năm %(year)s") % {
            "day": f"{day.day:02d}", "month": month, "year": day.year,
        }  # fmt: skip
    return f"{WEEKDAYS[day.weekday()]}, {day:%d/%m/%Y}"


@register.filter
def vn_time(value) -> str:
    """Write the time of day, in council time: 09:42."""
    if value is None or value == "" or not hasattr(value, "strftime"):
        return ""
    return _local(value).strftime("%H:%M")


@register.filter
def vn_datetime(value) -> str:
    """Write time and day, in council time: 09:42, 11/12/2026."""
    if not isinstance(value, datetime):
        return ""
    return _local(value).strftime("%H:%M, %d/%m/%Y")


@register.filter
def percent(part, whole) -> str:
    """Write `part` of `whole` as a percentage with two places, rounded half up in integers: 71/85 -> 83,53%.

    Only for show: whether a vote passed is decided from the counts, never from this.
    """
    if not whole:
        return ""
    hundredths = (int(part) * 20_000 + int(whole)) // (2 * int(whole))
    return f"{hundredths // 100},{hundredths % 100:02d}%"


@register.filter
def without_title(name) -> str:
    """The place in a council's name: "Hội đồng nhân dân tỉnh Lam Sơn" -> "tỉnh Lam Sơn"."""
    return str(name or "").removeprefix("Hội đồng nhân dân ")


@register.filter
def filesize_vn(value) -> str:
    """Write a size in bytes for people: 1,4 MB."""
    size = int(value or 0)
    for unit, step in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if size >= step:
            return f"{num(round(Decimal(size) / step, 1))} {unit}"
    return f"{size} byte"


@register.simple_tag(takes_context=True)
def querystring_with(context, **changes) -> str:
    """The page's own query string with some values changed; None or "" takes one out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else "?"


@register.filter
def control(field) -> SafeString:
    """Draw a bound field's widget in our style, tied to its hint and its error for screen readers."""
    widget = field.field.widget
    kind = widget_kind(field)
    said = []
    if field.help_text:
        said.append(f"{field.auto_id}_hint")
    if field.errors:
        said.append(f"{field.auto_id}_error")
    attrs = {}
    if kind not in ("checkbox", "radio", "checks"):
        attrs["class"] = f"input {widget.attrs.get('class', '')}".strip()
    if kind == "textarea" and "rows" not in widget.attrs:
        attrs["rows"] = 5
    if said and kind not in ("radio", "checks"):
        attrs["aria-describedby"] = " ".join(said)
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.filter
def widget_kind(field) -> str:
    """Which way a bound field is drawn: text, textarea, select, checkbox, radio, checks, file or hidden."""
    name = type(field.field.widget).__name__.lower()
    if field.is_hidden:
        return "hidden"
    if "radio" in name:
        return "radio"
    if "checkboxselectmultiple" in name:
        return "checks"
    if "checkbox" in name:
        return "checkbox"
    if "textarea" in name:
        return "textarea"
    if "select" in name:
        return "select"
    if "file" in name:
        return "file"
    return "text"


@register.inclusion_tag("parts/field.html")
def field(bound, label: str = "", hint: str = "") -> dict:
    """Draw a bound field with label, hint, control and errors; `label` and `hint` replace the form's own."""
    return {"field": bound, "label": label, "hint": hint}


@register.inclusion_tag("parts/pin_fields.html")
def pin_fields(**labels: str) -> dict:
    """Draw the boxes and keys of a PIN for a form[data-pin] that a script reads: names and their labels."""
    return {"fields": list(labels.items())}


@register.filter
def page_numbers(page) -> list[int | None]:
    """The page numbers worth showing round the present one; None stands for a gap."""
    last = page.paginator.num_pages
    near = {1, last, *range(max(1, page.number - 1), min(last, page.number + 1) + 1)}
    numbers: list[int | None] = []
    for n in sorted(near):
        if numbers and n - (numbers[-1] or 0) > 1:
            numbers.append(None)
        numbers.append(n)
    return numbers


@register.simple_tag(takes_context=True)
def public_nav(context) -> list[dict]:
    """The citizen's menu; a room that is not built yet has no line."""
    return public_entries(context["request"]) if context.get("council") else []


@register.simple_tag(takes_context=True)
def tablet_nav(context) -> list[dict]:
    """The delegate's four places."""
    return tablet_entries(context["request"]) if "request" in context else []


@register.simple_tag(takes_context=True)
def role_words(context) -> str:
    """What the signed-in person is here, in words: the agency of a clerk, else the first roles."""
    user, council, my_roles = context.get("user"), context.get("council"), context.get("roles")
    roles = my_roles() if my_roles else ()  # council/context.py; a page for nobody has none
    if not roles:
        return ""
    if {"agency_clerk", "agency_head"} & set(roles):
        agency = agencies_for(user, council).first()
        if agency:
            return agency.name
    words = [str(label) for value, label in RoleGrant.Role.choices if value in roles]
    if "delegate" in roles and len(words) < 2:
        words.append(_("Đại biểu"))
    return ", ".join(words[:2])
