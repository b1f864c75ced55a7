"""Facts: what was true of which place and time, as it was known when; in the form that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final

import msgspec
import polars as pl
from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy import Connection

from libminsheng.errors import Fault, PeriodError, Place, nearest
from libminsheng.vocabulary.periods import Period
from minsheng_http.access.guard import needs
from minsheng_http.forms import FORMS
from minsheng_http.offers import SDMX, chosen_type
from minsheng_http.pages import Cursor, opened, seal
from minsheng_http.problems import documented
from minsheng_registry.bodies import Area, AsOfAsked, Whole, as_of, divisions_of, known
from minsheng_registry.book.changes import revision_at
from minsheng_registry.book.fact_table import FactTable
from minsheng_registry.book.facts import FactQuery, Position, read_page
from minsheng_registry.book.submissions import STATES, State
from minsheng_registry.desk import Caller, Desk
from minsheng_registry.export import FORMS as STREAMED
from minsheng_registry.export import REVISION, exported
from minsheng_registry.sdmx_export import exported_as_sdmx

__all__ = ["list_facts"]

_QUESTION: Final = (
    "division", "subtree", "from", "to", "measure", "project", "scenario", "submission", "state", "as_of",
    "changed_after", "public", "format", "bom",
)  # fmt: skip
_OFFERED: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: FORMS[name].media_types for name in ("json", *STREAMED)},
    **SDMX,
}
_POSITION: Final = (int, str, int, str, int, int)
"""Where a page begins: the revision of the first page, and the place of the last fact of the page before."""
_OF_FORM: Final = {"limit": "json", "cursor": "json", "bom": "csv"}
"""Options that only one form has: of another they would silently do nothing."""

Since = Annotated[
    str | None, QueryParameter(name="from", max_length=40, description="Whose period does not begin before this one.")
]
Until = Annotated[
    str | None, QueryParameter(name="to", max_length=40, description="Whose period does not end after this one.")
]
Measures = Annotated[list[str] | None, QueryParameter(max_items=1_000, description="Measures by code or name.")]
Projects = Annotated[
    list[str] | None, QueryParameter(max_items=1_000, description="Projects by code; an empty one is no project.")
]
Scenarios = Annotated[list[str] | None, QueryParameter(max_items=10, description="actual, target or baseline.")]
Of = Annotated[str | None, QueryParameter(max_length=100, description="Only of this submission.")]
Standing = Annotated[
    str,
    QueryParameter(
        name="state",
        description="accepted: what stands; locked: of that what only reopening changes; else what is not accepted.",
        schema_extra={"enum": list(STATES)},
    ),
]
After = Annotated[
    int | None,
    QueryParameter(
        ge=0, le=2**53, description="The versions that began, ended, were published or unpublished after this revision."
    ),
]
Public = Annotated[
    bool, QueryParameter(description="Only what everybody may see; with changed_after also what was taken back since.")
]
Form = Annotated[
    str | None,
    QueryParameter(
        name="format",
        description="The form of the answer, whatever Accept says.",
        schema_extra={"enum": list(_OFFERED)},
    ),
]
Bom = Annotated[bool, QueryParameter(description="CSV with a byte order mark, which Excel and WPS ask for.")]
Most = Annotated[int, QueryParameter(ge=1, le=10_000, description="Facts of a page of JSON.")]


@get(
    "/facts",
    operation_id="list_facts",
    summary="Read facts",
    tags=["facts"],
    guards=[needs("facts:read")],
    responses=documented(401, 403, 404, 406, 422, 429, 503),
)
async def list_facts(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    division: Area = None,
    subtree: Whole = True,
    start: Since = None,
    end: Until = None,
    measure: Measures = None,
    project: Projects = None,
    scenario: Scenarios = None,
    submission: Of = None,
    standing: Standing = "accepted",
    moment: AsOfAsked = None,
    changed_after: After = None,
    public: Public = False,
    form: Form = None,
    bom: Bom = False,
    limit: Most = 1_000,
    cursor: Cursor = None,
) -> Response[Any]:
    """Facts that fit all that is asked: in pages of JSON, or all of them streamed as CSV, Arrow or Parquet, or as SDMX."""
    faults: list[Fault] = []
    wanted = FactQuery(
        divisions=divisions_of(desk.tree, division, faults),
        subtree=subtree,
        measures=_measures(desk, measure, faults),
        start=_period(start, "from", faults),
        end=_period(end, "to", faults),
        years=desk.years,
        projects=tuple(project or ()),
        scenarios=tuple(scenario or ()),
        submission=submission,
        state=_state(standing, faults),
        as_of=as_of(moment, faults),
        changed_after=changed_after,
        public=public,
        roots=caller.roots,
    )
    if wanted.start is not None and wanted.end is not None and wanted.end.last_month < wanted.start.first_month:
        faults.append(Fault("vocabulary.range", Place(item="to"), {"start": wanted.start, "end": wanted.end}))
    chosen = chosen_type(request, form, faults, _OFFERED)
    name = next(name for name, kinds in _OFFERED.items() if chosen in kinds)
    faults += [
        Fault("registry.not_of_form", Place(item=option), {"form": name, "forms": forms})
        for option, forms in _OF_FORM.items()
        if option in request.query_params and name != forms
    ]
    known(request, faults=faults)
    if name in SDMX:
        return await exported_as_sdmx(desk, wanted, name)
    if name != "json":
        return await exported(desk.database, wanted, desk.catalogue, name, bom=bom)
    question = ["facts", *(str(request.query_params.getall(name, [])) for name in _QUESTION), caller.roots]
    position = None if cursor is None else opened(question, cursor, *_POSITION)
    return await sync_to_thread(_page, desk, wanted, limit, question, position)


def _page(
    desk: Desk, wanted: FactQuery, limit: int, question: list[Any], position: list[Any] | None
) -> Response[bytes]:
    """A page of JSON. All pages of one question are of the revision of the first."""

    def work(connection: Connection) -> tuple[int, pl.DataFrame, Position | None]:
        number = revision_at(connection, wanted.as_of if position is None else position[0])
        asked = wanted
        if wanted.state == "accepted":
            asked = replace(asked, as_of=number)
        if position is not None:
            division, month, measure, batch, line = position[1:]
            asked = replace(asked, after=(division, month, measure, batch, line))
        frame, following = read_page(connection, asked, limit)
        return number, frame, following

    number, frame, following = desk.read(work)
    table = FactTable((), frame["measure"].unique().sort().to_list(), desk.catalogue)
    told = frame["breakdown"].to_list()
    rows = [
        {**row, "breakdown": msgspec.Raw(text.encode())}
        for row, text in zip(table.shown(frame).iter_rows(named=True), told, strict=True)
    ]
    page = {
        "facts": rows,
        "revision": number,
        "next": None if following is None else seal(question, [number, *following]),
    }
    return Response(msgspec.json.encode(page), media_type="application/json", headers={REVISION: str(number)})


def _measures(desk: Desk, texts: list[str] | None, faults: list[Fault]) -> tuple[str, ...]:
    codes = []
    for text in texts or ():
        code = desk.catalogue.measure_code(text)
        if code is None:
            near = partial(nearest, text, list(desk.catalogue.measures))
            faults.append(Fault("engine.unknown_measure", Place(item="measure"), {"measure": text}, near))
        else:
            codes.append(code)
    return tuple(codes)


def _period(text: str | None, name: str, faults: list[Fault]) -> Period | None:
    if text is None:
        return None
    try:
        return Period.parse(text)
    except PeriodError as error:
        faults.extend(Fault(one.code, Place(item=name), one.values, one.near) for one in error.faults)
        return None


def _state(text: str, faults: list[Fault]) -> State:
    found = next((one for one in STATES if one == text), None)
    if found is None:
        faults.append(Fault("registry.word", Place(item="state"), {"given": text, "known": ", ".join(STATES)}))
    return found or "accepted"
