"""How findings about single values are written down: the value as it was reported, and no more of them than a reader reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TypeVar

from libminsheng.checks.finding import Finding
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.errors import say
from libminsheng.vocabulary.text import Text

__all__ = ["left_out", "most", "shown", "written"]

Seen = TypeVar("Seen")


def shown(panel: Panel, at: int) -> str:
    """The value of an entry as it was reported, without the zeros that say nothing."""
    return written(panel.exact(at))


def written(value: Decimal) -> str:
    """A value without the zeros that say nothing.

    >>> written(Decimal("710.00")), written(Decimal("0.50")), written(Decimal("1E+3"))
    ('710', '0.5', '1000')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def most(code: str, settings: Settings, seen: Sequence[Seen], finding: Callable[[Seen], Finding]) -> Iterator[Finding]:
    """A finding for each thing seen, up to the rule's `most`; then a note that says how many more there are."""
    limit = int(settings.number("most"))
    for one in seen[:limit]:
        yield finding(one)
    if len(seen) > limit:
        yield left_out(code, code, len(seen) - limit)


def left_out(rule: str, found: str, count: int) -> Finding:
    """The note that says how many more findings of a code a rule has than are listed."""
    values = {"count": count, "rule": rule}
    words = Text(say("checks.more", "zh", **values), say("checks.more", "en", **values))
    return Finding(found, "note", {}, words=words, rule=rule)
