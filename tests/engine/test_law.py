"""The engine's laws: it says what the slow, plain reference says, whatever the order and the cut of the rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libminsheng.definitions.formula import FUNCTIONS
from tests.engine.panel import Panel
from tests.engine.strategies import FORMULAS, Question, panels, questions

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def test_every_function_is_among_the_formulas():
    text = " ".join(formula for formula, _ in FORMULAS.values())
    assert [function for function in FUNCTIONS if f"{function}(" not in text] == []


@settings(SLOW, max_examples=150)
@given(questions())
def test_the_engine_says_what_the_reference_says(question: Question):
    expected = question.panel.by_reference(question.indicators, **question.options)
    found = question.panel.by_engine(question.indicators, **question.options)
    assert _differences(found, expected) == []


@settings(SLOW, max_examples=30)
@given(questions(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(question: Question, random: Any):
    facts = list(question.panel.facts)
    random.shuffle(facts)
    _assert_same(question, question.panel, question.panel.with_facts(facts))


@settings(SLOW, max_examples=30)
@given(questions(), st.data())
def test_a_value_may_come_in_two_rows_of_one_key(question: Question, data: st.DataObject):
    facts = list(question.panel.facts)
    row = facts.pop(data.draw(st.integers(0, len(facts) - 1)))
    part = data.draw(st.integers(-3, 12))
    rest = str(Decimal(row["value"]) - part)
    _assert_same(
        question, question.panel, question.panel.with_facts([*facts, row | {"value": str(part)}, row | {"value": rest}])
    )


@settings(SLOW, max_examples=30)
@given(questions())
def test_a_blank_value_is_no_fact(question: Question):
    blank = question.panel.facts[0] | {"value": None, "period": "2031-05"}
    _assert_same(question, question.panel, question.panel.with_facts([*question.panel.facts, blank]))


@settings(SLOW, max_examples=15)
@given(panels())
def test_another_value_gives_another_receipt(panel: Panel):
    first, *others = panel.facts
    changed = panel.with_facts([first | {"value": str(int(first["value"]) + 1)}, *others])
    before, after = panel.figures(["count"]).receipt, changed.figures(["count"]).receipt
    assert before.facts != after.facts
    assert (before.definitions, before.options, before.tree) == (after.definitions, after.options, after.tree)
    assert before != after


def _assert_same(question: Question, one: Panel, other: Panel) -> None:
    left = one.figures(question.indicators, **question.options)
    right = other.figures(question.indicators, **question.options)
    assert right.to_dicts() == left.to_dicts()
    assert right.receipt == left.receipt


def _differences(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[str]:
    def name(figure: dict[str, Any]) -> tuple[str, ...]:
        return (figure["indicator"], figure["division"], figure["period"], *figure["by"].values())

    if list(map(name, found)) != list(map(name, expected)):
        return [f"figures: {sorted(set(map(name, found)) ^ set(map(name, expected)))[:5]} or their order"]
    return [
        f"{' '.join(name(wanted))}: {key} is {given[key]!r}, not {wanted[key]!r}"
        for given, wanted in zip(found, expected, strict=True)
        for key in wanted
        if given[key] != wanted[key]
    ]
