"""What the tools answer. Numbers that must stay exact are texts; names and sentences are in both languages."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

__all__ = ["Explained", "Figures", "Indicator", "Searched", "Thing", "Told", "Words"]


class Words(BaseModel):
    """A name or a sentence in both languages; an empty text where there is none."""

    zh: str
    en: str


class Thing(BaseModel):
    """Something of the catalogue that a search found; `code` is what names it elsewhere."""

    kind: str
    code: str
    name: Words
    unit: str = ""
    formula: str = ""
    about: Words


class Searched(BaseModel):
    """What a search found, best first; `parts` are what the words were taken apart into where nothing holds them whole."""

    found: list[Thing]
    total: int
    parts: list[str]


class Indicator(BaseModel):
    """An indicator: its editions, the earliest first, and the measures that they come down to."""

    code: str
    editions: list[dict[str, Any]]
    measures: list[dict[str, Any]]


class Told(BaseModel):
    """A figure. `value` is null unless `status` is ok; then `missing` says what was not reported."""

    indicator: str
    name: Words
    edition: str
    division: str
    division_name: str
    period: str
    by: dict[str, str]
    value: str | None
    unit: str
    numerator: str | None
    denominator: str | None
    status: str
    flags: list[str]
    coverage: dict[str, int]
    missing: list[str]


class Figures(BaseModel):
    """Figures, remarks on them, and what they rest on: the receipt's digest and the registry's revision.

    `total` is how many there are, of which the first are shown; `age` is how many seconds ago the registry was last heard.
    """

    figures: list[Told]
    total: int
    notes: list[Words]
    receipt: str
    revision: int | None
    age: float | None


class Explained(BaseModel):
    """How a figure came about: in words, and as a tree of steps."""

    figure: Told
    text: Words
    steps: dict[str, Any]
