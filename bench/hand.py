"""Who makes a mistake: chooses a place that can bear it, and writes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from bench.clean_panel import MONTHS, Panel, Place

__all__ = ["ALL", "FLOWS", "MONEY", "STOCKS", "CannotError", "Found", "Hand", "Planted", "Where"]

Where = tuple[str | None, str | None, str | None]
"""Division, period and measure; None where any will do."""

MONEY: Final = ("collective_care_funds", "disability_subsidy_funds", "dibao_funds")
FLOWS: Final = (
    "trainees", "trainees_passed", "job_seekers", "job_seekers_guided", "hotline_12333_calls", "hotline_12333_answered",
    "legal_aid_cases", "shanty_units_started", "shanty_beneficiaries",
)  # fmt: skip
STOCKS: Final = (
    "resident_population", "households", "registered_population", "residents_aged_65", "resident_insurable",
    "resident_insured", "destitute_recipients", "collective_care_recipients", "dibao_recipients",
    "disability_subsidy_eligible", "disability_subsidy_recipients",
)  # fmt: skip
ALL: Final = (*FLOWS, *STOCKS, *MONEY)


class CannotError(Exception):
    """The place that was drawn does not bear this fault; another is drawn."""


class Found(NamedTuple):
    """What finds a fault: a finding of one of `codes` at one of `places`.

    `words`, where there are any, all have to stand in one of the finding's hypotheses, or the place must be the
    first of `places`.
    """

    codes: set[str]
    places: Sequence[Where]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planted:
    """A fault that was planted: its kind, and what finds it."""

    kind: str
    found: Found


@dataclass
class Hand:
    """Who makes the mistake: chooses a place and writes there."""

    panel: Panel
    rng: np.random.Generator
    touched: list[str] = field(default_factory=list)
    values: dict[int, int] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)

    def pick(self, options: tuple[str, ...] | list[str]) -> str:
        return str(options[int(self.rng.integers(len(options)))])

    def leaf(self) -> str:
        return self.free(self.pick(self.panel.leaves))

    def parent(self) -> str:
        return self.free(self.pick(sorted(self.panel.children)))

    def free(self, division: str) -> str:
        """A division in whose neighbourhood nothing was planted."""
        if division in self.panel.used:
            raise CannotError
        self.touched.append(division)
        return division

    def months(self, measure: str, division: str, least: int = 20) -> list[Place]:
        found = self.panel.months(measure, division)
        if len(found) < least:
            raise CannotError
        return found

    def month(self, measure: str, division: str, first: int = 0) -> tuple[list[Place], int]:
        found = self.months(measure, division)
        return found, int(self.rng.integers(max(first, 1), len(found) - 1))

    def write(self, place: Place, value: float) -> None:
        if int(value) == place.value:
            raise CannotError
        self.values[place.row] = int(value)

    def done(self) -> Panel:
        """A copy of the panel with what was written."""
        made = self.panel.copy()
        for row, value in self.values.items():
            made.values[row] = value
        made.units |= self.units
        made.dropped |= self.dropped
        for division in self.touched:
            above = made.above.get(division)
            made.used |= {division} if above is None else {division, above, *made.children[above]}
        return made

    def mean(self, measure: str, division: str, period: str) -> float:
        """What a leaf's value was drawn around, in hundredths."""
        return float(self.panel.mean[measure][self.panel.leaves.index(division), MONTHS.index(period)]) * 100

    def spread(self, measure: str, division: str, period: str) -> float:
        """The standard deviation of the logarithm of what a leaf reports."""
        count = self.mean(measure, division, period) / 100
        own = self.panel.noise[measure]
        return float(np.sqrt(own * own + (0 if measure in MONEY else 1 / max(count, 0.01))))
