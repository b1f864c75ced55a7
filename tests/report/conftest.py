"""A few figures, small enough to be read: with every status that a table has to show."""

from __future__ import annotations

import polars as pl
import pytest

import libminsheng as ms
from libminsheng.definitions import Catalogue

ROWS = [
    ("340102", "2017", "newborns_screened", "10601", None),
    ("340102", "2017", "live_births", "10642", True),
    ("340102", "2018", "newborns_screened", "5", None),
    ("340102", "2018", "live_births", "0", None),
    ("340103", "2017", "newborns_screened", "7", None),
    ("340102", "2017", "funds_disbursed_and_used", "262000000", None),
    ("340102", "2017", "fee_exemption_funds", "57148000", None),
]


@pytest.fixture(scope="session")
def facts() -> pl.DataFrame:
    return pl.DataFrame(
        ROWS, schema=["division", "period", "measure", "value", "approximate"], orient="row"
    ).with_columns(pl.col("value").cast(pl.Decimal(20, 2)))


@pytest.fixture(scope="session")
def builtin() -> Catalogue:
    return ms.catalogue()


@pytest.fixture(scope="session")
def figures(facts: pl.DataFrame) -> ms.Figures:
    return ms.evaluate(
        facts,
        indicators=["newborn_screening_rate", "special_funds", "fee_exemption_share"],
        divisions=["340102", "340103"],
    )


@pytest.fixture(scope="session")
def broken_down() -> ms.Figures:
    """Figures by a column whose values do their worst."""
    facts = pl.DataFrame(
        {
            "division": ["340102"] * 4,
            "period": ["2017"] * 4,
            "measure": ["newborns_screened", "live_births"] * 2,
            "value": [1, 2, 3, 4],
            "kind": ["<script>alert(1)</script>"] * 2 + ['=HYPERLINK("x")'] * 2,
        }
    )
    return ms.evaluate(facts, indicators=["newborn_screening_rate"], divisions=["340102"], by=["kind"])
