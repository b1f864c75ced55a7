"""Running a pack's cases: facts in; figures, scores, lights and findings out, compared exactly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.pack import Case, Pack
from libminsheng.definitions.rows import CaseRow, FigureRow, LitRow, ScoreRow, SeenRow
from libminsheng.errors import MinshengError
from libminsheng.vocabulary.divisions import Division, DivisionTree

if TYPE_CHECKING:
    from libminsheng.engine.figures import Figure

__all__ = ["CaseResult", "run_cases"]


@dataclass(frozen=True)
class CaseResult:
    """Whether a case came out as it says, and every difference in words if not.

    >>> import libminsheng as ms
    >>> run_cases(ms.catalogue(), "childhood")[0].differences
    ()
    """

    case: Case
    differences: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.differences


def run_cases(catalogue: Catalogue, pack: str | Pack | None = None) -> list[CaseResult]:
    """Run the cases of a pack (by default of all), each on facts of its own.

    Examples
    --------
    >>> import libminsheng as ms
    >>> all(result.passed for result in run_cases(ms.catalogue(), "childhood"))
    True
    """
    wanted = pack.id if isinstance(pack, Pack) else pack
    return [
        CaseResult(case, tuple(_differences(catalogue, case.row)))
        for case in catalogue.cases
        if wanted in (None, case.pack)
    ]


def _differences(catalogue: Catalogue, row: CaseRow) -> list[str]:
    expected = _expected(row)
    facts = _facts(row)
    places = {str(fact["division"]) for fact in facts} | set(row.tree) | set(row.tree.values())
    wanted: list[FigureRow | ScoreRow | LitRow] = [*expected, *row.scores, *row.lights]
    places |= {one.division for one in (*wanted, *row.findings) if one.division}
    tree = DivisionTree.from_divisions(Division(code, code, row.tree.get(code)) for code in sorted(places))
    given = _Given(catalogue, row, _frame(facts), tree)
    try:
        return [
            *(given.figure_differences(expected) if expected else ()),
            *(difference for card in row.scores for difference in given.score_differences(card)),
            *(difference for lit in row.lights for difference in given.light_differences(lit)),
            *(given.finding_differences(row.findings, row.silent) if row.findings or row.silent else ()),
        ]
    except MinshengError as error:
        return [error.text()]


@dataclass(frozen=True)
class _Given:
    """What a case gives: facts and divisions; each method says how their results differ from what is wanted."""

    catalogue: Catalogue
    row: CaseRow
    facts: pl.DataFrame
    tree: DivisionTree

    def figure_differences(self, expected: list[FigureRow]) -> list[str]:
        from libminsheng.engine.evaluate import evaluate

        figures = evaluate(
            self.facts,
            indicators=sorted({_key(one) for one in expected}),
            catalogue=self.catalogue,
            tree=self.tree,
            by=self.row.by,
            period=self.row.grain,
            parents=self.row.parents,
            reporters=self.row.reporters,
        )
        found = list({(one.indicator.key, one.division, one.period, *one.by.items()): one for one in figures}.values())
        return [difference for one in expected for difference in _compare(one, found, self.catalogue)]

    def score_differences(self, wanted: ScoreRow) -> list[str]:
        from libminsheng.scoring.score import score

        scores = score(
            self.facts,
            wanted.scheme,
            catalogue=self.catalogue,
            tree=self.tree,
            by=self.row.by,
            period=self.row.grain or "year",
            parents=self.row.parents,
        )
        cards = [card.as_dict() for card in scores]
        fitting = [card for card in cards if _fits(wanted, card)]
        where = f"{wanted.scheme} {wanted.division or ''} {wanted.period or ''}".rstrip()
        if len(fitting) != 1:
            return [f"{where}: {len(fitting)} scorecards fit instead of one"]
        got = fitting[0]
        names = list((got["grade"] or {}).values())
        found = {**got, "grade": wanted.grade if wanted.grade in names else names[1] if names else None}
        points = {item["item"]: item["points"] for item in got["items"]}
        stated = {key: getattr(wanted, key) for key in ("total", "grade", "status") if key in wanted.model_fields_set}
        pairs: list[tuple[str, Any, Any]] = [(key, value, found[key]) for key, value in stated.items()]
        pairs += [(item, value, points.get(item)) for item, value in wanted.points.items()]
        return _unequal(where, pairs)

    def light_differences(self, wanted: LitRow) -> list[str]:
        from libminsheng.scoring.monitor import monitor

        found = monitor(
            self.facts,
            wanted.period,
            watches=[wanted.watch],
            catalogue=self.catalogue,
            tree=self.tree,
            by=self.row.by,
            parents=self.row.parents,
        )
        fitting = [one for one in found.to_dicts() if _fits(wanted, one)]
        where = f"{wanted.watch} {wanted.division or ''} {wanted.period}"
        if len(fitting) != 1:
            return [f"{where}: {len(fitting)} watched targets fit instead of one"]
        keys = ("light", "pace", "status", "forecast", "needed")
        stated = [key for key in keys if key in wanted.model_fields_set]
        return _unequal(where, [(key, getattr(wanted, key), fitting[0][key]) for key in stated])

    def finding_differences(self, wanted: list[SeenRow], silent: list[str]) -> list[str]:
        from libminsheng.checks.check import check

        findings = check(self.facts, catalogue=self.catalogue, tree=self.tree)
        found = [{"code": one.code, "severity": one.severity, **one.where} for one in findings]
        keys = ("code", "division", "period", "measure", "severity")
        stated = [{key: getattr(one, key) for key in keys if getattr(one, key) is not None} for one in wanted]
        differences = [
            f"{' '.join(one.values())}: nothing of the kind was found"
            for one in stated
            if not any(all(got.get(key) == value for key, value in one.items()) for got in found)
        ]
        return differences + [f"{one.code}: {one.text('en')}" for one in findings if one.code in silent]


def _fits(wanted: ScoreRow | LitRow, got: dict[str, Any]) -> bool:
    return (
        wanted.division in (None, got["division"]) and wanted.period in (None, got["period"]) and wanted.by == got["by"]
    )


def _unequal(where: str, pairs: list[tuple[str, Any, Any]]) -> list[str]:
    return [f"{where} {key}: expected {wanted!r} but got {got!r}" for key, wanted, got in pairs if wanted != got]


def _key(one: FigureRow) -> str:
    """What is asked for: the code, with the edition where one is named."""
    code = one.indicator or ""
    return f"{code}@{one.edition}" if one.edition and "@" not in code else code


def _expected(row: CaseRow) -> list[FigureRow]:
    keys = ("value", "status", "flags", "missing")
    alone = {key: getattr(row, key) for key in keys if getattr(row, key) is not None}
    figures = list(row.figures)
    if alone or not (figures or row.scores or row.lights or row.findings or row.silent):
        figures.append(FigureRow(indicator=row.indicator, period=row.period, **alone))
    return [one if one.indicator else one.model_copy(update={"indicator": row.indicator}) for one in figures]


def _facts(row: CaseRow) -> list[dict[str, Any]]:
    given = row.facts
    facts = [{"measure": code, "value": value} for code, value in given.items()] if isinstance(given, dict) else given
    defaults = {"division": row.division, "period": row.period or "2017"}
    return [defaults | fact for fact in facts]


def _frame(facts: list[dict[str, Any]]) -> pl.DataFrame:
    """The facts as a frame of texts; a blank value was not reported."""
    columns = list(dict.fromkeys(name for fact in facts for name in fact))
    texts = {
        name: pl.Series([None if fact.get(name) in (None, "") else str(fact[name]) for fact in facts], dtype=pl.String)
        for name in columns
    }
    frame = pl.DataFrame(texts)
    if "approximate" in columns:
        return frame.with_columns(pl.col("approximate").str.to_lowercase() == "true")
    return frame


def _compare(wanted: FigureRow, found: list[Figure], catalogue: Catalogue) -> list[str]:
    """The differences of one expected figure, each as ``key: expected … but got …``."""
    stated = wanted.model_fields_set - {"indicator", "edition", "division", "period", "by"}
    code, _, edition = _key(wanted).partition("@")
    fitting = [
        one.as_dict()
        for one in found
        if one.indicator.code == code
        and (
            edition == one.indicator.edition
            if edition
            else one.indicator == catalogue.in_force(code, one.period.last_day)
        )
        and wanted.division in (None, one.division)
        and wanted.period in (None, str(one.period))
        and dict(one.by) == wanted.by
    ]
    where = " ".join(filter(None, (wanted.indicator, wanted.division, wanted.period)))
    if len(fitting) != 1:
        return [f"{where}: {len(fitting)} figures fit instead of one"]
    got = fitting[0]
    return [
        f"{where} {key}: expected {getattr(wanted, key)!r} but got {got[key]!r}"
        for key in sorted(stated)
        if not _same(key, getattr(wanted, key), got[key])
    ]


def _same(key: str, wanted: Any, got: Any) -> bool:
    if key in ("numerator", "denominator") and wanted is not None and got is not None:
        try:
            return Decimal(wanted) == Decimal(got)
        except InvalidOperation:
            return False
    return bool(wanted == got)
