"""Forms to fill in (填报表): what is asked of whom, for when, in which unit, as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from libminsheng.errors import EvaluationError, Fault, Language, nearest
from libminsheng.facts.columns import HEADERS, STANDARD
from libminsheng.facts.form import Asked, FormLayout, lay_out
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.units import unit

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.definitions.measure import Measure

__all__ = ["template"]


def template(
    target: str | Path | BinaryIO,
    *,
    periods: Iterable[str | Period],
    divisions: Iterable[str] = (),
    under: str | None = None,
    level: str | None = None,
    measures: Iterable[str | Measure] = (),
    indicators: Iterable[str] = (),
    packs: Iterable[str] = (),
    breakdowns: Mapping[str, Iterable[str]] | None = None,
    scenario: bool = False,
    units: Iterable[str] = (),
    layout: FormLayout = "flat",
    title: str | None = None,
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    lang: Language = "zh",
) -> int:
    """Write a form to fill in, which `read_facts` reads back; gives the number of values that it asks for.

    Only the cells of values can be changed. Each says what it wants when it is chosen, refuses what is no
    such number, and turns red where it contradicts its neighbours. What a cell means is told by marks
    that move with it and a hidden key, not by the words above it.

    Parameters
    ----------
    target
        The xlsx to write: a path or a stream of bytes.
    periods
        What the form is for: ``2017``, ``2017-Q3``, ``2017-09``, or as reports write it.
    divisions, under, level
        Who reports: codes or names, and besides those of a level below a division.
    measures, indicators, packs
        What is asked: measures by code or name, what indicators come down to, the measures of packs.
    breakdowns
        For each column its values: a row for the total and one for each value.
    scenario
        Ask for targets besides what was done.
    units
        Units to fill in where they fit, such as 万元; reading converts them exactly.
    layout
        ``flat``: one sheet with a row for each reporter and period; ``sheets``: a sheet for each reporter.
    title
        The form's title.
    catalogue, tree
        The definitions, whose `compare` rules the form carries; the divisions.
    lang
        The language of the form.

    Raises
    ------
    EvaluationError
        If something asked for is not known, nothing is asked, or it is more than a workbook holds.
    DivisionError, PeriodError, UnitError

    Examples
    --------
    >>> import io
    >>> held = io.BytesIO()
    >>> template(held, measures=["newborns_screened"], divisions=["瑶海区"], periods=["2017-09", "2017-10"])
    2
    """
    from libminsheng.definitions.catalogue import catalogue as default_catalogue
    from libminsheng.facts.sheet_writer import write_form

    catalogue = default_catalogue() if catalogue is None else catalogue
    tree = DivisionTree.builtin() if tree is None else tree
    broken_down = _breakdowns(breakdowns or {})
    chosen = list(units)
    for text in chosen:
        unit(text)
    form = lay_out(
        [Asked.of(one, chosen) for one in _measures(catalogue, measures, indicators, packs)],
        _divisions(tree, divisions, under, level),
        list(dict.fromkeys(one if isinstance(one, Period) else Period.parse(one) for one in periods)),
        tree=tree,
        breakdowns=broken_down,
        scenario=scenario,
        layout=layout,
        lang=lang,
    )
    write_form(form, str(target) if isinstance(target, Path) else target, catalogue.rules, tree, title)
    return form.key.cells


def _measures(
    catalogue: Catalogue, measures: Iterable[str | Measure], indicators: Iterable[str], packs: Iterable[str]
) -> list[Measure]:
    found: list[Measure] = []
    faults: list[Fault] = []
    for text in measures:
        code = catalogue.measure_code(text) if isinstance(text, str) else text.code
        if code is None or code not in catalogue.measures:
            faults.append(_unknown(str(text), catalogue))
        else:
            found.append(catalogue.measures[code])
    for text in indicators:
        try:
            found.extend(catalogue.measures_of(catalogue.indicator(text)))
        except EvaluationError as error:
            faults.extend(error.faults)
    known = {pack.id: pack for pack in catalogue.packs}
    for text in packs:
        if text in known:
            found.extend(known[text].measures or catalogue.measures_of(*known[text].indicators))
        else:
            faults.append(_unknown_pack(text, list(known)))
    if faults:
        raise EvaluationError(*faults)
    return list(dict.fromkeys(found))


def _unknown(text: str, catalogue: Catalogue) -> Fault:
    names = [*catalogue.measures, *(one.name.zh for one in catalogue.measures.values() if one.name.zh)]
    return Fault("engine.unknown_measure", values={"measure": text}, near=lambda: nearest(text, names))


def _unknown_pack(text: str, known: list[str]) -> Fault:
    values = {"pack": text, "known": ", ".join(known)}
    return Fault("forms.unknown_pack", values=values, near=lambda: nearest(text, known))


def _divisions(tree: DivisionTree, given: Iterable[str], under: str | None, level: str | None) -> list[str]:
    codes = [tree.resolve(text) for text in given]
    if under is not None:
        top = tree.resolve(under)
        below = [code for code in tree.subtree(top) if code != top and level in (None, tree.level(code))]
        if not below:
            raise EvaluationError(Fault("forms.nobody_under", values={"division": under, "level": level or "–"}))
        codes.extend(below)
    elif level is not None:
        raise EvaluationError(Fault("forms.level_alone", values={"level": level}))
    return list(dict.fromkeys(codes))


def _breakdowns(given: Mapping[str, Iterable[str]]) -> dict[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {}
    for column, values in given.items():
        name = column.strip()
        texts = list(dict.fromkeys(value.strip() for value in values))
        meant = HEADERS.get(name, name.lower())
        if not name or (meant in (*STANDARD, "row", "file", "cell") and meant not in ("project", "issuer")):
            raise EvaluationError(Fault("facts.reserved", values={"column": column}))
        if not texts or "" in texts:
            raise EvaluationError(Fault("forms.breakdown_values", values={"column": column}))
        found[meant if meant in STANDARD else name] = texts
    return found
