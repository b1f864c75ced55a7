"""A pack as the tables that it is written in, so that it can be handed on as TOML or as JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Formula
from libminsheng.definitions.lights import LightRule, Watch
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.row import Name, Row, SourceRow
from libminsheng.definitions.rows import IndicatorRow, MeasureRow, PackFile, PackRow
from libminsheng.definitions.rule import Rule
from libminsheng.definitions.rule_rows import HypothesisRow, RuleRow
from libminsheng.definitions.scheme import Scheme
from libminsheng.definitions.scheme_rows import (
    BandRow,
    GradeRow,
    GroupRow,
    ItemRow,
    LightRow,
    SchemeRow,
    StepRow,
    WatchRow,
)
from libminsheng.definitions.source import Source
from libminsheng.vocabulary.text import Text

__all__ = ["pack_file", "pack_tables", "scheme_digest", "watch_digest"]

_NO_VALUE: Final = {"name", "description", "source", "aliases"}
"""What changes no figure."""


def pack_tables(pack: Pack, catalogue: Catalogue, *, exact: bool = False) -> dict[str, Any]:
    """A pack as the tables of its files: ``pack``, ``measure``, ``indicator``, ``case``, ``scheme``, ``light``, ``watch``, ``rule``.

    Keys that say what they would say without being there are left out.

    Parameters
    ----------
    pack, catalogue
        The pack, and the catalogue that it is one of: that has its cases.
    exact
        Numbers as `Decimal` and days as dates, as TOML has them; else as text, as JSON has them.

    Examples
    --------
    >>> import libminsheng as ms
    >>> found = ms.catalogue()
    >>> tables = pack_tables(next(one for one in found.packs if one.id == "childhood"), found)
    >>> tables["pack"]["id"], tables["indicator"][0]["bounds"]
    ('childhood', ['0', '100'])
    """
    mode = "python" if exact else "json"
    tables = pack_file(pack).model_dump(mode=mode, exclude_defaults=True, exclude={"case"})
    cases = [case.row for case in catalogue.cases if case.pack == pack.id]
    if cases:  # what a case does not say is not compared, so all that it says stays
        tables["case"] = [row.model_dump(mode=mode, exclude_unset=True) for row in cases]
    return tables


def pack_file(pack: Pack) -> PackFile:
    """The definitions of a pack as rows, without its cases."""
    return PackFile(
        pack=PackRow(
            id=pack.id,
            title=_words(pack.title),
            edition=pack.edition,
            licence=pack.licence,
            requires=list(pack.requires),
        ),
        measure=[
            MeasureRow(
                code=one.code,
                name=_words(one.name),
                unit=one.unit,
                time=one.time,
                decimals=one.decimals,
                year_starts=one.year_starts,
                breakdowns=list(one.breakdowns),
                aliases=list(one.aliases),
                definition=_words(one.definition or Text()),
                source=_source(one.source),
            )
            for one in pack.measures
        ],
        indicator=[
            IndicatorRow(
                code=one.code,
                edition=one.edition,
                name=_words(one.name),
                formula=str(one.tree),
                unit=one.unit,
                decimals=one.decimals,
                rounding=one.rounding,
                bounds=one.bounds,
                better=one.better,
                domain=one.domain,
                source=_source(one.source),
                valid_from=one.valid_from,
                valid_to=one.valid_to,
                default=one.default,
                description=_words(one.description),
                aliases=list(one.aliases),
                services=list(one.services),
            )
            for one in pack.indicators
        ],
        scheme=[_scheme(one) for one in pack.schemes],
        light=[_light(one) for one in pack.light_rules],
        watch=[_watch(one) for one in pack.watches],
        rule=[_rule(one) for one in pack.rules],
    )


def _scheme(scheme: Scheme) -> SchemeRow:
    return SchemeRow(
        code=scheme.code,
        edition=scheme.edition,
        name=_words(scheme.name),
        total=scheme.total,
        composite=scheme.composite,
        missing=scheme.missing,
        decimals=scheme.decimals,
        rounding=scheme.rounding,
        groups=[
            GroupRow(code=one.code, name=_words(one.name), weight=one.weight, if_missing=one.if_missing)
            for one in scheme.groups
        ],
        items=[
            ItemRow(
                indicator=one.indicator,
                code=one.code,
                name=_words(one.name),
                group=one.group,
                weight=one.weight,
                method=one.method,
                better=one.better,
                target=one.target,
                passing=one.passing,
                step=one.step,
                deduct=one.deduct,
                part_step=one.part_step,
                bands=[
                    BandRow(least=band.least, most=band.most, share=band.share, label=_words(band.label))
                    for band in one.bands
                ],
                zero_target=one.zero_target,
            )
            for one in scheme.items
        ],
        grades=[GradeRow(code=one.code, name=_words(one.name), least=one.least) for one in scheme.grades],
        domain=scheme.domain,
        source=_source(scheme.source),
        valid_from=scheme.valid_from,
        valid_to=scheme.valid_to,
        default=scheme.default,
        description=_words(scheme.description),
        aliases=list(scheme.aliases),
    )


def _light(rule: LightRule) -> LightRow:
    return LightRow(
        code=rule.code,
        name=_words(rule.name),
        compares=rule.compares,
        steps=[StepRow(light=step.light, below=step.below) for step in rule.steps],
        zero_target=rule.zero_target,
        source=_source(rule.source),
        description=_words(rule.description),
    )


def _watch(watch: Watch) -> WatchRow:
    return WatchRow(
        light=watch.light,
        measure=watch.measure,
        code=None if watch.code == watch.measure else watch.code,
        name=_words(watch.name),
        actual=_formula(watch.actual),
        target=_formula(watch.target),
        range=None if watch.low is None and watch.high is None else (watch.low, watch.high),
        strict=watch.strict,
        aspect=watch.aspect,
        source=_source(watch.source),
    )


def scheme_digest(scheme: Scheme) -> str:
    """SHA-256 over everything about an edition of a scheme that can change its scores.

    >>> import libminsheng as ms
    >>> len(scheme_digest(ms.catalogue().scheme("self_evaluation")))
    64
    """
    return _digest(_scheme(scheme))


def watch_digest(watch: Watch, rule: LightRule) -> str:
    """SHA-256 over everything about something watched that can change its light.

    >>> import libminsheng as ms
    >>> known = ms.catalogue()
    >>> len(watch_digest(known.watches[0], known.light_rules[known.watches[0].light]))
    64
    """
    return _digest(_watch(watch), _light(rule))


def _digest(*rows: Row) -> str:
    told = [row.model_dump(mode="json", exclude_defaults=True, exclude=_NO_VALUE) for row in rows]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _rule(rule: Rule) -> RuleRow:
    return RuleRow.model_validate({
        "code": rule.code,
        "check": rule.check,
        "finding": rule.finding,
        "severity": rule.severity,
        "left": _formula(rule.left),
        "comparison": rule.comparison,
        "right": _formula(rule.right),
        "missing": rule.missing,
        "tolerance": rule.tolerance,
        "low": rule.low,
        "high": rule.high,
        "unit": rule.unit,
        "year_to_date": rule.year_to_date,
        "measures": list(rule.measures),
        "settings": dict(rule.settings),
        "things": list(rule.things),
        "units": list(rule.units),
        "name": _words(rule.name),
        "words": None if rule.words is None else _words(rule.words),
        "hypotheses": [HypothesisRow(what=_words(what), weight=weight) for what, weight in rule.hypotheses],
        "source": _source(rule.source),
    })  # fmt: skip


def _formula(formula: Formula | None) -> str | None:
    return None if formula is None else str(formula)


def _words(text: Text) -> Name:
    """Only the languages that say something, so that the other is not written as an empty text."""
    return Name.model_validate({lang: said for lang, said in (("zh", text.zh), ("en", text.en)) if said})


def _source(source: Source | None) -> SourceRow | None:
    if source is None:
        return None
    return SourceRow(document=source.document, clause=source.clause, verified=source.verified)
