"""Searching the catalogue by Chinese or English words, and finding what a word stands for.

A word is looked for in names, codes and aliases first, then in what a definition belongs to (domain, service, project,
pack), then in its text: formula, note, clause of the source. Chinese is written without spaces, so a phrase that
nothing holds whole is taken apart into the longest parts that something holds: 老年人体检 into 老年人 and 体检.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.lights import LightRule, Watch
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.scheme import Scheme
from libminsheng.definitions.source import Source
from libminsheng.errors import EvaluationError, Fault, nearest
from libminsheng.vocabulary.domains import (
    Service,
    ServiceClass,
    find_domain,
    find_service,
    nearest_services,
    service_classes,
)
from libminsheng.vocabulary.projects import Project, project_lists, projects_of

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue

__all__ = ["Entry", "Found", "Thing", "entries", "find", "known_service", "likely", "meanings", "name_of", "plain"]

Thing: TypeAlias = Indicator | Measure | Service | Project | Scheme | LightRule | Watch | Pack
"""What a search can find."""

_KINDS: Final[tuple[type, ...]] = (Indicator, Measure, Service, Project, Scheme, LightRule, Watch, Pack)
_EDITED: Final = (Indicator, Scheme)
"""What has editions."""
_QUOTES: Final = str.maketrans("", "", "“”\"'‘’「」《》")
_BETWEEN: Final = re.compile(r"[\s,，、;；]+")
_SHORTEST: Final = 2
"""Letters of the shortest part that a phrase is taken apart into."""


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


@dataclass(frozen=True)
class Found:
    """What a search found, best first.

    `parts` is empty where every word was found whole; otherwise the parts that the words were taken apart into.

    Examples
    --------
    >>> import libminsheng as ms
    >>> found = ms.catalogue().find("新生儿遗传代谢病筛查情况")
    >>> found.parts
    ('新生儿遗传代谢病筛查',)
    >>> found.measures[0].code
    'newborns_screened'
    """

    things: tuple[Thing, ...]
    parts: tuple[str, ...] = ()

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """The indicators, each edition by itself."""
        return tuple(one for one in self.things if isinstance(one, Indicator))

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures."""
        return tuple(one for one in self.things if isinstance(one, Measure))

    @property
    def services(self) -> tuple[Service, ...]:
        """The services of the national standard."""
        return tuple(one for one in self.things if isinstance(one, Service))

    @property
    def projects(self) -> tuple[Project, ...]:
        """The projects of a province's list."""
        return tuple(one for one in self.things if isinstance(one, Project))

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The scoring schemes, each edition by itself."""
        return tuple(one for one in self.things if isinstance(one, Scheme))

    @property
    def light_rules(self) -> tuple[LightRule, ...]:
        """The rules of lights."""
        return tuple(one for one in self.things if isinstance(one, LightRule))

    @property
    def watches(self) -> tuple[Watch, ...]:
        """What is watched by them."""
        return tuple(one for one in self.things if isinstance(one, Watch))

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The packs."""
        return tuple(one for one in self.things if isinstance(one, Pack))


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


def find(known: Sequence[Entry], words: Iterable[str]) -> Found:
    """What holds every word, best first; if nothing does, what holds the most of them in parts."""
    wanted = [word for text in words for word in _BETWEEN.split(plain(text)) if word]
    if not wanted:
        return Found(())
    whole = _ranked(known, wanted, lambda entry: all(entry.holds(word) for word in wanted))
    if whole:
        return Found(whole)
    parts = tuple(dict.fromkeys(part for word in wanted for part in _parts(known, word)))
    held = {id(entry): sum(len(part) for part in parts if entry.holds(part)) for entry in known}
    most = max(held.values(), default=0)
    if not most:
        return Found(())
    return Found(_ranked(known, parts, lambda entry: held[id(entry)] == most), parts)


def meanings(known: Sequence[Entry], text: str) -> tuple[Thing, ...]:
    """Everything that a text is the whole name of; of an indicator or a scheme every edition, unless it names one."""
    word = plain(text)
    named = [entry.thing for entry in known if word in entry.titles]
    if not named and "@" in word:
        code, _, edition = word.partition("@")
        return tuple(one for one in meanings(known, code) if isinstance(one, _EDITED) and plain(one.edition) == edition)
    codes = set() if "@" in word else {(type(one), one.code) for one in named if isinstance(one, _EDITED)}
    things = [entry.thing for entry in known if isinstance(entry.thing, _EDITED)]
    editions = [one for one in things if (type(one), one.code) in codes]
    return (*editions, *(one for one in named if one not in editions))


def likely(known: Sequence[Entry], text: str, count: int = 8) -> tuple[Thing, ...]:
    """What a text that names nothing may have meant: names that hold it, else names that look like it."""
    word = plain(text)
    holding = [entry for entry in known if word and any(word in title for title in entry.titles)]
    if holding:
        return _once(_ranked(holding, [word], lambda _: True), count)
    titles: dict[str, Thing] = {}
    for entry in known:
        for title in entry.titles:
            titles.setdefault(title, entry.thing)
    return _once((titles[title] for title in nearest(word.partition("@")[0], titles, count)), 3)


def known_service(wanted: int | str | Service) -> Service:
    """A service by its number or name.

    Raises
    ------
    EvaluationError
        If there is none; the nearest is named.
    """
    found = wanted if isinstance(wanted, Service) else find_service(wanted)
    if found is None:
        near = [str(one) for one in nearest_services(str(wanted))]
        raise EvaluationError(Fault("definitions.service", values={"service": wanted}, near=lambda: near))
    return found


def name_of(thing: Thing) -> str:
    """What to write to name a thing: the code of a definition, the number of a service, the name of a project.

    >>> name_of(known_service("生育保险"))
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


def _once(things: Iterable[Thing], count: int) -> tuple[Thing, ...]:
    """The first of them, an indicator's editions as one."""
    return tuple({(type(one), name_of(one)): one for one in reversed(list(things))}.values())[::-1][:count]


def _ranked(known: Sequence[Entry], words: Sequence[str], fits: Callable[[Entry], bool]) -> tuple[Thing, ...]:
    whole = " ".join(words)

    def place(entry: Entry) -> tuple[object, ...]:
        ranks = [5 if (rank := entry.rank(word)) is None else rank for word in words]
        kind = next(number for number, kind in enumerate(_KINDS) if isinstance(entry.thing, kind))
        length = min((len(title) for title in entry.titles if title), default=0)
        return (whole not in entry.titles, max(ranks), sum(ranks), kind, length, entry.titles)

    return tuple(entry.thing for entry in sorted(filter(fits, known), key=place))


def _parts(known: Sequence[Entry], word: str) -> Iterator[str]:
    """The longest parts of a phrase that something holds, from its beginning on; what nothing holds is left out."""
    texts = [(*entry.titles, entry.belongs, entry.text) for entry in known]

    def held(part: str) -> bool:
        return any(part in text for some in texts for text in some)

    for piece in [word] if held(word) else re.findall(r"[^\W_]+", word):
        if held(piece) or piece.isascii():
            if held(piece):
                yield piece
            continue
        start = 0
        while start < len(piece):
            ends = range(len(piece), start + _SHORTEST - 1, -1)
            end = next((end for end in ends if held(piece[start:end])), None)
            if end is not None:
                yield piece[start:end]
            start = start + 1 if end is None else end


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
