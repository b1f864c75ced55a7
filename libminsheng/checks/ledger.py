"""The ledger (台账): what each reporter reported of one thing in one year, side by side.

A row is one series (measure, scenario, issuer, project and breakdown) of one division in one
statistical year. Its columns are the year's months, quarters, halves, the year itself, and the
year-to-date reports by the month that they end in. A cell holds the number of the panel's entry, −1
where nothing was reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.measure import Measure
from libminsheng.engine.grouping import distinct
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.sums import Sums
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import GRAINS, MONTHS_IN

__all__ = ["Bools", "Ledger"]

Bools = npt.NDArray[np.bool_]
_ROOM: Final = 1 << 56


@dataclass(frozen=True)
class Ledger:
    """The entries of a panel by series, division and year; built when first asked for."""

    sums: Sums
    catalogue: Catalogue
    tree: DivisionTree

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """The measure of each family."""
        return tuple(self.catalogue.measures[family.measure] for family in self.sums.families)

    def code(self, at: int) -> str:
        """The code of an entry's measure."""
        return self.measures[int(self.sums.family[at])].code

    def families(self, *times: str, scenario: str | None = None) -> Bools:
        """Which families have one of these time natures (and this scenario)."""
        wanted = [
            measure.time in times and scenario in (None, family.scenario)
            for measure, family in zip(self.measures, self.sums.families, strict=True)
        ]
        return np.array(wanted, np.bool_)

    @cached_property
    def rates(self) -> Bools:
        """Which families are in % or ‰: never added."""
        return np.array([measure.unit in ("%", "‰") for measure in self.measures], np.bool_)

    @cached_property
    def totals(self) -> npt.NDArray[Any]:
        """What was reported, in smallest units, and a 0 at the end for what was not (entry −1); sums of a year's
        values have room.
        """
        total = self.sums.total
        if total.dtype != object and len(total) and max(abs(int(total.max())), abs(int(total.min()))) >= _ROOM:
            total = total.astype(object)
        return np.append(total, np.zeros(1, total.dtype))

    @cached_property
    def grain(self) -> Ints:
        """The grain of each period of the sums."""
        return np.array([GRAINS.index(period.grain) for period in self.sums.periods], np.int64)

    @cached_property
    def grains(self) -> frozenset[int]:
        """The grains that were reported."""
        return frozenset(self.grain.tolist())

    @cached_property
    def accumulates(self) -> bool:
        """Whether anything was reported as year-to-date."""
        return bool(self.sums.cumulative.any())

    @cached_property
    def places(self) -> Places:
        """The divisions that reported, and those above them."""
        return Places.above(self.sums.divisions, self.tree)

    @cached_property
    def nodes(self) -> Ints:
        """The number among `places` of each division of the sums."""
        return np.array([self.places.number[code] for code in self.sums.divisions], np.int64)

    @cached_property
    def series(self) -> Ints:
        """The series of each entry."""
        family, cell = self.sums.family, self.sums.cell
        if not len(family):
            return np.zeros(0, np.int64)
        if len(self.sums.cells) == 1:
            return family
        new = (family[1:] != family[:-1]) | (cell[1:] != cell[:-1])
        return np.concatenate([[0], np.cumsum(new)])

    @cached_property
    def when(self) -> Ints:
        """The period and basis of each entry as one number."""
        return self.sums.period * 2 + self.sums.cumulative if self.accumulates else self.sums.period * 2

    @cached_property
    def form(self) -> Ints:
        """The form of each entry: division, period, project and breakdown, and basis as one number."""
        sums = self.sums
        return (sums.cell * len(sums.divisions) + sums.division) * (2 * len(sums.periods)) + self.when

    @cached_property
    def _rows(self) -> tuple[Ints, Ints]:
        years = np.array([period.year.index for period in self.sums.periods], np.int64)
        first = int(years.min(initial=9999))
        span = int(years.max(initial=0)) - first + 1 if len(years) else 1
        key = self.series * len(self.sums.divisions) + self.sums.division
        if span > 1:
            key = key * span + (years - first)[self.sums.period]
        return distinct(key)

    @property
    def row(self) -> Ints:
        """The row of each entry."""
        return self._rows[1]

    def __len__(self) -> int:
        return len(self._rows[0])

    @cached_property
    def entry(self) -> Ints:
        """An entry of each row."""
        entry = np.zeros(len(self), np.int64)
        entry[self.row] = np.arange(len(self.sums))
        return entry

    @cached_property
    def reporter(self) -> Ints:
        """The series and division of each row as one number: equal for the years of one reporter."""
        return self.series[self.entry] * max(1, len(self.sums.divisions)) + self.sums.division[self.entry]

    @cached_property
    def kin(self) -> Ints:
        """The series and year of each row as one number: equal for all who report the same thing in a year."""
        return self.series[self.entry] * (int(self.year.max(initial=0)) + 1) + self.year

    @cached_property
    def year(self) -> Ints:
        """The statistical year of each row."""
        years = np.array([period.year.index for period in self.sums.periods], np.int64)
        return years[self.sums.period[self.entry]]

    @cached_property
    def additive(self) -> Bools:
        """Which rows are of flows."""
        return self.families("flow")[self.sums.family[self.entry]]

    def reports(self, grain: int) -> Ints:
        """The reports of one grain, rows × the periods of a year."""
        return self._reports[grain]

    @cached_property
    def _reports(self) -> tuple[Ints, ...]:
        ends = np.array([period.elapsed_months for period in self.sums.periods], np.int64)
        found = []
        for grain, name in enumerate(GRAINS):
            length = MONTHS_IN[name]
            table: Ints = np.broadcast_to(np.int64(-1), (len(self), 12 // length))
            if grain in self.grains:
                table = np.full((len(self), 12 // length), -1, np.int64)
                column = ends // length - 1
                mine = None if len(self.grains) == 1 and not self.accumulates else np.flatnonzero(self._is(grain))
                rows, periods = (
                    (self.row, self.sums.period) if mine is None else (self.row[mine], self.sums.period[mine])
                )
                table.reshape(-1)[rows * (12 // length) + column[periods]] = (
                    np.arange(len(self.sums)) if mine is None else mine
                )
            found.append(table)
        return tuple(found)

    def _is(self, grain: int) -> Bools:
        chosen: Bools = (self.grain == grain)[self.sums.period] & ~self.sums.cumulative
        return chosen

    @cached_property
    def cumulative(self) -> Ints:
        """The year-to-date reports, rows × the month of the year that they end in; the finest grain's stand."""
        table = np.full((len(self), 12), -1, np.int64)
        ends = np.array([period.elapsed_months for period in self.sums.periods], np.int64)
        mine = np.flatnonzero(self.sums.cumulative)
        for grain in sorted(self.grains, reverse=True):
            chosen = mine[self.grain[self.sums.period[mine]] == grain]
            table[self.row[chosen], ends[self.sums.period[chosen]] - 1] = chosen
        return table

    def history(self, at: int) -> Ints:
        """The entries of an entry's series and division: every period, both bases."""
        low, high = np.searchsorted(self.series, [self.series[at], self.series[at] + 1])
        history: Ints = low + np.flatnonzero(self.sums.division[low:high] == self.sums.division[at])
        return history
