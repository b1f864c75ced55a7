"""Scores: points and grades by a scheme, with their arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar

from litestar.params import QueryParameter
from msgspec import Struct

import libminsheng as ms
from libminsheng.report.scores import scores_csv, scores_workbook
from minsheng_http.schemas import Words
from minsheng_indicators.given import Given
from minsheng_indicators.schemas import Answer, Status
from minsheng_indicators.verbs.ground import Ground
from minsheng_indicators.verbs.question import Timed
from minsheng_indicators.verbs.verb import Verb

__all__ = ["AskedScores", "Scores"]

By = Annotated[
    str, QueryParameter(max_length=200, description="The scheme: CODE or a name, or CODE@EDITION for one edition.")
]
Year = Annotated[
    str,
    QueryParameter(
        description="Length of the periods that are scored.",
        schema_extra={"enum": ["year", "half", "quarter", "month"]},
    ),
]


class Points(Struct, frozen=True):
    """What an item earned, of which weight, and the arithmetic of it."""

    item: str
    group: str | None
    name: Words
    indicator: str
    edition: str | None
    value: str | None
    unit: str | None
    method: str
    target: str | None
    weight: str
    points: str | None
    label: Words | None
    status: Status
    flags: list[str]
    missing: list[str]
    arithmetic: Words


class Grade(Struct, frozen=True):
    """A grade that was reached."""

    code: str
    zh: str
    en: str


class Scorecard(Struct, frozen=True):
    """The score of a division, period and breakdown: the total out of `of`, null where items are missing."""

    scheme: str
    edition: str
    division: str
    period: str
    by: dict[str, str]
    total: str | None
    of: str
    grade: Grade | None
    status: Status
    missing: list[str]
    verified: bool
    items: list[Points]


class Scores(Answer, frozen=True, kw_only=True):
    """Scorecards, and the editions of the scheme that they were made by."""

    scorecards: list[Scorecard]
    schemes: list[str]


@dataclass(frozen=True, kw_only=True)
class AskedScores(Timed, Verb):
    """A scorecard for each division, period and breakdown (`by=project` scores projects): points, total, grade."""

    shape: ClassVar = Scores
    example: ClassVar = {"scheme": "self_evaluation", "division": ["340102"], "from": "2017", "to": "2017"}

    scheme: By
    period: Year = "year"

    def made(self, ground: Ground) -> ms.Scores:
        return ms.score(ground.facts(self), self.scheme, **ground.words(self))

    def given(self, ground: Ground) -> Given:
        found = self.made(ground)
        return Given(
            "scorecards",
            found.to_dicts(),
            lambda: found.frame,
            partial(scores_csv, found),
            partial(scores_workbook, found),
            notes=found.notes,
            receipt=found.receipt,
            more={"schemes": [one.key for one in found.schemes]},
        )
