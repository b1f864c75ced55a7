"""How reports fit together across divisions: a parent's own report and those of its children."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from libminsheng.checks.arithmetic import added, smallest
from libminsheng.checks.capped import most, written
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.ledger import Bools, Ledger
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.checks.slips import slip
from libminsheng.engine.grouping import KeyColumn, distinct, group_sums
from libminsheng.engine.places import Ints

__all__ = ["parent_differs"]

_NAMED: Final = 3
_FIT: Final = 0.25


class _Level(NamedTuple):
    """What the divisions of one depth have of each column: their own report, else what lies below them."""

    node: Ints
    column: Ints
    value: npt.NDArray[Any]
    estimated: Bools
    complete: Bools
    entry: Ints


@dataclass(frozen=True)
class _Difference:
    """A report that is not the sum of its parts; `parts` are theirs, with the entry of each that has one."""

    at: int
    total: int
    names: tuple[str, ...]
    parts: tuple[int, ...]
    entries: tuple[int, ...]
    absent: tuple[str, ...] = ()


def parent_differs(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """A division's own report that is not the sum of its children's, where those that usually report did."""
    found = _differences(panel, settings)
    yield from most("parent_differs", settings, found, lambda one: _parent_finding(panel, settings, one))


def _differences(panel: Panel, settings: Settings) -> list[_Difference]:
    ledger, sums = panel.ledger, panel.sums
    if settings.rule() is None or not len(sums) or not _reporters_above(ledger):
        return []
    additive = ledger.families("flow", "stock") & ~ledger.rates
    chosen = np.flatnonzero(additive[sums.family] & _related(ledger)[sums.division])
    if not len(chosen):
        return []
    basis = ledger.when[chosen]
    columns, column = distinct(ledger.series[chosen] * (2 * len(sums.periods)) + basis)
    grain = ledger.grain[columns // 2 % len(sums.periods)]
    kind = distinct((columns // (2 * len(sums.periods)) * 4 + grain) * 2 + columns % 2)[1]
    own = _Level(
        ledger.nodes[sums.division[chosen]],
        column,
        sums.total[chosen],
        sums.estimated[chosen],
        np.ones(len(chosen), np.bool_),
        chosen,
    )
    depth = ledger.places.depth[own.node]
    below = _taken(own, np.flatnonzero(depth == depth.max()))
    found: list[_Difference] = []
    for level in range(int(depth.max()) - 1, -1, -1):
        mine = _taken(own, np.flatnonzero(depth == level))
        below = _climbed(panel, settings, mine, below, kind, found)
    weight = [abs(sum(one.parts) - one.total) / max(abs(sum(one.parts)), abs(one.total), 1) for one in found]
    return [found[position] for position in np.argsort(-np.array(weight, np.float64), kind="stable")]


def _reporters_above(ledger: Ledger) -> bool:
    """Whether any reporter lies above another."""
    places = ledger.places
    reporter = np.zeros(len(places), np.bool_)
    reporter[ledger.nodes] = True
    below = reporter.copy()
    places.sum_up(below, np.logical_or)
    inner = np.zeros(len(places), np.bool_)
    inner[places.parent[below & (places.parent >= 0)]] = True
    return bool((inner & reporter).any())


def _related(ledger: Ledger) -> Bools:
    """Which divisions of the sums lie above or below another that reports."""
    places = ledger.places
    reporter = np.zeros(len(places), np.bool_)
    reporter[ledger.nodes] = True
    under = np.zeros(len(places), np.bool_)
    for depth in range(1, int(places.depth.max(initial=0)) + 1):
        nodes = np.flatnonzero(places.depth == depth)
        under[nodes] = under[places.parent[nodes]] | reporter[places.parent[nodes]]
    inner = np.zeros(len(places), np.int64)
    inner[ledger.nodes] = 1
    places.sum_up(inner)
    related: Bools = (under | (inner > 1))[ledger.nodes]
    return related


def _taken(level: _Level, rows: Ints) -> _Level:
    return _Level(
        level.node[rows],
        level.column[rows],
        level.value[rows],
        level.estimated[rows],
        level.complete[rows],
        level.entry[rows],
    )


def _climbed(
    panel: Panel, settings: Settings, own: _Level, below: _Level, kind: Ints, found: list[_Difference]
) -> _Level:
    """The level above `below`, where `own` are its reports; differences are added to `found`."""
    if not len(below.node):
        return own
    places, columns = panel.ledger.places, len(kind)
    parent = places.parent[below.node]
    sums = group_sums([KeyColumn.of(parent), KeyColumn.of(below.column)], below.value, below.estimated)
    node, column = sums.codes
    key = node * columns + column
    group = np.searchsorted(key, parent * columns + below.column)
    where = np.minimum(np.searchsorted(key, own.node * columns + own.column), len(key) - 1)
    met = key[where] == own.node * columns + own.column
    derived = np.ones(len(key), np.bool_)
    derived[where[met]] = False
    complete = _complete(settings.number("usual"), own, below, parent, node, column, group, kind)
    differs = np.flatnonzero(met)
    differs = differs[(own.value[differs] != sums.totals[where[differs]]) & complete[where[differs]]]
    rough = settings.number("approximate")
    order = np.lexsort((below.node, group)) if len(differs) else group
    starts = np.searchsorted(group[order], np.arange(len(key) + 1)) if len(differs) else group
    for row in differs.tolist():
        place = int(where[row])
        total, sum_ = int(own.value[row]), int(sums.totals[place])
        if (own.estimated[row] or sums.marked[place]) and abs(total - sum_) <= rough * max(abs(total), abs(sum_)):
            continue
        members = order[starts[place] : starts[place + 1]]
        found.append(_difference(panel, int(own.entry[row]), total, _taken(below, members), int(own.node[row])))
    rest = np.flatnonzero(derived)
    nothing = np.full(len(rest), -1)
    lower = _Level(node[rest], column[rest], sums.totals[rest], sums.marked[rest], complete[rest], nothing)
    return _Level(*(np.concatenate(pair) for pair in zip(own, lower, strict=True)))


def _complete(
    usual: float, own: _Level, below: _Level, parent: Ints, node: Ints, column: Ints, group: Ints, kind: Ints
) -> Bools:
    """Of each parent and column that has children's reports: whether the usual children all reported."""
    kinds = int(kind.max()) + 1
    asked = np.concatenate([own.node * len(kind) + own.column, node * len(kind) + column])
    asked = np.unique(asked)
    parents, parent_kind = distinct(asked // len(kind) * kinds + kind[asked % len(kind)])
    times = np.bincount(parent_kind)
    children, child_kind = distinct(below.node * kinds + kind[below.column])
    reported = np.bincount(child_kind)
    first = np.zeros(len(children), np.int64)
    first[child_kind] = np.arange(len(child_kind))
    of = np.searchsorted(parents, parent[first] * kinds + kind[below.column[first]])
    usually = reported >= usual * times[of]
    expected = np.bincount(of[usually], minlength=len(parents))
    present = np.bincount(group, weights=usually[child_kind], minlength=len(node))
    whole = np.bincount(group, weights=~below.complete, minlength=len(node)) == 0
    complete: Bools = whole & (present >= expected[np.searchsorted(parents, node * kinds + kind[column])])
    return complete


def _difference(panel: Panel, at: int, total: int, children: _Level, parent: int) -> _Difference:
    places = panel.ledger.places
    known = np.flatnonzero(places.parent == parent)
    absent = [node for node in known.tolist() if node not in set(children.node.tolist())]
    return _Difference(
        at,
        total,
        tuple(places.codes[node] for node in children.node.tolist()),
        tuple(int(value) for value in children.value),
        tuple(children.entry.tolist()),
        tuple(places.codes[node] for node in absent),
    )


def _parent_finding(panel: Panel, settings: Settings, one: _Difference) -> Finding:
    decimals = panel.measure(one.at).decimals
    parts = [smallest(part, decimals) for part in one.parts]
    total, own = smallest(sum(one.parts), decimals), panel.exact(one.at)
    family = panel.sums.families[int(panel.sums.family[one.at])]
    severity = settings.severity(family.measure)
    if family.scenario != "actual":
        severity = "note"
    elif severity == "error" and one.absent and own > total:
        severity = "note" if len(one.absent) >= len(one.names) else "warning"  # the rest may be all of theirs
    return Finding(
        "parent_differs",
        severity,
        panel.where(one.at),
        written(own),
        f"{added(parts, total)} ≠ {written(own)}",
        _explained(panel, one),
        {"own": written(own), "count": len(parts), "sum": written(total), "difference": written(own - total)},
        rule=settings.code(family.measure),
    )


def _explained(panel: Panel, one: _Difference) -> tuple[Hypothesis, ...]:
    """What would explain a parent that differs: a slip of one report, one left out, one counted twice."""
    difference = one.total - sum(one.parts)
    decimals = panel.measure(one.at).decimals
    guesses: list[Hypothesis] = []
    own = slip(one.total, sum(one.parts), **_named(panel, panel.division(one.at), one.total, sum(one.parts), decimals))
    guesses += [own] if own else []
    if one.total == 0:
        guesses.append(hypothesis("parent_blank", "0.7"))
    for name, part in zip(one.names, one.parts, strict=True):
        guess = slip(part, part + difference, **_named(panel, name, part, part + difference, decimals))
        guesses += [guess] if guess else []
        if part and difference == -part and one.total:
            guesses.append(hypothesis("child_left_out", "0.7", name=_label(panel, name)))
        elif part and difference == part:
            guesses.append(hypothesis("child_twice", "0.5", name=_label(panel, name)))
    if one.absent and difference > 0:
        names = "、".join(_label(panel, name) for name in one.absent[:_NAMED])
        guesses.append(hypothesis("child_absent", "0.6", names=names, count=len(one.absent)))
    if not guesses:
        guesses = [*_off_their_history(panel, one, difference)]
    return tuple(sorted(guesses, key=lambda guess: -guess.weight)[:_NAMED])


def _named(panel: Panel, name: str, seen: int, wanted: int, decimals: int) -> dict[str, object]:
    shown = {"seen": written(smallest(seen, decimals)), "wanted": written(smallest(wanted, decimals))}
    return {"name": _label(panel, name), **shown}


def _label(panel: Panel, code: str) -> str:
    name = panel.tree.name(code)
    return code if name in ("", code) else f"{code} {name}"


def _off_their_history(panel: Panel, one: _Difference, difference: int) -> Iterator[Hypothesis]:
    """Reports that would lie much nearer to what they usually are if the difference were theirs."""
    decimals = panel.measure(one.at).decimals
    children = zip(one.names, one.parts, one.entries, [difference] * len(one.parts), strict=True)
    for name, seen, at, change in (*children, (panel.division(one.at), one.total, one.at, -difference)):
        usual = None if at < 0 else _usual(panel, at)
        if usual is not None and abs(seen + change - usual) < _FIT * abs(seen - usual):
            yield hypothesis("off_history", "0.4", **_named(panel, name, seen, seen + change, decimals))


def _usual(panel: Panel, at: int) -> float | None:
    """The median of a reporter's other reports of the same thing, grain and basis."""
    sums, history = panel.sums, panel.ledger.history(at)
    grain, basis = panel.ledger.grain[sums.period], sums.cumulative
    alike = history[(grain[history] == grain[at]) & (basis[history] == basis[at]) & (history != at)]
    return float(np.median(sums.total[alike].astype(np.float64))) if len(alike) >= _NAMED else None
