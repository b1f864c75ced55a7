"""Two values in each other's place (两数互换): their exchange removes a contradiction, or two outliers at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from libminsheng.checks.capped import most, shown, written
from libminsheng.checks.expected import printed
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.identities import Identity, aligned, broken, totals
from libminsheng.checks.panel import Panel
from libminsheng.checks.sentences import sentence
from libminsheng.checks.settings import Settings, settings_of
from libminsheng.checks.suspects import Numbers, Suspects, suspects
from libminsheng.vocabulary.text import Text

__all__ = ["Swap", "explained", "swapped", "swapped_values"]

_CROWD: Final = 400
"""Among more suspects of one place and period nobody looks for pairs."""


@dataclass(frozen=True)
class Swap:
    """Two entries in each other's place, what kind of pair they are, and the arithmetic."""

    first: int
    second: int
    kind: str
    arithmetic: str
    weight: str


def swapped_values(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Two values whose exchange removes a contradiction, or two outliers at once."""
    yield from most("swapped_values", settings, swapped(panel), lambda swap: _finding(panel, settings, swap))


def swapped(panel: Panel) -> Sequence[Swap]:
    """The pairs that stand in each other's place; found once for all checks."""
    found = panel.shared.get("swaps")
    if found is None:
        settings = settings_of(panel.catalogue.rules).get("swapped_values")
        asked = settings is not None and settings.rule() is not None
        found = panel.shared["swaps"] = tuple(_all(panel, settings)) if settings is not None and asked else ()
    assert isinstance(found, tuple)
    return found


def _all(panel: Panel, settings: Settings) -> Iterator[Swap]:
    taken: set[int] = set()
    for source in (_ranked(panel, settings), _mended(panel, settings), _outliers(panel, settings)):
        for swap in source:
            if swap.first not in taken and swap.second not in taken:
                taken |= {swap.first, swap.second}
                yield swap


def _finding(panel: Panel, settings: Settings, swap: Swap) -> Finding:
    first, second = shown(panel, swap.first), shown(panel, swap.second)
    code = panel.measure(swap.first).code
    place = panel.where(swap.second)
    other = {
        "measures": panel.measure(swap.second).name,
        "divisions": Text.of(place["division"]),
        "periods": Text.of(place["period"]),
    }[swap.kind]
    exchanged = sentence("swap_exchanged", first=first, second=second, other=other)
    return Finding(
        "swapped_values",
        settings.severity(code),
        panel.where(swap.first),
        seen=first,
        arithmetic=swap.arithmetic,
        hypotheses=(
            Hypothesis(exchanged, Decimal(swap.weight)),
            hypothesis("value_true", "0.1"),
        ),
        words=sentence("swapped_values", first=first, second=second, other=other),
        rule="swapped_values",
        beside=(place,),
    )


# ------------------------------------------------------------------------ pairs of which one is never less


def _ranked(panel: Panel, settings: Settings) -> Iterator[Swap]:
    """Pairs that a rule lists, the greater first, where the greater is the less."""
    for rule in settings.rules:
        if len(rule.measures) == 2 and rule.severity != "off":
            yield from _lower(panel, *rule.measures)


def _lower(panel: Panel, greater: str, lesser: str) -> Iterator[Swap]:
    for grain in panel.grains(greater):
        high, low = panel.grid(greater, grain), panel.grid(lesser, grain)
        if high is None or low is None:
            continue
        at = aligned(low, high)
        values = totals(panel, low.measure, at)
        for row, column in zip(*np.nonzero(totals(panel, high.measure, high.at) < values), strict=True):
            first, second = int(high.at[row, column]), int(at[row, column])
            yield Swap(first, second, "measures", f"{shown(panel, first)} < {shown(panel, second)}", "0.8")


# ------------------------------------------------------------------------------- sums that an exchange mends


def _mended(panel: Panel, settings: Settings) -> Iterator[Swap]:
    """Exchanges after which sums hold that do not: a total with a part of it, or parts of two totals."""
    families: dict[tuple[object, ...], dict[int, list[Identity]]] = {}
    for identity in broken(panel):
        families.setdefault((identity.kind, *identity.family), {}).setdefault(identity.off, []).append(identity)
    least = settings.number("least_difference")
    for offs in families.values():
        for off, some in offs.items():
            for identity in some:
                yield from _with_its_total(panel, identity)
            if off > 0 and len(some) == 1 and len(offs.get(-off, ())) == 1:
                scale = 10.0 ** -panel.measure(some[0].total).decimals
                if off * scale >= least:
                    yield from _across(panel, some[0], offs[-off][0])


def _with_its_total(panel: Panel, identity: Identity) -> Iterator[Swap]:
    """Total − Σ parts is twice total − part: as they stand the part is greater than its total."""
    total = int(panel.sums.total[identity.total])
    fitting = [part for part in identity.parts if 2 * (total - int(panel.sums.total[part])) == identity.off]
    if len(fitting) == 1 and len(identity.parts) > 1 and total >= 0:
        rest = panel.exact(fitting[0]) - panel.exact(identity.total)
        sign = f"{shown(panel, fitting[0])} = {shown(panel, identity.total)} + {written(rest)}"
        kind = {"parent": "divisions", "year": "periods"}.get(identity.kind, "measures")
        yield Swap(identity.total, fitting[0], kind, sign, "0.9")


def _across(panel: Panel, over: Identity, under: Identity) -> Iterator[Swap]:
    """One total is too great by as much as the other is too small: a part here is a part there."""
    values = {int(panel.sums.total[at]): at for at in under.members}
    for at in over.parts:
        other = values.get(int(panel.sums.total[at]) + over.off)
        if other is not None and other in under.parts:
            kind = {"parent": "divisions", "year": "periods"}.get(over.kind, "measures")
            off = written(panel.exact(other) - panel.exact(at))
            yield Swap(at, other, kind, f"{shown(panel, other)} - {shown(panel, at)} = {off}", "0.9")
            return


# --------------------------------------------------------------------------------- two outliers at once


def _outliers(panel: Panel, settings: Settings) -> Iterator[Swap]:
    """Two values that are each what the other should be: of two measures, two divisions or two periods."""
    found = suspects(panel)
    times, within = np.log(settings.number("times")), settings.number("within")
    found = found.take((found.distance >= settings.number("distance")) & (np.abs(found.off) >= times))
    if len(found) < 2:
        return
    division, period = panel.sums.division[found.at], panel.sums.period[found.at]
    pairs: list[tuple[float, Swap]] = []
    for kind, keys in (
        ("measures", (division, period)),
        ("periods", (found.which, division)),
        ("divisions", (found.which, period)),
    ):
        for members in _groups(keys):
            for left, right in _matching(found, members, within):
                if kind == "measures" and not _alike(panel, found, left, right):
                    continue
                rest = abs(float(found.log[left] - found.centre[right])) + abs(
                    float(found.log[right] - found.centre[left])
                )
                pairs.append((rest, _pair(panel, found, kind, left, right)))
    for _, swap in sorted(pairs, key=lambda pair: (pair[0], pair[1].first, pair[1].second)):
        yield swap


def _groups(keys: Sequence[Numbers]) -> Iterable[list[int]]:
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, key in enumerate(zip(*(key.tolist() for key in keys), strict=True)):
        groups.setdefault(key, []).append(number)
    return [members for members in groups.values() if 2 <= len(members) <= _CROWD]


def _matching(found: Suspects, members: list[int], within: float) -> Iterator[tuple[int, int]]:
    """Pairs of which each is near what the other should be, and one is too great, the other too small."""
    mine = np.array(members)
    off = np.abs(found.log[mine][:, None] - found.centre[mine][None, :])
    fits = off <= np.minimum(within * found.plain[mine][None, :], np.log(2.5))
    for left, right in zip(*np.nonzero(np.triu(fits & fits.T, 1)), strict=True):
        rest, were = off[left, right] + off[right, left], np.abs(found.off[mine[[left, right]]]).sum()
        if found.off[mine[left]] * found.off[mine[right]] < 0 and were > 2 * rest:
            yield int(mine[left]), int(mine[right])


def _alike(panel: Panel, found: Suspects, left: int, right: int) -> bool:
    """Whether two measures were reported alike, so that their reports may be exchanged as they stand."""
    return bool(panel.sums.cumulative[found.at[left]] == panel.sums.cumulative[found.at[right]])


def _pair(panel: Panel, found: Suspects, kind: str, left: int, right: int) -> Swap:
    first, second = int(found.at[left]), int(found.at[right])
    sign = (
        f"{shown(panel, first)} ≈ {printed(found.expected(right))}, "
        f"{shown(panel, second)} ≈ {printed(found.expected(left))}"
    )
    return Swap(first, second, kind, sign, "0.8")


def explained(panel: Panel) -> Mapping[int, Swap]:
    """Each entry that a swap explains."""
    return {at: swap for swap in swapped(panel) for at in (swap.first, swap.second)}
