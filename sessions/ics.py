"""A session as a calendar file (RFC 5545): one event for each sitting, the same ids whenever it is made."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings

ZONE = "Asia/Ho_Chi_Minh"
# Vietnam keeps one offset all year; the zone is written out so that no reader has to know it.
_VTIMEZONE = [
    "BEGIN:VTIMEZONE",
    f"TZID:{ZONE}",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0700",
    "TZOFFSETTO:+0700",
    "TZNAME:+07",
    "END:STANDARD",
    "END:VTIMEZONE",
]
LENGTH = timedelta(hours=4)  # of a sitting whose items name no times: half a day


def calendar(council_session, sittings: list, *, stamp: datetime, method: str = "PUBLISH", sequence: int = 0) -> str:
    """The text of an .ics file with CRLF line ends.

    `sittings` are rows with `agenda_items` (selectors.agenda). `stamp` is when the notice was made: the
    same notice gives the same bytes. `sequence` counts the notices before it, so that a calendar takes the newest.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Nghi Truong//Ky hop//VI",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        *_VTIMEZONE,
    ]
    for sitting in sittings:
        lines += _event(council_session, sitting, stamp, sequence)
    lines.append("END:VCALENDAR")
    return "".join(_fold(line) + "\r\n" for line in lines)


def _event(council_session, sitting, stamp: datetime, sequence: int) -> list[str]:
    start = datetime.combine(sitting.date, sitting.starts_at)
    summary = f"{council_session.title}: {sitting.title}"
    lines = [
        "BEGIN:VEVENT",
        f"UID:{sitting.public_id}@nghi-truong",
        f"SEQUENCE:{sequence}",
        f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;TZID={ZONE}:{start:%Y%m%dT%H%M%S}",
        f"DTEND;TZID={ZONE}:{_end(sitting, start):%Y%m%dT%H%M%S}",
        f"SUMMARY:{_escape(summary)}",
    ]
    if council_session.place:
        lines.append(f"LOCATION:{_escape(council_session.place)}")
    if sitting.is_closed_door:  # a calendar is read on many screens: the agenda of a closed sitting stays out
        lines.append("CLASS:PRIVATE")
    else:
        agenda = [f"{item.number}. {item.name}" for item in sitting.agenda_items]
        if agenda:
            lines.append(f"DESCRIPTION:{_escape(chr(10).join(agenda))}")
    lines += [f"URL:{settings.BASE_URL}/hom-nay", "STATUS:CONFIRMED", "END:VEVENT"]
    return lines


def _end(sitting, start: datetime) -> datetime:
    """When the last item ends by its own time and minutes, never later than the same day."""
    ends = [
        datetime.combine(sitting.date, item.starts_at) + timedelta(minutes=item.minutes or 30)
        for item in sitting.agenda_items
        if item.starts_at
    ]
    end = max(ends, default=start + LENGTH)
    end = end if end > start else start + LENGTH
    return min(end, datetime.combine(sitting.date, time(23, 59)))


def _escape(text: str) -> str:
    """Text of a property: backslash, semicolon, comma and line ends are escaped (RFC 5545, 3.3.11)."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(c for c in text if c >= " ")


def _fold(line: str) -> str:
    """No line longer than 75 octets; never cut within a letter (RFC 5545, 3.1)."""
    pieces, piece = [], b""
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > (75 if not pieces else 74):
            pieces.append(piece.decode())
            piece = b""
        piece += octets
    pieces.append(piece.decode())
    return "\r\n ".join(pieces)
