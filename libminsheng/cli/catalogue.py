"""``minsheng catalogue``: what is defined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import form_for, write_grid, write_text
from libminsheng.errors import Fault

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.definitions.indicator import Indicator
    from libminsheng.definitions.measure import Measure

__all__ = ["COMMANDS"]

_FORMS: Final = ("table", "json")


def list_all(packs: options.Packs = None, form: options.ListForm = None, _lang: options.Lang = None) -> None:
    """List every indicator."""
    chosen = form_for(form, None, _FORMS)
    _write(inputs.open_catalogue(packs), None, (), chosen)


def show(
    code: Annotated[str, typer.Argument(metavar="CODE")],
    packs: options.Packs = None,
    form: options.ListForm = None,
    _lang: options.Lang = None,
) -> None:
    """Show one indicator, its editions side by side, or one measure."""
    from libminsheng.report.catalogue import indicator_dict, indicator_grid, measure_dict, measure_grid
    from libminsheng.report.export import json_lines

    chosen = form_for(form, None, _FORMS)
    catalogue = inputs.open_catalogue(packs)
    measure = _measure(code, catalogue)
    if measure is not None:
        if chosen == "json":
            write_text(None, json_lines(iter([measure_dict(measure, catalogue)])))
        else:
            write_grid(None, measure_grid(measure, catalogue))
        return
    found = catalogue.indicator(code)
    editions = [found] if "@" in code else list(catalogue.editions(found.code))
    if chosen == "json":
        write_text(None, json_lines(indicator_dict(edition, catalogue) for edition in editions))
    else:
        write_grid(None, indicator_grid(editions, catalogue))


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS…")],
    packs: options.Packs = None,
    form: options.ListForm = None,
    _lang: options.Lang = None,
) -> None:
    """Search names, codes, aliases and notes."""
    chosen = form_for(form, None, _FORMS)
    catalogue = inputs.open_catalogue(packs)
    found = catalogue.search(" ".join(words))
    from libminsheng.definitions.measure import Measure

    indicators = [thing for thing in found if not isinstance(thing, Measure)]
    measures = [thing for thing in found if isinstance(thing, Measure)]
    if not found:
        tell([Fault("cli.nothing_found", values={"words": " ".join(words)})])
    _write(catalogue, indicators, measures, chosen)


COMMANDS: Final[dict[str, Callable[..., Any]]] = {"list": list_all, "show": show, "search": search}


def _measure(code: str, catalogue: Catalogue) -> Measure | None:
    """A measure of this code or name, unless an indicator has it."""
    if catalogue.editions(code):
        return None
    known = catalogue.measure_code(code)
    return None if known is None else catalogue.measures[known]


def _write(
    catalogue: Catalogue, indicators: Sequence[Indicator] | None, measures: Sequence[Measure], form: str
) -> None:
    from libminsheng.report.catalogue import catalogue_grid, indicator_dict, measure_dict
    from libminsheng.report.export import json_lines

    if form == "table":
        if indicators is None or indicators or measures:
            write_grid(None, catalogue_grid(catalogue, indicators=indicators, measures=measures))
        return
    rows = [
        indicator_dict(indicator, catalogue)
        for indicator in (catalogue.indicators if indicators is None else indicators)
    ]
    rows += [measure_dict(measure, catalogue) for measure in measures]
    write_text(None, json_lines(iter(rows)))
