"""How reports fit together across projects and breakdowns: a total and the parts reported beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from libminsheng.checks.arithmetic import added, smallest
from libminsheng.checks.capped import most, written
from libminsheng.checks.finding import Finding
from libminsheng.checks.ledger import Bools
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.checks.slips import slip
from libminsheng.engine.grouping import KeyColumn, distinct, group_sums
from libminsheng.engine.places import Ints
from libminsheng.errors import say
from libminsheng.vocabulary.text import Text

__all__ = ["part_exceeds_whole"]

_NAMED: Final = 3


def part_exceeds_whole(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Projects or breakdown values whose sum is above the total reported beside them, or not the total."""
    found = _parts(panel, settings)
    yield from most("part_exceeds_whole", settings, found, lambda one: _part_finding(panel, settings, one))


@dataclass(frozen=True)
class _Parts:
    """A total with the parts of one column that were reported beside it."""

    at: int
    column: str
    entries: tuple[int, ...]
    above: bool


def _parts(panel: Panel, settings: Settings) -> list[_Parts]:
    sums = panel.sums
    if settings.rule() is None or len(sums.cells) < 2:
        return []
    found: list[_Parts] = []
    number_of = {cell: position for position, cell in enumerate(sums.cells)}
    for place, column in enumerate(sums.columns):
        whole = np.array(
            [
                -1 if cell[place] is None else number_of.get((*cell[:place], None, *cell[place + 1 :]), -1)
                for cell in sums.cells
            ],
            np.int64,
        )
        if (whole >= 0).any():
            found.extend(_column_parts(panel, settings, column, whole))
    return sorted(found, key=lambda one: not one.above)


def _column_parts(panel: Panel, settings: Settings, column: str, whole: Ints) -> Iterator[_Parts]:
    sums, ledger = panel.sums, panel.ledger
    additive = ledger.families("flow", "stock") & ~ledger.rates
    parts = np.flatnonzero((whole >= 0)[sums.cell] & additive[sums.family])
    totals = np.flatnonzero(np.isin(sums.cell, whole[whole >= 0]) & additive[sums.family])
    if not len(parts) or not len(totals):
        return
    key, group = distinct(
        _packed(panel, np.concatenate([totals, parts]), np.concatenate([sums.cell[totals], whole[sums.cell[parts]]]))
    )
    at = np.full(len(key), -1, np.int64)
    at[group[: len(totals)]] = totals
    mine = group[len(totals) :]
    added_up = group_sums([KeyColumn.of(mine)], sums.total[parts], sums.estimated[parts])
    summed = added_up.codes[0]
    owner = at[summed]
    differs = (owner >= 0) & (sums.total[owner] != added_up.totals)
    if not differs.any():
        return
    positive = np.bincount(mine, weights=(sums.total[parts] < 0).astype(float), minlength=len(key))[summed] == 0
    above = np.array(sums.total[owner] < added_up.totals, np.bool_) & positive & (sums.total[owner] >= 0)
    complete = _usual_parts(panel, settings.number("usual"), parts, mine, at)[summed]
    rough = settings.number("approximate")
    order = np.argsort(mine, kind="stable")
    starts = np.searchsorted(mine[order], np.arange(len(key) + 1))
    for row in np.flatnonzero(differs & (above | complete)).tolist():
        total, sum_ = int(sums.total[owner[row]]), int(added_up.totals[row])
        estimated = sums.estimated[owner[row]] or added_up.marked[row]
        if estimated and abs(total - sum_) <= rough * max(abs(total), abs(sum_)):
            continue
        group_number = int(summed[row])
        members = sorted(
            parts[order[starts[group_number] : starts[group_number + 1]]].tolist(), key=lambda at: str(panel.by(at))
        )
        yield _Parts(int(owner[row]), column, tuple(members), bool(above[row]))


def _packed(panel: Panel, entries: Ints, cell: Ints) -> Ints:
    """The key of an entry with another cell in place of its own."""
    sums = panel.sums
    thing = distinct(sums.family[entries] * len(sums.cells) + cell)[1]
    when = sums.period[entries] * 2 + sums.cumulative[entries]
    return (thing * len(sums.divisions) + sums.division[entries]) * (2 * len(sums.periods)) + when


def _usual_parts(panel: Panel, usual: float, parts: Ints, group: Ints, at: Ints) -> Bools:
    """Of each total: whether the parts that a reporter usually gives beside it are all there."""
    sums, ledger = panel.sums, panel.ledger
    owner = at[group]
    kind = ledger.grain[sums.period] * 2 + sums.cumulative
    beside = np.flatnonzero(owner >= 0)

    def reporter(entries: Ints) -> Ints:
        mine = ledger.series[entries] * len(sums.divisions) + sums.division[entries]
        return mine * 8 + kind[entries]

    part = distinct(reporter(parts[beside]))[1]
    whole_of_part = reporter(owner[beside])
    totals = at[np.unique(group[beside])]
    owners, total = distinct(reporter(totals))
    times = np.bincount(total)
    of = np.searchsorted(owners, whole_of_part)
    reported = np.bincount(part)[part]
    usually = reported >= usual * times[of]
    first = np.unique(part, return_index=True)[1]
    expected = np.bincount(of[first], weights=usually[first], minlength=len(owners))
    present = np.bincount(group[beside], weights=usually, minlength=len(at))
    complete = np.zeros(len(at), np.bool_)
    complete[np.unique(group[beside])] = True
    there = np.flatnonzero(complete)
    complete[there] = present[there] >= expected[np.searchsorted(owners, reporter(at[there]))]
    return complete


def _part_finding(panel: Panel, settings: Settings, one: _Parts) -> Finding:
    parts = [panel.exact(at) for at in one.entries]
    own, measure = panel.exact(one.at), panel.measure(one.at)
    total = sum(parts[1:], parts[0])
    severity = settings.severity(measure.code)
    if severity == "error" and not one.above:
        severity = "warning"
    sign = ">" if total > own else "<"
    totals = panel.sums.total
    missing = int(totals[one.at]) - sum(int(totals[at]) for at in one.entries)
    guesses = []
    for at in one.entries:
        seen, name = int(totals[at]), "、".join(panel.by(at).values())
        shown = {"seen": panel.exact(at), "wanted": smallest(seen + missing, measure.decimals)}
        guess = slip(seen, seen + missing, name=name, **{key: written(value) for key, value in shown.items()})
        guesses += [guess] if guess else []
    values = {"column": one.column, "count": len(parts), "sum": written(total), "whole": written(own)}
    code = "parts_above" if total > own else "parts_below"
    return Finding(
        "part_exceeds_whole",
        severity,
        panel.where(one.at),
        written(own),
        f"{added(parts, total)} {sign} {written(own)}",
        tuple(sorted(guesses, key=lambda guess: -guess.weight)[:_NAMED]),
        words=Text(say(f"checks.{code}", "zh", **values), say(f"checks.{code}", "en", **values)),
        rule=settings.code(measure.code),
    )
