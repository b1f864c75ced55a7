"""Answers worked out by hand: what was known when and to whom, comparisons, rankings, lights, receipts, forms, the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from libminsheng.cli import main
from tests.services.indicators.by_hand import PACK, Hand, line, table

HEAD = "division,period,measure,value\n"
YEAR = {"period": "year", "from_": "2017", "to": "2017"}


def test_as_it_was_known_then_and_to_the_public(hand: Hand) -> None:
    def told(who: httpx.Client | None = None, **asked: Any) -> list[str]:
        answer = hand.ask("/v1/figures", who=who, indicator="hand_rate", division="370102", **YEAR, **asked)
        assert answer.status_code == 200, answer.text
        return [line(one) for one in answer.json()["figures"]]

    quarter, most = ["370102 2017: 25.00 % = 1/4 [1/1]"], ["370102 2017: 75.00 % = 3/4 [1/1]"]
    before = hand.revision
    (first,) = hand.reports(HEAD + "370102,2017,hand_served,1\n370102,2017,hand_due,4\n")
    (second,) = hand.reports(HEAD + "370102,2017,hand_served,3\n")  # corrects one of the two
    third = hand.act(hand.draft("370102", "2017", HEAD + "370102,2017,hand_served,2\n"), "submit")
    assert told(as_of=before) == []
    assert told(as_of=first["revision"]) == quarter
    assert told(as_of=second["revision"]) == told() == most, "what is only submitted does not stand"
    third = hand.act(third, "return", reason="再核")
    assert told() == most
    third = hand.act(hand.act(third, "submit"), "accept")
    assert told() == ["370102 2017: 50.00 % = 2/4 [1/1]"]
    assert told(as_of=second["revision"]) == most
    with hand.office.client() as anybody:
        assert told(anybody) == []
        third = hand.act(third, "publish")
        published = hand.revision
        assert told(anybody) == ["370102 2017: no_data without hand_due = 2/– [0/1] incomplete"]
        hand.act(first, "publish")  # of which the denominator stands
        assert told(anybody) == ["370102 2017: 50.00 % = 2/4 [1/1]"]
        assert told(anybody, as_of=published) == ["370102 2017: no_data without hand_due = 2/– [0/1] incomplete"]
        (fourth,) = hand.reports(HEAD + "370102,2017,hand_served,1\n")
        lacking = ["370102 2017: no_data without hand_served = –/4 [0/1] incomplete"]
        assert told() == quarter
        assert told(anybody) == lacking, "what is published does not stand, what stands is not published"
        fourth = hand.act(fourth, "publish")
        assert told(anybody) == quarter
        hand.act(fourth, "unpublish", reason="有误")
        assert told(anybody) == lacking
    assert told() == quarter


def test_amounts_change_in_percent_of_the_bases_size_and_rates_in_points(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,     value
        370202,   2016,    hand_used,   -50
        370202,   2017,    hand_used,   50
        370203,   2016,    hand_used,   0
        370203,   2017,    hand_used,   5
        370204,   2016,    hand_used,   300
        370204,   2017,    hand_used,   200
        370202,   2016,    hand_served, 1
        370202,   2016,    hand_due,    3
        370202,   2017,    hand_served, 2
        370202,   2017,    hand_due,    3
        370204,   2017,    hand_served, 2
        370204,   2017,    hand_due,    3
        370205,   2016-12, hand_served, 8
        370205,   2017-01, hand_served, 10
        """
    )

    def told(indicator: str, **asked: Any) -> list[tuple[str, ...]]:
        answer = hand.ask("/v1/figures/compare", indicator=indicator, **asked)
        assert answer.status_code == 200, answer.text
        names = ("division", "value", "base", "change", "change_unit", "status")
        return [tuple(one[name] or "" for name in names) for one in answer.json()["changes"]]

    assert told("hand_money", division=["370202", "370203", "370204"], **YEAR) == [
        ("370202", "0.01", "-0.01", "200.00", "%", "ok"),  # (50 + 50) ÷ |−50|
        ("370203", "0.00", "0.00", "", "%", "zero_denominator"),
        ("370204", "0.02", "0.03", "-33.33", "%", "ok"),  # −100 ÷ 300, and not of what is printed
    ]
    assert told("hand_rate", division=["370202", "370204"], **YEAR) == [
        ("370202", "66.67", "33.33", "33.33", "百分点", "ok"),  # 2/3 − 1/3; of what is printed it were 33.34
        ("370204", "66.67", "", "", "百分点", "no_data"),
    ]
    january = {"period": "month", "from_": "2017-01", "to": "2017-01"}
    assert told("hand_sum", against="previous", division="370205", **january) == [
        ("370205", "10", "8", "25.00", "%", "ok")
    ]


