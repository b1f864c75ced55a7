"""The layout of a form to fill in: which values it asks for, and where.

A flat form has a row for each division and period and a column for each measure. A form of sheets
has a sheet for each reporter, with a row for each measure and a column for each period. Breakdowns and scenarios
add rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, Literal

from libminsheng.definitions.measure import Measure
from libminsheng.errors import EvaluationError, Fault, Language, say
from libminsheng.facts.key import FormKey, FormSheet, FormTable, Line
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.units import unit

__all__ = ["Asked", "Form", "FormLayout", "Part", "lay_out"]

FormLayout = Literal["flat", "sheets"]

MOST_CELLS: Final = 1_000_000
MOST_ROWS: Final = 1_000_000
MOST_COLUMNS: Final = 2_000
MOST_SHEETS: Final = 500
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True)
class Asked:
    """A measure as a form asks for it: the unit it is filled in, and the decimals that it may have."""

    measure: Measure
    unit: str
    decimals: int

    @classmethod
    def of(cls, measure: Measure, units: Sequence[str]) -> Asked:
        """In the first of `units` that fits, else in the measure's own."""
        own = unit(measure.unit)
        chosen = next((text for text in units if own.compatible(unit(text))), measure.unit)
        ratio, decimals = unit(chosen).factor / own.factor * 10**measure.decimals, 0
        while ratio > 1 and decimals < 15:
            ratio, decimals = ratio / 10, decimals + 1
        return cls(measure, chosen, decimals)

    @property
    def counted(self) -> bool:
        """Whether it is a number of things: whole and never below zero."""
        return self.decimals == 0 and self.measure.time != "standard" and bool(unit(self.unit).dimension)


@dataclass(frozen=True)
class Part:
    """A whole and its parts, by their positions among the rows or among the columns of a table."""

    whole: int
    parts: tuple[int, ...]
    flows_only: bool = False
    """In time only flows add up."""


@dataclass(frozen=True)
class Form:
    """A form before it is written."""

    key: FormKey
    layout: FormLayout
    asked: tuple[Asked, ...]
    lang: Language
    breakdowns: Mapping[str, Sequence[str]] = field(hash=False)
    reporters: tuple[str, ...]
    periods: tuple[Period, ...]
    row_parts: tuple[Part, ...] = ()
    column_parts: tuple[Part, ...] = ()


def lay_out(
    asked: Sequence[Asked],
    divisions: Sequence[str],
    periods: Sequence[Period],
    *,
    tree: DivisionTree,
    breakdowns: Mapping[str, Sequence[str]],
    scenario: bool,
    layout: FormLayout,
    lang: Language,
) -> Form:
    """Decide what stands where.

    Raises
    ------
    EvaluationError
        If nothing is asked, or more than a workbook holds.
    """
    groups = list(_groups(breakdowns, lang, scenario=scenario))
    remarks = (*(("scenario",) if scenario else ()), "approximate", "note")
    words = {name: say(f"forms.head_{name}", lang) for name in ("code", "division", "period", "measure", "unit")}
    _refuse_size(len(asked), len(divisions), len(periods), len(groups), layout)
    spans = [Line({"period": str(period)}, (period.text(lang),)) for period in periods]
    if layout == "flat":
        heads = (words["code"], words["division"], words["period"], *breakdowns)
        rows = tuple(
            Line(
                {"division": code} | dict(span.of) | dict(group.of), (code, tree.name(code), *span.label, *group.label)
            )
            for code, span, group in product(divisions, spans, groups)
        )
        columns = tuple(_measure_line(one, lang) for one in asked)
        table = FormTable(rows, columns, heads, remarks)
        sheets: tuple[FormSheet, ...] = (FormSheet("s0", say("forms.sheet", lang), {}, 0),)
        column_parts: tuple[Part, ...] = ()
    else:
        heads = (words["measure"], words["unit"], *breakdowns)
        rows = tuple(
            Line(dict(line.of) | dict(group.of), (one.measure.name.in_(lang), one.unit, *group.label))
            for (one, line), group in product([(one, _measure_line(one, lang)) for one in asked], groups)
        )
        table = FormTable(rows, tuple(spans), heads, remarks)
        names = _sheet_names([(code, tree.name(code)) for code in divisions])
        sheets = tuple(
            FormSheet(f"s{at}", name, {"division": code}, 0)
            for at, (code, name) in enumerate(zip(divisions, names, strict=True))
        )
        column_parts = tuple(_time_parts(periods))
    key = FormKey((table,), sheets)
    row_parts = tuple(_row_parts(rows, breakdowns, tree))
    return Form(key, layout, tuple(asked), lang, breakdowns, tuple(divisions), tuple(periods), row_parts, column_parts)


