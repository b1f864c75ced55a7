"""Suspects: the few values that are far from what they should be about, side by side, for the checks that explain them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from libminsheng.checks.expected import Expectation, Flags, Logs, expectations, is_ratio, screen
from libminsheng.checks.panel import Panel
from libminsheng.vocabulary.periods import MONTHS_IN

__all__ = ["Numbers", "Suspects", "suspects"]

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Suspects:
    """Values far from their expectation, one entry each.

    `which` is the expectation they belong to, `row` and `column` their place in its grid, `at` their entry
    of the panel; `log`, `centre` and `spread` are natural logarithms, `plain` is the spread of a measure with
    no heavier tails than normal. `beside` counts the periods next to it that agree with it; two on one side are a new level.
    """

    panel: Panel
    made: Sequence[Expectation]
    which: Numbers
    row: Numbers
    column: Numbers
    at: Numbers
    log: Logs
    centre: Logs
    spread: Logs
    plain: Logs
    beside: Numbers

    def __len__(self) -> int:
        return len(self.at)

    @cached_property
    def off(self) -> Logs:
        """How far each is off, as a logarithm: 2.3 is ten times too much."""
        return self.log - self.centre

    @cached_property
    def distance(self) -> Logs:
        """How far each is off, in spreads."""
        return (np.abs(self.off) / self.spread).astype(np.float32)

    def take(self, chosen: Flags | Numbers) -> Suspects:
        """Some of them."""
        return replace(
            self,
            which=self.which[chosen],
            row=self.row[chosen],
            column=self.column[chosen],
            at=self.at[chosen],
            log=self.log[chosen],
            centre=self.centre[chosen],
            spread=self.spread[chosen],
            plain=self.plain[chosen],
            beside=self.beside[chosen],
        )

    def expected(self, number: int) -> float:
        """What the value should be about, in its measure's unit; of a cumulative report what it should have come to."""
        grid = self.made[int(self.which[number])].grid
        expected = float(np.exp(self.centre[number]))
        if grid.cumulative[self.row[number], self.column[number]]:
            period = grid.periods[int(self.column[number])]
            expected *= max(period.elapsed_months // MONTHS_IN[period.grain], 1)
        return expected


def suspects(panel: Panel) -> Suspects:
    """The values of a panel that are worth a look; found once for all checks."""
    found = panel.shared.get("suspects")
    if found is None:
        found = panel.shared["suspects"] = _found(panel)
    assert isinstance(found, Suspects)
    return found


def _found(panel: Panel) -> Suspects:
    settings = screen(panel)
    parts: list[tuple[npt.NDArray[np.generic], ...]] = []
    made = expectations(panel)
    for number, expectation in enumerate(made):
        assert settings is not None
        code = expectation.measure.code
        least = 0.0 if is_ratio(expectation.measure) else settings.number("least", code)
        part = _far(
            expectation,
            np.float32(np.log(settings.number("times", code))),
            np.float32(settings.number("distance", code)),
            least,
        )
        if len(part[0]):
            parts.append((np.full(len(part[0]), number), *part))
    if not parts:
        whole, real = np.zeros(0, np.int64), np.zeros(0, np.float32)
        return Suspects(panel, made, whole, whole, whole, whole, real, real, real, real, whole)
    which, row, column, at, log, centre, spread, plain, beside = (
        np.concatenate(arrays) for arrays in zip(*parts, strict=True)
    )
    return Suspects(panel, made, which, row, column, at, log, centre, spread, plain, beside)


def _far(
    expectation: Expectation, times: np.float32, distance: np.float32, least: float
) -> tuple[npt.NDArray[np.generic], ...]:
    """The cells of a grid that are off, not small, and not what the same months of other years were."""
    logs, centre = expectation.logs, expectation.centre
    width = expectation.spread * np.float32(expectation.heavy)
    off = np.abs(logs - centre)
    row, column = np.nonzero(off > np.maximum(distance * width, times)[:, None])
    if least > 0:
        kept = np.maximum(logs[row, column], centre[row, column]) >= np.log(least)
        row, column = row[kept], column[kept]
    if len(row):
        kept = ~_seasonal(expectation, row, column, width[row])
        row, column = row[kept], column[kept]
    return (
        row,
        column,
        expectation.grid.at[row, column],
        logs[row, column],
        centre[row, column],
        width[row],
        expectation.spread[row],
        _beside(expectation, row, column, width[row]),
    )


def _seasonal(expectation: Expectation, row: Numbers, column: Numbers, width: Logs) -> Flags:
    """Whether the same period of the year before or after was off by as much: a season of the division's own."""
    year = 12 // MONTHS_IN[expectation.grid.periods[0].grain]
    near = np.fmax(np.float32(np.log(2)), 3 * width)
    found = np.zeros(len(row), np.bool_)
    left = expectation.logs - expectation.centre
    for step in (-year, year):
        found |= np.abs(_stepped(left, row, column, step) - left[row, column]) <= near
    return found


def _beside(expectation: Expectation, row: Numbers, column: Numbers, width: Logs) -> Numbers:
    """How many of the three periods before, or after if more, are off by as much."""
    near = np.fmax(np.float32(np.log(1.5)), 2 * width)
    left = expectation.logs - expectation.centre if len(row) else expectation.logs
    own = left[row, column]
    sides = [
        sum((np.abs(_stepped(left, row, column, side * step) - own) <= near).astype(np.int64) for step in (1, 2, 3))
        for side in (-1, 1)
    ]
    most: Numbers = np.maximum(*sides)
    return most


def _stepped(logs: Logs, row: Numbers, column: Numbers, step: int) -> Logs:
    """The values some periods before or after; NaN outside."""
    to = column + step
    inside = (to >= 0) & (to < logs.shape[1])
    return np.where(inside, logs[row, np.where(inside, to, 0)], np.float32(np.nan))
