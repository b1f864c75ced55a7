"""How a figure came about, as a tree that can be read, sent and printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

from libminsheng.definitions.formula import Binary, Call, Filter, Formula, Name, Negative, Number, walk
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine.compute import Asked, Operand, Sheet
from libminsheng.engine.figures import Figure, Figures, exact_decimal
from libminsheng.engine.plan import measure_factor, plan
from libminsheng.engine.reported import Reported, Times
from libminsheng.engine.sums import Sums
from libminsheng.engine.trace import Contribution, trace
from libminsheng.errors import EvaluationError, Fault, Language, nearest, say
from libminsheng.vocabulary.periods import GRAINS, Period, year_offset
from libminsheng.vocabulary.text import Text

__all__ = ["Explanation", "Step", "explain", "find_figure"]

_SHOWN: Final = 200

LANGUAGES: Final[tuple[Language, Language]] = ("zh", "en")


@dataclass(frozen=True)
class Step:
    """One node of an explanation.

    `kind` is ``figure``, ``formula`` (a part of it), ``operand`` (a measure as it was asked for),
    ``report`` (one reported value), ``rounding``, ``coverage`` or ``definition``. `label` says it
    in words; `value` is exact, as text, in `unit`.
    """

    kind: str
    label: Text
    formula: str = ""
    value: str | None = None
    unit: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Step, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The step and those below it, for JSON."""
        return {
            "kind": self.kind,
            "label": {"zh": self.label.zh, "en": self.label.en},
            "formula": self.formula,
            "value": self.value,
            "unit": self.unit,
            "detail": dict(self.detail),
            "children": [child.as_dict() for child in self.children],
        }


@dataclass(frozen=True)
class Explanation:
    """A figure and the steps that lead to it: its definition, formula, operands, reports, rounding."""

    figure: Figure
    steps: Step

    def as_dict(self) -> dict[str, Any]:
        """The figure as JSON carries it, and the tree of steps."""
        return {"figure": self.figure.as_dict(), "steps": self.steps.as_dict()}

    def text(self, lang: Language | None = None) -> str:
        """The tree as indented lines.

        >>> import polars as pl, libminsheng as ms
        >>> facts = pl.DataFrame({
        ...     "division": ["340102"] * 2, "period": ["2017"] * 2,
        ...     "measure": ["newborns_screened", "live_births"], "value": [10601, 10642],
        ... })
        >>> figures = ms.evaluate(facts, indicators=["newborn_screening_rate"])
        >>> print(figures.explain("newborn_screening_rate", "340102", "2017").text("en").splitlines()[0])
        Newborn screening rate = 99.61 %
        """
        return "\n".join(_lines(self.steps, lang, "", ""))

    def html(self, lang: Language | None = None) -> str:
        """The tree as static HTML."""
        from libminsheng.report.html import explanation_html

        return explanation_html(self, lang)

    def _repr_html_(self) -> str:
        return self.html()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Explanation: {self.figure.indicator.key} {self.figure.division} {self.figure.period}>"


def _lines(step: Step, lang: Language | None, lead: str, follow: str) -> Iterator[str]:
    line = step.label.in_(lang)
    if step.value is not None:
        line += f" = {step.value}" + (f" {step.unit}" if step.unit not in (None, "1") else "")
    yield lead + line
    for number, child in enumerate(step.children):
        last = number == len(step.children) - 1
        yield from _lines(child, lang, follow + ("└─ " if last else "├─ "), follow + ("   " if last else "│  "))


def _said(code: str, **values: object) -> Text:
    return Text(say(code, "zh", **values), say(code, "en", **values))


def find_figure(figures: Figures, indicator: str, division: str, period: str | Period, by: Mapping[str, str]) -> Figure:
    """The figure of these coordinates.

    Raises
    ------
    EvaluationError
        If nothing was computed for them; the nearest that was is named.
    """
    code, edition = _computed(figures, indicator)
    place = figures.tree.current(division)
    label = str(Period.parse(str(period)))
    found = figures.locate(code, edition, place, label, dict(by))
    if found is None:
        known = figures.coordinates(code)
        values = {"indicator": indicator, "division": division, "period": label, "by": dict(by) or "–"}
        raise EvaluationError(
            Fault("engine.no_figure", values=values, near=lambda: nearest(f"{place} {label}", known, 3))
        )
    return found


def _computed(figures: Figures, text: str) -> tuple[str, str | None]:
    """The code, and the edition if one is named, of what a text calls one of the figures; else the catalogue's.

    An indicator that was made by hand is in no catalogue.
    """
    code, _, edition = text.strip().partition("@")
    known = [one for one in figures.indicators if edition in ("", one.edition)]
    named = [one for one in known if code in (one.name.zh, one.name.en, *one.aliases)]
    codes = {one.code for one in known if one.code == code} or {one.code for one in named}
    if len(codes) == 1:
        return codes.pop(), edition or None
    return figures.catalogue.indicator(text).code, edition or None


