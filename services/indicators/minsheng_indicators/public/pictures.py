"""The charts of a page: one indicator over the years, and side by side in the divisions below.

A picture takes some hundredths of a second to draw, so what was made for a page is kept until what it shows changes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

from libminsheng.definitions.formula import Name
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine.figures import Figures
from libminsheng.errors import EvaluationError, Language
from libminsheng.report.charts import Chart
from libminsheng.report.drawing import Bar, drawn_bars
from libminsheng.scoring.monitor import monitor
from libminsheng.vocabulary.periods import Period
from minsheng_http.deadline import Deadline
from minsheng_indicators.copy.holding import Copy
from minsheng_indicators.copy.sight import Asked, Sight
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import era

__all__ = ["Pictures"]

_MOST_KEPT: Final = 400
_MOST_PERIODS: Final = 24
_MOST_BARS: Final = 12

_Key = tuple[Any, ...]

_AWAKE: Final = threading.Event()
"""Whether this process has drawn anything: the first picture waits for seconds until what draws has started."""

_Made = TypeVar("_Made")


class Pictures:
    """What was made for pages, of each view and of what it saw when it last changed: the last few hundred."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._ending = threading.Event()

    def wake(self, copy: Copy | None) -> None:
        """Have what draws started in a thread of its own as soon as there is something to draw, before anybody asks."""
        if copy is not None and not _AWAKE.is_set():
            threading.Thread(target=self._wake, args=(copy,), name="minsheng-pictures").start()

    def _wake(self, copy: Copy) -> None:
        while not copy.wait_for(0, 0.5):
            if self._ending.is_set():
                return
        drawn_bars([Bar("", 1.0, "")], title="", description="")
        _AWAKE.set()

    def close(self) -> None:
        """Wait for nothing any more."""
        self._ending.set()

    def once(self, key: _Key, make: Callable[[], _Made]) -> _Made:
        """What was made for a key, made now if it was not."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: _Made = self._kept[key]
                return found
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def trend(self, sight: Sight, holdings: Holdings, indicator: str, division: str, lang: Language) -> Chart | None:
        """An indicator over the years; over shorter periods where there is one year. None where one point is all."""
        return self.once(
            ("trend", era(sight), indicator, division, lang),
            lambda: _trend(sight, holdings, indicator, division, lang),
        )

    def comparison(
        self, sight: Sight, holdings: Holdings, indicator: str, division: str, period: str, lang: Language
    ) -> Chart | None:
        """An indicator in the divisions below, else beside: None where there is nothing to compare."""
        return self.once(
            ("comparison", era(sight), indicator, division, period, lang),
            lambda: _comparison(sight, holdings, indicator, division, period, lang),
        )


def _trend(sight: Sight, holdings: Holdings, indicator: str, division: str, lang: Language) -> Chart | None:
    deadline = Deadline(holdings.settings.seconds)
    for grain in ("year", None):
        asked = Asked(indicators=(indicator,), divisions=(division,), period=grain)
        try:
            figures = sight.figures(asked, most=holdings.settings.most_figures, progress=deadline.check)
        except EvaluationError:
            return None
        if sum(figure.value is not None for figure in figures) > 1:
            return _recent(sight, figures, asked, deadline).plot.trend(lang)
    return None


def _recent(sight: Sight, figures: Figures, asked: Asked, deadline: Deadline) -> Figures:
    """The last of them, where there are more than a chart has room for."""
    periods = sorted({one.period for one in figures}, key=lambda one: one.first_month)
    known = sorted({one.period for one in figures if one.value is not None}, key=lambda one: one.first_month)
    since = max(known[0].first_month, periods[-1].first_month - (_MOST_PERIODS - 1) * len(periods[0].months()))
    first = next(one for one in periods if one.first_month >= since)
    recent = Asked(
        indicators=asked.indicators, divisions=asked.divisions, period=first.grain, start=str(first), end=str(known[-1])
    )
    return sight.figures(recent, progress=deadline.check)


def _comparison(
    sight: Sight, holdings: Holdings, indicator: str, division: str, period: str, lang: Language
) -> Chart | None:
    tree, deadline = holdings.tree, Deadline(holdings.settings.seconds)
    known = sight.divisions()
    below = [code for code in known if code != division and tree.parent(code) == division]
    above = tree.parent(division)
    beside = [code for code in known if above is not None and tree.parent(code) == above]
    for codes in (below, beside):
        if len(codes) < 2:
            continue
        asked = Asked(
            indicators=(indicator,),
            divisions=tuple(codes),
            period=Period.parse(period).grain,
            start=period,
            end=period,
        )
        try:
            figures = sight.figures(asked, most=holdings.settings.most_figures, progress=deadline.check)
        except EvaluationError:
            continue
        if sum(figure.value is not None for figure in figures) > 1:
            targets = _targets(sight, holdings, figures, period, deadline)
            return figures.plot.comparison(lang, target=targets, most=_MOST_BARS, marked=division)
    return None


def _targets(
    sight: Sight, holdings: Holdings, figures: Figures, period: str, deadline: Deadline
) -> Decimal | Mapping[str, Decimal] | None:
    """What each division should come to in a year, where the indicator is a measure that has targets."""
    indicator: Indicator = figures[0].indicator
    code = indicator.tree.code if isinstance(indicator.tree, Name) else None
    yearly = Period.parse(period).grain == "year"
    if (
        code is None
        or not yearly
        or not any(one.measure == code and one.scenario == "target" for one in sight.outline.families)
    ):
        return None
    found = monitor(
        sight.kept("total"),
        period,
        catalogue=holdings.catalogue,
        tree=holdings.tree,
        divisions=list(dict.fromkeys(one.division for one in figures)),
        progress=deadline.check,
    )
    aims = {
        one.division: one.target
        for one in found
        if one.watch.measure == code and one.target is not None and one.unit == indicator.unit
    }
    if len(aims) == len(figures) and len(set(aims.values())) == 1:
        return next(iter(aims.values()))
    return aims or None
