"""What was reported, ready to be asked for: any operand, for any division and period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.measure import Measure
from libminsheng.engine.levels import Bools, Level, Patched
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.question import Question
from libminsheng.engine.receipt import measure_digests
from libminsheng.engine.reports import LENGTHS, Reports
from libminsheng.engine.rest import Levels, Rest, SoFar
from libminsheng.engine.rollup import Rollup
from libminsheng.engine.standing import filled_columns, is_plain, plain_cumulative, plain_level
from libminsheng.engine.sums import Cell, Family, Sums, cells_under
from libminsheng.vocabulary.divisions import DivisionTree

if TYPE_CHECKING:
    from libminsheng.engine.renewal import Extent

__all__ = ["ROOM", "Found", "Origins", "Reported", "Series", "Times"]

ROOM: Final = 1 << 61


@dataclass(frozen=True)
class Times:
    """The periods that an operand is asked for: those of one grain by their statistical number, or the
    stretches from the year's beginning to the end of each (`cumulative`).
    """

    grain: int
    periods: Ints
    cumulative: bool = False

    def earlier(self, count: int) -> Times:
        """Each moved back by `count` periods of its own length."""
        return replace(self, periods=self.periods - count)

    def year_ago(self) -> Times:
        return self.earlier(12 // LENGTHS[self.grain])

    def full_year(self) -> Times:
        """The statistical years that contain them."""
        return Times(3, self.periods * LENGTHS[self.grain] // 12)

    @property
    def last(self) -> Ints:
        """The last statistical month of each."""
        last: Ints = (self.periods + 1) * LENGTHS[self.grain] - 1
        return last

    @property
    def months(self) -> Ints:
        """How many months each has."""
        return self.last % 12 + 1 if self.cumulative else np.full(len(self.periods), LENGTHS[self.grain])

    @property
    def elapsed(self) -> Ints:
        """Months from the year's beginning to the end of each."""
        elapsed: Ints = self.last % 12 + 1
        return elapsed


@dataclass(frozen=True)
class Found:
    """An operand's values, divisions × periods; see `Level` for the arrays."""

    value: npt.NDArray[Any]
    known: Bools
    mixed: Bools
    flags: npt.NDArray[np.uint8]

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Found:
        no = np.zeros(shape, np.bool_)
        return cls(np.zeros(shape, np.int64), no, no, np.zeros(shape, np.uint8))

    def at(self, rows: Ints, columns: Ints, inside: Bools) -> Found:
        """These rows and columns; a row below 0 or a column outside has nothing."""
        if inside.all() and (len(rows) == 0 or rows.min() >= 0) and _is_run(rows) and _is_run(columns):
            part = slice(rows[0], rows[-1] + 1) if len(rows) else slice(0), slice(columns[0], columns[-1] + 1)
            return Found(self.value[part], self.known[part], self.mixed[part], self.flags[part])
        cross: Any = np.ix_(np.maximum(rows, 0), columns)
        here = (rows >= 0)[:, None] & inside[None, :]
        return Found(
            np.where(here, self.value[cross], 0),
            self.known[cross] & here,
            self.mixed[cross] & here,
            np.where(here, self.flags[cross], 0).astype(np.uint8),
        )

    def plus(self, other: Found) -> Found:
        """The sum of what is known of both."""
        mixed = self.mixed | other.mixed
        known = (self.known | other.known) & ~mixed
        return Found(self.value + other.value, known, mixed, self.flags | other.flags)

    def alone(self, other: Found) -> Found:
        """Whichever of the two is there; where both are, they cannot be added."""
        both = (self.known | self.mixed) & (other.known | other.mixed)
        mixed = self.mixed | other.mixed | both
        value = np.where(self.known, self.value, other.value)
        return Found(value, (self.known | other.known) & ~mixed, mixed, self.flags | other.flags)


def _is_run(numbers: Ints) -> bool:
    return len(numbers) == 0 or bool((np.diff(numbers) == 1).all())


