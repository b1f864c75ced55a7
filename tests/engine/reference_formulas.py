"""The reference's formulas: editions, operands, functions and statuses (design §3 and §4)."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from itertools import product

from libminsheng.definitions.formula import Binary, Call, Filter, Formula, Name, Negative, Number, walk
from tests.engine.reference_reports import MISSING, Key, Node, Pool, Stretch, Tree, Value, add, common_of, joined

SHIFTS = ("target", "baseline", "previous", "year_ago", "year_to_date", "full_year")


@dataclass(frozen=True)
class MeasureRule:
    code: str
    factor: Fraction = Fraction(1)
    time: str = "flow"
    year_starts: int = 1


@dataclass(frozen=True)
class IndicatorRule:
    code: str
    tree: Formula
    edition: str = "1"
    unit: str = "%"
    multiplier: Fraction = Fraction(100)
    decimals: int = 2
    rounding: str = "half_up"
    bounds: tuple[Decimal | None, Decimal | None] | None = None
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None
    default: bool = True
    verified: bool = True

    def in_force(self, day: datetime.date) -> bool:
        return (self.valid_from or day) <= day <= (self.valid_to or day)


@dataclass(frozen=True)
class Definitions:
    measures: Mapping[str, MeasureRule]
    indicators: Sequence[IndicatorRule]

    def in_force(self, code: str, day: datetime.date) -> IndicatorRule | None:
        found = [rule for rule in self.indicators if rule.code == code and rule.in_force(day)]
        found.sort(key=lambda rule: (rule.default, rule.valid_from or datetime.date.min))
        return found[-1] if found else None

    def inlined(self, node: Formula, day: datetime.date) -> Formula:
        if isinstance(node, Name) and node.code not in self.measures:
            rule = self.in_force(node.code, day)
            assert rule is not None, node.code
            return self.inlined(rule.tree, day)
        if isinstance(node, Binary):
            return Binary(node.operator, self.inlined(node.left, day), self.inlined(node.right, day))
        if isinstance(node, Negative):
            return Negative(self.inlined(node.operand, day))
        if isinstance(node, Call):
            return Call(node.function, tuple(self.inlined(argument, day) for argument in node.arguments))
        return node

    def year_starts(self, node: Formula) -> int:
        for part in walk(node):
            if isinstance(part, Name):
                if part.code in self.measures:
                    return self.measures[part.code].year_starts
                return self.year_starts(next(rule.tree for rule in self.indicators if rule.code == part.code))
        return 1


@dataclass(frozen=True)
class Context:
    division: str
    stretch: Stretch
    by: Key
    scenario: str = "actual"
    wrapped: tuple[str, ...] = ()

    def enter(self, function: str) -> Context:
        entered = replace(self, wrapped=(*self.wrapped, function))
        period = self.stretch.period
        match function:
            case "target" | "baseline":
                return replace(entered, scenario=function)
            case "previous":
                return replace(entered, stretch=replace(self.stretch, period=period.previous()))
            case "year_ago":
                return replace(entered, stretch=replace(self.stretch, period=period.year_ago()))
            case "full_year":
                return replace(entered, stretch=replace(self.stretch, period=period.year))
            case "year_to_date":
                return replace(entered, stretch=replace(self.stretch, so_far=True))
        raise AssertionError(function)

    def text(self, node: Formula) -> str:
        return "".join(f"{function}(" for function in self.wrapped) + str(node) + ")" * len(self.wrapped)


@dataclass(frozen=True)
class Operand:
    """A measure in a formula, with the filters and the functions around it."""

    measure: str
    filters: tuple[tuple[str, frozenset[str]], ...]
    context: Context
    text: str

    def allowed(self) -> dict[str, frozenset[str]]:
        """The values each fixed column may have, by filter and by breakdown."""
        found: dict[str, frozenset[str]] = {}
        for column, values in (*self.filters, *((column, frozenset({value})) for column, value in self.context.by)):
            found[column] = found.get(column, values) & values
        return found


def operand_of(node: Formula, context: Context) -> Operand:
    while isinstance(node, Call) and node.function in SHIFTS:
        context, node = context.enter(node.function), node.arguments[0]
    if isinstance(node, Filter):
        filters = tuple((condition.column, frozenset(condition.values)) for condition in node.conditions)
        return Operand(node.operand.code, filters, context, context.text(node))
    assert isinstance(node, Name), node
    return Operand(node.code, (), context, context.text(node))


def operands_of(node: Formula, context: Context) -> Iterator[Operand]:
    if isinstance(node, Call) and node.function in SHIFTS:
        yield from operands_of(node.arguments[0], context.enter(node.function))
    elif isinstance(node, Name | Filter):
        yield operand_of(node, context)
    else:
        for child in node.children():
            yield from operands_of(child, context)


@dataclass(frozen=True)
class Outcome:
    number: Fraction | None
    statuses: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()


def _merged(parts: Sequence[Outcome], number: Callable[[], Fraction]) -> Outcome:
    statuses = frozenset[str]().union(*(part.statuses for part in parts))
    return Outcome(
        number() if all(part.number is not None for part in parts) else None,
        statuses,
        tuple(dict.fromkeys(text for part in parts for text in part.missing)),
        frozenset[str]().union(*(part.flags for part in parts)),
    )


@dataclass
class Evaluation:
    definitions: Definitions
    tree: Tree
    pools: dict[tuple[str, str], dict[str | None, Pool]]

    def stands(self, operand: Operand, node: Node) -> Value:
        """The operand's value at a node; several issuers never add up."""
        measure = self.definitions.measures[operand.measure]
        allowed = operand.allowed()
        issuers = allowed.pop("issuer", None)
        keys = [frozenset(zip(allowed, cells, strict=True)) for cells in product(*map(sorted, allowed.values()))]
        combine = common_of if measure.time == "standard" else add
        standing = []
        for issuer, pool in self.pools.get((operand.measure, operand.context.scenario), {}).items():
            if issuers is None or issuer in issuers:
                values = [pool.value(node, operand.context.stretch, key) for key in keys]
                standing.append(joined(values, combine))
        there = [value for value in standing if not value.missing]
        if len(there) > 1:
            return replace(joined(there, common_of), number=None, broken=True)
        value = there[0] if there else MISSING
        return value if value.number is None else replace(value, number=value.number * measure.factor)

    def outcome(self, node: Formula, context: Context) -> Outcome:
        if isinstance(node, Number):
            return Outcome(node.exact)
        if isinstance(node, Name | Filter):
            operand = operand_of(node, context)
            return _outcome(self.stands(operand, context.division), [operand.text])
        if isinstance(node, Negative):
            inner = self.outcome(node.operand, context)
            return replace(inner, number=None if inner.number is None else -inner.number)
        if isinstance(node, Binary):
            return self.binary(node, context)
        assert isinstance(node, Call)
        if node.function in SHIFTS:
            return self.outcome(node.arguments[0], context.enter(node.function))
        return getattr(self, node.function)(node, context)

    def binary(self, node: Binary, context: Context) -> Outcome:
        left, right = self.outcome(node.left, context), self.outcome(node.right, context)
        if node.operator == "/":
            return _divided(left, right)
        operation = {"+": Fraction.__add__, "-": Fraction.__sub__, "*": Fraction.__mul__}[node.operator]
        return _merged([left, right], lambda: operation(left.number, right.number))

    def time_progress(self, node: Call, context: Context) -> Outcome:
        return Outcome(Fraction(context.stretch.period.elapsed_months, 12))

    def annualised(self, node: Call, context: Context) -> Outcome:
        inner = self.outcome(node.arguments[0], context)
        months = context.stretch.last - context.stretch.first + 1
        return _merged([inner], lambda: inner.number * 12 / months)

    def share(self, node: Call, context: Context) -> Outcome:
        part = self.outcome(node.arguments[0], context)
        parent = self.tree.parents[context.division]
        text = context.text(node)
        if parent is None:
            return _merged([part, Outcome(None, frozenset({"no_data"}), (text,))], lambda: Fraction(0))
        whole = self.outcome(node.arguments[0], replace(context, division=parent))
        return _divided(part, replace(whole, missing=(text,) if whole.missing else ()))

    def coalesce(self, node: Call, context: Context) -> Outcome:
        first = self.outcome(node.arguments[0], context)
        return self.outcome(node.arguments[1], context) if "no_data" in first.statuses else first

    def min(self, node: Call, context: Context) -> Outcome:
        parts = [self.outcome(argument, context) for argument in node.arguments]
        return _merged(parts, lambda: min(part.number for part in parts))

    def max(self, node: Call, context: Context) -> Outcome:
        parts = [self.outcome(argument, context) for argument in node.arguments]
        return _merged(parts, lambda: max(part.number for part in parts))

    def abs(self, node: Call, context: Context) -> Outcome:
        inner = self.outcome(node.arguments[0], context)
        return _merged([inner], lambda: abs(inner.number))

    def margin(self, node: Call, context: Context) -> Outcome:
        parts = [self.outcome(argument, context) for argument in node.arguments]
        size = parts[1].number
        if size == 0 or (size == 1 and len(parts) == 3):
            parts[1] = replace(parts[1], number=None, statuses=parts[1].statuses | {"zero_denominator"})
        return _merged(parts, lambda: _margin(*(part.number for part in parts)))

    def weighted(self, node: Call, context: Context) -> Outcome:
        standard, heads = (operand_of(argument, context) for argument in node.arguments)
        products, weights = self.pair(standard, heads, context.division)
        there = [self.stands(operand, context.division) for operand in (standard, heads)]
        flags = frozenset(name for name in ("carried", "estimated") if any(getattr(value, name) for value in there))
        if products.missing:
            absent = [op.text for op, value in zip((standard, heads), there, strict=True) if value.missing]
            return Outcome(None, frozenset({"no_data"}), tuple(absent or [heads.text]), flags)
        return replace(_divided(_outcome(products, []), _outcome(weights, [])), flags=flags)

    def pair(self, standard: Operand, heads: Operand, node: Node) -> tuple[Value, Value]:
        """Σ(standard × heads) and Σ heads over the reporters at or below a node."""
        rate, weight = self.stands(standard, node), self.stands(heads, node)
        common = weight.own and not rate.missing and not rate.broken
        if rate.own or common:
            if weight.missing:
                return MISSING, MISSING
            worth = None if rate.number is None or weight.number is None else rate.number * weight.number
            return Value(worth, broken=worth is None), weight
        pairs = [self.pair(standard, heads, child) for child in self.tree.children(node)]
        return joined((pair[0] for pair in pairs), add), joined((pair[1] for pair in pairs), add)


