"""The `[[rule]]` tables of a pack, as pydantic checks them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from libminsheng.definitions.row import Code, Name, Row, SourceRow, Words

__all__ = ["HypothesisRow", "RuleRow"]

Amount = Annotated[Decimal, Field(allow_inf_nan=False)]


class HypothesisRow(Row):
    """What would explain a finding, and how much speaks for it."""

    what: Words
    weight: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.5")


class RuleRow(Row):
    """A rule of plausibility."""

    code: Code
    check: Code
    finding: Code | None = None
    severity: Literal["error", "warning", "note", "off"] = "warning"
    left: str | None = None
    comparison: Literal["<=", "<", "==", "!=", ">=", ">"] | None = None
    right: str | None = None
    missing: Literal["skip_if_any", "skip_if_all", "never"] = "skip_if_any"
    tolerance: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] = Decimal(0)
    low: Amount | None = None
    high: Amount | None = None
    unit: str = "1"
    year_to_date: bool = False
    measures: list[str] = []
    settings: dict[str, Amount] = {}
    things: list[str] = []
    units: list[str] = []
    name: Words = Name()
    words: Words | None = None
    hypotheses: list[HypothesisRow] = []
    source: SourceRow | None = None
