"""The data structures of figures, of facts, and of a whole catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.sdmx import lists
from libminsheng.sdmx.artefacts import AGENCY, Codelist, Component, DataStructure, Owner, Structures, owner_of
from libminsheng.sdmx.concepts import FACTS, FIGURES, spoken
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.sdmx import column_name, component_id
from libminsheng.vocabulary.text import Text
from libminsheng.vocabulary.units import known_units

__all__ = ["catalogue_structures", "shaped"]


def shaped(
    kind: str,
    components: Iterable[Component],
    own: Mapping[str, Codelist],
    broken_down: Mapping[str, Iterable[str]],
    owner: Owner,
) -> DataStructure:
    """The structure of ``FIGURES`` or ``FACTS``: its components with their code lists, its breakdowns before the time.

    What is broken down otherwise is a structure of its own, whose name says by what: ``FIGURES_BY_SEX``.
    """
    given = [replace(one, name=spoken(f"concept_{one.id.lower()}"), codes=own.get(one.id)) for one in components]
    ids = sorted(map(component_id, broken_down))
    more = []
    for name in ids:
        column = column_name(name)
        codes = lists.breakdown(owner, name, column, broken_down[column])
        more.append(Component(name, "dimension", Text(column, column), codes))
    at = next(place for place, one in enumerate(given) if one.role == "time")
    name = "_BY_".join([kind, "_".join(ids)]) if ids else kind
    return DataStructure(name, spoken(kind.lower()), (*given[:at], *more, *given[at:]), owner)


def catalogue_structures(
    catalogue: Catalogue, tree: DivisionTree | None = None, *, by: Iterable[str] = (), agency: str = AGENCY
) -> Structures:
    """The structures of figures and of facts, with every indicator, measure, unit and division that is known.

    Parameters
    ----------
    catalogue, tree
        The definitions, and the divisions; the shipped ones, unless others are given.
    by
        Columns that figures and facts are broken down by.
    agency
        Who maintains them.

    Raises
    ------
    EvaluationError
        If the agency is not written as SDMX asks.

    Examples
    --------
    >>> import libminsheng as ms
    >>> figures, facts = catalogue_structures(ms.catalogue(), by=["sex"]).data
    >>> facts.short, [one.id for one in facts.of("dimension")][-1]
    ('MINSHENG:FACTS_BY_SEX(2026.0.0)', 'SEX')
    """
    owner, places = owner_of(catalogue, agency), tree or DivisionTree.builtin()
    area = lists.divisions(owner, places, places.listed)
    every = [*(one.unit for one in catalogue.indicators), *(one.unit for one in catalogue.measures.values())]
    unit = lists.units(owner, [*every, *known_units()])
    columns: Mapping[str, Iterable[str]] = dict.fromkeys(by, ())
    figures = {
        "INDICATOR": lists.indicators(owner, catalogue),
        "EDITION": lists.editions(owner, (one.edition for one in catalogue.indicators)),
        "REF_AREA": area,
        "UNIT_MEASURE": unit,
        "STATUS": lists.statuses(owner),
        "OBS_STATUS": lists.observed(),
    }
    facts = {
        "MEASURE": lists.measures(owner, catalogue),
        "REF_AREA": area,
        "SCENARIO": lists.scenarios(owner),
        "BASIS": lists.bases(owner),
        "PROJECT": lists.projects(owner, ()),
        "ISSUER": lists.issuers(owner, ()),
        "UNIT_MEASURE": unit,
    }
    return Structures(
        owner,
        (shaped("FIGURES", FIGURES, figures, columns, owner), shaped("FACTS", FACTS, facts, columns, owner)),
    )