def explain(figures: Figures, reported: Reported, figure: Figure) -> Explanation:
    """Follow a figure back to the reports that it was summed from."""
    tree = figures.catalogue.inlined(figure.indicator, figure.period.last_day)
    chosen = plan(figures.catalogue, figure.indicator, tree)
    grain = GRAINS.index(figure.period.grain)
    offset = year_offset(chosen.year_starts) if grain == 0 else 0
    times = Times(grain, np.array([figure.period.index + offset], np.int64))
    row = reported.bare.number[figure.division]
    sheet = Sheet(reported, np.array([row], np.int64), times, figure.by)
    sheet.value(chosen.formula)
    teller = _Teller(figures, reported, sheet, row)
    children = [
        teller.definition(figure, str(chosen.formula)),
        teller.formula(chosen.formula, Asked(times)),
    ]
    if figure.value is not None:
        children.append(teller.rounding(figure, rooted=_rooted(chosen.formula)))
    children.append(teller.coverage(figure))
    value = None if figure.value is None else f"{figure.value:f}"
    label = figure.indicator.name
    if value is None:
        status = [
            say(f"engine.status_{figure.status}", lang, missing=", ".join(figure.missing)) for lang in ("zh", "en")
        ]
        label = Text(f"{label.in_('zh')}：{status[0]}", f"{label.in_('en')}: {status[1]}")
    detail = {
        "division": figure.division,
        "period": str(figure.period),
        "by": dict(figure.by),
        "status": figure.status,
        "flags": list(figure.flags),
        "missing": list(figure.missing),
    }
    return Explanation(figure, Step("figure", label, str(chosen.formula), value, figure.unit, detail, tuple(children)))


class _Teller:
    """Puts one figure's arithmetic into words."""

    def __init__(self, figures: Figures, reported: Reported, sheet: Sheet, row: int) -> None:
        self._catalogue, self._tree = figures.catalogue, figures.tree
        self._reported, self._sheet, self._row = reported, sheet, row

    def definition(self, figure: Figure, formula: str) -> Step:
        """Which edition, by which document, and whether it was verified."""
        indicator = figure.indicator
        source = indicator.source
        document = "" if source is None else " ".join(filter(None, (source.document, source.clause)))
        detail = {
            "code": indicator.code,
            "edition": indicator.edition,
            "document": document,
            "verified": indicator.verified,
        }
        label = _said(
            "engine.definition" if indicator.verified else "engine.definition_unverified",
            key=indicator.key,
            formula=formula,
            document=document or "–",
        )
        return Step("definition", label, formula, detail=detail)

    def rounding(self, figure: Figure, *, rooted: bool) -> Step:
        """The exact value and the one rounding; of a root, the beginning of its decimals."""
        indicator, exact = figure.indicator, figure.exact
        assert exact is not None
        from libminsheng.vocabulary.units import unit

        printed = exact / unit(indicator.unit).factor
        shown = _near(printed) if rooted else _exactly(printed)
        label = Text(*(self._rounding_words(indicator, shown, lang, rooted) for lang in LANGUAGES))
        detail = {
            "numerator": figure.as_dict()["numerator"],
            "denominator": figure.as_dict()["denominator"],
            "exact": f"{printed.numerator}/{printed.denominator}",
            "decimals": indicator.decimals,
            "rounding": indicator.rounding,
        }
        return Step("rounding", label, value=f"{figure.value:f}", unit=indicator.unit, detail=detail)

    def _rounding_words(self, indicator: Indicator, exact: str, lang: Language, rooted: bool) -> str:
        words = say(f"engine.{indicator.rounding}", lang)
        code = "engine.rounding_root" if rooted else "engine.rounding"
        return say(code, lang, exact=exact, unit=indicator.unit, decimals=indicator.decimals, rounding=words)

    def coverage(self, figure: Figure) -> Step:
        """How many of the expected reporters it rests on."""
        reported, expected = figure.coverage
        return Step(
            "coverage",
            _said("engine.coverage", reported=reported, expected=expected),
            detail={"reported": reported, "expected": expected},
        )

    def formula(self, node: Formula, asked: Asked) -> Step:
        """A part of the formula with its exact value, and the parts below it."""
        if isinstance(node, Name | Filter):
            return self.operand(node, asked)
        text = asked.text(node)
        value = None if isinstance(node, Number) else self._value(node, asked)
        children: tuple[Step, ...] = ()
        if isinstance(node, Call) and node.function in (
            "target",
            "baseline",
            "previous",
            "year_ago",
            "full_year",
            "year_to_date",
        ):
            return self.formula(node.arguments[0], asked.within(node.function))
        if isinstance(node, Binary | Negative | Call):
            children = tuple(self.formula(child, asked) for child in node.children())
            if isinstance(node, Call) and node.function == "share":
                above = Asked(asked.times, asked.scenario, True, (*asked.wrapping, "share"))
                children = (*children, self.formula(node.arguments[0], above))
        return Step("formula", Text(text, text), text, value, children=children)

    def _value(self, node: Formula, asked: Asked) -> str | None:
        ratio = self._sheet.value_at(node, asked)
        if ratio is None:
            return None
        return _near(ratio) if _rooted(node) else _exactly(ratio)

    def operand(self, node: Name | Filter, asked: Asked) -> Step:
        """A measure as it was asked for, and the reports that stand in it."""
        operand = self._sheet.operand(node, asked)
        measure = self._catalogue.measures[operand.measure]
        value = self._sheet.value_at(node, asked)
        unit_factor = measure_factor(measure) * 10**measure.decimals
        shown = None if value is None else _exactly(value / unit_factor)
        reports = list(self._reports(operand, asked))
        name = measure.name
        text = operand.text
        label = Text(f"{name.in_('zh')}（{text}）", f"{name.in_('en')} ({text})")
        if shown is None:
            label = Text(
                say("engine.operand_missing", "zh", operand=label.zh),
                say("engine.operand_missing", "en", operand=label.en),
            )
        detail = {"measure": measure.code, "scenario": asked.scenario, "time": measure.time, "reports": len(reports)}
        more: tuple[Step, ...] = ()
        if len(reports) > _SHOWN:
            more = (Step("report", _said("engine.more_reports", count=len(reports) - _SHOWN)),)
        return Step("operand", label, text, shown, measure.unit, detail, (*reports[:_SHOWN], *more))

    def _reports(self, operand: Operand, asked: Asked) -> Iterator[Step]:
        row = int(self._reported.places.parent[self._row]) if asked.above else self._row
        if row < 0:
            return
        found = [
            (series.sums, contribution)
            for series in operand.series
            for cell in operand.cells
            for contribution in trace(series, cell, asked.times, row)
        ]
        # in an order of their own: that of the rows, in which facts came in, tells nothing
        for sums, contribution in sorted(found, key=_place):
            yield self._report(sums, operand.measure, contribution)

    def _report(self, sums: Sums, code: str, contribution: Contribution) -> Step:
        measure = self._catalogue.measures[code]
        entry = contribution.source
        division = sums.divisions[sums.division[entry]]
        period = sums.periods[sums.period[entry]]
        cell = {
            column: value
            for column, value in zip(sums.columns, sums.cells[sums.cell[entry]], strict=True)
            if value is not None
        }
        family = sums.families[sums.family[entry]]
        detail: dict[str, Any] = {"division": division, "period": str(period), **({"by": cell} if cell else {})}
        if family.issuer:
            detail["issuer"] = family.issuer
        words = {
            "zh": [f"{self._tree.name(division)} {period.text('zh')}"],
            "en": [f"{self._tree.name(division)} {period}"],
        }
        for lang, parts in words.items():
            parts.extend(f"{column}={value}" for column, value in cell.items())
            if family.issuer:
                parts.append(family.issuer)
            for mark, marked in _marks(sums, contribution):
                if marked:
                    parts.append(say(f"engine.mark_{mark}", "zh" if lang == "zh" else "en"))
        if contribution.less >= 0:
            earlier = sums.periods[sums.period[contribution.less]]
            detail["less"] = str(earlier)
            for lang, parts in words.items():
                parts.append(say("engine.mark_less", "zh" if lang == "zh" else "en", period=earlier))
        detail |= {mark: True for mark, marked in _marks(sums, contribution) if marked}
        value = exact_decimal(contribution.value, measure.decimals)
        label = Text("，".join(words["zh"]), ", ".join(words["en"]))
        return Step("report", label, value=_trimmed(value), unit=measure.unit, detail=detail)


