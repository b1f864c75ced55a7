"""Frames as the bytes of a form: CSV, an Arrow stream, Parquet."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["WRITERS", "Schema", "arrow", "csv", "defused", "parquet", "written"]

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

_BOM: Final = b"\xef\xbb\xbf"
_BEGINNINGS: Final = r"\A[=+\-@\t\r]"
"""What a spreadsheet takes for a formula, wherever the file came from."""
_PART: Final = 1 << 20


def defused(frame: pl.DataFrame, numbers: Collection[str] = ()) -> pl.DataFrame:
    """Texts that a spreadsheet would run as a formula, behind an apostrophe; what is a number by its type stays one.

    Parameters
    ----------
    numbers
        Columns of text in which nothing but numbers stands.

    Examples
    --------
    >>> defused(pl.DataFrame({"note": ["=1+1", "甲"], "value": ["-12.5", "3"]}), ["value"]).rows()
    [("'=1+1", '-12.5'), ('甲', '3')]
    """
    texts = [name for name, kind in frame.schema.items() if kind == pl.String and name not in numbers]
    return frame.with_columns(pl.col(texts).str.replace(_BEGINNINGS, "'${0}"))


def csv(
    frames: Iterable[pl.DataFrame], schema: Schema, *, bom: bool = False, numbers: Collection[str] = ()
) -> Iterator[bytes]:
    """CSV in UTF-8 with the lines of RFC 4180; with `bom` so that Excel knows the encoding."""
    named = defused(pl.DataFrame({"name": list(schema)}, schema={"name": pl.String}))
    heads = pl.DataFrame(schema=dict.fromkeys(named["name"], pl.String))
    yield (_BOM if bom else b"") + heads.write_csv(line_terminator="\r\n").encode()
    for frame in frames:
        yield defused(frame, numbers).write_csv(include_header=False, line_terminator="\r\n").encode()


class _Parts:
    """A file that is written once, whose bytes are taken away as they come."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def arrow(frames: Iterable[pl.DataFrame], schema: Schema) -> Iterator[bytes]:
    """An Arrow stream. Its last bytes say that it ends: one that was cut off is told from one that is whole."""
    parts = _Parts()
    told = _arrow_schema(schema)
    writer = pa.ipc.new_stream(pa.PythonFile(parts, mode="w"), told)
    yield parts.taken()
    for frame in frames:
        writer.write_table(_arrow(frame))
        yield parts.taken()
    writer.close()
    yield parts.taken()


def parquet(frames: Iterable[pl.DataFrame], schema: Schema) -> Iterator[bytes]:
    """A Parquet file. What it holds is told at its end, so it is written to a temporary file first."""
    with tempfile.TemporaryFile(prefix="minsheng-") as file:
        with pq.ParquetWriter(file, _arrow_schema(schema), compression="zstd") as writer:
            for frame in frames:
                writer.write_table(_arrow(frame))
        file.seek(0)
        while part := file.read(_PART):
            yield part


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def _arrow_schema(schema: Schema) -> pa.Schema:
    return _arrow(pl.DataFrame(schema=schema)).schema


WRITERS: Final[Mapping[str, Callable[..., Iterator[bytes]]]] = {"csv": csv, "arrow": arrow, "parquet": parquet}
"""Each by the name of its form in `minsheng_http.forms`."""


def written(form: str, frames: Iterable[pl.DataFrame], schema: Schema, **options: Any) -> Iterator[bytes]:
    """Frames of a schema in a form; the options are those of `csv`."""
    return WRITERS[form](frames, schema, **(options if form == "csv" else {}))
