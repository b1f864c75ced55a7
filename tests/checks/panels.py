"""Panels that fit together: built from the lowest divisions and the months upwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl
from hypothesis import strategies as st

import libminsheng as ms

FLOW, STOCK, OTHER = "funds_used", "resident_population", "funds_disbursed"
TOP = "a"
TREE = ms.DivisionTree.from_divisions(
    ms.Division(code, code.upper(), code[:-1] or None) for code in ("a", "aa", "ab", "aaa", "aab", "aac", "aba", "abb")
)
LEAVES = ("aaa", "aab", "aac", "aba", "abb")
UNDER = {"aa": ("aaa", "aab", "aac"), "ab": ("aba", "abb"), "a": ("aa", "ab")}
MONTHS = tuple(f"2017-{month:02d}" for month in range(1, 13))
LONGER = {
    **{f"2017-Q{quarter + 1}": MONTHS[3 * quarter : 3 * quarter + 3] for quarter in range(4)},
    **{f"2017-H{half + 1}": MONTHS[6 * half : 6 * half + 6] for half in range(2)},
    "2017": MONTHS,
}
STRUCTURAL = ("parent_differs", "part_exceeds_whole", "year_differs", "cumulative_falls", "stock_summed")
CATALOGUE = ms.catalogue()


class Key(NamedTuple):
    """What one row of facts is about."""

    division: str
    period: str
    measure: str = FLOW
    basis: str = "period"
    sex: str | None = None
    scenario: str = "actual"


Rows = dict[Key, int]


def checked(rows: Rows, *only: str, order: Iterable[Key] | None = None) -> ms.Findings:
    """The findings on rows, in any order."""
    table = [{**key._asdict(), "value": rows[key]} for key in (rows if order is None else order)]
    text = dict.fromkeys(Key._fields, pl.String)
    facts = pl.DataFrame(table, schema={**text, "value": pl.Int64})
    if facts["sex"].null_count() == len(facts):
        facts = facts.drop("sex")
    return ms.check(facts, catalogue=CATALOGUE, tree=TREE, only=only or None)


def places(findings: ms.Findings) -> list[tuple[str, ...]]:
    """Code, division, period and measure of each finding."""
    names = ("division", "period", "measure")
    return [(one.code, *(str(one.where[name]) for name in names if name in one.where)) for one in findings]


def months(division: str, values: Iterable[int], measure: str = FLOW, year: int = 2017, **more: Any) -> Rows:
    """A division's months from January on."""
    return {Key(division, f"{year}-{month:02d}", measure, **more): value for month, value in enumerate(values, start=1)}


def to_date(values: Iterable[int]) -> list[int]:
    """What is reached at each period's end."""
    total, reached = 0, []
    for value in values:
        total += value
        reached.append(total)
    return reached


@st.composite
def consistent(draw: st.DrawFn, measure: str = FLOW, least: int = 0, *, basis: bool = True) -> Rows:
    """A measure reported by every division, each longer period, and year-to-date: whatever the months are, they fit."""
    values = st.integers(least, draw(st.sampled_from([5, 1000, 10**9, 10**15])))
    by_month = {leaf: draw(st.lists(values, min_size=12, max_size=12)) for leaf in LEAVES}
    for parent, children in UNDER.items():
        by_month[parent] = [sum(parts) for parts in zip(*(by_month[child] for child in children), strict=True)]
    rows: Rows = {}
    longer = draw(st.sets(st.sampled_from(sorted(LONGER))))
    accumulates = basis and draw(st.booleans())
    for division, own in by_month.items():
        rows.update(months(division, own, measure))
        of = dict(zip(MONTHS, own, strict=True))
        for period in longer:
            parts = [of[month] for month in LONGER[period]]
            rows[Key(division, period, measure)] = sum(parts) if measure == FLOW else parts[-1]
        if accumulates:
            rows.update(months(division, to_date(own), measure, basis="year_to_date"))
    return rows
