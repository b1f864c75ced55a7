"""The same facts give the same figures and the same receipt, whichever engine holds them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

import libminsheng as ms

CATALOGUE = ms.catalogue(
    packs=[
        ms.Pack(
            "engines",
            measures=(
                ms.Measure("count", unit="人"),
                ms.Measure("amount", unit="元"),
                ms.Measure("heads", unit="人", time="stock"),
            ),
            indicators=(
                ms.Indicator("per_head", formula="amount / heads", unit="元/人"),
                ms.Indicator("growth", formula="count / previous(count) - 1", unit="%", rounding="half_even"),
                ms.Indicator("so_far", formula="year_to_date(amount)", unit="元"),
            ),
        )
    ],
    builtin=False,
)
TREE = ms.DivisionTree.from_divisions(
    [ms.Division("P", "P"), *(ms.Division(f"C{number}", f"C{number}", "P") for number in range(6))]
)


def panel(rows: int = 400, seed: int = 2017) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    measure = rng.choice(["count", "amount", "heads"], rows)
    cents = rng.integers(0, 10_000_000, rows)
    values = [
        Decimal(int(c)).scaleb(-2) if m == "amount" else Decimal(int(c)) for c, m in zip(cents, measure, strict=True)
    ]
    return pl.DataFrame(
        {
            "division": rng.choice([f"C{number}" for number in range(6)], rows),
            "period": rng.choice([f"2017-{month:02d}" for month in range(1, 7)] + ["2017-Q1"], rows),
            "measure": measure,
            "value": pl.Series(values, dtype=pl.Decimal(18, 2)),
            "sex": rng.choice(np.array(["f", "m", None], object), rows).tolist(),
            "basis": np.where((measure == "amount") & (rng.random(rows) < 0.3), "year_to_date", "period"),
            "approximate": rng.random(rows) < 0.1,
        }
    )


def answer(facts: object) -> tuple[list[dict[str, Any]], ms.Receipt]:
    figures = ms.evaluate(facts, catalogue=CATALOGUE, tree=TREE, by=["sex"])
    return figures.to_dicts(), figures.receipt


EXPECTED = answer(panel())

ENGINES: dict[str, Callable[[pl.DataFrame], object]] = {
    "polars, lazy": lambda frame: frame.lazy(),
    "polars, shuffled": lambda frame: frame.sample(fraction=1, shuffle=True, seed=1),
    "polars, categorical": lambda frame: frame.with_columns(
        pl.col("division", "period", "measure").cast(pl.Categorical)
    ),
    "polars, floats": lambda frame: frame.with_columns(pl.col("value").cast(pl.Float64)),
    "polars, texts": lambda frame: frame.with_columns(pl.col("value").cast(pl.String)),
    "pandas": lambda frame: frame.to_pandas(),
    "arrow": lambda frame: frame.to_arrow(),
    "duckdb": lambda frame: duckdb.from_arrow(frame.to_arrow()),
    "duckdb, floats": lambda frame: duckdb.from_arrow(frame.with_columns(pl.col("value").cast(pl.Float64)).to_arrow()),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_agree(engine: str) -> None:
    assert len(EXPECTED[0]) > 100
    assert answer(ENGINES[engine](panel())) == EXPECTED


@pytest.mark.filterwarnings("ignore::FutureWarning:pyspark")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:pyspark")
def test_spark_agrees(spark: Any) -> None:
    frame = panel()
    rows = [tuple(row) for row in frame.iter_rows()]
    kinds = {"value": "decimal(18,2)", "approximate": "boolean"}
    schema = ", ".join(f"{name} {kinds.get(name, 'string')}" for name in frame.columns)
    assert answer(spark.createDataFrame(rows, schema)) == EXPECTED


def test_another_process_gives_the_same_receipt(tmp_path: Any) -> None:
    path = tmp_path / "facts.parquet"
    panel().sample(fraction=1, shuffle=True, seed=3).write_parquet(path)
    code = (
        "import polars as pl; from tests.engine.test_engines import answer; "
        f"print(answer(pl.read_parquet({str(path)!r}))[1].digest)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == EXPECTED[1].digest


def test_a_receipt_reads_back_and_tells_when_it_was_altered() -> None:
    receipt = EXPECTED[1]
    assert ms.Receipt.from_dict(receipt.as_dict()) == receipt
    with pytest.raises(ms.ReceiptError, match="does not fit"):
        ms.Receipt.from_dict(receipt.as_dict() | {"facts": "0" * 64})
    with pytest.raises(ms.ReceiptError, match="no options"):
        ms.Receipt.from_dict({key: value for key, value in receipt.as_dict().items() if key != "options"})


def test_other_facts_definitions_or_options_give_another_receipt() -> None:
    changed = panel().with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(pl.col("value") + 1).otherwise(pl.col("value")).alias("value")
    )
    assert answer(changed)[1].facts != EXPECTED[1].facts
    asked = ms.evaluate(panel(), catalogue=CATALOGUE, tree=TREE, by=["sex"], parents="own").receipt
    assert (asked.facts, asked.definitions) == (EXPECTED[1].facts, EXPECTED[1].definitions)
    assert asked.options != EXPECTED[1].options


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(ms.EvaluationError, match="list is no frame"):
        ms.evaluate([1, 2], catalogue=CATALOGUE, tree=TREE)
    with pytest.raises(ms.FactsError, match="the column measure is missing"):
        ms.evaluate(pl.DataFrame({"division": ["P"], "period": ["2017"], "value": [1]}), catalogue=CATALOGUE, tree=TREE)


def test_numbers_that_are_none_are_refused_with_their_rows() -> None:
    facts = pl.DataFrame(
        {
            "division": ["P"] * 3,
            "period": ["2017"] * 3,
            "measure": ["count"] * 3,
            "value": [1.0, float("nan"), float("inf")],
        }
    )
    with pytest.raises(ms.FactsError) as refused:
        ms.evaluate(facts, catalogue=CATALOGUE, tree=TREE)
    assert [fault.place.row for fault in refused.value.faults] == [2, 3]


def test_too_many_decimals_are_refused_in_a_frame() -> None:
    facts = pl.DataFrame({"division": ["P"], "period": ["2017"], "measure": ["count"], "value": [1.5]})
    with pytest.raises(ms.FactsError, match="more decimals than the 0 of count"):
        ms.evaluate(facts, catalogue=CATALOGUE, tree=TREE)
