"""Divisions (行政区划): the tree, a subtree, and what was valid on a day. Read only."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from libminsheng.errors import DivisionError, Fault
from libminsheng.errors import Place as At
from libminsheng.vocabulary.divisions import LEVELS, DivisionTree
from libminsheng.vocabulary.divisions import Division as Place
from minsheng_http.access.guard import needs_token
from minsheng_http.pages import Cursor, Limit, cut
from minsheng_http.problems import Refused, documented
from minsheng_registry.bodies import known
from minsheng_registry.desk import Desk
from minsheng_registry.schemas import Division, DivisionPage

__all__ = ["get_division", "list_divisions"]

Under = Annotated[
    str | None, QueryParameter(max_length=60, description="A division by code or name: it and what lies below it.")
]
Level = Annotated[
    str | None, QueryParameter(description="Only divisions of this level.", schema_extra={"enum": list(LEVELS)})
]
Text = Annotated[str | None, QueryParameter(max_length=60, description="A part of the name.")]
Day = Annotated[
    datetime.date | None, QueryParameter(description="Only codes that were in use on this day, as 2023-06-30.")
]


@get(
    "/divisions",
    operation_id="list_divisions",
    summary="List divisions",
    tags=["vocabulary"],
    sync_to_thread=True,
    guards=[needs_token],
    responses=documented(401, 422, 429),
)
def list_divisions(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    under: Under = None,
    level: Level = None,
    text: Text = None,
    valid_on: Day = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DivisionPage:
    """The tree of GB/T 2260 codes from the top, or the subtree under one division; functional zones included."""
    tree = desk.tree
    faults = list[Fault]()
    if level is not None and level not in LEVELS:
        faults.append(Fault("registry.word", At(item="level"), {"given": level, "known": ", ".join(LEVELS)}))
    root = None
    try:
        root = None if under is None else tree.resolve(under)
    except DivisionError as error:
        faults.extend(error.faults)
    known(request, faults=faults)
    below = None if root is None else frozenset(tree.subtree(root))
    found = [
        one
        for one in tree.divisions(valid_on)
        if (below is None or one.code in below)
        and level in (None, one.level)
        and (text is None or text.strip() in one.name)
    ]
    question = ["divisions", root, level, text, None if valid_on is None else valid_on.isoformat()]
    shown, following = cut(found, question, limit, cursor)
    return DivisionPage([_division(one, tree) for one in shown], len(found), following)


@get(
    "/divisions/{code:str}",
    operation_id="get_division",
    summary="One division",
    tags=["vocabulary"],
    sync_to_thread=True,
    guards=[needs_token],
    responses=documented(401, 404, 422, 429),
)
def get_division(request: Request[Any, Any, Any], desk: NamedDependency[Desk], code: FromPath[str]) -> Division:
    """A division by its code or name."""
    known(request)
    try:
        found = desk.tree.resolve(code)
    except DivisionError as error:
        raise Refused(404, *error.faults) from None
    tree = desk.tree
    listed = next((one for one in tree if one.code == found), None)
    return _division(listed or Place(found, tree.name(found), tree.parent(found), tree.level(found)), tree)


def _division(one: Place, tree: DivisionTree) -> Division:
    return Division(
        one.code, one.name, one.parent, one.level, len(tree.children(one.code)), one.valid_from, one.valid_to
    )
