"""The catalogue laid out for reading: its indicators, the services, the projects, what a search found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.lights import LightRule, Watch
from libminsheng.definitions.scheme import Scheme
from libminsheng.definitions.search import Found
from libminsheng.errors import Language, say
from libminsheng.report.definition import indicator_row, measure_row
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.numbers import plain
from libminsheng.report.watch import compares_words, steps_words, watch_row
from libminsheng.report.words import domain_place, domain_words, joined
from libminsheng.vocabulary.domains import Service, service_classes
from libminsheng.vocabulary.projects import GROUPS, Project, project_lists, projects_of

__all__ = ["catalogue_grid", "found_grid", "projects_grids", "services_grid"]


def catalogue_grid(
    catalogue: Catalogue,
    lang: Language | None = None,
    *,
    indicators: Sequence[Indicator] | None = None,
    limit: int | None = None,
) -> Grid:
    """Indicators domain by domain, in the order of the packs: all, or those given."""
    wanted = None if indicators is None else {indicator.key for indicator in indicators}
    listed = [one for pack in catalogue.packs for one in pack.indicators if wanted is None or one.key in wanted]
    ranked = sorted(listed, key=lambda indicator: domain_place(indicator.domain))
    shown = ranked if limit is None else ranked[:limit]
    sections = [
        Section(domain_words(domain, lang), [indicator_row(indicator, lang) for indicator in group])
        for domain, group in groupby(shown, key=lambda indicator: indicator.domain)
    ]
    if indicators is None:
        counts = say(
            "report.count_indicators",
            lang,
            indicators=len(listed),
            measures=len(catalogue.measures),
            packs=len(catalogue.packs),
        )
    else:
        counts = say("report.count_listed", lang, count=len(listed), all=len(catalogue.indicators))
    notes = [say("report.more", lang, count=len(ranked) - len(shown))] if len(shown) < len(ranked) else []
    return Grid(f"{say('report.catalogue', lang)} · {counts}", _headers(lang), sections, notes=notes)


def found_grid(found: Found, catalogue: Catalogue, lang: Language | None = None) -> Grid:
    """What a search found, kind by kind, each best first."""
    sections = [
        Section(say(f"report.{kind}", lang), rows)
        for kind, rows in (
            ("indicators", [indicator_row(one, lang) for one in found.indicators]),
            ("measures", [measure_row(one, lang) for one in found.measures]),
            ("column_services", [_service_row(one, lang) for one in found.services]),
            ("column_projects", [_project_row(one, lang) for one in found.projects]),
            ("schemes", [_scheme_row(one, lang) for one in found.schemes]),
            ("light_rules", [_light_row(one, lang) for one in found.light_rules]),
            ("watches", [_watch_row(one, catalogue, lang) for one in found.watches]),
            ("packs", [_row(one.id, one.title.in_(lang), "", "") for one in found.packs]),
        )
        if rows
    ]
    caption = say("report.count_found", lang, count=len(found.things))
    return Grid(f"{say('report.catalogue', lang)} · {caption}", _headers(lang), sections)


def services_grid(catalogue: Catalogue, services: Iterable[Service], lang: Language | None = None) -> Grid:
    """Services class by class, each with how many indicators measure it and how many projects serve it."""
    wanted = set(services)
    sections = [
        Section(
            f"{one.domain.name.in_(lang)} · {one.number} {one.name}",
            [_counted_row(service, catalogue) for service in one.services if service in wanted],
        )
        for one in service_classes()
        if wanted.intersection(one.services)
    ]
    measured = sum(bool(catalogue.of_service(service)) for service in wanted)
    headers = [say(f"report.column_{name}", lang) for name in ("number", "service", "indicators", "projects")]
    caption = say("report.count_services", lang, count=len(wanted), measured=measured)
    return Grid(f"{say('report.standard', lang)} · {caption}", headers, sections, frozenset({0, 2, 3}))


def projects_grids(lang: Language | None = None) -> list[Grid]:
    """Every list of projects: what is new, adjusted, continued, and what left it."""
    headers = [say(f"report.column_{name}", lang) for name in ("project", "kind", "services")]
    return [
        Grid(
            one.title.in_(lang),
            headers,
            [
                Section(
                    say(f"report.group_{group}", lang),
                    [
                        [Cell(project.name), Cell(kind_words(project, lang)), Cell(_services(project, lang))]
                        for project in (*one.projects, *one.exited)
                        if project.group == group
                    ],
                )
                for group in GROUPS
            ],
            notes=[say("report.project_reading", lang)],
        )
        for one in project_lists()
    ]


def kind_words(project: Project, lang: Language | None = None) -> str:
    """A project's kind, empty where its name leaves it open."""
    return "" if project.kind is None else project.kind.name.in_(lang)


def _headers(lang: Language | None) -> list[str]:
    return [say(f"report.column_{name}", lang) for name in ("code", "name", "unit", "formula")]


def _row(*texts: str) -> list[Cell]:
    return [Cell(text) for text in texts]


def _service_row(service: Service, lang: Language | None) -> list[Cell]:
    return _row(str(service.number or ""), service.name, "", service.domain.name.in_(lang))


def _project_row(project: Project, lang: Language | None) -> list[Cell]:
    group = say(f"report.group_{project.group}", lang)
    return _row(str(project.year), project.name, "", " · ".join(filter(None, (group, _services(project, lang)))))


def _scheme_row(scheme: Scheme, lang: Language | None) -> list[Cell]:
    size = say("report.scheme_size", lang, total=plain(scheme.total), items=len(scheme.items))
    return _row(scheme.key, scheme.name.in_(lang), "", size)


def _light_row(rule: LightRule, lang: Language | None) -> list[Cell]:
    return _row(rule.code, rule.name.in_(lang), "", steps_words(rule, lang) or compares_words(rule, lang))


def _watch_row(watch: Watch, catalogue: Catalogue, lang: Language | None) -> list[Cell]:
    code, name, light, what = watch_row(watch, catalogue, lang)
    return [code, name, Cell(""), Cell(" · ".join(filter(None, (light.text, what.text))))]


def _services(project: Project, lang: Language | None) -> str:
    return joined((str(service) for service in project.services), lang)


def _counted_row(service: Service, catalogue: Catalogue) -> list[Cell]:
    indicators = len({one.code for one in catalogue.of_service(service)})
    projects = len(projects_of(service))
    return _row(str(service.number or ""), service.name, str(indicators or ""), str(projects or ""))