def test_places_are_shared_by_exact_values_or_by_printed_ones(hand: Hand) -> None:
    rows = {
        "02": (99, 100),
        "03": (990, 1000),
        "04": (1, 1),
        "05": (995, 1000),
        "06": (98, 100),
        "08": (199999, 200000),
    }
    facts = "".join(f"3703{n},2017,hand_served,{a}\n3703{n},2017,hand_due,{b}\n" for n, (a, b) in rows.items())
    hand.reports(HEAD + facts + "370307,2017,hand_served,7\n")

    def told(**asked: Any) -> str:
        places = [f"3703{n:02}" for n in range(2, 9)]
        answer = hand.ask("/v1/rankings", indicator="hand_rate", period="2017", division=places, format="csv", **asked)
        assert answer.status_code == 200, answer.text
        ranks = [row.split(",") for row in answer.text.splitlines()[1:]]
        return " ".join(f"{row[0] or '–'}:{row[3][-2:]}" for row in ranks)

    assert told(better="higher") == "1:04 2:08 3:05 4:02 4:03 6:06 –:07"
    assert told(better="higher", ties="printed") == "1:04 1:08 3:05 4:02 4:03 6:06 –:07"  # 100.00 % both
    assert told(better="lower") == "1:06 2:02 2:03 4:05 5:08 6:04 –:07"
    # off by 0.2 (twice), 0.3, 0.7995, 0.8 and 1.2 points
    assert told(better="target", target="99.2") == "1:02 1:03 3:05 4:08 5:04 6:06 –:07"


