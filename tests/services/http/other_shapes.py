"""Shapes of names that another service has too, one of which differs from it."""

from __future__ import annotations

from litestar import get
from litestar.params import FromPath
from msgspec import Struct


class Alike(Struct):
    """The same in both."""

    text: str


class Inner(Struct):
    number: str


class Outer(Struct):
    inner: Inner
    alike: Alike


@get("/figures/{code:str}", operation_id="get_figure", sync_to_thread=False)
def get_figure(code: FromPath[str]) -> Outer:
    return Outer(Inner(code), Alike("second"))
