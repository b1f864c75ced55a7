"""The shape of a project's document, as it is sent."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from minsheng_registry.book.shapes import Long, Shape, Short

__all__ = ["BudgetRow", "LeadRow", "MilestoneRow", "NameRow", "ProjectRow", "TargetRow", "YearsRow"]

_MOST: Final = 1_000
"""Entries of one list."""

Year = Annotated[int, Field(ge=1949, le=2200)]


class NameRow(Shape):
    """What it is called; the Chinese name is the one of the documents."""

    zh: Short
    en: Annotated[str, StringConstraints(max_length=200)] = ""


class LeadRow(Shape):
    """The department that leads."""

    name: Short
    credit_code: str = ""


class YearsRow(Shape):
    """From the first to the last."""

    first: Year
    last: Year


class BudgetRow(Shape):
    """What one source gives in one year; the amount is text, because it is exact."""

    source: Short
    year: Year
    amount: str
    unit: str


class TargetRow(Shape):
    """What is to be reached: of one measure, in one period, as one issuer set it, in one version."""

    measure: Short
    period: Short
    value: str
    unit: str = ""
    issuer: Short
    version: Annotated[int, Field(ge=1, le=1_000)] = 1


class MilestoneRow(Shape):
    """A step with the day that was planned, and the day on which it was done."""

    name: Short
    planned: str
    actual: str | None = None


class ProjectRow(Shape):
    """The whole document."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    name: NameRow
    domain: Short
    services: Annotated[list[int | str], Field(max_length=_MOST)] = []
    kind: Short
    tier: Short
    lead: LeadRow
    divisions: Annotated[list[Short], Field(min_length=1, max_length=_MOST)]
    years: YearsRow
    status: Short
    budgets: Annotated[list[BudgetRow], Field(max_length=_MOST)] = []
    targets: Annotated[list[TargetRow], Field(max_length=_MOST)] = []
    milestones: Annotated[list[MilestoneRow], Field(max_length=_MOST)] = []
    note: Long = ""
