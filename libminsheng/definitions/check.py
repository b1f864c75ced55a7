"""What a formula means, checked when it is defined: names, units, time, breakdowns, circles.

Nothing here looks at facts. A formula that passes has a value for any facts at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

from libminsheng.definitions.formula import Binary, Call, Filter, Formula, Name, Negative, Number, walk
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.parse import Parsed
from libminsheng.errors import Fault, Place, UnitError, nearest
from libminsheng.vocabulary.units import Unit, unit

__all__ = ["WELL_KNOWN_BREAKDOWNS", "Nature", "Scope", "check_formula", "circles", "unit_of"]

WELL_KNOWN_BREAKDOWNS: Final = frozenset(
    [
        "project",
        "issuer",
        "sex",
        "gender",
        "age",
        "age_group",
        "kind",
        "type",
        "category",
        "tier",
        "domain",
        "residence",
        "area",
        "urban_rural",
        "region",
        "school",
        "stage",
        "grade",
        "level",
        "hukou",
        "nationality",
        "disability",
        "facility",
        "source",
        "fund_source",
        "status",
        "channel",
        "项目",
        "下达单位",
        "性别",
        "年龄",
        "年龄段",
        "类型",
        "类别",
        "层级",
        "领域",
        "居住地",
        "城乡",
        "地区",
        "学校",
        "学段",
        "年级",
        "等级",
        "户籍",
        "民族",
        "残疾类别",
        "机构",
        "资金来源",
    ]
)
"""Columns that facts are commonly broken down by; a measure may declare others."""

Dimension = tuple[tuple[str, int], ...]
Ratio = Literal["no", "rate", "points"]

_SCENARIOS: Final = ("target", "baseline")
_QUANTITIES: Final = frozenset(["元", "分", "公里", "平方米", "亩", "立方米", "吨", "秒", "天", "月", "课时"])
"""What is measured and not counted, so that it cannot be the size of a sample."""
_SCORE: Final[Dimension] = (("分", 1),)


@dataclass(frozen=True)
class Nature:
    """What a part of a formula is: what it counts, whether it varies, whether it is a rate or a
    difference of rates, whether it is a standard, which never adds up.
    """

    dimension: Dimension = ()
    constant: bool = False
    zero: bool = False
    ratio: Ratio = "no"
    standard: bool = False


@dataclass
class Scope:
    """The definitions that a formula may name; natures and measures of indicators are worked out once."""

    measures: Mapping[str, Measure]
    indicators: Mapping[str, Sequence[Indicator]]
    _natures: dict[str, Nature | None] = field(default_factory=dict)
    _below: dict[str, tuple[Measure, ...]] = field(default_factory=dict)
    _declared: frozenset[str] | None = None

    @property
    def breakdowns(self) -> frozenset[str]:
        """Every breakdown that some measure declares."""
        if self._declared is None:
            self._declared = frozenset(column for measure in self.measures.values() for column in measure.breakdowns)
        return self._declared

    def nature(self, code: str) -> Nature | None:
        """What an indicator is, by its first edition; None while it is being worked out or is faulty."""
        if code not in self._natures:
            self._natures[code] = None
            tree = self.indicators[code][0].tree
            checker = _Checker(self, Parsed(tree))
            self._natures[code] = checker.nature(tree)
        return self._natures[code]

    def measures_of(self, tree: Formula) -> Iterator[Measure]:
        """The measures that a formula comes down to."""
        for node in walk(tree):
            if not isinstance(node, Name):
                continue
            if node.code in self.measures:
                yield self.measures[node.code]
            elif node.code in self.indicators:
                yield from self._measures_below(node.code)

    def _measures_below(self, code: str) -> tuple[Measure, ...]:
        if code not in self._below:
            self._below[code] = ()  # who comes back to it in a circle finds nothing more
            trees = [edition.tree for edition in self.indicators[code]]
            self._below[code] = tuple(dict.fromkeys(one for tree in trees for one in self.measures_of(tree)))
        return self._below[code]

    def suggestions(self, word: str) -> list[str]:
        """The codes that a name nobody knows may have been meant to be."""
        names = {text: code for code, one in self.measures.items() for text in (one.name.zh, one.name.en) if text}
        found = nearest(word, [*self.measures, *self.indicators, *names], 3)
        return list(dict.fromkeys(names.get(one, one) for one in found))


def check_formula(parsed: Parsed, result: str, scope: Scope) -> list[Fault]:
    """Every fault of one formula whose value is declared to be in the unit `result`."""
    checker = _Checker(scope, parsed)
    found = checker.nature(parsed.tree)
    checker.check_years()
    if found is not None and not checker.faults:
        checker.check_result(found, result)
    return checker.faults


def unit_of(formula: Formula, scope: Scope) -> str:
    """The unit that a sound formula's value can be printed in: the base units of what it counts, % of a ratio.

    >>> import libminsheng as ms
    >>> known = ms.catalogue()
    >>> unit_of(ms.parse("year_to_date(funds_spent)"), Scope(known.measures, {}))
    '元'
    """
    found = _Checker(scope, Parsed(formula)).nature(formula)
    if found is None or found.dimension:
        return "1" if found is None else _shown(found.dimension)
    return "百分点" if found.ratio == "points" else "%"


def circles(indicators: Mapping[str, Sequence[Indicator]]) -> list[list[str]]:
    """Circles among indicators, as the codes along each: without their indicators there is none left.

    No indicator is in two of them, since of few indicators there may be more circles than anybody could read.
    """
    uses = {
        code: list(
            dict.fromkeys(
                n.code for e in editions for n in walk(e.tree) if isinstance(n, Name) and n.code in indicators
            )
        )
        for code, editions in indicators.items()
    }
    done: set[str] = set()
    found: list[list[str]] = []
    for start, names in uses.items():
        path = {} if start in done else {start: iter(names)}
        while path:
            code = next(reversed(path))
            below = next(path[code], None)
            if below is None:
                done.add(code)
                del path[code]
            elif below in path:
                along = list(path)
                circle = along[along.index(below) :]
                found.append([*circle, below])
                done.update(circle)
                for one in circle:
                    del path[one]
            elif below not in done:
                path[below] = iter(uses[below])
    return found


class _Checker:
    """Walks one formula from the leaves up."""

    def __init__(self, scope: Scope, parsed: Parsed) -> None:
        self._scope, self._parsed = scope, parsed
        self.faults: list[Fault] = []

    def _fault(
        self, code: str, node: Formula, near: Callable[[], Sequence[str]] | None = None, **values: object
    ) -> None:
        place = Place(position=self._parsed.position(node))
        self.faults.append(Fault(f"definitions.{code}", place, {"text": str(node), **values}, near))

    def check_years(self) -> None:
        """All measures of one formula count the same statistical year."""
        measures = {measure.code: measure for measure in self._scope.measures_of(self._parsed.tree)}
        starts = sorted({measure.year_starts for measure in measures.values()})
        if len(starts) > 1:
            shown = ", ".join(f"{m.code} ({m.year_starts})" for m in measures.values())
            self._fault("years_differ", self._parsed.tree, measures=shown)

    def check_result(self, found: Nature, text: str) -> None:
        """Whether a value of this nature can be given in a unit."""
        tree = self._parsed.tree
        try:
            declared = unit(text)
        except UnitError as error:
            self.faults.extend(error.faults)
            return
        if found.zero:
            return
        if found.dimension != declared.dimension:
            self._fault("result_unit", tree, unit=text, found=_shown(found.dimension))
        elif declared.points and found.ratio != "points":
            self._fault("no_points", tree)
        elif text in ("%", "‰") and found.ratio == "points":
            self._fault("points", tree, unit=text)

    def nature(self, node: Formula, scenario: str | None = None) -> Nature | None:
        """What a node is; None where a fault below keeps that from being known."""
        match node:
            case Number(value):
                return Nature(constant=True, zero=value == 0)
            case Name(code):
                return self._name(node, code)
            case Filter():
                return self._filter(node)
            case Negative(operand):
                return self.nature(operand, scenario)
            case Binary():
                left, right = self.nature(node.left, scenario), self.nature(node.right, scenario)
                return None if left is None or right is None else self._binary(node, left, right)
            case Call():
                return self._call(node, scenario)
        raise TypeError(node)

    def _name(self, node: Name, code: str) -> Nature | None:
        measure = self._scope.measures.get(code)
        if measure is not None:
            return _measured(measure)
        if code in self._scope.indicators:
            return self._scope.nature(code)
        self._fault("unknown_name", node, lambda: self._scope.suggestions(code), name=code)
        return None

    def _filter(self, node: Filter) -> Nature | None:
        found = self._name(node.operand, node.operand.code)
        measure = self._scope.measures.get(node.operand.code)
        if found is not None and measure is None:
            self._fault("filter_indicator", node)
            return None
        for condition in node.conditions:
            known = self._breakdowns(measure)
            if measure is not None and condition.column not in known:
                self._fault(
                    "breakdown",
                    node,
                    partial(nearest, condition.column, known),
                    column=condition.column,
                    measure=measure.code,
                )
            if len(condition.values) > 1 and condition.column == "issuer":
                self._fault("issuers_added", node)
            elif len(condition.values) > 1 and measure is not None and measure.time == "standard":
                self._fault("standard_added", node)
        return found

    def _breakdowns(self, measure: Measure | None) -> frozenset[str]:
        if measure is not None and measure.breakdowns:
            return frozenset(measure.breakdowns) | {"project", "issuer"}
        return WELL_KNOWN_BREAKDOWNS | self._scope.breakdowns

    def _binary(self, node: Binary, left: Nature, right: Nature) -> Nature | None:
        if node.operator in "+-":
            return self._sum(node, left, right)
        sign = 1 if node.operator == "*" else -1
        dimension = _product(left.dimension, right.dimension, sign)
        if node.operator == "/" and right.zero:
            self._fault("by_zero", node)
            return None
        ratio: Ratio = "no"
        if right.constant or (left.constant and node.operator == "*"):
            ratio = left.ratio if right.constant else right.ratio
        elif not dimension and (node.operator == "/" or "rate" in (left.ratio, right.ratio)):
            ratio = "rate"
        standard = (left.standard and right.constant) or (right.standard and left.constant)
        return Nature(dimension, left.constant and right.constant, left.zero and node.operator == "/", ratio, standard)

    def _sum(self, node: Binary, left: Nature, right: Nature) -> Nature | None:
        if node.operator == "+" and (left.standard or right.standard) and not (left.constant or right.constant):
            self._fault("standard_added", node)
            return None
        if left.zero:
            return right
        if right.zero:
            return left
        if left.dimension != right.dimension:
            self._fault("units_differ", node, left=_shown(left.dimension), right=_shown(right.dimension))
            return None
        ratio: Ratio = "no"
        if left.ratio == right.ratio == "rate":
            ratio = "points" if node.operator == "-" else "rate"
        elif "rate" in (left.ratio, right.ratio):
            ratio = "rate"
        elif "points" in (left.ratio, right.ratio):
            ratio = "points"
        return Nature(left.dimension, left.constant and right.constant, False, ratio, left.standard or right.standard)

    def _call(self, node: Call, scenario: str | None) -> Nature | None:
        function = node.function
        if function == "time_progress":
            return Nature(ratio="rate")
        if function in _SCENARIOS:
            if scenario is not None:
                self._fault("scenario_twice", node, inner=function, outer=scenario)
            scenario = function
        natures = [self.nature(argument, scenario) for argument in node.arguments]
        if function == "year_to_date":
            self._check_cumulative(node)
        if function == "weighted":
            self._check_weighted(node)
        known = [nature for nature in natures if nature is not None]
        if len(known) < len(natures):
            return None
        first = known[0]
        if function == "share":
            return Nature(ratio="rate")
        if function == "weighted":
            return Nature(first.dimension, ratio=first.ratio)
        if function == "margin":
            return self._margin(node, known)
        for argument, nature in zip(node.arguments[1:], known[1:], strict=True):
            if not first.zero and not nature.zero and nature.dimension != first.dimension:
                self._fault("units_differ", argument, left=_shown(first.dimension), right=_shown(nature.dimension))
                return None
        main = next((nature for nature in known if not nature.constant), first)
        return Nature(main.dimension, all(n.constant for n in known), False, main.ratio, any(n.standard for n in known))

    def _margin(self, node: Call, natures: list[Nature]) -> Nature | None:
        """A share's margin is in points; a mean score's is in 分, and its squares are score by score, summed."""
        part, sample = natures[:2]
        counted = len(sample.dimension) == 1 and sample.dimension[0][1] == 1 and not sample.standard
        if not counted or sample.dimension[0][0] in _QUANTITIES:
            self._fault("margin_sample", node.arguments[1], found=_shown(sample.dimension))
        elif len(natures) == 2:
            if part.zero or part.dimension == sample.dimension:
                return Nature(ratio="points")
            shown = [_shown(nature.dimension) for nature in (part, sample)]
            self._fault("margin_share", node, part=shown[0], sample=shown[1])
        elif _product(part.dimension, sample.dimension, -1) != _SCORE:
            wanted = _shown(_product(_SCORE, sample.dimension, 1))
            self._fault("margin_total", node.arguments[0], found=_shown(part.dimension), wanted=wanted)
        elif natures[2].dimension != _product(part.dimension, _SCORE, 1):
            wanted = _shown(_product(part.dimension, _SCORE, 1))
            self._fault("margin_squares", node.arguments[2], found=_shown(natures[2].dimension), wanted=wanted)
        else:
            return Nature(_SCORE)
        return None

    def _check_cumulative(self, node: Call) -> None:
        for measure in self._scope.measures_of(node):
            if measure.time != "flow":
                self._fault(f"cumulative_{measure.time}", node, measure=measure.code)

    def _check_weighted(self, node: Call) -> None:
        for number, argument in enumerate(node.arguments):
            leaf: Formula = argument
            while isinstance(leaf, Call) and leaf.function in (
                "target",
                "baseline",
                "previous",
                "year_ago",
                "full_year",
            ):
                leaf = leaf.arguments[0]
            measure = None
            if isinstance(leaf, Name | Filter):
                code = leaf.code if isinstance(leaf, Name) else leaf.operand.code
                measure = self._scope.measures.get(code)
                if measure is None and code not in self._scope.indicators:
                    continue
            if measure is None:
                self._fault("weighted_measure", argument)
            elif number == 0 and measure.time != "standard":
                self._fault("weighted_standard", argument, measure=measure.code)
            elif number == 1 and measure.time == "standard":
                self._fault("weighted_heads", argument, measure=measure.code)


def _measured(measure: Measure) -> Nature:
    try:
        found: Unit = unit(measure.unit)
    except UnitError:
        return Nature(standard=measure.time == "standard")
    ratio: Ratio = "points" if found.points else "rate" if measure.unit in ("%", "‰") else "no"
    return Nature(found.dimension, ratio=ratio, standard=measure.time == "standard")


def _product(left: Dimension, right: Dimension, sign: int) -> Dimension:
    powers = dict(left)
    for name, power in right:
        powers[name] = powers.get(name, 0) + sign * power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def _shown(dimension: Dimension) -> str:
    """A dimension as a unit is written; ``1`` for a plain number."""

    def words(sign: int) -> str:
        return "·".join(
            name + ("" if abs(power) == 1 else str(abs(power))) for name, power in dimension if power * sign > 0
        )

    below = words(-1)
    return (words(1) or "1") + (f"/({below})" if "·" in below else f"/{below}" if below else "")
