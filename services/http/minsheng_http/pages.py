"""Cursor pages: a cursor is opaque, and good only for the question that it was given for."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeVar

from litestar.params import QueryParameter

from libminsheng.errors import EvaluationError, Fault

__all__ = ["LONGEST", "Cursor", "Limit", "Search", "cut", "opened", "seal"]

_Thing = TypeVar("_Thing")
_MARK: Final = 12
"""Bytes of the digest that binds a cursor to its question."""

LONGEST: Final = 1_000
"""Characters of a cursor."""

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="Entries of a page.")]
Cursor = Annotated[
    str | None,
    QueryParameter(max_length=LONGEST, description="What `next` of the page before said; absent for the first."),
]
Search = Annotated[
    str | None, QueryParameter(max_length=60, description="Words in Chinese or English; Chinese needs no spaces.")
]


def seal(question: Any, position: Sequence[Any]) -> str:
    """The cursor of what follows a position: the sort key of a page's last entry, as a list that JSON can hold.

    The digest has no secret key, because there is nothing to protect: whoever made up a position would only read on
    from another place of what they may see anyway. What it tells apart is a cursor of another question.

    >>> opened("projects by code", seal("projects by code", ["340102-07", 3]), str, int)
    ['340102-07', 3]
    """
    held = json.dumps(list(position), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mark(question, held) + held).decode().rstrip("=")


def opened(question: Any, cursor: str, *kinds: type) -> list[Any]:
    """The position that a cursor stands for.

    Parameters
    ----------
    kinds
        What a position of this question is made of: whoever makes one up is refused before a database meets it.

    Raises
    ------
    EvaluationError
        If it was not given for this question, was changed, or was made up of something else.
    """
    try:
        whole = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        held = whole[_MARK:]
        position = json.loads(held) if whole[:_MARK] == _mark(question, held) else None
    except (ValueError, RecursionError):
        position = None
    # the last character of base64 has bits to spare: only the text that was given is taken
    if not isinstance(position, list) or seal(question, position) != cursor or not _made_of(position, kinds):
        raise EvaluationError(Fault("service.cursor", values={"cursor": cursor}))
    return position


def cut(things: Sequence[_Thing], question: Any, limit: int, cursor: str | None) -> tuple[Sequence[_Thing], str | None]:
    """The page of things in memory that a cursor stands for, and the cursor of the next one.

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
    start = 0
    if cursor is not None:
        (start,) = opened(question, cursor, int)
        if start < 0:
            raise EvaluationError(Fault("service.cursor", values={"cursor": cursor}))
    end = start + limit
    return things[start:end], seal(question, [end]) if end < len(things) else None


def _made_of(position: list[Any], kinds: Sequence[type]) -> bool:
    return len(position) == len(kinds) and all(map(_is, position, kinds))


def _is(value: object, kind: type) -> bool:
    r"""Whether a value is of a kind, and one that a database has room for.

    >>> _is(3, int), _is(True, int), _is(2**63, int), _is("\0", str)
    (True, False, False, False)
    """
    if isinstance(value, str) and any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value):
        return False
    return type(value) is kind and not (isinstance(value, int) and abs(value) >= 2**63)


def _mark(question: Any, held: bytes) -> bytes:
    asked = json.dumps(question, separators=(",", ":"), sort_keys=True).encode()
    return hashlib.sha256(asked + b"\0" + held).digest()[:_MARK]
