"""The shape of a project's document, as it is sent: pydantic names everything that does not fit at once."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from libminsheng.errors import Fault, Place, nearest

__all__ = ["BudgetRow", "LeadRow", "MilestoneRow", "NameRow", "ProjectRow", "TargetRow", "YearsRow", "read_row"]

_MOST: Final = 1_000
"""Entries of one list."""

Short = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Long = Annotated[str, StringConstraints(max_length=10_000)]
Year = Annotated[int, Field(ge=1949, le=2200)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NameRow(_Row):
    """What it is called; the Chinese name is the one of the documents."""

    zh: Short
    en: Annotated[str, StringConstraints(max_length=200)] = ""


class LeadRow(_Row):
    """The department that leads."""

    name: Short
    credit_code: str = ""


class YearsRow(_Row):
    """From the first to the last."""

    first: Year
    last: Year


class BudgetRow(_Row):
    """What one source gives in one year; the amount is text, because it is exact."""

    source: Short
    year: Year
    amount: str
    unit: str


class TargetRow(_Row):
    """What is to be reached: of one measure, in one period, as one issuer set it, in one version."""

    measure: Short
    period: Short
    value: str
    unit: str = ""
    issuer: Short
    version: Annotated[int, Field(ge=1, le=1_000)] = 1


class MilestoneRow(_Row):
    """A step with the day that was planned, and the day on which it was done."""

    name: Short
    planned: str
    actual: str | None = None


class ProjectRow(_Row):
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


def read_row(given: object) -> ProjectRow | list[Fault]:
    """The document, or each thing in it that has not its shape."""
    try:
        return ProjectRow.model_validate(given)
    except ValidationError as error:
        return [_fault(one["type"], one["loc"], one["input"]) for one in error.errors(include_url=False)]


_EXPECTED: Final = {
    "string_type": "text", "string_too_short": "text", "string_too_long": "length", "string_pattern_mismatch": "code",
    "int_type": "year", "greater_than_equal": "year", "less_than_equal": "year", "list_type": "list",
    "too_short": "list", "too_long": "length", "model_type": "object", "model_attributes_type": "object",
}  # fmt: skip
"""What was expected where pydantic says what was not."""


def _fault(kind: str, where: tuple[int | str, ...], given: object) -> Fault:
    # what a union tried is no part of the document
    parts = [part for part in where if part not in ("int", "str")]
    place = Place(item=".".join(map(str, parts)) or "?")
    if kind == "missing":
        return Fault("registry.field_missing", place, {"field": parts[-1]})
    if kind == "extra_forbidden":
        known = list(_model_at(parts[:-1]).model_fields)
        return Fault("registry.field_unknown", place, {"field": parts[-1]}, partial(nearest, str(parts[-1]), known))
    if kind == "string_unicode":
        return Fault("registry.control_character", place)
    shown = repr(given)
    values = {"given": shown if len(shown) <= 80 else shown[:79] + "…"}
    return Fault(f"registry.expected_{_EXPECTED.get(kind, 'other')}", place, values)


def _model_at(parts: list[int | str]) -> type[BaseModel]:
    """The model that a path of names leads to."""
    model: type[BaseModel] = ProjectRow
    for part in parts:
        if isinstance(part, str):
            model = _model_in(model.model_fields[part].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
