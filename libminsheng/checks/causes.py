"""One cause, one finding (一因一报): what another finding explains is not said again.

In this order:

1. An amount above an amount that is itself above a third: that the first is above the third follows.
2. A figure out of bounds whose measures a rule compares, or holds against heads and a standard, is that rule's to judge;
   of figures that are made of the same measures one is told.
3. What is found of a division is not repeated for the divisions above it, whose reports hold it too; of a ratio of the
   year so far the first period is told.
4. Where a value is likely a slip, a swap, a misprint or of another basis, the contradictions that it brings about are
   told with it: one finding, as grave as the gravest, with the arithmetic of both.

A finding is left out only beside the one that says it, so that `only` shows it again where its cause is not asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from libminsheng.checks.asked import entry_of, leaves
from libminsheng.checks.compare import prepared
from libminsheng.checks.finding import SEVERITIES, Finding
from libminsheng.checks.panel import Panel
from libminsheng.definitions.formula import Name
from libminsheng.definitions.rule import RULED, Rule
from libminsheng.vocabulary.periods import Period

__all__ = ["by_cause"]

CAUSES: Final = (
    "swapped_values",
    "unit_slip",
    "digits_transposed",
    "basis_confused",
    "stock_summed",
    "printed_twice",
    "duplicate",
    "blank_zero",
)
"""What explains a contradiction, the best explanation first."""

EFFECTS: Final = (
    "parent_differs",
    "part_exceeds_whole",
    "year_differs",
    "cumulative_falls",
    "out_of_bounds",
    "outlier",
)
"""What is explained, besides all that rules ask."""

LIKELY: Final = Decimal("0.5")
"""A cause explains other findings where its likeliest hypothesis weighs at least that."""

_ABOVE: Final = ("parent_differs", "outlier")
"""What a report below brings about in a division above it."""

_TOLD: Final = 3


@dataclass(frozen=True)
class _Place:
    """Where a finding lies, and the measures that it is about; none: all of a report."""

    division: str
    period: Period
    by: frozenset[tuple[str, str]]
    measures: frozenset[str]

    @property
    def stretch(self) -> tuple[int, int]:
        """The months that it is about, whatever month its year begins in."""
        return _stretch(self.period)


def by_cause(findings: Sequence[Finding], panel: Panel) -> list[Finding]:
    """The findings of a panel, each cause once."""
    if len(findings) < 2:
        return list(findings)
    reader = _Reader(panel)
    placed = [(finding, reader.place(finding)) for finding in findings]
    implied = reader.implied(placed)
    kept = [one for number, one in enumerate(placed) if number not in implied]
    kept = [one for one in kept if not reader.judged_by_a_rule(*one, kept)]
    kept = list({_figure(number, *one): one for number, one in reversed([*enumerate(kept)])}.values())[::-1]
    kept = [one for one, above in zip(kept, reader.above_others(kept), strict=True) if not above]
    kept = list({reader.year_so_far(number, *one): one for number, one in reversed([*enumerate(kept)])}.values())[::-1]
    return reader.merged(kept)


_Placed = tuple[Finding, _Place | None]


class _Reader:
    """Reads from findings what they are about."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.catalogue = panel, panel.catalogue
        self.rules: Mapping[str, Rule] = {rule.code: rule for rule in panel.catalogue.rules}
        self._of_rule: dict[str, frozenset[str]] = {}
        self._of_indicator: dict[str, frozenset[str]] = {}

    # ------------------------------------------------------------------------------ where and about what

    def place(self, finding: Finding) -> _Place | None:
        """Where a finding lies; None for one that has no place, as a note of how many more there are."""
        if not finding.where.get("division") or not finding.where.get("period"):
            return None
        return self._placed(finding.where, self._measures(finding))

    def _placed(self, where: Mapping[str, Any], measures: frozenset[str]) -> _Place:
        starts = {self.catalogue.measures[code].year_starts for code in measures}
        period = Period.parse(where["period"], starts.pop() if len(starts) == 1 else 1)
        return _Place(where["division"], period, frozenset(dict(where.get("by") or {}).items()), measures)

    def _measures(self, finding: Finding) -> frozenset[str]:
        rule = self.rules.get(finding.rule)
        if rule is not None and rule.check in RULED:
            return self._asked_by(rule)
        if "indicator" in finding.where:
            return self._made_of(str(finding.where["indicator"]))
        measure = str(finding.where.get("measure", ""))
        return frozenset([measure] if measure in self.catalogue.measures else [])

    def _asked_by(self, rule: Rule) -> frozenset[str]:
        if rule.code not in self._of_rule:
            sides = [leaves(prepared(side, rule, self.panel)) for side in (rule.left, rule.right) if side is not None]
            self._of_rule[rule.code] = frozenset(rule.measures).union(*sides)
        return self._of_rule[rule.code]

    def _made_of(self, code: str) -> frozenset[str]:
        if code not in self._of_indicator:
            last = max(period.last_day for period in self.panel.sums.periods)
            edition = self.catalogue.in_force(code, last)
            found = frozenset() if edition is None else leaves(self.catalogue.inlined(edition, last))
            self._of_indicator[code] = found
        return self._of_indicator[code]

    # --------------------------------------------------------------------------------------- what follows

    def implied(self, placed: Sequence[_Placed]) -> set[int]:
        """Comparisons a ≤ c that fail where a ≤ b and b ≤ c fail too."""
        spots: dict[tuple[object, ...], dict[tuple[str, str], int]] = defaultdict(dict)
        for number, (finding, place) in enumerate(placed):
            rule = self.rules.get(finding.rule)
            if place is None or rule is None or rule.check != "compare" or rule.comparison not in ("<=", "<"):
                continue
            if isinstance(rule.left, Name) and isinstance(rule.right, Name):
                spots[place.division, place.period, place.by][rule.left.code, rule.right.code] = number
        return {
            number
            for pairs in spots.values()
            for (low, high), number in pairs.items()
            if any((low, middle) in pairs and (middle, high) in pairs for _, middle in pairs)
        }

    def judged_by_a_rule(self, finding: Finding, place: _Place | None, others: Sequence[_Placed]) -> bool:
        """Whether a figure is out of bounds by what a rule about the same measures says, or finds right within its tolerance."""
        if place is None or finding.code != "out_of_bounds":
            return False
        for other, there in others:
            rule = self.rules.get(other.rule)
            if there is None or rule is None or rule.check != "compare" or not place.measures <= there.measures:
                continue
            if (there.division, there.period, there.by) == (place.division, place.period, place.by):
                return True
        return any(
            rule.check == "per_head" and rule.severity != "off" and place.measures <= set(rule.measures)
            and all(self._reported(code, place) for code in rule.measures[:3])
            for rule in self.catalogue.rules
        )  # fmt: skip

    def _reported(self, code: str, place: _Place) -> bool:
        return entry_of(self.panel, code, place.division, place.period, dict(place.by)) is not None

    def year_so_far(self, number: int, finding: Finding, place: _Place | None) -> object:
        """What the findings of a year on one ratio of the year so far share; every other finding is one by itself."""
        rule = self.rules.get(finding.rule)
        if place is None or rule is None or rule.check not in ("range", "per_head") or not rule.year_to_date:
            return number
        return finding.rule, place.division, place.by, place.period.grain, place.period.year.index

    def above_others(self, placed: Sequence[_Placed]) -> Iterator[bool]:
        """Whether each repeats for a division above what is found of one below it."""
        keys = [self._repeats(finding, place) for finding, place in placed]
        below: set[tuple[object, ...]] = set()
        for key, (_, place) in zip(keys, placed, strict=True):
            if key is not None and place is not None:
                below |= {(*key, above) for above in self.panel.tree.lineage(place.division)[1:]}
        for key, (_, place) in zip(keys, placed, strict=True):
            yield key is not None and place is not None and (*key, place.division) in below

    def _repeats(self, finding: Finding, place: _Place | None) -> tuple[object, ...] | None:
        rule = self.rules.get(finding.rule)
        asked = rule is not None and rule.check in RULED and rule.check != "rate"  # each prints its own rate
        derived = asked or finding.code in ("out_of_bounds", "outlier")
        if place is None or not derived:
            return None
        return finding.code, finding.severity, finding.rule, place.measures, place.period, place.by

    # ------------------------------------------------------------------------------------- cause and effect

    def merged(self, placed: Sequence[_Placed]) -> list[Finding]:
        """Each cause together with the contradictions that it explains."""
        spots: dict[str | None, list[tuple[int, _Place]]] = defaultdict(list)
        for number, (finding, place) in enumerate(placed):
            for spot in self._spots(finding, place):
                for code in spot.measures or (None,):
                    spots[code].append((number, spot))
        told: dict[int, list[Finding]] = defaultdict(list)
        kept: list[int] = []
        for number, (finding, place) in enumerate(placed):
            near: list[int] = []
            if spots and place is not None and self._is_effect(finding):
                found = (one for code in (*sorted(place.measures), None) for one in spots.get(code, ()))
                near = [cause for cause, spot in found if self._explains(placed[cause][0], spot, finding, place)]
            if near:
                told[min(near, key=lambda cause: CAUSES.index(placed[cause][0].code))].append(finding)
            else:
                kept.append(number)
        return [_with(placed[number][0], told[number]) if number in told else placed[number][0] for number in kept]

    def _spots(self, finding: Finding, place: _Place | None) -> Iterator[_Place]:
        """The reports that a likely cause is about: two of a swap."""
        if place is None or finding.code not in CAUSES:
            return
        if max((guess.weight for guess in finding.hypotheses), default=Decimal(0)) < LIKELY:
            return
        yield place
        for where in finding.beside:
            yield self._placed(where, frozenset([where["measure"]]))

    def _is_effect(self, finding: Finding) -> bool:
        rule = self.rules.get(finding.rule)
        asked = rule is not None and rule.check in RULED
        return finding.severity != "note" and (asked or finding.code in EFFECTS)

    def _explains(self, cause: Finding, spot: _Place, finding: Finding, place: _Place) -> bool:
        """Whether a finding lies where a cause would bring it about."""
        same = spot.division == place.division
        if not same and not (finding.code in _ABOVE and place.division in self.panel.tree.lineage(spot.division)):
            return False
        if same and finding.code == "parent_differs" and cause.code == "blank_zero":
            return False  # a 0 above children that are not 0 says more than that it is no blank
        if cause.code == "digits_transposed" and finding.code not in EFFECTS:
            return False  # digits that mend a sum by chance explain no comparison
        if spot.measures and spot.by != place.by and finding.code != "part_exceeds_whole":
            return False
        if cause.code == "basis_confused":
            return spot.period.year.index <= place.period.year.index  # it is told of a reporter's first year
        if finding.code == "year_differs":
            return place.period.contains(spot.period)
        if finding.code == "cumulative_falls":
            return spot.stretch in (place.stretch, _stretch(place.period.previous()))
        return spot.stretch == place.stretch


def _figure(number: int, finding: Finding, place: _Place | None) -> object:
    """What figures out of bounds share that are made of the same measures; every other finding is one by itself."""
    return place if finding.code == "out_of_bounds" and place is not None else number


def _stretch(period: Period) -> tuple[int, int]:
    return period.first_month, period.last_month


def _with(cause: Finding, effects: Sequence[Finding]) -> Finding:
    """A cause with what it brings about: the arithmetic of both, as grave as the gravest."""
    sums = [one.arithmetic for one in effects if one.arithmetic]
    told = [text for text in (cause.arithmetic, *sums[:_TOLD]) if text]
    severity = min((cause.severity, *(one.severity for one in effects)), key=SEVERITIES.index)
    return replace(cause, severity=severity, arithmetic="; ".join(told) + ("; …" if len(sums) > _TOLD else ""))
