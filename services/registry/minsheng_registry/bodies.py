"""What requests carry beside their path: bodies in JSON, times, places, keys; read so that every fault is told."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import Request
from litestar.params import HeaderParameter, QueryParameter

from libminsheng.errors import DivisionError, Fault, Place
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_http.etags import matched
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import Refused
from minsheng_registry.book.changes import AsOf
from minsheng_registry.book.refusals import Unusable

__all__ = [
    "EARLIEST",
    "Area",
    "AsOfAsked",
    "IdempotencyKey",
    "Whole",
    "as_of",
    "divisions_of",
    "expected",
    "known",
    "sent_json",
]

_PLAIN: Final = ("application/json", "application/merge-patch+json")
_LONGEST_NUMBER: Final = 18
_OVER: Final = {"Connection": "close"}
"""What is left of a body is not waited for."""
EARLIEST: Final = datetime.datetime(1949, 10, 1, tzinfo=datetime.UTC)
"""Nothing was known before; and the first days of the year 1 are in no other zone."""

Area = Annotated[list[str] | None, QueryParameter(max_items=1_000, description="Divisions by code or name.")]
Whole = Annotated[bool, QueryParameter(description="Whether what lies below the divisions counts too.")]
AsOfAsked = Annotated[
    str | None,
    QueryParameter(
        name="as_of",
        max_length=40,
        description="As it was known at a revision (17) or at a time with its zone (2026-01-15T00:00:00Z).",
    ),
]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="A text of the caller's own: the request is done once, however often it is sent with it.",
    ),
]


async def sent_json(request: Request[Any, Any, Any]) -> Any:
    """The request's body in JSON.

    Raises
    ------
    Refused
        If it is of another media type, too large or too slow.
    Unusable
        If it is not JSON.
    """
    kind = request.headers.get("content-type", _PLAIN[0]).partition(";")[0].strip().lower()
    if kind not in _PLAIN:
        raise Refused(415, Fault("registry.not_json_type", values={"type": kind}))
    settings = request.app.state.desk.settings
    body = bytearray()
    try:
        async with asyncio.timeout(settings.body_seconds):
            async for part in request.stream():
                body += part
                if len(body) > settings.most_json:
                    raise Refused(413, headers=_OVER)
    except TimeoutError:
        raise Refused(408, headers=_OVER) from None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable(Fault("registry.not_json", values={"reason": str(error)})) from None


def known(request: Request[Any, Any, Any], faults: Sequence[Fault] = ()) -> None:
    """See that a query has only what the operation takes, and that no database would stumble over what it asks for.

    Raises
    ------
    Refused
        404 for a path with a zero byte, which nothing is called by.
    Unusable
        For each wrong parameter and each with a zero byte, together with the `faults` that were found already.
    """
    if "\0" in request.scope["path"]:
        raise Refused(404)
    found = [*wrong_parameters(request), *faults]
    found += [
        Fault("registry.control_character", Place(item=name))
        for name, value in request.query_params.multi_items()
        if "\0" in value
    ]
    if found:
        raise Unusable(*found)


def expected(request: Request[Any, Any, Any]) -> int:
    """The version that a change is meant for, by If-Match.

    Raises
    ------
    Refused
        428 without one, 412 for a tag that no version has.
    Unusable
        For ``*``: a change says what it has read.
    """
    tags = matched(request)
    if tags is None:
        raise Unusable(Fault("registry.any_version"))
    versions = [int(text) for text in tags if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER]
    if len(versions) != 1:
        raise Refused(412, Fault("registry.no_version", values={"given": ", ".join(tags)[:100]}))
    return versions[0]


def as_of(text: str | None, faults: list[Fault]) -> AsOf:
    """A revision, a time that has been, or now; anything else is a fault.

    >>> as_of("17", []), as_of("2026-01-15T08:00:00+08:00", []).isoformat()
    (17, '2026-01-15T08:00:00+08:00')
    """
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER:
        return int(text)
    try:
        # a plus sign that nobody escaped arrives as a space
        found = datetime.datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        faults.append(Fault("registry.as_of", Place(item="as_of"), {"given": text}))
        return None
    if found > datetime.datetime.now(datetime.UTC):
        # what will be known then nobody can say, and the same question would have another answer tomorrow
        faults.append(Fault("registry.as_of_future", Place(item="as_of"), {"given": text}))
        return None
    return max(found, EARLIEST)


def divisions_of(tree: DivisionTree, texts: Sequence[str] | None, faults: list[Fault]) -> tuple[str, ...]:
    """The codes of divisions that are named; each that is not known is a fault."""
    codes = []
    for text in texts or ():
        try:
            codes.append(tree.resolve(text))
        except DivisionError as error:
            faults.extend(error.faults)
    return tuple(codes)
