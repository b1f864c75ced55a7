"""Formulas: the tree of an indicator's definition.

A formula names measures and other indicators and joins them by arithmetic and by the functions
of `FUNCTIONS`. It is the same tree whether it was written as text (`parse`) or with Python's
operators, and it prints back as the text that gives it:

>>> from libminsheng.definitions.formula import m
>>> str(m.funds_used / m.funds_disbursed)
'funds_used / funds_disbursed'
>>> str((m.done[breakdown("kind") == "works"] - 1) * 100)
'(done[kind == "works"] - 1) * 100'
>>> str(m.done / f.full_year(f.target(m.done)))
'done / full_year(target(done))'

A formula is data. Nothing in it is ever run as code.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final, Literal

from libminsheng.errors import Fault, FormulaError

__all__ = [
    "FUNCTIONS",
    "Binary",
    "Breakdown",
    "Call",
    "Condition",
    "Filter",
    "Formula",
    "Functions",
    "Name",
    "Names",
    "Negative",
    "Number",
    "breakdown",
    "f",
    "m",
    "walk",
]

Operator = Literal["+", "-", "*", "/"]

FUNCTIONS: Final[dict[str, tuple[int, int | None]]] = {
    "target": (1, 1),
    "baseline": (1, 1),
    "previous": (1, 1),
    "year_ago": (1, 1),
    "year_to_date": (1, 1),
    "full_year": (1, 1),
    "time_progress": (0, 0),
    "annualised": (1, 1),
    "share": (1, 1),
    "weighted": (2, 2),
    "margin": (2, 3),
    "coalesce": (2, 2),
    "min": (1, None),
    "max": (1, None),
    "abs": (1, 1),
}
"""Each function's least and greatest number of arguments."""

_BINDING: Final = {"+": 1, "-": 1, "*": 2, "/": 2}


class Formula:
    """Any node of a formula's tree; Python's ``+ - * /`` and unary ``-`` join nodes.

    >>> str(1 - m.done / m.due)
    '1 - done / due'
    """

    __slots__ = ()

    def __add__(self, other: Formula | float | str | Decimal) -> Formula:
        return Binary("+", self, _node(other))

    def __radd__(self, other: Formula | float | str | Decimal) -> Formula:
        return Binary("+", _node(other), self)

    def __sub__(self, other: Formula | float | str | Decimal) -> Formula:
        return Binary("-", self, _node(other))

    def __rsub__(self, other: Formula | float | str | Decimal) -> Formula:
        return Binary("-", _node(other), self)

    def __mul__(self, other: Formula | float | str | Decimal) -> Formula:
        return Binary("*", self, _node(other))

    def __rmul__(self, other: Formula | float | str | Decimal) -> Formula:
        return Binary("*", _node(other), self)

    def __truediv__(self, other: Formula | float | str | Decimal) -> Formula:
        return Binary("/", self, _node(other))

    def __rtruediv__(self, other: Formula | float | str | Decimal) -> Formula:
        return Binary("/", _node(other), self)

    def __neg__(self) -> Formula:
        return Negative(self)

    def __pos__(self) -> Formula:
        return self

    def __abs__(self) -> Formula:
        return Call("abs", (self,))

    def __str__(self) -> str:
        return _text(self)

    def children(self) -> tuple[Formula, ...]:
        """The nodes directly below this one."""
        return ()


@dataclass(frozen=True, slots=True)
class Number(Formula):
    """A plain number, not below zero, kept as it was written: ``0.5``, ``1000``."""

    value: Decimal

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value.is_signed():
            raise FormulaError(Fault("definitions.number", values={"text": str(self.value)}))

    @property
    def exact(self) -> Fraction:
        return Fraction(self.value)

    __str__ = Formula.__str__


@dataclass(frozen=True, slots=True)
class Name(Formula):
    """A measure or an indicator, by its code."""

    code: str

    def __getitem__(self, condition: Condition) -> Filter:
        return Filter(self, (_condition(condition),))

    __str__ = Formula.__str__


@dataclass(frozen=True, slots=True)
class Condition:
    """A breakdown filter's test: the column holds one of these values."""

    column: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.column.isidentifier() or keyword.iskeyword(self.column):
            raise ValueError(f"{self.column!r} cannot name a column in a formula")
        if not self.values:
            raise ValueError(f"no value of {self.column} is given")

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{self.column} == {_quoted(self.values[0])}"
        return f"{self.column} in ({', '.join(map(_quoted, self.values))})"


