"""Facts on their way out, in one transaction from the revision that they stand for to the last row."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Final

from litestar.response import Stream

from libminsheng.definitions.catalogue import Catalogue
from minsheng_http.tables.passed import told
from minsheng_http.tables.written import written
from minsheng_registry.book.changes import revision_at
from minsheng_registry.book.fact_table import FactTable, survey
from minsheng_registry.book.facts import FactQuery, read
from minsheng_registry.storage.database import Database

__all__ = ["FORMS", "REVISION", "Export", "exported"]

FORMS: Final = ("csv", "arrow", "parquet")
REVISION: Final = "Minsheng-Revision"
"""The header with the revision that an answer stands for."""

_NUMBERS: Final = ("value",)


class Export:
    """The facts of a question as the bytes of a form.

    The transaction begins with the first part, and ends when the generator does.
    """

    def __init__(self, database: Database, wanted: FactQuery, catalogue: Catalogue, form: str, *, bom: bool) -> None:
        self._database, self._wanted, self._catalogue = database, wanted, catalogue
        self._form, self._bom = form, bom
        self.revision = 0

    def parts(self) -> Generator[bytes, None, None]:
        """The bytes, and with the first of them the revision."""
        with self._database.reading() as connection:
            self.revision = revision_at(connection, self._wanted.as_of)
            seen = survey(connection, self._wanted)
            table = FactTable(
                seen.breakdowns, seen.measures, self._catalogue, None if self._form == "csv" else seen.digits
            )
            # an unfinished COPY is ended before its transaction is
            with closing(read(connection, self._wanted)) as frames:
                shown = (table.shown(frame) for frame in frames)
                yield from written(self._form, shown, table.schema, bom=self._bom, numbers=_NUMBERS)


async def exported(
    database: Database,
    wanted: FactQuery,
    catalogue: Catalogue,
    form: str,
    *,
    bom: bool = False,
    patience: float = 60,
) -> Stream:
    """The answer to a question about facts as CSV, Arrow or Parquet, streamed.

    Values are decimals of the measure's unit: in CSV with the decimals of the measure; in Arrow and Parquet as
    decimals of 38 digits that have as many behind the point as the measure with most, or texts where those do not fit.

    Raises
    ------
    NotFound, Unusable, Unavailable
        Before the answer begins.
    """
    export = Export(database, wanted, catalogue, form, bom=bom)
    answer = await told(form, export.parts(), "facts", patience=patience)
    answer.headers[REVISION] = str(export.revision)
    return answer
