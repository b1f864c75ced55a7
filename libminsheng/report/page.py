"""A page of its own: one HTML file that needs nothing else, not even a network."""

from __future__ import annotations

from html import escape

from libminsheng.engine import Explanation, Figures
from libminsheng.errors import Language, current_language, say
from libminsheng.report.grid import Grid
from libminsheng.report.html import explanation_html, figures_html, grid_fragment, receipt_html
from libminsheng.report.style import PAGE

__all__ = ["explanation_page", "figures_page", "grid_page", "page"]


def figures_page(figures: Figures, lang: Language | None = None) -> str:
    """All figures, and the receipt that says what they were computed from."""
    return page(
        say("report.page_title", lang),
        [figures_html(figures, lang, limit=None), receipt_html(figures.receipt, lang)],
        lang,
    )


def explanation_page(explanation: Explanation, lang: Language | None = None) -> str:
    """How one figure came about."""
    name = explanation.figure.indicator.name.in_(lang)
    return page(f"{say('report.explanation', lang)}: {name}", [explanation_html(explanation, lang)], lang)


def grid_page(grid: Grid, lang: Language | None = None) -> str:
    """A table under its caption."""
    return page(grid.caption, [grid_fragment(grid, lang)], lang)


def page(title: str, fragments: list[str], lang: Language | None = None) -> str:
    """Fragments in one HTML document, with a title."""
    tongue = "zh-CN" if (lang or current_language()) == "zh" else "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{tongue}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{PAGE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>\n" + "\n".join(fragments) + "\n</main></body></html>\n"
    )
