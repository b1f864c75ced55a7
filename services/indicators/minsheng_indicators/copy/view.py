"""Views: the part of the facts that somebody sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from libminsheng.errors import DivisionError
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_indicators.copy.words import Words

__all__ = ["EVERYTHING", "PUBLIC", "View"]


@dataclass(frozen=True, slots=True)
class View:
    """Subtrees of divisions, by their `roots` (None: all divisions), and of these perhaps only what is public.

    Two principals with the same view see the same, and share what is computed for it.

    >>> View.of(["340102", "340103", "340102"])
    View(roots=('340102', '340103'), public=False)
    >>> View.of(["*"])
    View(roots=None, public=False)
    """

    roots: tuple[str, ...] | None = None
    public: bool = False

    @classmethod
    def of(cls, divisions: Iterable[str], *, public: bool = False) -> View:
        """The view of a principal's divisions; ``*`` among them is all."""
        roots = sorted(set(divisions))
        return cls(None if "*" in roots else tuple(roots), public)

    def holds(self, code: str, tree: DivisionTree) -> bool:
        """Whether a division lies at or below one of the roots."""
        if self.roots is None:
            return True
        try:
            line = tree.lineage(tree.resolve(code))
        except DivisionError:
            return False
        return any(above in self.roots for above in (code, *line))

    def inside(self, divisions: Words[str], tree: DivisionTree) -> npt.NDArray[np.bool_] | None:
        """Which divisions, by number, lie in it; None if all do."""
        if self.roots is None:
            return None
        return np.array([self.holds(code, tree) for code in list(divisions.all)], np.bool_)


EVERYTHING: Final = View()
PUBLIC: Final = View(None, public=True)
