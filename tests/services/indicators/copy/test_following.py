"""The copy follows its registry: whole revisions, once or twice told, away and back again."""

from __future__ import annotations

import asyncio
import datetime
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest

import libminsheng as ms
from libminsheng.vocabulary.divisions import Succession
from minsheng_indicators.copy.feed import AwayError, Delta
from minsheng_indicators.copy.holding import Copy, NotReadyError, NotYetError
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.copy.sight import Asked, OutsideError, Sight
from minsheng_indicators.copy.view import EVERYTHING, PUBLIC, View
from tests.services.indicators.copy.histories import Step, plain_history

HISTORY = plain_history(["x / y"], months=("2017-01", "2017-02"))
FACTS = HISTORY.steps[0].facts
RATE = Asked(indicators=("rate_0",), divisions=("P",), period="year")


@pytest.fixture
def feed() -> MemoryFeed:
    feed = MemoryFeed()
    HISTORY.steps[0].play(feed)
    return feed


@pytest.fixture
def following(feed: MemoryFeed) -> Iterator[Copy]:
    copy = HISTORY.copy(feed)
    copy.start()
    assert copy.wait_for(1, 10)
    yield copy
    copy.close()


def rate(copy: Copy) -> Decimal | None:
    value: Decimal | None = copy.sight(EVERYTHING).figures(RATE)[0].value
    return value


def set_all(feed: MemoryFeed, value: int) -> int:
    return Step("accept", tuple({**fact, "value": str(value)} for fact in FACTS)).play(feed)


