"""``minsheng catalogue``: what is defined, what measures a service, what a word stands for."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import form_for, write_grid, write_text
from libminsheng.errors import EvaluationError, Fault, nearest, say

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.definitions.entries import Thing
    from libminsheng.report.grid import Grid
    from libminsheng.vocabulary.domains import Domain

__all__ = ["COMMANDS"]

_FORMS: Final = ("table", "json")

Domains = Annotated[str | None, typer.Option("--domain", metavar="DOMAIN")]


def list_all(
    domain: Domains = None,
    service: Annotated[str | None, typer.Option("--service", metavar="SERVICE")] = None,
    only: Annotated[list[str] | None, typer.Option("--pack", metavar="ID|PATH")] = None,
    *,
    unverified: Annotated[bool, typer.Option("--unverified")] = False,
    form: options.ListForm = None,
    _lang: options.Lang = None,
) -> None:
    """List indicators: all, or those of a domain, a service, a pack."""
    from libminsheng.report.catalogue import catalogue_grid
    from libminsheng.vocabulary.domains import find_domain

    chosen = form_for(form, None, _FORMS)
    catalogue, packs = _with_packs(only or [])
    area = None if domain is None else _domain(domain)
    measuring = None if service is None else set(catalogue.of_service(service))
    indicators = [
        one
        for one in catalogue.indicators
        if (area is None or find_domain(one.domain) == area)
        and (measuring is None or one in measuring)
        and (not packs or one.pack in packs)
        and not (unverified and one.verified)
    ]
    if not indicators:
        tell([Fault("cli.nothing_listed")])
    whole = len(indicators) == len(catalogue.indicators)
    if chosen == "json" or not indicators:
        _write(chosen, indicators, catalogue, [])
    else:
        _write(chosen, (), catalogue, [catalogue_grid(catalogue, indicators=None if whole else indicators)])


def services(
    domain: Domains = None,
    packs: options.Packs = None,
    form: options.ListForm = None,
    _lang: options.Lang = None,
) -> None:
    """List the services of the national standard, with how many indicators measure each."""
    from libminsheng.report.catalogue import services_grid
    from libminsheng.vocabulary.domains import services as every_service

    chosen = form_for(form, None, _FORMS)
    catalogue = inputs.open_catalogue(packs)
    area = None if domain is None else _domain(domain)
    wanted = [one for one in every_service() if area in (None, one.domain)]
    if not wanted:
        tell([Fault("cli.nothing_listed")])
    _write(chosen, wanted, catalogue, [services_grid(catalogue, wanted)] if wanted else [])


def projects(packs: options.Packs = None, form: options.ListForm = None, _lang: options.Lang = None) -> None:
    """List the projects of the province's lists, with the services that each serves."""
    from libminsheng.report.catalogue import projects_grids
    from libminsheng.vocabulary.projects import project_lists

    chosen = form_for(form, None, _FORMS)
    listed = [project for one in project_lists() for project in (*one.projects, *one.exited)]
    _write(chosen, listed, inputs.open_catalogue(packs), projects_grids())


def schemes(packs: options.Packs = None, form: options.ListForm = None, _lang: options.Lang = None) -> None:
    """List the scoring schemes, with their totals and how many items each has."""
    from libminsheng.report.scheme import schemes_grid

    chosen = form_for(form, None, _FORMS)
    catalogue = inputs.open_catalogue(packs)
    if not catalogue.schemes:
        tell([Fault("cli.nothing_listed")])
    _write(chosen, catalogue.schemes, catalogue, [schemes_grid(catalogue)] if catalogue.schemes else [])


def show(
    code: Annotated[str, typer.Argument(metavar="CODE")],
    packs: options.Packs = None,
    form: options.ListForm = None,
    _lang: options.Lang = None,
) -> None:
    """Show an indicator or a scheme with its editions, a measure, a service, a project, a light, a watch or a pack."""
    from libminsheng.definitions.entries import name_of

    chosen = form_for(form, None, _FORMS)
    catalogue = inputs.open_catalogue(packs)
    found = _in_time(catalogue.meanings(code), catalogue)
    if not found:
        raise EvaluationError(_unknown(code, catalogue))
    kinds: dict[str, set[str]] = {}
    for one in found:
        kinds.setdefault(type(one).__name__, set()).add(name_of(one))
    if any(len(names) > 1 for names in kinds.values()):
        words = "; ".join(dict.fromkeys(map(_called, found)))
        raise EvaluationError(Fault("cli.ambiguous", values={"word": code, "words": words}))
    _write(chosen, found, catalogue, _pages(found, catalogue))


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS…")],
    packs: options.Packs = None,
    form: options.ListForm = None,
    _lang: options.Lang = None,
) -> None:
    """Search names, codes, aliases, domains, services, projects, schemes, lights, packs and notes."""
    from libminsheng.report.catalogue import found_grid

    chosen = form_for(form, None, _FORMS)
    catalogue = inputs.open_catalogue(packs)
    found = catalogue.find(*words)
    asked = " ".join(words)
    if not found.things:
        tell([Fault("cli.nothing_found", values={"words": asked})])
    elif found.parts:
        tell([Fault("cli.found_by_parts", values={"words": asked, "parts": " + ".join(found.parts)})])
    _write(chosen, found.things, catalogue, [found_grid(found, catalogue)] if found.things else [])