class Series:
    """One family of reports with its levels; perhaps of some divisions only, with what is known of the `rest`."""

    def __init__(
        self, reports: Reports, sums: Sums, places: Places, measure: Measure, rest: Rest | None = None
    ) -> None:
        self.measure: Final = measure
        self.places: Final = places
        self.sums: Final = sums
        self._rest: Final = rest
        wide = rest is not None and rest.wide
        if reports.value.dtype != object and len(reports):
            largest = max(abs(int(reports.value.max())), abs(int(reports.value.min())))
            wide |= largest * (len(reports) + len(reports.cumulative.node)) >= ROOM
        if wide:
            reports = replace(reports, value=reports.value.astype(object))
        self.reports: Final = reports
        first, last = reports.years
        self.years: Final = (first, last + (measure.time == "stock")) if rest is None else rest.years
        self.plain: Final = (
            measure.time == "flow" and is_plain(reports, places, filled_columns(sums.cells))
            if rest is None
            else rest.plain
        )
        self.rollup: Final = Rollup(reports, sums.cells, places, measure, self.years, rest)
        self._levels: dict[tuple[Cell, int], Level] = {}
        self._so_far: dict[tuple[Cell, tuple[int, ...]], Level] = {}

    @cached_property
    def extent(self) -> Extent:
        """What a correction may not go beyond, if the levels are to follow it."""
        from libminsheng.engine.renewal import Extent

        return Extent.of(self)

    @property
    def entire(self) -> Series:
        """The same with all reports at hand."""
        return self

    def under(self, cell: Cell) -> npt.NDArray[np.bool_]:
        """For each cell of the sums, whether it is `cell` or a part of it."""
        return cells_under(cell, self.sums.cells)

    def level(self, cell: Cell, grain: int) -> Level:
        """What every division has of the cell in every period of this grain."""
        if not self.plain:
            return self.rollup.level(cell, grain)
        if (cell, grain) not in self._levels:
            chosen = self.under(cell)[self.reports.cell]
            begun = None if self._rest is None else partial(self._rest.put, cell=cell, grain=grain)
            self._levels[cell, grain] = plain_level(self.reports, chosen, self.places, grain, self.years, begun)
        return self._levels[cell, grain]

    def cumulative(self, cell: Cell, ends: Ints) -> Level:
        """What every division has from the year's beginning to the end of each month."""
        if not self.plain:
            return self.rollup.cumulative(cell, ends)
        key = (cell, tuple(ends.tolist()))
        found = self._so_far.get(key)
        if found is None:
            under = self.under(cell)
            chosen, late = under[self.reports.cell], under[self.reports.cumulative.cell]
            begun = None if self._rest is None else partial(self._rest.put_so_far, cell=cell, ends=key[1])
            found = self._so_far[key] = plain_cumulative(self.reports, chosen, late, self.places, ends, begun)
        return found

    def kept(self) -> tuple[Levels, SoFar]:
        """The levels that were asked for, and those from a year's beginning."""
        levels, so_far = (dict(self._levels), dict(self._so_far)) if self.plain else self.rollup.kept()
        return {key: Patched.of(level) for key, level in levels.items()}, {
            key: Patched.of(level) for key, level in so_far.items()
        }

    def stretches(self) -> list[dict[Any, Any]]:
        """The levels from a year's beginning, by what they were asked for, to be let go of where there are too many."""
        return [self._so_far, self.rollup.so_far]

    def level_at(self, cell: Cell, grain: int, rows: Ints) -> tuple[Level, Ints]:
        """A level with at least the rows of these divisions, and where each of them is in it; −1 stays −1."""
        return self.level(cell, grain), rows

    def cumulative_at(self, cell: Cell, ends: Ints, rows: Ints) -> tuple[Level, Ints]:
        """The same of what every division has from the year's beginning."""
        return self.cumulative(cell, ends), rows

    def find(self, cell: Cell, times: Times, rows: Ints) -> Found:
        """The values of a cell at these divisions and times."""
        if times.cumulative:
            ends, columns = np.unique(times.last, return_inverse=True)
            level, rows = self.cumulative_at(cell, ends, rows)
            inside = np.ones(len(columns), np.bool_)
        else:
            level, rows = self.level_at(cell, times.grain, rows)
            columns, inside = level.columns(times.periods)
        return Found(level.value, level.known, level.mixed, level.flags).at(rows, columns, inside)


