"""What goes over the wire. Numbers that must stay exact are texts; sentences are in both languages."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from msgspec import Struct, field

__all__ = [
    "Act", "AuditEntry", "AuditPage", "Budget", "Change", "ChangePage", "Correction", "CorrectionPage", "Division",
    "DivisionPage", "Fact", "FactKey", "FactPage", "Finding", "Key", "KeyPage", "Lead", "MadeKey", "Milestone", "Name", "Planned", "Principal",
    "Project", "ProjectHistory", "ProjectPage", "ProjectVersion", "Submission", "SubmissionHistory", "SubmissionPage",
    "Target", "Word", "WordPage", "Years",
]  # fmt: skip


class Name(Struct, frozen=True):
    """A name in Chinese and English; an empty text where there is none."""

    zh: str
    en: str


class Lead(Struct, frozen=True):
    """The department that leads, with its unified social credit code where it is known."""

    name: str
    credit_code: str


class Years(Struct, frozen=True):
    """From the first to the last."""

    first: int
    last: int


class Budget(Struct, frozen=True):
    """What one source gives in one year."""

    source: str
    year: int
    amount: str
    unit: str


class Target(Struct, frozen=True):
    """What is to be reached: of one measure, in one period, as one issuer set it, in one version."""

    measure: str
    period: str
    value: str
    unit: str
    issuer: str
    version: int


class Milestone(Struct, frozen=True):
    """A step with the day that was planned, and the day on which it was done."""

    name: str
    planned: str
    actual: str | None


class Project(Struct, frozen=True):
    """A project as it stood from a revision on; `version` counts its own changes and is its ETag."""

    version: int
    revision: int
    at: datetime.datetime
    code: str
    name: Name
    domain: str
    services: list[int | str]
    kind: str
    tier: str
    lead: Lead
    divisions: list[str]
    years: Years
    status: Literal["planned", "active", "suspended", "completed", "withdrawn"]
    budgets: list[Budget]
    targets: list[Target]
    milestones: list[Milestone]
    note: str


class ProjectPage(Struct, frozen=True):
    """Some projects; `next` is the cursor of those that follow, null on the last page."""

    items: list[Project]
    next: str | None


class ProjectVersion(Struct, frozen=True):
    """One version of a project: who made it, by which act, why, and until which revision it stood."""

    act: str
    reason: str
    principal: str
    revision_to: int | None
    project: Project


class ProjectHistory(Struct, frozen=True):
    """Every version of a project, the first one first."""

    items: list[ProjectVersion]


class Division(Struct, frozen=True):
    """A place: its code, its name, the place above, its level, whether its list is loaded, when it is valid."""

    code: str
    name: str
    parent: str | None
    level: Literal["province", "prefecture", "county", "township", "village"] | None
    children: int
    valid_from: datetime.date | None
    valid_to: datetime.date | None


class DivisionPage(Struct, frozen=True):
    """Some divisions in the order of the tree; `next` is the cursor of those that follow."""

    items: list[Division]
    total: int
    next: str | None


class Word(Struct, frozen=True):
    """A term of the field: its code, its names, other names, and what it belongs to where it has a place above."""

    code: str | int
    name: Name
    aliases: list[str]
    parent: str | int | None = None


class WordPage(Struct, frozen=True):
    """Every term of one list."""

    items: list[Word]


class Finding(Struct, frozen=True):
    """What a check saw in a submission; a remark names it by its `key`."""

    key: str
    code: str
    severity: Literal["error", "warning", "note"]
    where: dict[str, Any]
    message: Name
    arithmetic: Any
    remark: str | None


class Submission(Struct, frozen=True):
    """One reporter's facts for a period; `version` counts its acts and is its ETag.

    `revision` is the last at which its facts began to stand, or began or ceased to be public: figures of it show them as
    they are.
    """

    id: str
    division: str
    period: str
    state: Literal["draft", "submitted", "returned", "accepted", "locked"]
    version: int
    rows: int
    submitted_by: str | None
    revision: int | None
    public: bool
    findings: list[Finding] = field(default_factory=list)


class SubmissionPage(Struct, frozen=True):
    """Some submissions, the earliest first; `next` is the cursor of those that follow."""

    items: list[Submission]
    next: str | None


class Act(Struct, frozen=True):
    """One step of a submission's life."""

    version: int
    at: datetime.datetime
    principal: str
    act: str
    state: str
    note: str


