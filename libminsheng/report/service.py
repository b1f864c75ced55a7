"""A service or a project laid out for reading: what measures it, and what has to be reported for that."""

from __future__ import annotations

from collections.abc import Sequence

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.indicator import Indicator
from libminsheng.errors import Language, say
from libminsheng.report.catalogue import kind_words
from libminsheng.report.definition import defined_grid, measures_grid, page_grid
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.words import joined
from libminsheng.vocabulary.domains import Service, service_classes
from libminsheng.vocabulary.projects import Project, project_lists, projects_of

__all__ = ["measuring", "project_grids", "service_grids"]


def service_grids(service: Service, catalogue: Catalogue, lang: Language | None = None) -> list[Grid]:
    """A service: its class and domain, its projects, the indicators that measure it, the measures these need."""
    some = next(one for one in service_classes() if one.number == service.class_number)
    values = {
        "number": say("report.number_none", lang) if service.number is None else str(service.number),
        "formerly": service.formerly,
        "class": f"{some.number} {some.name}",
        "domain": service.domain.name.in_(lang),
        "projects": joined((f"{one.name} ({one.year})" for one in projects_of(service)), lang),
        "source": say(
            "report.marked",
            lang,
            text=say("report.standard", lang),
            mark=say("report.verified" if service.verified else "report.unverified", lang),
        ),
    }
    return [page_grid(service.name, values.items(), lang), *_measured(catalogue.of_service(service), catalogue, lang)]


def project_grids(project: Project, catalogue: Catalogue, lang: Language | None = None) -> list[Grid]:
    """A project: its list and group, the services that it serves, and what measures them."""
    listed = next(one for one in project_lists() if (one.place, one.year) == (project.place, project.year))
    mark = say("report.verified" if listed.verified else "report.unverified", lang)
    values = {
        "list": listed.title.in_(lang),
        "group": say(f"report.group_{project.group}", lang),
        "kind": kind_words(project, lang),
        "services": joined((str(one) for one in project.services), lang),
        "definition": project.note.in_(lang),
        "source": say("report.marked", lang, text=f"{listed.document} · {listed.clause}", mark=mark),
    }
    page = page_grid(project.name, values.items(), lang)
    noted = Grid(page.caption, [], page.sections, notes=[say("report.project_reading", lang)], wrap=page.wrap)
    return [noted, *_measured(measuring(project, catalogue), catalogue, lang)]


def measuring(project: Project, catalogue: Catalogue) -> tuple[Indicator, ...]:
    """The indicators that measure a service that a project serves, each once."""
    found = [one for service in project.services for one in catalogue.of_service(service)]
    return tuple({one.key: one for one in found}.values())


def _measured(indicators: Sequence[Indicator], catalogue: Catalogue, lang: Language | None) -> list[Grid]:
    if not indicators:
        return [Grid("", [], [Section("", [[Cell(say("report.not_measured", lang), "quiet")]])])]
    return [
        defined_grid(say("report.measured_by", lang), indicators, lang),
        measures_grid(say("report.to_report", lang), catalogue.measures_of(*indicators), lang),
    ]
