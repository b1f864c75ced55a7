"""Evaluate: a formula over sums, for many divisions and periods at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from typing import Final

import numpy as np

from libminsheng.definitions.formula import Binary, Call, Filter, Formula, Name, Negative, Number
from libminsheng.engine.exact import Quantity, Ratio
from libminsheng.engine.levels import Bools
from libminsheng.engine.places import Ints
from libminsheng.engine.plan import measure_factor
from libminsheng.engine.reported import Found, Reported, Series, Times
from libminsheng.engine.sampling import mean_margin, share_margin
from libminsheng.engine.sums import Cell
from libminsheng.engine.weighing import weigh

__all__ = ["Asked", "Operand", "Sheet"]

_SCENARIOS: Final = ("target", "baseline")
_TIMES: Final[Mapping[str, Callable[[Times], Times]]] = {
    "previous": lambda times: times.earlier(1),
    "year_ago": Times.year_ago,
    "full_year": Times.full_year,
    "year_to_date": lambda times: replace(times, cumulative=True),
}


@dataclass(frozen=True)
class Asked:
    """Where in a formula's functions an operand stands: of which scenario, time and division it is asked."""

    times: Times
    scenario: str = "actual"
    above: bool = False
    wrapping: tuple[str, ...] = ()

    def within(self, function: str) -> Asked:
        """The same inside one more function."""
        wrapping = (*self.wrapping, function)
        if function in _SCENARIOS:
            return replace(self, scenario=function, wrapping=wrapping)
        return replace(self, times=_TIMES[function](self.times), wrapping=wrapping)

    def text(self, formula: Formula) -> str:
        """The operand as a reader would write it, functions around it included."""
        return "".join(f"{function}(" for function in self.wrapping) + str(formula) + ")" * len(self.wrapping)


@dataclass(frozen=True)
class Operand:
    """One measure as one formula asks for it."""

    text: str
    measure: str
    series: list[Series]
    cells: list[Cell]
    asked: Asked


