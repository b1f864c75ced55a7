"""API keys over REST: made, listed and revoked by those who may, within what they may themselves."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import AfterValidator, Field, ValidationInfo
from sqlalchemy import Connection

from libminsheng.errors import DivisionError
from libminsheng.errors import Place as At
from minsheng_http.access.guard import needs
from minsheng_http.problems import documented
from minsheng_registry.access import keys
from minsheng_registry.bodies import known
from minsheng_registry.book.privacy import in_text
from minsheng_registry.book.shapes import Shape, Short, read_shape, told
from minsheng_registry.desk import Caller, Desk
from minsheng_registry.schemas import Key, KeyPage, MadeKey

__all__ = ["KeyRow", "create_key", "list_keys", "revoke_key"]

_TAGS: Final = ["access"]


def _label(text: str) -> str:
    if faults := in_text(text, At()):
        raise told(*faults)
    return text


def _scope(text: str) -> str:
    if fault := keys.unknown_scope(text):
        raise told(fault)
    return text


def _place(text: str, info: ValidationInfo) -> str:
    assert info.context is not None
    try:
        return keys.place(text, info.context["tree"])
    except DivisionError as error:
        raise told(*error.faults) from None


def _days(days: int) -> int:
    if fault := keys.too_long(days):
        raise told(fault)
    return days


class KeyRow(Shape):
    """A key that is asked for."""

    label: Annotated[Short, AfterValidator(_label)]
    scopes: Annotated[list[Annotated[Short, AfterValidator(_scope)]], Field(min_length=1, max_length=100)]
    divisions: Annotated[list[Annotated[Short, AfterValidator(_place)]], Field(min_length=1, max_length=1_000)]
    days: Annotated[int, AfterValidator(_days)] = keys.DAYS


@get(
    "/keys",
    operation_id="list_keys",
    summary="List API keys",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("keys:manage")],
    responses=documented(401, 403, 422, 429, 503),
)
def list_keys(request: Request[Any, Any, Any], desk: NamedDependency[Desk], caller: NamedDependency[Caller]) -> KeyPage:
    """Every key within the caller's divisions, the latest first; never a secret."""
    known(request)
    found = desk.read(lambda connection: keys.listed(connection, caller.principal, desk.tree))
    return KeyPage([_entry(one) for one in found])


@post(
    "/keys",
    operation_id="create_key",
    summary="Make an API key",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("keys:manage")],
    responses=documented(401, 403, 408, 413, 415, 422, 429, 503),
)
def create_key(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    sent: NamedDependency[Any],
) -> Response[bytes]:
    """A key for no more than the caller may do, in no more divisions. Its token is in this answer and nowhere else."""
    known(request)
    row = read_shape(KeyRow, sent, tree=desk.tree)

    def work(connection: Connection, at: datetime.datetime) -> tuple[str, keys.Key]:
        return keys.create(
            connection,
            row.label,
            row.scopes,
            row.divisions,
            desk.tree,
            by=caller.name,
            at=at,
            days=row.days,
            within=caller.principal,
        )

    token, made = desk.act(caller, "create_key", row.label, work)
    content = msgspec.json.encode(MadeKey(token, _entry(made)))
    headers = {"Cache-Control": "no-store", "Location": f"/v1/keys/{made.id}"}
    return Response(content, status_code=201, media_type="application/json", headers=headers)


@post(
    "/keys/{key:str}/revoke",
    operation_id="revoke_key",
    summary="Revoke an API key",
    tags=_TAGS,
    status_code=200,
    sync_to_thread=True,
    guards=[needs("keys:manage")],
    responses=documented(401, 403, 404, 409, 422, 429, 503),
)
def revoke_key(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], caller: NamedDependency[Caller], key: FromPath[str]
) -> Key:
    """End a key, now and for good."""
    known(request)

    def work(connection: Connection, at: datetime.datetime) -> keys.Key:
        if key not in [one.id for one in keys.listed(connection, caller.principal, desk.tree)]:
            raise keys.unknown(key)
        return keys.revoke(connection, key, at=at)

    done = desk.act(caller, "revoke_key", key, work)
    request.app.state.gate.forget()
    return _entry(done)


def _entry(one: keys.Key) -> Key:
    return Key(
        one.id,
        one.label,
        list(one.scopes),
        list(one.divisions),
        one.created_at,
        one.created_by,
        one.expires_at,
        one.revoked_at,
        one.last_used_at,
    )