@dataclass(frozen=True, slots=True)
class Filter(Formula):
    """A measure restricted to some values of its breakdowns: ``done[kind == "works"]``."""

    operand: Name
    conditions: tuple[Condition, ...]

    def __getitem__(self, condition: Condition) -> Filter:
        return Filter(self.operand, (*self.conditions, _condition(condition)))

    def children(self) -> tuple[Formula, ...]:
        return (self.operand,)

    __str__ = Formula.__str__


@dataclass(frozen=True, slots=True)
class Call(Formula):
    """One of `FUNCTIONS` applied to its arguments."""

    function: str
    arguments: tuple[Formula, ...]

    def children(self) -> tuple[Formula, ...]:
        return self.arguments

    __str__ = Formula.__str__


@dataclass(frozen=True, slots=True)
class Binary(Formula):
    """Two nodes joined by ``+``, ``-``, ``*`` or ``/``."""

    operator: Operator
    left: Formula
    right: Formula

    def children(self) -> tuple[Formula, ...]:
        return (self.left, self.right)

    __str__ = Formula.__str__


@dataclass(frozen=True, slots=True)
class Negative(Formula):
    """A node with its sign turned."""

    operand: Formula

    def children(self) -> tuple[Formula, ...]:
        return (self.operand,)

    __str__ = Formula.__str__


class Breakdown:
    """A breakdown column, to be compared in a filter: ``m.x[breakdown("sex") == "f"]``."""

    __slots__ = ("column",)
    __hash__ = None  # type: ignore[assignment]  # it compares into a Condition, so it cannot be a key

    def __init__(self, column: str) -> None:
        self.column = column

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # builds a tree, as polars.col does
        return Condition(self.column, (str(value),))

    def isin(self, *values: str) -> Condition:
        """The column holds one of `values`."""
        return Condition(self.column, tuple(values))


def breakdown(column: str) -> Breakdown:
    """A breakdown column, to be compared in a filter.

    >>> str(m.done[breakdown("kind").isin("works", "training")])
    'done[kind in ("works", "training")]'
    """
    return Breakdown(column)


class Names:
    """Measures and indicators by attribute: ``m.funds_used`` is ``Name("funds_used")``."""

    __slots__ = ()

    def __getattr__(self, code: str) -> Name:
        if code.startswith("__"):
            raise AttributeError(code)
        return Name(code)

    def __getitem__(self, code: str) -> Name:
        return Name(code)


m: Final = Names()


class Functions:
    """The functions of the formula language by attribute: ``f.target(m.done)`` is ``target(done)``."""

    __slots__ = ()

    def __getattr__(self, function: str) -> Callable[..., Call]:
        if function not in FUNCTIONS:
            raise AttributeError(f"a formula has no function {function}; there are {', '.join(FUNCTIONS)}")
        return lambda *arguments: Call(function, tuple(map(_node, arguments)))

    def __dir__(self) -> list[str]:
        return list(FUNCTIONS)


f: Final = Functions()


def walk(formula: Formula) -> Iterator[Formula]:
    """Every node of the tree, each before those below it, left to right."""
    pending = [formula]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children()))


def _node(value: Formula | float | str | Decimal) -> Formula:
    if isinstance(value, Formula):
        return value
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)  # a float is its shortest decimal
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    return Negative(Number(-number)) if number < 0 else Number(number)


def _condition(given: Condition) -> Condition:
    if not isinstance(given, Condition):
        raise TypeError('a filter is a comparison: m.done[breakdown("kind") == "works"]')
    return given


_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _quoted(value: str) -> str:
    return f'"{"".join(map(_letter, value))}"'


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _text(node: Formula) -> str:
    match node:
        case Number(value):
            return f"{value:f}"
        case Name(code):
            return code
        case Filter(operand, conditions):
            return operand.code + "".join(f"[{condition}]" for condition in conditions)
        case Call(function, arguments):
            return f"{function}({', '.join(map(_text, arguments))})"
        case Negative(operand):
            inner = _text(operand)
            return f"-({inner})" if isinstance(operand, Binary | Negative) else f"-{inner}"
        case Binary(operator, left, right):
            return f"{_side(left, operator, right=False)} {operator} {_side(right, operator, right=True)}"
    raise TypeError(node)


def _side(node: Formula, operator: Operator, *, right: bool) -> str:
    inner = _text(node)
    if isinstance(node, Binary):
        weaker = _BINDING[node.operator] < _BINDING[operator]
        same = _BINDING[node.operator] == _BINDING[operator]
        return f"({inner})" if weaker or (same and right) else inner
    return f"({inner})" if isinstance(node, Negative) and right else inner
