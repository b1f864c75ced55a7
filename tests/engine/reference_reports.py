"""The reference's reports: which one stands for what at a division and in a period (design §3).

How a measure finds its value at a division and a period, for a key (the columns that are fixed; all others are total):

    flow       own report  >  own reports of parts  >  children, if anyone below reported the period  >  its parts in time
    stock      own report  >  own reports of parts, if at least as recent as what is below            >  children
    standard   as a stock, but never carried, and the common value in place of a sum
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from libminsheng.vocabulary.periods import GRAINS, Period

Node = str | tuple[str, str]
"""A division, or ("*", division): the division's own report as one more part of it (parents="own")."""

Key = frozenset[tuple[str, str]]
"""The columns that are filled in, with their values; a column that is not among them is the total."""


@dataclass(frozen=True)
class Value:
    """What stands at a division and a period: a number, or nothing (missing), or something that does not add up."""

    number: Fraction | None = None
    broken: bool = False
    carried: bool = False
    estimated: bool = False
    own: bool = False
    """Whether the division's own report stands here, rather than those of its children."""

    @property
    def missing(self) -> bool:
        return self.number is None and not self.broken


MISSING = Value()


def joined(values: Iterable[Value], combine: Callable[[list[Fraction]], Fraction | None]) -> Value:
    there = [value for value in values if not value.missing]
    if not there:
        return MISSING
    numbers = [value.number for value in there if value.number is not None]
    number = combine(numbers) if len(numbers) == len(there) else None
    return Value(
        number,
        broken=number is None,
        carried=any(value.carried for value in there),
        estimated=any(value.estimated for value in there),
        own=any(value.own for value in there),
    )


def add(numbers: list[Fraction]) -> Fraction:
    return sum(numbers, Fraction(0))


def common_of(numbers: list[Fraction]) -> Fraction | None:
    return numbers[0] if len(set(numbers)) == 1 else None


@dataclass(frozen=True)
class Tree:
    parents: Mapping[str, str | None]
    own_is_a_part: bool = False

    def lineage(self, division: str) -> list[str]:
        found: list[str] = []
        step: str | None = division
        while step is not None:
            found.append(step)
            step = self.parents[step]
        return found

    def holder(self, division: str) -> Node:
        """Where a division's own reports hang."""
        return ("*", division) if self.own_is_a_part else division

    def children(self, node: Node) -> list[Node]:
        if isinstance(node, tuple):
            return []
        found: list[Node] = [("*", node)] if self.own_is_a_part else []
        return found + sorted(code for code, parent in self.parents.items() if parent == node)

    def below(self, node: Node) -> list[Node]:
        return [found for child in self.children(node) for found in (child, *self.below(child))]


@dataclass(frozen=True)
class Stretch:
    """A calendar period, or (so_far) its year from the beginning to the period's end."""

    period: Period
    so_far: bool = False

    @property
    def first(self) -> int:
        return self.period.year.first_month if self.so_far else self.period.first_month

    @property
    def last(self) -> int:
        return self.period.last_month

    def holds(self, first: int, last: int) -> bool:
        return self.first <= first and last <= self.last

    def parts(self) -> list[Stretch]:
        if self.so_far:
            return [Stretch(part) for part in _largest(self.period.year, self.first, self.last)]
        return [Stretch(part) for part in self.period.parts()]


def _largest(period: Period, first: int, last: int) -> Iterator[Period]:
    """The largest calendar periods, at or within `period`, that lie between two months."""
    if first <= period.first_month and period.last_month <= last:
        yield period
    elif period.first_month <= last and first <= period.last_month:
        for part in period.parts():
            yield from _largest(part, first, last)


@dataclass(frozen=True)
class Gap:
    """Months that a year_to_date report added and that are no calendar period; `home` is the smallest around them."""

    first: int
    last: int
    value: Value
    home: Period


