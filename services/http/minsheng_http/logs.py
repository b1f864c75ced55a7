"""The log: a line of JSON for each thing that happened, with the id of its request and without any secret."""

from __future__ import annotations

import datetime
import json
import logging
import random
import re
from contextvars import ContextVar
from typing import Any, Final

__all__ = ["REQUEST", "JsonLines", "log_config", "request_id", "without_secrets"]

REQUEST: Final[ContextVar[str | None]] = ContextVar("REQUEST", default=None)
"""The id of the request that is being answered."""

_VALID: Final = re.compile(rb"[0-9A-Za-z._-]{8,64}")
_SECRETS: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",]+"), r"\1 …"),
    (re.compile(r"\bms_([0-9a-z]{4,32})_[0-9A-Za-z]{8,}"), r"ms_\1_…"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "eyJ…"),
    (re.compile(r"(://[^\s:/@]*):[^\s/@]+@"), r"\1:…@"),
    (re.compile(r"(?i)\b(password|secret|token)(['\"]?\s*[=:]\s*['\"]?)[^\s'\",&]+"), r"\1\2…"),
)


def request_id(given: bytes | None) -> str:
    """The id of a request: the one that came with it where it is harmless, else a new one.

    >>> request_id(b"gateway-000017"), len(request_id(b"<script>"))
    ('gateway-000017', 20)
    """
    if given is not None and _VALID.fullmatch(given):
        return given.decode("ascii")
    return f"{random.getrandbits(80):020x}"  # told apart is enough, and the system's own dice take longer than the rest


def without_secrets(text: str) -> str:
    """A text without tokens, passwords and keys, whoever wrote them into it.

    >>> without_secrets("postgresql://office:hush@db/minsheng refused; Authorization: Bearer ms_3f9a_abcdefghijk")
    'postgresql://office:…@db/minsheng refused; Authorization: Bearer …'
    """
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what was passed as ``extra={"event": {…}}`` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": without_secrets(record.getMessage()),
        }
        event = getattr(record, "event", None)
        if isinstance(event, dict):
            line |= {key: without_secrets(value) if isinstance(value, str) else value for key, value in event.items()}
        if (asked := REQUEST.get()) is not None:
            line.setdefault("request", asked)
        if record.exc_info:
            line["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def log_config(*, requests: bool) -> dict[str, Any]:
    """What `logging.config.dictConfig` takes: lines to stderr, of what went wrong and, if wished, of every request."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "minsheng_http.logs.JsonLines"}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {
            "minsheng.requests": {"level": "INFO" if requests else "WARNING"},
            "uvicorn.error": {"level": "ERROR"},  # it warns of each line of noise from outside, which would fill a disk
        },
    }
