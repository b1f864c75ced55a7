"""The tables of a pack's TOML files, as pydantic checks them."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from libminsheng.definitions.row import Code, Edition, Exact, Limit, Name, Row, SourceRow, Words
from libminsheng.definitions.rule_rows import RuleRow
from libminsheng.definitions.scheme_rows import LightRow, SchemeRow, WatchRow

__all__ = ["CaseRow", "FigureRow", "IndicatorRow", "LitRow", "MeasureRow", "PackFile", "PackRow", "ScoreRow", "SeenRow"]

Service = Annotated[
    int | str,
    BeforeValidator(lambda value: value if type(value) is int else str(value), json_schema_input_type=int | str),
]
"""A service by its number or its name; whether there is one is seen when the packs lie side by side."""


class PackRow(Row):
    """What a pack says of itself."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")] = ""
    title: Words = Name()
    edition: Edition = "1"
    licence: str = ""
    requires: list[str] = []
    description: Words = Name()


class MeasureRow(Row):
    """A measure."""

    code: Code
    name: Words = Name()
    unit: str = "1"
    time: Literal["flow", "stock", "standard"] = "flow"
    decimals: Annotated[int, Field(ge=0, le=12)] | None = None
    year_starts: Annotated[int, Field(ge=1, le=12)] = 1
    breakdowns: list[str] = []
    aliases: list[str] = []
    definition: Words = Name()
    source: SourceRow | None = None


class IndicatorRow(Row):
    """An edition of an indicator."""

    code: Code
    edition: Edition = "1"
    name: Words = Name()
    formula: str
    unit: str = "1"
    decimals: Annotated[int, Field(ge=0, le=12)] = 2
    rounding: Literal["half_up", "half_even", "truncate"] = "half_up"
    bounds: tuple[Limit, Limit] | None = None
    better: Literal["higher", "lower", "target"] | None = None
    domain: str = ""
    source: SourceRow | None = None
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None
    default: bool = True
    description: Words = Name()
    aliases: list[str] = []
    services: list[Service] = []


class FigureRow(Row):
    """What a case expects of one figure: only the keys that are given are compared."""

    indicator: str | None = None
    edition: Edition | None = None
    division: str | None = None
    period: Exact | None = None
    by: dict[str, str] = {}
    value: Exact | None = None
    unit: str | None = None
    numerator: Exact | None = None
    denominator: Exact | None = None
    status: str | None = None
    flags: list[str] | None = None
    missing: list[str] | None = None
    coverage: dict[str, int] | None = None


class ScoreRow(Row):
    """What a case expects of one scorecard; `points` are given by the items' codes."""

    scheme: str
    division: str | None = None
    period: Exact | None = None
    by: dict[str, str] = {}
    total: Exact | None = None
    grade: str | None = None
    status: str | None = None
    points: dict[str, Exact] = {}


class LitRow(Row):
    """What a case expects of one watched target: its light, or that it has none and why."""

    watch: str
    period: Exact
    division: str | None = None
    by: dict[str, str] = {}
    light: str | None = None
    pace: Exact | None = None
    status: str | None = None
    forecast: Exact | None = None
    needed: Exact | None = None


class SeenRow(Row):
    """A finding that a case expects: at least one that has every key that is given."""

    code: str
    division: str | None = None
    period: Exact | None = None
    measure: str | None = None
    severity: Literal["error", "warning", "note"] | None = None


class CaseRow(Row):
    """Facts in; figures, scores, lights and findings out. Of the codes in `silent` nothing may be found.

    `facts` is a list of facts (division and period may be left out where there is but one) or,
    for one division and one year, a table of measures and values. `figures` lists what is
    expected; `indicator` with `value` or `status` beside it is short for a single one.
    """

    name: str = ""
    note: str = ""
    indicator: str | None = None
    facts: list[dict[str, Any]] | dict[str, Any]
    figures: list[FigureRow] = []
    scores: list[ScoreRow] = []
    lights: list[LitRow] = []
    findings: list[SeenRow] = []
    silent: list[str] = []
    value: Exact | None = None
    status: str | None = None
    flags: list[str] | None = None
    missing: list[str] | None = None
    division: str = "000000"
    period: Exact | None = None
    grain: Literal["year", "half", "quarter", "month"] | None = None
    by: list[str] = []
    parents: Literal["total", "own"] = "total"
    tree: dict[str, str] = {}
    reporters: list[str] | None = None


class PackFile(Row):
    """One TOML file: any of the kinds of table."""

    pack: PackRow = PackRow()
    measure: list[MeasureRow] = []
    indicator: list[IndicatorRow] = []
    case: list[CaseRow] = []
    scheme: list[SchemeRow] = []
    light: list[LightRow] = []
    watch: list[WatchRow] = []
    rule: list[RuleRow] = []