def test_lights_by_the_pace_of_the_year(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,   scenario, basis,        value
        370402,   2018-05, task_done, actual,   year_to_date, 20
        370402,   2018,    task_done, target,   period,       100
        370403,   2018-05, task_done, actual,   year_to_date, 60
        370403,   2018,    task_done, target,   period,       100
        370404,   2018-03, task_done, actual,   year_to_date, 25
        370404,   2018,    task_done, target,   period,       100
        370405,   2018-05, task_done, actual,   year_to_date, 0
        370405,   2018,    task_done, target,   period,       0
        """
    )
    places = ["370402", "370403", "370404", "370405"]
    answer = hand.ask("/v1/monitor", period="2018-05", watch="task_done", division=places)
    names = ("division", "light", "pace", "forecast", "needed", "flags")
    assert [tuple(one[name] for name in names) for one in answer.json()["watched"]] == [
        # the pace is what was done ÷ (100 × 5 ÷ 12), the forecast what was done × 12 ÷ 5, needed what is left ÷ 7, upwards
        ("370402", "red", "48.00", "48.0000", "11.4286", []),
        ("370403", "blue", "144.00", "144.0000", "5.7143", []),
        ("370404", "yellow", "60.00", "60.0000", "10.7143", ["incomplete"]),
        ("370405", "green", None, "0.0000", "0.0000", []),
    ]


def test_a_receipt_is_of_the_sums_and_tells_what_differs(hand: Hand) -> None:
    asked = {"indicator": "hand_spent", "division": "370502", "period": "year", "from": "2017", "to": "2017"}
    facts = "division,period,measure,value,unit\n370502,2017,hand_used,8,万元\n370502,2017,hand_given,10,万元\n"
    kinds = {"Content-Type": "text/csv"}

    def of(rows: str) -> dict[str, str]:
        answer = hand.office.clerk.post("/v1/calculations", params=asked, content=rows.encode(), headers=kinds)
        receipt: dict[str, str] = answer.json()["receipt"]
        return receipt

    one = of(facts)
    assert of(HEAD + "370502,2017,hand_given,100000\n370502,2017,hand_used,80000\n") == one, "order and units"
    more = of("division,period,measure,value,note\n370502,2017,hand_used,80000.00,核\n370502,2017,hand_given,100000,\n")
    assert more == one, "remarks"
    other = of(HEAD + "370502,2017,hand_given,100000\n370502,2017,hand_used,80000.01\n")
    assert {part for part in one if one[part] != other[part]} == {"facts", "digest"}
    hand.reports(facts)
    answer = hand.ask("/v1/figures", **asked).json()
    address = "/v1/figures?" + str(httpx.QueryParams(asked))
    hand.reports(HEAD + "370502,2017,hand_used,90000\n")
    assert hand.ask("/v1/figures", **asked).json()["receipt"]["facts"] != answer["receipt"]["facts"]

    def verified(question: str) -> tuple[bool, list[str]]:
        body = {"receipt": answer["receipt"], "question": question}
        found = hand.office.clerk.post("/v1/receipts/verify", json=body).json()
        return found["equal"], [one["part"] for one in found["differs"]]

    assert verified(address) == (False, ["facts"])
    assert verified(f"{address}&as_of={answer['revision']}") == (True, [])
    assert verified(f"{address}&parents=own&as_of={answer['revision']}") == (False, ["options"])


def test_every_form_and_the_command_line_say_the_same(
    hand: Hand, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = """
        division, period,  measure,    sex, unit, basis,        value
        370602,   2017-Q1, hand_used,  f,   万元, ,             1.5
        370602,   2017-Q1, hand_given, ,    万元, ,             3
        370602,   2017-05, hand_used,  f,   万元, year_to_date, 9
        370603,   2017-Q2, hand_used,  m,   元,   ,             7
        370603,   2017-Q2, hand_given, ,    元,   ,             8
        """
    hand.reports(facts)
    asked = {"indicator": "hand_spent", "division": "370600", "by": "sex", "period": "quarter"}
    asked |= {"from_": "2017-Q1", "to": "2017-Q2"}
    rows = [
        "indicator,edition,division,period,sex,value,unit,numerator,denominator,status,flags,reported,expected,missing",
        'hand_spent,1,370600,2017-Q1,,50.00,%,15000,30000,ok,incomplete,1,2,""',
        "hand_spent,1,370600,2017-Q1,f,,%,15000,,no_data,incomplete,0,2,hand_given",
        "hand_spent,1,370600,2017-Q1,m,,%,,,no_data,incomplete,0,2,hand_used;hand_given",
        # the 90000 of January to May are of no quarter
        'hand_spent,1,370600,2017-Q2,,87.50,%,7,8,ok,incomplete,1,2,""',
        "hand_spent,1,370600,2017-Q2,f,,%,,,no_data,incomplete,0,2,hand_used;hand_given",
        "hand_spent,1,370600,2017-Q2,m,,%,7,,no_data,incomplete,0,2,hand_given",
    ]
    answer = hand.ask("/v1/figures", format="csv", **asked)
    assert answer.text.splitlines() == rows
    (tmp_path / "facts.csv").write_text(table(facts), "utf-8")
    monkeypatch.setenv("MINSHENG_PACKS", str(PACK))
    words = [word for name, value in asked.items() for word in (f"--{name.rstrip('_')}", value)]

    def said(form: str) -> str:
        assert main(["evaluate", str(tmp_path / "facts.csv"), *words, "--format", form]) == 0
        return capsys.readouterr().out

    assert said("csv").splitlines() == rows
    figures = hand.ask("/v1/figures", **asked).json()["figures"]
    assert json.loads(said("json")) == figures
    frame = pl.read_ipc_stream(hand.ask("/v1/figures", format="arrow", **asked).content)
    assert frame.columns == rows[0].split(",")
    assert [type(one).__name__ for one in frame.dtypes] == [
        *["String"] * 5, "Decimal", "String", "Decimal", "Decimal", "Enum", "List", "UInt32", "UInt32", "List"
    ]  # fmt: skip
    assert pl.read_parquet(hand.ask("/v1/figures", format="parquet", **asked).content).equals(frame)
    sheet = pl.read_excel(io.BytesIO(hand.ask("/v1/figures", format="xlsx", **asked).content), has_header=True)
    assert sheet.height == len(rows) - 1
