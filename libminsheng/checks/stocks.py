"""Stocks: one that was added up over time, and one that is divided by and changes in mid-year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.arithmetic import added
from libminsheng.checks.capped import most, written
from libminsheng.checks.finding import Finding, hypothesis
from libminsheng.checks.ledger import Bools, Ledger
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Binary, Call, Formula, Name
from libminsheng.engine.grouping import KeyColumn, group_sums
from libminsheng.engine.places import Ints
from libminsheng.errors import say
from libminsheng.vocabulary.periods import MONTHS_IN
from libminsheng.vocabulary.text import Text

__all__ = ["denominator_changed", "denominators", "stock_summed"]

Floats = npt.NDArray[np.float64]

_MONTHS: Final = tuple(MONTHS_IN.values())


@dataclass(frozen=True)
class _Sum:
    """A stock's report that is the sum of others; `last` are those that it should be."""

    at: int
    parts: tuple[int, ...]
    last: tuple[int, ...]
    below: bool = False


def stock_summed(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """A stock whose year, half or quarter is the sum of what was reported within it, not the last of it."""
    ledger = panel.ledger
    if settings.rule() is None or len(ledger.grains) < 2:
        return
    stocks = ledger.families("stock") & ~ledger.rates
    rows = np.flatnonzero(stocks[panel.sums.family[ledger.entry]])
    if not len(rows):
        return
    found = list(_over_time(ledger, rows))
    seen = {one.at for one in found}
    found += [one for one in _over_divisions(ledger, rows) if one.at not in seen]
    yield from most("stock_summed", settings, found, lambda one: _sum_finding(panel, settings, one))


def _over_time(ledger: Ledger, rows: Ints) -> Iterator[_Sum]:
    done: set[int] = set()
    for grain in range(1, 4):
        own = ledger.reports(grain)[rows]
        for finer in range(grain):
            parts = ledger.reports(finer)[rows].reshape(len(rows), own.shape[1], _MONTHS[grain] // _MONTHS[finer])
            known = parts >= 0
            total = ledger.totals[parts].sum(axis=2)
            last = ledger.totals[parts[:, :, -1]]
            whole = ledger.totals[own]
            same = (own >= 0) & known[:, :, -1] & (known.sum(axis=2) > 1) & (whole == total) & (whole != last)
            for row, column in np.argwhere(same).tolist():
                at, members = int(own[row, column]), parts[row, column][known[row, column]].tolist()
                if at not in done:
                    done.add(at)
                    yield _Sum(at, tuple(members), (members[-1],))


def _over_divisions(ledger: Ledger, rows: Ints) -> Iterator[_Sum]:
    """A parent's report that is the sum of all that its children reported within the period."""
    sums = ledger.sums
    division = sums.division[ledger.entry[rows]]
    above = ledger.places.parent[ledger.nodes[division]]
    code = {node: number for number, node in enumerate(ledger.nodes.tolist())}
    parent = np.array([code.get(node, -1) for node in above.tolist()], np.int64)
    under = np.flatnonzero(parent >= 0)
    if not len(under):
        return
    place = np.full(len(ledger), -1, np.int64)
    place[rows] = np.arange(len(rows))
    shift = len(sums.divisions) + 1
    key = ledger.kin[rows] * shift
    mine = key + division
    order = np.argsort(mine)
    for grain in range(1, 4):
        own = ledger.reports(grain)[rows]
        parts = ledger.reports(0)[rows[under]].reshape(len(under), own.shape[1], _MONTHS[grain])
        known = parts >= 0
        last = ledger.totals[parts[:, :, -1]]
        for column in range(own.shape[1]):
            several = np.flatnonzero(known[:, column, -1] & (known[:, column].sum(axis=1) > 1))
            if not len(several):
                continue
            owners = KeyColumn.of((key[under] + parent[under])[several])
            total = group_sums([owners], ledger.totals[parts[several, column]].sum(axis=1))
            ends = group_sums([owners], last[several, column])
            where = np.minimum(np.searchsorted(mine[order], total.codes[0]), len(order) - 1)
            at = np.where(mine[order][where] == total.codes[0], own[order[where], column], -1)
            whole = ledger.totals[at]
            for found in np.flatnonzero((at >= 0) & (whole == total.totals) & (whole != ends.totals)).tolist():
                chosen = several[owners.codes == total.codes[0][found]]
                chosen = chosen[np.argsort(division[under[chosen]])]
                members = parts[chosen, column][known[chosen, column]]
                tops = [int(row[row >= 0][-1]) for row in parts[chosen, column]]
                yield _Sum(int(at[found]), tuple(members.tolist()), tuple(tops), below=True)


def _sum_finding(panel: Panel, settings: Settings, one: _Sum) -> Finding:
    own, measure = panel.exact(one.at), panel.measure(one.at)
    values = [panel.exact(at) for at in one.parts]
    ends = [panel.exact(at) for at in one.last]
    last = sum(ends[1:], ends[0])
    words = None
    if one.below:
        shown = {"own": written(own), "last": written(last)}
        words = Text(
            say("checks.stock_summed_below", "zh", **shown),
            say("checks.stock_summed_below", "en", **shown),
        )
    return Finding(
        "stock_summed",
        settings.severity(measure.code),
        panel.where(one.at),
        written(own),
        f"{added(values, own)}; {added(ends, last)} ({panel.period(one.last[-1])})",
        (hypothesis("stock_last", "0.9", last=written(last)),),
        {"own": written(own), "count": len(values), "last": written(last)},
        words,
        settings.code(measure.code),
    )


def denominators(catalogue: Catalogue) -> frozenset[tuple[str, str]]:
    """The measures, with their scenario, that an indicator divides by: stocks, and targets of any kind."""
    found: set[tuple[str, str]] = set()
    for indicator in catalogue.indicators:
        found.update(_divisors(indicator.tree, "actual", below=False))
    stocks = {code for code, measure in catalogue.measures.items() if measure.time == "stock"}
    return frozenset((code, scenario) for code, scenario in found if scenario == "target" or code in stocks)


def _divisors(formula: Formula, scenario: str, *, below: bool) -> Iterator[tuple[str, str]]:
    if isinstance(formula, Name):
        if below:
            yield formula.code, scenario
        return
    if isinstance(formula, Call) and formula.function in ("target", "baseline"):
        scenario = formula.function
    for position, child in enumerate(formula.children()):
        divides = isinstance(formula, Binary) and formula.operator == "/" and position == 1
        yield from _divisors(child, scenario, below=below or divides)


@dataclass(frozen=True)
class _Step:
    """A value that is another from one report on, and stays."""

    at: int
    before: int
    until: int


def denominator_changed(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """A stock or target that an indicator divides by, at one level up to a month in mid-year, at another from there on."""
    ledger = panel.ledger
    if settings.rule() is None or not len(panel.sums) or not ledger.grains & {0, 1}:
        return
    divides = denominators(panel.catalogue)
    chosen = np.array([(family.measure, family.scenario) in divides for family in panel.sums.families], np.bool_)
    rows = np.flatnonzero(chosen[panel.sums.family[ledger.entry]])
    found = [step for grain in sorted(ledger.grains & {0, 1}) for step in _steps(ledger, settings, rows, grain)]
    yield from most("denominator_changed", settings, found, lambda one: _step_finding(panel, settings, one))


def _steps(ledger: Ledger, settings: Settings, rows: Ints, grain: int) -> Iterator[_Step]:
    """Rows that have two levels, each of them steady, with one change between them that few neighbours share."""
    entries = ledger.reports(grain)[rows]
    known = entries >= 0
    values = np.where(known, ledger.totals[entries].astype(np.float64), np.nan)
    least = int(settings.number("least"))
    steady, threshold = settings.number("steady"), settings.number("threshold")
    several = np.flatnonzero((known.sum(axis=1) >= 2 * least) & ~(values <= 0).any(axis=1))
    entries, values, mine = entries[several], values[several], rows[several]
    if not len(mine):
        return
    order = np.argsort(np.isnan(values), axis=1, kind="stable")
    entries, values = np.take_along_axis(entries, order, 1), np.take_along_axis(values, order, 1)
    change = np.log(values[:, 1:] / values[:, :-1])
    size = np.where(np.isnan(change), 0, np.abs(change))
    at = np.argmax(size, axis=1)
    picked = np.arange(len(mine))
    largest = size[picked, at]
    size[picked, at] = 0
    counted = (~np.isnan(values)).sum(axis=1)
    step = (largest >= np.log1p(threshold)) & (largest <= np.log(settings.number("most_times")))
    step &= (size.max(axis=1) <= np.log1p(steady)) & (at + 1 >= least) & (counted - at - 1 >= least)
    step &= _beyond_chance(ledger, settings, mine, np.nanmedian(values, axis=1), largest)
    kin = ledger.kin[mine]
    for row in np.flatnonzero(step).tolist():
        beside = np.flatnonzero((kin == kin[row]) & (picked != row))
        theirs = change[beside, at[row]]
        theirs = theirs[~np.isnan(theirs)]
        if len(theirs) and np.median(theirs) * np.sign(change[row, at[row]]) >= largest[row] / 2:
            continue
        place = int(at[row])
        yield _Step(int(entries[row, place + 1]), int(entries[row, place]), int(entries[row, counted[row] - 1]))


def _beyond_chance(ledger: Ledger, settings: Settings, rows: Ints, level: Floats, change: Floats) -> Bools:
    """Whether a change of a count is more than a few who come and go; a target does not do so by itself."""
    decimals = np.array([measure.decimals for measure in ledger.measures])
    family = ledger.sums.family[ledger.entry[rows]]
    count = level / 10.0 ** decimals[family]
    beyond: Bools = np.expm1(change) * np.sqrt(count) >= settings.number("roots")
    return beyond | ledger.families("flow", "stock", "standard", scenario="target")[family]


def _step_finding(panel: Panel, settings: Settings, one: _Step) -> Finding:
    own, before, measure = panel.exact(one.at), panel.exact(one.before), panel.measure(one.at)
    percent = f"{float((own - before) / before * 100):+.1f}"
    return Finding(
        "denominator_changed",
        settings.severity(measure.code),
        panel.where(one.at),
        written(own),
        f"{written(before)} ({panel.period(one.before)}) → {written(own)} ({panel.period(one.at)}): {percent} %",
        (hypothesis("denominator_redefined", "0.6"), hypothesis("denominator_boundary", "0.3")),
        {
            "own": written(own),
            "last": written(before),
            "percent": percent,
            "before": str(panel.period(one.before)),
            "until": str(panel.period(one.until)),
        },
        rule=settings.code(measure.code),
    )
