"""What the library's verbs give, as it goes over the wire. Numbers that must stay exact are texts; null is no value."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from minsheng_http.schemas import FaultEntry, Source, Words
from minsheng_indicators.schemas import Coverage, Receipt

__all__ = [
    "Change",
    "Comparison",
    "Difference",
    "Finding",
    "Findings",
    "Grade",
    "Monitor",
    "Place",
    "Ranking",
    "Scheme",
    "SchemeDetail",
    "SchemePage",
    "Scorecard",
    "Scores",
    "Verification",
    "VerificationRequest",
    "Watched",
]

Status = Literal["ok", "no_data", "zero_denominator", "not_additive", "suppressed"]
Light = Literal["red", "yellow", "green", "blue"]


class SchemeGroup(Struct, frozen=True):
    """A first-level part of a scheme and its points; where all of it is missing they go to `if_missing`."""

    code: str
    name: Words
    weight: str
    if_missing: str | None


class Band(Struct, frozen=True):
    """A stretch of values, the share of the points (%) that one in it earns, and what that is called."""

    least: str | None
    most: str | None
    share: str | None
    label: Words


class SchemeItem(Struct, frozen=True):
    """What is scored: an indicator, the points that it can earn (`20/3` where they do not end), and how."""

    code: str
    name: Words
    indicator: str
    group: str | None
    weight: str
    method: str
    better: str | None
    target: str | None
    passing: str | None
    step: str | None
    deduct: str | None
    part_step: str
    bands: list[Band]
    zero_target: str


class SchemeGrade(Struct, frozen=True):
    """A grade and the total that it begins at."""

    code: str
    name: Words
    least: str


class Scheme(Struct, frozen=True, tag_field="kind", tag="scheme"):
    """An edition of a scoring scheme: groups, items, grades, how the total is made, what a missing item does."""

    code: str
    edition: str
    name: Words
    total: str
    composite: str
    missing: str
    decimals: int
    rounding: str
    groups: list[SchemeGroup]
    items: list[SchemeItem]
    grades: list[SchemeGrade]
    domain: str
    source: Source | None
    verified: bool
    valid_from: str | None
    valid_to: str | None
    default: bool
    description: Words | None
    aliases: list[str]
    pack: str


class SchemePage(Struct, frozen=True):
    """Some editions of schemes; `next` is the cursor of those that follow, null on the last page."""

    items: list[Scheme]
    total: int
    next: str | None


class SchemeDetail(Struct, frozen=True):
    """A scheme with its editions."""

    code: str
    editions: list[Scheme]


class _Answer(Struct, frozen=True, kw_only=True):
    notes: list[FaultEntry]
    receipt: Receipt
    revision: int
    at: str | None
    age: float | None
    definitions: str
    version: str


class Change(Struct, frozen=True):
    """A figure, the earlier one (`base`), and what lies between: in % for an amount, in 百分点 for a rate."""

    indicator: str
    edition: str
    division: str
    period: str
    by: dict[str, str]
    against: Literal["year_ago", "previous"]
    value: str | None
    base: str | None
    change: str | None
    unit: str
    change_unit: str
    status: Status
    flags: list[str]
    missing: list[str]


class Comparison(_Answer, frozen=True, kw_only=True):
    """Changes in the order of indicator, division, period, breakdown; the receipt; the revision they are of."""

    changes: list[Change]


class Place(Struct, frozen=True):
    """A division's place, and the figure that it rests on; null where the figure has no value."""

    rank: int | None
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


class Ranking(_Answer, frozen=True, kw_only=True):
    """Divisions in the order of their places, and what they are ranked by."""

    places: list[Place]
    indicator: str
    edition: str
    period: str
    by: dict[str, str]
    better: Literal["higher", "lower", "target"]
    target: str | None
    ties: Literal["exact", "printed"]


class Points(Struct, frozen=True):
    """What an item earned, of which weight, and the arithmetic of it."""

    item: str
    group: str | None
    name: Words
    indicator: str
    edition: str | None
    value: str | None
    unit: str | None
    method: str
    target: str | None
    weight: str
    points: str | None
    label: Words | None
    status: Status
    flags: list[str]
    missing: list[str]
    arithmetic: Words


class Grade(Struct, frozen=True):
    """A grade that was reached."""

    code: str
    zh: str
    en: str


class Scorecard(Struct, frozen=True):
    """The score of a division, period and breakdown: the total out of `of`, null where items are missing."""

    scheme: str
    edition: str
    division: str
    period: str
    by: dict[str, str]
    total: str | None
    of: str
    grade: Grade | None
    status: Status
    missing: list[str]
    verified: bool
    items: list[Points]


class Scores(_Answer, frozen=True, kw_only=True):
    """Scorecards, and the editions of the scheme that they were made by."""

    scorecards: list[Scorecard]
    schemes: list[str]


class Watched(Struct, frozen=True):
    """One watched thing in one division: its light, the year's end at this pace, what each remaining month has to bring."""

    watch: str
    name: Words
    aspect: str
    rule: str
    division: str
    period: str
    by: dict[str, str]
    actual: str | None
    target: str | None
    unit: str
    pace: str | None
    light: Light | None
    status: Status
    forecast: str | None
    needed: str | None
    flags: list[str]
    missing: list[str]


class Overall(Struct, frozen=True):
    """The worst light of a division's budget, of its goals, and of both; how many have which light, or none."""

    division: str
    period: str
    by: dict[str, str]
    budget: Light | None
    goal: Light | None
    light: Light | None
    counts: dict[str, int]
    without: int


class Monitor(_Answer, frozen=True, kw_only=True):
    """The lights of a period, and one roll-up for each division and breakdown."""

    watched: list[Watched]
    period: str
    overall: list[Overall]


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


class Counts(Struct, frozen=True):
    """How many findings there are of each severity."""

    error: int
    warning: int
    note: int


class Findings(Struct, frozen=True):
    """Findings, the gravest first."""

    findings: list[Finding]
    counts: Counts
    notes: list[FaultEntry]


class Difference(Struct, frozen=True):
    """A part of a receipt that is not what was found: both digests, or both versions."""

    part: Literal["facts", "definitions", "options", "tree", "version"]
    given: str
    found: str


class Verification(Struct, frozen=True):
    """Whether a receipt is that of the answer found now; a version that differs makes it no other.

    Revision, time, age are null where the facts came with the request.
    """

    equal: bool
    differs: list[Difference]
    given: Receipt
    found: Receipt
    revision: int | None
    at: str | None
    age: float | None
    definitions: str
    version: str


class VerificationRequest(Struct, frozen=True):
    """A receipt and its question: a path with its query as it was asked, or the parameters as an object.

    `of` says below which path of /v1 an object was asked: figures unless it is said. With `facts` (and `definitions`)
    the answer is computed from these, without them from the copy.
    """

    receipt: dict[str, str]
    question: str | dict[str, str | list[str] | None]
    of: Literal["figures", "figures/compare", "rankings", "scores", "monitor"] | None = None
    facts: list[dict[str, str | int | float | bool | None]] | None = None
    definitions: str | dict[str, Any] | None = None
