"""A pack laid out for reading: what it says of itself, then everything that it defines."""

from __future__ import annotations

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.pack import Pack
from libminsheng.errors import Language, say
from libminsheng.report.definition import defined_grid, measures_grid, page_grid
from libminsheng.report.grid import Grid
from libminsheng.report.scheme import scheme_rows_grid
from libminsheng.report.watch import lights_grid, watches_grid
from libminsheng.report.words import joined

__all__ = ["pack_grids"]


def pack_grids(pack: Pack, catalogue: Catalogue, lang: Language | None = None) -> list[Grid]:
    """What a pack says of itself, then its indicators, measures, schemes, lights and watches."""
    values = {
        "edition": pack.edition,
        "licence": pack.licence,
        "requires": joined(pack.requires, lang),
        "cases": str(len([case for case in catalogue.cases if case.pack == pack.id])),
    }
    grids = [page_grid(f"{pack.title.in_(lang)} · {pack.id}", values.items(), lang)]
    if pack.indicators:
        grids.append(defined_grid(say("report.indicators", lang), pack.indicators, lang))
    if pack.measures:
        grids.append(measures_grid(say("report.measures", lang), pack.measures, lang))
    if pack.schemes:
        grids.append(scheme_rows_grid(say("report.schemes", lang), pack.schemes, lang))
    if pack.light_rules:
        grids.append(lights_grid(say("report.light_rules", lang), pack.light_rules, lang))
    if pack.watches:
        grids.append(watches_grid(say("report.watches", lang), pack.watches, catalogue, lang))
    return grids
