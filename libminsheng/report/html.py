"""What notebooks show: static HTML, without scripts, readable in dark and light.

Each function gives a fragment that stands by itself. Every text that came from a file or a pack
is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine import Explanation, Figures, Receipt, Step
from libminsheng.errors import Language, current_language, say
from libminsheng.facts import Facts
from libminsheng.report.catalogue import catalogue_grid
from libminsheng.report.definition import indicator_grid
from libminsheng.report.facts import facts_grid
from libminsheng.report.figures import figures_grid
from libminsheng.report.grid import Cell, Grid
from libminsheng.report.numbers import grouped_text
from libminsheng.report.style import FRAGMENT

__all__ = [
    "catalogue_html",
    "explanation_html",
    "explanation_list",
    "facts_html",
    "figures_html",
    "grid_fragment",
    "grid_html",
    "indicator_html",
    "receipt_html",
]

_SHOWN: Final = 60
"""Rows that a notebook shows of a long table."""
_OPEN: Final = 24
"""Steps that lie open below another; more are folded until somebody wants them."""


def figures_html(figures: Figures, lang: Language | None = None, *, limit: int | None = _SHOWN) -> str:
    """Figures as a table: the first 60 rows, and how many more there are."""
    return _fragment(grid_html(figures_grid(figures, lang, limit=limit)), lang)


def catalogue_html(catalogue: Catalogue, lang: Language | None = None, *, limit: int | None = _SHOWN) -> str:
    """The indicators of a catalogue, domain by domain."""
    return _fragment(grid_html(catalogue_grid(catalogue, lang, limit=limit)), lang)


def indicator_html(indicator: Indicator, lang: Language | None = None, *, catalogue: Catalogue | None = None) -> str:
    """One edition of an indicator: formula, unit, rounding, bounds, source.

    With a catalogue the formula is also said in words.
    """
    return _fragment(grid_html(indicator_grid([indicator], catalogue, lang)), lang)


def facts_html(facts: Facts, lang: Language | None = None, *, limit: int = 10) -> str:
    """The first facts of a file, how many there are, and what was wrong with the rest."""
    return _fragment(grid_html(facts_grid(facts, lang, limit=limit)), lang)


def receipt_html(receipt: Receipt, lang: Language | None = None) -> str:
    """What was computed from what, as digests."""
    return _fragment(_receipt(receipt, lang), lang)


def explanation_html(explanation: Explanation, lang: Language | None = None) -> str:
    """How a figure came about, as a tree that folds."""
    return _fragment(explanation_list(explanation, lang), lang)


def explanation_list(explanation: Explanation, lang: Language | None = None) -> str:
    """The same tree as a list, for a page that has a style of its own."""
    return f"<ul>{_step(explanation.steps, lang or current_language())}</ul>"


def grid_fragment(grid: Grid, lang: Language | None = None) -> str:
    """A grid as a fragment that stands by itself: what a notebook shows of a table."""
    return _fragment(grid_html(grid), lang)


def grid_html(grid: Grid) -> str:
    """A grid as a table element, its notes below."""
    if not grid.headers and not grid.sections:  # a caption is as wide as its table, which would have no width
        return "".join(f"<p>{escape(text)}</p>" for text in (grid.caption, *grid.notes) if text)
    parts = ["<table>"]
    if grid.caption:
        parts.append(f"<caption>{escape(grid.caption)}</caption>")
    if grid.headers:
        cells = "".join(
            f'<th scope="col"{_classes(place in grid.right)}>{escape(header)}</th>'
            for place, header in enumerate(grid.headers)
        )
        parts.append(f"<thead><tr>{cells}</tr></thead>")
    for section in grid.sections:
        parts.append("<tbody>")
        if section.title:
            span = max(len(grid.headers), max(map(len, section.rows), default=1))
            parts.append(
                f'<tr class="ms-section"><th colspan="{span}" scope="rowgroup">{escape(section.title)}</th></tr>'
            )
        parts.extend(_row(row, grid) for row in section.rows)
        parts.append("</tbody>")
    parts.append("</table>")
    parts.extend(f"<p>{escape(note)}</p>" for note in grid.notes)
    return "".join(parts)


def _fragment(inner: str, lang: Language | None) -> str:
    tongue = "zh-CN" if (lang or current_language()) == "zh" else "en"
    return f'<div class="ms" lang="{tongue}"><style>{FRAGMENT}</style>{inner}</div>'


def _classes(right: bool, tone: str = "plain") -> str:
    names = [name for name in ("ms-right" if right else "", "" if tone == "plain" else f"ms-{tone}") if name]
    return f' class="{" ".join(names)}"' if names else ""


def _row(row: Iterable[Cell], grid: Grid) -> str:
    cells = "".join(
        f"<td{_classes(place in grid.right, cell.tone)}>{escape(cell.text)}</td>" for place, cell in enumerate(row)
    )
    return f"<tr>{cells}</tr>"


def _receipt(receipt: Receipt, lang: Language | None) -> str:
    values: Mapping[str, object] = receipt.as_dict()
    rows = "".join(
        f'<tr><th scope="row">{escape(say(f"report.receipt_{name}", lang))}</th>'
        f'<td class="ms-digest">{escape(str(values[name]))}</td></tr>'
        for name in ("facts", "definitions", "options", "tree", "version")
        if name in values
    )
    return f"<table><caption>{escape(say('report.receipt', lang))}</caption><tbody>{rows}</tbody></table>"


def _step(step: Step, lang: Language) -> str:
    label = escape(step.label.in_(lang))
    head = f"<code>{label}</code>" if step.kind == "formula" else label
    if step.value is not None:
        unit = "" if step.unit in (None, "1") else f" {step.unit}"
        head += f" = <strong>{escape(grouped_text(step.value) + unit)}</strong>"
    if not step.children:
        return f"<li>{head}</li>"
    inner = "".join(_step(child, lang) for child in step.children)
    opened = " open" if len(step.children) <= _OPEN else ""
    return f"<li><details{opened}><summary>{head}</summary><ul>{inner}</ul></details></li>"
