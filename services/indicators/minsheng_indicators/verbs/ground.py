"""What a verb is asked of: sums that are kept for a view, or facts of the caller's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import DivisionError, Fault
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_http.deadline import Deadline
from minsheng_http.problems import Refused
from minsheng_indicators.copy.sight import Sight
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.verbs.question import Question

__all__ = ["Ground"]


@dataclass(frozen=True)
class Ground:
    """Facts, the definitions and divisions that they are read by, and the limits of an answer.

    Parameters
    ----------
    facts
        What figures of a question are computed from.
    within
        The divisions that are answered for, of those that are named.
    """

    facts: Callable[[Question], object]
    within: Callable[[Sequence[str] | None], Sequence[str] | None]
    catalogue: Catalogue
    tree: DivisionTree
    most: int
    deadline: Deadline

    @classmethod
    def of_sight(cls, sight: Sight, holdings: Holdings) -> Ground:
        """What a view sees at a revision."""
        return cls(
            lambda asked: sight.kept(asked.parents, asked.reporter or ()),
            partial(_within, sight, holdings.tree),
            holdings.catalogue,
            holdings.tree,
            holdings.settings.most_figures,
            Deadline(holdings.settings.seconds),
        )

    @classmethod
    def of_facts(cls, facts: object, known: Catalogue, tree: DivisionTree, most: int, deadline: Deadline) -> Ground:
        """Facts that somebody brought."""
        return cls(lambda _: facts, lambda named: named, known, tree, most, deadline)

    def words(self, asked: Question) -> dict[str, Any]:
        """A question in the words of the library, with what goes with every one of them."""
        return {
            **asked.words(),
            "divisions": self.within(asked.division),
            "catalogue": self.catalogue,
            "tree": self.tree,
            "most": self.most,
            "progress": self.deadline.check,
        }


def _within(sight: Sight, tree: DivisionTree, named: Sequence[str] | None) -> Sequence[str] | None:
    """The divisions named, each of which has to lie in the view; without any, those of the view.

    Raises
    ------
    Refused
        404 for a division outside, which is all that is told of it.
    """
    outside = [text for text in named or () if _resolves(tree, text) and not sight.view.holds(text, tree)]
    if outside:
        raise Refused(404, *(Fault("service.outside", values={"division": text}) for text in outside))
    return sight.divisions() if not named and sight.view.roots is not None else named


def _resolves(tree: DivisionTree, text: str) -> bool:
    try:
        tree.resolve(text)
    except DivisionError:
        return False  # the library says what is wrong with it
    return True
