"""Facts and figures that were written as SDMX are read back by three readers: ours, pysdmx and sdmx1."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
import sdmx
from hypothesis import given, settings
from hypothesis import strategies as st
from pysdmx.io import get_datasets, read_sdmx
from pysdmx.io.pd import PandasDataset
from sdmx.message import DataMessage, StructureMessage

import libminsheng as ms
from libminsheng.facts import Facts
from libminsheng.sdmx import Form, catalogue_structures, facts_sdmx, figures_sdmx, write_structures
from libminsheng.vocabulary.sdmx import code_id, component_id

MEASURES = {"funds_used": ("元", "万元"), "newborns_screened": ("人", "万人"), "live_births": ("人", "人")}
COLUMNS = ("sex", "性别", "status", "ref_area")
LINE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)
"""Text of one line: sdmx1 cuts a CSV at every line end, quoted or not."""
FACT = st.fixed_dictionaries({
    "division": st.sampled_from(["340102", "340103", "340102001"]),
    "period": st.sampled_from(["2017", "2017-H2", "2017-Q1", "2017-09", "2016"]),
    "measure": st.sampled_from(sorted(MEASURES)),
    "value": st.integers(-(10**24), 10**24),
    "large": st.booleans(),
    "scenario": st.sampled_from(["actual", "target", "baseline"]),
    "basis": st.sampled_from(["period", "year_to_date"]),
    "project": st.none() | LINE,
    "issuer": st.none() | st.sampled_from(["province", "市", "_Z"]),
    "approximate": st.booleans(),
    "note": st.none() | LINE,
    **{column: st.none() | st.sampled_from(["f", "女", "_T", "a b", "$5f$"]) for column in COLUMNS},
})  # fmt: skip
KEY = ("division", "period", "measure", "scenario", "basis", "project", "issuer", *COLUMNS)
FACT_ROWS = st.lists(FACT, min_size=1, max_size=6, unique_by=lambda fact: tuple(fact[name] for name in KEY))


def _facts(rows: list[dict[str, Any]], folder: Path) -> Facts:
    """The rows as a file that was read; a value in 万 has four decimals more."""
    cells = []
    for row in rows:
        unit = MEASURES[row["measure"]][row["large"]]
        decimals = (2 if row["measure"] == "funds_used" else 0) + 4 * (unit[0] == "万")
        value = Decimal(row["value"]).scaleb(-decimals)
        cells.append({**row, "value": f"{value:f}", "unit": unit if row["large"] else None, "large": None})
    path = folder / "facts.parquet"
    schema = {name: pl.Boolean if name == "approximate" else pl.String for name in cells[0] if name != "large"}
    pl.DataFrame(cells, schema=schema).write_parquet(path)
    return ms.read_facts(path, catalogue=ms.catalogue())


def _plain(facts: Facts) -> list[dict[str, Any]]:
    frame = facts.frame.drop("row", "file", "reported", strict=False)
    rows = [{name: cell for name, cell in row.items() if cell is not None} for row in frame.iter_rows(named=True)]
    for row in rows:
        row["value"] = Decimal(row["value"])
        row.setdefault("unit", ms.catalogue().measures[row["measure"]].unit)
    return sorted(rows, key=str_of)


def str_of(row: dict[str, Any]) -> str:
    return str(
        sorted((name, str(cell.normalize() if isinstance(cell, Decimal) else cell)) for name, cell in row.items())
    )


def _write(write: Any, folder: Path) -> None:
    for form, name in (("csv", "data.csv"), ("xml", "data.xml"), ("structure", "structure.xml")):
        write(folder / name, cast("Form", form))


@given(FACT_ROWS)
@settings(max_examples=30, deadline=None)
def test_facts_come_back_as_they_were(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        facts = _facts(rows, folder)
        for form, file in (("csv", "data.csv"), ("xml", "data.xml")):
            facts_sdmx(facts, folder / file, cast("Form", form))
            assert _plain(ms.read_facts(folder / file, catalogue=ms.catalogue())) == _plain(facts)


def _pysdmx(folder: Path, file: str) -> Iterator[dict[str, str]]:
    """The observations as pysdmx reads them, checked against the schema of SDMX-ML and against the structure."""
    found = cast("PandasDataset", get_datasets(folder / file, folder / "structure.xml")[0])
    assert not isinstance(found.structure, str)
    bare = cast("PandasDataset", cast("Any", read_sdmx(folder / file)).data[0])
    known = {component.id for component in found.structure.components}
    assert set(bare.data.columns) <= known
    for row in bare.data.astype(object).to_dict("records"):
        yield {str(name): str(cell) for name, cell in row.items() if cell not in ("", None)}


def _opened(path: Path, **structure: Any) -> Any:
    """What sdmx1 reads a file as; it would leave open a file that it opens itself."""
    return sdmx.read_sdmx(io.BytesIO(path.read_bytes()), format=path.suffix[1:], **structure)


def _sdmx1(folder: Path, file: str) -> Iterator[dict[str, str]]:
    structure = cast("StructureMessage", _opened(folder / "structure.xml"))
    flow = next(iter(structure.dataflow.values()))
    message = cast("DataMessage", _opened(folder / file, structure=flow if file == "data.csv" else flow.structure))
    for one in cast("Any", message.data[0]).obs:
        row = {name: cell.value for name, cell in one.dimension.values.items()}
        row |= {name: cell.value for name, cell in one.attached_attribute.items()}
        row |= {"OBS_VALUE": one.value}
        yield {name: str(cell) for name, cell in row.items() if cell not in ("", None)}


def _same(found: Iterator[dict[str, str]], wanted: list[dict[str, str]], *, exact: bool = True) -> None:
    rows = list(found)
    assert len(rows) == len(wanted)
    for row, other in zip(rows, wanted, strict=True):
        assert set(row) == set(other)
        for name, cell in other.items():
            if not exact and name in ("OBS_VALUE", "NUMERATOR", "DENOMINATOR"):
                assert float(row[name]) == float(cell)  # pysdmx reads numbers of CSV as floats
            else:
                assert row[name].replace("True", "true") == cell


def _readers(folder: Path, wanted: list[dict[str, str]]) -> None:
    _same(_pysdmx(folder, "data.xml"), wanted)
    _same(_pysdmx(folder, "data.csv"), wanted, exact=False)
    _same(_sdmx1(folder, "data.xml"), wanted)
    _same(_sdmx1(folder, "data.csv"), wanted)


def _fact_rows(facts: Facts) -> list[dict[str, str]]:
    """What a reader is to find, made from the facts one by one."""
    found = []
    for row in facts.frame.iter_rows(named=True):
        measure = ms.catalogue().measures[row["measure"]]
        period = ms.Period.parse(row["period"], measure.year_starts)
        time = str(period).replace("-H", "-S")
        if measure.year_starts != 1 and period.grain != "month":
            start = f"{period.first_month // 12}-{period.first_month % 12 + 1:02d}-01"
            time = f"{start}/{ {'year': 'P1Y', 'half': 'P6M', 'quarter': 'P3M'}[period.grain] }"
        value = f"{row['value']:f}"
        one = {
            "MEASURE": measure.code,
            "REF_AREA": row["division"],
            "SCENARIO": row["scenario"],
            "BASIS": row["basis"],
            "PROJECT": "_T" if row["project"] is None else code_id(row["project"]),
            "ISSUER": "_Z" if row["issuer"] is None else code_id(row["issuer"]),
            **{component_id(name): "_T" if row[name] is None else code_id(row[name]) for name in COLUMNS},
            "TIME_PERIOD": time,
            "OBS_VALUE": value.rstrip("0").rstrip(".") if "." in value else value,
            "UNIT_MEASURE": row["unit"] or measure.unit,
            "APPROXIMATE": "true" if row["approximate"] else "",
            "NOTE": row["note"] or "",
            "REPYEARSTART": "--10-01" if measure.year_starts == 10 else "",
        }
        found.append({name: cell for name, cell in one.items() if cell})
    return found


@given(FACT_ROWS)
@settings(max_examples=15, deadline=None)
def test_other_readers_find_the_same_facts(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        facts = _facts(rows, folder)
        _write(lambda target, form: facts_sdmx(facts, target, form), folder)
        _readers(folder, _fact_rows(facts))


@pytest.fixture(scope="module")
def figures() -> ms.Figures:
    rows = [
        ("340102", "2017", "newborns_screened", "10601", None),
        ("340102", "2017", "live_births", "10642", None),
        ("340102", "2017", "funds_used", "123456789012345678901.55", "女"),
        ("340102", "2017-03", "funds_used", "0.1", "f"),
        ("340103", "2017", "funds_disbursed", "0", "f"),
        ("340103", "2017", "funds_used", "3", "f"),
    ]
    frame = pl.DataFrame(rows, schema=["division", "period", "measure", "value", "性别"], orient="row")
    return ms.evaluate(frame, by=["性别"], period="year")


def test_other_readers_find_the_same_figures(figures: ms.Figures, tmp_path: Path) -> None:
    _write(lambda target, form: figures_sdmx(figures, target, form), tmp_path)
    observed = {"ok": "A", "no_data": "O", "zero_denominator": "M", "not_additive": "M", "suppressed": "Q"}
    wanted = []
    for figure in figures:
        told = figure.as_dict()
        sign = figure.by.get("性别")
        period = figure.period
        ranged = period.year_starts != 1 and period.grain != "month"
        start = f"{period.first_month // 12}-{period.first_month % 12 + 1:02d}-01/P1Y"
        one = {
            "INDICATOR": told["indicator"],
            "EDITION": code_id(told["edition"]),
            "REF_AREA": told["division"],
            "B_6027_522B": "_T" if sign is None else code_id(sign),
            "TIME_PERIOD": start if ranged else told["period"],
            "OBS_VALUE": told["value"],
            "UNIT_MEASURE": told["unit"],
            "DECIMALS": str(figure.indicator.decimals),
            "OBS_STATUS": observed[told["status"]],
            "STATUS": told["status"],
            "NUMERATOR": told["numerator"],
            "DENOMINATOR": told["denominator"],
            "FLAGS": ";".join(told["flags"]),
            "COVERAGE_REPORTED": str(told["coverage"]["reported"]),
            "COVERAGE_EXPECTED": str(told["coverage"]["expected"]),
            "MISSING": ";".join(told["missing"]),
            "REPYEARSTART": "--10-01" if period.year_starts == 10 else "",
        }
        wanted.append({name: cell for name, cell in one.items() if cell})
    assert {one["STATUS"] for one in wanted} >= {"ok", "no_data", "zero_denominator"}
    _readers(tmp_path, wanted)


def test_estimated_and_carried_figures_say_so_where_all_offices_look(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "division": ["340102"] * 3,
            "period": ["2017-01", "2017-01", "2017-03"],
            "measure": ["population_aged_60", "funds_used", "funds_used"],
            "value": [100, 5, 7],
            "approximate": [False, True, False],
        }
    )
    mine = [
        ms.Indicator("heads", "population_aged_60", "人", decimals=0),
        ms.Indicator("used", "funds_used", "元"),
    ]
    figures_sdmx(ms.evaluate(frame, indicators=mine, divisions=["340102"], period="month"), tmp_path / "figures.csv")
    found = pl.read_csv(tmp_path / "figures.csv", infer_schema=False)
    told = found.select("INDICATOR", "TIME_PERIOD", "STATUS", "OBS_STATUS").rows()
    assert ("used", "2017-01", "ok", "E") in told
    assert ("used", "2017-03", "ok", "A") in told
    assert ("used", "2017-02", "no_data", "O") in told
    assert ("heads", "2017-01", "ok", "A") in told
    assert ("heads", "2017-03", "ok", "I") in told


def test_names_are_given_in_both_languages(figures: ms.Figures, tmp_path: Path) -> None:
    figures_sdmx(figures, tmp_path / "structure.xml", "structure")
    found = cast("StructureMessage", _opened(tmp_path / "structure.xml"))
    indicator = found.codelist["CL_INDICATOR"]["newborn_screening_rate"]
    known = ms.catalogue().indicator("newborn_screening_rate").name
    assert dict(indicator.name.localizations) == {"zh": known.zh, "en": known.en}
    assert found.codelist["CL_BY_B_6027_522B"]["$5973$"].name.localizations["zh"] == "女"
    assert found.codelist["CL_DIVISION"]["340102"].name.localizations["zh"] == "瑶海区"


def test_a_catalogue_names_all_that_it_defines(tmp_path: Path) -> None:
    write_structures(catalogue_structures(ms.catalogue(), by=["sex"], agency="CN.AH"), tmp_path / "all.xml")
    found = cast("Any", read_sdmx(tmp_path / "all.xml"))  # checked against the schema of SDMX-ML
    lists = {one.id: one for one in found.get_codelists()}
    assert {code.id for code in lists["CL_INDICATOR"]} == {one.code for one in ms.catalogue().indicators}
    assert {code.id for code in lists["CL_MEASURE"]} == set(ms.catalogue().measures)
    assert {one.short_urn for one in found.get_dataflows()} == {
        "Dataflow=CN.AH:FIGURES_BY_SEX(2026.0.0)",
        "Dataflow=CN.AH:FACTS_BY_SEX(2026.0.0)",
    }


def test_the_same_figures_are_the_same_bytes(figures: ms.Figures, tmp_path: Path) -> None:
    import datetime

    moment = datetime.datetime(2018, 1, 15, tzinfo=datetime.UTC)
    for form in ("csv", "xml"):
        for name in ("one", "other"):
            figures_sdmx(figures, tmp_path / name, cast("Form", form), prepared=moment)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_an_agency_is_written_as_sdmx_asks(figures: ms.Figures, tmp_path: Path) -> None:
    with pytest.raises(ms.EvaluationError) as caught:
        figures_sdmx(figures, tmp_path / "figures.csv", agency="民生办")
    assert caught.value.faults[0].code == "sdmx.agency"
