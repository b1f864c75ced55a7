"""What the catalogue can be searched for, each with its words: what it is called, what it belongs to, what it says."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.lights import LightRule, Watch
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.scheme import Scheme
from libminsheng.definitions.source import Source
from libminsheng.vocabulary.domains import Service, ServiceClass, find_domain, find_service, service_classes
from libminsheng.vocabulary.projects import Project, project_lists, projects_of

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue

__all__ = ["Entry", "Thing", "entries", "name_of", "plain"]

Thing: TypeAlias = Indicator | Measure | Service | Project | Scheme | LightRule | Watch | Pack
"""What a search can find."""

_QUOTES: Final = str.maketrans("", "", "“”\"'‘’「」《》")


def plain(text: str) -> str:
    """A text as words are compared: half-width, lower case, without quotation marks.

    >>> plain("“Ｔwo”  Cancers")
    'two cancers'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES).split())


@dataclass(frozen=True)
class Entry:
    """A definition with its words: what it is called, what it belongs to, what it says."""

    thing: Thing
    titles: tuple[str, ...]
    belongs: str
    text: str

    def rank(self, word: str) -> int | None:
        """How well a word fits: 0 if it is a whole name, the greater the looser, None if it is nowhere."""
        if word in self.titles:
            return 0
        if any(title.startswith(word) for title in self.titles):
            return 1
        if any(word in title for title in self.titles):
            return 2
        if word in self.belongs:
            return 3
        return 4 if word in self.text else None

    def holds(self, word: str) -> bool:
        return self.rank(word) is not None


def entries(catalogue: Catalogue) -> tuple[Entry, ...]:
    """Every definition of a catalogue, every service and every project, with their words."""
    titles = {pack.id: f"{pack.id} {pack.title.zh} {pack.title.en}" for pack in catalogue.packs}
    classes = {service: some for some in service_classes() for service in some.services}
    return (
        *(_of_indicator(one, titles, classes) for one in catalogue.indicators),
        *(_of_measure(one, titles) for one in catalogue.measures.values()),
        *(_of_service(service, some) for service, some in classes.items()),
        *(_of_project(one, some.title.zh) for some in project_lists() for one in (*some.projects, *some.exited)),
        *(_of_scheme(one, titles) for one in catalogue.schemes),
        *(_of_light(one, titles) for one in catalogue.light_rules.values()),
        *(_of_watch(one, titles) for one in catalogue.watches),
        *(_entry(pack, (pack.id, pack.title.zh, pack.title.en), (), ()) for pack in catalogue.packs),
    )


def name_of(thing: Thing) -> str:
    """What to write to name a thing: the code of a definition, the number of a service, the name of a project.

    >>> from libminsheng.vocabulary.domains import find_service
    >>> name_of(find_service("生育保险"))
    '4'
    """
    match thing:
        case Indicator() | Measure() | Scheme() | LightRule() | Watch():
            return thing.code
        case Service():
            return str(thing.key)
        case Project():
            return thing.name
    return thing.id


def _entry(thing: Thing, titles: Iterable[str], belongs: Iterable[str], text: Iterable[str]) -> Entry:
    said = tuple(dict.fromkeys(plain(title) for title in titles if title))
    return Entry(thing, said, plain("\n".join(belongs)), plain("\n".join(text)))


def _of_indicator(one: Indicator, packs: dict[str, str], classes: dict[Service, ServiceClass]) -> Entry:
    domain = find_domain(one.domain)
    belongs = [packs.get(one.pack, one.pack), one.domain]
    if domain is not None:
        belongs += [domain.code, domain.name.zh, domain.name.en]
    for service in filter(None, map(find_service, one.services)):
        belongs += [service.name, service.formerly, classes[service].name]
        belongs += [project.name for project in projects_of(service)]
    text = [str(one.tree), one.description.zh, one.description.en, *_sourced(one.source)]
    return _entry(one, (one.code, one.key, one.name.zh, one.name.en, *one.aliases), belongs, text)


def _of_measure(one: Measure, packs: dict[str, str]) -> Entry:
    said = one.definition
    text = () if said is None else (said.zh, said.en)
    return _entry(one, (one.code, one.name.zh, one.name.en, *one.aliases), [packs.get(one.pack, one.pack)], text)


def _of_scheme(one: Scheme, packs: dict[str, str]) -> Entry:
    domain = find_domain(one.domain)
    belongs = [packs.get(one.pack, one.pack), one.domain]
    if domain is not None:
        belongs += [domain.code, domain.name.zh, domain.name.en]
    groups = [word for group in one.groups for word in (group.name.zh, group.name.en)]
    text = [*groups, one.description.zh, one.description.en, *_sourced(one.source)]
    return _entry(one, (one.code, one.key, one.name.zh, one.name.en, *one.aliases), belongs, text)


def _of_light(one: LightRule, packs: dict[str, str]) -> Entry:
    text = [one.description.zh, one.description.en, *_sourced(one.source)]
    return _entry(one, (one.code, one.name.zh, one.name.en), [packs.get(one.pack, one.pack)], text)


def _of_watch(one: Watch, packs: dict[str, str]) -> Entry:
    text = [one.light, *(str(formula) for formula in (one.actual, one.target) if formula), *_sourced(one.source)]
    return _entry(one, (one.code, one.name.zh, one.name.en), [packs.get(one.pack, one.pack)], text)


def _sourced(source: Source | None) -> tuple[str, ...]:
    return () if source is None else (source.document, source.clause)


def _of_service(service: Service, some: ServiceClass) -> Entry:
    titles = (service.name, service.formerly, "" if service.number is None else str(service.number))
    domain = service.domain
    belongs = [some.name, domain.code, domain.name.zh, domain.name.en]
    return _entry(service, titles, [*belongs, *(project.name for project in projects_of(service))], ())


def _of_project(project: Project, title: str) -> Entry:
    belongs = [title, *(service.name for service in project.services)]
    if project.kind is not None:
        belongs += [project.kind.code, project.kind.name.zh, project.kind.name.en]
    return _entry(project, (project.name,), belongs, (project.note.zh, project.note.en))
