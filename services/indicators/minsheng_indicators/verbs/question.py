"""What is asked of figures: each question is declared once, and read off a request or off the query of a receipt alike."""

# the framework resolves the types of a question where its class stands: those that it inherits cannot be texts
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import partial
from typing import Annotated, Any, Final, NamedTuple, Self, get_args, get_origin, get_type_hints

from litestar.params import QueryParameter

from libminsheng.errors import EvaluationError, Fault, nearest

__all__ = [
    "Cells",
    "Codes",
    "Columns",
    "Edition",
    "Level",
    "OfIndicators",
    "Parents",
    "Query",
    "Question",
    "Reporters",
    "Timed",
    "read_cells",
    "with_edition",
]

# what a word may be is documented here and checked by the library, which tells all that is wrong at once
Grain = Annotated[
    str | None,
    QueryParameter(
        description="Length of the figures' periods; without it the finest reported.",
        schema_extra={"enum": ["year", "half", "quarter", "month"]},
    ),
]
Level = Annotated[
    str | None,
    QueryParameter(
        description="Only divisions of this level.",
        schema_extra={"enum": ["province", "prefecture", "county", "township", "village"]},
    ),
]
Parents = Annotated[
    str,
    QueryParameter(
        description="A division's own report stands for all below it (total), or is one more part (own).",
        schema_extra={"enum": ["total", "own"]},
    ),
]
Indicators = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=1_000,
        description="Code, CODE@EDITION or name; without it those of the caller's definitions, "
        "else those with a reported operand.",
    ),
]
Edition = Annotated[
    str | None, QueryParameter(max_length=60, description="The edition of the indicator, where one is asked for.")
]
Columns = Annotated[list[str] | None, QueryParameter(max_items=20, description="Columns to break figures down by.")]
Cells = Annotated[
    list[str] | None, QueryParameter(max_items=20, description="The breakdown that is meant, as COLUMN=VALUE.")
]
Codes = Annotated[list[str] | None, QueryParameter(max_items=5_000, description="Only these divisions.")]
Reporters = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=5_000,
        description="Who is expected to report, by code or name; without it the lowest divisions that ever did.",
    ),
]
Since = Annotated[str | None, QueryParameter(name="from", max_length=40, description="The first period, as 2017-Q1.")]
Until = Annotated[str | None, QueryParameter(name="to", max_length=40, description="The last period.")]

_BESIDE: Final = ("as_of", "min_revision", "wait", "format", "findings", "bom", "limit", "cursor")
"""What may stand in a query and does not change the receipt: which facts, and how the answer is sent."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question, by the parameters that it declares."""

    @classmethod
    def read(cls, query: Mapping[str, Sequence[str]]) -> Self:
        """The question that a query asks.

        Raises
        ------
        EvaluationError
            For each parameter that the question does not have, that stands once only, or that is needed.
        """
        taken = _parameters(cls)
        known = (*taken, *_BESIDE)
        faults: list[Fault] = []
        given: dict[str, Any] = {}
        for name, texts in query.items():
            if name not in known:
                near = partial(nearest, name, known)
                faults.append(Fault("service.unknown_parameter", values={"name": name}, near=near))
            elif name in taken and taken[name].several:
                given[taken[name].field] = list(texts)
            elif len(texts) > 1:
                faults.append(Fault("service.parameter_twice", values={"name": name}))
            elif name in taken:
                given[taken[name].field] = texts[0]
        faults += [
            Fault("service.parameter_missing", values={"name": name})
            for name, one in taken.items()
            if one.needed and one.field not in given
        ]
        if faults:
            raise EvaluationError(*faults)
        return cls(**given)


@dataclass(frozen=True, kw_only=True)
class Question(Query):
    """Which divisions, how broken down, and who is expected to report."""

    by: Columns = None
    division: Codes = None
    level: Level = None
    parents: Parents = "total"
    reporter: Reporters = None

    def words(self) -> dict[str, Any]:
        """In the words of the library."""
        return {
            "by": tuple(self.by or ()),
            "divisions": self.division,
            "level": self.level,
            "parents": self.parents,
            "reporters": self.reporter,
        }


@dataclass(frozen=True, kw_only=True)
class Timed(Question):
    """And which periods."""

    period: Grain = None
    start: Since = None
    end: Until = None

    def words(self) -> dict[str, Any]:
        return {**super().words(), "period": self.period, "start": self.start, "end": self.end}


@dataclass(frozen=True, kw_only=True)
class OfIndicators(Timed):
    """And of which indicators: all that `libminsheng.evaluate` is asked."""

    indicator: Indicators = None

    def words(self) -> dict[str, Any]:
        return {**super().words(), "indicators": self.indicator}


class _Parameter(NamedTuple):
    field: str
    several: bool
    needed: bool


def _parameters(question: type[Query]) -> Mapping[str, _Parameter]:
    """The parameters of a question, by their names in a query."""
    hints = get_type_hints(question, include_extras=True)
    found = {}
    for one in fields(question):
        kind, told, *_ = get_args(hints[one.name])
        several = any(get_origin(part) is list for part in get_args(kind))
        needed = one.default is MISSING
        found[told.name or one.name] = _Parameter(one.name, several, needed)
    return found


def with_edition(indicators: Sequence[str] | None, edition: str | None, faults: list[Fault]) -> Sequence[str] | None:
    """The one indicator in the edition that was asked for beside it."""
    if edition is None:
        return indicators
    if indicators is None or len(indicators) != 1 or "@" in indicators[0]:
        faults.append(Fault("service.edition_of_one"))
        return indicators
    return (f"{indicators[0]}@{edition}",)


def read_cells(texts: Sequence[str], faults: list[Fault]) -> dict[str, str]:
    """The breakdown that is meant, from each ``COLUMN=VALUE``.

    >>> read_cells(["sex=f"], [])
    {'sex': 'f'}
    """
    faults += [Fault("service.cell", values={"text": text}) for text in texts if text.find("=") < 1]
    return {column: value for column, _, value in (text.partition("=") for text in texts)}
