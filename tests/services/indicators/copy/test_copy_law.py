"""The law of the copy: what it says of a view at a revision is what the library says of the facts of that view."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from libminsheng.engine import kept
from libminsheng.engine.kept import KeptSums, measures_asked
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.copy.sight import Sight
from minsheng_indicators.copy.view import EVERYTHING, View
from tests.engine.panel import TREE, I, M, Panel
from tests.engine.strategies import Question
from tests.services.indicators.copy.histories import (
    History,
    Step,
    answered,
    corrections,
    followed,
    histories,
    plain_history,
    same,
    seen,
    shifts,
    told,
)

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def law(history: History, feed: MemoryFeed, copy: Any, view: View, revision: int, as_of: int | None) -> None:
    facts = seen(history, feed, view, revision)
    found = answered(copy, history, view, as_of)
    divisions = copy.sight(view, as_of).divisions() if view.roots is not None else None
    expected = told(history, facts, divisions=divisions, roots=view.roots)
    if not facts and not isinstance(found, tuple):
        assert len(found) == 0
        return
    assert same(found, expected), (found, expected)
    if isinstance(found, tuple):
        return
    whole = told(history, facts, divisions=divisions).receipt
    assert found.receipt.tree == whole.tree
    assert found.receipt.options == whole.options or (view.roots is not None and history.looks_above)
    question = copy.sight(view, as_of).question(history.asked)
    wanted = measures_asked(question)
    some = [fact for fact in facts if fact["measure"] in wanted]
    if some:
        alone = told(history, some, divisions=divisions, period=question.grain, by=())
        assert found.receipt.facts == alone.receipt.facts


@settings(SLOW, max_examples=60)
@given(histories(), st.data())
def test_figures_are_those_of_the_library_at_every_revision_and_view(history: History, data: st.DataObject):
    feed = MemoryFeed()
    copy = history.copy(feed)
    views = history.views()
    always = data.draw(st.lists(st.sampled_from(views), unique=True, max_size=3))
    with mock.patch.object(kept, "_FEW", data.draw(st.sampled_from((0, 8)))):
        followed(history, feed, copy, always)
        for view in views:
            law(history, feed, copy, view, feed.revision, None)
            past = data.draw(st.integers(0, feed.revision))
            law(history, feed, copy, view, past, past)


@settings(SLOW, max_examples=40)
@given(st.one_of(corrections(), shifts()), st.data())
def test_corrections_are_followed_line_by_line(history: History, data: st.DataObject):
    feed = MemoryFeed()
    copy = history.copy(feed)
    view = data.draw(st.sampled_from((EVERYTHING, EVERYTHING, View.of(["P"]), View.of(["C"]))))
    with mock.patch.object(kept, "_FEW", data.draw(st.sampled_from((0, 8)))):
        for number, step in enumerate(history.steps):
            step.play(feed)
            copy.step() if number else copy.open()
            law(history, feed, copy, view, feed.revision, None)
        found, fresh = answered(copy, history, view), Sight(copy.state.ledger, view, feed.revision)
        if isinstance(found, tuple):
            return
        anew = fresh.figures(history.asked)
        for one, other in list(zip(found, anew, strict=True))[:3]:
            assert found.explain_figure(one).as_dict() == anew.explain_figure(other).as_dict()


def test_a_correction_leaves_other_lines_alone():
    history = plain_history(["x / y"], months=("2017-01", "2017-02"))
    feed = MemoryFeed()
    copy = history.copy(feed)
    history.steps[0].play(feed)
    copy.open()
    answered(copy, history, EVERYTHING)
    with mock.patch.object(kept.Series, "__init__", side_effect=kept.Series.__init__, autospec=True) as made:
        Step("accept", ({**history.steps[0].facts[0], "value": "8"},)).play(feed)
        copy.step()
        answered(copy, history, EVERYTHING)
    assert [len(call.args[1]) for call in made.call_args_list] == [2]  # the reports of one division alone


KINDS = {
    "a stock": ("z", [{"division": "A", "value": "8"}]),
    "a stock that comes and goes": ("z", [{"division": "E", "value": "8"}, {"division": "E", "value": None}]),
    "a standard": ("s", [{"division": "A", "value": "8"}]),
    "who did not report": ("x", [{"division": "E", "value": "8"}, {"division": "E", "value": None}]),
    "another breakdown": ("w", [{"division": "A", "sex": "v", "value": "8"}]),
    "a breakdown beside totals": (
        "x",
        [{"division": "A", "sex": "v", "value": "8"}, {"division": "D", "sex": "u", "value": "8"}],
    ),
    "a report above others": ("x", [{"division": "C", "value": "8"}, {"division": "C", "value": "9"}]),
    "a parent's stock": ("z", [{"division": "P", "value": "8"}, {"division": "C", "value": "9"}]),
    "one below a report above": ("x", [{"division": "P", "value": "8"}, {"division": "A", "value": "9"}]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_correction_of_any_kind_rolls_no_measure_up_anew(kind: str):
    measure, corrected = KINDS[kind]
    names = {"value_x": "x - y", "value_z": "z - y", "value_s": "s", "value_w": "w"}
    measures = (*(M(code) for code in "xyw"), M("z", time="stock"), M("s", "元/月", "standard"))
    facts = [
        {"division": code, "period": month, "measure": one, "value": "5", "sex": "f" if one == "w" else None}
        for code in "ABD" for month in ("2017-01", "2017-02") for one in "xyzsw"
    ]  # fmt: skip
    facts += [{"division": code, "period": "2017-01", "measure": "y", "value": "5"} for code in "CEP"]
    panel = Panel(
        measures,
        tuple(I(name, text, "元/月" if text == "s" else "人") for name, text in names.items()),
        tuple(facts),
        TREE,
    )
    history = History(Question(panel, (f"value_{measure}",), {"period": "month"}), (Step("accept", tuple(facts)),))
    feed = MemoryFeed()
    copy = history.copy(feed)
    history.steps[0].play(feed)
    copy.open()
    law(history, feed, copy, EVERYTHING, feed.revision, None)
    with mock.patch.object(KeptSums, "_whole", side_effect=AssertionError("all is rolled up")):
        for one in corrected:
            feed.accept([{"period": "2017-01", "measure": measure, **one}])
            copy.step()
            found = answered(copy, history, EVERYTHING)
            assert found.receipt
    law(history, feed, copy, EVERYTHING, feed.revision, None)


LARGE = "1" + "0" * 25
GONE = {
    "a report above others": ({"division": "C", "period": "2017-03"}, {"period": "month", "end": "2017-07"}),
    "the only report of a year": ({"division": "A", "period": "2016-12"}, {"period": "quarter", "end": "2017-03"}),
    "what 64 bits do not hold": (
        {"division": "A", "period": "2017-03", "value": LARGE},
        {"period": "month", "end": "2017-07"},
    ),
}


@pytest.mark.parametrize("gone", GONE)
def test_levels_that_are_asked_for_after_a_report_is_gone_are_followed_beside_those_before(gone: str):
    fact, later = GONE[gone]
    facts = [
        {"division": "A", "period": "2017-01", "value": "1"},
        {"division": "A", "period": "2017-02", "value": "2"},
        {"division": "B", "period": "2017-07", "value": "70", "basis": "year_to_date"},
        {"value": "9"} | fact,
    ]
    facts = [{"measure": "x", **one} for one in facts]
    indicators = (I("single", "x", "人", decimals=0), I("so_far", "year_to_date(x)", "人", decimals=0))
    panel = Panel((M("x"),), indicators, tuple(facts), TREE)

    def asked(**options: str) -> History:
        return History(Question(panel, ("single", "so_far"), options), (Step("accept", tuple(facts)),))

    feed = MemoryFeed()
    before, after = asked(period="month", end="2017-06", start="2017-06"), asked(start="2017-01", **later)
    copy = before.copy(feed)
    before.steps[0].play(feed)
    copy.open()
    law(before, feed, copy, EVERYTHING, feed.revision, None)
    feed.accept([facts[-1] | {"value": None}])
    copy.step()
    law(after, feed, copy, EVERYTHING, feed.revision, None)
    feed.accept([facts[1] | {"value": LARGE if fact.get("value") else "3"}])
    copy.step()
    law(after, feed, copy, EVERYTHING, feed.revision, None)
    law(before, feed, copy, EVERYTHING, feed.revision, None)


def test_many_corrections_outgrow_64_bits_only_where_all_of_them_do():
    """None of them is large, nor are those of any division together."""
    tree = {"P": None} | dict.fromkeys("ABCDEFGHI", "P")
    first = [
        {"division": code, "period": "2017-01", "measure": "x", "value": "120000000000000000"}
        for code in tree
        if code != "P"
    ]
    panel = Panel((M("x"),), (I("total", "x", "人", decimals=0),), tuple(first), tree)
    history = History(Question(panel, ("total",), {"period": "year"}), (Step("accept", tuple(first)),))
    feed = MemoryFeed()
    copy = history.copy(feed)
    history.steps[0].play(feed)
    copy.open()
    answered(copy, history, EVERYTHING)
    for month in range(2, 11):
        for fact in first:
            feed.accept([fact | {"period": f"2017-{month:02d}"}])
            copy.step()
            answered(copy, history, EVERYTHING)
    law(history, feed, copy, EVERYTHING, feed.revision, None)
    assert answered(copy, history, EVERYTHING)[-1].value > 1 << 63


def test_stretches_of_a_year_that_were_asked_for_do_not_pile_up():
    history = plain_history(["year_to_date(x) / year_to_date(y)"], months=("2017-01", "2017-02"))
    feed = MemoryFeed()
    copy = history.copy(feed)
    history.steps[0].play(feed)
    copy.open()
    most = 2_000
    with mock.patch.object(kept, "_MOST_STRETCHES", most):
        for number in range(1, 13):
            span = {"start": f"2017-{number:02d}", "end": f"2018-{number:02d}"}
            asked = replace(history, question=replace(history.question, options={"period": "month", **span}))
            law(asked, feed, copy, EVERYTHING, feed.revision, None)
            series = copy.sight(EVERYTHING).kept("total")._series.values()
            held = [level.nbytes for one in series for stretch in one.stretches() for level in stretch.values()]
            assert 0 < sum(held) <= most
            if number % 4 == 0:
                feed.accept([history.steps[0].facts[0] | {"value": str(number)}])
                copy.step()


def test_what_came_before_corrections_is_let_go():
    history = plain_history(["x / y"], months=("2017-01", "2017-02"))
    feed = MemoryFeed()
    copy = history.copy(feed)
    history.steps[0].play(feed)
    copy.open()
    held = set()
    for number in range(10):
        answered(copy, history, EVERYTHING)
        held.add(weakref.ref(copy.sight(EVERYTHING).kept("total")))
        Step("accept", ({**history.steps[0].facts[number % 2], "value": str(number)},)).play(feed)
        copy.step()
    gc.collect()
    assert sum(one() is not None for one in held) == 0


@settings(SLOW, max_examples=40)
@given(histories(), st.data())
def test_what_is_hidden_changes_no_answer(history: History, data: st.DataObject):
    view = data.draw(st.sampled_from(history.views()[1:]))
    feed = MemoryFeed()
    copy = history.copy(feed)
    followed(history, feed, copy, [view])
    hidden = [
        version
        for version in feed.versions
        if version not in seen(history, feed, view, feed.revision) and version["revision_to"] is None
    ]
    assume(hidden)
    before = answered(copy, history, view)
    sight = copy.sight(view)
    changed = [fact | {"value": str(data.draw(st.integers(10, 99)))} for fact in hidden]
    strange = {"division": hidden[0]["division"], "period": "2019-07", "measure": "x", "value": "5", "secret": "s"}
    Step("accept", (*changed, strange)).play(feed)
    copy.step()
    after = answered(copy, history, view)
    assert copy.state.revision == feed.revision
    assert copy.sight(view).since == sight.since
    if isinstance(before, tuple):
        assert after == before
    else:
        assert after.to_dicts() == before.to_dicts()
        assert after.receipt == before.receipt
        assert [note.as_dict() for note in after.notes] == [note.as_dict() for note in before.notes]
