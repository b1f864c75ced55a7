"""From facts to figures: aggregate, roll up, evaluate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as default_catalogue
from libminsheng.definitions.formula import Binary, Call, walk
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine.compute import Sheet
from libminsheng.engine.coverage import Counted, Expected, count_reported
from libminsheng.engine.exact import Quantity, Ratio
from libminsheng.engine.figures import Block, Figures
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.plan import Plan, plan
from libminsheng.engine.question import Question
from libminsheng.engine.reported import Reported, Times
from libminsheng.engine.rounding import compare, round_quotient
from libminsheng.engine.sums import Sums, aggregate
from libminsheng.errors import EvaluationError, Fault
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import GRAINS, Period, year_offset

__all__ = ["MOST", "Grounds", "answer", "answer_from", "block_of", "evaluate", "grounds", "unreported"]

Progress = Callable[[int, int], None]
Computed = Callable[[Plan, list[Period], Ints, list[Mapping[str, str]]], Block]
"""Gives the figures of one edition, for periods, divisions and breakdowns."""

MOST = 100_000_000
"""Figures of one question, unless it is told otherwise."""
_BEHIND = 100
"""Sums of a division and a period that may stand behind each of the figures allowed: those of all divisions known are
rolled up for every period asked for, however few are shown.
"""
_FEW = 10_000
"""Figures that are too few to bound what stands behind them."""
_BY_PERIOD = frozenset({"time_progress", "annualised"})
"""Functions whose value depends on the period even where nothing was reported."""


def evaluate(
    facts: object,
    *,
    indicators: Iterable[str | Indicator] | None = None,
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    by: Sequence[str] = (),
    period: str | None = None,
    start: str | Period | None = None,
    end: str | Period | None = None,
    divisions: Iterable[str] | None = None,
    level: str | None = None,
    reporters: Iterable[str] | None = None,
    parents: str = "total",
    most: int = MOST,
    progress: Progress | None = None,
) -> Figures:
    """Compute indicators from reported facts.

    Parameters
    ----------
    facts
        What `read_facts` gave, or a frame with the columns division, period, measure, value and
        what else a fact may have: Polars (eager or lazy), pandas, Arrow, a DuckDB relation, a
        PySpark frame. Equal keys in a frame add up. Or sums that are kept of them.
    indicators
        Codes, ``CODE@EDITION``, names or `Indicator` objects. Without it: the indicators of the
        packs that the catalogue was given, else those with a reported operand.
    catalogue
        The definitions; without it the built-in and installed packs.
    tree
        The divisions; without it the shipped list and the rules of GB/T 2260.
    by
        Columns to break figures down by: one figure for each value, and one with ``by={}``.
    period
        ``"year"``, ``"half"``, ``"quarter"`` or ``"month"``; without it the finest reported.
    start, end
        Limit the figures (not the facts) to these periods.
    divisions, level
        Limit the figures to these divisions, or to divisions of this level.
    reporters
        Who is expected to report; without it, the lowest divisions that ever did.
    parents
        ``"total"``: a division's own report stands for all below it. ``"own"``: it is one more
        part, to be added.
    most
        A question for more figures than this is refused before any is computed, and so is one for so many periods that
        a hundred times as many sums stood behind them.
    progress
        Called with the number of indicators done and their number in all.

    Returns
    -------
    Figures
        One for each indicator, each division with facts at or below it, each period between the
        first and the last reported, each breakdown; in that order.

    Raises
    ------
    FactsError, DivisionError, EvaluationError

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102", "340102"], "period": ["2017", "2017"],
    ...     "measure": ["newborns_screened", "live_births"], "value": [10601, 10642],
    ... })
    >>> figures = ms.evaluate(facts, indicators=["newborn_screening_rate"], divisions=["340102"])
    >>> figures[0].value, figures[0].status
    (Decimal('99.61'), 'ok')
    """
    catalogue = default_catalogue() if catalogue is None else catalogue
    tree = DivisionTree.builtin() if tree is None else tree
    ground = grounds(facts, catalogue, tree)
    question = Question.read(
        ground.sums,
        catalogue,
        tree,
        indicators=indicators,
        by=by,
        period=period,
        start=start,
        end=end,
        divisions=divisions,
        level=level,
        reporters=reporters,
        parents=parents,
    )
    return ground.answer(question, progress, most=most)


class Grounds(Protocol):
    """What figures are computed from: facts that are summed, and who computes."""

    @property
    def sums(self) -> Sums:
        """What a question is read against; where the sums are kept elsewhere, an outline of them."""

    def answer(self, question: Question, progress: Progress | None = None, *, most: int) -> Figures:
        """The figures of a question."""


class _Summed:
    """Facts that were summed for one call."""

    def __init__(self, sums: Sums) -> None:
        self.sums = sums

    def answer(self, question: Question, progress: Progress | None = None, *, most: int) -> Figures:
        return answer(question, self.sums, progress, most=most)


def grounds(facts: object, catalogue: Catalogue, tree: DivisionTree) -> Grounds:
    """Facts summed; sums that are kept already, with the same definitions and divisions, are taken as they are.

    Raises
    ------
    FactsError
    """
    if isinstance(facts, Reported):
        return cast("Grounds", facts)
    return _Summed(aggregate(facts, catalogue, tree))


def answer(question: Question, sums: Sums, progress: Progress | None = None, *, most: int = MOST) -> Figures:
    """The figures of a question over sums."""
    places = Places.above((*sums.divisions, *(question.reporters or ()), *question.divisions), question.tree)
    reported = Reported(sums, question.catalogue, places, question.parents)
    counted = Counted(reported)

    def computed(chosen: Plan, periods: list[Period], rows: Ints, bys: list[Mapping[str, str]]) -> Block:
        return block_of(question, reported, counted, chosen, periods, rows, bys)

    return answer_from(question, reported, computed, progress, most=most)


def answer_from(
    question: Question, reported: Reported, block: Computed, progress: Progress | None = None, *, most: int = MOST
) -> Figures:
    """The figures of a question over what was reported, each edition's as `block` gives them."""
    sums = reported.sums
    rows = np.array(question.shown(reported.bare, reported.reporting), np.int64)
    bys = _breakdowns(sums, question.by)
    blocks: list[Block] = []
    notes: list[Fault] = _notes(question, reported)
    for number, (code, edition) in enumerate(question.indicators):
        for chosen, periods in _editions(question, sums, code, edition, notes):
            if len(rows) * len(periods) * len(bys) * len(question.indicators) > most:
                raise EvaluationError(Fault("engine.too_many", values={"most": most}))
            if len(reported.bare) * len(periods) > max(most, _FEW) * _BEHIND:
                known = {"periods": len(periods), "divisions": len(reported.bare)}
                raise EvaluationError(Fault("engine.too_long", values=known))
            blocks.append(block(chosen, periods, rows, bys))
        if progress is not None:
            progress(number + 1, len(question.indicators))
    return Figures(question, reported, blocks, _order(blocks), tuple(notes))