def soon(holds: Callable[[], object], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_a_correction_shows_within_a_second(feed: MemoryFeed, following: Copy):
    rate(following)
    number = Step("accept", ({**FACTS[0], "value": "10000"},)).play(feed)
    assert following.wait_for(number, 1)
    assert rate(following) > 100


def test_who_waits_for_a_revision_needs_no_thread(feed: MemoryFeed, following: Copy):
    async def waits() -> tuple[bool, bool]:
        asked = asyncio.create_task(following.caught_up(2, 10))
        await asyncio.sleep(0)
        feed.accept([FACTS[0]])
        return await asked, await following.caught_up(99, 0.01)

    assert asyncio.run(waits()) == (True, False)


def test_figures_are_served_while_the_registry_is_away_and_catch_up(feed: MemoryFeed, following: Copy):
    before = rate(following)
    feed.away = AwayError("gone", retry_after=0.05)
    number = Step("accept", ({**FACTS[0], "value": "10000"},)).play(feed)
    assert soon(lambda: following.away == "gone")
    assert (rate(following), following.state.revision) == (before, 1)
    assert following.age is not None
    feed.away = None
    assert following.wait_for(number, 10)
    assert soon(lambda: following.away is None)
    assert rate(following) != before


def test_without_a_registry_there_is_nothing_yet():
    feed = MemoryFeed()
    feed.away = AwayError("gone", retry_after=0.01)
    copy = HISTORY.copy(feed)
    copy.start()
    with pytest.raises(NotReadyError):
        copy.sight(EVERYTHING)
    assert copy.age is None
    feed.away = None
    assert soon(lambda: copy.ready)
    copy.close()


def test_no_answer_mixes_two_revisions(feed: MemoryFeed, following: Copy):
    done = threading.Event()
    wrong: list[Any] = []
    answers = 0

    def reads() -> None:
        nonlocal answers
        while not done.is_set():
            sight = following.sight(EVERYTHING)
            figure = sight.figures(Asked(indicators=("rate_0",), period="month"))[0]
            answers += 1
            if figure.numerator != figure.denominator:
                wrong.append((sight.revision, figure))

    number = set_all(feed, 1)
    assert following.wait_for(number, 10)
    readers = [threading.Thread(target=reads) for _ in range(2)]
    for reader in readers:
        reader.start()
    for value in range(2, 60):
        number = set_all(feed, value)
    assert following.wait_for(number, 20)
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert answers > 0


class Breaks(MemoryFeed):
    """A feed that breaks off in the middle of an answer, now and then."""

    breaking = False

    def facts_changed(self, after: int) -> Delta:
        delta = super().facts_changed(after)
        return Delta(delta.revision, self._cut(delta.frames)) if self.breaking else delta

    def _cut(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        for frame in frames:
            yield frame[: len(frame) // 2]
            raise AwayError("cut")


def test_an_answer_that_breaks_off_changes_nothing():
    feed = Breaks()
    HISTORY.steps[0].play(feed)
    copy = HISTORY.copy(feed)
    feed.breaking = True
    with pytest.raises(AwayError):
        copy.open()
    assert not copy.ready
    feed.breaking = False
    copy.open()
    before = rate(copy)
    set_all(feed, 5)
    feed.breaking = True
    with pytest.raises(AwayError):
        copy.step()
    assert (rate(copy), copy.state.revision) == (before, 1)
    feed.breaking = False
    copy.step()
    assert rate(copy) == 100


class Twice(MemoryFeed):
    """A feed that tells everything again and again."""

    def facts_changed(self, after: int) -> Delta:
        every = [*super().facts_changed(0).frames]
        return Delta(self.revision, iter([*every, *every]))


def test_what_is_told_twice_counts_once():
    feed = Twice()
    HISTORY.steps[0].play(feed)
    copy = HISTORY.copy(feed)
    copy.open()
    count = len(copy.state.ledger.versions)
    assert count == len(FACTS)
    set_all(feed, 5)
    copy.step()
    copy.step()
    assert len(copy.state.ledger.versions) == 2 * count
    assert rate(copy) == 100


def test_a_registry_that_was_set_back_is_fetched_anew(feed: MemoryFeed):
    copy = HISTORY.copy(feed)
    copy.open()
    set_all(feed, 5)
    copy.step()
    del feed.moments[1:]
    feed.versions = [version for version in feed.versions if version["revision_from"] == 1]
    for version in feed.versions:
        version["revision_to"] = None
    feed.revision = 1
    copy.step()
    assert copy.state.revision == 1
    assert rate(copy) != 100


def test_a_registry_that_was_set_back_and_went_on_is_recognised(feed: MemoryFeed):
    restored = MemoryFeed()
    HISTORY.steps[0].play(restored)
    for value in (4, 7, 8):
        Step("accept", ({**FACTS[0], "value": str(value)},)).play(restored)
    restored.moments[1:] = [(number, at + datetime.timedelta(minutes=5)) for number, at in restored.moments[1:]]
    copy = HISTORY.copy(feed)
    copy.open()
    set_all(feed, 5)
    copy.step()
    feed.away = AwayError("gone", retry_after=0.01)
    copy.start()
    assert soon(lambda: copy.away == "gone")
    vars(feed).update({name: value for name, value in vars(restored).items() if name != "_changed"})
    assert copy.wait_for(4, 10)
    copy.close()
    fresh = HISTORY.copy(restored)
    fresh.open()
    assert rate(copy) == rate(fresh) != 100
    assert len(copy.state.ledger.versions) == len(fresh.state.ledger.versions)


def test_what_was_not_foreseen_stops_no_figure(feed: MemoryFeed, caplog: pytest.LogCaptureFixture):
    copy = HISTORY.copy(feed)
    copy.open()
    before = rate(copy)
    with mock.patch.object(Sight, "after", side_effect=ZeroDivisionError("strange")) as after:
        copy.start()
        set_all(feed, 5)
        assert soon(lambda: after.called and copy.away)
        assert rate(copy) == before
    assert copy.wait_for(2, 10)
    copy.close()
    assert rate(copy) == 100
    assert "ZeroDivisionError" in caplog.text


def test_as_of_takes_a_revision_or_a_time(feed: MemoryFeed):
    copy = HISTORY.copy(feed)
    copy.open()
    set_all(feed, 5)
    copy.step()
    first, second = (copy.moment(number) for number in (1, 2))
    assert copy.revision_at(first) == 1
    assert copy.revision_at(second) == 2
    assert copy.revision_at(first - (second - first)) == 0
    assert copy.sight(EVERYTHING, 1).figures(RATE)[0].value != 100
    assert len(copy.sight(EVERYTHING, 0).figures(RATE)) == 0
    with pytest.raises(NotYetError):
        copy.sight(EVERYTHING, 3)


def test_outside_is_outside_whether_there_are_facts_or_not(feed: MemoryFeed):
    copy = HISTORY.copy(feed)
    copy.open()
    view = View.of(["C"])
    for code in ("D", "E", "P"):
        with pytest.raises(OutsideError):
            copy.sight(view).figures(Asked(divisions=(code,)))
    assert {figure.division for figure in copy.sight(view).figures(Asked(indicators=("rate_0",)))} == {"A", "B", "C"}
    assert len(copy.sight(PUBLIC).figures(Asked(indicators=("rate_0",)))) == 0


def test_who_is_expected_by_the_code_of_before_needs_no_sums_of_its_own():
    codes = [ms.Division("o", "旧县"), ms.Division("n", "新县")]
    tree = ms.DivisionTree.from_divisions(codes, [Succession("o", "n", datetime.date(2017, 1, 1))])
    feed = MemoryFeed()
    feed.accept([{"division": "o", "period": "2016", "measure": "live_births", "value": "5"}])
    copy = Copy(feed, ms.catalogue(), tree)
    copy.open()
    sight = copy.sight(EVERYTHING)
    assert sight.kept("total", ["o"]) is sight.kept("total", ["n"]) is sight.kept("total")


def test_facts_come_as_a_frame_that_the_library_reads(feed: MemoryFeed):
    copy = HISTORY.copy(feed)
    copy.open()
    known = HISTORY.definitions
    sight = copy.sight(View.of(["C"]))
    options: dict[str, Any] = {"catalogue": known.catalogue, "tree": known.tree, "indicators": ["rate_0"]}
    again = ms.evaluate(sight.facts(), divisions=sight.divisions(), **options)
    assert again.to_dicts() == sight.figures(Asked(indicators=("rate_0",))).to_dicts()


def test_what_the_definitions_do_not_know_is_left_out_and_told(feed: MemoryFeed, caplog: pytest.LogCaptureFixture):
    copy = HISTORY.copy(feed)
    copy.open()
    before = rate(copy)
    feed.accept([{**FACTS[0], "measure": "strange"}, {**FACTS[0], "division": "nowhere"}])
    feed.accept([FACTS[0] | {"project": project, "unit": unit} for project, unit in (("p", "strange"), ("q", "元"))])
    feed.accept([FACTS[0] | {"project": "r", "value": "1.5"}, FACTS[1] | {"project": "r", "value": "2"}])
    feed.accept([FACTS[0] | {"project": "r", "value": None}, FACTS[1] | {"project": "r", "value": None}])
    copy.step()
    told = {("measure", "strange"), ("division", "nowhere"), ("unit", "strange"), ("unit", "元"), ("value", "1.5")}
    assert copy.left_out == dict.fromkeys(told, 1)
    assert all(f"{column} {text}" in caplog.text for column, text in told)
    assert rate(copy) == before


def test_a_revision_that_is_heard_of_after_its_facts_has_its_time_after_a_restart(tmp_path: Path):
    """The registry goes on between the question what changed and the one for the facts."""
    feed = MemoryFeed()
    HISTORY.steps[0].play(feed)
    hears = feed.changes

    def late(after: int, wait: float) -> Any:
        heard = hears(after, wait)
        if feed.revision == 2:
            set_all(feed, 6)
        return heard

    with closing(HISTORY.copy(feed, tmp_path)) as copy:
        copy.open()
        set_all(feed, 5)
        feed.changes = late  # type: ignore[method-assign]  # it is in a hurry
        copy.step()
        assert copy.state.revision == 3
        copy.step()
        set_all(feed, 7)
        copy.step()
        moments = [copy.moment(number) for number in range(1, 5)]
    with closing(HISTORY.copy(feed, tmp_path)) as again:
        again.open()
        assert [again.moment(number) for number in range(1, 5)] == moments
        assert again.revision_at(moments[2]) == 3
