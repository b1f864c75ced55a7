"""Small catalogues, trees and facts for the engine's tests, and one way to ask both evaluators about them.

>>> panel = Panel.of("births = 人", "screened = 人", rate="screened / births", facts='''
...     division | period | measure  | value
...     C        | 2017   | births   | 10642
...     C        | 2017   | screened | 10601
... ''')
>>> panel.by_reference()[0]["value"]
'99.61'
"""

from __future__ import annotations

import ast
import datetime
import functools
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from libminsheng.definitions.formula import Binary, Call, Condition, Filter, Formula, Name, Negative, Number
from tests.engine import reference

FACTORS = {"%": Fraction(1, 100), "‰": Fraction(1, 1000), "百分点": Fraction(1, 100), "万元": Fraction(10000)}
REMARKS = ("approximate", "source", "note")
TREE = {"P": None, "C": "P", "E": "P", "A": "C", "B": "C", "D": "E"}
"""A province P with the counties C (townships A and B) and E (township D)."""


@dataclass(frozen=True)
class M:
    """A measure of a test."""

    code: str
    unit: str = "人"
    time: str = "flow"
    decimals: int = 0
    year_starts: int = 1
    breakdowns: tuple[str, ...] = ("sex", "area")

    @classmethod
    def of(cls, text: str) -> M:
        """Read ``code = unit [time]``."""
        code, _, rest = text.partition(" = ")
        unit, _, time = rest.partition(" ")
        return cls(code, unit, time or "flow", decimals=2 if "元" in unit else 4 if unit in FACTORS else 0)

    @property
    def factor(self) -> Fraction:
        return FACTORS.get(self.unit.split("/")[0], Fraction(1))


@dataclass(frozen=True)
class I:  # noqa: E742  # beside M
    """An indicator of a test."""

    code: str
    formula: str
    unit: str = "%"
    edition: str = "1"
    decimals: int = 2
    rounding: str = "half_up"
    bounds: tuple[int | None, int | None] | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    default: bool = True
    verified: bool = True


@dataclass(frozen=True)
class Panel:
    """Definitions, a tree and facts."""

    measures: tuple[M, ...]
    indicators: tuple[I, ...] = field(repr=False)
    facts: tuple[Mapping[str, Any], ...]
    tree: Mapping[str, str | None]

    @classmethod
    def of(
        cls,
        *definitions: str | M | I,
        facts: str | Iterable[Mapping[str, Any]],
        tree: Mapping[str, str | None] | None = None,
        unit: str = "%",
        **formulas: str,
    ) -> Panel:
        given = [M.of(entry) if isinstance(entry, str) else entry for entry in definitions]
        rows = table(facts) if isinstance(facts, str) else list(facts)
        return cls(
            tuple(entry for entry in given if isinstance(entry, M)),
            (
                *(entry for entry in given if isinstance(entry, I)),
                *(I(code, formula, unit) for code, formula in formulas.items()),
            ),
            tuple(rows),
            TREE if tree is None else tree,
        )

    def with_facts(self, facts: Iterable[Mapping[str, Any]]) -> Panel:
        return replace(self, facts=tuple(facts))

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(indicator.code for indicator in self.indicators))

    def by_reference(self, indicators: Sequence[str] | None = None, **options: Any) -> list[dict[str, Any]]:
        options = dict(options)
        own = options.pop("parents", "total") == "own"
        names = self.names if indicators is None else indicators
        return reference.evaluate(self.facts, self.definitions(), self.tree, names, own=own, **options)

    def definitions(self) -> reference.Definitions:
        measures = {
            entry.code: reference.MeasureRule(entry.code, entry.factor, entry.time, entry.year_starts)
            for entry in self.measures
        }
        return reference.Definitions(measures, [rule(entry) for entry in self.indicators])

    def by_engine(self, indicators: Sequence[str] | None = None, **options: Any) -> list[dict[str, Any]]:
        return self.figures(indicators, **options).to_dicts()

    def figures(self, indicators: Sequence[str] | None = None, **options: Any) -> Any:
        import libminsheng as ms

        catalogue = ms.catalogue(packs=[_pack(self.toml())], builtin=False)
        return ms.evaluate(
            self.frame(),
            indicators=self.names if indicators is None else list(indicators),
            catalogue=catalogue,
            tree=_tree(tuple(self.tree.items())),
            **options,
        )

    def frame(self) -> pl.DataFrame:
        columns = list(dict.fromkeys(["division", "period", "measure", *(key for row in self.facts for key in row)]))
        data: dict[str, Any] = {column: [row.get(column) for row in self.facts] for column in columns}
        types: dict[str, Any] = dict.fromkeys(columns, pl.String) | {"value": pl.Decimal(38, 4)}
        data["value"] = [None if value is None else Decimal(str(value)) for value in data["value"]]
        if "approximate" in data:
            types["approximate"] = pl.Boolean
            data["approximate"] = [bool(value) for value in data["approximate"]]
        return pl.DataFrame(data, schema=types)

    def toml(self) -> str:
        """The definitions as a pack in one file."""
        lines = ['[pack]\nid = "panel"\ntitle = { zh = "测试", en = "Panel" }\nedition = "1"\nlicence = "Apache-2.0"\n']
        for measure in self.measures:
            lines += [
                "[[measure]]",
                f'code = "{measure.code}"',
                f'name = {{ zh = "{measure.code}", en = "{measure.code}" }}',
                f'unit = "{measure.unit}"',
                f'time = "{measure.time}"',
                f"decimals = {measure.decimals}",
                f"year_starts = {measure.year_starts}",
                f"breakdowns = {json.dumps(measure.breakdowns)}",
                "",
            ]
        for indicator in self.indicators:
            lines += [
                "[[indicator]]",
                f'code = "{indicator.code}"',
                f'edition = "{indicator.edition}"',
                f'name = {{ zh = "{indicator.code}", en = "{indicator.code}" }}',
                f"formula = {json.dumps(indicator.formula)}",
                f'unit = "{indicator.unit}"',
                f"decimals = {indicator.decimals}",
                f'rounding = "{indicator.rounding}"',
                'domain = "幼有所育"',
                f'source = {{ document = "panel", verified = {json.dumps(indicator.verified)} }}',
                f"default = {json.dumps(indicator.default)}",
            ]
            if indicator.bounds:
                lines.append(f"bounds = {json.dumps(indicator.bounds)}")
            lines += [f"valid_from = {indicator.valid_from}"] if indicator.valid_from else []
            lines += [f"valid_to = {indicator.valid_to}"] if indicator.valid_to else []
            lines.append("")
        return "\n".join(lines)


