"""Facts that others sent as SDMX: read by their columns alone, or refused with the reason."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pysdmx.io import get_datasets, write_sdmx
from pysdmx.io.format import Format

import libminsheng as ms
from libminsheng.sdmx import facts_sdmx

HEADER = "STRUCTURE,STRUCTURE_ID,ACTION,MEASURE,REF_AREA,TIME_PERIOD,OBS_VALUE"


def _read(folder: Path, text: str, name: str = "facts.csv") -> ms.Facts:
    path = folder / name
    path.write_text(text, "utf-8")
    return ms.read_facts(path, catalogue=ms.catalogue())


def test_the_older_csv_and_what_other_offices_add(tmp_path: Path) -> None:
    text = (
        "DATAFLOW,FREQ,MEASURE,REF_AREA: Area,SEX,TIME_PERIOD,OBS_VALUE,UNIT_MULT,OBS_STATUS\n"
        "X:Y(1.0),A,live_births,340102,_T,2017,10642,0,A\n"
        "X:Y(1.0),Q,live_births,340102,F,2017-Q3,NaN,,M\n"
        "X:Y(1.0),A,funds_used,340102,_T,2017-A1,5,,A\n"
    )
    facts = _read(tmp_path, text)
    assert facts.breakdowns == ("sex",)
    assert facts.blank_rows == 1
    assert facts.frame.select("period", "measure", "value", "sex").rows() == [
        ("2017", "live_births", Decimal(10642), None),
        ("2017", "funds_used", Decimal(5), None),
    ]


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        (f"{HEADER}\ndataflow,X:Y(1.0),D,live_births,340102,2017,5\n", "sdmx.deletes", "ACTION"),
        (f"{HEADER},UNIT_MULT\ndataflow,X:Y(1.0),I,live_births,340102,2017,5,4\n", "sdmx.multiples", "UNIT_MULT"),
        (f"{HEADER}\ndataflow,X:Y(1.0),I,live_births,340102,2016-10-01/P6M,5\n", "vocabulary.period", "TIME_PERIOD"),
        (
            f"{HEADER},REPYEARSTART\ndataflow,X:Y(1.0),I,live_births,340102,2016-07-01/P1Y,5,--07-01\n",
            "sdmx.year_starts",
            "TIME_PERIOD",
        ),
        (
            f"{HEADER},REPYEARSTART\ndataflow,X:Y(1.0),I,funds_used,340102,2017,5,--10-01\n",
            "sdmx.year_starts",
            "TIME_PERIOD",
        ),
        (f"{HEADER}\ndataflow,X:Y(1.0),I,live_birth,340102,2017,5\n", "engine.unknown_measure", "MEASURE"),
    ],
)
def test_what_is_no_report_is_refused_at_its_place(tmp_path: Path, text: str, code: str, column: str) -> None:
    with pytest.raises(ms.FactsError) as caught:
        _read(tmp_path, text)
    assert [(fault.code, fault.place.row, fault.place.column) for fault in caught.value.faults] == [(code, 2, column)]


@pytest.mark.parametrize("text", ["<a/>", "no XML", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'b'>]><a>&b;</a>"])
def test_another_xml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ms.FactsError) as caught:
        _read(tmp_path, text, "facts.xml")
    assert [fault.code for fault in caught.value.faults] == ["facts.not_readable"]


@pytest.mark.parametrize(
    "form",
    [Format.DATA_SDMX_ML_2_1_GEN, Format.DATA_SDMX_ML_2_1_STR, Format.DATA_SDMX_ML_3_0, Format.DATA_SDMX_ML_3_1],
    ids=str,
)
def test_what_another_system_passes_on_in_series_is_read(tmp_path: Path, form: Format) -> None:
    text = "division,period,measure,value,unit,sex\n340102,2017,live_births,10642,人,女\n340102,2017-H1,funds_used,2.5,万元,\n"
    facts = _read(tmp_path, text)
    facts_sdmx(facts, tmp_path / "data.xml", "xml")
    facts_sdmx(facts, tmp_path / "structure.xml", "structure")
    data = get_datasets(tmp_path / "data.xml", tmp_path / "structure.xml")
    write_sdmx(data, form, output_path=str(tmp_path / "passed.xml"), dimension_at_observation="TIME_PERIOD")
    passed = ms.read_facts(tmp_path / "passed.xml", catalogue=ms.catalogue())
    names = ["division", "period", "measure", "value", "unit", "sex"]
    assert sorted(passed.frame.select(names).rows(), key=str) == sorted(facts.frame.select(names).rows(), key=str)
