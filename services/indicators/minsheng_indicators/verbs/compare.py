"""How figures changed: against a year ago (同比), against the period before (环比)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, Literal

from litestar.params import QueryParameter
from msgspec import Struct

import libminsheng as ms
from libminsheng.report.growth import comparison_csv, comparison_workbook
from minsheng_indicators.given import Given
from minsheng_indicators.schemas import Answer, Status
from minsheng_indicators.verbs.ground import Ground
from minsheng_indicators.verbs.question import OfIndicators
from minsheng_indicators.verbs.verb import Verb

__all__ = ["AskedChanges", "Comparison"]

Against = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=2,
        description="year_ago (同比) or previous (环比), or both; year_ago where nothing is said.",
        schema_extra={"items": {"type": "string", "enum": ["year_ago", "previous"]}},
    ),
]


class Change(Struct, frozen=True):
    """A figure, the earlier one (`base`), and what lies between: in % for an amount, in 百分点 for a rate."""

    indicator: str
    edition: str
    division: str
    period: str
    by: dict[str, str]
    against: Literal["year_ago", "previous"]
    value: str | None
    base: str | None
    change: str | None
    unit: str
    change_unit: str
    status: Status
    flags: list[str]
    missing: list[str]


class Comparison(Answer, frozen=True, kw_only=True):
    """Changes in the order of indicator, division, period, breakdown; the receipt; the revision they are of."""

    changes: list[Change]


@dataclass(frozen=True, kw_only=True)
class AskedChanges(OfIndicators, Verb):
    """Each figure beside the earlier one: an amount's change is in %, a rate's in 百分点, by the edition of the later."""

    shape: ClassVar = Comparison
    example: ClassVar = {
        "indicator": ["newborn_screening_rate"],
        "against": ["year_ago"],
        "division": ["340102"],
        "period": "year",
        "from": "2017",
    }

    against: Against = None

    def made(self, ground: Ground) -> ms.Comparison:
        return ms.compare(ground.facts(self), against=self.against or "year_ago", **ground.words(self))

    def given(self, ground: Ground) -> Given:
        found = self.made(ground)
        return Given(
            "changes",
            found.to_dicts(),
            lambda: found.frame,
            partial(comparison_csv, found),
            partial(comparison_workbook, found),
            notes=found.notes,
            receipt=found.receipt,
        )
