"""The same numbers twice: a form sent again, one division's values under another's name, one number for two measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.capped import most, written
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.ledger import Ledger
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Name, walk
from libminsheng.engine.grouping import distinct
from libminsheng.engine.places import Ints

__all__ = ["duplicate", "printed_twice"]

Pairs = frozenset[frozenset[str]]

_SHOWN: Final = 3
_LOOKED_AT: Final = 2000
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_TURN: Final = np.uint64(29)
_LOW: Final = np.uint64(0xFFFF)


@dataclass(frozen=True)
class _Twin:
    """Two forms with the same values: the entries of one, those of the other, and how many values both hold."""

    entries: tuple[int, ...]
    others: tuple[int, ...]
    common: int


def duplicate(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Many values that are the same in two divisions in one period, or in two consecutive periods of one division."""
    if settings.rule() is None or not len(panel.sums):
        return
    found = [*_sent_again(panel, settings), *_of_two_divisions(panel, settings)]
    found.sort(key=lambda twin: -len(twin.entries))
    yield from most("duplicate", settings, found, lambda twin: _twin_finding(panel, settings, twin))


def _sent_again(panel: Panel, settings: Settings) -> Iterator[_Twin]:
    """Forms of flows, or year-to-date ones, whose values are those of the period before."""
    ledger = panel.ledger
    flows = np.flatnonzero(
        (ledger.families("flow", scenario="actual") & ~ledger.rates)[panel.sums.family[ledger.entry]]
    )
    least = 10 ** (int(settings.number("digits_again")) - 1)
    for grain in sorted(ledger.grains):
        yield from _consecutive(ledger, ledger.reports(grain), flows, least, settings)
    if ledger.accumulates:
        yield from _consecutive(ledger, ledger.cumulative, flows, least, settings)


def _consecutive(ledger: Ledger, table: Ints, rows: Ints, least: int, settings: Settings) -> Iterator[_Twin]:
    whole = len(rows) == len(ledger)
    mine = table if whole else table[rows]
    values = ledger.totals[mine]
    row, column = np.nonzero(values[:, 1:] == values[:, :-1])
    after, before = mine[row, column + 1], mine[row, column]
    both = (after >= 0) & (before >= 0)
    after, before = after[both], before[both]
    follows = np.flatnonzero((ledger.reporter[1:] == ledger.reporter[:-1]) & (ledger.year[1:] == ledger.year[:-1] + 1))
    follows = (
        follows[whole | np.isin(follows, rows)] if table is not ledger.cumulative and len(follows) else follows[:0]
    )
    turn = follows[(table[follows, -1] >= 0) & (table[follows + 1, 0] >= 0)]
    turn = turn[ledger.totals[table[turn, -1]] == ledger.totals[table[turn + 1, 0]]]
    mine = np.concatenate([after, table[turn + 1, 0]])
    theirs = np.concatenate([before, table[turn, -1]])
    telling = np.abs(ledger.totals[mine]) >= least
    mine, theirs = mine[telling], theirs[telling]
    if len(mine) < settings.number("least"):
        return
    yield from _twins(ledger, mine, theirs, least, ("flow",), settings)


def _twins(
    ledger: Ledger, mine: Ints, theirs: Ints, least: int, times: tuple[str, ...], settings: Settings
) -> Iterator[_Twin]:
    """The pairs of forms among which enough values, and most of those that both hold, are the same."""
    pairs, pair = np.unique(np.stack([ledger.form[mine], ledger.form[theirs]]), axis=1, return_inverse=True)
    pair = pair.reshape(-1)
    equal = np.bincount(pair)
    weight = np.bincount(pair, weights=np.log10(np.abs(ledger.totals[mine].astype(np.float64))))
    many = np.flatnonzero((equal >= settings.number("least")) & (weight >= settings.number("weight")))
    if not len(many):
        return
    held = _held(ledger, np.unique(pairs[:, many]), least, times)
    share = settings.number("share")
    for chosen in many.tolist():
        common = len(held[int(pairs[0, chosen])] & held[int(pairs[1, chosen])])
        if equal[chosen] >= share * common:
            members = np.array(
                sorted(np.flatnonzero(pair == chosen).tolist(), key=lambda row: ledger.code(int(mine[row])))
            )
            yield _Twin(tuple(mine[members].tolist()), tuple(theirs[members].tolist()), common)


def _held(ledger: Ledger, forms: Ints, least: int, times: tuple[str, ...]) -> dict[int, set[int]]:
    """Of each form, the families of these time natures of which it holds a telling value."""
    sums = ledger.sums
    actual = ledger.families(*times, scenario="actual") & ~ledger.rates
    entries = np.flatnonzero(actual[sums.family])
    form = ledger.form[entries]
    inside = np.isin(form, forms)
    entries, form = entries[inside], form[inside]
    telling = np.abs(ledger.totals[entries]) >= least
    held: dict[int, set[int]] = {int(one): set() for one in forms}
    for one, family in zip(form[telling].tolist(), sums.family[entries[telling]].tolist(), strict=True):
        held[one].add(family)
    return held


