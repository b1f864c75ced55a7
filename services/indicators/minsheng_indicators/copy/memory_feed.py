"""A registry that is none: facts in memory, for tests, benches and demonstrations."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from minsheng_indicators.copy.feed import FIXED, AwayError, Delta, Heard

__all__ = ["MemoryFeed"]

_EPOCH: Final = datetime.datetime(2018, 1, 1, tzinfo=datetime.UTC)
_KEY: Final = ("division", "period", "measure", "scenario", "basis", "project", "issuer")
_NUMBERS: Final = ("revision_from", "revision_to", "public_from", "public_to")


class MemoryFeed:
    """Facts that are accepted, corrected, withdrawn and published one revision at a time, as a registry does.

    >>> feed = MemoryFeed()
    >>> feed.accept([{"division": "340102", "period": "2017", "measure": "live_births", "value": "10642"}])
    1
    >>> feed.facts_changed(0).revision
    1
    """

    def __init__(self, source: str = "memory") -> None:
        self.source = source
        self.versions: list[dict[str, Any]] = []
        self.moments: list[tuple[int, datetime.datetime]] = []
        self.revision = 0
        self.away: AwayError | None = None
        """What is raised instead of an answer, while it is set."""
        self.rows = 1000
        """How many versions a frame has."""
        self._standing: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._changed = threading.Condition()

    def accept(self, facts: Iterable[Mapping[str, Any]], *, public: bool = False) -> int:
        """Facts that stand from now on; what they replace ceases to. One whose value is None is withdrawn."""
        number = self._next()
        for fact in facts:
            key = _key(fact)
            before = self._standing.pop(key, None)
            if before is not None:
                before["revision_to"] = number
            if fact["value"] is None:
                continue
            version = {name: value for name, value in fact.items() if value is not None} | {
                "value": str(fact["value"]),
                "revision_from": number,
                "revision_to": None,
                "public_from": number if public else None,
                "public_to": None,
            }
            self.versions.append(version)
            self._standing[key] = version
        self._told()
        return number

    def publish(self, facts: Iterable[Mapping[str, Any]], *, again: bool = False) -> int:
        """Make what stands of these facts public from now on, or (`again` hidden) no longer."""
        number = self._next()
        for fact in facts:
            version = self._standing.get(_key(fact))
            if version is None:
                continue
            if again and version["public_from"] is not None and version["public_to"] is None:
                version["public_to"] = number
            if not again and version["public_from"] is None:
                version["public_from"] = number
        self._told()
        return number

    def visible(self, revision: int, *, public: bool = False) -> list[dict[str, Any]]:
        """The versions that stood at a revision, told the plain way."""
        return [
            version
            for version in self.versions
            if version["revision_from"] <= revision
            and (version["revision_to"] is None or version["revision_to"] > revision)
            and (
                not public
                or (
                    version["public_from"] is not None
                    and version["public_from"] <= revision
                    and (version["public_to"] is None or version["public_to"] > revision)
                )
            )
        ]

    def facts_changed(self, after: int) -> Delta:
        self._here()
        with self._changed:
            changed = [
                dict(version) for version in self.versions if any((version[name] or 0) > after for name in _NUMBERS)
            ]
            return Delta(self.revision, iter(_frames(changed, self.rows)))

    def changes(self, after: int, wait: float) -> Heard:
        with self._changed:
            self._changed.wait_for(lambda: self.revision > after or self.away is not None, wait)
            self._here()
            later = tuple(moment for moment in self.moments if moment[0] > after)
            return Heard(self.revision, later)

    def close(self) -> None:
        self.away = AwayError("closed", final=True)
        with self._changed:
            self._changed.notify_all()

    def _here(self) -> None:
        if self.away is not None:
            raise self.away

    def _next(self) -> int:
        with self._changed:
            number = self.revision + 1
            self.moments.append((number, _EPOCH + datetime.timedelta(hours=number)))
            return number

    def _told(self) -> None:
        with self._changed:
            self.revision = self.moments[-1][0]
            self._changed.notify_all()


def _key(fact: Mapping[str, Any]) -> tuple[Any, ...]:
    usual = {"scenario": "actual", "basis": "period"}
    fixed = tuple(fact.get(name) or usual.get(name, "") for name in _KEY)
    return fixed, tuple(sorted((name, value) for name, value in fact.items() if name not in FIXED and value))


def _frames(versions: Sequence[Mapping[str, Any]], rows: int) -> list[pl.DataFrame]:
    names = list(dict.fromkeys([*FIXED, *(name for version in versions for name in version)]))
    types: dict[str, Any] = dict.fromkeys(names, pl.String) | dict.fromkeys(_NUMBERS, pl.Int64)
    types["approximate"] = pl.Boolean
    columns = {name: [version.get(name) for version in versions] for name in names}
    frame = pl.DataFrame(columns, schema=types)
    return [frame[start : start + rows] for start in range(0, len(frame), rows)]