def _margin(part: Fraction, size: Fraction, squares: Fraction | None = None) -> Fraction:
    """1.96 standard errors: the number where it is one of 1/G, else the middle of the two around it."""
    mean = part / size
    variance = mean - mean**2 if squares is None else (squares - part**2 / size) / (size - 1)
    square = Fraction(196, 100) ** 2 * variance / size
    grid = 2 * 10**14 * mean.denominator
    with localcontext(prec=120):
        root = Decimal(abs(square).numerator * grid**2) / Decimal(abs(square).denominator)
        steps = int(root.sqrt().to_integral_value(ROUND_FLOOR))
    size_of_it = (
        Fraction(steps, grid) if Fraction(steps, grid) ** 2 == abs(square) else Fraction(2 * steps + 1, 2 * grid)
    )
    return size_of_it if square >= 0 else -size_of_it


def _outcome(value: Value, texts: list[str]) -> Outcome:
    if value.missing:
        return Outcome(None, frozenset({"no_data"}), tuple(texts))
    flags = frozenset(name for name in ("carried", "estimated") if getattr(value, name))
    return Outcome(value.number, frozenset({"not_additive"} if value.broken else ()), (), flags)


def _divided(left: Outcome, right: Outcome) -> Outcome:
    if right.number == 0:
        right = replace(right, number=None, statuses=right.statuses | {"zero_denominator"})
    return _merged([left, right], lambda: left.number / right.number)
