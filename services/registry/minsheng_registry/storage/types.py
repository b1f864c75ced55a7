"""Column types that hold the same on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Numeric, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["Moment", "RowNumber", "Whole", "Words"]

RowNumber = BigInteger().with_variant(Integer(), "sqlite")
"""Of 64 bits; of SQLite only what is called INTEGER can number its rows by itself."""

Words = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text in the order of its code points, whatever the database's language."""


class Whole(TypeDecorator[int]):
    """A whole number of up to 38 digits: NUMERIC(38, 0), and text on SQLite, whose integers end at 64 bits."""

    impl = Numeric(38, 0)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text where numbers are too short."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric(38, 0))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | Decimal | None:
        """As the database keeps it."""
        if value is None:
            return None
        return str(value) if dialect.name == "sqlite" else Decimal(value)

    def process_result_value(self, value: str | Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # SQLAlchemy's signature
        """As Python counts."""
        return None if value is None else int(value)


class Moment(TypeDecorator[datetime.datetime]):
    """A point in time, with its zone; on SQLite text in UTC, all of one length, so that it sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text where there is no time zone."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> str | datetime.datetime | None:
        """As the database keeps it; a time without zone is refused."""
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment has a zone"
        moment = value.astimezone(datetime.UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(
        self,
        value: str | datetime.datetime | None,
        dialect: Dialect,  # noqa: ARG002  # SQLAlchemy's signature
    ) -> datetime.datetime | None:
        """In UTC."""
        if value is None:
            return None
        moment = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(datetime.UTC)
