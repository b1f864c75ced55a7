"""What the tests write into the book: a small place, a few measures, projects and facts."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any

import libminsheng as ms
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.vocabulary.divisions import Division

T0 = datetime.datetime(2026, 3, 2, 1, 0, tzinfo=datetime.UTC)


def hours(number: float) -> datetime.datetime:
    """So many hours after the tests' beginning."""
    return T0 + datetime.timedelta(hours=number)


@cache
def tree_of_the_book() -> ms.DivisionTree:
    return ms.DivisionTree.from_divisions(
        [
            Division("P", "一市", None, "prefecture"),
            Division("A", "甲县", "P", "county"),
            Division("A1", "东镇", "A", "township"),
            Division("A2", "西镇", "A", "township"),
            Division("B", "乙县", "P", "county"),
        ]
    )


@cache
def catalogue_of_the_book() -> Catalogue:
    return ms.catalogue()


def project(code: str = "A-2024-001", **changes: Any) -> dict[str, Any]:
    """A whole document."""
    return {
        "code": code,
        "name": {"zh": "农村危房改造", "en": "Renewal of unsafe rural houses"},
        "domain": "住有所居",
        "kind": "工程类",
        "tier": "省级",
        "lead": {"name": "住房和城乡建设局", "credit_code": "N2340102MF1234567Y"},
        "divisions": ["A1"],
        "years": {"first": 2024, "last": 2025},
        "status": "实施",
        "budgets": [
            {"source": "central", "year": 2024, "amount": "1200.50", "unit": "万元"},
            {"source": "县级财政", "year": 2024, "amount": "300", "unit": "万元"},
        ],
        "targets": [
            {"measure": "funds_used", "period": "2024", "value": "1500.5", "unit": "万元", "issuer": "province"}
        ],
        "milestones": [{"name": "开工", "planned": "2024-03-01", "actual": None}],
        **changes,
    }


_numbers = itertools.count(1)


def facts_of(
    rows: Sequence[tuple[Any, ...]], names: Sequence[str] = ("division", "period", "measure", "value")
) -> ms.Facts:
    """Facts as if they had been read from a file."""
    import tempfile
    from pathlib import Path

    from libminsheng.facts import read_facts

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"facts{next(_numbers)}.csv")
        lines = [",".join(names), *(",".join("" if cell is None else str(cell) for cell in row) for row in rows)]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return read_facts(path)
