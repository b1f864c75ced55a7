"""Nobody's id or telephone number enters the book: free text that holds one is refused, with the place named.

What is asked for is figures and projects, and no more is kept than that takes (个人信息保护法第六条). A refusal shows
the first three digits only. Codes of divisions, projects and bodies, amounts and days are no free text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import polars as pl

from libminsheng.errors import Fault, Place
from libminsheng.vocabulary.personal import SUSPECT, masked, personal_numbers
from minsheng_registry.book.refusals import Unusable

__all__ = ["in_document", "in_frame", "in_text", "refuse_personal"]

_FREE: Final = frozenset({"zh", "en", "name", "note", "issuer", "reason", "question", "answer", "label"})
"""The fields of documents that hold free text."""


def in_text(text: str, place: Place) -> list[Fault]:
    """A fault for each such number of a text.

    >>> [one.values for one in in_text("联系人13800138000", Place(item="note"))]
    [{'shown': '138********'}]
    """
    return [
        Fault(f"registry.personal_{one.kind}", place, {"shown": masked(text[one.start : one.end])})
        for one in personal_numbers(text)
    ]


def refuse_personal(text: str, item: str) -> None:
    """See that a text that is sent with an act names no person.

    Raises
    ------
    Unusable
        For each id or telephone number.
    """
    faults = in_text(text, Place(item=item))
    if faults:
        raise Unusable(*faults)


def in_document(value: object, item: str = "") -> Iterator[Fault]:
    """The faults of a document's free text, wherever in it that stands."""
    if isinstance(value, dict):
        for name, part in value.items():
            where = f"{item}.{name}" if item else name
            if isinstance(part, str) and name in _FREE:
                yield from in_text(part, Place(item=where))
            else:
                yield from in_document(part, where)
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from in_document(part, f"{item}.{at}")


def in_frame(
    frame: pl.DataFrame,
    names: list[str],
    faulty: Callable[[pl.Expr, str, Callable[[Place, Any], Fault]], Iterator[Fault]],
) -> Iterator[Fault]:
    """The faults of a frame's columns of free text; `faulty` makes one for each row that is bad."""
    for name in names:
        suspected = frame[name].drop_nulls().unique()
        suspected = suspected.filter(suspected.str.contains(SUSPECT))
        found = {text: faults[0] for text in suspected if (faults := in_text(text, Place()))}
        if found:
            yield from faulty(pl.col(name).is_in(list(found)), name, partial(_at, found))
        if in_text(name, Place()):
            yield in_text(name, Place(column=masked(name)))[0]


def _at(found: Mapping[str, Fault], place: Place, text: str) -> Fault:
    return replace(found[text], place=place)
