"""A small pack of measures and one rule, and what it finds in a few rows of facts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import polars as pl

import libminsheng as ms

MEASURES = """\
[[measure]]
code = "a"
unit = "人"
[[measure]]
code = "b"
unit = "人"
[[measure]]
code = "c"
unit = "人"
[[measure]]
code = "stock"
unit = "人"
time = "stock"
[[measure]]
code = "money"
unit = "元"
[[measure]]
code = "pay"
unit = "元/月"
time = "standard"
[[measure]]
code = "other_pay"
unit = "元/月"
time = "standard"
[[measure]]
code = "rate"
unit = "%"
time = "standard"
[[measure]]
code = "growth"
unit = "百分点"
time = "standard"
"""
TREE = ms.DivisionTree.from_divisions(
    [ms.Division("P", "P", None), ms.Division("A", "A", "P"), ms.Division("B", "B", "P")]
)


@cache
def catalogue(rules: str) -> ms.Catalogue:
    path = Path(tempfile.mkdtemp()) / "mine.toml"
    path.write_text(MEASURES + rules, "utf-8")
    return ms.catalogue(packs=[path])


def rule(check: str, text: str, code: str = "mine") -> str:
    return f'[[rule]]\ncode = "{code}"\ncheck = "{check}"\nseverity = "error"\n{text}\n'


def frame(rows: Iterable[Sequence[object]], columns: Sequence[str] = ()) -> pl.DataFrame:
    """Rows of division, period, measure, value and what else `columns` name."""
    names = ["division", "period", "measure", "value", *columns]
    texts = [[None if cell is None else str(cell) for cell in row] for row in rows]
    return pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String), orient="row")


def found(rules: str, rows: Iterable[Sequence[object]], columns: Sequence[str] = ()) -> ms.Findings:
    """What the rules of the small pack find."""
    return ms.check(frame(rows, columns), catalogue=catalogue(rules), tree=TREE, only=["mine"])


def spots(findings: ms.Findings) -> list[tuple[str, str]]:
    """Divisions and periods of what was found."""
    return [(finding.where["division"], finding.where["period"]) for finding in findings]
