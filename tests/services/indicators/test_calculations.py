"""A calculation answers what the library answers, in every form in and out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter

import libminsheng as ms
from libminsheng.report.export import text_frame

STREAM = "application/vnd.apache.arrow.stream"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ASKED = {"indicator": ["newborn_screening_rate", "fee_exemption_per_pupil"], "division": "340102"}

MEASURES = """
[[measure]]
code = "canteen_places"
name = { zh = "老年食堂座位数", en = "Canteen places" }
unit = "个"
decimals = 1
definition = { zh = "期末老年食堂的座位数。", en = "Places at the end of the period." }
"""
INDICATORS = """
[[indicator]]
code = "places_per_canteen"
name = { zh = "每处老年食堂座位数", en = "Places per canteen" }
formula = "canteen_places / senior_canteens"
unit = "1"
domain = "老有所养"
"""
PLACES = b"division,period,measure,value\n340102,2023,canteen_places,10.5\n340102,2023,senior_canteens,4\n"


def rows(path: Path) -> list[dict[str, str]]:
    return pl.read_csv(path, infer_schema=False).to_dicts()


def workbook(path: Path) -> bytes:
    held = io.BytesIO()
    frame = pl.read_csv(path, infer_schema=False)
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([tuple(frame.columns), *frame.rows()]):
            sheet.write_row(number, 0, row)
    return held.getvalue()


def arrow(path: Path, write: Callable[[pl.DataFrame, Any], Any]) -> bytes:
    held = io.BytesIO()
    write(pl.read_csv(path, infer_schema=False), held)
    return held.getvalue()


def packed(frame: pl.DataFrame, target: Any) -> None:
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    with pa.ipc.new_stream(target, table.schema, options=options) as writer:
        writer.write_table(table)


BODIES: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "csv": ("text/csv", Path.read_bytes),
    "gb18030": ("text/csv; charset=gb18030", lambda path: path.read_text("utf-8").encode("gb18030")),
    "json": ("application/json", lambda path: json.dumps({"facts": rows(path)}).encode()),
    "arrow stream": (STREAM, lambda path: arrow(path, pl.DataFrame.write_ipc_stream)),
    "packed stream": (STREAM, lambda path: arrow(path, packed)),
    "arrow file": ("application/vnd.apache.arrow.file", lambda path: arrow(path, pl.DataFrame.write_ipc)),
    "parquet": ("application/vnd.apache.parquet", lambda path: arrow(path, pl.DataFrame.write_parquet)),
    "xlsx": (XLSX, workbook),
}


@pytest.mark.parametrize("name", BODIES)
def test_every_form_of_facts_gives_the_library_s_figures(client: Any, yaohai: Path, name: str) -> None:
    kind, body = BODIES[name]
    answer = client.post("/v1/calculations", params=ASKED, content=body(yaohai), headers={"Content-Type": kind})
    facts = ms.read_facts(yaohai)
    figures = ms.evaluate(facts, indicators=ASKED["indicator"], divisions=["340102"])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [unplaced(one) for one in told.pop("findings")] == [unplaced(one) for one in ms.check(facts).to_dicts()]
    assert told == {
        "figures": [figure.as_dict() for figure in figures],
        "notes": [note.as_dict() for note in figures.notes],
        "receipt": figures.receipt.as_dict(),
    }
    assert answer.headers["Minsheng-Receipt"] == figures.receipt.digest


def unplaced(finding: dict[str, Any]) -> dict[str, Any]:
    """Without where its file is, and which row of it: forms differ in these."""
    where = {key: value for key, value in finding["where"].items() if key not in {"file", "row"}}
    return {**finding, "where": where}


FALLING = b"""division,period,measure,value,basis
340102,2023-01,funds_used,5,year_to_date
340102,2023-02,funds_used,3,year_to_date
340102,2023-02,funds_disbursed,9,year_to_date
"""


def test_figures_come_with_what_is_found_in_their_facts(client: Any) -> None:
    answer = client.post("/v1/calculations", content=FALLING, headers={"Content-Type": "text/csv"}).json()
    checked = client.post("/v1/checks", content=FALLING, headers={"Content-Type": "text/csv"}).json()
    (finding,) = [one for one in answer["findings"] if one["code"] == "cumulative_falls"]
    assert finding["where"]["row"] == 3
    assert "file" not in finding["where"] or finding["where"]["file"] is None
    assert answer["findings"] == checked["findings"]
    asked = {"findings": "false"}
    silent = client.post("/v1/calculations", params=asked, content=FALLING, headers={"Content-Type": "text/csv"}).json()
    assert silent == {**answer, "findings": None}


def test_findings_have_no_room_in_a_table(client: Any) -> None:
    asked = {"format": "csv", "findings": "true"}
    answer = client.post("/v1/calculations", params=asked, content=FALLING, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 422
    assert [fault["code"] for fault in answer.json()["faults"]] == ["service.findings_in_json"]


def test_many_facts_are_checked_when_that_is_asked_for(client_with: Callable[..., Any]) -> None:
    service = client_with(most_checked=2)
    kind = {"Content-Type": "text/csv"}
    assert service.post("/v1/calculations", content=FALLING, headers=kind).json()["findings"] is None
    asked = {"findings": "true"}
    assert service.post("/v1/calculations", params=asked, content=FALLING, headers=kind).json()["findings"]


READERS: dict[str, Callable[[bytes], pl.DataFrame]] = {
    "arrow": lambda content: pl.read_ipc_stream(io.BytesIO(content)),
    "parquet": lambda content: pl.read_parquet(io.BytesIO(content)),
}


@pytest.mark.parametrize("how", ["format", "accept"])
@pytest.mark.parametrize("form", ["csv", "arrow", "parquet", "xlsx"])
def test_every_form_of_answer_holds_the_library_s_figures(client: Any, yaohai: Path, form: str, how: str) -> None:
    kind = {"csv": "text/csv", "arrow": STREAM, "parquet": "application/vnd.apache.parquet", "xlsx": XLSX}[form]
    asked = ASKED | ({"format": form} if how == "format" else {})
    headers = {"Content-Type": "text/csv"} | ({"Accept": f"{kind}, */*;q=0.1"} if how == "accept" else {})
    answer = client.post("/v1/calculations", params=asked, content=yaohai.read_bytes(), headers=headers)
    figures = ms.evaluate(ms.read_facts(yaohai), indicators=ASKED["indicator"], divisions=["340102"])
    assert answer.headers["content-type"].partition(";")[0] == kind
    if form == "csv":
        assert answer.text == text_frame(figures).write_csv()
    elif form == "xlsx":
        sheet = pl.read_excel(answer.content, has_header=False, infer_schema_length=0)
        cells = {cell for row in sheet.iter_rows() for cell in row}
        assert {"newborn_screening_rate", "99.61", "831.85"} <= cells
    else:
        found = READERS[form](answer.content)
        assert found.with_columns(pl.col("status").cast(pl.String)).equals(
            figures.frame.with_columns(pl.col("status").cast(pl.String))
        )


def test_options_are_those_of_the_library(client: Any) -> None:
    facts = "".join(
        f"34010200{place},2024-0{month},live_births,{place * month},{sex}\n"
        for place in (4, 5)
        for month in (1, 2, 3)
        for sex in "fm"
    )
    body = "division,period,measure,value,sex\n" + facts
    asked = {
        "indicator": "newborns_unscreened", "by": "sex", "period": "quarter", "from": "2024-01", "to": "2024-03",
        "level": "county", "parents": "own",
    }  # fmt: skip
    answer = client.post("/v1/calculations", params=asked, content=body.encode(), headers={"Content-Type": "text/csv"})
    figures = answer.json()["figures"]
    assert {(one["division"], one["status"]) for one in figures} == {("340102", "no_data")}
    assert [one["by"] for one in figures if one["period"] == figures[0]["period"]] == [{}, {"sex": "f"}, {"sex": "m"}]


@pytest.mark.parametrize("name", ["toml", "json", "parts", "one part", "json part"])
def test_own_definitions(client: Any, name: str) -> None:
    facts = [
        {"division": "340102", "period": 2023, "measure": "canteen_places", "value": 10.5},
        {"division": "340102", "period": "2023", "measure": "老年食堂数", "value": "4"},
    ]
    facts[1]["measure"] = "senior_canteens"
    tables = {
        "measure": [
            {
                "code": "canteen_places", "name": {"zh": "老年食堂座位数", "en": "Canteen places"}, "unit": "个", "decimals": 1,
                "definition": {"zh": "座位数。", "en": "Places."}, "source": None,
            }
        ],
        "indicator": [
            {
                "code": "places_per_canteen", "name": {"zh": "每处老年食堂座位数", "en": "Places per canteen"}, "bounds": [0, 1e3],
                "formula": "canteen_places / senior_canteens", "unit": "1", "domain": "老有所养", "services": [48],
            }
        ],
    }  # fmt: skip
    sent: dict[str, dict[str, Any]] = {
        "toml": {"json": {"facts": facts, "definitions": MEASURES + INDICATORS}},
        "json": {"json": {"facts": facts, "definitions": tables}},
        "parts": {
            "files": [
                ("facts", ("facts.csv", PLACES)),
                ("definitions", ("measures.toml", MEASURES)),
                ("definitions", ("indicators.toml", INDICATORS)),
            ]
        },
        "one part": {
            "files": [("facts", ("facts.csv", PLACES)), ("definitions", ("my.toml", MEASURES + INDICATORS))],
        },
        "json part": {
            "files": [
                ("facts", ("facts.csv", PLACES)),
                ("definitions", ("my.json", json.dumps(tables), "application/json")),
            ]
        },
    }
    answer = client.post("/v1/calculations?division=340102", **sent[name])
    assert answer.status_code == 200, answer.text
    assert [(one["indicator"], one["value"], one["status"]) for one in answer.json()["figures"]] == [
        ("places_per_canteen", "2.63", "ok")
    ]
    again = client.get("/v1/indicators/places_per_canteen")
    assert again.status_code == 404, "own definitions are forgotten with the answer"


def test_numbers_never_pass_through_a_float(client: Any) -> None:
    text = '{"division": "340102", "period": "2023", "measure": "funds_used", "value": 9007199254740993.01}'
    other = text.replace("funds_used", "funds_disbursed").replace("9007199254740993.01", "1.00")
    asked = {"indicator": "funds_utilization_rate", "division": "340102"}
    body = f'{{"facts": [{text}, {other}]}}'
    answer = client.post("/v1/calculations", params=asked, content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["figures"][0]["numerator"] == "9007199254740993.01"


def test_all_that_is_wrong_is_told_at_once(client: Any) -> None:
    body = "division,period,measure,value\n340102,2017-13,live_births,1\n340102,2017,live_birth,2\n340102,2017,live_births,3\n"
    asked = {"periodd": "year", "period": "fortnight", "indicator": "newborn_screening_rat", "format": "pdf"}
    answer = client.post("/v1/calculations", params=asked, content=body, headers={"Content-Type": "text/csv"})
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(one["code"], one["where"]) for one in problem["faults"]] == [
        ("service.unknown_parameter", {}),
        ("service.format", {}),
        ("vocabulary.period", {"row": 2, "column": "period"}),
        ("engine.unknown_measure", {"row": 3, "column": "measure"}),
        ("engine.unknown_option", {}),
        ("definitions.unknown_indicator", {}),
    ]
    assert problem["count"] == 6
    assert problem["retry"] is False


def test_faults_lie_where_the_caller_sees_them(client: Any) -> None:
    broken = MEASURES.replace("unit", "unti")
    files = [
        ("facts", ("may.csv", b"division,period,measure,value\nx,2023,live_births,1\n")),
        ("definitions", ("measures.toml", broken)),
    ]
    answer = client.post("/v1/calculations", files=files)
    places = [one["where"] for one in answer.json()["faults"]]
    assert places[0]["file"] == "measures.toml"
    assert places[0]["line"] == 5
    fact = {"division": "340102", "period": "2017", "measure": "live_births", "value": "1"}
    answer = client.post("/v1/calculations", json={"facts": [fact, fact | {"value": "x"}, fact, {"value": [1]}, 7]})
    assert [(one["code"], one["where"]["row"]) for one in answer.json()["faults"]] == [
        ("service.json_value", 4),
        ("service.json_row", 5),
    ]
    answer = client.post("/v1/calculations", json={"facts": [fact, fact | {"value": "x"}, fact]})
    assert [(one["code"], one["where"]) for one in answer.json()["faults"]] == [
        ("facts.no_number", {"row": 2, "column": "value"}),
        ("facts.twice", {"row": 3}),
    ]
    assert "row 1" in answer.json()["faults"][1]["message"]["en"]
    assert "minsheng-" not in answer.text


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("__import__('os').system('id')", "definitions"),
        ("().__class__.__bases__", "definitions"),
        ("open", "definitions"),
        ("live_births ** live_births ** live_births", "definitions"),
        ("(" * 5000 + "live_births" + ")" * 5000, "definitions"),
        ("+".join(["live_births"] * 20_000), "definitions"),
        ("9" * 100_000, "definitions"),
        ("[live_births for x in y]", "definitions"),
        ("lambda: 1", "definitions"),
        ("\x00", "definitions"),
        ("\ud800", "service"),
    ],
)
def test_hostile_formulas_are_refused(client: Any, formula: str, code: str) -> None:
    fact = {"division": "340102", "period": "2017", "measure": "live_births", "value": "1"}
    tables = {"indicator": [{"code": "hostile", "name": "恶意", "formula": formula, "unit": "人"}]}
    body = json.dumps({"facts": [fact], "definitions": tables})
    answer = client.post("/v1/calculations", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["faults"][0]["code"].partition(".")[0] == code


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"\xff\xfe\x00"),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"facts": [], "definitions": ' + b'{"a":' * 500 + b"1" + b"}" * 501),
        ("application/json", b'{"facts": 3}'),
        ("application/json", b'{"facts": []}'),
        ("application/json", b'{"facts": [{}]}'),
        ("application/json", b'{"facts": [], "fact": []}'),
        ("application/json", b'{"facts": [{"division": "\\ud800", "period": "2017", "measure": "x", "value": NaN}]}'),
        ("application/json", b"[]"),
        ("text/csv", b""),
        ("text/csv", b"\x00\x01\x02"),
        ("text/csv", b"a,b\n1,2\n"),
        (STREAM, b""),
        (STREAM, b"nonsense"),
        (STREAM, b"ARROW1\0\0" + b"\xff\xff\xff\xff\x10\0\0\0" + b"\x07" * 64),
        ("application/vnd.apache.arrow.file", b"ARROW1\0\0"),
        ("application/vnd.apache.parquet", b"PAR1PAR1"),
        (XLSX, b"PK"),
        ("multipart/form-data; boundary=x", b"nonsense"),
        ("multipart/form-data", b""),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="fact"\r\n\r\n1\r\n--x--\r\n',
        ),
    ],
)
def test_bodies_that_are_not_what_they_say_are_refused(client: Any, kind: str, body: bytes) -> None:
    answer = client.post("/v1/calculations", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 422, answer.text
    assert answer.json()["faults"]
    assert "minsheng-" not in answer.text


def test_an_arrow_answer_lacks_nothing_that_json_has(client: Any, yaohai: Path) -> None:
    told = client.post(
        "/v1/calculations", params=ASKED, content=yaohai.read_bytes(), headers={"Content-Type": "text/csv"}
    ).json()
    for kind, opened in ((STREAM, pa.ipc.open_stream), ("application/vnd.apache.arrow.file", pa.ipc.open_file)):
        answer = client.post(
            "/v1/calculations",
            params=ASKED,
            content=yaohai.read_bytes(),
            headers={"Content-Type": "text/csv", "Accept": kind},
        )
        with opened(answer.content) as found:
            beside = json.loads(found.schema.metadata[b"minsheng"])
        assert beside == {"by": [], "notes": told["notes"], "receipt": told["receipt"]}
