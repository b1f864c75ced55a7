"""How long an answer takes tells nothing of what is hidden: the same work is done for it, call by call.

A clock would tell more of the machine than of the code; so the calls are counted.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from types import FrameType
from typing import Any

import pytest

import libminsheng as ms
from minsheng_indicators.copy.holding import Copy
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.copy.sight import Asked, OutsideError
from minsheng_indicators.copy.view import PUBLIC, View

YAOHAI, LUYANG, SHUSHAN, BAOHE = "340102", "340103", "340104", "340111"
RATE = "newborn_screening_rate"
CATALOGUE, TREE = ms.catalogue(), ms.DivisionTree.builtin()


def facts(division: str, value: int = 10) -> list[dict[str, Any]]:
    return [
        {"division": division, "period": "2017", "measure": measure, "value": str(value)}
        for measure in ("newborns_screened", "live_births")
    ]


@pytest.fixture
def feed() -> MemoryFeed:
    feed = MemoryFeed()
    feed.accept([*facts(YAOHAI), *facts(LUYANG)])
    feed.accept(facts(YAOHAI), public=True)
    return feed


@pytest.fixture
def copy(feed: MemoryFeed) -> Iterator[Copy]:
    with closing(Copy(feed, CATALOGUE, TREE)) as made:
        made.open()
        yield made


def work(does: Callable[[], object]) -> list[str]:
    """Every call that something makes, in their order; what is remembered from call to call has been called before."""
    calls: list[str] = []

    def note(frame: FrameType, event: str, about: Any) -> None:
        if event == "call":
            calls.append(f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}")
        elif event == "c_call":
            calls.append(getattr(about, "__qualname__", str(about)))

    does()
    gc.disable()  # what is called back when it comes is no work of the answer
    sys.setprofile(note)
    try:
        does()
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls[:-1]


def refused(copy: Copy, view: View, division: str) -> Callable[[], None]:
    def ask() -> None:
        with pytest.raises(OutsideError):
            copy.sight(view).figures(Asked(indicators=(RATE,), divisions=(division,)))

    return ask


def test_a_place_outside_is_refused_by_the_same_work_whether_there_are_facts_of_it_or_not(copy: Copy, feed: MemoryFeed):
    view = View.of([YAOHAI])
    with_facts, without = (work(refused(copy, view, one)) for one in (LUYANG, SHUSHAN))
    assert len(without) > 10
    assert with_facts == without
    feed.accept([*facts(SHUSHAN), *facts(BAOHE)])
    copy.step()
    assert work(refused(copy, view, SHUSHAN)) == without


@pytest.mark.parametrize("view", [View.of([YAOHAI]), PUBLIC])
def test_a_place_inside_is_answered_by_the_same_work_whatever_is_hidden(copy: Copy, feed: MemoryFeed, view: View):
    def ask() -> None:
        _ = copy.sight(view).figures(Asked(indicators=(RATE,), divisions=(YAOHAI,))).receipt

    before = work(ask)
    feed.accept([fact for place in (LUYANG, SHUSHAN, BAOHE) for fact in facts(place, 77)])
    copy.step()
    assert work(ask) == before


def test_a_change_that_is_hidden_makes_nobody_compute_anew(copy: Copy, feed: MemoryFeed):
    """The first question after it is answered from the same sums, in the same calls, as the one before it."""
    view = View.of([YAOHAI])
    asked = Asked(indicators=(RATE,), period="year")
    first = copy.sight(view)
    _ = first.figures(asked).receipt
    known = first.kept("total")
    feed.accept(facts(LUYANG, 99))
    copy.step()
    assert copy.sight(view).kept("total") is known
    assert copy.sight(view).answers is first.answers
