"""What is watched, with its light: actual, target, pace, the forecast and what is still needed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Any, Final, overload

import polars as pl

from libminsheng.definitions.lights import LIGHTS, Light, LightRule, Watch, worst
from libminsheng.definitions.tables import watch_digest
from libminsheng.engine.figures import FLAGS, Figure, Figures
from libminsheng.engine.frame import breakdown_columns
from libminsheng.engine.rounding import decimal_of
from libminsheng.scoring.frames import MONITOR_COLUMNS, typed_frame
from libminsheng.scoring.receipted import Receipted
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.text import Text

__all__ = ["Monitor", "Overall", "Watched"]


@dataclass(frozen=True)
class Watched:
    """One watched thing in one division, with its light.

    Parameters
    ----------
    watch, rule
        What is watched, and the rule of its light.
    actual, target, pace
        The figures compared; None where the rule does without. `pace` is in %: 100 is exactly by the calendar.
    light
        None where there is no value to compare; `status` says why.
    accumulates
        Whether the actual adds up over the year, so that it can be carried on at its pace.
    """

    watch: Watch
    rule: LightRule
    figure: Figure
    aim: Figure | None
    speed: Figure | None
    light: Light | None
    status: str
    accumulates: bool

    @property
    def division(self) -> str:
        return self.figure.division

    @property
    def period(self) -> Period:
        return self.figure.period

    @property
    def by(self) -> Mapping[str, str]:
        return self.figure.by

    @property
    def name(self) -> Text:
        """The name of the watch, of the measure that it watches, or its code."""
        return self.figure.indicator.name

    @property
    def unit(self) -> str:
        return self.figure.unit

    @property
    def actual(self) -> Decimal | None:
        """What was reached to date."""
        return self.figure.value

    @property
    def target(self) -> Decimal | None:
        """What is to be reached."""
        return None if self.aim is None else self.aim.value

    @property
    def pace(self) -> Decimal | None:
        """Completion over the elapsed part of the year (序时比), in %."""
        return None if self.speed is None else self.speed.value

    @property
    def forecast(self) -> Decimal | None:
        """The year's end at the present pace: actual × 12 ÷ months elapsed; None for what does not add up."""
        value = self.figure.printed
        if value is None or not self.accumulates:
            return None
        return decimal_of(value * 12 / self.period.elapsed_months, self.figure.indicator.decimals, "half_up")

    @property
    def needed(self) -> Decimal | None:
        """What each remaining month has to bring to reach the target, rounded up.

        None where no month remains, and where the target is a limit that is better not reached.
        """
        value = self.figure.printed
        aim = None if self.aim is None else self.aim.printed
        left = 12 - self.period.elapsed_months
        if value is None or aim is None or not self.accumulates or left == 0 or self.rule.compares == "limit":
            return None
        decimals = self.figure.indicator.decimals
        each = math.ceil(max(Fraction(0), aim - value) / left * 10**decimals)
        return decimal_of(Fraction(each, 10**decimals), decimals, "truncate")

    @property
    def flags(self) -> tuple[str, ...]:
        """Every flag of the actual, of the target and of the pace: who reports only one of the two is seen in the last."""
        figures = [figure for figure in (self.figure, self.aim, self.speed) if figure is not None]
        return tuple(flag for flag in FLAGS if any(flag in figure.flags for figure in figures))

    @property
    def missing(self) -> tuple[str, ...]:
        """The operands that are missing, of the actual and of the target."""
        figures = [figure for figure in (self.figure, self.aim) if figure is not None]
        return tuple(dict.fromkeys(name for figure in figures for name in figure.missing))

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it: exact numbers as text."""
        return {
            "watch": self.watch.code,
            "name": {"zh": self.name.zh, "en": self.name.en},
            "aspect": self.watch.aspect,
            "rule": self.rule.code,
            "division": self.division,
            "period": str(self.period),
            "by": dict(self.by),
            "actual": _text(self.actual),
            "target": _text(self.target),
            "unit": self.unit,
            "pace": _text(self.pace),
            "light": self.light,
            "status": self.status,
            "forecast": _text(self.forecast),
            "needed": _text(self.needed),
            "flags": list(self.flags),
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class Overall:
    """The lights of one division rolled up: the worst of each aspect, and of all.

    `counts` has the number of each light; `without` that of watched things that have none.
    """

    division: str
    period: Period
    by: Mapping[str, str]
    budget: Light | None
    goal: Light | None
    light: Light | None
    counts: Mapping[Light, int]
    without: int

    @classmethod
    def of(cls, watched: Iterable[Watched]) -> Overall:
        """Roll up what is watched in one division and breakdown; the order does not matter."""
        all_of = list(watched)
        lights = {
            aspect: worst(one.light for one in all_of if one.watch.aspect == aspect) for aspect in ("budget", "goal")
        }
        counts = {light: sum(one.light == light for one in all_of) for light in LIGHTS}
        first = all_of[0]
        return cls(
            first.division,
            first.period,
            first.by,
            lights["budget"],
            lights["goal"],
            worst(lights.values()),
            counts,
            sum(one.light is None for one in all_of),
        )

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "division": self.division,
            "period": str(self.period),
            "by": dict(self.by),
            "budget": self.budget,
            "goal": self.goal,
            "light": self.light,
            "counts": dict(self.counts),
            "without": self.without,
        }


class Monitor(Sequence[Watched], Receipted):
    """The lights of one period, by division, breakdown and watch.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": "340102", "period": ["2018-05", "2018"], "measure": "task_done", "value": [20, 100],
    ...     "scenario": ["actual", "target"], "basis": ["year_to_date", "period"],
    ... })
    >>> found = ms.monitor(facts, "2018-05", divisions=["340102"])
    >>> found.overall[0].light
    'red'
    """

    def __init__(self, period: Period, figures: Figures, watched: tuple[Watched, ...]) -> None:
        self.period: Final = period
        self.figures: Final = figures
        """The figures that were compared."""
        self._watched = watched

    def __len__(self) -> int:
        return len(self._watched)

    @overload
    def __getitem__(self, position: int) -> Watched: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Watched, ...]: ...
    def __getitem__(self, position: int | slice) -> Watched | tuple[Watched, ...]:
        return self._watched[position]

    def __iter__(self) -> Iterator[Watched]:
        return iter(self._watched)

    def _made_by(self) -> tuple[Sequence[str], Mapping[str, Any]]:
        known = {one.watch.code: (one.watch, one.rule) for one in self._watched}
        return [watch_digest(watch, rule) for watch, rule in known.values()], {}

    @cached_property
    def overall(self) -> tuple[Overall, ...]:
        """One roll-up for each division and breakdown."""
        groups = groupby(self._watched, key=lambda one: (one.division, dict(one.by)))
        return tuple(Overall.of(group) for _, group in groups)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Everything that is watched, as JSON carries it."""
        return [one.as_dict() for one in self._watched]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a watched thing.

        Columns: division, period, the breakdowns, watch, aspect, rule, actual, target, unit, pace,
        light, status, forecast, needed, flags, missing. Numbers are decimals, null where there is none.
        """
        columns = breakdown_columns(dict.fromkeys(name for one in self._watched for name in one.by), MONITOR_COLUMNS)
        rows = [
            {
                "division": one.division,
                "period": str(one.period),
                **{column: one.by.get(name) for name, column in columns.items()},
                "watch": one.watch.code,
                "aspect": one.watch.aspect,
                "rule": one.rule.code,
                "actual": one.actual,
                "target": one.target,
                "unit": one.unit,
                "pace": one.pace,
                "light": one.light,
                "status": one.status,
                "forecast": one.forecast,
                "needed": one.needed,
            }
            for one in self._watched
        ]
        scale = max((one.figure.indicator.decimals for one in self._watched), default=2)
        kinds: dict[str, int | None] = dict.fromkeys(
            ("division", "period", *columns.values(), "watch", "aspect", "rule")
        )
        kinds |= {"actual": scale, "target": scale, "unit": None, "pace": 2, "light": None, "status": None}
        return typed_frame(rows, kinds | {"forecast": scale, "needed": scale}).with_columns(
            pl.Series("flags", [list(one.flags) for one in self._watched], dtype=pl.List(pl.String)),
            pl.Series("missing", [list(one.missing) for one in self._watched], dtype=pl.List(pl.String)),
        )

    def _repr_html_(self) -> str:
        from libminsheng.report.lights import monitor_html

        return monitor_html(self)

    def __repr__(self) -> str:
        return f"<Monitor: {self.period}, {len(self)}>"


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
