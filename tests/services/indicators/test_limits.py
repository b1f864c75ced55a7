"""Nothing is read, unpacked, computed or answered beyond the settings, and nothing stays behind."""

from __future__ import annotations

import asyncio
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import libminsheng as ms
from libminsheng.errors import nearest
from minsheng_http.sizes import size_of

CSV = {"Content-Type": "text/csv"}
HEAD = "division,period,measure,value\n"


def births(rows: int) -> bytes:
    return (HEAD + "".join(f"340102,{2000 + row},live_births,{row}\n" for row in range(rows))).encode()


@pytest.mark.parametrize(
    ("settings", "body", "status", "code"),
    [
        ({"most_body": 1000}, births(100), 413, None),
        ({"most_rows": 10}, births(11), 413, "service.too_many_rows"),
        ({"most_cells": 40}, births(11), 413, "service.too_many_cells"),
        ({"most_figures": 5}, births(9), 422, "engine.too_many"),
        ({"seconds": 1e-9}, births(9), 422, "service.too_long"),
        ({"most_faults": 3}, (HEAD + "x,y,z,1\n" * 20).encode(), 422, "vocabulary.period"),
    ],
)
def test_limits(client_with: Callable[..., Any], settings: Any, body: bytes, status: int, code: str | None) -> None:
    answer = client_with(**settings).post("/v1/calculations", content=body, headers=CSV)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert [one["code"] for one in problem["faults"][:1]] == ([code] if code else [])
    assert len(problem["faults"]) <= settings.get("most_faults", 1)
    assert problem["count"] >= len(problem["faults"])
    assert problem["retry"] is False


def test_a_long_time_of_many_divisions_is_refused_however_few_are_shown(client_with: Callable[..., Any]) -> None:
    tree = ms.DivisionTree.builtin()
    codes = [one.code for one in tree if tree.successor(one.code) is None][:300]
    body = (HEAD + "".join(f"{code},2017-01,live_births,1\n" for code in codes)).encode()
    asked = {"indicator": "newborns_unscreened", "division": codes[0], "period": "month", "to": "2017-12"}
    service = client_with()
    answer = service.post("/v1/calculations", params={**asked, "from": "2008-01"}, content=body, headers=CSV)
    assert len(answer.json()["figures"]) == 120
    answer = service.post(
        "/v1/calculations", params={**asked, "from": "0001-01", "to": "9999-12"}, content=body, headers=CSV
    )
    assert [fault["code"] for fault in answer.json()["faults"]] == ["engine.too_long"]


def test_a_thousand_rows_may_not_bring_a_column_each(client: Any) -> None:
    rows = ",".join(f'{{"division":"340102","period":"2017","c{number}":"x"}}' for number in range(3_000))
    answer = client.post(
        "/v1/calculations", content=f'{{"facts":[{rows}]}}', headers={"Content-Type": "application/json"}
    )
    assert [one["code"] for one in answer.json()["faults"]] == ["facts.too_wide"]


def test_of_a_cell_of_megabytes_is_told_how_it_begins(client: Any) -> None:
    row = "340102,2017,live_births," + "z" * 100_000 + "\n"
    answer = client.post("/v1/calculations", content=(HEAD + row * 20).encode(), headers=CSV)
    assert (answer.status_code, answer.json()["count"]) == (422, 20)
    assert len(answer.content) < 200_000


def test_a_name_of_megabytes_is_compared_with_none() -> None:
    class Unread(str):
        __slots__ = ()

        def __iter__(self) -> Iterator[str]:
            raise AssertionError

    assert nearest(Unread("facts" * 1_000_000), ["facts", "definitions"]) == []


def test_a_workbook_takes_more_room_than_it_unpacks_to(client_with: Callable[..., Any]) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet>" + "<a/>" * 1_000 + "</worksheet>")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = client_with(most_unpacked=10_000).post(
        "/v1/calculations", content=held.getvalue(), headers={"Content-Type": kind}
    )
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (413, "service.too_many_bytes")


