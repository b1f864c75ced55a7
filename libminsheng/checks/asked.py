"""Formulas of rules, asked of the engine: exact values wherever one of their measures was itself reported.

A figure that only sums what others reported repeats what is found there, and one that lacks a
report or carries an old one says nothing about what was reported; neither is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.panel import Panel
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Binary, Call, Filter, Formula, Name, Negative, Number, walk
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine.evaluate import answer
from libminsheng.engine.figures import Block, Figures
from libminsheng.engine.question import Question
from libminsheng.engine.rounding import compare
from libminsheng.errors import EvaluationError, Fault
from libminsheng.vocabulary.periods import GRAINS, Grain, Period

__all__ = ["Answer", "Asked", "answers", "coalesced", "entry_of", "leaves", "to_date", "values_at"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Shape = tuple[int, ...]

_PARTIAL: Final = 1 << 1 | 1 << 2
"""The flags incomplete and carried."""
_MOST: Final = 30_000_000
_TIMED: Final = frozenset({"target", "baseline", "previous", "year_ago", "year_to_date", "full_year", "annualised"})


@dataclass(frozen=True)
class Asked:
    """A formula to be looked at, and the measures whose reports say where.

    `partly` also takes figures that lack a report: what is missing counts as nothing there.
    `everywhere` takes every division and period of which anything was reported. Where there is a
    `whole`, that has to be known and complete.
    """

    indicator: Indicator
    measures: frozenset[str]
    partly: bool = False
    everywhere: bool = False
    whole: Indicator | None = None

    @property
    def indicators(self) -> list[Indicator]:
        """What the engine is asked for."""
        return [self.indicator] if self.whole is None else [self.indicator, self.whole]


@dataclass(frozen=True)
class Answer:
    """The exact values of one formula at one length of period and one set of columns; `good` are those to be looked at."""

    asked: Asked
    block: Block
    codes: Sequence[str]
    good: Bools
    by: tuple[str, ...]
    reports: Reports

    def entries(self, measure: str) -> tuple[Ints, Ints]:
        """A measure's own reports among the positions: the panel's entries, and the position of each."""
        shape = tuple(self.reports.panel.sums.columns.index(name) for name in self.by)
        return self.reports.placed(measure, self.block, self.codes, shape)

    @property
    def grain(self) -> Grain:
        return self.block.periods[0].grain

    def against(self, limit: Fraction) -> npt.NDArray[Any]:
        """−1, 0 or 1 as each value is below, at or above a limit in base units, exactly."""
        factor = Fraction(10) ** (self.block.bottom_scale - self.block.top_scale)
        spots = np.flatnonzero(self.good)
        found = np.zeros(len(self.good), np.int64)
        found[spots] = compare(self.block.top[spots], self.block.bottom[spots], factor, limit)
        return found

    def value(self, position: int) -> Fraction:
        """The exact value at a position, in base units."""
        factor = Fraction(10) ** (self.block.bottom_scale - self.block.top_scale)
        return Fraction(int(self.block.top[position]), int(self.block.bottom[position])) * factor

    def spot(self, position: int) -> tuple[str, Period, Mapping[str, str]]:
        """Division, period and breakdown of a position."""
        row, period, by = np.unravel_index(position, self.block.shape)
        return self.codes[self.block.rows[row]], self.block.periods[period], self.block.bys[by]

    def columns(self) -> Ints:
        """The number of each position's period."""
        found: Ints = np.indices(self.block.shape)[1].reshape(-1)
        return found


def answers(panel: Panel, asked: Sequence[Asked], refused: list[Fault]) -> Iterator[Answer]:
    """The values of formulas, at every length of period and for every set of columns that was reported.

    What the engine cannot answer is noted in `refused`; the rest is answered.
    """
    groups: dict[tuple[Grain, Shape], list[Asked]] = {}
    reports = panel.shared.get("reports")
    if not isinstance(reports, Reports):
        reports = panel.shared["reports"] = Reports(panel)
    for one in asked:
        for key in reports.kinds(one):
            groups.setdefault(key, []).append(one)
    for (grain, shape), some in groups.items():
        by = tuple(panel.sums.columns[column] for column in shape)
        for figures in _figures(panel, [one.indicators for one in some], grain, by, refused):
            blocks: dict[str, list[Block]] = {}
            for block in figures.blocks:
                blocks.setdefault(block.indicator.key, []).append(block)
            for one in some:
                for block in blocks.get(one.indicator.key, ()):
                    good = reports.mask(one, block, figures.codes, shape) & (block.status == 0)
                    if not one.partly:
                        good &= (block.flags & _PARTIAL) == 0
                    if one.whole is not None:
                        whole = blocks[one.whole.key][0]
                        good &= (whole.status == 0) & ((whole.flags & _PARTIAL) == 0)
                    if good.any():
                        yield Answer(one, block, figures.codes, good, by, reports)