def _of_two_divisions(panel: Panel, settings: Settings) -> Iterator[_Twin]:
    """Forms of two divisions, neither above the other, that hold the same values for one period."""
    ledger, sums = panel.ledger, panel.sums
    if len(sums.divisions) < 2:
        return
    least = 10 ** (int(settings.number("digits")) - 1)
    entries = _telling(ledger, ("flow", "stock"), least)
    series = (ledger.series * (2 * len(sums.periods)) + ledger.when)[entries]
    found = _repeated(sums.total[entries], series)
    if len(found) < settings.number("least"):
        return
    first, second = _pairs(found, sums.total[entries], series, int(settings.number("group")))
    mine, theirs = entries[first], entries[second]
    turned = sums.division[mine] < sums.division[theirs]
    mine, theirs = np.where(turned, theirs, mine), np.where(turned, mine, theirs)
    related = _above(ledger, sums.division[mine], sums.division[theirs])
    mine, theirs = mine[~related], theirs[~related]
    if len(mine):
        yield from _twins(ledger, mine, theirs, least, ("flow", "stock"), settings)


def _telling(ledger: Ledger, times: tuple[str, ...], least: int) -> Ints:
    """Entries of actual reports of these time natures, in no rate, with so many digits."""
    chosen = ledger.families(*times, scenario="actual") & ~ledger.rates
    size = np.abs(ledger.sums.total) >= least
    telling: Ints = np.flatnonzero(size & chosen[ledger.sums.family] if not chosen.all() else size)
    return telling


def _repeated(values: npt.NDArray[Any], groups: Ints) -> Ints:
    """Which of the values occur more than once in their group."""
    if values.dtype == object:
        values = np.array([hash(value) for value in values], np.int64)
    key = values.astype(np.int64).view(np.uint64) * _MIX
    key ^= key >> _TURN
    key += groups.view(np.uint64)
    key *= _MIX
    ordered = np.sort(key)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(again):
        return np.zeros(0, np.int64)
    marks = np.zeros(int(_LOW) + 1, np.bool_)
    marks[again & _LOW] = True
    maybe = np.flatnonzero(marks[key & _LOW])
    found: Ints = maybe[np.isin(key[maybe], again)]
    return found


def _pairs(found: Ints, values: npt.NDArray[Any], groups: Ints, most: int) -> tuple[Ints, Ints]:
    """All pairs of equal values within a group, where not more than `most` hold the value."""
    number_of = distinct(groups[found])[1]
    same = np.unique(values[found], return_inverse=True)[1].reshape(-1)
    kind = distinct(number_of * (int(same.max(initial=0)) + 1) + same)[1]
    found = found[(np.bincount(kind)[kind] <= most)]
    kind = kind[np.bincount(kind)[kind] <= most]
    order = np.argsort(kind, kind="stable")
    found, kind = found[order], kind[order]
    first, second = [], []
    for step in range(1, most):
        together = np.flatnonzero(kind[step:] == kind[:-step])
        first.append(found[together])
        second.append(found[together + step])
    return np.concatenate(first or [found[:0]]), np.concatenate(second or [found[:0]])


def _above(ledger: Ledger, one: Ints, other: Ints) -> npt.NDArray[np.bool_]:
    """Whether one of two divisions lies above the other."""

    @cache
    def line(division: int) -> frozenset[int]:
        return frozenset(ledger.places.line(int(ledger.nodes[division])))

    nodes = ledger.nodes
    related = [
        int(nodes[a]) in line(b) or int(nodes[b]) in line(a) for a, b in zip(one.tolist(), other.tolist(), strict=True)
    ]
    return np.array(related, np.bool_)


def _twin_finding(panel: Panel, settings: Settings, twin: _Twin) -> Finding:
    at, other = twin.entries[0], twin.others[0]
    where = {key: value for key, value in panel.where(at).items() if key != "measure"}
    shown = [
        f"{panel.sums.families[int(panel.sums.family[at])].measure} = {written(panel.exact(at))}" for at in twin.entries
    ]
    severity = settings.severity()
    again = panel.division(at) == panel.division(other)
    values: dict[str, object] = {
        "count": len(twin.entries),
        "common": twin.common,
        "division": panel.division(other),
        "period": str(panel.period(other)),
    }
    text = ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "")
    guess = hypothesis("sent_again" if again else "other_name", "0.7", **values)
    return Finding(
        "duplicate",
        "warning" if severity == "error" else severity,  # an error is one key twice, which is found when it is read
        where,
        "",
        f"{len(twin.entries)} / {twin.common}: {text}",
        (guess,),
        values,
        rule=settings.code(),
    )


