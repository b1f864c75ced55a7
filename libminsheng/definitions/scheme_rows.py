"""The tables of a pack's schemes, lights and watches, as pydantic checks them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from libminsheng.definitions.row import Code, Edition, Name, Row, SourceRow, Words, open_end

__all__ = [
    "BandRow", "GradeRow", "GroupRow", "ItemRow", "LightRow", "SchemeRow", "StepRow", "WatchRow",
]  # fmt: skip

Amount = Annotated[Decimal, Field(ge=-(10**18), le=10**18, decimal_places=12)]
End = Annotated[Amount | None, BeforeValidator(open_end, json_schema_input_type=Decimal | Literal[""] | None)]
Positive = Annotated[Decimal, Field(gt=0, le=10**18, decimal_places=12)]
Share = Annotated[Decimal, Field(ge=0, le=100, decimal_places=12)]
Weight = Annotated[Decimal, Field(gt=0, le=100_000, decimal_places=12)]


class GradeRow(Row):
    """A grade begins at `least`, which belongs to it, and ends where the next better one begins."""

    code: Code
    name: Words
    least: Amount


class GroupRow(Row):
    """A first-level part of a scheme; where all of it is missing, its weight goes to `if_missing`."""

    code: Code
    name: Words = Name()
    weight: Weight
    if_missing: str | None = None


class BandRow(Row):
    """From `least` on (or up to `most`, where less is better) an item earns `share` % of its points."""

    least: Amount | None = None
    most: Amount | None = None
    share: Share | None = None
    label: Words = Name()


class ItemRow(Row):
    """What is scored: an indicator, the points it can earn, and how it earns them."""

    indicator: str
    code: Code | None = None
    name: Words = Name()
    group: str | None = None
    weight: Weight | None = None
    method: Literal["proportional", "threshold", "stepped", "banded", "rated", "direct"] = "proportional"
    better: Literal["higher", "lower", "target"] | None = None
    target: Amount | Literal["reported"] | None = None
    passing: Share | None = None
    step: Positive | None = None
    deduct: Positive | None = None
    part_step: Literal["dropped", "counted", "shared"] = "dropped"
    bands: Annotated[list[BandRow], Field(max_length=100)] = []
    zero_target: Literal["missing", "full_if_none"] = "missing"


class SchemeRow(Row):
    """A scoring scheme, in editions like an indicator."""

    code: Code
    edition: Edition = "1"
    name: Words
    total: Weight = Decimal(100)
    composite: Literal["weighted", "linear", "opportunity", "all_or_nothing"] = "weighted"
    missing: Literal["withheld", "redistributed", "zero"] = "withheld"
    decimals: Annotated[int, Field(ge=0, le=12)] = 2
    rounding: Literal["half_up", "half_even", "truncate"] = "half_up"
    groups: Annotated[list[GroupRow], Field(max_length=1000)] = []
    items: Annotated[list[ItemRow], Field(min_length=1, max_length=1000)]
    grades: Annotated[list[GradeRow], Field(max_length=100)] = []
    domain: str = ""
    source: SourceRow | None = None
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None
    default: bool = True
    description: Words = Name()
    aliases: list[str] = []


class StepRow(Row):
    """A light, and the value below which it shines; the last has no end."""

    light: Literal["red", "yellow", "green", "blue"]
    below: Amount | None = None


class LightRow(Row):
    """A rule of lights: what is compared with what, and where the colours change."""

    code: Code
    name: Words
    compares: Literal["pace", "value", "limit", "floor", "range"]
    steps: Annotated[list[StepRow], Field(max_length=10)] = []
    zero_target: Literal["missing", "equal"] = "missing"
    source: SourceRow | None = None
    description: Words = Name()


class WatchRow(Row):
    """What is watched: a measure against its target, or formulas, and by which rule."""

    light: str
    measure: str | None = None
    code: Code | None = None
    name: Words = Name()
    actual: str | None = None
    target: str | None = None
    range: tuple[End, End] | None = None
    strict: bool = False
    aspect: Literal["budget", "goal"] = "goal"
    source: SourceRow | None = None