def values_at(
    panel: Panel, formulas: Mapping[str, Indicator], answer_: Answer, positions: Sequence[int]
) -> list[dict[str, Fraction | None]]:
    """The exact values of other formulas at positions of an answer, by name, as they are printed in their units."""
    spots = [answer_.spot(position) for position in positions]
    found: list[dict[str, Fraction | None]] = [{} for _ in spots]
    for figures in _figures(
        panel, [list(formulas.values())], answer_.grain, answer_.by, [], divisions=sorted({code for code, *_ in spots})
    ):
        for name, indicator in formulas.items():
            for values, (division, period, by) in zip(found, spots, strict=True):
                figure = figures.locate(indicator.code, None, division, str(period), by)
                values[name] = None if figure is None else figure.printed
    return found


def _figures(
    panel: Panel,
    groups: list[list[Indicator]],
    grain: Grain,
    by: tuple[str, ...],
    refused: list[Fault],
    divisions: Sequence[str] | None = None,
) -> Iterator[Figures]:
    """The figures of one question; where that cannot be answered each group is asked by itself, and the refused noted."""
    ask = partial(
        Question.read,
        panel.sums,
        panel.catalogue,
        panel.tree,
        by=by,
        period=grain,
        start=None,
        end=None,
        divisions=divisions,
        level=None,
        reporters=None,
        parents="total",
    )
    try:
        yield answer(ask(indicators=[one for group in groups for one in group]), panel.sums)
    except EvaluationError as error:
        if len(groups) == 1:
            refused.extend(error.faults)
            return
        for group in groups:
            yield from _figures(panel, [group], grain, by, refused, divisions)


class Reports:
    """Where measures were reported themselves: at which lengths of period, for which sets of columns, at which keys."""

    def __init__(self, panel: Panel) -> None:
        self.panel, sums = panel, panel.sums
        filled = [tuple(i for i, value in enumerate(cell) if value is not None) for cell in sums.cells]
        self._shapes = sorted(set(filled), key=lambda shape: (len(shape), shape))
        number = {shape: index for index, shape in enumerate(self._shapes)}
        self._shape = np.array([number[shape] for shape in filled], np.int64)
        self._grain = np.array([GRAINS.index(period.grain) for period in sums.periods], np.int64)
        self._family: dict[str, list[int]] = {}
        for index, family in enumerate(sums.families):
            if family.scenario == "actual":
                self._family.setdefault(family.measure, []).append(index)
        self._kinds: dict[str, tuple[set[int], set[int]]] = {}

    def entries(self, measure: str) -> Ints:
        """The entries of a measure's actual reports."""
        sums = self.panel.sums
        parts = [sums.of_family(sums.families[index]) for index in self._family.get(measure, ())]
        return np.concatenate([np.arange(part.start, part.stop) for part in parts]) if parts else np.zeros(0, np.int64)

    def _kind(self, measure: str) -> tuple[set[int], set[int]]:
        """The lengths of period and the sets of columns of a measure's reports."""
        if measure not in self._kinds:
            sums, at = self.panel.sums, self.entries(measure)
            grains = np.bincount(self._grain[sums.period[at]])
            shapes = np.bincount(self._shape[sums.cell[at]])
            self._kinds[measure] = set(np.flatnonzero(grains).tolist()), set(np.flatnonzero(shapes).tolist())
        return self._kinds[measure]

    def kinds(self, one: Asked) -> Iterator[tuple[Grain, Shape]]:
        """What a formula is asked at: lengths at which all its measures can be known and one was reported."""
        known = [self._kind(measure) for measure in sorted(one.measures)]
        reported = [grains for grains, _ in known if grains]
        if not reported or (not one.partly and len(reported) < len(known)):
            return
        least = max(min(grains) for grains in reported)
        shapes = {0} | set().union(*(shapes for _, shapes in known))
        for grain in sorted({grain for grains in reported for grain in grains if grain >= least}):
            for shape in sorted(shapes):
                if self._room(self._shapes[shape], grain):
                    yield GRAINS[grain], self._shapes[shape]

    def _room(self, shape: Shape, grain: int) -> bool:
        """Whether a grid of divisions, periods and values of these columns stays within bounds."""
        sums = self.panel.sums
        cells = len({tuple(cell[column] for column in shape) for cell in sums.cells})
        months = [(period.first_month, period.last_month) for period in sums.periods]
        periods = (max(last for _, last in months) - min(first for first, _ in months)) // (1, 3, 6, 12)[grain] + 1
        return not shape or cells * periods * len(sums.divisions) <= _MOST

    def mask(self, one: Asked, block: Block, codes: Sequence[str], shape: Shape) -> Bools:
        """The positions of a block at which one of a formula's measures was itself reported."""
        found = np.zeros(len(block), np.bool_)
        for measure in self._family if one.everywhere else one.measures:
            found[self.placed(measure, block, codes, shape)[1]] = True
        return found

    def placed(self, measure: str, block: Block, codes: Sequence[str], shape: Shape) -> tuple[Ints, Ints]:
        """A measure's own reports that lie within a block, and the position of each."""
        sums, at = self.panel.sums, self.entries(measure)
        at = at[self._shape[sums.cell[at]] == self._shapes.index(shape)]
        rows = {codes[row]: index for index, row in enumerate(block.rows.tolist())}
        periods = {_stretch(period): index for index, period in enumerate(block.periods)}
        cells: dict[Any, int] = {tuple(sorted(by.items())): index for index, by in enumerate(block.bys)}
        names = [sums.columns[column] for column in shape]
        row = np.array([rows.get(code, -1) for code in sums.divisions], np.int64)[sums.division[at]]
        column = np.array([periods.get(_stretch(period), -1) for period in sums.periods], np.int64)[sums.period[at]]
        own = [tuple(sorted(zip(names, (cell[i] for i in shape), strict=True))) for cell in sums.cells]
        cell = np.array([cells.get(key, -1) for key in own], np.int64)[sums.cell[at]]
        here = (row >= 0) & (column >= 0) & (cell >= 0)
        return at[here], (row[here] * block.shape[1] + column[here]) * block.shape[2] + cell[here]


