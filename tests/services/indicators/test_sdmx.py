"""Figures over REST as SDMX: the bytes of the library, read back by pysdmx and by sdmx1."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import sdmx
from pysdmx.io import get_datasets, read_sdmx

import libminsheng as ms
from libminsheng.sdmx import MEDIA_TYPES, facts_sdmx
from tests.services.indicators.copied import EVERY, fact, feed_of, serving, told

FACTS = [
    fact("340102", "2017", "newborns_screened", "10601"),
    fact("340102", "2017", "live_births", "10642"),
    fact("340103", "2017", "funds_used", "123456789012345678901.55", sex="女"),
    fact("340103", "2017", "funds_disbursed", "0.10", sex="女"),
]
PATH = "/v1/figures?indicator=newborn_screening_rate&indicator=funds_utilization_rate&period=year&by=sex&level=county"
KEY = ("INDICATOR", "REF_AREA", "SEX", "TIME_PERIOD", "STATUS")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with serving(feed_of(FACTS)) as (client, _):
        yield client


@pytest.fixture(scope="module")
def files(client: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The answers in each form, as files."""
    folder = tmp_path_factory.mktemp("sdmx")
    for form, name in (("csv", "data.csv"), ("xml", "data.xml"), ("structure", "structure.xml")):
        answer = client.get(f"{PATH}&format=sdmx-{form}", headers=told(EVERY))
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == MEDIA_TYPES[cast("Any", form)]
        (folder / name).write_bytes(answer.content)
    return folder


def figures(client: Any) -> list[tuple[str, ...]]:
    """The figures in JSON, by the same key."""
    found = client.get(PATH, headers=told(EVERY)).json()["figures"]
    place = {"newborn_screening_rate": "2016-10-01/P1Y", "funds_utilization_rate": "2017"}
    sex = {"女": "$5973$", None: "_T"}
    return sorted(
        (one["indicator"], one["division"], sex[one["by"].get("sex")], place[one["indicator"]], one["status"])
        for one in found
    )


@pytest.mark.parametrize("name", ["data.csv", "data.xml"])
def test_pysdmx_finds_the_figures(client: Any, files: Path, name: str) -> None:
    found = cast("Any", get_datasets(files / name, files / "structure.xml")[0])
    rows = found.data.astype(object).to_dict("records")
    assert sorted(tuple(str(row[part]) for part in KEY) for row in rows) == figures(client)
    assert {component.id for component in found.structure.components} >= {"SEX", "OBS_VALUE", "NUMERATOR"}


@pytest.mark.parametrize("name", ["data.csv", "data.xml"])
def test_sdmx1_finds_the_figures_with_every_digit(client: Any, files: Path, name: str) -> None:
    message = cast("Any", sdmx.read_sdmx(io.BytesIO((files / "structure.xml").read_bytes()), format="xml"))
    flow = next(iter(message.dataflow.values()))
    structure = flow if name == "data.csv" else flow.structure
    data = sdmx.read_sdmx(io.BytesIO((files / name).read_bytes()), format=name[-3:], structure=structure)
    rows = []
    for one in cast("Any", data).data[0].obs:
        row = {part: cell.value for part, cell in one.dimension.values.items()}
        rows.append(row | {part: str(cell.value) for part, cell in one.attached_attribute.items()})
    assert sorted(tuple(str(row[part]) for part in KEY) for row in rows) == figures(client)
    assert "123456789012345678901.55" in {row.get("NUMERATOR") for row in rows}


def test_accept_asks_for_a_form_and_its_version(client: Any) -> None:
    for form, kind in MEDIA_TYPES.items():
        answer = client.get(PATH, headers={**told(EVERY), "Accept": kind})
        named = client.get(f"{PATH}&format=sdmx-{form}", headers=told(EVERY))
        assert (answer.content, answer.headers["Content-Type"]) == (named.content, kind)
        bare = client.get(PATH, headers={**told(EVERY), "Accept": kind.partition(";")[0]})
        assert bare.headers["Content-Type"] == kind
    answer = client.get(PATH, headers={**told(EVERY), "Accept": "application/vnd.sdmx.data+csv;version=1.0.0"})
    assert answer.status_code == 406


def test_the_same_figures_are_the_same_bytes(client: Any) -> None:
    for form in ("sdmx-csv", "sdmx-xml", "sdmx-structure"):
        first = client.get(f"{PATH}&format={form}", headers=told(EVERY))
        held = {**told(EVERY), "If-None-Match": first.headers["ETag"], "Accept-Language": "zh"}
        assert client.get(f"{PATH}&format={form}", headers=held).status_code == 304


def test_a_calculation_is_given_in_sdmx_too(client_with: Any) -> None:
    body = b"division,period,measure,value\n340102,2017,newborns_screened,10601\n340102,2017,live_births,10642\n"
    path = "/v1/calculations?indicator=newborn_screening_rate&division=340102&format=sdmx-csv"
    answer = client_with().post(path, content=body, headers={"Content-Type": "text/csv"})
    assert answer.text.splitlines()[1].split(",")[3:9] == [
        "newborn_screening_rate", "2013", "340102", "2016-10-01/P1Y", "99.61", "%"
    ]  # fmt: skip


def test_the_structures_name_all_that_is_defined(client: Any, tmp_path: Path) -> None:
    answer = client.get("/v1/structures?by=sex&agency=CN.AH")
    assert answer.headers["Content-Type"] == MEDIA_TYPES["structure"]
    (tmp_path / "all.xml").write_bytes(answer.content)
    found = cast("Any", read_sdmx(tmp_path / "all.xml"))
    lists = {one.id: {code.id for code in one} for one in found.get_codelists()}
    assert lists["CL_INDICATOR"] == {one.code for one in ms.catalogue().indicators}
    assert lists["CL_MEASURE"] == set(ms.catalogue().measures)
    again = client.get("/v1/structures?by=sex&agency=CN.AH", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    refused = client.get("/v1/structures?agency=%E5%8E%BF&yb=sex")
    assert [one["code"] for one in refused.json()["faults"]] == ["service.unknown_parameter", "sdmx.agency"]
    assert client.get("/v1/structures", headers={"Accept": "text/csv"}).status_code == 406


def test_facts_come_in_as_sdmx_csv(client_with: Any, tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text(
        "division,period,measure,value\n340102,2017,newborns_screened,10601\n340102,2017,live_births,10642\n", "utf-8"
    )
    held = io.BytesIO()
    facts_sdmx(ms.read_facts(tmp_path / "facts.csv"), held)
    kind = {"Content-Type": MEDIA_TYPES["csv"]}
    path = "/v1/calculations?indicator=newborn_screening_rate&division=340102"
    answer = client_with().post(path, content=held.getvalue(), headers=kind)
    assert [one["value"] for one in answer.json()["figures"]] == ["99.61"], answer.text


def test_no_figures_are_a_message_without_observations(client: Any, tmp_path: Path) -> None:
    answers = {form: client.get(f"{PATH.replace('&by=sex', '')}&as_of=0&format=sdmx-{form}") for form in MEDIA_TYPES}
    assert {answer.status_code for answer in answers.values()} == {200}, answers["csv"].text
    assert len(answers["csv"].text.splitlines()) == 1
    assert "<Obs" not in answers["xml"].text
    (tmp_path / "structure.xml").write_bytes(answers["structure"].content)
    assert {one.id for one in cast("Any", read_sdmx(tmp_path / "structure.xml")).get_data_structure_definitions()} == {
        "FIGURES"
    }
