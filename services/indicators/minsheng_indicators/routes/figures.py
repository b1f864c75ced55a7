"""Figures of the registry's facts, as the asker sees them: in pages of JSON, or all of them as a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import polars as pl
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libminsheng import Figures
from libminsheng.engine.receipt import Receipt
from libminsheng.errors import EvaluationError, Fault, MinshengError
from libminsheng.report.lines import json_figures
from minsheng_http.deadline import Deadline
from minsheng_http.etags import tag
from minsheng_http.offers import FIGURES, chosen_type, suffix_of
from minsheng_http.pages import Cursor, opened, seal
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import documented
from minsheng_indicators.answers import RECEIPT, content_of, figures_json
from minsheng_indicators.asked import REFUSALS, Least, Then, Wait
from minsheng_indicators.asking import Asker, Seen, see, sees_figures
from minsheng_indicators.copy.sight import Asked, OutsideError
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import Prepared, era, kept_before, prepared
from minsheng_indicators.routes.calculations import (
    Codes,
    Columns,
    FigureShape,
    Grain,
    Indicators,
    Level,
    Parents,
    Since,
    Until,
)

__all__ = ["list_figures"]

_QUESTION: Final = ("indicator", "edition", "by", "period", "from", "to", "division", "level", "parents")
_PAGE: Final = 1_000

Edition = Annotated[
    str | None, QueryParameter(max_length=60, description="The edition of the indicator, where one is asked for.")
]
Bom = Annotated[bool, QueryParameter(description="CSV with a byte order mark, which Excel and WPS ask for.")]
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
    responses=documented(*REFUSALS),
)
async def list_figures(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    asker: NamedDependency[Asker],
    indicator: Indicators = None,
    edition: Edition = None,
    division: Codes = None,
    level: Level = None,
    period: Grain = None,
    start: Since = None,
    end: Until = None,
    by: Columns = None,
    parents: Parents = "total",
    as_of: Then = None,
    min_revision: Least = None,
    wait: Wait = 5.0,
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
    asked = Asked(
        _editions(indicator, edition, faults),
        tuple(by or ()),
        period,
        start,
        end,
        None if division is None else tuple(division),
        level,
        parents,
    )
    if media_type != "application/json" and (limit or cursor):
        faults.append(Fault("service.pages_of_json"))
    question = ["figures", *(str(request.query_params.getall(name, [])) for name in _QUESTION), repr(asker.view)]
    begin = 0
    if cursor is not None and not faults:
        as_of, begin = _position(question, cursor)
        min_revision = max(int(as_of), min_revision or 0)
    stop = begin + (limit or _PAGE)
    seen = await see(holdings, asker, as_of=as_of, min_revision=min_revision, wait=wait)

    def make() -> Prepared:
        if media_type != "application/json":
            return _table(seen, _figures(seen, asked, holdings, faults), media_type, bom=bom, moves=as_of is None)
        key = era(seen.sight), *question
        lines: _Lines | None = None if faults else holdings.kept.get(key)
        if lines is None:
            lines = _Lines.of(_figures(seen, asked, holdings, faults))
            if len(lines.rows) > stop:
                holdings.kept.put(key, lines)
        ends = stop >= len(lines.rows)

        def following(revision: int) -> str | None:
            return None if ends else seal(question, [revision, stop])

        return lines.page(begin, stop, following, moves=as_of is None)

    return await prepared(request, holdings, seen, make)


def _figures(seen: Seen, asked: Asked, holdings: Holdings, faults: Sequence[Fault]) -> Figures:
    """The figures of a question; refused with all that is wrong with the request."""
    settings = holdings.settings
    try:
        if not faults:
            return seen.sight.figures(asked, most=settings.most_figures, progress=Deadline(settings.seconds).check)
        seen.sight.question(asked)
    except OutsideError:
        raise
    except MinshengError as error:
        raise EvaluationError(*faults, *error.faults) from None
    raise EvaluationError(*faults)


def _table(seen: Seen, figures: Figures, media_type: str, *, bom: bool, moves: bool) -> Prepared:
    content = content_of(figures, media_type, bom=bom, at=seen.at)
    digest = figures.receipt.digest
    disposition = f'attachment; filename="figures{suffix_of(media_type)}"'
    headers = {RECEIPT: digest, "Content-Disposition": disposition}
    return Prepared(content, _tag(digest, content), media_type, headers, moves=moves)


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
        etag = _tag(digest, content)
        return Prepared(content, etag, "application/json", {RECEIPT: digest}, following, moves)


def _editions(indicators: Sequence[str] | None, edition: str | None, faults: list[Fault]) -> tuple[str, ...] | None:
    if edition is None:
        return None if indicators is None else tuple(indicators)
    if indicators is None or len(indicators) != 1 or "@" in indicators[0]:
        faults.append(Fault("service.edition_of_one"))
        return None if indicators is None else tuple(indicators)
    return (f"{indicators[0]}@{edition}",)


def _position(question: Sequence[str], cursor: str) -> tuple[str, int]:
    revision, begin = opened(question, cursor, int, int)
    if min(revision, begin) < 0:
        raise EvaluationError(Fault("service.cursor", values={"cursor": cursor}))
    return str(revision), begin


def _tag(digest: str, content: bytes) -> str:
    """Of the receipt and of the rows in their form: which of them there are depends on more than a receipt's facts."""
    return tag(f"{digest}-{hashlib.sha256(content).hexdigest()[:16]}")
