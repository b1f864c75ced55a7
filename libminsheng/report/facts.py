"""Facts laid out for reading: the first rows of a file, and what was wrong with the others."""

from __future__ import annotations

from libminsheng.errors import Language, say
from libminsheng.facts import Facts
from libminsheng.report.grid import Cell, Grid, Section

__all__ = ["facts_grid"]

_TOLD = 20
"""Bad rows that are told one by one."""


def facts_grid(facts: Facts, lang: Language | None = None, *, limit: int = 10) -> Grid:
    """The first facts; columns in which nothing was reported are left out."""
    frame = facts.frame.drop("row", "file", "cell", strict=False)
    shown = frame.head(limit)
    columns = [name for name in shown.columns if shown[name].null_count() < len(shown) or not len(shown)]
    rows = [[Cell("" if cell is None else str(cell)) for cell in row] for row in shown.select(columns).iter_rows()]
    notes = []
    if len(frame) > len(shown):
        notes.append(say("report.more", lang, count=f"{len(frame) - len(shown):,}"))
    if facts.bad_rows:
        notes.append(say("report.bad_rows", lang, count=len(facts.bad_rows)))
        notes += [fault.text(lang) for fault in facts.bad_rows[:_TOLD]]
    right = frozenset(place for place, name in enumerate(columns) if name == "value")
    caption = f"{say('report.facts', lang)} · {say('report.count_facts', lang, count=f'{len(frame):,}')}"
    return Grid(caption, columns, [Section("", rows)], right, notes)
