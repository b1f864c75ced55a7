"""Searching the catalogue by Chinese or English words, and finding what a word stands for.

A word is looked for in names, codes and aliases first, then in what a definition belongs to (domain, service, project,
pack), then in its text: formula, note, clause of the source. Chinese is written without spaces, so a phrase that
nothing holds whole is taken apart into the longest parts that something holds: 老年人体检 into 老年人 and 体检.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from libminsheng.definitions.entries import Entry, Thing, name_of, plain
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.lights import LightRule, Watch
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.scheme import Scheme
from libminsheng.errors import EvaluationError, Fault, nearest
from libminsheng.vocabulary.domains import Service, find_service, nearest_services
from libminsheng.vocabulary.projects import Project

__all__ = ["Found", "find", "known_service", "likely", "meanings", "taken_apart"]

_KINDS: Final[tuple[type, ...]] = (Indicator, Measure, Service, Project, Scheme, LightRule, Watch, Pack)
_EDITED: Final = (Indicator, Scheme)
"""What has editions."""
_BETWEEN: Final = re.compile(r"[\s,，、;；]+")
_SHORTEST: Final = 2
"""Letters of the shortest part that a phrase is taken apart into."""


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
    texts = "\n".join(text for entry in known for text in (*entry.titles, entry.belongs, entry.text))
    for piece in [word] if word in texts else re.findall(r"[^\W_]+", word):
        if piece in texts:
            yield piece
        elif not piece.isascii():
            yield from taken_apart(piece, texts)


def taken_apart(piece: str, texts: str) -> Iterator[str]:
    """The longest parts of a piece that stand in the texts.

    Where a part stands its beginning does too: each is made longer for as long as it is found, so that a piece costs
    no more looks than it has letters.
    """

    @cache
    def held(part: str) -> bool:
        return part in texts

    start = 0
    while start + _SHORTEST <= len(piece):
        end = start + _SHORTEST
        if not held(piece[start:end]):
            start += 1
            continue
        while end < len(piece) and held(piece[start : end + 1]):
            end += 1
        yield piece[start:end]
        start = end
