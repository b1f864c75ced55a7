"""Figures of the registry's facts, as the asker sees them: in pages of JSON, or all of them as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import polars as pl
from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from libminsheng import Figures
from libminsheng.engine.receipt import Receipt
from libminsheng.errors import EvaluationError, Fault, MinshengError
from libminsheng.report.lines import json_figures
from minsheng_http.offers import FIGURES, chosen_type, suffix_of
from minsheng_http.pages import Cursor, opened, seal
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import documented
from minsheng_indicators.answers import RECEIPT, content_of, figures_json
from minsheng_indicators.asked import REFUSALS, Bom, Moment
from minsheng_indicators.asking import Asker, Seen, sees_figures
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import Prepared, era, kept_before, prepared, tag_of
from minsheng_indicators.routes.calculations import FigureShape
from minsheng_indicators.verbs import AskedFigures, Ground

__all__ = ["list_figures"]

_PAGE: Final = 1_000

Most = Annotated[
    int | None, QueryParameter(ge=1, le=10_000, description="Figures of a page of JSON; 1000 if nothing is said.")
]


@get(
    "/figures",
    operation_id="list_figures",
    summary="Ask for figures",
    tags=["figures"],
    guards=[sees_figures],
    before_request=kept_before,
    dependencies={
        "moment": Provide(Moment, sync_to_thread=False),
        "asked": Provide(AskedFigures, sync_to_thread=False),
    },
    responses=documented(*REFUSALS),
)
async def list_figures(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    asker: NamedDependency[Asker],
    moment: NamedDependency[Moment],
    asked: NamedDependency[AskedFigures],
    shape: FigureShape = None,
    bom: Bom = False,
    limit: Most = None,
    cursor: Cursor = None,
) -> Response[bytes]:
    """Indicators by division, period and breakdown, each with its numerator, denominator, flags and coverage.

    All pages of a question are of the revision of the first. Without a token the figures are those of public facts.
    """
    faults = wrong_parameters(request)
    media_type = chosen_type(request, shape, faults, FIGURES)
    if media_type != "application/json" and (limit or cursor):
        faults.append(Fault("service.pages_of_json"))
    question = ["figures", repr(asked), repr(asker.view)]
    begin = 0
    if cursor is not None and not faults:
        revision, begin = _position(question, cursor)
        least = max(revision, moment.min_revision or 0)
        moment = replace(moment, as_of=str(revision), min_revision=least)
    moves = moment.as_of is None
    stop = begin + (limit or _PAGE)
    seen = await moment.seen(holdings, asker)

    def make() -> Prepared:
        if media_type != "application/json":
            return _table(seen, _figures(seen, asked, holdings, faults), media_type, bom=bom, moves=moves)
        key = era(seen.sight), *question
        lines: _Lines | None = None if faults else holdings.kept.get(key)
        if lines is None:
            lines = _Lines.of(_figures(seen, asked, holdings, faults))
            if len(lines.rows) > stop:
                holdings.kept.put(key, lines)
        ends = stop >= len(lines.rows)

        def following(revision: int) -> str | None:
            return None if ends else seal(question, [revision, stop])

        return lines.page(begin, stop, following, moves=moves)

    return await prepared(request, holdings, seen, make)


def _figures(seen: Seen, asked: AskedFigures, holdings: Holdings, faults: Sequence[Fault]) -> Figures:
    """The figures of a question; refused with all that is wrong with the request."""
    try:
        found = asked.made(Ground.of_sight(seen.sight, holdings))
    except MinshengError as error:
        raise EvaluationError(*faults, *error.faults) from None
    if faults:
        raise EvaluationError(*faults)
    return found


def _table(seen: Seen, figures: Figures, media_type: str, *, bom: bool, moves: bool) -> Prepared:
    content = content_of(figures, media_type, bom=bom, at=seen.at)
    digest = figures.receipt.digest
    disposition = f'attachment; filename="figures{suffix_of(media_type)}"'
    headers = {RECEIPT: digest, "Content-Disposition": disposition}
    return Prepared(content, tag_of(digest, content), media_type, headers, moves=moves)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Figures as lines of JSON, of which pages are cut; without the sums that they are from."""

    rows: pl.Series
    notes: Sequence[Fault]
    receipt: Receipt
    size: int

    @classmethod
    def of(cls, figures: Figures) -> _Lines:
        rows = json_figures(figures)
        return cls(rows, figures.notes, figures.receipt, int(rows.estimated_size()))

    def page(self, begin: int, stop: int, following: Callable[[int], str | None], *, moves: bool) -> Prepared:
        digest = self.receipt.digest
        content = figures_json(self.rows[begin:stop], self.notes, self.receipt)
        etag = tag_of(digest, content)
        return Prepared(content, etag, "application/json", {RECEIPT: digest}, following, moves)


def _position(question: Sequence[str], cursor: str) -> tuple[int, int]:
    revision, begin = opened(question, cursor, int, int)
    if min(revision, begin) < 0:
        raise EvaluationError(Fault("service.cursor", values={"cursor": cursor}))
    return revision, begin
