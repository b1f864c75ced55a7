"""The shapes of what is sent with an act: reasons, remarks, questions, answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from minsheng_registry.book.facts import FactKey
from minsheng_registry.book.shapes import Long, Shape, Short, Storable

__all__ = ["AnswerRow", "FactRow", "QuestionRow", "ReasonRow", "RemarksRow"]

Cell = Annotated[str, StringConstraints(max_length=200), Storable]


class ReasonRow(Shape):
    """Why something is done."""

    reason: Long


class RemarksRow(Shape):
    """What the reporter says to each warning, by the finding's key."""

    remarks: Annotated[dict[str, Long], Field(max_length=10_000)] = {}


class FactRow(Shape):
    """What tells one fact from all others; the facts of no project have an empty one."""

    division: Short
    period: Short
    measure: Short
    scenario: Cell = "actual"
    basis: Cell = "period"
    project: Cell = ""
    issuer: Cell = ""
    breakdown: Annotated[dict[str, Cell], Field(max_length=100)] = {}

    def key(self) -> FactKey:
        """As the book knows it."""
        return FactKey(**self.model_dump())


class QuestionRow(Shape):
    """A fact that is to be checked, and why."""

    fact: FactRow
    question: Long


class AnswerRow(Shape):
    """What came of a check."""

    outcome: Literal["corrected", "upheld"]
    answer: Long
