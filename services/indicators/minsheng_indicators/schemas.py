"""What goes over the wire. Numbers that must stay exact are texts; names and sentences are in both languages."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

__all__ = [
    "Calculation", "CalculationRequest", "Coverage", "FaultEntry", "Figure", "Health", "IndicatorDetail", "IndicatorEdition",
    "IndicatorPage", "MeasureEntry", "MeasurePage", "PackEntry", "PackPage", "Problem", "Receipt", "Source", "Words",
]  # fmt: skip


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


class IndicatorEdition(Struct, frozen=True, tag_field="kind", tag="indicator"):
    """An edition of an indicator: formula as written and in words, unit, rounding, source, what it is computed from."""

    code: str
    edition: str
    name: Words
    formula: str
    in_words: Words
    unit: str
    decimals: int
    rounding: str
    bounds: list[str | None] | None
    better: str | None
    domain: str
    services: list[int | str]
    service_names: list[str]
    source: Source | None
    valid_from: str | None
    valid_to: str | None
    default: bool
    description: Words | None
    aliases: list[str]
    pack: str
    measures: list[str]
    cases: list[str]


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


class PackEntry(Struct, frozen=True, tag_field="kind", tag="pack"):
    """A pack of definitions, with the codes of what it defines and the number of its cases."""

    code: str
    name: Words
    edition: str
    licence: str
    requires: list[str]
    builtin: bool
    indicators: list[str]
    measures: list[str]
    schemes: list[str]
    lights: list[str]
    watches: list[str]
    cases: int


class IndicatorPage(Struct, frozen=True):
    """Some editions of indicators; `next` is the cursor of those that follow, null on the last page."""

    items: list[IndicatorEdition]
    total: int
    next: str | None


class MeasurePage(Struct, frozen=True):
    """Some measures; `next` is the cursor of those that follow."""

    items: list[MeasureEntry]
    total: int
    next: str | None


class PackPage(Struct, frozen=True):
    """Some packs; `next` is the cursor of those that follow."""

    items: list[PackEntry]
    total: int
    next: str | None


class IndicatorDetail(Struct, frozen=True):
    """An indicator with its editions, the earliest first, and the measures that they come down to."""

    code: str
    editions: list[IndicatorEdition]
    measures: list[MeasureEntry]


class CalculationRequest(Struct, frozen=True):
    """Facts, one object a fact, and definitions of the caller's own, as TOML text or as the same tables in JSON.

    A number may be a JSON number or a text; both are read digit by digit, never through a float.
    """

    facts: list[dict[str, str | int | float | bool | None]]
    definitions: str | dict[str, Any] | None = None


class Coverage(Struct, frozen=True):
    """How many of the expected reporters a figure rests on."""

    reported: int
    expected: int


class Figure(Struct, frozen=True):
    """An indicator's value for a division, a period and a breakdown; null unless its status is ok."""

    indicator: str
    edition: str
    division: str
    period: str
    by: dict[str, str]
    value: str | None
    unit: str
    numerator: str | None
    denominator: str | None
    status: Literal["ok", "no_data", "zero_denominator", "not_additive", "suppressed"]
    flags: list[str]
    coverage: Coverage
    missing: list[str]


class Receipt(Struct, frozen=True):
    """What the figures were computed from: digests (SHA-256) of facts, definitions, options and tree, and one over all."""

    facts: str
    definitions: str
    options: str
    tree: str
    version: str
    digest: str


class FaultEntry(Struct, frozen=True):
    """One thing that is wrong, or one remark: where, what, and what to do about it."""

    code: str
    where: dict[str, str | int]
    message: Words
    hint: Hints


class Calculation(Struct, frozen=True):
    """Figures, remarks on them, and the receipt."""

    figures: list[Figure]
    notes: list[FaultEntry]
    receipt: Receipt


class Health(Struct, frozen=True):
    """That the service runs; once it is ready, how much it knows."""

    status: Literal["live", "ready"]
    version: str
    indicators: int | None = None
    measures: int | None = None


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