def _place(report: tuple[Sums, Contribution]) -> tuple[Any, ...]:
    """What reports are sorted by: division, period, breakdown, issuer."""
    sums, contribution = report
    entry = contribution.source
    return (
        sums.divisions[sums.division[entry]],
        str(sums.periods[sums.period[entry]]),
        [value or "" for value in sums.cells[sums.cell[entry]]],
        sums.families[sums.family[entry]].issuer or "",
        str(sums.periods[sums.period[contribution.less]]) if contribution.less >= 0 else "",
        contribution.cumulative,
        contribution.value,
    )


def _marks(sums: Sums, contribution: Contribution) -> list[tuple[str, bool]]:
    return [
        ("approximate", bool(sums.estimated[contribution.source])),
        ("carried", contribution.carried),
        ("year_to_date", contribution.cumulative or bool(sums.cumulative[contribution.source])),
    ]


def _rooted(node: Formula) -> bool:
    """Whether a root is in it, which is carried as a fraction very near to it."""
    return any(isinstance(below, Call) and below.function == "margin" for below in walk(node))


def _near(value: Fraction) -> str:
    """The beginning of a number's decimals, in full where that is all of them."""
    text = f"{float(value):.9g}"
    return text if Fraction(text) == value else f"{text}…"


def _exactly(value: Fraction) -> str:
    """A finite decimal in full, anything else as a fraction with its beginning."""
    rest, scale = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        scale = max(scale, count)
    if rest == 1:
        return _trimmed(exact_decimal(value * 10**scale, scale))
    return f"{value.numerator}/{value.denominator} ≈ {float(value):.6g}"


def _trimmed(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