def _refuse_size(measures: int, divisions: int, periods: int, groups: int, layout: FormLayout) -> None:
    if not measures * divisions * periods:
        raise EvaluationError(Fault("forms.nothing"))
    cells = measures * divisions * periods * groups
    rows, columns = (divisions * periods * groups, measures) if layout == "flat" else (measures * groups, periods)
    sheets = 1 if layout == "flat" else divisions
    if cells > MOST_CELLS or rows > MOST_ROWS or columns > MOST_COLUMNS or sheets > MOST_SHEETS:
        values = {"cells": cells, "rows": rows, "columns": columns, "sheets": sheets}
        raise EvaluationError(Fault("forms.too_large", values=values))


def _groups(breakdowns: Mapping[str, Sequence[str]], lang: Language, *, scenario: bool) -> Iterator[Line]:
    """The rows that one division and period, or one measure, has: its total and its parts, for each scenario."""
    total = say("forms.total", lang)
    for name in ("actual", "target") if scenario else ("",):
        for values in product(*([None, *some] for some in breakdowns.values())):
            of = {column: value for column, value in zip(breakdowns, values, strict=True) if value is not None}
            label = tuple(total if value is None else value for value in values)
            yield Line(of | ({"scenario": name} if name else {}), label)


def _measure_line(asked: Asked, lang: Language) -> Line:
    label = say("forms.with_unit", lang, name=asked.measure.name.in_(lang), unit=asked.unit)
    return Line({"measure": asked.measure.code, "unit": asked.unit}, (label,))


def _sheet_names(divisions: Sequence[tuple[str, str]]) -> list[str]:
    """A sheet's name is short, holds no signs of a formula, and is there once."""
    taken: set[str] = set()
    names = []
    for code, name in divisions:
        plain = " ".join(name.translate(_FORBIDDEN).split())[:31] or code[:31]
        if plain.lower() in taken or plain.lower() == "history":
            plain = f"{plain[: 30 - len(code[:15])]} {code[:15]}"
        count = 2
        while plain.lower() in taken:
            plain, count = f"{plain[:26]} {count}", count + 1
        taken.add(plain.lower())
        names.append(plain)
    return names


def _row_parts(rows: Sequence[Line], breakdowns: Mapping[str, Sequence[str]], tree: DivisionTree) -> Iterator[Part]:
    """Totals over one breakdown, and divisions whose children are all in the form."""
    at = {_identity(row.of): position for position, row in enumerate(rows)}
    for position, row in enumerate(rows):
        of = dict(row.of)
        for column, values in breakdowns.items():
            if column not in of and len(values) > 1:
                yield Part(position, tuple(at[_identity(of | {column: value})] for value in values))
        if "division" in of:
            below = [_identity(of | {"division": code}) for code in tree.children(of["division"])]
            if below and all(one in at for one in below):
                yield Part(position, tuple(at[one] for one in below))


def _identity(of: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(of.items())


def _time_parts(periods: Sequence[Period]) -> Iterator[Part]:
    """Periods whose halves, quarters or months are all in the form."""
    at = {str(period): position for position, period in enumerate(periods)}
    for position, period in enumerate(periods):
        parts = period.parts()
        while len(parts) > 1:
            if all(str(one) in at for one in parts):
                yield Part(position, tuple(at[str(one)] for one in parts), flows_only=True)
                break
            parts = [one for part in parts for one in part.parts()]
