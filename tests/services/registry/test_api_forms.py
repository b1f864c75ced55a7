"""Over HTTP: forms that offices fill in, and the limits of what is sent and asked for."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from litestar.testing import TestClient

import libminsheng as ms
from minsheng_http.forms import FORMS
from minsheng_registry.app import create_app
from minsheng_registry.settings import Settings
from tests.facts.forms import edited, enter, pages, value_cells
from tests.services.registry.api import LUYANG, YAOHAI, Api

XLSX = {"Content-Type": FORMS["xlsx"].media_types[0]}
ASKED = {"division": YAOHAI, "period": "2017"}
MEASURES = ("live_births", "newborns_screened")
CITIZEN, PHONE = "11010519491231002X", "13800138000"


@pytest.fixture
def api(url: str) -> Iterator[Api]:
    with TestClient(create_app(Settings(database_url=url, most_rows=3, most_json=300))) as client:
        yield Api(client)


@pytest.fixture
def form(tmp_path: Path) -> Path:
    path = tmp_path / "form.xlsx"
    ms.template(path, periods=["2017"], divisions=[YAOHAI], measures=MEASURES)
    return enter(path, [120, 125])


def _send(api: Api, content: bytes, expected: int = 201, headers: dict[str, str] = XLSX) -> Any:
    return api.ask(
        "reporter", "POST", "/v1/submissions", expected, params=ASKED, content=content, headers=headers
    ).json()


def test_a_form_that_was_filled_in_is_taken(api: Api, form: Path) -> None:
    one = _send(api, form.read_bytes())
    drafts = {"state": "draft", "submission": one["id"]}
    facts = api.ask("reporter", "GET", "/v1/facts", params=drafts).json()["facts"]
    assert {(fact["measure"], fact["value"]) for fact in facts} == set(zip(MEASURES, ("120", "125"), strict=True))


@pytest.mark.parametrize(("number", "kind"), [(CITIZEN, "citizen_id"), (PHONE, "phone")])
def test_a_form_that_names_a_person_is_refused_with_the_cell(api: Api, form: Path, number: str, kind: str) -> None:
    def note(book: openpyxl.Workbook) -> None:
        (page,) = pages(book)
        last = list(value_cells(page))[-1]
        cell = [one for one in page[last.row] if not one.protection.locked and one.number_format == "@"][-1]
        cell.value = f"填表人{number}"

    told = _send(api, edited(form, note).read_bytes(), 422)
    assert {fault["code"] for fault in told["faults"]} == {f"registry.personal_{kind}"}
    assert {(one["where"]["column"], one["where"]["cell"]) for one in told["faults"]} == {
        ("note", "填报表!E8"),
        ("note", "填报表!F8"),
    }
    assert number not in str(told)


def test_more_than_is_allowed_is_refused(api: Api) -> None:
    def csv(rows: int) -> bytes:
        lines = [f"{YAOHAI},2017-{number:02d},live_births,1" for number in range(1, rows + 1)]
        return "\n".join(["division,period,measure,value", *lines, ""]).encode()

    text = {"Content-Type": "text/csv"}
    _send(api, csv(3), 201, text)
    assert _send(api, csv(4), 413, text)["faults"][0]["code"] == "service.too_many_rows"
    api.ask("reporter", "POST", "/v1/projects", 413, json={"note": "x" * 300})
    api.ask("reporter", "POST", "/v1/submissions", 413, params=ASKED, json={"facts": [], "period": "x" * 300})


def test_an_option_of_another_form_is_refused(api: Api) -> None:
    for options in ({"format": "csv", "limit": 5}, {"format": "arrow", "cursor": "x"}, {"bom": "true"}):
        told = api.ask("reporter", "GET", "/v1/facts", 422, params=options).json()
        assert [fault["code"] for fault in told["faults"]] == ["registry.not_of_form"]
    assert (
        api.ask("reporter", "GET", "/v1/facts", params={"format": "csv", "bom": "true"}).content[:3] == b"\xef\xbb\xbf"
    )


def test_divisions_are_those_of_a_day(api: Api, tmp_path: Path) -> None:
    path = tmp_path / "tree.csv"
    path.write_text(
        "code,name,parent,level,valid_from,valid_to\nA,市,,prefecture,,\n"
        "A1,旧区,A,county,,2019-12-31\nA2,新区,A,county,2020-01-01,\n",
        "utf-8",
    )
    api.desk.__dict__["tree"] = ms.DivisionTree.from_csv(path)

    def codes(**asked: Any) -> list[str]:
        return [one["code"] for one in api.ask("reporter", "GET", "/v1/divisions", params=asked).json()["items"]]

    assert codes() == ["A", "A1", "A2"]
    assert codes(valid_on="2019-12-31") == ["A", "A1"]
    assert codes(valid_on="2020-01-01", under="A") == ["A", "A2"]
    assert codes(under="A1") == codes(level="county", text="旧") == ["A1"]
    one = api.ask("reporter", "GET", "/v1/divisions/A1").json()
    assert (one["parent"], one["valid_to"]) == ("A", datetime.date(2019, 12, 31).isoformat())
    api.ask("reporter", "GET", "/v1/divisions/Z", 404)


def test_the_words_and_measures_are_the_library_s(api: Api) -> None:
    domains = api.ask("reporter", "GET", "/v1/vocabulary/domains").json()["items"]
    assert "幼有所育" in {one["name"]["zh"] for one in domains}
    for name in ("services", "kinds", "tiers", "statuses", "units", "scopes"):
        assert api.ask("reporter", "GET", f"/v1/vocabulary/{name}").json()["items"], name
    api.ask("reporter", "GET", "/v1/vocabulary/colours", 404)
    found = api.ask("reporter", "GET", "/v1/measures", params={"search": "活产"}).json()["items"]
    assert "live_births" in {one["code"] for one in found}
    api.ask("reporter", "GET", "/v1/divisions", params={"under": LUYANG})
    assert api.client.get("/v1/divisions").status_code == 401