def printed_twice(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """One telling number reported for two measures of one division and period.

    Among many reports numbers meet by chance. A pair is spoken of where so many reports would hardly
    bring one about, or where the number is what one of the two measures usually is and far from the other's.
    """
    ledger, sums = panel.ledger, panel.sums
    if settings.rule() is None or len({family.measure for family in sums.families}) < 2:
        return
    digits = int(settings.number("digits"))
    entries = _telling(ledger, ("flow", "stock", "standard"), 10 ** (digits - 1))
    scale = np.array([10.0**measure.decimals for measure in ledger.measures])
    values = (sums.total[entries].astype(np.float64) / scale[sums.family[entries]]).view(np.int64)
    forms = ledger.form[entries]
    found = _repeated(values, forms)
    if not len(found):
        return
    first, second = _pairs(found, values, forms, int(settings.number("group")))
    pairs = islice(_seldom_equal(panel, entries[first], entries[second], digits, settings), _LOOKED_AT)
    joined, count = _joined(panel.catalogue), len(distinct(forms)[0])
    told = [pair for pair in pairs if _is_told(panel, pair, joined, len(entries), count, settings)]
    yield from most("printed_twice", settings, told, lambda pair: _pair_finding(panel, settings, pair))


def _seldom_equal(
    panel: Panel, first: Ints, second: Ints, digits: int, settings: Settings
) -> Iterator[tuple[int, int]]:
    """Pairs of a telling number whose measures are not often equal."""
    sums, ledger = panel.sums, panel.ledger
    family = [sums.family[first].tolist(), sums.family[second].tolist()]
    times = Counter(zip(*family, strict=True))
    reports = np.bincount(sums.family)
    for one, other, mine, theirs in zip(first.tolist(), second.tolist(), *family, strict=True):
        often = times[mine, theirs] > max(1, settings.number("often") * min(reports[mine], reports[theirs]))
        if ledger.measures[mine] is not ledger.measures[theirs] and not often and _significant(panel, one) >= digits:
            yield one, other


def _significant(panel: Panel, at: int) -> int:
    """How many digits of a value say something: those before the zeros at its end."""
    return len(str(abs(int(panel.sums.total[at]))).rstrip("0"))


def _joined(catalogue: Catalogue) -> Pairs:
    """The pairs of measures that stand in one formula or one rule; these may well be equal."""
    groups = [
        {node.code for node in walk(indicator.tree) if isinstance(node, Name)} for indicator in catalogue.indicators
    ]
    for rule in catalogue.rules:
        sides = [side for side in (rule.left, rule.right) if side is not None]
        groups.append(
            {node.code for side in sides for node in walk(side) if isinstance(node, Name)} | set(rule.measures)
        )
    return frozenset(frozenset(pair) for group in groups for pair in combinations(sorted(group), 2))


def _is_told(panel: Panel, pair: tuple[int, int], joined: Pairs, reports: int, forms: int, settings: Settings) -> bool:
    """Whether chance would hardly do it, or the two measures' own histories tell which number is a copy.

    Measures that a formula or rule joins may be equal by right, so that only their histories tell.
    """
    digits = _significant(panel, pair[0])
    expected = reports * max(0.0, reports / max(forms, 1) - 1) / 2 / (9.0 * 10.0 ** (digits - 1))
    measures = frozenset(panel.measure(at).code for at in pair)
    if expected < settings.number("chance") and measures not in joined:
        return True
    off = [_off(panel, at) for at in pair]
    return max(off) >= settings.number("off") and min(off) <= settings.number("fits")


def _off(panel: Panel, at: int) -> float:
    """How far a value is from its reporter's others, in their robust spreads; 0 where there are too few."""
    sums, ledger, history = panel.sums, panel.ledger, panel.ledger.history(at)
    grain = ledger.grain[sums.period]
    alike = (grain[history] == grain[at]) & (sums.cumulative[history] == sums.cumulative[at]) & (history != at)
    others = sums.total[history[alike]].astype(np.float64)
    if len(others) <= _SHOWN:
        return 0.0
    middle = float(np.median(others))
    spread = 1.4826 * float(np.median(np.abs(others - middle))) + 0.02 * abs(middle) + 1
    return abs(float(sums.total[at]) - middle) / spread


def _pair_finding(panel: Panel, settings: Settings, pair: tuple[int, int]) -> Finding:
    one, other = sorted(pair, key=lambda at: (-_off(panel, at), panel.measure(at).code))
    mine, theirs = panel.measure(one), panel.measure(other)
    shown = written(panel.exact(one))
    guesses: tuple[Hypothesis, ...] = ()
    if _off(panel, one) >= settings.number("off"):
        guesses = (hypothesis("copied_from", "0.7", other=theirs.code),)
    return Finding(
        "printed_twice",
        settings.severity(mine.code),
        panel.where(one),
        shown,
        f"{mine.code} = {theirs.code} = {shown}",
        guesses,
        {"value": shown, "other": theirs.code},
        rule=settings.code(mine.code),
    )
