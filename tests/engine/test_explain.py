"""Explanations: the reports that are named add up to the operand, whatever stood for what."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

import libminsheng as ms
from libminsheng.engine.explain import Step
from tests.engine.strategies import Question, questions

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def operands(step: Step) -> list[Step]:
    found = [step] if step.kind == "operand" else []
    return found + [operand for child in step.children for operand in operands(child)]


def exact(text: str) -> Fraction:
    return Fraction(text.partition(" ")[0])


@settings(SLOW, max_examples=60)
@given(questions())
def test_the_reports_of_an_operand_add_up_to_it(question: Question) -> None:
    figures = question.panel.figures(question.indicators, **question.options)
    for figure in list(figures)[:12]:
        told = figures.explain(figure.indicator.key, figure.division, figure.period, figure.by)
        assert told.figure == figure
        json.dumps(told.as_dict(), ensure_ascii=False)
        for operand in operands(told.steps):
            reports = [exact(child.value) for child in operand.children if child.value is not None]
            if operand.value is None:
                continue
            if operand.detail["time"] == "standard":
                assert set(reports) == {exact(operand.value)}
            else:
                assert sum(reports) == exact(operand.value)


FACTS = pl.DataFrame(
    {
        "division": ["340102", "340102", "340102004", "340102004", "340102008"],
        "period": ["2017-02", "2017-03", "2017-01", "2017-01", "2017-01"],
        "measure": ["newborns_screened", "newborns_screened", "live_births", "newborns_screened", "live_births"],
        "value": [30, 45, 40, 38, 20],
        "basis": ["year_to_date", "year_to_date", "period", "period", "period"],
        "approximate": [False, False, True, False, False],
    }
)


def test_an_explanation_tells_formula_operands_reports_rounding_and_coverage() -> None:
    figures = ms.evaluate(FACTS, indicators=["newborn_screening_rate"], period="month")
    told = figures.explain("newborn_screening_rate", "340102", "2017-01")
    text = told.text("en")
    assert "newborns_screened / live_births" in text
    assert "三里街街道 2017-01, approximate = 40 人" in text
    assert "和平路街道 2017-01 = 20 人" in text
    assert "rounded half up to 2 decimals" in text
    assert "1 of 2 expected reporters" in text
    assert "应报 2 个单位，已报 1 个" in told.text("zh")
    march = figures.explain("newborn_screening_rate", "340102", "2017-03")
    assert march.figure.value is None
    assert "year to date, less the cumulative report of 2017-02 = 15 人" in march.text("en")
    assert "Live births (live_births): not reported" in march.text("en")
    assert march.text("en").splitlines()[0] == "Newborn screening rate: no data, live_births is missing"


def test_an_explanation_shows_itself_as_static_html() -> None:
    figures = ms.evaluate(FACTS, indicators=["newborn_screening_rate"], period="month")
    html = figures.explain("newborn_screening_rate", "340102", "2017-01").html("zh")
    HTMLParser().feed(html)
    assert "<script" not in html
    assert "活产数" in html


def test_what_was_not_computed_is_refused_with_what_was() -> None:
    figures = ms.evaluate(FACTS, indicators=["newborn_screening_rate"], divisions=["340102"], period="month")
    with pytest.raises(ms.EvaluationError, match="340102 2017-0"):
        figures.explain("newborn_screening_rate", "340102", "2017-09")
    with pytest.raises(ms.EvaluationError, match="did you mean newborn_screening_rate"):
        figures.explain("newborn_screening_rat", "340102", "2017-01")


def test_figures_are_a_sequence_and_a_frame() -> None:
    figures = ms.evaluate(FACTS, indicators=["newborn_screening_rate"], period="month")
    assert len(figures) == len(list(figures)) == len(figures.frame)
    assert figures[-1] == list(figures)[-1]
    assert figures[:2] == list(figures)[:2]
    with pytest.raises(IndexError):
        figures[len(figures)]
    row = figures.frame.filter(division="340102004", period="2017-01").row(0, named=True)
    assert (row["value"], row["numerator"], row["status"]) == (Decimal("95.00"), 38, "ok")
    assert (row["flags"], row["missing"]) == (["estimated"], [])


def test_words_of_a_question_are_checked_all_at_once() -> None:
    with pytest.raises(ms.EvaluationError) as refused:
        ms.evaluate(
            FACTS,
            indicators=["newborn_screening_rat"],
            by=["sx"],
            period="moth",
            level="conty",
            parents="sum",
            divisions=["349999"],
            start="2017-13",
        )
    told = refused.value.text("en")
    assert len(refused.value.faults) == 7
    for part in (
        "newborn_screening_rate",
        "the facts have no column 'sx'",
        "month",
        "county",
        "sum",
        "349999",
        "2017-13",
    ):
        assert part in told


def test_unlisted_divisions_and_editions_not_in_force_are_noted() -> None:
    facts = pl.DataFrame({"division": ["110101"], "period": ["2017"], "measure": ["live_births"], "value": [1]})
    notes = ms.evaluate(facts, indicators=["newborn_screening_rate"], divisions=["110101", "340102"]).notes
    assert [fault.code for fault in notes] == ["engine.unlisted", "engine.no_facts"]
    indicator = ms.Pack(
        "dated",
        indicators=(ms.Indicator("later", formula="live_births", unit="人", valid_from=datetime.date(2020, 1, 1)),),
    )
    figures = ms.evaluate(facts, indicators=["later"], catalogue=ms.catalogue(packs=[indicator]))
    assert len(figures) == 0
    assert figures.notes[-1].code == "engine.not_in_force"
    assert len(ms.evaluate(facts, indicators=["later@1"], catalogue=ms.catalogue(packs=[indicator]))) == 3


def test_an_indicator_made_by_hand_is_explained_by_its_code() -> None:
    facts = pl.DataFrame(
        {"division": "340102", "period": "2017", "measure": ["newborns_screened", "live_births"], "value": [3, 4]}
    )
    mine = ms.Indicator(
        "mine", "newborns_screened / live_births", "%", edition="county", name=ms.Text("自定筛查率", "My rate")
    )
    figures = ms.evaluate(facts, indicators=[mine, "newborn_screening_rate"])
    for called in ("mine", "mine@county", "自定筛查率", " My rate "):
        told = figures.explain(called, "340102", "2017")
        assert (told.figure.indicator.code, told.figure.value) == ("mine", Decimal("75.00"))
    assert figures.find("newborn_screening_rate@2013", "340102", "2017").indicator.edition == "2013"
    for unknown in ("mine@2013", "yours"):
        with pytest.raises(ms.EvaluationError) as caught:
            figures.explain(unknown, "340102", "2017")
        assert [fault.code for fault in caught.value.faults] == ["definitions.unknown_indicator"]


def test_an_indicator_made_by_hand_goes_before_one_of_the_catalogue_with_its_code() -> None:
    facts = pl.DataFrame({"division": "340102", "period": "2017", "measure": "live_births", "value": [4]})
    figures = ms.evaluate(facts, indicators=[ms.Indicator("newborn_screening_rate", "live_births * 2", "人")])
    assert figures.explain("newborn_screening_rate", "340102", "2017").figure.exact == 8