COMMANDS: Final[dict[str, Callable[..., Any]]] = {
    "list": list_all,
    "services": services,
    "projects": projects,
    "schemes": schemes,
    "show": show,
    "search": search,
}


def _with_packs(words: Sequence[str]) -> tuple[Catalogue, set[str]]:
    """The catalogue with the packs that are given by path, and the ids of all that are named, by path or by id."""
    paths = [word for word in words if Path(word).exists()]
    catalogue = inputs.open_catalogue(paths)
    ids = {pack.id for pack in catalogue.packs}
    for word in words:
        if word not in ids and word not in paths:
            raise EvaluationError(Fault("cli.no_pack", values={"pack": word}, near=partial(nearest, word, ids)))
    return catalogue, set(catalogue.given) | {word for word in words if word in ids}


def _domain(text: str) -> Domain:
    from libminsheng.vocabulary.domains import DOMAINS, find_domain

    found = find_domain(text)
    if found is None:
        known = [name for one in DOMAINS for name in (one.name.zh, one.code)]
        values = {"domain": text, "known": ", ".join(known)}
        raise EvaluationError(Fault("definitions.domain", values=values, near=lambda: nearest(text, known)))
    return found


def _unknown(code: str, catalogue: Catalogue) -> Fault:
    near = [_called(one) for one in catalogue.likely(code)]
    return Fault("cli.unknown_word", values={"word": code}, near=lambda: near)


def _called(thing: Thing) -> str:
    """What to write to mean a thing, and its name."""
    from libminsheng.definitions.entries import name_of
    from libminsheng.vocabulary.text import Text

    name = thing.title if hasattr(thing, "title") else thing.name
    words = name.in_() if isinstance(name, Text) else name
    code = name_of(thing)
    return code if words in ("", code) else say("report.marked", text=code, mark=words)


def _in_time(found: Sequence[Thing], catalogue: Catalogue) -> list[Thing]:
    """The editions of an indicator, and of a scheme, in the order of their dates, then whatever else a word means."""
    from libminsheng.definitions.indicator import Indicator
    from libminsheng.definitions.scheme import Scheme

    codes = dict.fromkeys(one.code for one in found if isinstance(one, Indicator))
    editions = [one for code in codes for one in catalogue.editions(code) if one in found]
    schemes = [one for one in found if isinstance(one, Scheme)]
    schemes.sort(key=lambda one: one.valid_from or datetime.date.min)
    return [*editions, *schemes, *(one for one in found if not isinstance(one, Indicator | Scheme))]


def _pages(found: Sequence[Thing], catalogue: Catalogue) -> list[Grid]:
    """Everything that a word means, page by page; the editions of an indicator are one page."""
    from libminsheng.definitions.indicator import Indicator
    from libminsheng.definitions.lights import LightRule, Watch
    from libminsheng.definitions.measure import Measure
    from libminsheng.definitions.pack import Pack
    from libminsheng.definitions.scheme import Scheme
    from libminsheng.report.definition import indicator_grid, measure_grid
    from libminsheng.report.pack import pack_grids
    from libminsheng.report.scheme import scheme_grids
    from libminsheng.report.service import project_grids, service_grids
    from libminsheng.report.watch import light_grid, watch_grid
    from libminsheng.vocabulary.domains import Service
    from libminsheng.vocabulary.projects import Project

    editions = [one for one in found if isinstance(one, Indicator)]
    schemes = [one for one in found if isinstance(one, Scheme)]
    pages = [indicator_grid(editions, catalogue)] if editions else []
    pages += scheme_grids(schemes, catalogue) if schemes else []
    for one in found:
        match one:
            case Measure():
                pages.append(measure_grid(one, catalogue))
            case Service():
                pages += service_grids(one, catalogue)
            case Project():
                pages += project_grids(one, catalogue)
            case LightRule():
                pages.append(light_grid(one, catalogue))
            case Watch():
                pages.append(watch_grid(one, catalogue))
            case Pack():
                pages += pack_grids(one, catalogue)
    return pages


def _write(form: str, things: Iterable[Thing], catalogue: Catalogue, grids: Sequence[Grid]) -> None:
    if form == "json":
        from libminsheng.report.export import json_lines
        from libminsheng.report.records import record

        write_text(None, json_lines(record(one, catalogue) for one in things))
        return
    for number, grid in enumerate(grids):
        if number:
            write_text(None, "\n")
        write_grid(None, grid)