def _stretch(period: Period) -> tuple[int, int]:
    return period.first_month, period.last_month


def entry_of(panel: Panel, measure: str, division: str, period: Period, by: Mapping[str, str]) -> int | None:
    """The entry of a measure's actual report at a place, if there is one; the report of the period itself first."""
    sums = panel.sums
    if division not in sums.divisions:
        return None
    stretch = _stretch(period)
    periods = np.array([_stretch(known) == stretch for known in sums.periods], np.bool_)
    wanted = tuple(by.get(column) for column in sums.columns)
    cells = np.array([cell == wanted for cell in sums.cells], np.bool_)
    for family in sums.by_measure.get((measure, "actual"), ()):
        part = sums.of_family(family)
        here = sums.division[part] == sums.divisions.index(division)
        spots = np.flatnonzero(here & periods[sums.period[part]] & cells[sums.cell[part]])
        if len(spots):
            return min((int(spot) + int(part.start) for spot in spots), key=lambda at: bool(sums.cumulative[at]))
    return None


def leaves(formula: Formula) -> frozenset[str]:
    """The measures of whose actual reports a formula is made."""
    aside = {
        id(below)
        for node in walk(formula)
        if isinstance(node, Call) and node.function in ("target", "baseline")
        for below in walk(node)
    }
    return frozenset(node.code for node in walk(formula) if isinstance(node, Name) and id(node) not in aside)


def coalesced(formula: Formula) -> Formula:
    """The formula with what is missing counted as nothing."""
    return _leafwise(
        formula, lambda leaf: Call("coalesce", (leaf, Number(Decimal(0)))), frozenset({"weighted", "coalesce"})
    )


def to_date(formula: Formula, catalogue: Catalogue) -> Formula:
    """The formula with every flow taken from the year's beginning; what says its own time is left alone."""

    def cumulative(leaf: Name | Filter) -> Formula:
        code = leaf.operand.code if isinstance(leaf, Filter) else leaf.code
        known = catalogue.measures.get(code)
        return Call("year_to_date", (leaf,)) if known is not None and known.time == "flow" else leaf

    return _leafwise(formula, cumulative, _TIMED | {"weighted"})


def _leafwise(formula: Formula, change: Any, aside: frozenset[str]) -> Formula:
    """A formula with each measure changed, but for those within the functions that are set aside."""
    match formula:
        case Name() | Filter():
            changed: Formula = change(formula)
            return changed
        case Negative(operand):
            return Negative(_leafwise(operand, change, aside))
        case Binary(operator, left, right):
            return Binary(operator, _leafwise(left, change, aside), _leafwise(right, change, aside))
        case Call(function, arguments) if function not in aside:
            return Call(function, tuple(_leafwise(argument, change, aside) for argument in arguments))
    return formula
