"""What is asked of a service's figures, in the words of `libminsheng.evaluate`."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from libminsheng.client.ask import pairs
from libminsheng.definitions.indicator import Indicator
from libminsheng.vocabulary.periods import Period

__all__ = ["AsOf", "Asked", "Indicators", "several"]

Indicators = Iterable[str | Indicator] | str | Indicator
AsOf = int | str | datetime.datetime


@dataclass(frozen=True)
class Asked:
    """A question.

    >>> Asked(indicators=("newborn_screening_rate",), by=("sex",), start="2017").params()
    [('indicator', 'newborn_screening_rate'), ('by', 'sex'), ('from', '2017'), ('parents', 'total')]
    """

    indicators: tuple[str, ...] | None = None
    by: tuple[str, ...] = ()
    period: str | None = None
    start: str | None = None
    end: str | None = None
    divisions: tuple[str, ...] | None = None
    level: str | None = None
    parents: str = "total"
    reporters: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        indicators: Indicators | None,
        by: Sequence[str],
        period: str | None,
        start: str | Period | None,
        end: str | Period | None,
        divisions: Iterable[str] | None,
        level: str | None,
        parents: str,
        reporters: Iterable[str] | None,
    ) -> Asked:
        """From what `evaluate` takes."""
        wishes = [indicators] if isinstance(indicators, str | Indicator) else indicators
        return cls(
            None if wishes is None else tuple(one.key if isinstance(one, Indicator) else one for one in wishes),
            (by,) if isinstance(by, str) else tuple(by),
            period,
            None if start is None else str(start),
            None if end is None else str(end),
            several(divisions),
            level,
            parents,
            several(reporters),
        )

    def params(self) -> list[tuple[str, str]]:
        """As a query."""
        return pairs(
            indicator=self.indicators,
            by=self.by,
            period=self.period,
            **{"from": self.start, "to": self.end},
            division=self.divisions,
            level=self.level,
            parents=self.parents,
            reporter=self.reporters,
        )

    def options(self) -> dict[str, Any]:
        """As `Question.read` takes it."""
        return {
            "indicators": self.indicators,
            "by": self.by,
            "period": self.period,
            "start": self.start,
            "end": self.end,
            "divisions": self.divisions,
            "level": self.level,
            "parents": self.parents,
            "reporters": self.reporters,
        }


def several(given: Iterable[str] | None) -> tuple[str, ...] | None:
    """One of something, or several; none where nothing is said."""
    return None if given is None else (given,) if isinstance(given, str) else tuple(given)
