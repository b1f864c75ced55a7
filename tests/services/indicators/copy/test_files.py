"""The copy on disk: a restart says the same, and no broken file is believed."""

from __future__ import annotations

import errno
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from minsheng_indicators.copy import shelf
from minsheng_indicators.copy.feed import AwayError
from minsheng_indicators.copy.holding import Copy
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.copy.sight import Sight
from minsheng_indicators.copy.view import EVERYTHING, View
from tests.services.indicators.copy.histories import History, Step, answered, plain_history

HISTORY = plain_history(["x / y", "year_to_date(x) / y"], months=("2017-01", "2017-02"))
FACTS = HISTORY.steps[0].facts
WIDE = {**FACTS[0], "value": "123456789012345678901234567890"}


Copies = Callable[..., Copy]


@pytest.fixture
def copies() -> Iterator[Copies]:
    """Makes copies with files, which are closed after the test."""
    made: list[Copy] = []

    def one(feed: MemoryFeed, folder: Path | None = None, history: History = HISTORY) -> Copy:
        made.append(history.copy(feed, folder))
        return made[-1]

    yield one
    for copy in made:
        copy.close()


def corrected(feed: MemoryFeed, number: int) -> None:
    Step("accept", ({**FACTS[number], "value": str(100 + number), "project": f"p{number}"},)).play(feed)


def said(copy: Copy) -> list[Any]:
    views = (EVERYTHING, View.of(["C"]), View.of(["D"]))
    answers = [answered(copy, HISTORY, view, as_of) for view in views for as_of in range(copy.state.revision + 1)]
    return [answer if isinstance(answer, tuple) else (answer.to_dicts(), answer.receipt) for answer in answers]


def away() -> MemoryFeed:
    feed = MemoryFeed()
    feed.away = AwayError("away")
    return feed


def written() -> None:
    """Wait for the file that is being written beside."""
    for thread in threading.enumerate():
        if thread.name == "minsheng-copy-file":
            thread.join()


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def lived(folder: Path, *, save: bool = False) -> tuple[MemoryFeed, list[Any]]:
    """A copy that was fetched, corrected three times and closed."""
    feed = MemoryFeed()
    HISTORY.steps[0].play(feed)
    copy = HISTORY.copy(feed, folder)
    copy.open()
    for number in range(3):
        corrected(feed, number)
        copy.step()
        if save and number == 1:
            copy.save()
    Step("accept", (WIDE,)).play(feed)
    copy.step()
    answers = said(copy)
    copy.close()
    feed.away = None
    return feed, answers


@pytest.mark.parametrize("save", [False, True])
def test_a_restart_says_the_same_without_the_registry(tmp_path: Path, copies: Copies, save: bool):
    _, before = lived(tmp_path, save=save)
    again = copies(away(), tmp_path)
    again.open()
    assert said(again) == before
    assert again.moment(again.state.revision) is not None
    assert again.revision_at(again.moment(3)) == 3


def test_a_restart_goes_on_where_it_ended(tmp_path: Path, copies: Copies):
    feed, _ = lived(tmp_path)
    corrected(feed, 5)
    again = copies(feed, tmp_path)
    again.open()
    again.step()
    fresh = copies(feed)
    fresh.open()
    assert again.state.revision == feed.revision
    assert said(again) == said(fresh)


@pytest.mark.parametrize("name", ["versions.parquet", "words.json", "head.json"])
def test_a_broken_file_is_fetched_anew_and_told(
    tmp_path: Path, copies: Copies, name: str, caplog: pytest.LogCaptureFixture
):
    feed, before = lived(tmp_path)
    (path,) = tmp_path.glob(f"copy-*/{name}")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
    with closing(copies(away(), tmp_path)) as alone, pytest.raises(AwayError):
        alone.open()
    with closing(copies(feed, tmp_path)) as again:
        again.open()
        assert said(again) == before
    assert path.parent.name in caplog.text
    copies(away(), tmp_path).open()


def test_a_revision_that_is_not_the_folders_is_not_believed(tmp_path: Path, copies: Copies):
    """It is not under a digest; a copy that takes itself for a later one would miss what came between."""
    feed, before = lived(tmp_path)
    (path,) = tmp_path.glob("copy-*/head.json")
    path.write_text(path.read_text("utf-8").replace('"revision": 1', '"revision": 4'), "utf-8")
    again = copies(feed, tmp_path)
    again.open()
    again.step()
    assert said(again) == before


def test_what_cannot_be_taken_in_is_not_in_the_log(tmp_path: Path, copies: Copies):
    feed, _ = lived(tmp_path)
    copy = copies(feed, tmp_path)
    copy.open()
    known = contents(tmp_path)
    corrected(feed, 4)
    copy.sight(EVERYTHING)
    with mock.patch.object(Sight, "after", side_effect=ZeroDivisionError), pytest.raises(ZeroDivisionError):
        copy.step()
    assert contents(tmp_path) == known
    copy.step()
    before = said(copy)
    copy.close()
    again = copies(away(), tmp_path)
    again.open()
    assert said(again) == before


def test_deltas_are_counted_from_one_start_to_the_next(tmp_path: Path):
    feed = MemoryFeed()
    HISTORY.steps[0].play(feed)
    known = HISTORY.definitions
    for number in range(4):
        with closing(Copy(feed, known.catalogue, known.tree, tmp_path, log_deltas=2)) as copy:
            feed.away = None  # it was closed with the copy before
            copy.open()
            corrected(feed, number)
            copy.step()
            written()
    assert [path.name for path in tmp_path.glob("copy-*")] != ["copy-000000000001"]


