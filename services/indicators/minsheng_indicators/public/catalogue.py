"""The catalogue for people: searched, listed by domain, and a page for each indicator."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from libminsheng.definitions.indicator import Indicator
from libminsheng.errors import EvaluationError, Fault
from libminsheng.report.definition import indicator_grid, measures_grid
from libminsheng.report.formulas import formula_in_words
from libminsheng.report.words import domain_place, domain_words
from libminsheng.vocabulary.domains import DOMAINS, find_domain
from minsheng_http.problems import Refused
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.public.choice import Option
from minsheng_indicators.public.reader import Reader
from minsheng_indicators.public.rendering import shown

__all__ = ["catalogue_page", "indicator_page"]

Text = Annotated[str, QueryParameter(max_length=100)]
_MOST: Final = 100
"""Measures that a search lists; indicators it lists all."""


@get("/catalogue", include_in_schema=False, operation_id="page_catalogue", sync_to_thread=True)
def catalogue_page(
    holdings: NamedDependency[Holdings], reader: NamedDependency[Reader], q: Text = "", domain: Text = ""
) -> Response[str]:
    """The indicators that a search found, or all, domain by domain; and the measures that it found."""
    known, lang = holdings.catalogue, reader.lang
    area = find_domain(domain) if domain else None
    if domain and area is None:
        raise Refused(404, Fault("page.no_domain", values={"domain": domain}))
    search = q.strip()
    found = known.find(search) if search else None
    listed = known.indicators if found is None else found.indicators
    first: dict[str, Indicator] = {}
    for one in listed:
        if area is None or find_domain(one.domain) == area:
            first.setdefault(one.code, one)
    ordered = list(first.values())
    if found is None:
        ordered.sort(key=lambda one: domain_place(one.domain))
    groups: dict[str, list[tuple[Indicator, str]]] = {}
    for one in ordered:
        title = domain_words(one.domain, lang)
        groups.setdefault(title, []).append((one, formula_in_words(one.tree, known, lang)))
    measures = [] if found is None or area is not None else found.measures[:_MOST]
    return shown(
        "catalogue.html",
        reader,
        q=search,
        groups=groups,
        count=len(ordered),
        measures=measures,
        domains=[Option(one.code, one.name.in_(lang), one == area) for one in DOMAINS],
        parts=() if found is None else found.parts,
    )


@get("/catalogue/{code:str}", include_in_schema=False, operation_id="page_indicator", sync_to_thread=True)
def indicator_page(
    holdings: NamedDependency[Holdings], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[str]:
    """One indicator: its editions side by side, formula, source, and the measures in it."""
    known, lang = holdings.catalogue, reader.lang
    try:
        found = known.indicator(code)
    except EvaluationError as error:
        raise Refused(404, *error.faults) from None
    editions = (found,) if "@" in code else known.editions(found.code)
    return shown(
        "indicator.html",
        reader,
        found=found,
        words=formula_in_words(found.tree, known, lang),
        definition=indicator_grid(editions, known, lang),
        measures=measures_grid("", known.measures_of(*editions), lang),
    )
