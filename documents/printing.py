"""A resolution as an official sheet: its lines, and its PDF."""

import hashlib

from django.conf import settings
from django.urls import reverse

from documents.models import Resolution
from documents.pdf import qr_svg, render_pdf
from documents.resolution_text import (
    Line,
    article_lines,
    basis_lines,
    closing_line,
    day_in_words,
    recipient_lines,
    regulation_head,
    regulation_lines,
)

DECIDES = "QUYẾT NGHỊ:"


def resolution_lines(resolution: Resolution) -> list[Line]:
    """The whole body in the order in which it is read: bases, the act of deciding, articles, closing.

    An individual resolution says "QUYẾT NGHỊ:"; a normative one (form 17 of Decree 187/2025) says
    instead that the council issues it, and has no such line.
    """
    lines = basis_lines(resolution.text)
    if resolution.kind == Resolution.Kind.NORMATIVE:
        lines.append(
            Line("issues", f"{resolution.council.name} ban hành Nghị quyết {_lower_first(resolution.title)}.")
        )
    else:
        lines.append(Line("decides", DECIDES))
    lines += article_lines(resolution.text)
    lines.append(
        closing_line(
            resolution.council.name, resolution.term.number, resolution.session_name, resolution.adopted_on
        )
    )
    return lines


def sheet_context(resolution: Resolution) -> dict:
    """What the sheet's template needs, for the PDF and for the office's preview."""
    council, text = resolution.council, resolution.text
    body_name = council.name.removeprefix("Hội đồng nhân dân ")
    return {
        "resolution": resolution,
        "is_normative": resolution.kind == Resolution.Kind.NORMATIVE,
        "body_name": ["Hội đồng nhân dân", body_name] if body_name != council.name else [council.name],
        "symbol": resolution.symbol
        or ("…/…/NQ-HĐND" if resolution.kind == Resolution.Kind.NORMATIVE else "…/NQ-HĐND"),
        "place_date": f"{council.place}, {day_in_words(resolution.adopted_on)}"
        if resolution.adopted_on
        else f"{council.place}, ngày … tháng … năm …",
        "council_name": council.name,
        "term_line": ", ".join(
            part for part in (f"Khóa {resolution.term.number}", resolution.session_name) if part
        ),
        "lines": resolution_lines(resolution),
        "recipients": recipient_lines(text),
        "signer_for": text.get("signer_for", ""),
        "signer_title": text.get("signer_title", ""),
        "signer": text.get("signer", ""),
        "unsigned": resolution.signed_at is None,
        "regulation": attached_regulation(resolution),
    }


def attached_regulation(resolution: Resolution) -> dict | None:
    """The regulation that a normative resolution enacts (form 18): type, subject, its "kèm theo" line, lines."""
    lines = regulation_lines(resolution.text)
    if resolution.kind != Resolution.Kind.NORMATIVE or not lines:
        return None
    kind, subject = regulation_head(resolution.text)
    day = day_in_words(resolution.adopted_on) if resolution.adopted_on else "ngày … tháng … năm …"
    symbol = resolution.symbol or "…/…/NQ-HĐND"
    return {
        "kind": kind,
        "subject": subject,
        "with": f"(Ban hành kèm theo Nghị quyết số {symbol} {day} của {resolution.council.name})",
        "lines": lines,
    }


def public_url(resolution: Resolution) -> str:
    """The whole address of the public page, as the QR code holds it."""
    path = reverse("documents:public_resolution", args=[resolution.adopted_on.year, resolution.slug])
    host = resolution.council.host
    return f"https://{host}{path}" if host else f"{settings.BASE_URL}{path}"


def print_resolution(resolution: Resolution) -> tuple[bytes, str]:
    """The PDF of a numbered resolution and its SHA-256 (hex). The same text gives the same bytes."""
    url = public_url(resolution)
    context = sheet_context(resolution) | {"url": url, "qr": qr_svg(url)}
    content = render_pdf(f"pdf/resolution_{resolution.kind}.html", context)
    return content, hashlib.sha256(content).hexdigest()


def _lower_first(title: str) -> str:
    """ "Quy định một số …" after "ban hành Nghị quyết": the first letter small, unless it is a name in capitals."""
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] == " " else title
