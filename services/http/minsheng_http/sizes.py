"""How large a body would become, told from what it says of itself, before anything is unpacked."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from libminsheng.errors import FactsError, Fault, Place

__all__ = ["Size", "is_stream", "size_of"]

_MAGIC: Final = b"ARROW1\0\0"
_MARK: Final = b"\xff\xff\xff\xff"
"""What a message begins with, before its length."""
_CHUNK: Final = 1 << 20
_OF_XML: Final = 4
"""Bytes that a byte of XML takes once it is read."""
_DICTIONARY: Final = 2
"""The number of a dictionary among the kinds of Arrow messages; it holds a record batch."""


class Size(NamedTuple):
    """Rows, columns, and bytes once unpacked."""

    rows: int
    columns: int
    unpacked: int


def is_stream(path: Path) -> bool:
    """Whether Arrow data is a stream; a file begins with a word of its own."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) != _MAGIC


def size_of(path: Path, form: str) -> Size | None:
    """The size of a body in a form; None where its reader has limits of its own, or finds that it is not of the form.

    Raises
    ------
    FactsError
        If it is not what its media type says.
    """
    try:
        if form == "csv":
            return _csv(path)
        if form == "parquet":
            meta = pq.read_metadata(path)
            unpacked = sum(meta.row_group(number).total_byte_size for number in range(meta.num_row_groups))
            return Size(meta.num_rows, meta.num_columns, unpacked)
        if form == "arrow":
            return _arrow(path)
        if form == "xlsx" and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return Size(0, 0, _OF_XML * sum(member.file_size for member in archive.infolist()))
    except (pa.ArrowException, zipfile.BadZipFile, OSError, ValueError, struct.error, IndexError, EOFError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise FactsError(Fault("facts.not_readable", Place(str(path)), {"kind": form, "reason": reason})) from None
    return None


def _csv(path: Path) -> Size:
    """At most so many rows, and columns as in the row with the most commas, tabs or semicolons of the header's kind."""
    rows, columns = 1, 1
    with path.open("rb") as file:
        header = file.readline(_CHUNK)
        columns = max(header.count(mark) for mark in (b",", b"\t", b";", "，".encode())) + 1
        while chunk := file.read(_CHUNK):
            rows += chunk.count(b"\n")
    return Size(rows, columns, path.stat().st_size)


def _arrow(path: Path) -> Size:
    with pa.memory_map(str(path)) as source:
        whole = memoryview(source.read_buffer())
        if is_stream(path):
            columns, messages = _of_stream(whole)
        else:
            columns, messages = len(pa.ipc.open_file(pa.py_buffer(whole)).schema), _of_file(whole)
        rows = unpacked = 0
        for head, body in messages:
            count, length = _batch(head, body)
            rows, unpacked = rows + count, unpacked + length
    return Size(rows, columns, unpacked)


def _of_stream(whole: memoryview) -> tuple[int, Iterator[tuple[memoryview, memoryview]]]:
    """The number of columns; head and body of each message after the schema."""
    reader = pa.ipc.MessageReader.open_stream(pa.py_buffer(whole))
    first = next(iter(reader), None)
    if first is None:
        raise EOFError("no schema")
    columns = len(pa.ipc.read_schema(first))
    return columns, ((memoryview(one.metadata), memoryview(one.body or b"")) for one in reader)


def _of_file(whole: memoryview) -> Iterator[tuple[memoryview, memoryview]]:
    """Head and body of each message that the footer leads to, which is where a file's reader looks."""
    length = struct.unpack_from("<i", whole, len(whole) - 10)[0]
    footer = whole[len(whole) - 10 - length :]
    table = _table(footer, 0)
    for slot in (2, 3):
        at = _field(footer, table, slot)
        if at is None:
            continue
        blocks = _table(footer, at)
        for number in range(struct.unpack_from("<I", footer, blocks)[0]):
            offset, head, body = struct.unpack_from("<qi4xq", footer, blocks + 4 + 24 * number)
            marked = bytes(whole[offset : offset + 4]) == _MARK
            yield whole[offset + (8 if marked else 4) : offset + head], whole[offset + head : offset + head + body]


def _batch(head: memoryview, body: memoryview) -> tuple[int, int]:
    """Rows of a record batch, and the bytes of its buffers: packed ones begin with their true length.

    A dictionary is a batch whose rows are no facts.
    """
    table = _table(head, 0)
    kind = head[_field(head, table, 1) or 0]
    batch = _table(head, _field(head, table, 2) or 0)
    if kind == _DICTIONARY:
        batch = _table(head, _field(head, batch, 1) or 0)
    at = _field(head, batch, 0)
    rows = 0 if at is None or kind == _DICTIONARY else struct.unpack_from("<q", head, at)[0]
    packed = _field(head, batch, 3) is not None
    return rows, sum(_true_length(body, offset, length, packed=packed) for offset, length in _buffers(head, batch))


def _buffers(head: memoryview, batch: int) -> Iterator[tuple[int, int]]:
    at = _field(head, batch, 2)
    if at is None:
        return
    vector = _table(head, at)
    for number in range(struct.unpack_from("<I", head, vector)[0]):
        yield struct.unpack_from("<qq", head, vector + 4 + 16 * number)


def _true_length(body: memoryview, offset: int, length: int, *, packed: bool) -> int:
    if not packed or length < 8:
        return length
    told: int = struct.unpack_from("<q", body, offset)[0]
    return length if told < 0 else told


def _table(head: memoryview, at: int) -> int:
    position: int = at + struct.unpack_from("<I", head, at)[0]
    return position


def _field(head: memoryview, table: int, slot: int) -> int | None:
    """Where a field of a flatbuffers table stands; None where it has its default."""
    layout = table - struct.unpack_from("<i", head, table)[0]
    if 4 + 2 * slot >= struct.unpack_from("<H", head, layout)[0]:
        return None
    offset: int = struct.unpack_from("<H", head, layout + 4 + 2 * slot)[0]
    return table + offset if offset else None