def _editions(
    question: Question, sums: Sums, code: str, edition: Indicator | None, notes: list[Fault]
) -> Iterator[tuple[Plan, list[Period]]]:
    """The editions that govern an indicator's periods, each with the periods that it governs."""
    catalogue = question.catalogue
    if edition is not None:
        starts = catalogue.year_starts(edition)
        pairs = [(edition, period) for period in question.periods(sums, starts)]
    else:
        starts = catalogue.year_starts(catalogue.indicator(code))
        periods = question.periods(sums, starts)
        found = [(catalogue.in_force(code, period.last_day), period) for period in periods]
        pairs = [(governing, period) for governing, period in found if governing is not None]
        if len(pairs) < len(found):
            without = [str(period) for governing, period in found if governing is None]
            notes.append(Fault("engine.not_in_force", values={"indicator": code, "periods": ", ".join(without)}))
    formulas = [(governing, catalogue.inlined(governing, period.last_day), period) for governing, period in pairs]
    for (chosen, formula), group in groupby(formulas, key=lambda one: one[:2]):
        yield plan(catalogue, chosen, formula), [period for *_, period in group]


def _block(
    question: Question,
    reported: Reported,
    counted: Counted,
    chosen: Plan,
    periods: list[Period],
    rows: Ints,
    bys: list[Mapping[str, str]],
) -> Block:
    grain = GRAINS.index(periods[0].grain)
    numbers = np.array([period.index for period in periods], np.int64)
    if grain == 0:
        numbers = numbers + year_offset(chosen.year_starts)
    times = Times(grain, numbers)
    places = reported.bare
    if question.reporters is None:
        expected = counted.seen(chosen.reported)
    else:
        expected = Expected.given(np.array([places.number[code] for code in question.reporters], np.int64), places)
    ratios, sides, counts = [], [], []
    operands: tuple[str, ...] = ()
    for by in bys:
        sheet = Sheet(reported, rows, times, by)
        if chosen.sides == "division" and isinstance(chosen.formula, Binary):
            ratio, *known = sheet.sides(chosen.formula)
            sides.append(known)
        else:
            ratio = sheet.value(chosen.formula)
            sides.append([ratio.usable, ratio.usable])
        ratios.append(ratio)
        operands = tuple(operand.text for operand in sheet.operands)
        count = count_reported(counted, sheet.operands, expected, places, question.parents, rows)
        counts.append(count.reshape(-1) if count.shape[1] else np.zeros(len(rows) * len(periods), np.int64))
    reach = np.repeat(expected.below[rows], len(periods))
    if not any(operand.asked.scenario == "actual" for operand in sheet.operands):
        reach = np.zeros_like(reach)
    wide = _Wide(ratios, chosen)
    return Block(
        chosen.indicator,
        rows,
        tuple(periods),
        tuple(bys),
        value=wide.value,
        top=wide.top,
        top_scale=wide.top_scale,
        bottom=wide.bottom,
        bottom_scale=wide.bottom_scale,
        top_known=_beside([known[0] for known in sides]),
        bottom_known=_beside([known[1] for known in sides]),
        status=wide.status,
        flags=wide.flags | np.where(_beside(counts) < _beside([reach] * len(bys)), 2, 0).astype(np.uint8),
        reported=_beside(counts),
        expected=_beside([reach] * len(bys)),
        missing=wide.missing,
        operands=operands,
    )