class SubmissionHistory(Struct, frozen=True):
    """Every step of a submission's life, the first one first."""

    items: list[Act]


class Planned(Struct, frozen=True):
    """What would be stored, and was not: the answer to a dry run."""

    division: str
    period: str
    rows: int
    divisions: list[str]
    measures: list[str]
    findings: list[Finding]


class Change(Struct, frozen=True):
    """One accepted change: a version of a project, or an act by which a submission's facts stand or are public."""

    number: int
    at: datetime.datetime
    kind: Literal["project", "submission"]
    subject: str
    version: int
    act: str


class ChangePage(Struct, frozen=True):
    """Changes in their order; there is no other up to `last`, from which the next ones are asked."""

    changes: list[Change]
    last: int


class FactKey(Struct, frozen=True):
    """What tells one fact from all others."""

    division: str
    period: str
    measure: str
    scenario: str = "actual"
    basis: str = "period"
    project: str = ""
    issuer: str = ""
    breakdown: dict[str, str] = field(default_factory=dict)


class Fact(Struct, frozen=True):
    """One version of a fact: what was reported, in the measure's unit, and from which revision until which it stood."""

    division: str
    period: str
    measure: str
    scenario: str
    basis: str
    project: str
    issuer: str
    breakdown: dict[str, str]
    value: str
    unit: str
    approximate: bool
    source: str
    note: str
    reported: str
    submission: str
    revision_from: int | None
    revision_to: int | None
    public_from: int | None
    public_to: int | None


class FactPage(Struct, frozen=True):
    """Some facts of one revision; `next` is the cursor of those that follow."""

    facts: list[Fact]
    revision: int
    next: str | None


class Correction(Struct, frozen=True):
    """A request to check a fact, and its answer; `due` is the last of ten working days."""

    id: str
    fact: FactKey
    question: str
    asked_by: str
    asked_at: datetime.datetime
    due: datetime.date
    due_known: bool
    overdue: bool
    state: Literal["open", "corrected", "upheld"]
    answer: str
    answered_by: str | None
    answered_at: datetime.datetime | None


class CorrectionPage(Struct, frozen=True):
    """Some requests, the earliest first; `next` is the cursor of those that follow."""

    items: list[Correction]
    next: str | None


class AuditEntry(Struct, frozen=True):
    """One act: who, when, what, from where, with which outcome; chained by its hash."""

    number: int
    at: datetime.datetime
    principal: str
    act: str
    subject: str
    outcome: Literal["done", "refused", "failed"]
    origin: str
    detail: dict[str, Any]
    algorithm: str
    hash: str


class AuditPage(Struct, frozen=True):
    """Some entries in their order; `next` is the cursor of those that follow."""

    items: list[AuditEntry]
    next: str | None


class Principal(Struct, frozen=True):
    """Who is calling, what they may do, and in which subtrees."""

    name: str
    scopes: list[str]
    divisions: list[str]
    expires_at: datetime.datetime | None


class Key(Struct, frozen=True):
    """An API key without its secret."""

    id: str
    label: str
    scopes: list[str]
    divisions: list[str]
    created_at: datetime.datetime
    created_by: str
    expires_at: datetime.datetime
    revoked_at: datetime.datetime | None
    last_used_at: datetime.datetime | None


class KeyPage(Struct, frozen=True):
    """The keys that the caller may manage."""

    items: list[Key]


class MadeKey(Struct, frozen=True):
    """A new key; its token is shown this once."""

    token: str
    key: Key
