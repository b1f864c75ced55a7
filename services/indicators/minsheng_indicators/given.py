"""What a verb of the library gave, on its way out: in each form that it can be sent in, with its tag."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import msgspec
import polars as pl
from litestar import Response

from libminsheng.engine import Receipt
from libminsheng.errors import Fault
from minsheng_http.finished import Finished
from minsheng_http.forms import ARROW_STREAM, FORMS
from minsheng_http.offers import suffix_of
from minsheng_indicators.answers import RECEIPT
from minsheng_indicators.prepared import Prepared, tag_of

__all__ = ["Given", "told"]

_JSON: Final = "application/json"
_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Given:
    """An answer: its rows, and what stands beside them in JSON."""

    name: str
    """Of the rows in JSON."""
    rows: Sequence[Mapping[str, Any]]
    frame: Callable[[], pl.DataFrame]
    csv: Callable[..., None]
    """With `bom`, by which Excel and WPS know UTF-8."""
    workbook: Callable[[BinaryIO], None]
    notes: Sequence[Fault] = ()
    receipt: Receipt | None = None
    """Of what it rests on, if it rests on figures."""
    more: Mapping[str, Any] = field(default_factory=dict)

    def json(self) -> bytes:
        """A line for each row, without the brace that ends it: what is said of the revision comes behind."""
        rows = b",\n".join(map(_ENCODE, self.rows))
        beside = {**self.more, "notes": [note.as_dict() for note in self.notes]}
        if self.receipt is not None:
            beside["receipt"] = self.receipt.as_dict()
        return b"".join([b'{"', self.name.encode(), b'":[\n', rows, b"\n],\n", _ENCODE(beside)[1:-1]])

    def prepared(self, media_type: str, *, moves: bool, bom: bool = False) -> Prepared:
        """The answer without what is said of the moment."""
        assert self.receipt is not None
        content = self.json() if media_type == _JSON else self.content(media_type, bom=bom)
        digest = self.receipt.digest
        headers = {RECEIPT: digest, **self.saved(media_type)}
        return Prepared(content, tag_of(digest, content), media_type, headers, moves=moves)

    def saved(self, media_type: str) -> dict[str, str]:
        """How a browser saves a table."""
        if media_type == _JSON:
            return {}
        return {"Content-Disposition": f'attachment; filename="{self.name}{suffix_of(media_type)}"'}

    def content(self, media_type: str, *, bom: bool = False) -> bytes:
        """The rows in a form that is not JSON."""
        held = io.BytesIO()
        if media_type == "text/csv":
            self.csv(held, bom=bom)
        else:
            _WRITERS[media_type](self, held)
        return held.getvalue()


def _arrow_stream(given: Given, target: BinaryIO) -> None:
    given.frame().write_ipc_stream(target, compat_level=pl.CompatLevel.oldest())


def _arrow_file(given: Given, target: BinaryIO) -> None:
    given.frame().write_ipc(target, compat_level=pl.CompatLevel.oldest())


_WRITERS: Final[dict[str, Callable[[Given, BinaryIO], None]]] = {
    ARROW_STREAM: _arrow_stream,
    FORMS["arrow"].media_types[1]: _arrow_file,
    FORMS["parquet"].media_types[0]: lambda given, target: given.frame().write_parquet(target),
    FORMS["xlsx"].media_types[0]: lambda given, target: given.workbook(target),
}


def told(given: Given, media_type: str, *, bom: bool = False) -> Response[bytes]:
    """The answer to what the caller brought, which nobody asks for again."""
    content = given.json() + b"}\n" if media_type == _JSON else given.content(media_type, bom=bom)
    return Finished(content, media_type=media_type, headers=given.saved(media_type))
