"""Findings (疑点): what a check saw, where, how grave it is, the arithmetic, and what would explain it.

A finding never changes a value. It is for a person to look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, Final, Literal, get_args, overload

import polars as pl

from libminsheng.errors import EvaluationError, Fault, Language, current_language, nearest, say
from libminsheng.vocabulary.text import Text

__all__ = ["SEVERITIES", "Finding", "Findings", "Hypothesis", "Severity", "hypothesis"]

Severity = Literal["error", "warning", "note"]

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From the gravest: an error contradicts itself, a warning is unlikely, a note is worth knowing."""

_PLACES: Final = ("file", "row", "cell", "division", "period", "measure", "indicator", "by", "start", "end")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What would explain a finding, and how much speaks for it: a weight from 0 to 1.

    >>> Hypothesis(Text("单位写错", "the unit is wrong"), Decimal("0.8")).as_dict()["weight"]
    '0.8'
    """

    what: Text
    weight: Decimal

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it: in the language of now."""
        return {"what": self.what.in_(), "weight": f"{self.weight:f}"}


def hypothesis(code: str, weight: str, **values: object) -> Hypothesis:
    """A hypothesis whose words are the message ``checks.code``.

    >>> hypothesis("slip_unit_given", "0.8", given="元", asked="万元").what.in_("en")
    'filed in 元 where 万元 is asked for'
    """
    return Hypothesis(
        Text(say(f"checks.{code}", "zh", **values), say(f"checks.{code}", "en", **values)), Decimal(weight)
    )


@dataclass(frozen=True)
class Finding:
    """One thing that a check saw.

    Parameters
    ----------
    code
        What was seen: ``unit_slip``, ``parent_differs``, …
    severity
        ``error``, ``warning`` or ``note``.
    where
        What is known of file, row, cell (of a form), division, period, measure, indicator, by (the breakdown); of a
        text start and end, its characters.
    values
        What the message names. The message is ``checks.CODE`` of the catalogue of messages, unless the
        rule brings its own `words`.
    seen
        The value or words that were seen, as they were reported.
    arithmetic
        The sum that shows it: ``12 + 30 = 42 ≠ 40``.
    hypotheses
        What would explain it, the likeliest first.
    rule
        The code of the rule that asked.
    beside
        The places, each as `where`, of the other reports that it is about: the set of a subset, the other of a swap.

    Examples
    --------
    >>> found = Finding("out_of_bounds", "warning", {"division": "340102"}, words=Text("超出范围", "out of bounds"))
    >>> found.text("en")
    '340102: out of bounds'
    """

    code: str
    severity: Severity
    where: Mapping[str, Any]
    seen: str = ""
    arithmetic: str = ""
    hypotheses: tuple[Hypothesis, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    words: Text | None = None
    rule: str = ""
    beside: tuple[Mapping[str, Any], ...] = ()

    def message(self, lang: Language | None = None) -> str:
        """What was seen, in one sentence."""
        if self.words is not None:
            return self.words.in_(lang)
        return say(f"checks.{self.code}", lang, **self.values)

    def place(self, lang: Language | None = None) -> str:
        """Where it was seen, in words."""
        lang = lang or current_language()
        names = [name for name in _PLACES if self._has(name) and not (name == "row" and self._has("cell"))]
        parts = [say(f"checks.at_{name}", lang, **{name: self.where[name]}) for name in names]
        return ("，" if lang == "zh" else ", ").join(parts)

    def _has(self, name: str) -> bool:
        return self.where.get(name) not in (None, "", {}) and not (name == "by" and not self.where["by"])

    def text(self, lang: Language | None = None) -> str:
        """Place, message, arithmetic and hypotheses in one line."""
        lang = lang or current_language()
        place = self.place(lang)
        parts = [self.message(lang)]
        parts += [self.arithmetic] if self.arithmetic else []
        parts += [one.what.in_(lang) for one in self.hypotheses]
        joined = ("；" if lang == "zh" else "; ").join(parts)
        return f"{place}{'：' if lang == 'zh' else ': '}{joined}" if place else joined

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON carries it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "where": {name: self.where[name] for name in _PLACES if self._has(name)},
            "seen": self.seen,
            "arithmetic": self.arithmetic,
            "hypotheses": [one.as_dict() for one in self.hypotheses],
            "message": {"zh": self.message("zh"), "en": self.message("en")},
        }


class Findings(Sequence[Finding]):
    """The findings of one call, the gravest first, then by place.

    `notes` are what a reader should know besides: rules that could not be asked, and why.

    >>> found = Findings([Finding("a", "note", {}), Finding("b", "error", {})])
    >>> [finding.code for finding in found], found.counts["error"]
    (['b', 'a'], 1)
    """

    def __init__(self, findings: Iterable[Finding], notes: tuple[Fault, ...] = ()) -> None:
        self._findings = tuple(sorted(findings, key=_order))
        self.notes: Final = notes

    def __len__(self) -> int:
        return len(self._findings)

    @overload
    def __getitem__(self, position: int) -> Finding: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, position: int | slice) -> Finding | tuple[Finding, ...]:
        return self._findings[position]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    @cached_property
    def counts(self) -> Mapping[Severity, int]:
        """How many there are of each severity."""
        found = Counter(finding.severity for finding in self._findings)
        return {severity: found.get(severity, 0) for severity in SEVERITIES}

    def of(self, *codes: str) -> tuple[Finding, ...]:
        """The findings of these codes."""
        return tuple(finding for finding in self._findings if finding.code in codes)

    def at_least(self, severity: Severity | str) -> Findings:
        """The findings of this severity and graver ones.

        Raises
        ------
        EvaluationError
            If there is no such severity.

        Examples
        --------
        >>> len(Findings([Finding("a", "note", {}), Finding("b", "error", {})]).at_least("warning"))
        1
        """
        if severity not in SEVERITIES:
            values = {"option": "severity", "value": severity, "choices": ", ".join(SEVERITIES)}
            near = partial(nearest, severity, SEVERITIES)
            raise EvaluationError(Fault("engine.unknown_option", values=values, near=near))
        grave = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return Findings((finding for finding in self._findings if finding.severity in grave), self.notes)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Every finding as JSON carries it."""
        return [finding.as_dict() for finding in self._findings]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a finding: code, severity, file, row, division, period, measure, seen, arithmetic, message."""
        names = ("file", "row", "division", "period", "measure")
        rows = [
            {
                "code": finding.code,
                "severity": finding.severity,
                **{name: finding.where.get(name) for name in names},
                "seen": finding.seen,
                "arithmetic": finding.arithmetic,
                "message": finding.message(),
            }
            for finding in self._findings
        ]
        texts = ("code", "severity", "file", "division", "period", "measure", "seen", "arithmetic", "message")
        schema = {name: pl.UInt32() if name == "row" else pl.String() for name in (*texts[:3], "row", *texts[3:])}
        return pl.DataFrame(rows, schema=schema)

    def _repr_html_(self) -> str:
        from libminsheng.report.findings import findings_html

        return findings_html(self)

    def __repr__(self) -> str:
        return f"<Findings: {', '.join(f'{count} {severity}' for severity, count in self.counts.items())}>"


def _order(finding: Finding) -> tuple[Any, ...]:
    where = finding.where
    return (
        SEVERITIES.index(finding.severity),
        str(where.get("file") or ""),
        int(where.get("row") or where.get("start") or 0),
        str(where.get("division") or ""),
        str(where.get("period") or ""),
        str(where.get("measure") or where.get("indicator") or ""),
        finding.code,
        finding.arithmetic,
    )
