"""The tables of a page: what was aimed at and how far it is, and the figures domain by domain, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.parse import parse
from libminsheng.engine.figures import Figure, Figures
from libminsheng.errors import Language, say
from libminsheng.report.condition import condition_tone, condition_words
from libminsheng.report.formulas import formula_in_words
from libminsheng.report.lights import light_words
from libminsheng.report.numbers import grouped
from libminsheng.report.words import domain_place, domain_words, joined, one_line
from libminsheng.scoring.monitor import monitor
from libminsheng.scoring.watched import Monitor, Watched
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.domains import Domain, find_domain
from libminsheng.vocabulary.periods import Period
from minsheng_http.deadline import Deadline
from minsheng_indicators.copy.sight import Asked, Sight

__all__ = ["FigureRow", "Group", "WatchRow", "figures_of", "groups_of", "standing_of", "watched_of"]

_TONES: Final = {"red": "bad", "yellow": "warn", "green": "good", "blue": "good"}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure: its key, its name, its value as it is printed, its condition in words, and what it lacks.

    `blank` is one that was not reported; any other without a value says why in its row.
    """

    key: str
    name: str
    value: str
    unit: str
    condition: str
    lacks: str
    tone: str
    valued: bool
    blank: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of a domain."""

    code: str
    name: str
    rows: Sequence[FigureRow]

    @property
    def told(self) -> list[FigureRow]:
        """Those that say something."""
        return [row for row in self.rows if not row.blank]

    @property
    def blanks(self) -> list[FigureRow]:
        """Those of which nothing was reported, or not all that it takes."""
        return [row for row in self.rows if row.blank]


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One thing that has a target: how far it is, against the calendar, and what its light says."""

    name: str
    actual: str
    target: str
    unit: str
    pace: str
    forecast: str
    light: str
    word: str
    tone: str
    condition: str


def figures_of(sight: Sight, division: str, year: str, most: int, deadline: Deadline) -> Figures:
    """The figures of a division and a year, of every indicator with a reported operand."""
    asked = Asked(divisions=(division,), period="year", start=year, end=year)
    return sight.figures(asked, most=most, progress=deadline.check)


def groups_of(figures: Iterable[Figure], domain: Domain | None, catalogue: Catalogue, lang: Language) -> list[Group]:
    """Figures domain by domain, in the order of the standard; in it as their packs have them, those with a value first."""
    place = {one.key: at for at, one in enumerate(one for pack in catalogue.packs for one in pack.indicators)}
    wanted = [one for one in figures if domain is None or find_domain(one.indicator.domain) == domain]
    wanted.sort(
        key=lambda one: (
            domain_place(one.indicator.domain),
            one.value is None,
            place.get(one.indicator.key, len(place)),
        )
    )
    codes = [one.indicator.code for one in wanted]
    found: dict[str, list[FigureRow]] = {}
    for one in wanted:
        several = codes.count(one.indicator.code) > 1
        found.setdefault(one.indicator.domain, []).append(figure_row(one, catalogue, lang, several=several))
    groups = []
    for text, rows in found.items():
        known = find_domain(text)
        groups.append(Group("none" if known is None else known.code, domain_words(text, lang), rows))
    return groups


def figure_row(figure: Figure, catalogue: Catalogue, lang: Language, *, several: bool = False) -> FigureRow:
    """A figure in words; with its edition where there are several of its indicator."""
    indicator = figure.indicator
    name = indicator.name.in_(lang)
    if several:
        name = f"{name}（{indicator.edition}）" if lang == "zh" else f"{name} ({indicator.edition})"
    missing = [formula_in_words(parse(text), catalogue, lang) for text in figure.missing]
    sound = figure.status == "ok"
    return FigureRow(
        indicator.key if several else indicator.code,
        one_line(name),
        grouped(figure.value, indicator.decimals),
        "" if indicator.unit == "1" else indicator.unit,
        condition_words(figure.status, figure.flags if sound else (), (), lang, coverage=figure.coverage),
        say("report.missing", lang, names=joined(missing, lang)) if missing else "",
        condition_tone(figure.status, figure.flags),
        sound,
        figure.status == "no_data",
    )


def watched_of(
    sight: Sight, division: str, year: str, catalogue: Catalogue, tree: DivisionTree, deadline: Deadline
) -> Monitor | None:
    """What has a target, as it stood when something was last reported in the year; None if nothing has."""
    last = None
    for period in _moments(sight, year):
        found = monitor(
            sight.kept("total"),
            period,
            catalogue=catalogue,
            tree=tree,
            divisions=[division],
            progress=deadline.check,
        )
        if any(one.light is not None for one in found):
            return found
        last = last or found or None
    return last


def _moments(sight: Sight, year: str) -> list[Period]:
    """The ends of what was reported in a year, the latest first; the year itself before all."""
    whole = Period.parse(year)
    parts = {one for one in sight.outline.periods if one.year == whole and one != whole}
    ends: dict[int, Period] = {}
    for one in sorted(parts, key=lambda one: len(one.months())):
        ends.setdefault(one.last_month, one)
    found = [ends[month] for month in sorted(ends, reverse=True)]
    return found or [whole]


def standing_of(found: Monitor, domain: Domain | None, catalogue: Catalogue, lang: Language) -> list[WatchRow]:
    """What is watched, in words; of a domain, what its indicators use."""
    kept = [one for one in found if domain is None or _in_domain(one, domain, catalogue)]
    return [_watch_row(one, catalogue, lang) for one in kept]


def _in_domain(one: Watched, domain: Domain, catalogue: Catalogue) -> bool:
    code = one.watch.measure or one.watch.code
    return any(find_domain(user.domain) == domain for user in catalogue.used_by(code))


def _watch_row(one: Watched, catalogue: Catalogue, lang: Language) -> WatchRow:
    decimals = one.figure.indicator.decimals
    missing = [formula_in_words(parse(text), catalogue, lang) for text in one.missing]
    sound = one.status == "ok" and not one.flags
    paced = one.rule.compares == "pace" and one.light is not None
    return WatchRow(
        one_line(one.name.in_(lang)),
        grouped(one.actual, decimals),
        grouped(one.target, decimals),
        "" if one.unit == "1" else one.unit,
        "" if one.pace is None else f"{one.pace:,.2f} %",
        "" if one.forecast is None else grouped(one.forecast, decimals),
        light_words(one.light, lang),
        say(f"page.pace_{one.light}", lang) if paced else "",
        _TONES.get(one.light or "", "quiet"),
        "" if sound else condition_words(one.status, one.flags, missing, lang),
    )