def block_of(
    question: Question,
    reported: Reported,
    counted: Counted,
    chosen: Plan,
    periods: list[Period],
    rows: Ints,
    bys: list[Mapping[str, str]],
) -> Block:
    """The block of an edition; where nothing of it was reported, one figure stands for all."""
    if len(rows) and unreported(chosen, question, reported.sums):
        one = _block(question, reported, counted, chosen, periods[:1], rows[:1], bys[:1])
        return one.everywhere(rows, tuple(periods), tuple(bys))
    return _block(question, reported, counted, chosen, periods, rows, bys)


def unreported(chosen: Plan, question: Question, sums: Sums) -> bool:
    """Whether none of its measures was ever reported and nobody was expected to, so that all its figures are alike."""
    if question.reporters is not None or not chosen.measures:
        return False
    timed = any(isinstance(node, Call) and node.function in _BY_PERIOD for node in walk(chosen.formula))
    return not timed and chosen.measures.isdisjoint(family.measure for family in sums.families)


def _beside(columns: list[Any]) -> Any:
    """The breakdowns' columns interleaved: every breakdown of one division and period together."""
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1).reshape(-1)


class _Wide:
    """The exact values of one edition turned into what a figure shows."""

    def __init__(self, ratios: list[Ratio], chosen: Plan) -> None:
        indicator = chosen.indicator
        self._ratios, self._chosen = ratios, chosen
        self.missing = _beside([ratio.missing for ratio in ratios])
        zero, mixed = _beside([ratio.zero for ratio in ratios]), _beside([ratio.mixed for ratio in ratios])
        self.status = np.zeros(len(self.missing), np.uint8)
        for number, met in ((3, mixed), (2, zero), (1, self.missing != 0)):
            self.status[met] = number
        ok = self.status == 0
        if chosen.sides == "lowest":
            ratios = [ratio.reduced() for ratio in ratios]
        parts = [_sides(ratio) for ratio in ratios]
        top, bottom, factor = _common(parts)
        rows = slice(None) if ok.all() else np.flatnonzero(ok)
        scale = chosen.factor * factor * 10**indicator.decimals
        rounded = round_quotient(top[rows], bottom[rows], scale, indicator.rounding)
        self.value = rounded
        if not ok.all():
            self.value = np.zeros(len(ok), rounded.dtype)
            self.value[rows] = rounded
        flags = _beside([ratio.flags for ratio in ratios])
        self.flags = ((flags & 1) << 2 | (flags & 2) << 2).astype(np.uint8)
        if not indicator.verified:
            self.flags = self.flags | np.uint8(16)
        for limit, side in zip(indicator.bounds or (None, None), (-1, 1), strict=True):
            if limit is not None:
                outside = compare(top[rows], bottom[rows], factor * chosen.factor, Fraction(limit)) == side
                self.flags[rows] |= outside.astype(np.uint8)
        self.top, self.top_scale = _digits([ratio.top for ratio in ratios], len(parts[0][0]))
        self.bottom, self.bottom_scale = _digits(
            [ratio.bottom or Quantity.constant(Fraction(1)) for ratio in ratios], len(parts[0][0])
        )


