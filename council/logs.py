"""Logs tell who did what kind of thing and when; never content, never where somebody's secret may stand."""

import logging
import re
import warnings

import structlog

# A card's or a link's secret may stand in an address; so may what a citizen searched for.
# A row's public id (a UUID) opens nothing by itself and stays readable.
_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_SECRET = re.compile(rf"(?<=/)(?!{_UUID}\b)[A-Za-z0-9_~-]{{20,}}")
_DROPPED = ("ip", "user_agent")


def without_secrets(logger, method, event: dict) -> dict:
    """Drop addresses of people, queries, and long unguessable parts of a path (security 99)."""
    for key in _DROPPED:
        event.pop(key, None)
    request = event.get("request")
    if isinstance(request, str):
        verb, _, path = request.partition(" ")
        event["request"] = f"{verb} {_SECRET.sub('…', path.partition('?')[0])}"
    return event


def one_line(logger, method, event: dict) -> dict:
    """A message never begins a new line of its own making (security 100) and names no secret path."""
    text = str(event.get("event", "")).replace("\n", " ").replace("\r", " ")
    event["event"] = _SECRET.sub("…", text)
    return event


_SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure() -> None:
    """Send structlog's lines the same way as everybody's: through logging, at its level, as JSON."""
    logging.captureWarnings(True)
    # Files are read by a thread, on purpose: the embedded process has no other road to its own disk.
    warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def formatter() -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_secrets,
            one_line,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
