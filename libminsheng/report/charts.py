"""Charts of figures: how they went from period to period, and how divisions stand side by side.

A chart is a picture and, for whoever cannot see it, its title, what it shows in a sentence, and the same numbers as a
table. Where a figure has no value there is a gap and its status in words, never a zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from libminsheng.definitions.indicator import Indicator
from libminsheng.errors import EvaluationError, Fault, Language, current_language, say
from libminsheng.report.condition import condition_tone
from libminsheng.report.drawing import Bar, Line, drawn_bars, drawn_lines
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.html import grid_fragment
from libminsheng.report.numbers import grouped
from libminsheng.report.words import flag_words, joined, one_line, status_words
from libminsheng.vocabulary.periods import Period

if TYPE_CHECKING:
    from libminsheng.engine.figures import Figure, Figures

__all__ = ["Chart", "Plot"]

_MOST_LINES: Final = 8
_MOST_BARS: Final = 30

_Series = tuple[Indicator, str, tuple[tuple[str, str], ...]]
"""What a line is of: the edition of an indicator, the division, the breakdown."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of figures.

    Parameters
    ----------
    title, description
        What it is of, and what it shows, for those who hear it.
    svg
        The picture: an ``svg`` element that needs nothing else.
    grid
        The same numbers as a table, with a status in words where there is none.
    """

    title: str
    description: str
    svg: str = field(repr=False)
    grid: Grid = field(repr=False)
    lang: Language = "zh"

    def save(self, path: str | Path) -> None:
        """Write the picture as a file of its own; its ink is black there."""
        Path(path).write_text(self.svg, "utf-8")

    def _repr_html_(self) -> str:
        told = escape(say("report.chart_numbers", self.lang))
        return (
            f'<figure lang="{"zh-CN" if self.lang == "zh" else "en"}">{self.svg}'
            f"<figcaption>{escape(self.title)}</figcaption></figure>"
            f"<details><summary>{told}</summary>{grid_fragment(self.grid, self.lang)}</details>"
        )


class Plot:
    """The charts that can be made of figures: `Figures.plot`.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102"] * 3, "period": ["2015", "2016", "2018"],
    ...     "measure": "public_welfare_posts", "value": [3000, 3100, 3234],
    ... })
    >>> chart = ms.evaluate(facts, indicators=["welfare_posts_created"], divisions=["340102"]).plot.trend("en")
    >>> chart.title
    'Public welfare posts · 瑶海区'
    >>> chart.description
    'From 2015 to 2018, in 个: 3,000 at first, 3,234 at last. Without a value: 2017.'
    """

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def trend(self, lang: Language | None = None, *, title: str | None = None) -> Chart:
        """A line for each indicator, division and breakdown, over all periods; the first 8 of them.

        Units that differ have panels of their own. A new edition is a line of its own: it counts something else.

        Raises
        ------
        EvaluationError
            If there are no figures, or the extra ``charts`` is not installed.
        """
        lang = lang or current_language()
        names = _Names(self._figures, lang)
        found: dict[_Series, dict[Period, Figure]] = {}
        for figure in self._figures:
            key = (figure.indicator, figure.division, tuple(figure.by.items()))
            found.setdefault(key, {})[figure.period] = figure
        if not found:
            raise EvaluationError(Fault("report.nothing_to_draw"))
        drawn = dict(list(found.items())[:_MOST_LINES])
        periods = sorted({period for line in drawn.values() for period in line}, key=lambda one: one.first_month)
        called = names.of(drawn)
        lines = [
            Line(
                name,
                key[0].unit,
                [_number(drawn[key].get(period)) for period in periods],
                frozenset(place for place, period in enumerate(periods) if _partial(drawn[key].get(period))),
            )
            for key, name in called.items()
        ]
        title = title or names.title(drawn)
        words = [names.course(lines[0], next(iter(drawn.values())), periods)] if len(lines) == 1 else []
        words = words or [say("report.chart_lines", lang, count=len(lines), **_ends(periods, lang))]
        if any(line.partial for line in lines):
            words.append(say("report.chart_hollow", lang))
        words += names.left_out(len(found) - len(drawn))
        rows = [
            [Cell(period.text(lang)), *(names.cell(drawn[key].get(period)) for key in called)] for period in periods
        ]
        headers = [say("report.column_period", lang), *(names.with_unit(line.name, line.unit) for line in lines)]
        grid = Grid(title, headers, [Section("", rows)], frozenset(range(1, len(headers))))
        about = " ".join(words) if lang == "en" else "".join(words)
        svg = drawn_lines([one.text(lang) for one in periods], lines, title=title, description=about)
        return Chart(title, about, svg, grid, lang)

    def comparison(
        self,
        lang: Language | None = None,
        *,
        target: Decimal | Mapping[str, Decimal] | None = None,
        title: str | None = None,
        most: int = _MOST_BARS,
        marked: str | None = None,
    ) -> Chart:
        """A bar for each division, the longest first, of the first indicator in the last period.

        Parameters
        ----------
        lang
            The language of names and statuses.
        target
            What they should come to, in the indicator's unit: one for all, or one for each division by its code.
        title
            Instead of the name of the indicator and the period.
        most
            Bars that are drawn; the table has all.
        marked
            The code of a division that stands out: it is drawn wherever it comes, and its place is told.

        Raises
        ------
        EvaluationError
            If there are no figures, or the extra ``charts`` is not installed.
        """
        lang = lang or current_language()
        names = _Names(self._figures, lang)
        if not len(self._figures):
            raise EvaluationError(Fault("report.nothing_to_draw"))
        first = self._figures[0]
        alike = [one for one in self._figures if one.indicator.code == first.indicator.code and one.by == first.by]
        last = max((one.period for one in alike), key=lambda one: one.last_month)
        found = [one for one in alike if one.period == last]
        found.sort(key=lambda one: (one.value is None, Decimal(0) if one.value is None else -one.value))
        known = {(one.indicator, one.division, tuple(one.by.items())): one for one in found}
        called = names.of(known)
        own = target if isinstance(target, Mapping) else {}
        whole = None if isinstance(target, Mapping) else target
        drawn = [item for at, item in enumerate(known.items()) if at < most or item[1].division == marked]
        if len(drawn) > most:
            del drawn[most - 1]
        bars = [
            Bar(
                called[key],
                _number(one),
                names.value(one),
                _float(own.get(one.division)),
                _partial(one),
                one.division == marked,
            )
            for key, one in drawn
        ]
        name, unit = first.indicator.name.in_(lang), first.indicator.unit
        title = title or f"{names.with_unit(one_line(name), unit)} · {last.text(lang)}"
        about = names.order(found, called, unit) + names.place(known, called, marked)
        if whole is not None:
            aim = _with_unit(grouped(whole, first.indicator.decimals), unit)
            about.append(say("report.chart_target", lang, target=aim))
        if any(bar.partial for bar in bars):
            about.append(say("report.chart_pale", lang))
        about += names.left_out(len(found) - len(bars))
        grid = names.standing(title, known, called, unit, target)
        words = " ".join(about) if lang == "en" else "".join(about)
        svg = drawn_bars(bars, title=title, description=words, target=_float(whole))
        return Chart(title, words, svg, grid, lang)


class _Names:
    """What a chart of these figures calls its parts."""

    def __init__(self, figures: Figures, lang: Language) -> None:
        self._figures, self._lang = figures, lang

    def of(self, drawn: Iterable[_Series]) -> dict[_Series, str]:
        """Each series by what tells it from the others; no two alike."""
        keys = list(drawn)
        several = len({key[0].code for key in keys}) > 1
        editions = len({key[0].key for key in keys}) > len({key[0].code for key in keys})
        divisions = len({key[1] for key in keys}) > 1
        named = {key: self._name(key, several, editions, divisions) for key in keys}
        counts = Counter(named.values())
        twice = {key: f"{name} {key[1]} {key[0].key}" for key, name in named.items() if counts[name] > 1}
        return named | twice

    def _name(self, key: _Series, several: bool, editions: bool, divisions: bool) -> str:
        indicator, division, by = key
        parts = [self._figures.tree.name(division)] if divisions else []
        parts += [indicator.name.in_(self._lang)] if several else []
        parts += [indicator.edition] if editions else []
        parts += [f"{column}={value}" for column, value in by]
        return one_line(" · ".join(parts) or indicator.name.in_(self._lang))

    def title(self, drawn: Iterable[_Series]) -> str:
        """The indicators, and the division if it is one."""
        keys = list(drawn)
        indicators = dict.fromkeys(key[0].name.in_(self._lang) for key in keys)
        places = dict.fromkeys(self._figures.tree.name(key[1]) for key in keys)
        told = joined(list(indicators)[:3], self._lang) + ("…" if len(indicators) > 3 else "")
        return one_line(f"{told} · {next(iter(places))}" if len(places) == 1 else told)

    def course(self, line: Line, figures: Mapping[Period, Figure], periods: list[Period]) -> str:
        """How one line went, and where it breaks."""
        known = [figures[one] for one in periods if one in figures and figures[one].value is not None]
        without = [one.text(self._lang) for one in periods if one not in figures or figures[one].value is None]
        values = {"unit": "" if line.unit == "1" else line.unit, **_ends(periods, self._lang)}
        if not known:
            return say("report.chart_no_values", self._lang, **_ends(periods, self._lang))
        first, last = (grouped(one.value, one.indicator.decimals) for one in (known[0], known[-1]))
        code = "report.chart_course" if values["unit"] else "report.chart_course_plain"
        told = say(code, self._lang, at_first=first, at_last=last, **values)
        gap = say("report.chart_gaps", self._lang, periods=joined(without, self._lang)) if without else ""
        return " ".join(filter(None, (told, gap))) if self._lang == "en" else told + gap

    def order(self, figures: list[Figure], called: Mapping[_Series, str], unit: str) -> list[str]:
        """The ends of a row of bars, and what has none."""
        names = list(called.values())
        known = [(name, one) for name, one in zip(names, figures, strict=True) if one.value is not None]
        without = [name for name, one in zip(names, figures, strict=True) if one.value is None]
        words = []
        if known:
            (most, high), (least, low) = known[0], known[-1]
            ends = {"most": most, "high": _with_unit(grouped(high.value, high.indicator.decimals), unit)}
            ends |= {"least": least, "low": _with_unit(grouped(low.value, low.indicator.decimals), unit)}
            words.append(say("report.chart_order", self._lang, count=len(known), **ends))
        if without:
            words.append(say("report.chart_without", self._lang, names=joined(without, self._lang)))
        return words

    def place(self, known: Mapping[_Series, Figure], called: Mapping[_Series, str], marked: str | None) -> list[str]:
        """The place of the one that somebody looks for, from the highest value; equal ones share it."""
        values = [one.value for one in known.values() if one.value is not None]
        return [
            say(
                "report.chart_place",
                self._lang,
                name=called[key],
                place=1 + sum(value > one.value for value in values),
                count=len(values),
            )
            for key, one in known.items()
            if one.division == marked and one.value is not None
        ]

    def standing(
        self,
        title: str,
        drawn: Mapping[_Series, Figure],
        called: Mapping[_Series, str],
        unit: str,
        target: Decimal | Mapping[str, Decimal] | None,
    ) -> Grid:
        """The bars as a table."""
        headers = [say("report.column_division", self._lang)]
        headers.append(self.with_unit(say("report.column_value", self._lang), unit))
        if target is not None:
            headers.append(say("report.column_target", self._lang))
        rows = []
        for key, one in drawn.items():
            row = [Cell(called[key]), self.cell(one)]
            if target is not None:
                aim = target.get(one.division) if isinstance(target, Mapping) else target
                row.append(Cell(grouped(aim, one.indicator.decimals)))
            rows.append(row)
        return Grid(title, headers, [Section("", rows)], frozenset(range(1, len(headers))))

    def value(self, figure: Figure | None) -> str:
        """A value, or in its place why there is none."""
        if figure is None or figure.value is None:
            return status_words("no_data" if figure is None else figure.status, self._lang)
        return grouped(figure.value, figure.indicator.decimals)

    def cell(self, figure: Figure | None) -> Cell:
        """The same in a table, which says as well that not all was reported."""
        text = self.value(figure)
        if _partial(figure):
            return Cell(say("report.marked", self._lang, text=text, mark=flag_words("incomplete", self._lang)), "warn")
        if figure is None or figure.value is None:
            return Cell(text, "quiet" if figure is None else condition_tone(figure.status, ()))
        return Cell(text)

    def with_unit(self, name: str, unit: str) -> str:
        if unit == "1":
            return name
        return f"{name}（{unit}）" if self._lang == "zh" else f"{name} ({unit})"

    def left_out(self, count: int) -> list[str]:
        return [say("report.chart_left_out", self._lang, count=count)] if count else []


def _ends(periods: list[Period], lang: Language) -> dict[str, str]:
    return {"since": periods[0].text(lang), "until": periods[-1].text(lang)}


def _with_unit(text: str, unit: str) -> str:
    return text if unit == "1" else f"{text} {unit}"


def _partial(figure: Figure | None) -> bool:
    return figure is not None and figure.value is not None and "incomplete" in figure.flags


def _number(figure: Figure | None) -> float | None:
    """Where a point lies; it is only drawn."""
    return None if figure is None else _float(figure.value)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