def test_rows_up_to_the_limit_are_computed(client_with: Callable[..., Any]) -> None:
    answer = client_with(most_rows=10).post("/v1/calculations", content=births(10), headers=CSV)
    assert answer.status_code == 200, answer.text


def test_definitions_and_json_have_limits_of_their_own(client_with: Callable[..., Any]) -> None:
    client = client_with(most_definitions=100, most_json=10_000)
    files = [
        ("facts", ("facts.csv", births(2))),
        ("definitions", ("a.toml", "#" * 60)),
        ("definitions", ("b.toml", "#" * 60)),
    ]
    for sent in (
        {"files": files},
        {"json": {"facts": [], "definitions": "#" * 101}},
        {"json": {"facts": ["#" * 10_000]}},
    ):
        answer = client.post("/v1/calculations", **sent)
        assert (answer.status_code, answer.json()["faults"][0]["code"]) == (413, "service.too_many_bytes")


def test_who_waits_too_long_is_told_to_come_again(client_with: Callable[..., Any]) -> None:
    client = client_with(waiting_seconds=0.05)
    client.app.state.holdings.turns = asyncio.Semaphore(0)
    answer = client.post("/v1/calculations", content=births(2), headers=CSV)
    assert (answer.status_code, answer.json()["retry"], answer.headers["Retry-After"]) == (503, True, "5")


def test_a_turn_is_given_back_whatever_happens(client_with: Callable[..., Any]) -> None:
    client = client_with(at_once=1, waiting_seconds=0.2)
    for body in (births(2), b"nonsense", births(2), births(2)):
        assert client.post("/v1/calculations", content=body, headers=CSV).status_code in (200, 422)


def test_nothing_stays_behind(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for body in (births(2), b"nonsense", b""):
        client.post("/v1/calculations", content=body, headers=CSV)
        client.post("/v1/calculations", files=[("facts", ("facts.csv", body)), ("definitions", ("a.toml", "x"))])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["parquet", "stream", "file", "dictionary"])
def test_a_bomb_is_refused_before_it_is_unpacked(client_with: Callable[..., Any], tmp_path: Path, kind: str) -> None:
    """A few kilobytes that would become a gigabyte."""
    table = pa.table({"note": pa.array(["0" * 100_000] * 1_000)})
    if kind == "dictionary":
        table = pa.table({"note": table["note"].combine_chunks().dictionary_encode()})
        table = pa.table({"note": pa.array(["0" * 100_000_000]).dictionary_encode()})
    held = io.BytesIO()
    if kind == "parquet":
        pl.DataFrame({"note": [f"{row}" + "0" * 100_000 for row in range(1_000)]}).write_parquet(
            held, compression="zstd"
        )
    else:
        new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
        with new(held, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
            writer.write_table(table)
    assert len(held.getvalue()) < 1_500_000
    path = tmp_path / "bomb"
    path.write_bytes(held.getvalue())
    form = "parquet" if kind == "parquet" else "arrow"
    size = size_of(path, form)
    assert size is not None
    assert size.unpacked >= 100_000_000
    assert size.columns == 1
    media = {"parquet": "application/vnd.apache.parquet", "arrow": "application/vnd.apache.arrow.stream"}[form]
    client = client_with(most_unpacked=50_000_000)
    answer = client.post("/v1/calculations", content=held.getvalue(), headers={"Content-Type": media})
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (413, "service.too_many_bytes")


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_sizes_are_told_from_the_outside(tmp_path: Path, form: str) -> None:
    frame = pl.DataFrame({"a": range(1_000), "b": ["x,y"] * 1_000, "c": ["z"] * 1_000})
    path = tmp_path / "body"
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "arrow": frame.write_ipc}[form](path)
    size = size_of(path, form)
    assert size is not None
    assert (size.rows - (form == "csv"), size.columns) == (1_000, 3)
