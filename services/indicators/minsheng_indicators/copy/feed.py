"""Where the copy's facts come from: the versions of facts that began, ended or were published after a revision.

Every form of feed says the same, so that the copy can be tried without a registry.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

import polars as pl

__all__ = ["FIXED", "AwayError", "Delta", "Feed", "Heard"]

FIXED: Final = (
    "division", "period", "measure", "scenario", "basis", "project", "issuer",
    "value", "unit", "approximate", "source", "note", "reported", "submission",
    "revision_from", "revision_to", "public_from", "public_to",
)  # fmt: skip
"""The columns of a feed's frames; every other column is a breakdown."""


class AwayError(Exception):
    """The registry did not answer, or broke off.

    `retry_after` are the seconds that it asked for; `final` says that asking again will not help (its token is
    refused, say).
    """

    def __init__(self, reason: str, *, retry_after: float | None = None, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.final = final


@dataclass(frozen=True)
class Delta:
    """Versions of facts, and the revision up to which they are complete.

    The frames may be read once, and have been read whole only when they end: one that raises `AwayError` is worth
    nothing. A version is told from others by its fact's key and `revision_from`; it may come again and again.
    """

    revision: int
    frames: Iterator[pl.DataFrame]


@dataclass(frozen=True)
class Heard:
    """The revisions after the one asked about, as far as they were told: when each one came to be.

    `moments` may skip revisions, and has all that there are up to `last`.
    """

    last: int
    moments: tuple[tuple[int, datetime.datetime], ...] = field(default=())


class Feed(Protocol):
    """A registry, as the copy sees it."""

    @property
    def source(self) -> str:
        """What tells this registry from others: a copy of one is not continued from another."""

    def facts_changed(self, after: int) -> Delta:
        """The versions that began, ended, were published or unpublished after a revision, each as it is now.

        After 0 that is every version that ever began.

        Raises
        ------
        AwayError
        """

    def changes(self, after: int, wait: float) -> Heard:
        """What came after a revision; where nothing has, it may wait so many seconds for something.

        Raises
        ------
        AwayError
        """

    def close(self) -> None:
        """Let go of what it holds; a call that waits raises `AwayError` soon."""
