"""What goes over the wire. Numbers that must stay exact are texts; names and sentences are in both languages."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from minsheng_http.schemas import FaultEntry, MeasureEntry, Source, Words

__all__ = [
    "Answer",
    "Calculation",
    "CalculationRequest",
    "Coverage",
    "ExplanationEntry",
    "ExplanationStep",
    "Figure",
    "FigurePage",
    "Finding",
    "Hypothesis",
    "IndicatorDetail",
    "IndicatorEdition",
    "IndicatorPage",
    "PackEntry",
    "PackPage",
    "Receipt",
    "Status",
]

Status = Literal["ok", "no_data", "zero_denominator", "not_additive", "suppressed"]


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


class PackEntry(Struct, frozen=True, tag_field="kind", tag="pack"):
    """A pack of definitions, with the codes of what it defines and the number of its cases.

    `digest` is that of the pack as JSON: SHA-256, hexadecimal.
    """

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
    digest: str = ""


class IndicatorPage(Struct, frozen=True):
    """Some editions of indicators; `next` is the cursor of those that follow, null on the last page."""

    items: list[IndicatorEdition]
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
    status: Status
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


class Hypothesis(Struct, frozen=True):
    """What would explain a finding, in the language of the request, and how much speaks for it, from 0 to 1."""

    what: str
    weight: str


class Finding(Struct, frozen=True):
    """What a check saw, where (file, row, division, period, measure; of a text its characters), with the arithmetic."""

    code: str
    severity: Literal["error", "warning", "note"]
    where: dict[str, Any]
    seen: str
    arithmetic: str
    hypotheses: list[Hypothesis]
    message: Words


class Calculation(Struct, frozen=True):
    """Figures, what the checks found in the facts (null where they were not checked), remarks, and the receipt."""

    figures: list[Figure]
    findings: list[Finding] | None
    notes: list[FaultEntry]
    receipt: Receipt


class Answer(Struct, frozen=True, kw_only=True):
    """What every answer from the copy says beside its rows: remarks, the receipt, and of when it is.

    `at` is when the revision came to be, `age` the seconds since the registry was last heard; null where that is not
    known. `definitions` is the digest of all definitions.
    """

    notes: list[FaultEntry]
    receipt: Receipt
    revision: int
    at: str | None
    age: float | None
    definitions: str
    version: str


class FigurePage(Answer, frozen=True, kw_only=True):
    """Some figures; `next` is the cursor of those that follow, null on the last page. All pages are of one revision.

    `at` is when the revision came to be, `age` the seconds since the registry was last heard; null where that is not
    known. `definitions` is the digest of all definitions.
    """

    figures: list[Figure]
    next: str | None


class ExplanationStep(Struct, frozen=True):
    """A step of an explanation, and those that it rests on; `value` is exact, in `unit`."""

    kind: str
    label: Words
    formula: str
    value: str | None
    unit: str | None
    detail: dict[str, Any]
    children: list[ExplanationStep]


class ExplanationEntry(Answer, frozen=True, kw_only=True):
    """A figure, and the steps that lead to it."""

    figure: Figure
    steps: ExplanationStep