def test_the_torn_end_of_a_log_is_cut_off_and_asked_for_again(tmp_path: Path, copies: Copies):
    feed, before = lived(tmp_path)
    (log,) = tmp_path.glob("deltas-*.log")
    log.write_bytes(log.read_bytes()[:-10])
    again = copies(feed, tmp_path)
    again.open()
    assert again.state.revision == feed.revision - 1
    again.step()
    assert said(again) == before


@pytest.mark.parametrize("other", ["source", "divisions", "measures"])
def test_files_of_another_registry_or_of_other_definitions_are_not_used(tmp_path: Path, copies: Copies, other: str):
    lived(tmp_path)
    feed = MemoryFeed("elsewhere" if other == "source" else "memory")
    feed.accept([FACTS[0]])
    panel = HISTORY.question.panel
    changed = {
        "source": panel,
        "divisions": replace(panel, tree={**panel.tree, "Z": None}),
        "measures": replace(panel, measures=tuple(replace(measure, decimals=1) for measure in panel.measures)),
    }
    copy = copies(feed, tmp_path, History(replace(HISTORY.question, panel=changed[other]), HISTORY.steps))
    copy.open()
    assert copy.state.revision == 1


class Crash(BaseException):
    """The machine stops."""


def test_a_crash_at_any_moment_leaves_files_that_can_be_used(tmp_path: Path, copies: Copies):
    real = {"fsync": os.fsync, "rename": Path.rename}
    for number in itertools.count():
        folder = tmp_path / str(number)
        feed, _ = lived(folder)
        corrected(feed, 4)
        left = itertools.count(-number)

        def stop(name: str, left: Any = left) -> Any:
            def call(*given: Any) -> Any:
                if next(left) == 0:
                    raise Crash
                return real[name](*given)

            return call

        copy = copies(feed, folder)
        copy.open()
        crashed = False
        with mock.patch("os.fsync", stop("fsync")), mock.patch.object(Path, "rename", stop("rename")):
            try:
                copy.step()
                copy.save()
            except Crash:
                crashed = True
        copy.close()  # the system lets go of what it had
        feed.away = None
        again = copies(feed, folder)
        again.open()
        again.step()
        fresh = copies(feed)
        fresh.open()
        assert said(again) == said(fresh)
        if not crashed:
            break
    assert number > 5


def test_what_a_correction_writes_does_not_grow_with_the_facts(tmp_path: Path, copies: Copies):
    sizes = []
    for count in (1, 40):
        feed = MemoryFeed()
        feed.accept([{**fact, "project": f"p{number}"} for fact in FACTS for number in range(count)])
        copy = copies(feed, tmp_path / str(count))
        copy.open()
        corrected(feed, 0)
        copy.step()
        sizes.append(sum(path.stat().st_size for path in (tmp_path / str(count)).glob("deltas-*.log")))
        copy.close()
    assert abs(sizes[1] - sizes[0]) < 200


def test_a_full_disk_stops_no_figure_and_the_files_are_written_when_it_has_room(
    tmp_path: Path, copies: Copies, caplog: pytest.LogCaptureFixture
):
    feed, _ = lived(tmp_path)
    with closing(copies(feed, tmp_path)) as copy:
        copy.open()
        corrected(feed, 4)
        with mock.patch("os.fsync", side_effect=OSError(errno.ENOSPC, "full")):
            copy.step()
            copy.save()
        assert "full" in caplog.text
        corrected(feed, 5)
        copy.step()  # not behind the torn log
        before = said(copy)
        corrected(feed, 6)
        with mock.patch.object(shelf, "PATIENCE", -1.0):
            copy.step()
            written()
        after = said(copy)
    assert len(after) == len(before) + 3
    again = copies(away(), tmp_path)
    again.open()
    assert said(again) == after


def test_copies_side_by_side_share_the_files_and_one_writes_them(tmp_path: Path, copies: Copies):
    feed, _ = lived(tmp_path)
    other = MemoryFeed()
    vars(other).update(versions=feed.versions, moments=feed.moments, _standing=feed._standing)
    with closing(copies(feed, tmp_path)) as first, closing(copies(other, tmp_path)) as second:
        first.open()
        second.open()
        assert said(first) == said(second)
        corrected(feed, 4)
        other.revision = feed.revision
        known = contents(tmp_path)
        second.step()
        second.save()
        assert contents(tmp_path) == known
        first.step()
        assert contents(tmp_path) != known
        assert said(first) == said(second)
        first.close()
        corrected(other, 5)
        second.step()  # the files are its own now, and are written anew, since it does not know what is in them
        written()
        after = said(second)
    again = copies(away(), tmp_path)
    again.open()
    assert said(again) == after


def test_many_deltas_are_written_into_a_new_file(tmp_path: Path):
    feed = MemoryFeed()
    HISTORY.steps[0].play(feed)
    known = HISTORY.definitions
    with closing(Copy(feed, known.catalogue, known.tree, tmp_path, log_deltas=2)) as copy:
        copy.open()
        for number in range(4):
            corrected(feed, number)
            copy.step()
            written()
        assert [path.name for path in tmp_path.glob("copy-*")] == ["copy-000000000004"]
        before = said(copy)
    with closing(Copy(away(), known.catalogue, known.tree, tmp_path)) as again:
        again.open()
        assert said(again) == before
