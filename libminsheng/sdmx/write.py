"""Rows of data as SDMX-CSV 2.0 and as SDMX-ML 3.0, from a frame of texts.

Numbers are written with all of their digits. pysdmx would write both from a frame of pandas, but
a decimal passes through a float there, and an apostrophe breaks its XML (docs/decisions/0015).
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import BinaryIO, Final, Literal
from xml.sax.saxutils import quoteattr

import polars as pl

from libminsheng.sdmx.artefacts import DataStructure
from libminsheng.sdmx.message import header, opened

__all__ = ["MEDIA_TYPES", "Form", "write_data"]

Form = Literal["csv", "xml", "structure"]
"""SDMX-CSV 2.0, SDMX-ML 3.0, and the structure that both are written in (SDMX-ML 3.0)."""

MEDIA_TYPES: Final[dict[Form, str]] = {
    "csv": "application/vnd.sdmx.data+csv;version=2.0.0",
    "xml": "application/vnd.sdmx.data+xml;version=3.0.0",
    "structure": "application/vnd.sdmx.structure+xml;version=3.0.0",
}
"""What each form is called on the web."""

_SLICE: Final = 50_000
"""Rows that are turned into text at a time."""
_ESCAPED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_ILLEGAL: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"


def write_data(
    frame: pl.DataFrame,
    structure: DataStructure,
    target: Path | BinaryIO,
    form: Literal["csv", "xml"],
    *,
    message: str | None = None,
    prepared: datetime.datetime | None = None,
) -> None:
    """Write rows, all of text, whose columns are the structure's components; null is left out.

    `message` names the message of XML, `prepared` says when it was made.
    """
    if isinstance(target, Path):
        with target.open("wb") as stream:
            write_data(frame, structure, stream, form, message=message, prepared=prepared)
        return
    ids = [one.id for one in structure.of("dimension", "time", "measure", "attribute")]
    if form == "csv":
        named = {"STRUCTURE": "dataflow", "STRUCTURE_ID": structure.short, "ACTION": "I"}
        marks = [pl.lit(text).alias(name) for name, text in named.items()]
        written = 0
        for part in frame.select(ids).iter_slices(_SLICE):
            target.write(part.select(*marks, *ids).write_csv(include_header=not written).encode())
            written += len(part)
        if not written:
            target.write((",".join([*named, *ids]) + "\n").encode())
        return
    target.writelines(f"{line}\n".encode() for line in _opening(structure, message, prepared))
    texts = [_attribute(name) for name in ids]
    row = pl.concat_str(pl.lit("<Obs"), *texts, pl.lit("/>\n"))
    for part in frame.select(ids).iter_slices(_SLICE):
        lines = part.select(row.alias("row"))["row"]
        target.write("".join(lines.to_list()).encode())
    target.write(b"</mes:DataSet>\n</mes:StructureSpecificData>\n")


def _opening(structure: DataStructure, message: str | None, prepared: datetime.datetime | None) -> list[str]:
    space, rows = quoteattr(structure.flow), quoteattr(f"{structure.flow}:ObsLevelDim:AllDimensions")
    root = opened("StructureSpecificData", "xsi", "mes", "ss", "com")
    return [
        f"{root[:-1]} xmlns:ns1={rows}>",
        *header(message, structure.owner.agency, prepared),
        f'<mes:Structure structureID="{structure.id}" namespace={space} dimensionAtObservation="AllDimensions">',
        f"<com:StructureUsage>{structure.flow}</com:StructureUsage>",
        "</mes:Structure>",
        "</mes:Header>",
        f'<mes:DataSet ss:structureRef="{structure.id}" xsi:type="ns1:DataSetType" action="Information">',
    ]


def _attribute(name: str) -> pl.Expr:
    """A column as an attribute of XML; of no value there is none."""
    text = pl.col(name)
    escaped = text.str.replace_all(_ILLEGAL, "\ufffd").str.replace_many(_ESCAPED)
    return pl.when(text.is_null()).then(pl.lit("")).otherwise(pl.concat_str(pl.lit(f' {name}="'), escaped, pl.lit('"')))
