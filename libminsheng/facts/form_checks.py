"""The checks that fit into a cell: what the form itself shows in red while it is filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from libminsheng.definitions.formula import Name
from libminsheng.definitions.rule import Rule
from libminsheng.facts.form import Asked, Form, Part
from libminsheng.facts.key import FormTable, Line
from libminsheng.vocabulary.units import unit

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

__all__ = ["bounds_of", "contradictions"]

_AGAINST: Final = {"<=": ">", "<": ">=", "==": "<>", "!=": "=", ">=": "<", ">": "<="}
"""What contradicts each comparison."""
_MOST_PARTS: Final = 200
_MOST_RULES: Final = 2_000


@dataclass(frozen=True)
class _Board:
    """Where a table's values stand on its page."""

    page: Worksheet
    styles: Mapping[str, Any]
    form: Form
    table: FormTable
    top: int
    left: int

    @property
    def asked(self) -> Mapping[str, Asked]:
        return {one.measure.code: one for one in self.form.asked}

    def cell(self, row: int, column: int, *, column_abs: bool = False, row_abs: bool = False) -> str:
        from xlsxwriter.utility import xl_rowcol_to_cell

        return str(xl_rowcol_to_cell(self.top + row, self.left + column, row_abs=row_abs, col_abs=column_abs))

    def span(self, first: tuple[int, int], last: tuple[int, int]) -> str:
        one = self.cell(*first)
        return one if first == last else f"{one}:{self.cell(*last)}"

    def mark(self, rows: tuple[int, int], columns: tuple[int, int], formula: str, style: str = "bad") -> None:
        rule = {"type": "formula", "criteria": formula, "format": self.styles[style]}
        box = (self.top + rows[0], self.left + columns[0], self.top + rows[1], self.left + columns[1])
        self.page.conditional_format(*box, rule)


def bounds_of(asked: Asked, rules: Sequence[Rule]) -> tuple[str | None, str | None]:
    """The least and the greatest value that a cell takes, in the unit that it is filled in.

    What is counted and what is a standard is never below zero; the rest is a `range` rule of a pack that
    calls whatever lies outside an error.
    """
    low = Fraction(0) if asked.counted or asked.measure.time == "standard" else None
    high = None
    for rule in rules:
        whole = rule.check == "range" and rule.severity == "error" and isinstance(rule.left, Name)
        if whole and isinstance(rule.left, Name) and rule.left.code == asked.measure.code:
            factor = unit(rule.unit).factor / unit(asked.unit).factor
            low = low if rule.low is None else Fraction(rule.low) * factor
            high = high if rule.high is None else Fraction(rule.high) * factor
    return (None if low is None else _number(low)), (None if high is None else _number(high))


def contradictions(
    page: Worksheet, styles: Mapping[str, Any], form: Form, table: FormTable, top: int, left: int, rules: Sequence[Rule]
) -> None:
    """Give a page its conditional formats: no text, sets above their subsets, totals of their parts."""
    board = _Board(page, styles, form, table, top, left)
    last = (len(table.rows) - 1, len(table.columns) - 1)
    first = board.cell(0, 0)
    board.mark((0, last[0]), (0, last[1]), f"=ISTEXT({first})")
    _subsets(board, rules)
    _totals(board)
    board.mark((0, last[0]), (0, last[1]), f"=AND(ISNUMBER({first}),{first}<0)", "doubt")


def _subsets(board: _Board, rules: Sequence[Rule]) -> None:
    by_column = board.form.layout == "flat"
    lines = board.table.columns if by_column else board.table.rows
    places: dict[tuple[str, frozenset[tuple[str, str]]], int] = {}
    for position, line in enumerate(lines):
        rest = frozenset(pair for pair in line.of.items() if pair[0] not in ("measure", "unit"))
        places[line.of["measure"], rest] = position
    across = len(board.table.rows if by_column else board.table.columns) - 1
    for rule, left, right in _plain(rules, board.asked):
        for (measure, rest), at in places.items():
            other = places.get((right, rest))
            if measure == left and other is not None:
                one = board.cell(0, at, column_abs=True) if by_column else board.cell(at, 0, row_abs=True)
                two = board.cell(0, other, column_abs=True) if by_column else board.cell(other, 0, row_abs=True)
                formula = _against(rule, one, two, board.asked[left], board.asked[right])
                for position in (at, other):
                    span = ((0, across), (position, position)) if by_column else ((position, position), (0, across))
                    board.mark(*span, formula, "bad" if rule.severity == "error" else "doubt")


