"""Which place the numbers of a text are of: the one that its sentence names, else the document's own.

Full names and short ones (瑶海, 龙岗开发区) are known as far as the tree gives them; 全区, 我市 and the like
are the document's own division, or the one of that level above it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from libminsheng.vocabulary.divisions import LEVELS, DivisionTree, Level

__all__ = ["Named", "document_division", "find_divisions", "own_division", "short_names"]


@dataclass(frozen=True, slots=True)
class Named:
    """A place that a text names, and where: its codes (several have the name), or a level of the document's own."""

    start: int
    end: int
    codes: tuple[str, ...] = ()
    level: Level | None = None


_DOCUMENTS: Final = (None, "province", "prefecture", "county")
"""Levels of places that a bulletin is of."""
_OWN = re.compile(r"[我全本](?P<level>[省市区县镇乡]|街道)(?![级域直场民内外])")
_OWN_LEVELS: Final[Mapping[str, Level]] = {
    "省": "province", "市": "prefecture", "区": "county", "县": "county", "镇": "township", "乡": "township",
    "街道": "township",
}  # fmt: skip
_KIND = re.compile(r"(?:特别行政区|[维壮回]\S{0,2}自治区|自治[区州县]|林区|地区|街道|[省市县区镇乡])$")
_ZONE = re.compile(r"(?:高新技术产业|经济技术|综合经济|高新|经济|综合|产业)+开发区$")
_ELSEWHERE = re.compile(r"(?:[赴去自与同]|来自|前往|学习)$")


def short_names(name: str, level: Level | None) -> list[str]:
    """What a place is called for short.

    >>> short_names("合肥龙岗综合经济开发区", "township"), short_names("瑶海区", "county")
    (['合肥龙岗开发区', '龙岗开发区'], ['瑶海'])
    """
    zone = _ZONE.search(name)
    if zone:
        head = name[: zone.start()]
        kind = "高新区" if "高新" in zone[0] else "经开区" if "经济技术" in zone[0] else "开发区"
        return [head + kind, *([head[2:] + kind] if len(head) > 3 else [])]
    bare = _KIND.sub("", name)
    return [bare] if bare != name and len(bare) >= (3 if level in ("township", "village") else 2) else []


@dataclass(frozen=True)
class _Same:
    """A tree as itself: trees have no hash."""

    tree: DivisionTree

    def __hash__(self) -> int:
        return id(self.tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.tree is self.tree


@lru_cache(maxsize=4)
def _names(same: _Same) -> Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Every name with its codes, the longest first, by its first two characters."""
    codes: dict[str, dict[str, None]] = {}
    for division in same.tree:
        level = same.tree.level(division.code)
        for name in (division.name, *short_names(division.name, level)):
            if len(name) >= 2:
                codes.setdefault(name, {})[division.code] = None
    by_start: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for name in sorted(codes, key=len, reverse=True):
        by_start.setdefault(name[:2], []).append((name, tuple(codes[name])))
    return {start: tuple(names) for start, names in by_start.items()}


def find_divisions(plain: str, tree: DivisionTree) -> list[Named]:
    """Every place that is named, from left to right; one that people travel to or come from is not.

    >>> [named.codes for named in find_divisions("合肥市瑶海区与庐阳区", DivisionTree.builtin())]
    [('340100',), ('340102',)]
    """
    names = _names(_Same(tree))
    found: list[Named] = []
    at = 0
    while at < len(plain) - 1:
        for name, codes in names.get(plain[at : at + 2], ()):
            if plain.startswith(name, at):
                end = at + len(name)
                if not _ELSEWHERE.search(plain[max(0, at - 2) : at]):
                    found.append(Named(at, end, codes))
                at = end
                break
        else:
            at += 1
    found += [Named(own.start(), own.end(), level=_OWN_LEVELS[own["level"]]) for own in _OWN.finditer(plain)]
    return sorted(found, key=lambda named: named.start)


def document_division(named: Sequence[Named], tree: DivisionTree) -> str | None:
    """The place that a document is of, as far as it says: of province to county, the one that it speaks of most.

    What lies in a place speaks for it too, so nine subdistricts outweigh a city that the next article is
    about; 我区 and 全市 say of which level it is. 合肥市瑶海区 names 瑶海区 only. Of those that enclose each other
    it is the smallest that has more than half of what is said; of equals the first.
    """
    spoken: Counter[str] = Counter()
    for one, following in zip(named, [*named[1:], None], strict=False):
        if len(one.codes) != 1 or (
            following and following.start == one.end and _lies_in(following, one.codes[0], tree)
        ):
            continue
        spoken.update(code for code in tree.lineage(one.codes[0]) if tree.level(code) in _DOCUMENTS)
    own = Counter(one.level for one in named if one.level is not None)
    level = own.most_common(1)[0][0] if own else None
    if any(tree.level(code) == level for code in spoken):
        spoken = Counter({code: count for code, count in spoken.items() if tree.level(code) == level})
    if not spoken:
        return None
    most = max(spoken.values())
    heavy = [code for code, count in spoken.items() if 2 * count > most]
    leading = next(code for code, count in spoken.items() if count == most)
    line = [code for code in heavy if leading in tree.lineage(code) or code == leading]
    return max(line, key=lambda code: (len(tree.lineage(code)), spoken[code]))


def _lies_in(named: Named, code: str, tree: DivisionTree) -> bool:
    return len(named.codes) == 1 and code in tree.lineage(named.codes[0])


def own_division(named: Named, own: str | None, tree: DivisionTree) -> str | None:
    """The code of a place that is named: of namesakes the one in or above the document's own."""
    line = tree.lineage(own) if own is not None else ()
    if named.level is not None:
        at = [code for code in line if tree.level(code) == named.level]
        return at[0] if at else own if _deeper(own, named.level, tree) else None
    if len(named.codes) == 1:
        return named.codes[0]
    near = [code for code in named.codes if code in line or (own is not None and own in tree.lineage(code))]
    return near[0] if len(near) == 1 else None


def _deeper(own: str | None, level: Level, tree: DivisionTree) -> bool:
    """Whether the document's own place has no level that 全区 could be: it is then the document's own."""
    return own is not None and (tree.level(own) is None or tree.level(own) not in LEVELS or level == "county")
