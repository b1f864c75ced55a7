"""The code lists of figures and facts: indicators, measures, divisions, statuses, units, breakdowns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine.figures import STATUSES
from libminsheng.sdmx.artefacts import Code, Codelist, Owner
from libminsheng.sdmx.concepts import spoken
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.sdmx import NOT_APPLICABLE, TOTAL, code_id
from libminsheng.vocabulary.text import Text

__all__ = [
    "bases", "breakdown", "divisions", "editions", "indicators", "issuers", "measures", "observed", "projects", "scenarios",
    "statuses", "units",
]  # fmt: skip

_OBSERVED: Final = ("A", "E", "I", "M", "O", "Q")
_SHARED: Final = Owner("SDMX", "2.2")
"""Who maintains the list of statuses that all offices share."""


def indicators(owner: Owner, catalogue: Catalogue, codes: Iterable[str] | None = None) -> Codelist:
    """Indicators with their names, by code; all of a catalogue, or those of `codes`."""
    wanted = sorted({one.code for one in catalogue.indicators} if codes is None else set(codes))
    known = [catalogue.indicator(code) if catalogue.editions(code) else None for code in wanted]
    listed = tuple(
        Code(code_id(code), Text(code, code)) if one is None else Code(code_id(code), one.name, one.description)
        for code, one in zip(wanted, known, strict=True)
    )
    return Codelist("CL_INDICATOR", spoken("concept_indicator"), listed, owner, partial=codes is not None)


def editions(owner: Owner, texts: Iterable[str]) -> Codelist:
    """The editions of indicators; which indicator has which is told by the figures."""
    return Codelist("CL_EDITION", spoken("concept_edition"), _plain(texts), owner)


def measures(owner: Owner, catalogue: Catalogue, codes: Iterable[str] | None = None) -> Codelist:
    """Measures with their names and definitions; all of a catalogue, or those of `codes`."""
    wanted = sorted(catalogue.measures if codes is None else set(codes))
    known = [catalogue.measures[code] for code in wanted]
    listed = tuple(Code(code_id(one.code), one.name, one.definition or Text()) for one in known)
    return Codelist("CL_MEASURE", spoken("concept_measure"), listed, owner, partial=codes is not None)


def divisions(owner: Owner, tree: DivisionTree, codes: Iterable[str]) -> Codelist:
    """Divisions with their names; the schema of SDMX-ML 3.0 lets no code lie below one that begins with a digit."""
    listed = tuple(Code(code_id(code), Text(tree.name(code))) for code in sorted(set(codes)))
    return Codelist("CL_DIVISION", spoken("concept_ref_area"), listed, owner)


def statuses(owner: Owner) -> Codelist:
    """Whether a figure has a value, and if not, why."""
    listed = tuple(Code(status, spoken(f"status_{status}")) for status in STATUSES)
    return Codelist("CL_STATUS", spoken("concept_status"), listed, owner, partial=False)


def observed() -> Codelist:
    """The statuses of CL_OBS_STATUS, the list that all offices share, that a figure may have."""
    listed = tuple(Code(code, spoken(f"observed_{code.lower()}")) for code in _OBSERVED)
    return Codelist("CL_OBS_STATUS", spoken("concept_obs_status"), listed, _SHARED)


def scenarios(owner: Owner) -> Codelist:
    """What was done, what is aimed at, what it is compared with."""
    listed = tuple(Code(code, spoken(f"scenario_{code}")) for code in ("actual", "target", "baseline"))
    return Codelist("CL_SCENARIO", spoken("concept_scenario"), listed, owner, partial=False)


def bases(owner: Owner) -> Codelist:
    """Whether a value is of its period or of the year so far."""
    listed = tuple(Code(code, spoken(f"basis_{code}")) for code in ("period", "year_to_date"))
    return Codelist("CL_BASIS", spoken("concept_basis"), listed, owner, partial=False)


def projects(owner: Owner, names: Iterable[str]) -> Codelist:
    """Projects by name or code, and all together."""
    return Codelist("CL_PROJECT", spoken("concept_project"), (_total(), *_plain(names)), owner)


def issuers(owner: Owner, names: Iterable[str]) -> Codelist:
    """Who issued a target, and nobody."""
    nobody = Code(NOT_APPLICABLE, spoken("nobody"))
    return Codelist("CL_ISSUER", spoken("concept_issuer"), (nobody, *_plain(names)), owner)


def units(owner: Owner, texts: Iterable[str]) -> Codelist:
    """Units as they are written: ``%``, ``万元``; a value list, because no code of SDMX has such letters."""
    listed = tuple(Code(text, Text(text)) for text in sorted(set(texts)))
    return Codelist("VL_UNIT", spoken("concept_unit_measure"), listed, owner, values=True)


def breakdown(owner: Owner, component: str, column: str, values: Iterable[str]) -> Codelist:
    """The values of a breakdown column, and its total."""
    return Codelist(f"CL_BY_{component}", Text(column, column), (_total(), *_plain(values)), owner)


def _plain(texts: Iterable[str]) -> tuple[Code, ...]:
    return tuple(Code(code_id(text), Text(text, text)) for text in sorted(set(texts)))


def _total() -> Code:
    return Code(TOTAL, spoken("total"))
