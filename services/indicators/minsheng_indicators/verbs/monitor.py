"""Monitoring: the lights of budget and goals, as far as the calendar has gone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, Literal

from litestar.params import QueryParameter
from msgspec import Struct

import libminsheng as ms
from libminsheng.report.lights import monitor_csv, monitor_workbook
from minsheng_http.schemas import Words
from minsheng_indicators.given import Given
from minsheng_indicators.schemas import Answer, Status
from minsheng_indicators.verbs.ground import Ground
from minsheng_indicators.verbs.question import Question
from minsheng_indicators.verbs.verb import Verb

__all__ = ["AskedLights", "Monitor"]

Light = Literal["red", "yellow", "green", "blue"]

Period = Annotated[
    str, QueryParameter(max_length=40, description="The period at whose end it stands so: 2018-05, 2018-Q2 or 2018.")
]
Watches = Annotated[
    list[str] | None,
    QueryParameter(max_items=1_000, description="Watches or measures by code; without it all that have facts."),
]


class Watched(Struct, frozen=True):
    """One watched thing in one division: its light, the year's end at this pace, what each remaining month has to bring."""

    watch: str
    name: Words
    aspect: str
    rule: str
    division: str
    period: str
    by: dict[str, str]
    actual: str | None
    target: str | None
    unit: str
    pace: str | None
    light: Light | None
    status: Status
    forecast: str | None
    needed: str | None
    flags: list[str]
    missing: list[str]


class Overall(Struct, frozen=True):
    """The worst light of a division's budget, of its goals, and of both; how many have which light, or none."""

    division: str
    period: str
    by: dict[str, str]
    budget: Light | None
    goal: Light | None
    light: Light | None
    counts: dict[str, int]
    without: int


class Monitor(Answer, frozen=True, kw_only=True):
    """The lights of a period, and one roll-up for each division and breakdown."""

    watched: list[Watched]
    period: str
    overall: list[Overall]


@dataclass(frozen=True, kw_only=True)
class AskedLights(Question, Verb):
    """What is watched, each with target, pace, light, the forecast of the year's end and what is still needed."""

    shape: ClassVar = Monitor
    example: ClassVar = {"period": "2017-05", "division": ["340102"], "watch": ["task_done"]}

    period: Period
    watch: Watches = None

    def made(self, ground: Ground) -> ms.Monitor:
        return ms.monitor(ground.facts(self), self.period, watches=self.watch, **ground.words(self))

    def given(self, ground: Ground) -> Given:
        found = self.made(ground)
        return Given(
            "watched",
            found.to_dicts(),
            lambda: found.frame,
            partial(monitor_csv, found),
            partial(monitor_workbook, found),
            notes=found.figures.notes,
            receipt=found.receipt,
            more={"period": str(found.period), "overall": [one.as_dict() for one in found.overall]},
        )