def _smaller(home: Period, stretch: Stretch) -> bool:
    """Whether a calendar period is one of the parts of a stretch, or within one."""
    inside = stretch.holds(home.first_month, home.last_month)
    return inside and (stretch.so_far or home != stretch.period)


def _meet(home: Period, gap: Gap) -> bool:
    return home.first_month <= gap.last and gap.first <= home.last_month


@dataclass
class Reports:
    """What one division reported for one key of one measure, scenario and issuer."""

    at: dict[Period, Value] = field(default_factory=dict)
    cumulative: dict[Period, Value] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, basis: str, period: Period, value: Value) -> None:
        held = self.cumulative if basis == "year_to_date" else self.at
        held[period] = joined([held.get(period, MISSING), value], add)

    def difference(self) -> None:
        """Count the cumulative reports as reports of the periods between them; a period's own report outranks."""
        by_end: dict[int, tuple[Period, Value]] = {}
        for period in sorted(self.cumulative, key=lambda period: GRAINS.index(period.grain)):
            by_end[period.last_month] = (period, self.cumulative[period])
        before: tuple[int, Value] | None = None
        for end, (period, value) in sorted(by_end.items()):
            first = period.year.first_month
            number, estimated = value.number, value.estimated
            assert number is not None
            if before is not None and before[0] >= first:
                assert before[1].number is not None
                first, number, estimated = before[0] + 1, number - before[1].number, estimated or before[1].estimated
            gain = Value(number, estimated=estimated)
            homes = [Period.of(grain, end, period.year_starts) for grain in GRAINS]
            home = next(home for home in homes if home.first_month <= first and end <= home.last_month)
            if (home.first_month, home.last_month) == (first, end):
                self.at.setdefault(home, gain)
            else:
                self.gaps.append(Gap(first, end, gain, home))
            before = (end, value)

    def ends(self) -> dict[int, Value]:
        """The cumulative reports by the month in which they end; the coarser label wins."""
        ordered = sorted(self.cumulative, key=lambda period: GRAINS.index(period.grain))
        return {period.last_month: self.cumulative[period] for period in ordered}

    def spans(self) -> list[tuple[int, int]]:
        found = [(period.first_month, period.last_month) for period in self.at]
        return found + [(gap.first, gap.last) for gap in self.gaps]

    def open_gaps(self, stretch: Stretch) -> list[Gap]:
        """The gaps that no smaller period than this stretch can take in, and those that these cut off from theirs."""
        inside = [gap for gap in self.gaps if stretch.holds(gap.first, gap.last)]
        found = [gap for gap in inside if not _smaller(gap.home, stretch)]
        while True:
            cut = [gap for gap in inside if gap not in found and any(_meet(gap.home, other) for other in found)]
            if not cut:
                return found
            found += cut


