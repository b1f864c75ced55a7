"""How reports fit together across time: a year, half or quarter and what it is made of, a cumulative report and its months."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.arithmetic import added, smallest
from libminsheng.checks.basis import confused_rows
from libminsheng.checks.capped import most, written
from libminsheng.checks.finding import Finding, Hypothesis
from libminsheng.checks.ledger import Bools, Ledger
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.checks.slips import slip
from libminsheng.engine.places import Ints
from libminsheng.errors import say
from libminsheng.vocabulary.periods import MONTHS_IN
from libminsheng.vocabulary.text import Text

__all__ = ["year_differs"]

_NAMED: Final = 3


@dataclass(frozen=True)
class _Whole:
    """A report, and the reports of the periods that it should be the sum (of a stock: the last) of."""

    at: int
    parts: tuple[int, ...]


def year_differs(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """A year, half, quarter or year-to-date report that is not its parts' sum where all of them are there."""
    found = _found(panel, settings)
    yield from most("year_differs", settings, found, lambda one: _finding(panel, settings, one))


def _found(panel: Panel, settings: Settings) -> list[_Whole]:
    ledger = panel.ledger
    if settings.rule() is None or not len(ledger) or (len(ledger.grains) == 1 and not ledger.accumulates):
        return []
    many = sum((ledger.reports(grain) >= 0).any(axis=1).astype(int) for grain in range(4))
    many = many + (ledger.cumulative >= 0).any(axis=1)
    several = np.asarray(many > 1) & ~ledger.rates[panel.sums.family[ledger.entry]]
    confused = confused_rows(panel)
    several[confused] = False
    stocks = ledger.families("stock")[panel.sums.family[ledger.entry]]
    rough = settings.number("approximate")
    found = [
        *_flows(ledger, np.flatnonzero(several & ledger.additive)),
        *_stocks(ledger, np.flatnonzero(several & stocks)),
    ]
    return [one for one in found if not _roughly(panel, one, rough)]


