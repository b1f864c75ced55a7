"""What the registry may be told from outside, and what holds where nobody said anything."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from minsheng_http.settings import Count, Seconds, ServiceSettings

__all__ = ["Settings"]


class Settings(ServiceSettings):
    """The address, the database and the limits; each may be set by a variable, ``MINSHENG_REGISTRY_MOST_ROWS``.

    The database is ``MINSHENG_DATABASE_URL``, which both services and the command line read.

    >>> Settings().database_url
    'sqlite:///minsheng.db'
    """

    prefix: ClassVar[str] = "MINSHENG_REGISTRY_"
    other_names: ClassVar[dict[str, str]] = {"MINSHENG_DATABASE_URL": "database_url"}

    port: Annotated[int, Field(ge=0, le=65_535)] = 8764
    database_url: str = "sqlite:///minsheng.db"
    """``sqlite:///FILE`` or ``postgresql://…``; without it a file in the working directory."""
    most_rows: Count = 5_000_000
    """Facts of one submission."""
    check_seconds: Seconds = 600
    """For the checks of one submission; they are stopped between two of them."""
    most_wait: Seconds = 60
    """That a reader of changes may ask to wait."""
    audit_hash: Literal["sha256", "sm3"] = "sha256"
    """What chains the audit's entries; SM3 where Python's OpenSSL has it."""
    audit_months: Annotated[int, Field(ge=6)] = 6
    """Calendar months that the audit is kept."""
    key_hours: Count = 48
    """Hours for which an idempotency key is remembered."""