@dataclass
class Pool:
    """All reports of one measure, scenario and issuer."""

    tree: Tree
    time: str
    reports: dict[Node, dict[Key, Reports]] = field(default_factory=dict)

    def at(self, node: Node, fixed: Key) -> list[tuple[Key, Reports]]:
        """A node's own reports of this key and of its parts."""
        return [(key, held) for key, held in self.reports.get(node, {}).items() if fixed <= key]

    def value(self, node: Node, stretch: Stretch, fixed: Key) -> Value:
        return self.flow(node, stretch, fixed) if self.time == "flow" else self.state(node, stretch.period, fixed)

    # -- flows

    def reported(self, held: Reports, stretch: Stretch) -> bool:
        exact = stretch.last in held.ends() if stretch.so_far else stretch.period in held.at
        return exact or bool(held.open_gaps(stretch))

    def own(self, node: Node, stretch: Stretch, key: Key) -> Value:
        held = self.reports.get(node, {}).get(key)
        if held is None or not self.reported(held, stretch):
            return MISSING
        if stretch.so_far and stretch.last in held.ends():
            return replace(held.ends()[stretch.last], own=True)
        if not stretch.so_far and stretch.period in held.at:
            return replace(held.at[stretch.period], own=True)
        gaps = held.open_gaps(stretch)
        covered = {month for gap in gaps for month in range(gap.first, gap.last + 1)}
        rest = [self.flow(node, Stretch(part), key) for part in _outside(stretch, covered)]
        return replace(joined([*(gap.value for gap in gaps), *rest], add), own=True)

    def flow(self, node: Node, stretch: Stretch, fixed: Key) -> Value:
        own = self.own(node, stretch, fixed)
        if not own.missing:
            return own
        if any(self.reported(held, stretch) for _, held in self.at(node, fixed)):
            return self.margins(node, stretch, fixed, add)
        below = (held for lower in self.tree.below(node) for _, held in self.at(lower, fixed))
        if any(self.reported(held, stretch) for held in below):
            return self.of_children(node, stretch, fixed, add)
        return joined((self.flow(node, part, fixed) for part in stretch.parts()), add)

    # -- stocks and standards

    def selected(self, held: Reports, period: Period) -> tuple[int, Value] | None:
        """The latest report in the period, else (of a stock) the latest of the twelve months before its end."""
        within = [found for found in held.at if period.contains(found)]
        before = [
            found
            for found in held.at
            if found.last_month < period.first_month and period.last_month - found.last_month <= 12
        ]
        pool = within or (before if self.time == "stock" else [])
        if not pool:
            return None
        latest = max(pool, key=lambda found: (found.last_month, GRAINS.index(found.grain)))
        return latest.last_month, replace(held.at[latest], carried=not within, own=True)

    def state(self, node: Node, period: Period, fixed: Key) -> Value:
        combine = add if self.time == "stock" else common_of
        own = {key: found for key, held in self.at(node, fixed) if (found := self.selected(held, period))}
        below = [
            found[0]
            for lower in self.tree.below(node)
            for _, held in self.at(lower, fixed)
            if (found := self.selected(held, period))
        ]
        recent = own[fixed][0] if fixed in own else max((end for end, _ in own.values()), default=None)
        if recent is not None and recent >= max(below, default=recent):
            if fixed in own:
                return own[fixed][1]
            return self.margins(node, Stretch(period), fixed, combine)
        if below:
            return self.of_children(node, Stretch(period), fixed, combine)
        return MISSING

    # -- both

    def of_children(
        self, node: Node, stretch: Stretch, fixed: Key, combine: Callable[[list[Fraction]], Fraction | None]
    ) -> Value:
        children = (self.value(child, stretch, fixed) for child in self.tree.children(node))
        return replace(joined(children, combine), own=False)

    def margins(
        self, node: Node, stretch: Stretch, fixed: Key, combine: Callable[[list[Fraction]], Fraction | None]
    ) -> Value:
        """The total of a key of which the division itself reported only parts: its own, and its children's others."""
        seen = {key for lower in (node, *self.tree.below(node)) for key, _ in self.at(lower, fixed) if fixed < key}
        parts = [key for key in seen if not self.value(node, stretch, key).missing]
        general = [key for key in parts if not any(other < key for other in parts)]
        columns = sorted({column for key in general for column, _ in key - fixed})
        shared = [column for column in columns if all(column in dict(key) for key in general)]

        def over(column: str) -> Value:
            cells = sorted({(column, dict(key)[column]) for key in seen if column in dict(key)})
            return joined((self.value(node, stretch, fixed | {cell}) for cell in cells), combine)

        if shared:
            return replace(over(shared[0]), own=True)
        return replace(joined((over(column) for column in columns), common_of), own=True)


def _outside(stretch: Stretch, covered: set[int]) -> Iterator[Period]:
    """The largest periods of a stretch that hold none of the covered months."""
    pending = [stretch.period.year] if stretch.so_far else [stretch.period]
    while pending:
        period = pending.pop()
        months = set(range(period.first_month, period.last_month + 1))
        if not months & set(range(stretch.first, stretch.last + 1)):
            continue
        if not months & covered and stretch.holds(period.first_month, period.last_month):
            yield period
        else:
            pending.extend(period.parts())
