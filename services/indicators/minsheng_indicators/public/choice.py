"""What a reader can choose from, and what they chose: division, year, domain, and the indicator that is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from libminsheng.errors import DivisionError, Fault, Language
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.domains import DOMAINS, Domain, find_domain
from minsheng_http.problems import Refused
from minsheng_indicators.copy.sight import Sight

__all__ = ["Choice", "Option", "nearby", "years_of"]

_MOST: Final = 300
"""Divisions that a list still offers all at once; of more only those near the one chosen."""


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a list."""

    value: str
    words: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A division and a year, each of those that there are facts of, and a domain or all of them.

    `division` and `year` are empty where there is nothing to choose.
    """

    division: str
    year: str
    domain: Domain | None
    divisions: Sequence[str] = ()
    years: Sequence[str] = ()

    @classmethod
    def of(cls, sight: Sight, tree: DivisionTree, division: str, year: str, domain: str) -> Choice:
        """What was asked for, and what lies nearest where nothing was.

        Raises
        ------
        Refused
            404 for a division, a year or a domain that is none, or that the reader does not see.
        """
        faults = []
        area = find_domain(domain) if domain else None
        if domain and area is None:
            faults.append(Fault("page.no_domain", values={"domain": domain}))
        known = sight.divisions()
        code = _division(division, sight, tree) if division else _first(known, sight, tree)
        if code is None:
            faults.append(Fault("page.no_division", values={"division": division}))
        years = years_of(sight)
        if year and not (year.isascii() and year.isdecimal() and len(year) == 4):
            faults.append(Fault("page.no_year", values={"year": year}))
        if faults:
            raise Refused(404, *faults)
        year = year or (years[0] if years else "")
        return cls(code or "", year, area, nearby(code or "", known, tree), sorted({*years, year}, reverse=True))

    def division_options(self, tree: DivisionTree) -> list[Option]:
        """The divisions, each further in the deeper it lies."""
        top = min((len(tree.lineage(code)) for code in self.divisions), default=0)
        return [
            Option(code, "　" * (len(tree.lineage(code)) - top) + tree.name(code), code == self.division)
            for code in self.divisions
        ]

    def year_options(self) -> list[Option]:
        return [Option(year, year, year == self.year) for year in self.years if year]

    def domain_options(self, lang: Language) -> list[Option]:
        return [Option(one.code, one.name.in_(lang), one == self.domain) for one in DOMAINS]


def years_of(sight: Sight) -> list[str]:
    """The years of which there are facts, the latest first."""
    return sorted({str(period.year) for period in sight.outline.periods}, reverse=True)


def nearby(code: str, known: Sequence[str], tree: DivisionTree) -> list[str]:
    """The divisions that a list offers, those above first: all, or those above, beside and below the one chosen."""
    found = {*known, code} - {""}
    if len(found) > _MOST:
        line = tree.lineage(code)
        above = line[1] if len(line) > 1 else None
        near = {one for one in found if _parent(one, tree) in (code, above)}
        found = (near if len(near) <= _MOST else set()) | {*line} & found | {code}
    return sorted(found, key=lambda one: tree.lineage(one)[::-1])


def _parent(code: str, tree: DivisionTree) -> str | None:
    line = tree.lineage(code)
    return line[1] if len(line) > 1 else None


def _division(text: str, sight: Sight, tree: DivisionTree) -> str | None:
    try:
        code = tree.resolve(text)
    except DivisionError:
        return None
    return code if sight.view.holds(code, tree) else None


def _first(known: Sequence[str], sight: Sight, tree: DivisionTree) -> str:
    """Where all facts lie, unless that is above what the reader sees: of several subtrees the first."""
    root = _root(known, tree)
    return root if not root or sight.view.holds(root, tree) else min(known)


def _root(known: Iterable[str], tree: DivisionTree) -> str:
    """The lowest division at or below which all facts lie; what stands above it has the same figures."""
    lines = [tree.lineage(code)[::-1] for code in known]
    if not lines:
        return ""
    parents = {line[:place] for line in lines for place in range(1, len(line))}
    below = [line for line in lines if line not in parents] or lines
    shared = below[0]
    for line in below[1:]:
        same = 0
        while same < min(len(shared), len(line)) and shared[same] == line[same]:
            same += 1
        shared = shared[:same]
    return shared[-1] if shared else below[0][0]
