"""Facts on their way out as SDMX, or the structure that they have in it, as of one revision."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Final

import polars as pl
from litestar.response import Stream
from sqlalchemy import select

from libminsheng.errors import Fault
from libminsheng.facts import Facts, read_facts
from libminsheng.sdmx.facts import facts_sdmx
from libminsheng.sdmx.write import Form
from minsheng_http.offers import SDMX, sdmx_form, suffix_of
from minsheng_http.tables.passed import told_as
from minsheng_http.tables.written import written
from minsheng_registry.book.changes import revision_at
from minsheng_registry.book.fact_query import FactQuery
from minsheng_registry.book.fact_table import BEFORE, FactTable, survey
from minsheng_registry.book.facts import read
from minsheng_registry.book.refusals import Unusable
from minsheng_registry.desk import Desk
from minsheng_registry.export import REVISION
from minsheng_registry.storage.tables import revisions

__all__ = ["exported_as_sdmx"]

_KEPT: Final = (*BEFORE, "value", "unit", "approximate", "source", "note", "reported")
_PIECE: Final = 1 << 20
_STANDING: Final = ("accepted", "locked")


class _Export:
    """The facts of a question as a message of SDMX: read in one transaction, written to a file, and sent from there."""

    def __init__(self, desk: Desk, wanted: FactQuery, form: Form) -> None:
        self._desk, self._wanted, self._form = desk, wanted, form
        self.revision = 0

    def parts(self) -> Generator[bytes, None, None]:
        """The bytes, and with the first of them the revision."""
        with tempfile.TemporaryDirectory(prefix="minsheng-") as folder:
            place = Path(folder)
            moment = self._read(place / "facts.parquet")
            known, tree = self._desk.catalogue, self._desk.tree
            facts = _facts(place / "facts.parquet", self._desk)
            facts_sdmx(facts, place / "message", self._form, catalogue=known, tree=tree, prepared=moment)
            del facts
            with (place / "message").open("rb") as message:
                while part := message.read(_PIECE):
                    yield part

    def _read(self, target: Path) -> datetime.datetime | None:
        """Write the facts down; when their revision came to be."""
        with self._desk.database.reading() as connection:
            self.revision = revision_at(connection, self._wanted.as_of)
            seen = survey(connection, self._wanted)
            most = self._desk.settings.most_rows
            if seen.rows > most:
                raise Unusable(Fault("registry.sdmx_rows", values={"rows": seen.rows, "most": most}))
            table = FactTable(seen.breakdowns, seen.measures, self._desk.catalogue)
            columns = [*_KEPT, *seen.breakdowns]
            schema = {name: table.schema[name] for name in columns}
            with closing(read(connection, self._wanted)) as frames, target.open("wb") as file:
                for part in written("parquet", (table.shown(frame).select(columns) for frame in frames), schema):
                    file.write(part)
            at: datetime.datetime | None = connection.scalar(
                select(revisions.c.at).where(revisions.c.number == self.revision)
            )
        return at


def _facts(path: Path, desk: Desk) -> Facts:
    frame = pl.read_parquet(path, n_rows=1)
    if not frame.is_empty():
        return read_facts(path, catalogue=desk.catalogue, tree=desk.tree)
    more = {"value": pl.Decimal(38, 0), "row": pl.UInt32(), "file": pl.String()}
    return Facts(pl.DataFrame(schema={**dict(frame.schema), **more}))


async def exported_as_sdmx(desk: Desk, wanted: FactQuery, name: str) -> Stream:
    """The answer to a question about facts in a form of SDMX, by its name in `minsheng_http.offers.SDMX`.

    Raises
    ------
    Unusable
        Where one key may have several values: SDMX has one.
    NotFound, Unavailable
        Before the answer begins.
    """
    if wanted.changed_after is not None or (wanted.state not in _STANDING and wanted.submission is None):
        raise Unusable(Fault("registry.sdmx_versions"))
    media_type = SDMX[name][0]
    form = sdmx_form(media_type)
    assert form is not None
    export = _Export(desk, wanted, form)
    answer = await told_as(media_type, export.parts(), f"facts{suffix_of(media_type)}")
    answer.headers[REVISION] = str(export.revision)
    return answer
