"""The names of a catalogue's measures as pairs of letters, laid out once so that a text is compared with all at a stroke.

Chinese is written without spaces, and a bulletin takes the words of a name apart: “对619名普通高中学生发放助学金” is
普通高中助学金发放人数. So a name is compared by what it shares with the words around a number: a
letter counts as found where a pair of letters that it belongs to is found, and weighs the more the fewer names it
stands in (数 and 人 say little, 孤 much).
"""

from __future__ import annotations

import unicodedata
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Name, walk
from libminsheng.definitions.measure import Measure
from libminsheng.errors import UnitError
from libminsheng.vocabulary.domains import find_domain
from libminsheng.vocabulary.units import unit

__all__ = ["Grams", "folded", "grams_of", "unit_kind"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

_FULL: Final = 60.0
"""What the letters of a long name say together; more is not counted."""
_STRANGE: Final = 1.5
"""What a pair of letters says that no measure has: something, but it may also be a verb or the end of a word."""
_MARKS: Final = ("应", "计划", "预算", "目标", "既定", "估计")
"""Words that make another measure of the same thing: what was due or planned, not what was done."""
_FILLERS: Final = ("通报的", "期末", "年末")
"""Parts of names that only bulletins' readers need; no bulletin writes them."""


@dataclass(frozen=True)
class Grams:
    """What the measures of a catalogue are called, by pairs of letters.

    `titles` are the names and aliases of each as they are compared. `pairs` numbers the pairs, 0 stands for every other. Each name or alias is a row of `names` (its pairs, padded)
    and `weights` (of its letters, 1 together); `masses` is what its letters say together; `starts` is the first row of each measure. `texts` says which pairs stand
    in what is said of a measure: name, aliases, definition; `rarity` how much a pair says. `marked` are the measures
    of what was due or planned, by the word that says so; `whole` those without decimals. `kinds` has the measures of
    each kind of unit by themselves.
    """

    measures: tuple[Measure, ...]
    titles: tuple[tuple[str, ...], ...]
    pairs: dict[str, int]
    names: Ints
    weights: Floats
    masses: Floats
    starts: npt.NDArray[np.intp]
    texts: Floats
    rarity: Floats
    marked: dict[str, npt.NDArray[np.bool_]]
    whole: npt.NDArray[np.bool_]
    domains: dict[str, npt.NDArray[np.bool_]]
    kinds: dict[object, Grams] = field(default_factory=dict, repr=False, compare=False)

    def numbered(self, text: str) -> Ints:
        """The number of the pair that begins at each letter."""
        letters = folded(text)
        get = self.pairs.get
        return np.array([get(letters[at : at + 2], 0) for at in range(len(letters) - 1)], np.int32)

    def covered(self, found: Floats) -> tuple[Floats, Floats]:
        """How much of each measure's best name is found, and how much that says: each 0 to 1.

        `found` says how near each pair stands. A long name that is found whole says more than a short one.
        """
        pairs = found[self.names]
        letters = np.zeros(self.weights.shape, np.float32)
        letters[:, :-1] = pairs
        np.maximum(letters[:, 1:], pairs, out=letters[:, 1:])
        shares = (letters * self.weights).sum(axis=1)
        mass = np.minimum(shares * self.masses, np.float32(_FULL)) / np.float32(_FULL)
        return np.maximum.reduceat(shares, self.starts), np.maximum.reduceat(mass, self.starts)

    def explained(self, pairs: Ints) -> Floats:
        """How much of these pairs is said of each measure: 0 to 1. The last count most, as a Chinese noun ends in its head."""
        if not (pairs > 0).any():
            return np.zeros(len(self.measures), np.float32)
        weight = self.rarity[pairs] * _ramp(len(pairs))
        found: Floats = (weight @ self.texts[pairs]) / weight.sum()
        return found

    def of_kind(self, kind: object) -> Grams:
        """The same of the measures of one kind of unit alone."""
        kept = [place for place, measure in enumerate(self.measures) if unit_kind(measure.unit) == kind]
        ends = [*self.starts[1:].tolist(), len(self.names)]
        rows = [row for place in kept for row in range(int(self.starts[place]), ends[place])]
        counts = [ends[place] - int(self.starts[place]) for place in kept]
        return Grams(
            tuple(self.measures[place] for place in kept),
            tuple(self.titles[place] for place in kept),
            self.pairs,
            self.names[rows],
            self.weights[rows],
            self.masses[rows],
            np.cumsum([0, *counts])[:-1],
            np.ascontiguousarray(self.texts[:, kept]),
            self.rarity,
            {word: mask[kept] for word, mask in self.marked.items()},
            self.whole[kept],
            {name: mask[kept] for name, mask in self.domains.items()},
        )


@cache
def _ramp(length: int) -> Floats:
    """Weights that rise along a text."""
    return np.linspace(0.1, 1.9, length, dtype=np.float32)


def folded(text: str) -> str:
    """A text letter by letter in half width and lower case; its places stay where they were."""
    table = {}
    for letter in set(text):
        plain = unicodedata.normalize("NFKC", letter).casefold()
        if len(plain) == 1 and plain != letter:
            table[ord(letter)] = plain
    return text.translate(table)


def unit_kind(text: str) -> object:
    """What a unit counts: two units of the same kind can be converted; None for no unit.

    % and 百分点 are kinds of their own: one is a rate, the other a difference of rates.
    """
    if not text:
        return None
    try:
        known = unit(text)
    except UnitError:
        return None
    return known.dimension or known.text


_KNOWN: dict[int, tuple[weakref.ref[Catalogue], Grams]] = {}


def grams_of(catalogue: Catalogue) -> Grams:
    """The names of a catalogue's measures, laid out when it is first asked for."""
    held = _KNOWN.get(id(catalogue))
    if held is None or held[0]() is not catalogue:
        key = id(catalogue)
        held = weakref.ref(catalogue, lambda _: _KNOWN.pop(key, None)), _laid_out(catalogue)
        _KNOWN[key] = held
    return held[1]


def _laid_out(catalogue: Catalogue) -> Grams:
    measures = tuple(catalogue.measures.values())
    titles = [_titles(measure) for measure in measures]
    said = [
        [*some, folded(measure.definition.zh)] if measure.definition else some
        for measure, some in zip(measures, titles, strict=True)
    ]
    pairs: dict[str, int] = {}
    for text in (text for some in said for text in some):
        for pair in _pairs(text):
            pairs.setdefault(pair, len(pairs) + 1)
    rows = [title for some in titles for title in some]
    letters = Counter(letter for row in rows for letter in set(row))
    width = max((len(row) for row in rows), default=2)
    names, weights = np.zeros((len(rows), width - 1), np.int32), np.zeros((len(rows), width), np.float32)
    masses = np.zeros(len(rows), np.float32)
    for place, row in enumerate(rows):
        names[place, : len(row) - 1] = [pairs.get(pair, 0) for pair in _every_pair(row)]
        own = np.array([log(1 + len(rows) / letters[letter]) if letter.isalnum() else 0.0 for letter in row])
        masses[place] = own.sum()
        weights[place, : len(row)] = own / max(own.sum(), 1e-9)
    texts = np.zeros((len(pairs) + 1, len(measures)), np.float32)
    for place, some in enumerate(said):
        texts[[pairs[pair] for text in some for pair in _pairs(text)], place] = 1
    spread = np.maximum(texts.sum(axis=1), 1)
    rarity = np.log1p(len(measures) / spread).astype(np.float32)
    rarity[0] = _STRANGE
    starts = np.cumsum([0, *(len(some) for some in titles)])[:-1]
    whole = Grams(
        measures,
        tuple(map(tuple, titles)),
        pairs,
        names,
        weights,
        masses,
        starts,
        texts,
        rarity,
        {word: np.array([word in one.name.zh for one in measures], np.bool_) for word in _MARKS},
        np.array([measure.decimals == 0 for measure in measures], np.bool_),
        _by_domain(catalogue, measures),
    )
    kinds = {unit_kind(measure.unit) for measure in measures}
    return replace(whole, kinds={kind: whole.of_kind(kind) for kind in kinds})


def _titles(measure: Measure) -> list[str]:
    """Name and aliases as they are compared."""
    found = []
    for title in (measure.name.zh or measure.code, *measure.aliases):
        bare = title
        for filler in _FILLERS:
            bare = bare.removeprefix(filler)
        found.append(folded(bare if len(bare) > 1 else f"{title}  "))
    return list(dict.fromkeys(found))


def _every_pair(text: str) -> Iterator[str]:
    return (text[at : at + 2] for at in range(len(text) - 1))


def _pairs(text: str) -> Iterable[str]:
    return (pair for pair in _every_pair(text) if pair.isalnum())


def _by_domain(catalogue: Catalogue, measures: tuple[Measure, ...]) -> dict[str, npt.NDArray[np.bool_]]:
    """The measures of each domain, by the domain's Chinese name: those of its indicators and of its packs."""
    by_pack: dict[str, Counter[str]] = {}
    own: dict[str, set[str]] = {}
    for indicator in catalogue.indicators:
        domain = find_domain(indicator.domain)
        if domain is None:
            continue
        by_pack.setdefault(indicator.pack, Counter())[domain.name.zh] += 1
        for node in walk(indicator.tree):
            if isinstance(node, Name):
                own.setdefault(node.code, set()).add(domain.name.zh)
    for measure in measures:
        if measure.pack in by_pack:
            own.setdefault(measure.code, set()).add(by_pack[measure.pack].most_common(1)[0][0])
    names = {name for some in own.values() for name in some}
    return {name: np.array([name in own.get(one.code, ()) for one in measures], np.bool_) for name in names}
