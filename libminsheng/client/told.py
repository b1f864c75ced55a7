"""Explanations and findings as a service told them, read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from libminsheng.checks.finding import Finding, Findings, Hypothesis
from libminsheng.client.problem import UNREADABLE, fault_of, unreadable
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine.explain import Explanation, Step
from libminsheng.engine.figures import Coverage, Figure
from libminsheng.errors import MinshengError
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.text import Text

if TYPE_CHECKING:
    import httpx

__all__ = ["read_explanation", "read_findings", "read_json"]

Places = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_Read = TypeVar("_Read")


def read_json(answer: httpx.Response, read: Callable[[Any], _Read]) -> _Read:
    """What is made of an answer in JSON.

    Raises
    ------
    ServiceError
        If it cannot be made of it.
    """
    try:
        return read(answer.json())
    except (*UNREADABLE, MinshengError) as error:
        raise unreadable(answer, error) from None


def read_explanation(answer: httpx.Response, catalogue: Catalogue) -> Explanation:
    """An explanation, as `Explanation.as_dict` has it."""
    return read_json(answer, lambda told: Explanation(_figure(told["figure"], catalogue), _step(told["steps"])))


def read_findings(answer: httpx.Response, placed: Places) -> Findings:
    """Findings, as `Finding.as_dict` has them; `placed` tells what was known of a place before it was sent."""
    return read_json(
        answer,
        lambda told: Findings(
            [_finding(one, placed) for one in told["findings"]], tuple(fault_of(note) for note in told["notes"])
        ),
    )


def _figure(told: Mapping[str, Any], catalogue: Catalogue) -> Figure:
    indicator = catalogue.indicator(f"{told['indicator']}@{told['edition']}")
    value, top, bottom = (
        None if told[name] is None else Decimal(told[name]) for name in ("value", "numerator", "denominator")
    )
    return Figure(
        indicator,
        told["division"],
        Period.parse(told["period"], catalogue.year_starts(indicator)),
        dict(told["by"]),
        value,
        top,
        bottom,
        told["status"],
        tuple(told["flags"]),
        Coverage(int(told["coverage"]["reported"]), int(told["coverage"]["expected"])),
        tuple(told["missing"]),
    )


def _step(told: Mapping[str, Any]) -> Step:
    return Step(
        told["kind"],
        Text.of(told["label"]),
        told["formula"],
        told["value"],
        told["unit"],
        dict(told["detail"]),
        tuple(_step(one) for one in told["children"]),
    )


def _finding(told: Mapping[str, Any], placed: Places) -> Finding:
    return Finding(
        told["code"],
        told["severity"],
        placed(told["where"]),
        told["seen"],
        told["arithmetic"],
        tuple(Hypothesis(Text.of(one["what"]), Decimal(one["weight"])) for one in told["hypotheses"]),
        words=Text.of(told["message"]),
    )
