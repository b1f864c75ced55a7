"""Figures as SDMX and packs for other programs, by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from pysdmx.io import get_datasets, read_sdmx

import libminsheng as ms
from tests.cli.conftest import Minsheng

FACTS = "division,period,measure,value\n340102,2017,newborns_screened,10601\n340102,2017,live_births,10642\n"


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "facts.csv"
    path.write_text(FACTS, "utf-8")
    return path


def test_figures_as_sdmx_with_their_structure(minsheng: Minsheng, facts: Path) -> None:
    for form, name in (("sdmx-xml", "figures.xml"), ("sdmx-structure", "structure.xml")):
        done = minsheng(
            "evaluate", facts, "--indicator", "newborn_screening_rate", "--format", form, "-o", facts.with_name(name)
        )
        assert done.code == 0
    found = cast("Any", get_datasets(facts.with_name("figures.xml"), facts.with_name("structure.xml"))[0])
    assert set(found.data["OBS_VALUE"].astype(str)) == {"99.61"}
    text = minsheng("evaluate", facts, "--indicator", "newborn_screening_rate", "--format", "sdmx-csv").out
    assert text.startswith("STRUCTURE,STRUCTURE_ID,ACTION,INDICATOR,EDITION,REF_AREA,TIME_PERIOD,OBS_VALUE,")


def test_all_structures(minsheng: Minsheng, tmp_path: Path) -> None:
    assert minsheng("catalogue", "sdmx", "--by", "sex", "-o", tmp_path / "all.xml").code == 0
    assert len(cast("Any", read_sdmx(tmp_path / "all.xml")).get_dataflows()) == 2
    done = minsheng("catalogue", "sdmx", "--agency", "民生办")
    assert (done.code, done.out) == (2, "")


@pytest.mark.parametrize("form", ["json", "toml"])
def test_a_pack_that_was_exported_is_a_pack(minsheng: Minsheng, tmp_path: Path, form: str) -> None:
    mine = tmp_path / "mine"
    ms.new_pack(mine)
    path = tmp_path / f"out.{form}"
    assert minsheng("catalogue", "export", "--pack", mine, "-o", path).code == 0
    assert minsheng("pack", "lint", path).code == 0
    assert minsheng("pack", "test", path).code == 0


def test_a_built_in_pack_by_its_id_and_the_nearest_one(minsheng: Minsheng) -> None:
    assert json.loads(minsheng("catalogue", "export", "--pack", "childhood").out)["pack"]["id"] == "childhood"
    done = minsheng("catalogue", "export", "--pack", "childhod", "--lang", "en")
    assert done.code == 2
    assert "childhood" in done.err


def test_the_schema_of_packs(minsheng: Minsheng) -> None:
    assert json.loads(minsheng("catalogue", "schema").out)["$schema"].endswith("2020-12/schema")
