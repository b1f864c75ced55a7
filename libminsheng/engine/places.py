"""The divisions that a question touches, numbered, with the way up from each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from libminsheng.errors import DivisionError, Fault
from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["Ints", "Places"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Divisions in the order of their codes; `parent` is a number among them, −1 at a root.

    `tops` are divisions of which nothing above is known, whatever the tree has there.
    """

    codes: tuple[str, ...]
    parent: Ints
    tops: tuple[str, ...] = ()

    @classmethod
    def above(cls, codes: Iterable[str], tree: DivisionTree, tops: tuple[str, ...] = ()) -> Places:
        """These divisions and every one above them in the tree, no further than the `tops`.

        Raises
        ------
        DivisionError
            If the tree does not know some of the codes; all of them are named.
        """
        parents: dict[str, str | None] = {}
        faults: list[Fault] = []
        for code in codes:
            if code in parents:
                continue
            try:
                line = tree.lineage(code)
            except DivisionError as error:
                faults.extend(error.faults)
                continue
            if tops:
                line = line[: 1 + max((step for step, above in enumerate(line) if above in tops), default=len(line))]
            parents.update(zip(line, (*line[1:], None), strict=True))
        if faults:
            raise DivisionError(*faults)
        ordered = tuple(sorted(parents))
        number = {code: index for index, code in enumerate(ordered)}
        above = [-1 if (up := parents[code]) is None else number[up] for code in ordered]
        return cls(ordered, np.array(above, np.int64), tops)

    @cached_property
    def number(self) -> dict[str, int]:
        """The number of each code."""
        return {code: index for index, code in enumerate(self.codes)}

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def depth(self) -> Ints:
        """How many divisions lie above each."""
        depth = np.zeros(len(self), np.int64)
        up = self.parent.copy()
        while (up >= 0).any():
            inside = up >= 0
            depth += inside
            up[inside] = self.parent[up[inside]]
        return depth

    @cached_property
    def _steps(self) -> tuple[tuple[Ints, Ints, Ints], ...]:
        """Deepest first: the divisions of one depth sorted by parent, where each family begins, the parents."""
        steps = []
        for depth in range(int(self.depth.max(initial=0)), 0, -1):
            nodes = np.flatnonzero(self.depth == depth)
            nodes = nodes[np.argsort(self.parent[nodes], kind="stable")]
            parents, starts = np.unique(self.parent[nodes], return_index=True)
            steps.append((nodes, starts, parents))
        return tuple(steps)

    def steps(self) -> Iterator[tuple[Ints, Ints, Ints]]:
        """From the deepest divisions upwards, for each depth: its divisions sorted by parent, the
        start of each family in that list, and the parents.
        """
        return iter(self._steps)

    def sum_up(self, values: npt.NDArray[Any], ufunc: np.ufunc = np.add) -> None:
        """Add to every division what lies below it (in place), or join it by another `ufunc`."""
        for nodes, starts, parents in self._steps:
            values[parents] = ufunc(values[parents], ufunc.reduceat(values[nodes], starts, axis=0))

    @cached_property
    def _families(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.parent, kind="stable")
        return order, np.searchsorted(self.parent[order], np.arange(len(self) + 1))

    def children(self, node: int) -> Ints:
        """The divisions directly below one."""
        order, starts = self._families
        return order[starts[node] : starts[node + 1]]

    def above_all(self, nodes: Ints) -> Ints:
        """Every division above one of these, deepest first."""
        line = nodes
        found = [np.zeros(0, np.int64)]
        while len(line):
            line = np.unique(self.parent[line])
            line = line[line >= 0]
            found.append(line)
        above = np.unique(np.concatenate(found))
        return above[np.argsort(-self.depth[above], kind="stable")]

    def below(self, top: int) -> npt.NDArray[np.bool_]:
        """Which divisions lie at or below `top`."""
        inside = np.zeros(len(self), np.bool_)
        inside[top] = True
        for depth in range(int(self.depth[top]) + 1, int(self.depth.max(initial=0)) + 1):
            nodes = np.flatnonzero(self.depth == depth)
            inside[nodes] = inside[self.parent[nodes]]
        return inside

    def line(self, node: int) -> list[int]:
        """The division and those above it, up to its root."""
        line = []
        while node >= 0:
            line.append(node)
            node = int(self.parent[node])
        return line
