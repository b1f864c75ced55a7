"""What both services send. Numbers that must stay exact are texts; names and sentences are in both languages."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

__all__ = ["FaultEntry", "Health", "Hints", "MeasureEntry", "MeasurePage", "Problem", "Source", "Words"]


class Words(Struct, frozen=True):
    """A name or sentence in Chinese and English; an empty text where there is none."""

    zh: str
    en: str


class Hints(Struct, frozen=True):
    """What to do about a fault, in both languages; null where there is no advice."""

    zh: str | None
    en: str | None


class Source(Struct, frozen=True):
    """The document that a definition follows, and whether its words were seen there."""

    document: str
    clause: str
    verified: bool


class MeasureEntry(Struct, frozen=True, tag_field="kind", tag="measure"):
    """A measure: something that is reported, with its unit and its time nature."""

    code: str
    name: Words
    unit: str
    time: Literal["flow", "stock", "standard"]
    decimals: int
    year_starts: int
    breakdowns: list[str]
    definition: Words | None
    source: Source | None
    aliases: list[str]
    pack: str
    used_by: list[str]


class MeasurePage(Struct, frozen=True):
    """Some measures; `next` is the cursor of those that follow."""

    items: list[MeasureEntry]
    total: int
    next: str | None


class FaultEntry(Struct, frozen=True):
    """One thing that is wrong, or one remark: where, what, and what to do about it."""

    code: str
    where: dict[str, str | int]
    message: Words
    hint: Hints


class Health(Struct, frozen=True):
    """That the service runs; of one that is ready, what was looked at."""

    status: Literal["live", "ready"]
    version: str
    checks: dict[str, bool] = field(default_factory=dict)


class Problem(Struct, frozen=True):
    """An error after RFC 9457. `retry` says whether the same request may succeed later.

    `faults` are the things that are wrong with the input, all of them up to a limit; `count` is how many there are.
    """

    type: str
    title: str
    status: int
    detail: str
    retry: bool
    faults: list[FaultEntry] = field(default_factory=list)
    count: int = 0
