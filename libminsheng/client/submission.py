"""A submission of the registry: one reporter's facts for a period, on their way to being accepted and public."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, get_args
from urllib.parse import quote

from libminsheng.checks.finding import Finding
from libminsheng.client.ask import Ask
from libminsheng.errors import EvaluationError, Fault, nearest
from libminsheng.vocabulary.text import Text

__all__ = ["ACTS", "Act", "Submission", "act_on"]

Act = Literal["submit", "accept", "return", "lock", "reopen", "publish", "unpublish"]
ACTS: Final[tuple[str, ...]] = get_args(Act)


@dataclass(frozen=True)
class Submission:
    """One reporter's facts for a period, as the registry has them.

    `version` counts what was done with it, `revision` is the registry's at which its facts last began to stand, or began
    or ceased to be public: ask for figures with ``min_revision`` to see them so. `findings` are what the checks saw, by the keys that remarks name them by. One
    that was only planned (``dry_run``) has no `id`.

    >>> told = {"id": "s1", "division": "340102", "period": "2017", "state": "draft", "version": 1, "rows": 39}
    >>> Submission.of(told).state
    'draft'
    """

    id: str | None
    division: str
    period: str
    state: str
    version: int
    rows: int
    revision: int | None = None
    public: bool = False
    findings: Mapping[str, Finding] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Submission:
        """As the registry tells of it."""
        return cls(
            told.get("id"),
            told["division"],
            told["period"],
            told.get("state", "draft"),
            int(told.get("version", 0)),
            int(told["rows"]),
            told.get("revision"),
            bool(told.get("public", False)),
            {str(one["key"]): _finding(one) for one in told.get("findings", ())},
        )


def act_on(submission: Submission, act: str, remarks: Mapping[str, str] | None, reason: str | None) -> Ask:
    """The request for one step of a submission's life. It is refused where something was done with it meanwhile.

    Raises
    ------
    EvaluationError
        If there is no such step, or the submission was only planned.
    """
    if act not in ACTS:
        values = {"option": "act", "value": act, "choices": ", ".join(ACTS)}
        raise EvaluationError(Fault("engine.unknown_option", values=values, near=partial(nearest, act, ACTS)))
    if submission.id is None:
        raise EvaluationError(Fault("client.planned"))
    told: dict[str, Any] = {}
    if act == "submit":
        told["remarks"] = dict(remarks or {})
    if reason is not None:
        told["reason"] = reason
    return Ask(
        "POST",
        f"/v1/submissions/{quote(submission.id, safe='')}/{act}",
        content=json.dumps(told, ensure_ascii=False).encode() if told else None,
        media_type="application/json" if told else "",
        version=submission.version,
    )


def _finding(told: Mapping[str, Any]) -> Finding:
    return Finding(
        told["code"],
        told["severity"],
        dict(told["where"]),
        arithmetic=str(told.get("arithmetic") or ""),
        words=Text.of(told["message"]),
    )
