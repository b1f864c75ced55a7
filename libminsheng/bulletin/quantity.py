"""Quantities in prose: a number as it was printed, what it counts, and how exactly it is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

__all__ = ["Candidate", "Quantity"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A measure that a quantity may be, and how well it fits: a score from 0 to 1."""

    measure: str
    score: Decimal

    def as_dict(self) -> dict[str, str]:
        """As JSON carries it."""
        return {"measure": self.measure, "score": f"{self.score:f}"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a text.

    Parameters
    ----------
    text, start, end
        The words, and where they stand: ``document[start:end] == text``, number and unit together.
    value
        The number as printed with 万 and 亿 applied, in the base unit: 6.87万人 is 68700 人, 2.62亿元 is
        262000000 元. %, 百分点, 分 and per-thousand figures stay as printed.
    low, high
        What the notation leaves open: 6.87万 is 68,650 to 68,750. A whole number that is printed in
        full is exactly itself; a whole %, ‰ or 百分点 is a rounded one, but for 0 and 100. Words that
        make it `approximate` widen the side that they point to: 20余 is 20 to 30.
    unit
        As this library writes it (``人``, ``元``, ``元/月``, ``%``, ``百分点``), without 万 or 亿; empty where none is
        said. Spellings that it knows stay as printed (619名 is 619 名, 20余场 is 20 场), since `unit` knows 名 as 人;
        others become its own (三起 is 3 件). 七成 is 70 %.
    approximate
        Whether 余, 近, 约, 以上 or the like says that the number is not exact.
    of
        What it counts, in the text's words.
    division, period
        Codes that the context gives; None where it gives none.
    measure
        The measure that it is, where that is plain; None where it is ambiguous or none fits.
    candidates
        The measures that it may be, the likeliest first.

    Examples
    --------
    >>> Quantity("6.87万人", 0, 5, Decimal(68700), Decimal(68650), Decimal(68750), "人").as_dict()["low"]
    '68650'
    """

    text: str
    start: int
    end: int
    value: Decimal
    low: Decimal
    high: Decimal
    unit: str = ""
    approximate: bool = False
    of: str = ""
    division: str | None = None
    period: str | None = None
    measure: str | None = None
    candidates: tuple[Candidate, ...] = ()

    def matched(self, measure: str | None, candidates: tuple[Candidate, ...]) -> Quantity:
        """The same with the measures that it may be."""
        return replace(self, measure=measure, candidates=candidates)

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it: exact numbers as text."""
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "value": f"{self.value:f}",
            "low": f"{self.low:f}",
            "high": f"{self.high:f}",
            "unit": self.unit,
            "approximate": self.approximate,
            "of": self.of,
            "division": self.division,
            "period": self.period,
            "measure": self.measure,
            "candidates": [one.as_dict() for one in self.candidates],
        }
