"""Cursor pages: a cursor is opaque, and good only for the question that it was given for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeVar

from litestar.params import QueryParameter

from libminsheng.errors import EvaluationError, Fault

__all__ = ["Cursor", "Limit", "Search", "cut"]

_Thing = TypeVar("_Thing")
_MARK: Final = 12

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="Entries of a page.")]
Cursor = Annotated[
    str | None, QueryParameter(max_length=100, description="What `next` of the page before said; absent for the first.")
]
Search = Annotated[
    str | None, QueryParameter(max_length=60, description="Words in Chinese or English; Chinese needs no spaces.")
]


def cut(things: Sequence[_Thing], question: Any, limit: int, cursor: str | None) -> tuple[Sequence[_Thing], str | None]:
    """The page that a cursor stands for, and the cursor of the next one.

    Raises
    ------
    EvaluationError
        If the cursor was not given for this question.

    Examples
    --------
    >>> first, cursor = cut("abcde", "letters", 3, None)
    >>> first, cut("abcde", "letters", 3, cursor)
    ('abc', ('de', None))
    """
    mark = hashlib.sha256(json.dumps(question, ensure_ascii=False).encode()).hexdigest()[:_MARK]
    start = 0 if cursor is None else _start(cursor, mark)
    end = start + limit
    return things[start:end], _cursor(mark, end) if end < len(things) else None


def _cursor(mark: str, start: int) -> str:
    return base64.urlsafe_b64encode(f"{mark}{start}".encode()).decode().rstrip("=")


def _start(cursor: str, mark: str) -> int:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    number = text[_MARK:]
    if text[:_MARK] != mark or not (number.isdecimal() and len(number) < _MARK):
        raise EvaluationError(Fault("service.cursor", values={"cursor": cursor}))
    return int(number)
