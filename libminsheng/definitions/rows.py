"""The tables of a pack's TOML files, as pydantic checks them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["CaseRow", "FigureRow", "IndicatorRow", "MeasureRow", "Name", "PackFile", "PackRow", "SourceRow"]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(_Row):
    """A name or sentence in Chinese and English."""

    zh: str = ""
    en: str = ""


def _named(value: Any) -> Any:
    return {"zh": value, "en": value} if isinstance(value, str) else value


def _edition(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _limit(value: Any) -> Any:
    """An open end of the bounds is an empty text or an infinity, because TOML has no null."""
    if value == "" or (isinstance(value, Decimal | float) and not Decimal(value).is_finite()):
        return None
    return value


Words = Annotated[Name, BeforeValidator(_named)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=100)]
Edition = Annotated[str, BeforeValidator(_edition), Field(pattern=r"^[^@\s]+$", max_length=40)]
Limit = Annotated[Decimal | None, BeforeValidator(_limit)]
Exact = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | Decimal) else value)]
Service = Annotated[int | str, BeforeValidator(lambda value: value if type(value) is int else str(value))]
"""A service by its number or its name; whether there is one is seen when the packs lie side by side."""


class SourceRow(_Row):
    """A definition's source."""

    document: str
    clause: str = ""
    verified: bool = True
    note: str = ""


class PackRow(_Row):
    """What a pack says of itself."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")] = ""
    title: Words = Name()
    edition: Edition = "1"
    licence: str = ""
    requires: list[str] = []
    description: Words = Name()


class MeasureRow(_Row):
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


class IndicatorRow(_Row):
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


class FigureRow(_Row):
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


class CaseRow(_Row):
    """Facts in, figures out.

    `facts` is a list of facts (division and period may be left out where there is but one) or,
    for one division and one year, a table of measures and values. `figures` lists what is
    expected; `indicator` with `value` or `status` beside it is short for a single one.
    """

    name: str = ""
    note: str = ""
    indicator: str | None = None
    facts: list[dict[str, Any]] | dict[str, Any]
    figures: list[FigureRow] = []
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


class PackFile(_Row):
    """One TOML file: any of the four kinds of table."""

    pack: PackRow = PackRow()
    measure: list[MeasureRow] = []
    indicator: list[IndicatorRow] = []
    case: list[CaseRow] = []
