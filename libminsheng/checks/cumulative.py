"""Year-to-date reports: one that falls, and reports whose declared basis is not the one they behave like."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from libminsheng.checks.arithmetic import added, smallest
from libminsheng.checks.basis import climbing, confused_rows, like_period
from libminsheng.checks.capped import most, written
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.ledger import Ledger
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.checks.slips import transpositions
from libminsheng.engine.places import Ints
from libminsheng.errors import say
from libminsheng.vocabulary.text import Text

__all__ = ["basis_confused", "cumulative_falls"]

Fall = tuple[int, int, int, int]
"""The entries of a falling report, of the one before it, of the one before that and of the next; −1 where there is none."""


def cumulative_falls(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """A year-to-date report of a flow below the one before it in the same year."""
    if settings.rule() is None or not panel.ledger.accumulates:
        return
    found = _falls(panel, settings.number("approximate"))
    yield from most("cumulative_falls", settings, found, lambda fall: _fall_finding(panel, settings, fall))


def _falls(panel: Panel, rough: float) -> list[Fall]:
    ledger, sums = panel.ledger, panel.sums
    flows = ledger.families("flow")[sums.family[ledger.entry]] & (ledger.cumulative >= 0).any(axis=1)
    flows[confused_rows(panel)] = False
    rows = np.flatnonzero(flows)
    before = np.full(len(rows), -1, np.int64)
    found: list[Fall] = []
    for column in range(12):
        at = ledger.cumulative[rows, column]
        both = (at >= 0) & (before >= 0)
        for row in np.flatnonzero(both & (ledger.totals[at] < ledger.totals[before])).tolist():
            own, last = int(sums.total[at[row]]), int(sums.total[before[row]])
            estimated = sums.estimated[at[row]] or sums.estimated[before[row]]
            if not (estimated and last - own <= rough * max(abs(own), abs(last))):
                found.append(_around(ledger, int(rows[row]), column, int(at[row]), int(before[row])))
        before = np.where(at >= 0, at, before)
    return found


def _around(ledger: Ledger, row: int, column: int, at: int, before: int) -> Fall:
    year = ledger.cumulative[row]
    earlier = [entry for entry in year[:column].tolist() if entry >= 0 and entry != before]
    later = [entry for entry in year[column + 1 :].tolist() if entry >= 0]
    return at, before, earlier[-1] if earlier else -1, later[0] if later else -1


def _fall_finding(panel: Panel, settings: Settings, fall: Fall) -> Finding:
    at, before = fall[:2]
    own, last = panel.exact(at), panel.exact(before)
    return Finding(
        "cumulative_falls",
        settings.severity(panel.measure(at).code),
        panel.where(at),
        written(own),
        f"{written(own)} - {written(last)} = {written(own - last)} < 0",
        _fall_explained(panel, fall),
        {"own": written(own), "last": written(last), "before": str(panel.period(before))},
        rule=settings.code(panel.measure(at).code),
    )


def _fall_explained(panel: Panel, fall: Fall) -> tuple[Hypothesis, ...]:
    """Two digits that changed places, or which of the two reports the others speak against."""
    at, before, earlier, later = fall
    totals, decimals = panel.sums.total, panel.measure(at).decimals
    low = int(totals[earlier]) if earlier >= 0 else 0
    high = int(totals[later]) if later >= 0 else None
    own, last = int(totals[at]), int(totals[before])
    guesses = []
    for entry, floor, roof in ((at, last, high), (before, low, own)):
        seen = int(totals[entry])
        for wanted in transpositions(seen):
            if floor <= wanted and (roof is None or wanted <= roof):
                shown = {"seen": written(smallest(seen, decimals)), "wanted": written(smallest(wanted, decimals))}
                guesses.append(hypothesis("slip_transposed", "0.5", name=str(panel.period(entry)), **shown))
                break
    raised, lowered = high is None or last <= high, low <= own
    weight = "0.4" if raised and lowered else "0.6"
    if raised:
        guesses.append(hypothesis("too_low", weight, period=str(panel.period(at))))
    if lowered:
        guesses.append(hypothesis("too_high", weight, period=str(panel.period(before))))
    if 0 < own <= 2 * (last - low) and earlier >= 0 and own < low:
        guesses.append(hypothesis("period_for_cumulative", "0.4", period=str(panel.period(at))))
    return tuple(sorted(guesses, key=lambda guess: -guess.weight))


def basis_confused(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Reports declared as period values that are cumulative, and the reverse; one finding for each reporter of a thing."""
    if settings.rule() is None or not len(panel.sums):
        return
    ledger = panel.ledger
    climbs = climbing(ledger, settings)
    found = [(row, True) for row in _first_of_each(ledger, climbs.rows)]
    found += [(row, False) for row in _first_of_each(ledger, like_period(ledger, settings))]
    yield from most("basis_confused", settings, found, lambda one: _basis_finding(panel, settings, *one))


def _first_of_each(ledger: Ledger, rows: Ints) -> list[int]:
    """The first year of each reporter."""
    ordered = rows[np.lexsort((ledger.year[rows], ledger.reporter[rows]))]
    first = np.unique(ledger.reporter[ordered], return_index=True)[1]
    return [int(row) for row in ordered[first]]


def _basis_finding(panel: Panel, settings: Settings, row: int, climbed: bool) -> Finding:
    ledger = panel.ledger
    table = ledger.reports(0) if climbed else ledger.cumulative
    entries = [int(at) for at in table[row] if at >= 0]
    values = [panel.exact(at) for at in entries]
    last, total = values[-1], sum(values[1:], values[0])
    year = int(ledger.reports(3)[row, 0])
    text = " ≤ ".join(written(value) for value in values) if climbed else ", ".join(written(value) for value in values)
    if year >= 0:
        text += f"; {added(values, total)}; {panel.period(year)}: {written(panel.exact(year))}"
    where = {**panel.where(entries[-1]), "period": str(panel.period(entries[-1]).year)}
    words, guesses = None, (hypothesis("basis_declared", "0.7"), hypothesis("basis_growth", "0.2"))
    if not climbed:
        words = Text(say("checks.basis_is_period", "zh"), say("checks.basis_is_period", "en"))
        guesses = (hypothesis("basis_declared_cumulative", "0.8"), hypothesis("value_true", "0.1"))
    return Finding(
        "basis_confused",
        settings.severity(panel.measure(entries[0]).code),
        where,
        written(last),
        text,
        guesses,
        {"count": len(values)},
        words,
        settings.code(panel.measure(entries[0]).code),
    )