@dataclass(frozen=True)
class Origins:
    """Where facts were reported: what depends on their divisions alone.

    numbers    the place of each division that reported
    places     the divisions, and beside them, where parents are parts of their own, a place for each that reported
    holder     the place of `places` that holds what each division reported itself
    back       the division of each place
    reporting  the divisions with facts at or below them
    unlisted   the divisions that reported and stand in no list of a tree, by the tree's digest
    """

    numbers: Ints
    places: Places
    holder: Ints
    back: Ints
    reporting: Bools
    unlisted: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, divisions: Sequence[str], bare: Places, *, own: bool) -> Origins:
        """The origins of facts of these divisions, which `bare` has with all above them."""
        numbers = np.fromiter(map(bare.number.__getitem__, divisions), np.int64, len(divisions))
        holder, places = np.arange(len(bare)), bare
        if own:
            inner = np.unique(bare.parent[bare.parent >= 0])
            inner = np.intersect1d(inner, numbers)
            holder[inner] = len(bare) + np.arange(len(inner))
            codes = (*bare.codes, *(f"{bare.codes[node]}\0" for node in inner.tolist()))
            places = Places(codes, np.concatenate([bare.parent, inner]))
        back = np.concatenate([np.arange(len(bare)), places.parent[len(bare) :]])
        reporting = np.zeros(len(bare), np.bool_)
        reporting[numbers] = True
        bare.sum_up(reporting, np.logical_or)
        return cls(numbers, places, holder, back, reporting, {})


class Reported:
    """Everything that was reported, over one set of divisions.

    With ``parents="own"`` what a division reported itself is kept by a place of its own below it,
    so that it is added to what lies below. `origins` are those of other facts of the same divisions.
    """

    def __init__(
        self, sums: Sums, catalogue: Catalogue, places: Places, parents: str, origins: Origins | None = None
    ) -> None:
        self.sums: Final = sums
        self.catalogue: Final = catalogue
        self.bare: Final = places
        self.own: Final = parents == "own"
        self.origins: Final = Origins.of(sums.divisions, places, own=self.own) if origins is None else origins
        self.numbers: Final = self.origins.numbers
        self.places: Final = self.origins.places
        self.holder: Final = self.origins.holder
        self.back: Final = self.origins.back
        self.reporting: Final = self.origins.reporting
        self._series: dict[Family, Series] = {}

    def reporters(self, family: Family) -> Ints:
        """The places of `bare` that reported something of a family."""
        reporters: Ints = self.numbers[self.sums.division[self.sums.of_family(family)]]
        return reporters

    def unlisted(self, tree: DivisionTree) -> tuple[str, ...]:
        """The divisions that reported and stand in no list of the tree that `bare` is a part of."""
        known = self.origins.unlisted
        if tree.digest() not in known:
            listed = tree.listed.keys()
            known[tree.digest()] = tuple(code for code in self.sums.divisions if code not in listed)
        return known[tree.digest()]

    def evidence(self, question: Question) -> Mapping[str, str]:
        """The digest of each measure whose facts stand behind the figures of a question: of all that were given."""
        return measure_digests(self.sums, question.catalogue)

    def series(
        self, measure: str, scenario: str, issuer: str | None = None, *, any_issuer: bool = True
    ) -> list[Series]:
        """The families of a measure and scenario: of one issuer, or of all that there are."""
        families = self.sums.by_measure.get((measure, scenario), ())
        return [self._one(family) for family in families if any_issuer or family.issuer == issuer]

    def _one(self, family: Family) -> Series:
        if family not in self._series:
            measure = self.catalogue.measures[family.measure]
            reports = Reports.of(self.sums, family, measure, self.holder[self.numbers])
            self._series[family] = Series(reports, self.sums, self.places, measure)
        return self._series[family]

    def find(self, series: list[Series], cells: Iterable[Cell], times: Times, rows: Ints) -> Found:
        """An operand's values: cells add up, issuers never do."""
        found: Found | None = None
        for one in series:
            mine: Found | None = None
            for cell in cells:
                part = one.find(cell, times, rows)
                mine = part if mine is None else mine.plus(part)
            if mine is not None:
                found = mine if found is None else found.alone(mine)
        return Found.nothing((len(rows), len(times.periods))) if found is None else found

    def cells(self, by: Mapping[str, str], filters: Mapping[str, tuple[str, ...]]) -> list[Cell]:
        """The cells that a breakdown and a formula's filters pick; none where they contradict each other."""
        choices: list[tuple[str | None, ...]] = []
        for column in self.sums.columns:
            wanted: tuple[str | None, ...] = filters.get(column, (None,))
            if column in by:
                wanted = (by[column],) if column not in filters or by[column] in filters[column] else ()
            choices.append(wanted)
        if any(column not in self.sums.columns for column in filters if column != "issuer"):
            return []
        return list(product(*choices))
