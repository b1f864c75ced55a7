"""Facts over HTTP as SDMX: read back by pysdmx, by sdmx1 and by the library; only what may be seen is in them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import sdmx
from litestar.testing import TestClient
from pysdmx.io import get_datasets

import libminsheng as ms
from libminsheng.sdmx import MEDIA_TYPES
from minsheng_registry.app import create_app
from minsheng_registry.settings import Settings
from tests.services.registry.api import LUYANG, YAOHAI, Api

ROWS = (
    "division,period,measure,value,unit,sex,note\n"
    f'{YAOHAI},2017,funds_used,12345678901234.56,元,,"=1+1, 甲"\n'
    f"{YAOHAI},2017,live_births,125,,女,\n"
)
KEY = ("MEASURE", "REF_AREA", "TIME_PERIOD", "SEX", "OBS_VALUE", "NOTE")
WANTED = [
    ("funds_used", YAOHAI, "2017", "_T", "12345678901234.56", "=1+1, 甲"),
    ("live_births", YAOHAI, "2016-10-01/P1Y", "$5973$", "125", ""),
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    url = f"sqlite:///{tmp_path_factory.mktemp('registry')}/registry.db"
    with TestClient(create_app(Settings(database_url=url))) as client:
        api = Api(client)
        where = {"division": YAOHAI, "period": "2017"}
        sent = {"params": where, "content": ROWS.encode(), "headers": {"Content-Type": "text/csv"}}
        one = api.ask("admin", "POST", "/v1/submissions", 201, **sent).json()
        api.act("checker", api.act("admin", one, "submit", json={}), "accept")
        api.accepted(7, LUYANG)
        yield api


@pytest.fixture(scope="module")
def files(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The facts of one district in each form."""
    folder = tmp_path_factory.mktemp("sdmx")
    for form, name in (("csv", "data.csv"), ("xml", "data.xml"), ("structure", "structure.xml")):
        answer = api.ask("reader", "GET", "/v1/facts", params={"format": f"sdmx-{form}"})
        assert answer.headers["Content-Type"] == MEDIA_TYPES[cast("Any", form)]
        assert answer.headers["Minsheng-Revision"] == "2"
        (folder / name).write_bytes(answer.content)
    return folder


@pytest.mark.parametrize("name", ["data.csv", "data.xml"])
def test_pysdmx_finds_the_facts(files: Path, name: str) -> None:
    found = cast("Any", get_datasets(files / name, files / "structure.xml")[0])
    rows = found.data.astype(object).fillna("").to_dict("records")
    read = sorted(tuple(str(row.get(part, "")) for part in KEY) for row in rows)
    assert [(*row[:4], row[5]) for row in read] == [(*row[:4], row[5]) for row in WANTED]
    assert [float(row[4]) for row in read] == [float(row[4]) for row in WANTED]


@pytest.mark.parametrize("name", ["data.csv", "data.xml"])
def test_sdmx1_finds_the_facts_with_every_digit(files: Path, name: str) -> None:
    message = cast("Any", sdmx.read_sdmx(io.BytesIO((files / "structure.xml").read_bytes()), format="xml"))
    flow = next(iter(message.dataflow.values()))
    structure = flow if name == "data.csv" else flow.structure
    data = sdmx.read_sdmx(io.BytesIO((files / name).read_bytes()), format=name[-3:], structure=structure)
    rows = []
    for one in cast("Any", data).data[0].obs:
        cells = {**one.dimension.values, **one.attached_attribute}
        row = {part: str(cell.value) for part, cell in cells.items()} | {"OBS_VALUE": str(one.value)}
        rows.append(tuple(row.get(part, "") for part in KEY))
    assert sorted(rows) == WANTED


@pytest.mark.parametrize("name", ["data.csv", "data.xml"])
def test_the_library_reads_the_facts_back(files: Path, name: str) -> None:
    frame = ms.read_facts(files / name).frame
    assert sorted(zip(frame["measure"], map(str, frame["value"]), frame["sex"], strict=True)) == [
        ("funds_used", "12345678901234.56", None),
        ("live_births", "125.00", "女"),
    ]


def test_accept_asks_for_sdmx(api: Api) -> None:
    for kind in MEDIA_TYPES.values():
        for accepted in (kind, kind.partition(";")[0]):
            answer = api.ask("reader", "GET", "/v1/facts", headers={"Accept": accepted})
            assert answer.headers["Content-Type"] == kind
    api.ask("reader", "GET", "/v1/facts", 406, headers={"Accept": "application/vnd.sdmx.data+csv;version=1.0.0"})


def test_no_facts_are_a_message_without_observations(api: Api, tmp_path: Path) -> None:
    asked = {"measure": "newborns_visited", "format": "sdmx-csv"}
    assert len(api.ask("reader", "GET", "/v1/facts", params=asked).text.splitlines()) == 1
    for form in ("xml", "structure"):
        (tmp_path / f"{form}.xml").write_bytes(
            api.ask("reader", "GET", "/v1/facts", params={**asked, "format": f"sdmx-{form}"}).content
        )
    assert "<Obs" not in (tmp_path / "xml.xml").read_text("utf-8")


def test_one_value_a_key(api: Api) -> None:
    for more in ({"changed_after": 0}, {"state": "draft"}):
        answer = api.ask("admin", "GET", "/v1/facts", 422, params={**more, "format": "sdmx-csv"})
        assert answer.json()["faults"][0]["code"] == "registry.sdmx_versions"


def test_what_went_out_comes_in(api: Api, files: Path) -> None:
    where = {"division": YAOHAI, "period": "2017", "dry_run": True}
    kind = {"Content-Type": MEDIA_TYPES["csv"]}
    sent = (files / "data.csv").read_bytes()
    found = api.ask("admin", "POST", "/v1/submissions", 200, params=where, content=sent, headers=kind).json()
    assert found["rows"] == len(WANTED)