@dataclass
class Sheet:
    """One breakdown of one indicator: `rows` are divisions, columns are periods.

    `operands` lists every operand met, in the formula's order; its place there is its bit in a
    ratio's `missing`.
    """

    reported: Reported
    rows: Ints
    times: Times
    by: Mapping[str, str]
    operands: list[Operand] = field(default_factory=list)

    def value(self, formula: Formula) -> Ratio:
        """The formula's exact value at every division and period, row by row."""
        return self._visit(formula, Asked(self.times)).broadcast(len(self.rows) * len(self.times.periods))

    def sides(self, formula: Binary) -> tuple[Ratio, Bools, Bools]:
        """The value of a single division, and where its upper and its lower side are known by themselves."""
        asked, rows = Asked(self.times), len(self.rows) * len(self.times.periods)
        left, right = self._visit(formula.left, asked), self._visit(formula.right, asked)
        upper, lower = (np.broadcast_to(side.usable, (rows,)) for side in (left, right))
        return (left / right).broadcast(rows), upper, lower

    def value_at(self, formula: Formula, asked: Asked) -> Fraction | None:
        """The exact value of a part of the formula at the first division and period, if it has one."""
        ratio = self._visit(formula, asked).broadcast(len(self.rows) * len(self.times.periods))
        if not ratio.usable[0]:
            return None
        top = int(ratio.top.numbers[0]) * ratio.top.factor
        return top if ratio.bottom is None else top / (int(ratio.bottom.numbers[0]) * ratio.bottom.factor)

    def operand(self, node: Name | Filter, asked: Asked) -> Operand:
        """The operand that a measure is, as it was asked for."""
        return self._operand(node, asked)[1]

    def _visit(self, node: Formula, asked: Asked) -> Ratio:
        match node:
            case Number():
                return Ratio.constant(node.exact)
            case Name() | Filter():
                return self._measure(node, asked)
            case Negative(operand):
                return -self._visit(operand, asked)
            case Binary(operator, left, right):
                a, b = self._visit(left, asked), self._visit(right, asked)
                if operator == "+":
                    return a + b
                if operator == "-":
                    return a - b
                return a * b if operator == "*" else a / b
            case Call():
                return self._call(node, asked)
        raise TypeError(node)

    def _call(self, node: Call, asked: Asked) -> Ratio:
        function, arguments = node.function, node.arguments
        if function in _SCENARIOS or function in _TIMES:
            return self._visit(arguments[0], asked.within(function))
        if function == "time_progress":
            return Ratio.plain(Quantity.of(self._periodic(asked.times.elapsed), Fraction(1, 12)))
        if function == "annualised":
            months = Ratio.plain(Quantity.of(self._periodic(asked.times.months), Fraction(1)))
            return self._visit(arguments[0], asked) * Ratio.constant(Fraction(12)) / months
        if function == "share":
            return self._visit(arguments[0], asked) / self._above(node, asked)
        if function == "weighted":
            return self._weighted(arguments[0], arguments[1], asked)
        values = [self._visit(argument, asked) for argument in arguments]
        if function == "coalesce":
            return values[0].or_else(values[1])
        if function == "abs":
            return values[0].absolute()
        if function == "margin":
            return share_margin(*values) if len(values) == 2 else mean_margin(*values)
        return reduce(lambda a, b: a.pick(b, larger=function == "max"), values)

    def _above(self, node: Call, asked: Asked) -> Ratio:
        """A share's argument in the division above; what is missing there is the share itself."""
        above = replace(asked, above=True, wrapping=(*asked.wrapping, "share"))
        ratio = self._visit(node.arguments[0], above).broadcast(len(self.rows) * len(asked.times.periods))
        if not ratio.missing.any():
            return ratio
        bit = self._bit(asked.text(node), self.operands[-1])
        missing = np.where(ratio.missing != 0, np.uint64(1 << bit), np.uint64(0))
        return replace(ratio, missing=missing)

    def _periodic(self, numbers: Ints) -> Ints:
        """One number for each period, repeated for every division."""
        return np.tile(numbers, len(self.rows))

    def _rows(self, asked: Asked) -> Ints:
        if not asked.above:
            return self.rows
        return self.reported.places.parent[self.rows]

    def _operand(self, node: Name | Filter, asked: Asked) -> tuple[int, Operand]:
        text = asked.text(node)
        for bit, known in enumerate(self.operands):
            if known.text == text and known.asked.above == asked.above:
                return bit, known
        name, filters = (node, {}) if isinstance(node, Name) else (node.operand, _filters(node))
        issuers = filters.pop("issuer", (self.by["issuer"],) if "issuer" in self.by else None)
        series: list[Series] = []
        if issuers != ():
            series = self.reported.series(
                name.code, asked.scenario, issuers[0] if issuers else None, any_issuer=issuers is None
            )
        operand = Operand(text, name.code, series, self.reported.cells(self.by, filters), asked)
        self.operands.append(operand)
        return len(self.operands) - 1, operand

    def _measure(self, node: Name | Filter, asked: Asked) -> Ratio:
        bit, operand = self._operand(node, asked)
        if not operand.series:
            return _absent(bit)
        found = self.reported.find(operand.series, operand.cells, asked.times, self._rows(asked))
        factor = measure_factor(self.reported.catalogue.measures[operand.measure])
        return _ratio(found, factor, bit)

    def _weighted(self, standard: Formula, heads: Formula, asked: Asked) -> Ratio:
        """The mean of a standard; what stands in its way is named by its own two operands."""
        prices, counts = self._leaf(standard, asked), self._leaf(heads, asked)
        price, count = self._visit(*prices), self._visit(*counts)
        one, two = self.operand(*prices), self.operand(*counts)
        shape = (len(self.rows), len(asked.times.periods))
        size = shape[0] * shape[1]
        lacking = price.missing | count.missing
        if len(one.series) == len(two.series) == len(one.cells) == len(two.cells) == 1:
            top, bottom, paired, broken = weigh(
                one.series[0], two.series[0], (one.cells[0], two.cells[0]), prices[1].times, self._rows(asked)
            )
        else:
            top = bottom = np.zeros(shape, np.int64)
            paired = np.zeros(shape, np.bool_)
            broken = np.broadcast_to(len(one.series) > 1 or len(two.series) > 1, shape)
        unpaired = ~paired.reshape(size)
        mixed = broken.reshape(size)
        lacking = np.broadcast_to(lacking, (size,))
        lone = unpaired & (lacking == 0) & ~mixed
        pair_bit = self.operands.index(two)
        missing = np.where(unpaired & ~mixed, lacking, 0).astype(np.uint64)
        missing |= np.where(lone, np.uint64(1 << pair_bit), np.uint64(0))
        factors = [measure_factor(self.reported.catalogue.measures[o.measure]) for o in (one, two)]
        weights = Quantity.of(bottom.reshape(size), factors[1])
        return Ratio(
            Quantity.of(top.reshape(size), factors[0] * factors[1]),
            weights,
            missing,
            np.asarray((weights.numbers == 0) & ~unpaired & ~mixed, np.bool_),
            mixed,
            np.broadcast_to(price.flags | count.flags, (size,)),
        )

    def _bit(self, text: str, like: Operand) -> int:
        """The bit of something that can be missing without being a measure: a pair, a division above."""
        for bit, known in enumerate(self.operands):
            if known.text == text:
                return bit
        self.operands.append(replace(like, text=text, asked=replace(like.asked, above=True)))
        return len(self.operands) - 1

    def _leaf(self, node: Formula, asked: Asked) -> tuple[Name | Filter, Asked]:
        """The measure under scenario and time functions."""
        while isinstance(node, Call):
            asked = asked.within(node.function)
            node = node.arguments[0]
        assert isinstance(node, Name | Filter)
        return node, asked


def _filters(node: Filter) -> dict[str, tuple[str, ...]]:
    """Each filtered column's values; two filters on one column leave what both allow."""
    filters: dict[str, tuple[str, ...]] = {}
    for condition in node.conditions:
        allowed = filters.get(condition.column, condition.values)
        filters[condition.column] = tuple(value for value in dict.fromkeys(condition.values) if value in allowed)
    return filters


def _absent(bit: int) -> Ratio:
    """An operand of which nothing was ever reported: the same everywhere, so one row stands for all."""
    no = np.zeros(1, np.bool_)
    missing = np.array([1 << bit], np.uint64)
    return Ratio(Quantity(np.zeros(1, np.int64), Fraction(1), 0), None, missing, no, no, np.zeros(1, np.uint8))


def _ratio(found: Found, factor: Fraction, bit: int) -> Ratio:
    absent = ~(found.known | found.mixed)
    values = found.value if found.known.all() else np.where(found.known, found.value, 0)
    return Ratio(
        Quantity.of(values.reshape(-1), factor),
        None,
        absent.reshape(-1).astype(np.uint64) << np.uint64(bit),
        np.zeros(1, np.bool_),
        found.mixed.reshape(-1),
        found.flags.reshape(-1),
    )
