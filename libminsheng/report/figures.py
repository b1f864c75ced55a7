"""Figures laid out for reading: grouped, with names, units, and their status in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Literal

import polars as pl

from libminsheng.definitions.indicator import Indicator
from libminsheng.engine import Figures
from libminsheng.engine.frame import FIXED_COLUMNS
from libminsheng.errors import Language, current_language, say
from libminsheng.report.condition import condition_tone, condition_words
from libminsheng.report.formulas import name_of
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.numbers import grouped
from libminsheng.report.words import domain_place, domain_words
from libminsheng.vocabulary.periods import Period

__all__ = ["Heading", "by_columns", "figures_grid"]

Heading = Literal["domain", "pack"]
"""What the rows stand under: the indicator's domain, or the pack that defines it."""


def by_columns(frame: pl.DataFrame) -> tuple[str, ...]:
    """The breakdown columns of a frame of figures, in its order."""
    return tuple(column for column in frame.columns if column not in FIXED_COLUMNS)


def figures_grid(
    figures: Figures,
    lang: Language | None = None,
    *,
    heading: Heading = "domain",
    order: Sequence[str] = (),
    limit: int | None = None,
) -> Grid:
    """Figures as a table: one section for each domain, in it the indicators as their packs have them.

    A division or a period that all figures share stands in the caption instead of a column.

    Parameters
    ----------
    figures
        What was evaluated.
    lang
        The language of names, periods and statuses.
    heading
        What the sections are.
    order
        The domains or packs that come first; the others follow as the packs have them.
    limit
        Show so many rows at most; a note says how many more there are.
    """
    lang = lang or current_language()
    book = _Book(figures, lang)
    frame = book.ordered(heading, order)
    shown = frame if limit is None else frame.head(limit)
    columns = [name for name in ("division", "period") if len(figures) < 2 or frame[name].n_unique() > 1]
    names = ["indicator", *columns, *by_columns(frame), "value", "unit", "status"]
    sections = [
        Section(title, [book.row(row, columns) for row in rows])
        for title, rows in groupby(
            shown.iter_rows(named=True), key=lambda row: book.title(book.indicator(row), heading)
        )
    ]
    notes = [fault.text(lang) for fault in figures.notes[:20]]
    if len(shown) < len(frame):
        notes.insert(0, say("report.more", lang, count=len(frame) - len(shown)))
    return Grid(
        book.caption([name for name in ("division", "period") if name not in columns], frame),
        [say(f"report.column_{name}", lang) if name in FIXED_COLUMNS else name for name in names],
        sections,
        frozenset({names.index("value")}),
        notes,
    )


@dataclass(frozen=True)
class _Book:
    """The names that a table of these figures needs, each looked up once."""

    figures: Figures
    lang: Language

    @cached_property
    def indicators(self) -> dict[tuple[str, str], Indicator]:
        """Every edition that has figures, in the order in which the packs were written."""
        pairs = self.figures.frame.select("indicator", "edition").with_row_index("at")
        firsts = pairs.unique(["indicator", "edition"], keep="first")["at"].to_list()
        written = (one.key for pack in self.figures.catalogue.packs for one in pack.indicators)
        place = {key: number for number, key in enumerate(written)}
        found = [self.figures[first].indicator for first in firsts]
        found.sort(key=lambda known: (place.get(known.key, len(place)), known.key))
        return {(known.code, known.edition): known for known in found}

    @cached_property
    def all_values(self) -> Cell:
        return Cell(say("report.all_values", self.lang), "quiet")

    @cached_property
    def _divisions(self) -> dict[str, str]:
        return {}

    @cached_property
    def _several(self) -> frozenset[str]:
        """The indicators of which more than one edition is shown."""
        codes = [code for code, _ in self.indicators]
        return frozenset(code for code in codes if codes.count(code) > 1)

    def ordered(self, heading: Heading, order: Sequence[str]) -> pl.DataFrame:
        """The figures in reading order: heading by heading, each as the packs have it."""
        headings = list(order)
        headings += [_group(known, heading) for known in self.indicators.values()]
        if heading == "domain" and not order:
            headings.sort(key=domain_place)
        keys = sorted(self.indicators, key=lambda key: headings.index(_group(self.indicators[key], heading)))
        ranks = pl.DataFrame(
            {"indicator": [key[0] for key in keys], "edition": [key[1] for key in keys], "__rank": range(len(keys))},
            schema={"indicator": pl.String, "edition": pl.String, "__rank": pl.UInt32},
        )
        frame = self.figures.frame.join(ranks, on=["indicator", "edition"], how="left", maintain_order="left")
        return frame.sort("__rank", maintain_order=True).drop("__rank")

    def indicator(self, row: Mapping[str, object]) -> Indicator:
        return self.indicators[str(row["indicator"]), str(row["edition"])]

    def title(self, indicator: Indicator, heading: Heading) -> str:
        if heading == "domain":
            return domain_words(indicator.domain, self.lang)
        packs = self.figures.catalogue.packs
        return next((pack.title.in_(self.lang) for pack in packs if pack.id == indicator.pack), indicator.pack)

    def caption(self, shared: Sequence[str], frame: pl.DataFrame) -> str:
        parts = []
        if "division" in shared:
            code = str(frame["division"][0])
            name = self.division(code)
            parts.append(name if name == code else f"{name} {code}")
        if "period" in shared:
            parts.append(_period(str(frame["period"][0]), self.lang))
        parts.append(say("report.count_figures", self.lang, count=f"{len(frame):,}"))
        return " · ".join(parts)

    def division(self, code: str) -> str:
        name = self._divisions.get(code)
        if name is None:
            name = self._divisions[code] = self.figures.tree.name(code)
        return name

    def row(self, row: Mapping[str, object], columns: Sequence[str]) -> list[Cell]:
        indicator = self.indicator(row)
        cells = [Cell(self.name(indicator))]
        if "division" in columns:
            cells.append(Cell(self.division(str(row["division"]))))
        if "period" in columns:
            cells.append(Cell(_period(str(row["period"]), self.lang)))
        broken_down = (row[name] for name in by_columns(self.figures.frame))
        cells += [self.all_values if cell is None else Cell(str(cell)) for cell in broken_down]
        value = row["value"]
        number = value if isinstance(value, Decimal) else None
        tone = condition_tone(str(row["status"]), _texts(row["flags"]))
        return [
            *cells,
            Cell(grouped(number, indicator.decimals), "plain" if number is not None else tone),
            Cell(str(row["unit"])),
            Cell(self.condition(row), tone),
        ]

    def name(self, indicator: Indicator) -> str:
        name = indicator.name.in_(self.lang)
        if indicator.code not in self._several:
            return name
        return f"{name}（{indicator.edition}）" if self.lang == "zh" else f"{name} ({indicator.edition})"

    def condition(self, row: Mapping[str, object]) -> str:
        """Status, what is missing, and the flags, in words."""
        return condition_words(
            str(row["status"]),
            _texts(row["flags"]),
            [name_of(code, self.figures.catalogue, self.lang) for code in _texts(row["missing"])],
            self.lang,
            coverage=(row["reported"], row["expected"]),
        )


def _group(indicator: Indicator, heading: Heading) -> str:
    return indicator.domain if heading == "domain" else indicator.pack


def _texts(value: object) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else []


def _period(label: str, lang: Language) -> str:
    return Period.parse(label).text(lang)
