"""What was reported, laid out for checks: grids of divisions by periods, and where each number was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.checks.ledger import Ledger
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.measure import Measure
from libminsheng.engine.figures import exact_decimal
from libminsheng.engine.sums import Sums, aggregate
from libminsheng.facts import Facts
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import GRAINS, Grain, Period

__all__ = ["Grid", "Panel"]

_PLACED: Final = frozenset({"file", "row", "scenario", "issuer", "basis"})
"""The columns of facts that were read from files, so that each can be found there again."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """One measure's actual totals at one grain: `values` and `at` are divisions × periods.

    `values` are in the measure's unit, NaN where nothing was reported; `at` is the entry of the
    panel that a value stands for, −1 where there is none. A cumulative report stands with what it adds to
    the report before it; `cumulative` says so. Periods follow each other without a gap.
    """

    measure: Measure
    divisions: tuple[str, ...]
    periods: tuple[Period, ...]
    values: Floats
    at: Ints
    cumulative: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Panel:
    """What was reported under each key, its exact values, and where each was read.

    Entries are the numbers of the `sums`; `exact` gives the number itself, `where` its place.
    """

    catalogue: Catalogue
    tree: DivisionTree
    sums: Sums
    facts: pl.DataFrame | None = None
    shared: dict[str, object] = field(default_factory=dict, repr=False, compare=False)
    """What several checks need and the first of them made."""
    _rows: dict[str, Mapping[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict, repr=False, compare=False)
    _grids: dict[tuple[str, Grain], Grid | None] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, facts: object, catalogue: Catalogue, tree: DivisionTree) -> Panel:
        """Lay out facts.

        Raises
        ------
        FactsError
            As `evaluate`.
        """
        frame = facts.frame if isinstance(facts, Facts) else facts if isinstance(facts, pl.DataFrame) else None
        return cls(catalogue, tree, aggregate(facts, catalogue, tree), frame)

    @cached_property
    def ledger(self) -> Ledger:
        """The same entries by series, division and year, a year's periods side by side."""
        return Ledger(self.sums, self.catalogue, self.tree)

    def exact(self, at: int) -> Decimal:
        """The value of an entry, in its measure's unit."""
        measure = self.measure(at)
        return exact_decimal(int(self.sums.total[at]), measure.decimals)

    def measure(self, at: int) -> Measure:
        """The measure of an entry."""
        return self.catalogue.measures[self.sums.families[int(self.sums.family[at])].measure]

    def period(self, at: int) -> Period:
        """The period of an entry."""
        return self.sums.periods[int(self.sums.period[at])]

    def division(self, at: int) -> str:
        """The division of an entry."""
        return self.sums.divisions[int(self.sums.division[at])]

    def by(self, at: int) -> Mapping[str, str]:
        """The project and breakdown values of an entry."""
        cell = self.sums.cells[int(self.sums.cell[at])]
        return {column: value for column, value in zip(self.sums.columns, cell, strict=True) if value is not None}

    def where(self, at: int) -> dict[str, Any]:
        """An entry's coordinates, with file and row where they are known: the `where` of a finding."""
        family = self.sums.families[int(self.sums.family[at])]
        found: dict[str, Any] = {
            "division": self.division(at),
            "period": str(self.period(at)),
            "measure": family.measure,
        }
        by = dict(self.by(at))
        if family.scenario != "actual":
            by["scenario"] = family.scenario
        if family.issuer is not None:
            by["issuer"] = family.issuer
        if by:
            found["by"] = by
        return {**self._row(at), **found}

    def _row(self, at: int) -> dict[str, Any]:
        if self.facts is None or not _PLACED.issubset(self.facts.columns):
            return {}
        place = self.division(at)
        if place not in self._rows:
            self._rows[place] = self._read_of(place)
        return self._rows[place].get(self._key(at), {})

    def _key(self, at: int) -> tuple[Any, ...]:
        family = self.sums.families[int(self.sums.family[at])]
        cell = self.sums.cells[int(self.sums.cell[at])]
        basis = "year_to_date" if self.sums.cumulative[at] else "period"
        return (str(self.period(at)), family.measure, family.scenario, family.issuer, basis, *cell)

    def _read_of(self, place: str) -> Mapping[tuple[Any, ...], dict[str, Any]]:
        """File, row and of a form the cell of each fact of a division, by key; made when a finding asks for one."""
        assert self.facts is not None
        columns = ["period", "measure", "scenario", "issuer", "basis", *self.sums.columns]
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        cells = pl.col("cell") if "cell" in self.facts.columns else pl.lit(None, pl.String).alias("cell")
        if place not in self._lines:
            return found
        selected = self.facts[self._lines[place]].select(*columns, "file", "row", cells)
        for period, measure, *rest, file, row, cell in selected.iter_rows():
            told = {"file": file, "row": row} | ({"cell": cell} if cell else {})
            found[(period, self.catalogue.measure_code(measure), *rest)] = told
        return found

    @cached_property
    def _lines(self) -> Mapping[str, pl.Series]:
        """The lines of the facts in which each division stands, however it was called there."""
        assert self.facts is not None
        lines = self.facts.select("division", line=pl.int_range(pl.len())).group_by("division").agg("line")
        found: dict[str, pl.Series] = {}
        for text, some in zip(lines["division"], lines["line"], strict=True):
            code = self.tree.resolve(text)
            code = self.tree.successor(code) or code
            found[code] = pl.concat([found[code], some]).sort() if code in found else some
        return found

    def grains(self, measure: str) -> tuple[Grain, ...]:
        """The grains at which a measure's actual totals were reported, finest first."""
        found = self._by_measure.get(measure)
        if found is None:
            return ()
        reported = np.bincount(self.sums.period[found], minlength=len(self._grain)) > 0
        return tuple(GRAINS[grain] for grain in np.unique(self._grain[reported]).tolist())

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of which actual totals were reported."""
        return tuple(self._by_measure)

    @cached_property
    def _grain(self) -> Ints:
        """The grain of each period of the sums."""
        return np.array([GRAINS.index(period.grain) for period in self.sums.periods], np.int64)

    @cached_property
    def _by_measure(self) -> Mapping[str, Ints]:
        """The entries of each measure's actual totals: no project, no breakdown."""
        sums = self.sums
        bare = np.array([all(part is None for part in cell) for cell in sums.cells], np.bool_)
        found: dict[str, Ints] = {}
        for measure, scenario in sorted(sums.by_measure):
            if scenario == "actual":
                parts = [sums.of_family(family) for family in sums.by_measure[measure, scenario]]
                at = np.concatenate([np.arange(part.start, part.stop) for part in parts])
                at = at if bare.all() else at[bare[sums.cell[at]]]
                if len(at):
                    found[measure] = at
        return found

    def grid(self, measure: str, grain: Grain | None = None) -> Grid | None:
        """A measure's actual totals as divisions × periods, by default at the finest grain reported."""
        grains = self.grains(measure)
        if not grains:
            return None
        chosen = grain or grains[0]
        key = (measure, chosen)
        if key not in self._grids:
            self._grids[key] = self._made(measure, chosen)
        return self._grids[key]

    def grids(self) -> Iterator[Grid]:
        """The grid of every measure at its finest grain."""
        for measure in self.measures:
            grid = self.grid(measure)
            if grid is not None:
                yield grid

    def _made(self, measure: str, grain: Grain) -> Grid | None:
        sums, known, at = self.sums, self.catalogue.measures[measure], self._by_measure[measure]
        if len(self.grains(measure)) > 1:
            at = at[self._grain[sums.period[at]] == GRAINS.index(grain)]
        if not len(at):
            return None
        indexes = np.array([period.index for period in sums.periods])[sums.period[at]]
        first, last = int(indexes.min()), int(indexes.max())
        present = np.zeros(len(sums.divisions), np.bool_)
        present[sums.division[at]] = True
        places, row = np.flatnonzero(present), (np.cumsum(present) - 1)[sums.division[at]]
        shape = (len(places), last - first + 1)
        values, where = np.full(shape, np.nan), np.full(shape, -1, np.int64)
        late = np.zeros(shape, np.bool_)
        own = sums.total[at].astype(np.float64) * 10.0**-known.decimals
        cumulative = sums.cumulative[at]
        for basis in (True, False):  # a report of the period itself stands before a cumulative one
            mine = cumulative == basis
            spot = (row[mine], indexes[mine] - first)
            values[spot], where[spot], late[spot] = own[mine], at[mine], basis
        starts = known.year_starts
        periods = tuple(Period(grain, index, starts) for index in range(first, last + 1))
        if late.any():
            values = _differenced(values, late, periods)
        return Grid(known, tuple(self.sums.divisions[place] for place in places), periods, values, where, late)


def _differenced(values: Floats, late: npt.NDArray[np.bool_], periods: tuple[Period, ...]) -> Floats:
    """What each cumulative report adds to the one before it in its year; NaN where that is missing."""
    own = values.copy()
    for column, period in enumerate(periods):
        begins = period.elapsed_months == period.last_month - period.first_month + 1
        mine = late[:, column]
        if begins or not mine.any():
            continue
        before = (
            np.where(late[:, column - 1], values[:, column - 1], np.nan) if column else np.full(len(values), np.nan)
        )
        own[mine, column] = values[mine, column] - before[mine]
    return own
