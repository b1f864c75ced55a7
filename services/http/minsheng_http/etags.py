"""Entity tags (RFC 9110, section 8.8): what has not changed is not sent again, and what has changed is not overwritten."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from litestar import Request, Response

from libminsheng.errors import Fault
from minsheng_http.finished import Finished
from minsheng_http.problems import Refused

__all__ = ["answered", "content_tag", "matched", "tag", "tags_of", "unchanged"]

_TAG: Final = re.compile(r'[ \t]*(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)')
_OF_BOTH: Final = frozenset({"cache-control", "content-location", "expires", "vary"})
"""Headers that a 304 has because the 200 would have them, beside ETag and Date (section 15.4.5)."""
_OF_NOW: Final = ("age", "minsheng-")
"""What headers begin with that say of when an answer is: what is held is of this moment too, and its holder learns so."""


def tag(version: int | str) -> str:
    """The strong tag of a version.

    >>> tag(3)
    '"3"'
    """
    found = f'"{version}"'
    if isinstance(version, int):
        return found
    assert tags_of(found) == [(False, str(version))], version
    return found


def content_tag(content: bytes) -> str:
    """The strong tag of what has no version but its bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def tags_of(header: str) -> list[tuple[bool, str]] | None:
    """The tags of a list, each with whether it is weak; None where it is no list of tags.

    >>> tags_of('"a", W/"b",, "c,d"'), tags_of("3")
    ([(False, 'a'), (True, 'b'), (False, 'c,d')], None)
    """
    found: list[tuple[bool, str]] = []
    at = 0
    while at < len(header):
        one = _TAG.match(header, at)
        if one is None:
            return None
        if one[2] is not None:
            found.append((one[1] is not None, one[2]))
        at = one.end()
    return found


def unchanged(if_none_match: str | None, current: str) -> bool:
    """Whether somebody holds already what is there now: weak comparison, `*` for whatever it is (section 13.1.2).

    >>> unchanged('W/"3", "2"', '"3"'), unchanged("*", '"3"'), unchanged('"2"', '"3"'), unchanged(None, '"3"')
    (True, True, False, False)
    """
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return any(f'"{text}"' == current.removeprefix("W/") for _, text in tags_of(if_none_match) or ())


def answered(
    request: Request[Any, Any, Any],
    content: bytes | Callable[[], bytes],
    etag: str,
    *,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """The answer to a GET: 304 where the caller holds it already, else the content, which is made only then."""
    given = {**(headers or {}), "ETag": etag}
    if unchanged(_header(request, "if-none-match"), etag):
        kept = {
            name: value
            for name, value in given.items()
            if name == "ETag" or name.lower() in _OF_BOTH or name.lower().startswith(_OF_NOW)
        }
        return Response(b"", status_code=304, headers=kept)
    return Finished(content() if callable(content) else content, media_type=media_type, headers=given)


def matched(request: Request[Any, Any, Any], current: str | None = None) -> list[str] | None:
    """Hold a change back unless it says which version it changes: strong comparison (section 13.1.1).

    Parameters
    ----------
    request
        What carries If-Match.
    current
        The tag of what is there; without it nothing is compared, and the caller does so where it reads the version.

    Returns
    -------
    list of str or None
        What the tags hold, those that are strong; None for ``*``, which matches whatever there is.

    Raises
    ------
    Refused
        428 without If-Match, 422 where it holds no tags, 412 where none of them is the present one.
    """
    header = _header(request, "if-match")
    if header is None:
        raise Refused(428, Fault("http.no_if_match"))
    if header.strip() == "*":
        return None
    found = tags_of(header)
    if found is None:
        raise Refused(422, Fault("http.if_match", values={"given": header[:100]}))
    strong = [text for weak, text in found if not weak]
    if current is not None and current not in [f'"{text}"' for text in strong]:
        raise Refused(412, Fault("http.stale", values={"current": current}), headers={"ETag": current})
    return strong


def _header(request: Request[Any, Any, Any], name: str) -> str | None:
    # as it came in: to look at one header, not all of them need be put in order
    sought = name.encode("ascii")
    found = [value.decode("latin-1") for key, value in request.scope["headers"] if key == sought]
    return ", ".join(found) if found else None
