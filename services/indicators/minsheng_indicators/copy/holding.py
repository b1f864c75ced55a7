"""The copy itself: on disk and in memory, following the registry, asked by whoever wants to know.

An answer is computed from one `State`, which never changes; a later revision is another state that takes its place. So
no answer mixes two revisions, whatever comes in meanwhile.
"""

from __future__ import annotations

import asyncio
import bisect
import datetime
import hashlib
import itertools
import json
import logging
import random
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import EvaluationError, Fault, say
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_indicators.copy.feed import AwayError, Feed
from minsheng_indicators.copy.intake import Coded, Reader, Vocabulary
from minsheng_indicators.copy.ledger import Ledger
from minsheng_indicators.copy.shelf import Held, Logged, Moments, Shelf
from minsheng_indicators.copy.sight import Sight
from minsheng_indicators.copy.versions import Versions
from minsheng_indicators.copy.view import View

__all__ = ["Copy", "NotReadyError", "NotYetError", "State"]

_LOG: Final = logging.getLogger(__name__)
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 30.0

AsOf = int | datetime.datetime | None
"""A revision, a time, or now."""


class NotReadyError(EvaluationError):
    """There is no copy yet: the registry has not been reached since the service began without files."""


class NotYetError(EvaluationError):
    """A revision was asked for that the copy does not have; it may come."""


