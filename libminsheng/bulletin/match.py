"""From quantities to measures: which of the catalogue's measures a number in prose may be.

The unit decides first: 人 is never 人次. Among the measures of the same kind of unit the words decide: those that
say what is counted, then those of the clause, the sentence, the paragraph. A measure is named only
where it is clearly ahead of the next one; else the candidates stand side by side for a person to choose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from libminsheng.bulletin.grams import Grams, folded, grams_of, unit_kind
from libminsheng.bulletin.quantity import Candidate, Quantity
from libminsheng.bulletin.surroundings import Span, Surroundings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.vocabulary.domains import DOMAINS

__all__ = ["Match", "Outcome", "match"]

Floats = npt.NDArray[np.float32]
Outcome = Literal["matched", "ambiguous", "taken", "weak", "other_unit", "no_unit", "none"]
"""Named; several fit about as well; another quantity fits better; none fits well; only a measure of another
unit fits; no unit is printed; no measure has this unit."""

LEAST: Final = 0.45
"""The score from which a measure may be named."""
AHEAD: Final = 0.04
"""How far it must be ahead of the next one."""
WORTH_SHOWING: Final = 0.25
"""The score from which a measure is a candidate."""
SHOWN: Final = 5
"""Candidates of one quantity."""

_NEAR: Final = {"head": 0.15, "sentence": 0.35, "part": 0.5, "beside": 0.55, "clause": 0.65, "window": 0.9, "of": 1.0}
"""How much a pair of letters counts by where it stands."""
_SAYS_NOTHING: Final = re.compile(
    r"(?:惠及|受益|覆盖|涉及|服务|保障|带动|发放|投入|群众|居民|人口|人员|对象|人数|户数|家庭|资金|金额|累计|全部|共|约|的)*"
)
"""Words that say of a number only that it counts people or money."""
_SUBJECT: Final = 0.85
"""How much those of the clause before count where a number says nothing itself: 惠及群众3034人."""
_UNMARKED: Final = 0.06
"""A measure of what was due or planned has so much less where no word says so."""
_REACH: Final = 120
"""Letters on either side that are looked at, however long a sentence is."""
_LONG_HEADING: Final = 40
_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "幼有所育": ("托育", "妇幼", "儿童"),
    "学有所教": ("教育", "助学"),
    "劳有所得": ("就业", "创业", "技能培训"),
    "病有所医": ("医疗", "卫生", "健康", "医保"),
    "老有所养": ("养老", "老年"),
    "住有所居": ("住房", "安居", "棚户区"),
    "弱有所扶": ("救助", "助残", "扶弱", "兜底"),
    "优军服务保障": ("退役军人", "双拥", "优抚"),
    "文体服务保障": ("文化", "体育", "文体"),
}
"""Words by which a heading names a domain."""
_SHARES: Final = {"covered": 0.5, "mass": 0.15, "of": 0.2, "window": 0.05, "domain": 0.1}
"""What makes up a score: how much of the name is found, how much that says, how much of the words its name and
definition explain, its domain."""
_WHOLE: Final = 0.05
"""A name that is written out whole, and with which the words end, has so much more."""
_HELD: Final = 0.04
"""A name in which all that is said stands in one piece has so much more: 困难残疾人生活补贴 is no part of 残疾人两项补贴."""
_ENOUGH: Final = 5
"""Letters from which words say enough for that."""
_HEADLESS: Final = 0.03
"""A measure of which the last two letters are not said has so much less: 常住人口新生儿 are 新生儿."""
_BROKEN: Final = 0.01
"""A broken number is hardly a count: this breaks ties only."""


@dataclass(frozen=True, slots=True)
class Match:
    """A quantity with its candidates, how that came out, and a measure of another unit that its words fit."""

    quantity: Quantity
    outcome: Outcome
    other: str | None = None


def match(quantities: Sequence[Quantity], catalogue: Catalogue, text: str | None = None) -> tuple[Match, ...]:
    """Match quantities to measures, in the order of the text.

    Parameters
    ----------
    quantities
        A bulletin, or any quantities; of quantities alone only the words that they carry are compared.
    text
        The text that they were read from; a bulletin has its own.

    Examples
    --------
    >>> import libminsheng as ms
    >>> orphans = Quantity("17人", 4, 7, *[Decimal(17)] * 3, unit="人", of="救助孤儿")
    >>> match([orphans], ms.catalogue())[0].quantity.measure
    'orphans'
    """
    words: str = getattr(quantities, "text", "") if text is None else text
    grams = grams_of(catalogue)
    around = Surroundings.of(words, quantities)
    if not grams.measures:
        return tuple(Match(one.matched(None, ()), "none") for one in around.quantities)
    numbered = grams.numbered(words)
    known: dict[tuple[Span, Span], Sequence[str]] = {}
    matches = [_matched(place, around, grams, numbered, known) for place in range(len(around.quantities))]
    return tuple(_settled(matches))


@dataclass(frozen=True, slots=True)
class _Words:
    """What the words around a quantity say: how near each pair of letters stands, and which count most."""

    found: Floats
    of: npt.NDArray[np.int32]
    window: npt.NDArray[np.int32]
    text: str
    domains: Sequence[str]

    def scores(self, grams: Grams, *, broken: bool) -> Floats:
        """How well each measure fits: 0 to 1."""
        share, mass = grams.covered(self.found)
        scores = _SHARES["covered"] * share + _SHARES["mass"] * mass
        window = grams.explained(self.window)
        own = grams.explained(self.of) if (self.of > 0).any() else window
        scores = scores + _SHARES["window"] * window + _SHARES["of"] * own
        if len(self.of) and self.of[-1]:
            scores = scores - _HEADLESS * (grams.texts[self.of[-1]] == 0)
        for word, marked in grams.marked.items():
            if word not in self.text:
                scores = scores - _UNMARKED * marked
        for name in self.domains:
            if name in grams.domains:
                scores = scores + _SHARES["domain"] * grams.domains[name]
        if broken:
            scores = scores - _BROKEN * grams.whole
        capped: Floats = np.minimum(scores, np.float32(1))
        return capped


def _matched(
    place: int,
    around: Surroundings,
    grams: Grams,
    numbered: npt.NDArray[np.int32],
    known: dict[tuple[Span, Span], Sequence[str]],
) -> Match:
    one = around.quantities[place]
    words = _words(place, around, grams, numbered, known)
    broken = one.value != one.value.to_integral_value()
    alike = grams.kinds.get(unit_kind(one.unit)) if one.unit else None
    candidates: tuple[Candidate, ...] = ()
    if alike is not None:
        scores = words.scores(alike, broken=broken)
        said = folded(one.of)
        for at in np.argsort(-scores, kind="stable")[:SHOWN]:
            titles = alike.titles[at]
            if any(said.endswith(title) for title in titles):
                scores[at] = min(scores[at] + _WHOLE, 1)
            elif len(said) >= _ENOUGH and any(said in title for title in titles):
                scores[at] = min(scores[at] + _HELD, 1)
        order = [int(at) for at in np.argsort(-scores, kind="stable")[:SHOWN] if scores[at] >= WORTH_SHOWING]
        candidates = tuple(Candidate(alike.measures[at].code, _rounded(scores[at])) for at in order)
        first, second = ([float(scores[at]) for at in order] + [0.0, 0.0])[:2]
        if first >= LEAST:
            clear = first - second >= AHEAD
            measure = candidates[0].measure if clear else None
            return Match(one.matched(measure, candidates), "matched" if clear else "ambiguous")
    everything = words.scores(grams, broken=broken)
    best = int(everything.argmax())
    least = LEAST if not candidates else max(LEAST, float(candidates[0].score) + AHEAD)
    other = grams.measures[best].code if everything[best] >= least else None
    if not one.unit:
        outcome: Outcome = "no_unit"
    elif alike is None:
        outcome = "none"
    else:
        outcome = "weak" if other is None else "other_unit"
    return Match(one.matched(None, candidates), outcome, other)


def _words(
    place: int,
    around: Surroundings,
    grams: Grams,
    numbered: npt.NDArray[np.int32],
    known: dict[tuple[Span, Span], Sequence[str]],
) -> _Words:
    one = around.quantities[place]
    found = np.zeros(len(grams.pairs) + 1, np.float32)
    of = grams.numbered(one.of)
    window, text = of, one.of
    domains: Sequence[str] = ()
    if around.text:
        at = one.start
        before, after = around.beside(at)
        spans = {
            "head": around.head(at),
            "sentence": around.sentence(at),
            "part": around.part(at),
            "beside": (before[0], after[1]),
            "clause": around.clause(at),
            "window": around.window(place),
        }
        near = {name: (max(start, at - _REACH), min(end, one.end + _REACH)) for name, (start, end) in spans.items()}
        near["head"] = (spans["head"][0], min(spans["head"][1], spans["head"][0] + _REACH))
        for name, (start, end) in near.items():
            found[numbered[start : max(end - 1, start)]] = _NEAR[name]
        if _SAYS_NOTHING.fullmatch(one.of):
            start = max(before[0], at - _REACH)
            found[numbered[start : max(before[1] - 1, start)]] = _SUBJECT
        window = numbered[slice(*near["window"])]
        text += around.words(near["part"])
        key = (around.paragraph(at), spans["head"])
        if key not in known:
            known[key] = _domains(around, *key)
        domains = known[key]
    found[of] = _NEAR["of"]
    found[0] = 0
    return _Words(found, of, window, text, domains)


def _domains(around: Surroundings, paragraph: Span, head: Span) -> tuple[str, ...]:
    """The domains that a paragraph names, or its heading."""
    text = around.words(paragraph)
    own = tuple(domain.name.zh for domain in DOMAINS if domain.name.zh in text)
    heading = around.words(head).split("\n", 1)[0]
    if own or len(heading) > _LONG_HEADING:
        return own
    return tuple(name for name, words in _HEADINGS.items() if any(word in heading for word in words))


def _settled(matches: list[Match]) -> list[Match]:
    """One place and time has one value of a measure: the quantity that fits it best keeps it."""
    holders: dict[tuple[object, ...], list[int]] = {}
    for place, one in enumerate(matches):
        if one.outcome == "matched":
            quantity = one.quantity
            holders.setdefault((quantity.measure, quantity.division, quantity.period), []).append(place)
    settled = list(matches)
    for places in holders.values():
        if len({matches[place].quantity.value for place in places}) < 2:
            continue
        scored = sorted(((_score(matches[place]), -place) for place in places), reverse=True)
        ahead = scored[0][0] - scored[1][0] >= Decimal(str(AHEAD))
        for _, place in scored[1 if ahead else 0 :]:
            quantity = matches[-place].quantity
            settled[-place] = replace(matches[-place], quantity=replace(quantity, measure=None), outcome="taken")
    return settled


def _score(one: Match) -> Decimal:
    return one.quantity.candidates[0].score


def _rounded(score: np.float32) -> Decimal:
    return Decimal(str(round(float(score), 2))).quantize(Decimal("0.01"))