def _sides(ratio: Ratio) -> tuple[npt.NDArray[Any], npt.NDArray[Any], Fraction]:
    """Whole numbers above and below, and what their quotient is to be multiplied by."""
    top = ratio.top
    if ratio.bottom is None:
        return top.numbers, np.ones(len(top.numbers), np.int64), top.factor
    return top.numbers, ratio.bottom.numbers, top.factor / (ratio.bottom.factor or 1)


def _common(
    parts: list[tuple[npt.NDArray[Any], npt.NDArray[Any], Fraction]],
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], Fraction]:
    """The breakdowns beside each other; they share one formula and therefore one factor."""
    tops, bottoms, factors = zip(*parts, strict=True)
    if len(set(factors)) == 1:
        return _beside(list(tops)), _beside(list(bottoms)), factors[0]
    tops = tuple(_times(top, factor.numerator) for top, factor in zip(tops, factors, strict=True))
    bottoms = tuple(_times(bottom, factor.denominator) for bottom, factor in zip(bottoms, factors, strict=True))
    return _beside(list(tops)), _beside(list(bottoms)), Fraction(1)


def _times(numbers: npt.NDArray[Any], factor: int) -> npt.NDArray[Any]:
    product: npt.NDArray[Any] = numbers.astype(object) * factor
    return product


def _digits(quantities: list[Quantity], rows: int) -> tuple[npt.NDArray[Any], int]:
    """A side of the fraction as whole numbers of 10**-scale base units."""
    scale = max(_scale(quantity.factor) for quantity in quantities)
    columns = []
    for quantity in quantities:
        times = quantity.factor * 10**scale
        bound = quantity.bound * abs(times.numerator)
        numbers = quantity.numbers.astype(object) if bound >= 1 << 62 else quantity.numbers
        column = numbers if times == 1 else numbers * times.numerator
        columns.append(np.broadcast_to(column, (rows,)) if len(column) != rows else column)
    return _beside(columns), scale


def _scale(factor: Fraction) -> int:
    """Decimals that a factor needs; a decimal fraction's denominator has no other primes than 2 and 5."""
    scale = 0
    while (factor * 10**scale).denominator != 1:
        scale += 1
        if scale > 60:
            raise EvaluationError(Fault("engine.no_decimal", values={"factor": str(factor)}))
    return scale


def _breakdowns(sums: Sums, by: Sequence[str]) -> list[Mapping[str, str]]:
    """The total, then every combination of values that occurs."""
    if not by:
        return [{}]
    seen: set[tuple[str, ...]] = set()
    pairs = np.unique(sums.family.astype(np.int64) * len(sums.cells) + sums.cell)
    for family, cell in (divmod(pair, len(sums.cells)) for pair in pairs.tolist()):
        known = dict(zip(sums.columns, sums.cells[cell], strict=True)) | {"issuer": sums.families[family].issuer}
        values = tuple(known.get(column) for column in by)
        if None not in values:
            seen.add(tuple(str(value) for value in values))
    return [{}, *(dict(zip(by, values, strict=True)) for values in sorted(seen))]


def _order(blocks: list[Block]) -> Ints | None:
    """Where editions of one indicator share its periods, the figures' order by division and period."""
    codes = [block.indicator.code for block in blocks]
    if len(set(codes)) == len(codes):
        return None
    starts = np.concatenate([[0], np.cumsum([len(block) for block in blocks])])
    order = []
    for _, group in groupby(range(len(blocks)), key=codes.__getitem__):
        keys = []
        for number in group:
            rows, periods, bys = np.indices(blocks[number].shape).reshape(3, -1)
            months = np.array([period.first_month for period in blocks[number].periods], np.int64)
            keys.append(np.stack([starts[number] + np.arange(len(rows)), bys, months[periods], rows]))
        joined = np.concatenate(keys, axis=1)
        order.append(joined[0][np.lexsort(joined[1:])])
    return np.concatenate(order)


def _notes(question: Question, reported: Reported) -> list[Fault]:
    unlisted = reported.unlisted(question.tree)
    notes = []
    if unlisted:
        shown = ", ".join(unlisted[:5]) + (" …" if len(unlisted) > 5 else "")
        notes.append(Fault("engine.unlisted", values={"count": len(unlisted), "codes": shown}))
    number = reported.bare.number
    without = [code for code in question.divisions if code not in number or not reported.reporting[number[code]]]
    notes.extend(Fault("engine.no_facts", values={"division": code}) for code in without)
    return notes