def _flows(ledger: Ledger, rows: Ints) -> Iterator[_Whole]:
    """Each period against the reports next below it that stand: own ones, else the sums of theirs."""
    own = [ledger.reports(grain)[rows] for grain in range(4)]
    value: npt.NDArray[Any] = ledger.totals[own[0]]
    known: Bools = own[0] >= 0
    for grain in range(1, 4):
        shape = (len(rows), own[grain].shape[1], value.shape[1] // own[grain].shape[1])
        total, whole = value.reshape(shape).sum(axis=2), known.reshape(shape).all(axis=2)
        mine = own[grain] >= 0
        for row, column in np.argwhere(mine & whole & (total != ledger.totals[own[grain]])).tolist():
            yield _Whole(int(own[grain][row, column]), tuple(_standing(own, grain, row, column)))
        value, known = np.where(mine, ledger.totals[own[grain]], total), mine | whole
    yield from _cumulative(ledger, rows, own)


def _standing(own: list[Ints], grain: int, row: int, column: int) -> Iterator[int]:
    """The reports that a period's parts stand on, in order."""
    share = own[grain - 1].shape[1] // own[grain].shape[1]
    for part in range(column * share, (column + 1) * share):
        at = int(own[grain - 1][row, part])
        if at >= 0 or grain == 1:
            yield at
        else:
            yield from _standing(own, grain - 1, row, part)


def _cumulative(ledger: Ledger, rows: Ints, own: list[Ints]) -> Iterator[_Whole]:
    """Each year-to-date report against the year's reports up to its end, where it differs by what none before it did."""
    reported = ledger.cumulative[rows]
    some = np.flatnonzero((reported >= 0).any(axis=1))
    if not len(some):
        return
    reported, own = reported[some], [table[some] for table in own]
    sums: list[npt.NDArray[Any]] = [np.zeros(len(some), ledger.totals.dtype)]
    known: list[Bools] = [np.ones(len(some), np.bool_)]
    before: npt.NDArray[Any] = np.zeros(len(some), ledger.totals.dtype)
    for end in range(1, 13):
        total, there = np.zeros(len(some), ledger.totals.dtype), np.zeros(len(some), np.bool_)
        for grain, length in enumerate(MONTHS_IN.values()):
            if end % length == 0:
                at = own[grain][:, end // length - 1]
                use = (at >= 0) & known[end - length]
                total, there = np.where(use, sums[end - length] + ledger.totals[at], total), there | use
        sums.append(total)
        known.append(there)
        at = reported[:, end - 1]
        both = (at >= 0) & there
        rest = ledger.totals[at] - total
        for row in np.flatnonzero(both & (rest != 0) & (rest != before)).tolist():
            yield _Whole(int(at[row]), tuple(_up_to(own, known, row, end)))
        before = np.where(both, rest, before)


def _up_to(own: list[Ints], known: list[Bools], row: int, end: int) -> list[int]:
    """The reports that make up the year so far."""
    found: list[int] = []
    while end:
        for grain, length in reversed(list(enumerate(MONTHS_IN.values()))):
            if end % length == 0 and own[grain][row, end // length - 1] >= 0 and known[end - length][row]:
                found.append(int(own[grain][row, end // length - 1]))
                end -= length
                break
    return found[::-1]


def _stocks(ledger: Ledger, rows: Ints) -> Iterator[_Whole]:
    """Each period against the last report of a finer one that ends with it, unless it is their sum (that is another finding)."""
    own = [ledger.reports(grain)[rows] for grain in range(4)]
    last = own[0]
    for grain in range(1, 4):
        share = last.shape[1] // own[grain].shape[1]
        end = last[:, share - 1 :: share]
        both = (own[grain] >= 0) & (end >= 0) & (ledger.totals[own[grain]] != ledger.totals[end])
        for row, column in np.argwhere(both).tolist():
            at = int(own[grain][row, column])
            if not _is_sum(ledger, own, grain, row, column):
                yield _Whole(at, (int(end[row, column]),))
        last = np.where(own[grain] >= 0, own[grain], end)


def _is_sum(ledger: Ledger, own: list[Ints], grain: int, row: int, column: int) -> bool:
    whole = ledger.totals[own[grain][row, column]]
    for finer in range(grain):
        share = own[finer].shape[1] // own[grain].shape[1]
        parts = own[finer][row, column * share : (column + 1) * share]
        if (parts >= 0).sum() > 1 and ledger.totals[parts].sum() == whole:
            return True
    return False


def _roughly(panel: Panel, one: _Whole, rough: float) -> bool:
    """Whether estimates among the reports are near enough."""
    entries = [one.at, *one.parts]
    if not panel.sums.estimated[entries].any():
        return False
    own, total = int(panel.sums.total[one.at]), sum(int(panel.sums.total[at]) for at in one.parts)
    return abs(own - total) <= rough * max(abs(own), abs(total))


def _finding(panel: Panel, settings: Settings, one: _Whole) -> Finding:
    measure, own = panel.measure(one.at), panel.exact(one.at)
    parts = [panel.exact(at) for at in one.parts]
    total = sum(parts[1:], parts[0])
    severity = settings.severity(measure.code)
    stock = measure.time == "stock"
    if severity == "error" and stock:
        severity = "warning"
    values = {
        "own": written(own),
        "sum": written(total),
        "count": len(parts),
        "first": str(panel.period(one.parts[0])),
        "last": str(panel.period(one.parts[-1])),
        "difference": written(own - total),
    }
    words = Text(say("checks.stock_year_differs", "zh", **values), say("checks.stock_year_differs", "en", **values))
    return Finding(
        "year_differs",
        severity,
        panel.where(one.at),
        written(own),
        f"{added(parts, total)} ≠ {written(own)}",
        _explained(panel, one),
        values,
        words if stock else None,
        settings.code(measure.code),
    )


def _explained(panel: Panel, one: _Whole) -> tuple[Hypothesis, ...]:
    """A slip of the whole, or of one part, that would make them agree."""
    decimals, totals = panel.measure(one.at).decimals, panel.sums.total
    difference = int(totals[one.at]) - sum(int(totals[at]) for at in one.parts)
    changes = [(one.at, -difference), *((at, difference) for at in one.parts)]
    guesses = []
    for at, change in changes:
        seen = int(totals[at])
        shown = {"seen": written(smallest(seen, decimals)), "wanted": written(smallest(seen + change, decimals))}
        guess = slip(seen, seen + change, name=str(panel.period(at)), **shown)
        guesses += [guess] if guess else []
    return tuple(sorted(guesses, key=lambda guess: -guess.weight)[:_NAMED])