@functools.cache
def _pack(text: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="panel-"))
    path = folder / "panel.toml"
    path.write_text(text, encoding="utf-8")
    return path


@functools.cache
def _tree(parents: tuple[tuple[str, str | None], ...]) -> Any:
    import libminsheng as ms

    path = Path(tempfile.mkdtemp(prefix="tree-")) / "tree.csv"
    rows = [f"{code},{code},{parent or ''}" for code, parent in parents]
    path.write_text("\n".join(["code,name,parent", *rows, ""]), encoding="utf-8")
    return ms.DivisionTree.from_csv(path)


def table(text: str) -> list[dict[str, Any]]:
    """Read facts from lines of ``a | b | c``; an empty cell is no value."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines() if line.strip()]
    header, *rows = lines
    facts = []
    for cells in rows:
        fact: dict[str, Any] = {name: cell or None for name, cell in zip(header, cells, strict=True)}
        if "approximate" in fact:
            fact["approximate"] = fact["approximate"] == "yes"
        for column, usual in (("scenario", "actual"), ("basis", "period")):
            if column in fact:
                fact[column] = fact[column] or usual
        facts.append(fact)
    return facts


def rule(entry: I) -> reference.IndicatorRule:
    return reference.IndicatorRule(
        entry.code,
        tree_of(entry.formula),
        entry.edition,
        entry.unit,
        1 / FACTORS.get(entry.unit.split("/")[0], Fraction(1)),
        entry.decimals,
        entry.rounding,
        None if entry.bounds is None else tuple(None if b is None else Decimal(b) for b in entry.bounds),
        None if entry.valid_from is None else datetime.date.fromisoformat(entry.valid_from),
        None if entry.valid_to is None else datetime.date.fromisoformat(entry.valid_to),
        entry.default,
        entry.verified,
    )


def tree_of(text: str) -> Formula:
    """A formula's tree, read without the library's parser."""
    return _node(ast.parse(text, mode="eval").body, text)


def _node(node: ast.expr, text: str) -> Formula:
    match node:
        case ast.Name(code):
            return Name(code)
        case ast.Constant():
            return Number(Decimal(ast.get_source_segment(text, node) or ""))
        case ast.UnaryOp(ast.USub(), operand):
            return Negative(_node(operand, text))
        case ast.BinOp(left, operator, right):
            sign: Any = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(operator)]
            return Binary(sign, _node(left, text), _node(right, text))
        case ast.Call(ast.Name(function), arguments):
            return Call(function, tuple(_node(argument, text) for argument in arguments))
        case ast.Subscript(value, ast.Compare(ast.Name(column), _, [compared])):
            constants = compared.elts if isinstance(compared, ast.Tuple) else [compared]
            condition = Condition(column, tuple(str(ast.literal_eval(constant)) for constant in constants))
            inner = _node(value, text)
            return inner[condition] if isinstance(inner, Name | Filter) else Filter(Name(""), ())
    raise AssertionError(ast.dump(node))


def counted(
    facts: str, formula: str = "x", *, time: str = "flow", year_starts: int = 1, tree: Mapping[str, str | None] = TREE
) -> Panel:
    """A panel whose indicator ``total`` counts the people of measure x (with a flow y beside it)."""
    measures = (M("x", time=time, year_starts=year_starts), M("y", year_starts=year_starts))
    return Panel(measures, (I("total", formula, "人", decimals=0),), tuple(table(facts)), tree)


def ratio(facts: str, formula: str = "x / y", **changes: Any) -> Panel:
    """A panel whose indicator ``rate`` divides people x by people y, in %."""
    return Panel((M("x"), M("y")), (I("rate", formula, **changes),), tuple(table(facts)), TREE)


def values(figures: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Each figure as ``"C 2017 f": "99.61"``; where there is no value, its status."""
    return {
        " ".join([figure["division"], figure["period"], *figure["by"].values()]): figure["value"] or figure["status"]
        for figure in figures
    }


def only(figures: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """The one figure of this name."""
    found = [figure for figure in figures if next(iter(values([figure]))) == name]
    assert len(found) == 1, f"{len(found)} figures are named {name}"
    return found[0]


BOTH = [Panel.by_reference, Panel.by_engine]
"""A rule is asked of the reference and of the engine alike."""
