"""Rankings: where each division stands on one indicator in one period."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from litestar.params import QueryParameter
from msgspec import Struct

import libminsheng as ms
from libminsheng.errors import EvaluationError, Fault
from libminsheng.report.ranking import ranking_csv, ranking_workbook
from minsheng_indicators.given import Given
from minsheng_indicators.schemas import Answer, Coverage, Status
from minsheng_indicators.verbs.ground import Ground
from minsheng_indicators.verbs.question import Cells, Question, read_cells
from minsheng_indicators.verbs.verb import Verb

__all__ = ["AskedPlaces", "Ranking"]

One = Annotated[str, QueryParameter(max_length=200, description="The indicator: code, CODE@EDITION or name.")]
Period = Annotated[str, QueryParameter(max_length=40, description="The period, as 2017, 2017-Q1 or 2017-03.")]
Better = Annotated[
    str | None,
    QueryParameter(
        description="What a better value is; without it what the indicator's definition says.",
        schema_extra={"enum": ["higher", "lower", "target"]},
    ),
]
Aim = Annotated[
    str | None,
    QueryParameter(max_length=60, description="The best value in the indicator's unit, where better is target."),
]
Ties = Annotated[
    str,
    QueryParameter(
        description="Whether equal exact values share a place, or equal printed ones.",
        schema_extra={"enum": ["exact", "printed"]},
    ),
]


class Place(Struct, frozen=True):
    """A division's place, and the figure that it rests on; null where the figure has no value."""

    rank: int | None
    indicator: str
    edition: str
    division: str
    period: str
    by: dict[str, str]
    value: str | None
    unit: str
    numerator: str | None
    denominator: str | None
    status: Status
    flags: list[str]
    coverage: Coverage
    missing: list[str]


class Ranking(Answer, frozen=True, kw_only=True):
    """Divisions in the order of their places, and what they are ranked by."""

    places: list[Place]
    indicator: str
    edition: str
    period: str
    by: dict[str, str]
    better: Literal["higher", "lower", "target"]
    target: str | None
    ties: Literal["exact", "printed"]


@dataclass(frozen=True, kw_only=True)
class AskedPlaces(Question, Verb):
    """Divisions of one level by their places; who is level shares a place, and those without a value come last."""

    shape: ClassVar = Ranking
    example: ClassVar = {"indicator": "newborn_screening_rate", "period": "2017", "level": "county"}

    indicator: One
    period: Period
    by: Cells = None
    better: Better = None
    target: Aim = None
    ties: Ties = "exact"

    def made(self, ground: Ground) -> ms.Ranking:
        faults: list[Fault] = []
        cells = read_cells(self.by or (), faults)
        if faults:
            raise EvaluationError(*faults)
        asked = ms.Period.parse(self.period)
        words: dict[str, Any] = {**ground.words(self), "by": tuple(cells), "indicators": (self.indicator,)}
        figures = ms.evaluate(ground.facts(self), period=asked.grain, start=str(asked), end=str(asked), **words)
        return ms.rank(
            figures,
            self.indicator,
            asked,
            cells,
            level=self.level,
            better=self.better,
            target=self.target,
            ties=self.ties,
        )

    def given(self, ground: Ground) -> Given:
        found = self.made(ground)
        asked = {
            "indicator": found.indicator.code,
            "edition": found.indicator.edition,
            "period": str(found.period),
            "by": dict(found.by),
            "better": found.better,
            "target": self.target,
            "ties": found.ties,
        }
        return Given(
            "places",
            found.to_dicts(),
            lambda: found.frame,
            partial(ranking_csv, found),
            partial(ranking_workbook, found),
            notes=found.figures.notes,
            receipt=found.receipt,
            more=asked,
        )