@dataclass(frozen=True)
class State:
    """The copy at a revision."""

    revision: int
    ledger: Ledger
    sights: OrderedDict[View, Sight] = field(default_factory=OrderedDict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def sight(self, view: View) -> Sight:
        """What a view sees of it."""
        with self.lock:
            found = self.sights.get(view)
            if found is None:
                found = self.sights[view] = Sight(self.ledger, view, self.revision)
            self.sights.move_to_end(view)
            return found


class Copy:
    """A copy of a registry's facts.

    Parameters
    ----------
    feed
        The registry.
    folder
        Where the files lie; without one the copy is in memory only, and fetched whole at every start.
    most_views, most_past
        Views, and views at earlier revisions, whose sums are kept.
    log_bytes, log_deltas
        Deltas behind the file, after which a new one is written.

    >>> from libminsheng import DivisionTree, catalogue
    >>> from minsheng_indicators.copy.memory_feed import MemoryFeed
    >>> from minsheng_indicators.copy.sight import Asked
    >>> from minsheng_indicators.copy.view import EVERYTHING
    >>> feed = MemoryFeed()
    >>> _ = feed.accept([
    ...     {"division": "340102", "period": "2017", "measure": "newborns_screened", "value": "10601"},
    ...     {"division": "340102", "period": "2017", "measure": "live_births", "value": "10642"},
    ... ])
    >>> held = Copy(feed, catalogue(), DivisionTree.builtin())
    >>> held.open()
    >>> asked = Asked(indicators=("newborn_screening_rate",), divisions=("340102",))
    >>> held.sight(EVERYTHING).figures(asked)[0].value
    Decimal('99.61')
    """

    def __init__(
        self,
        feed: Feed,
        catalogue: Catalogue,
        tree: DivisionTree,
        folder: Path | None = None,
        *,
        most_views: int = 32,
        most_past: int = 8,
        log_bytes: int = 64 * 1024**2,
        log_deltas: int = 2_000,
    ) -> None:
        self._feed, self._catalogue, self._tree = feed, catalogue, tree
        self._shelf = None if folder is None else Shelf(folder, feed.source, _signature(catalogue, tree))
        self._most_views, self._most_past = most_views, most_past
        self._log_bytes, self._log_deltas = log_bytes, log_deltas
        self._state: State | None = None
        self._reader = Reader(catalogue, tree, Vocabulary())
        self._moments: Moments = []
        self._told = 0
        self._logged = 0
        self._past: OrderedDict[tuple[View, int], Sight] = OrderedDict()
        self._past_lock = threading.RLock()
        self._looked = False
        self._resumed = True
        self._steady = True
        self._heard: datetime.datetime | None = None
        self._away: AwayError | None = None
        self._writing = threading.RLock()
        self._swapped = threading.Condition()
        self._watchers: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    # ---- asking

    @property
    def state(self) -> State:
        """What there is now.

        Raises
        ------
        NotReadyError
        """
        if self._state is None:
            raise NotReadyError(Fault("service.copy_not_ready"))
        return self._state

    @property
    def ready(self) -> bool:
        return self._state is not None

    @property
    def age(self) -> float | None:
        """Seconds since the registry was last heard; None if it has not been since the service began."""
        if self._heard is None:
            return None
        return max(0.0, (datetime.datetime.now(datetime.UTC) - self._heard).total_seconds())

    @property
    def away(self) -> str | None:
        """Why the registry is not heard now; None if it is."""
        return None if self._away is None else self._away.reason

    @property
    def left_out(self) -> Mapping[tuple[str, str], int]:
        """Versions that cannot be used with the definitions and divisions here, by column and text."""
        return dict(self._reader.left_out)

    def sight(self, view: View, as_of: AsOf = None) -> Sight:
        """What a view sees now, or saw at a revision or a time.

        Raises
        ------
        NotReadyError, NotYetError
        """
        state = self.state
        number = state.revision if as_of is None else self.revision_at(as_of)
        if number == state.revision:
            return state.sight(view)
        with self._past_lock:
            found = self._past.get((view, number))
            if found is None or not found.is_of(state.ledger):
                found = self._past[view, number] = Sight(state.ledger, view, number)
                while len(self._past) > self._most_past:
                    self._past.popitem(last=False)
            self._past.move_to_end((view, number))
            return found

    def revision_at(self, as_of: int | datetime.datetime) -> int:
        """The last revision that was known then.

        Raises
        ------
        NotReadyError, NotYetError
        """
        last = self.state.revision
        if isinstance(as_of, int):
            if not 0 <= as_of <= last:
                raise NotYetError(Fault("service.copy_revision", values={"number": as_of, "last": last}))
            return as_of
        moments = self._moments
        at = bisect.bisect_right(moments, as_of, key=lambda moment: moment[1])
        if at == len(moments):
            return last
        return min(moments[at - 1][0] if at else 0, last)

    def moment(self, revision: int) -> datetime.datetime | None:
        """When a revision came to be, as far as it is known."""
        moments = self._moments
        at = bisect.bisect_right(moments, revision, key=lambda moment: moment[0])
        return moments[at - 1][1] if at else None

    def wait_for(self, revision: int, seconds: float) -> bool:
        """Whether the copy has a revision, within so many seconds."""
        with self._swapped:
            return self._swapped.wait_for(lambda: self._has(revision), seconds)

    async def caught_up(self, revision: int, seconds: float) -> bool:
        """The same without a thread that waits."""
        event = asyncio.Event()
        watcher = (asyncio.get_running_loop(), event)
        self._watchers.append(watcher)
        try:
            async with asyncio.timeout(seconds):
                while not self._has(revision):
                    await event.wait()
                    event.clear()
        except TimeoutError:
            return self._has(revision)
        finally:
            self._watchers.remove(watcher)
        return True

    def _has(self, revision: int) -> bool:
        return self._state is not None and self._state.revision >= revision

    # ---- beginning and ending

    def open(self) -> None:
        """Read the files or, where there are none, fetch everything.

        Raises
        ------
        AwayError
            If there are no files, and the registry does not answer.
        """
        self._looked = self._looked or self._load()
        if self._state is None:
            self._looked = True
            self._fetch()

    def start(self) -> None:
        """Follow the registry in a thread of its own; there the files are read, and what there is not is fetched."""
        thread = threading.Thread(target=self._follow, name="minsheng-copy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self, seconds: float = 10) -> None:
        """Stop following, and close the files."""
        self._stop.set()
        self._feed.close()
        for thread in self._threads:
            thread.join(seconds)
        with self._writing:
            if self._shelf is not None:
                self._shelf.close()

    # ---- following

    def _follow(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            try:
                self.step(10.0)
            except AwayError as error:
                away = error
            except Exception as error:  # noqa: BLE001  # whatever the registry sent, figures go on being served
                away = AwayError(repr(error))
                away.__cause__ = error
            else:
                pause = _FIRST_PAUSE
                continue
            if self._stop.is_set():
                return
            self._away, self._resumed = away, True
            strange = away.__cause__ if away.reason == repr(away.__cause__) else None
            _LOG.warning("%s", say("service.copy_away", reason=away.reason), exc_info=strange)
            wait = pause * random.uniform(0.5, 1.5) if away.retry_after is None else away.retry_after  # noqa: S311  # spreads those who ask again, no secret
            self._stop.wait(_LONGEST_PAUSE if away.final else min(wait, 10 * _LONGEST_PAUSE))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def step(self, wait: float = 0.0) -> None:
        """Hear what is new, waiting so many seconds for it, and take it in.

        Raises
        ------
        AwayError
        """
        if self._state is None:
            self.open()
            return
        if self._resumed:
            self._recognise()
        behind = self._told > self._state.revision  # something is known to be new already
        heard = self._feed.changes(self._told, min(wait, _FIRST_PAUSE) if behind else wait)
        self._was_heard()
        if heard.last < self._told:
            self._fetch_anew(f"{heard.last} < {self._told}")
            return
        with self._writing:
            self._moments.extend(heard.moments)
            self._told = heard.last
        if heard.last > self._state.revision:
            self._take()

    def _recognise(self) -> None:
        """See that the registry is the one that was followed before, and not one that was set back to a backup since.

        The revisions of such a one may have gone on beyond those known here; the last one known came at another time.
        """
        known = tuple(self._moments[-1:])
        if known and self._feed.changes(known[0][0] - 1, 0).moments[:1] != known:
            self._fetch_anew(f"{known[0][0]}: {known[0][1].isoformat()}")
        self._resumed = False

    def _fetch_anew(self, reason: str) -> None:
        _LOG.warning("%s", say("service.copy_rebuilt", reason=reason))
        self._fetch()

    def _was_heard(self) -> None:
        self._heard, self._away = datetime.datetime.now(datetime.UTC), None

    def _take(self) -> None:
        """Take in what changed since the state's revision."""
        state = self.state
        delta = self._feed.facts_changed(state.revision)
        frames = [frame for frame in delta.frames if len(frame)]
        self._was_heard()
        if delta.revision < state.revision:
            self._fetch_anew(f"{delta.revision} < {state.revision}")
            return
        with self._writing:
            logged = Logged(state.revision, delta.revision, frames, self._moments[self._logged :])
            self._put(state, logged)  # what cannot be taken in is not to be found by the next start
            if self._shelf is not None:
                self._shelf.append(logged)
                self._logged = len(self._moments)
        if self._shelf is not None and self._shelf.is_long(self._log_bytes, self._log_deltas):
            self._save_beside()

    def _put(self, state: State, logged: Logged) -> None:
        """Apply a delta, and put the state that comes of it in place of the one before."""
        steady, self._steady = self._steady, False
        applied = state.ledger.versions.apply(
            Coded.joined(self._reader.read(frame) for frame in _stacked(logged.frames))
        )
        with state.lock:
            known = list(state.sights.items())[-self._most_views :]
        if not steady:
            known = []  # a change before this one broke off, so that what it did is not known
        sights = OrderedDict((view, sight.after(applied, logged.revision)) for view, sight in known)
        self._swap(State(logged.revision, state.ledger, sights))
        self._steady = True

    def _swap(self, state: State) -> None:
        with self._swapped:
            self._state = state
            self._swapped.notify_all()
        for loop, event in list(self._watchers):
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    def _fetch(self) -> None:
        """Everything anew from the registry."""
        words = Vocabulary()
        reader = Reader(self._catalogue, self._tree, words)
        moments: Moments = []
        told = 0
        while (heard := self._feed.changes(told, 0)).last > told:
            moments.extend(heard.moments)
            told = heard.last
        delta = self._feed.facts_changed(0)
        coded = Coded.joined([reader.read(frame) for frame in delta.frames])
        self._was_heard()
        with self._writing:
            self._reader, self._moments, self._told, self._logged = reader, moments, told, len(moments)
            versions = Versions.sorted(coded)
            ledger = Ledger(versions, words, self._catalogue, self._tree)
            self._swap(State(delta.revision, ledger))
            self._resumed, self._steady = False, True
            if self._shelf is not None:
                self._shelf.clear()
                self._shelf.save(Held(delta.revision, versions.whole(), words, moments))

    def take(self, held: Held) -> None:
        """Take what was held: sorted versions with their words, and the moments of their revisions."""
        ledger = Ledger(Versions(held.coded), held.words, self._catalogue, self._tree)
        self._reader = Reader(self._catalogue, self._tree, held.words)
        self._moments, self._told = list(held.moments), max((number for number, _ in held.moments), default=0)
        self._swap(State(held.revision, ledger))

    def _load(self) -> bool:
        """Take what lies on the disk; whether there was something."""
        if self._shelf is None:
            return False
        held = self._shelf.load()
        if held is not None:
            self.take(held)
            logged = list(self._shelf.deltas(held.revision))
            for moment in (moment for one in logged for moment in one.moments):
                if moment[0] > self._told:
                    self._moments.append(moment)
                    self._told = moment[0]
            self._logged = len(self._moments)
            if logged:
                frames = [frame for one in logged for frame in one.frames]
                self._put(self.state, Logged(held.revision, logged[-1].revision, frames))
        if self._shelf.broken:
            reason = "; ".join(self._shelf.broken)
            _LOG.warning(
                "%s", say("service.copy_broken" if held is not None else "service.copy_rebuilt", reason=reason)
            )
        return held is not None

    # ---- files

    def save(self) -> None:
        """Write a new file of everything, and let the deltas behind the old one go."""
        if self._shelf is None or self._state is None:
            return
        with self._writing:
            state = self._state
            if not self._shelf.turn(state.revision):
                return
            whole, moments = state.ledger.versions.whole(), list(self._moments)
        ordered = Versions.sorted(whole).whole()
        self._shelf.save(Held(state.revision, ordered, state.ledger.words, moments))

    def _save_beside(self) -> None:
        if any(thread.is_alive() and thread.name == "minsheng-copy-file" for thread in self._threads):
            return
        thread = threading.Thread(target=self.save, name="minsheng-copy-file", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()


def _stacked(frames: Sequence[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Frames that follow each other with the same columns as one."""
    for _, alike in itertools.groupby(frames, key=lambda frame: frame.schema):
        yield pl.concat(alike)


def _signature(catalogue: Catalogue, tree: DivisionTree) -> str:
    """What the numbers of a file rest on: the measures with their units and decimals, and the divisions."""
    measures = [[one.code, one.unit, one.decimals] for one in catalogue.measures.values()]
    text = json.dumps([sorted(measures), tree.digest()], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
