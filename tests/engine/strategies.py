"""Random small panels: trees, facts of every kind, formulas with every function, and the options of a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from libminsheng.definitions.formula import Call, Formula, Name
from tests.engine.panel import I, M, Panel, tree_of

FORMULAS = {
    "count": ("x", "人"),
    "rate": ("x / y", "%"),
    "women": ('x[sex == "f"] / x', "%"),
    "cells": ('x[sex in ("f", "m")][area == "u"]', "人"),
    "works": ('x[project == "w"] - y', "人"),
    "reached": ("x / target(x)", "%"),
    "issued": ('target(x[issuer == "a"]) - target(x[issuer == "b"])', "人"),
    "issuers": ("target(x)", "人"),
    "growth": ("x / year_ago(x) - 1", "%"),
    "chain": ("x / previous(x)", "%"),
    "pace": ("year_to_date(x) / (full_year(target(x)) * time_progress())", "%"),
    "so_far": ("year_to_date(x)", "人"),
    "so_far_ago": ('year_ago(year_to_date(x[sex == "f"]))', "人"),
    "whole": ("full_year(x) - previous(full_year(x))", "人"),
    "stock": ("z", "人"),
    "stock_growth": ("z - year_ago(z)", "人"),
    "stock_end": ("x / full_year(z)", "%"),
    "level": ("s", "元/月"),
    "mean": ("weighted(s, y)", "元/月"),
    "mean_of_stock": ("weighted(s, z)", "元/月"),
    "shares": ("share(x)", "%"),
    "shares_of_rate": ("share(x / y)", "%"),
    "filled": ("coalesce(x, 0) / y", "%"),
    "either": ("coalesce(x, z)", "人"),
    "limits": ("min(x, y, z) - max(x, y) + abs(x - y)", "人"),
    "annual": ("annualised(x)", "人"),
    "interval": ("margin(x, y)", "百分点"),
    "lower_end": ("x / y - margin(x, y)", "%"),
    "score": ("t / x", "分"),
    "score_interval": ("margin(t, x, q)", "分"),
    "score_ends": ("max(t / x - margin(t, x, q), year_ago(t / x))", "分"),
    "points": ("x / y - year_ago(x / y)", "百分点"),
    "base": ("x - coalesce(baseline(x), y)", "人"),
    "nested": ("rate * (1 - women)", "%"),
}
"""Each indicator's formula and unit; every function of design §4 is among them."""

TIMES = {"x": "flow", "y": "flow", "z": "stock", "s": "standard", "t": "flow", "q": "flow"}
UNITS = {"s": "元/月", "t": "分·人", "q": "分·分·人"}
WINDOWS = (
    ("2017-01", "2017-02", "2017-03", "2017-Q1"),
    ("2017-01", "2017-02", "2017-03", "2017-04", "2017-05", "2017-06", "2017-Q1", "2017-Q2", "2017-H1", "2017"),
    ("2016-01", "2016-Q1", "2016", "2017-01", "2017-Q1", "2017-H1", "2017"),
    ("2016-10", "2016-11", "2016-12", "2016-Q4", "2017-01", "2017-02", "2017-Q1", "2016", "2017"),
)
COLUMNS: dict[str, tuple[str, ...]] = {"sex": ("f", "m"), "area": ("u", "r"), "project": ("w", "v")}


@dataclass(frozen=True)
class Question:
    """A panel and what is asked of it."""

    panel: Panel
    indicators: tuple[str, ...]
    options: dict[str, Any]


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str | None]:
    """A tree of one to five divisions, at most three levels deep, with one root or several."""
    count = draw(st.integers(1, 5))
    parents: dict[str, str | None] = {"A": None}
    depth = {"A": 1}
    for code in "BCDE"[: count - 1]:
        candidates = [*(above for above in parents if depth[above] < 3), None]
        parent = draw(st.sampled_from(candidates))
        parents[code] = parent
        depth[code] = 1 if parent is None else depth[parent] + 1
    return parents


def operands(indicator: str) -> list[tuple[str, str]]:
    """The measures of an indicator with their scenarios."""
    found: list[tuple[str, str]] = []

    def visit(node: Formula, scenario: str) -> None:
        if isinstance(node, Name):
            found.extend(operands(node.code) if node.code in FORMULAS else [(node.code, scenario)])
        named = isinstance(node, Call) and node.function in ("target", "baseline")
        for child in node.children():
            visit(child, node.function if named and isinstance(node, Call) else scenario)

    visit(tree_of(FORMULAS[indicator][0]), "actual")
    return found


@st.composite
def panels(draw: st.DrawFn, indicators: tuple[str, ...] = ("count",)) -> Panel:
    """A tree and up to twenty facts, most of them for what these indicators need."""
    tree = draw(trees())
    periods = draw(st.lists(st.sampled_from(draw(st.sampled_from(WINDOWS))), min_size=1, max_size=4, unique=True))
    columns = draw(st.sampled_from([(), (), ("sex",)]))
    bases = draw(st.sampled_from([("period",), ("period", "year_to_date"), ("year_to_date",)]))
    wanted = [operand for indicator in indicators for operand in operands(indicator)]

    @st.composite
    def fact(draw: st.DrawFn) -> dict[str, Any]:
        measure, scenario = draw(st.sampled_from(wanted))
        cells = {column: draw(st.sampled_from((None, *COLUMNS[column]))) for column in columns}
        return {
            "division": draw(st.sampled_from(sorted(tree))),
            "period": draw(st.sampled_from(periods)),
            "measure": measure,
            "value": str(draw(st.sampled_from((700, 700, 710)) if measure == "s" else st.integers(0, 9))),
            "scenario": scenario,
            "basis": draw(st.sampled_from(bases)) if TIMES[measure] == "flow" else "period",
            **{column: cells.get(column) for column in COLUMNS},
            "issuer": draw(st.sampled_from(("a", "a", "b", None))) if scenario == "target" else None,
            "approximate": draw(st.sampled_from((False, False, False, True))),
        }

    rows = draw(st.lists(fact(), min_size=draw(st.sampled_from((2, 8, 14))), max_size=20))
    starts = draw(st.sampled_from((1, 1, 10)))
    measures = tuple(M(code, UNITS.get(code, "人"), time, year_starts=starts) for code, time in TIMES.items())
    return Panel(measures, tuple(I(code, *entry) for code, entry in FORMULAS.items()), tuple(rows), tree)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A panel, one or two of its indicators, and the options of a question."""
    indicators = draw(st.lists(st.sampled_from(sorted(FORMULAS)), min_size=1, max_size=2, unique=True))
    panel = draw(panels(tuple(indicators)))
    options: dict[str, Any] = {
        "by": draw(st.sampled_from(((), ("sex",), ("sex", "area")))),
        "period": draw(st.sampled_from((None, "month", "quarter", "half", "year"))),
        "parents": draw(st.sampled_from(("total", "total", "own"))),
    }
    if draw(st.booleans()):
        options |= {"start": "2016-12", "end": "2017-06"}
    if draw(st.integers(0, 3)) == 0:
        options["reporters"] = draw(st.lists(st.sampled_from(sorted(panel.tree)), min_size=1, unique=True))
    return Question(panel, tuple(indicators), options)