def _plain(rules: Sequence[Rule], asked: Mapping[str, Asked]) -> Iterator[tuple[Rule, str, str]]:
    """The rules that compare two measures of the form, and nothing else."""
    for rule in rules:
        if rule.check == "compare" and rule.severity in ("error", "warning") and rule.comparison in _AGAINST:
            left, right = rule.left, rule.right
            if isinstance(left, Name) and isinstance(right, Name) and left.code in asked and right.code in asked:
                yield rule, left.code, right.code


def _against(rule: Rule, one: str, two: str, left: Asked, right: Asked) -> str:
    """A formula that is true where the rule is broken."""
    factors = (unit(left.unit).factor, unit(right.unit).factor)
    least = min(factors)
    sides = [
        cell if factor == least else f"{cell}*{_number(factor / least)}"
        for cell, factor in zip((one, two), factors, strict=True)
    ]
    assert rule.comparison is not None
    sign = _AGAINST[rule.comparison]
    room = _number(Fraction(rule.tolerance) / least) if rule.tolerance else ""
    if sign in (">", ">="):
        test = f"ROUND({sides[0]}-{sides[1]},6){sign}{room or 0}"
    elif sign in ("<", "<="):
        test = f"ROUND({sides[1]}-{sides[0]},6){'>' if sign == '<' else '>='}{room or 0}"
    else:
        test = f"ABS(ROUND({sides[0]}-{sides[1]},6)){'>' if sign == '<>' else '<='}{room or 0}"
    return f"=AND(ISNUMBER({one}),ISNUMBER({two}),{test})"


def _number(factor: Fraction) -> str:
    return f"{Decimal(factor.numerator) / Decimal(factor.denominator):f}"


def _totals(board: _Board) -> None:
    """Wholes that are not the sum of their parts, where all of these are filled in."""
    columns, rows = board.table.columns, board.table.rows
    for part in board.form.row_parts[:_MOST_RULES]:
        if len(part.parts) <= _MOST_PARTS:
            for first, last in _runs([_adds(_either(line, rows[part.whole]), board, part) for line in columns]):
                cells = [board.span((start, first), (end, first)) for start, end in _stretches(part.parts)]
                test = _unequal(board.cell(part.whole, first), cells, len(part.parts))
                board.mark((part.whole, part.whole), (first, last), test)
    for part in board.form.column_parts[:_MOST_RULES]:
        for first, last in _runs([_adds(_either(line, columns[part.whole]), board, part) for line in rows]):
            cells = [board.span((first, start), (first, end)) for start, end in _stretches(part.parts)]
            test = _unequal(board.cell(first, part.whole), cells, len(part.parts))
            board.mark((first, last), (part.whole, part.whole), test)


def _either(one: Line, other: Line) -> str:
    return one.of.get("measure") or other.of["measure"]


def _adds(code: str, board: _Board, part: Part) -> bool:
    measure = board.asked[code].measure
    ratio = unit(measure.unit).is_ratio
    return not ratio and (measure.time == "flow" or (measure.time == "stock" and not part.flows_only))


def _unequal(whole: str, cells: Sequence[str], count: int) -> str:
    parts = ",".join(cells)
    return f"=AND(ISNUMBER({whole}),COUNT({parts})={count},ROUND(SUM({parts})-{whole},6)<>0)"


def _stretches(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Positions as stretches without a gap."""
    first = before = positions[0]
    for position in positions[1:]:
        if position != before + 1:
            yield first, before
            first = position
        before = position
    yield first, before


def _runs(wanted: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The stretches of positions that are wanted."""
    positions = [position for position, wish in enumerate(wanted) if wish]
    if positions:
        yield from _stretches(positions)
