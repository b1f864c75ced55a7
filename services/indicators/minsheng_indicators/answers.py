"""Figures in the form that was asked for."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterable
from typing import BinaryIO, Final

import msgspec
import polars as pl
import pyarrow as pa
from litestar import Response

from libminsheng import Figures
from libminsheng.checks.finding import Findings
from libminsheng.engine.receipt import Receipt
from libminsheng.errors import Fault
from libminsheng.report.export import figures_csv, figures_parquet
from libminsheng.report.lines import json_figures
from libminsheng.report.workbook import figures_workbook
from libminsheng.sdmx.figures import figures_sdmx
from minsheng_http.forms import ARROW_STREAM, FORMS
from minsheng_http.offers import sdmx_form

__all__ = ["METADATA", "RECEIPT", "answer", "content_of", "figures_json"]

RECEIPT: Final = "Minsheng-Receipt"
"""The header with the receipt's digest, which forms without room for a receipt have too."""

METADATA: Final = "minsheng"
"""The key of an Arrow schema's metadata under which stands as JSON: by, notes, receipt."""

_ENCODE: Final = msgspec.json.Encoder().encode


def answer(figures: Figures, findings: Findings | None, media_type: str) -> Response[bytes]:
    """Figures as one of the media types of `minsheng_http.offers.FIGURES`; in JSON with what the checks found."""
    if media_type == "application/json":
        told, notes = (None, ()) if findings is None else (findings.to_dicts(), findings.notes)
        head = figures_json(json_figures(figures), (*figures.notes, *notes), figures.receipt)
        content = b"".join([head, b',\n"findings":', _ENCODE(told), b"}\n"])
    else:
        content = content_of(figures, media_type)
    return Response(content, media_type=media_type, headers={RECEIPT: figures.receipt.digest})


def content_of(figures: Figures, media_type: str, *, bom: bool = False, at: datetime.datetime | None = None) -> bytes:
    """Figures in a form that is not JSON; a message of SDMX says that it was made when the facts were such (`at`)."""
    held = io.BytesIO()
    if (form := sdmx_form(media_type)) is not None:
        figures_sdmx(figures, held, form, prepared=at)
    elif media_type == "text/csv":
        figures_csv(figures, held, bom=bom)
    else:
        _WRITERS[media_type](figures, held)
    return held.getvalue()


def figures_json(lines: pl.Series, notes: Iterable[Fault], receipt: Receipt) -> bytes:
    """Lines of figures, the remarks on them all and the receipt, without the brace that ends it.

    A line for each figure, so that an answer can be read in a terminal; the figures are as the command line has them.
    """
    # the bytes lie one behind the other already: a text of them all would be made only to be copied
    whole = (lines.rechunk() + ",\n").to_arrow(compat_level=pl.CompatLevel.oldest())
    rows = memoryview(whole.buffers()[2] or b"  ")[:-2]
    remarks = _ENCODE([note.as_dict() for note in notes])
    return b"".join([b'{"figures":[\n', rows, b'\n],\n"notes":', remarks, b',\n"receipt":', _ENCODE(receipt.as_dict())])


def _arrow_stream(figures: Figures, target: BinaryIO) -> None:
    table = _arrow(figures)
    with pa.ipc.new_stream(target, table.schema) as writer:
        writer.write_table(table)


def _arrow_file(figures: Figures, target: BinaryIO) -> None:
    table = _arrow(figures)
    with pa.ipc.new_file(target, table.schema) as writer:
        writer.write_table(table)


def _arrow(figures: Figures) -> pa.Table:
    """The frame; what stands beside figures in JSON is its metadata, so that a program lacks nothing."""
    beside = {
        "by": figures.by,
        "notes": [note.as_dict() for note in figures.notes],
        "receipt": figures.receipt.as_dict(),
    }
    table = figures.frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.replace_schema_metadata({METADATA: _ENCODE(beside)})


_WRITERS: Final[dict[str, Callable[[Figures, BinaryIO], None]]] = {
    ARROW_STREAM: _arrow_stream,
    "application/vnd.apache.arrow.file": _arrow_file,
    "application/vnd.apache.parquet": figures_parquet,
    FORMS["xlsx"].media_types[0]: figures_workbook,
}
