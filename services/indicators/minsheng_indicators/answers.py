"""Figures in the form that was asked for."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, Final

import msgspec
import polars as pl
from litestar import Response

from libminsheng import Figures
from libminsheng.report.export import figures_csv, figures_parquet
from libminsheng.report.lines import json_figures
from libminsheng.report.workbook import figures_workbook
from minsheng_http.forms import ARROW_STREAM, FORMS

__all__ = ["RECEIPT", "answer", "offered"]

RECEIPT: Final = "Minsheng-Receipt"
"""The header with the receipt's digest, which forms without room for a receipt have too."""

_ENCODE: Final = msgspec.json.Encoder().encode


def offered() -> list[str]:
    """The media types of answers, the one first that is given where none is asked for."""
    return [kind for form in FORMS.values() for kind in form.media_types]


def answer(figures: Figures, media_type: str) -> Response[bytes]:
    """Figures as one of the media types of `offered`."""
    if media_type == "application/json":
        content = _json(figures)
    else:
        held = io.BytesIO()
        _WRITERS[media_type](figures, held)
        content = held.getvalue()
    return Response(content, media_type=media_type, headers={RECEIPT: figures.receipt.digest})


def _json(figures: Figures) -> bytes:
    """A line for each figure, so that an answer can be read in a terminal; the figures are as the command line has them."""
    lines = json_figures(figures) + ",\n"
    # the bytes lie one behind the other already: a text of them all would be made only to be copied
    rows = memoryview(lines.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2] or b"  ")[:-2]
    notes = _ENCODE([note.as_dict() for note in figures.notes])
    receipt = _ENCODE(figures.receipt.as_dict())
    return b"".join([b'{"figures":[\n', rows, b'\n],\n"notes":', notes, b',\n"receipt":', receipt, b"}\n"])


def _arrow_stream(figures: Figures, target: BinaryIO) -> None:
    figures.frame.write_ipc_stream(target, compat_level=pl.CompatLevel.oldest())


def _arrow_file(figures: Figures, target: BinaryIO) -> None:
    figures.frame.write_ipc(target, compat_level=pl.CompatLevel.oldest())


_WRITERS: Final[dict[str, Callable[[Figures, BinaryIO], None]]] = {
    "text/csv": figures_csv,
    ARROW_STREAM: _arrow_stream,
    "application/vnd.apache.arrow.file": _arrow_file,
    "application/vnd.apache.parquet": figures_parquet,
    FORMS["xlsx"].media_types[0]: figures_workbook,
}
