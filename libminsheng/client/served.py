"""Figures that a service computed: the library's, with the receipt, notes and revision that came with them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from libminsheng.client.blocks import Framed, framed
from libminsheng.client.problem import UNREADABLE, fault_of, unreadable
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine.evaluate import answer as figures_of
from libminsheng.engine.explain import Explanation
from libminsheng.engine.figures import Figure, Figures
from libminsheng.engine.frame import FIXED_COLUMNS, breakdown_columns
from libminsheng.engine.places import Places
from libminsheng.engine.question import Question
from libminsheng.engine.receipt import Receipt, receipt_of
from libminsheng.engine.reported import Reported
from libminsheng.engine.sums import Sums
from libminsheng.errors import Fault, MinshengError, ReceiptError, ServiceError
from libminsheng.vocabulary.divisions import DivisionTree

if TYPE_CHECKING:
    import httpx

__all__ = ["OTHER", "Answer", "ServedFigures", "calculated", "of_nothing", "read_answer", "served"]

Explainer = Callable[[Figure], Explanation]

OTHER: Final = "client.other_definitions"
"""The fault of figures that were computed by other definitions than they would be read and explained by."""

METADATA: Final = b"minsheng"
"""The key of an Arrow schema's metadata under which stands what JSON has beside the figures."""


@dataclass(frozen=True)
class Answer:
    """What an answer in Arrow holds: figures as a frame, how they were broken down, notes, receipt; and of which revision
    of the registry it is, and how many seconds before it the service had last heard from the registry.
    """

    frame: pl.DataFrame
    by: tuple[str, ...]
    notes: tuple[Any, ...]
    receipt: Receipt
    revision: int | None
    age: float | None


class ServedFigures(Figures):
    """Figures that a service computed; everything that `Figures` can do, they can.

    `revision` is that of the registry's facts that they stand for, and `age` how many seconds before the answer the
    service had last heard from the registry; both None where the facts were sent.

    >>> issubclass(ServedFigures, Figures)
    True
    """

    def __init__(
        self, question: Question, reported: Reported, blocks: Framed, answer: Answer, explainer: Explainer | None
    ) -> None:
        super().__init__(question, reported, blocks.blocks, blocks.order, answer.notes)
        self._answer, self._explainer = answer, explainer

    @property
    def revision(self) -> int | None:
        return self._answer.revision

    @property
    def age(self) -> float | None:
        return self._answer.age

    @cached_property
    def frame(self) -> pl.DataFrame:
        return self._answer.frame

    @cached_property
    def receipt(self) -> Receipt:
        return self._answer.receipt

    @cached_property
    def narrow_receipt(self) -> Receipt:
        """Of the registry's facts a service gives no other receipt."""
        return super().narrow_receipt if self._explainer is None else self.receipt

    def explain_figure(self, figure: Figure) -> Explanation:
        """How one of these figures came about: as the service says, or by the facts that were sent to it."""
        return super().explain_figure(figure) if self._explainer is None else self._explainer(figure)


def read_answer(answer: httpx.Response) -> Answer:
    """An answer in Arrow. Columns that a later version may add are left out.

    Raises
    ------
    ServiceError
        If it is none.
    """
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(answer.content) as stream:
            told = json.loads((stream.schema.metadata or {})[METADATA])
        frame = pl.read_ipc_stream(io.BytesIO(answer.content))
        columns = {*FIXED_COLUMNS, *breakdown_columns(told["by"], FIXED_COLUMNS).values()}
        notes = tuple(fault_of(note) for note in told["notes"])
        receipt = Receipt.from_dict(told["receipt"])
        revision, age = (answer.headers.get(name) for name in ("Minsheng-Revision", "Age"))
        return Answer(
            frame.select(name for name in frame.columns if name in columns),
            tuple(told["by"]),
            notes,
            receipt,
            None if revision is None else int(revision),
            None if age is None else float(age),
        )
    except (*UNREADABLE, ReceiptError, pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise unreadable(answer, error) from None


def served(
    response: httpx.Response, catalogue: Catalogue, tree: DivisionTree, options: Mapping[str, Any], explainer: Explainer
) -> ServedFigures:
    """The figures of a service's own facts.

    Parameters
    ----------
    response
        In Arrow.
    catalogue, tree
        What they are computed by.
    options
        What was asked, in the words of `Question`: start, end, divisions, level, parents, reporters.
    explainer
        What asks the service how a figure came about.

    Raises
    ------
    ServiceError
        If the answer cannot be read.
    """
    answer = read_answer(response)
    codes = tuple(answer.frame["division"].unique().sort().to_list()) if "division" in answer.frame.columns else ()
    places = Places(codes, np.full(len(codes), -1, np.int64))
    blocks = _framed(response, answer, catalogue, places)
    grain = blocks.blocks[0].periods[0].grain if blocks.blocks else "year"
    editions = tuple(dict.fromkeys((block.indicator.code, block.indicator) for block in blocks.blocks))
    question = Question(
        catalogue,
        tree,
        editions,
        answer.by,
        grain,
        options["start"],
        options["end"],
        tuple(options["divisions"] or ()),
        options["level"],
        options["reporters"],
        options["parents"],
    )
    return ServedFigures(
        question, Reported(_nothing(), catalogue, places, options["parents"]), blocks, answer, explainer
    )


def calculated(response: httpx.Response, question: Question, sums: Sums) -> ServedFigures:
    """The figures of sums that were sent; they explain themselves here.

    Raises
    ------
    ServiceError
        If the answer cannot be read, or was computed by other definitions.
    """
    answer = read_answer(response)
    here = receipt_of(question, {})
    versions = {"there": answer.receipt.version, "here": here.version}
    if answer.receipt.definitions != here.definitions:
        raise ServiceError(Fault(OTHER, values=versions), status=response.status_code)
    if answer.receipt.tree != here.tree:
        answer = replace(answer, notes=(*answer.notes, Fault("client.other_tree", values=versions)))
    places = Places.above((*sums.divisions, *(question.reporters or ()), *question.divisions), question.tree)
    reported = Reported(sums, question.catalogue, places, question.parents)
    return ServedFigures(question, reported, _framed(response, answer, question.catalogue, places), answer, None)


def of_nothing(question: Question, sums: Sums) -> ServedFigures:
    """The figures of no facts, for which no service need be asked: there are none, but a receipt."""
    found = figures_of(question, sums)
    answer = Answer(found.frame, found.by, found.notes, found.receipt, None, None)
    places = Places.above((*sums.divisions, *(question.reporters or ()), *question.divisions), question.tree)
    reported = Reported(sums, question.catalogue, places, question.parents)
    return ServedFigures(question, reported, Framed(found.blocks, None), answer, None)


def _framed(response: httpx.Response, answer: Answer, catalogue: Catalogue, places: Places) -> Framed:
    try:
        return framed(answer.frame, answer.by, catalogue, places.number)
    except (KeyError, ValueError, MinshengError, pl.exceptions.PolarsError) as error:
        raise unreadable(response, error) from None


def _nothing() -> Sums:
    """The sums of no facts: those of the service are not here."""
    none = np.zeros(0, np.int64)
    return Sums((), (), (), (), (), none, none, none, none, none.astype(np.bool_), none, none.astype(np.bool_))
