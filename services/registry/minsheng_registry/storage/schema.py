"""The schema step by step: which one a database has, which there are, and what each holds."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, create_engine, inspect, text

__all__ = ["bring", "is_known", "present", "schema_of", "tables_of"]

_MIGRATING: Final = 3_401_020_011
"""The advisory lock that one process holds while it changes the schema."""
_OWN: Final = "alembic_version"


def bring(connection: Connection, to: str = "head") -> None:
    """Bring the schema to its present form, or to an earlier one, within the transaction of `connection`.

    Several processes may try at once: on PostgreSQL one waits for the other.
    """
    config, script = _scripts()

    def steps(revision: str | tuple[str, ...], _: MigrationContext) -> list[RevisionStep]:
        return list(script._upgrade_revs(to, revision))  # type: ignore[arg-type]  # Alembic's own commands pass it on so

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATING})
    with EnvironmentContext(config, script, fn=steps, destination_rev=to) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


def present() -> str:
    """The newest schema that this release knows.

    >>> present() >= "0002"
    True
    """
    return str(_scripts()[1].get_current_head())


def is_known(schema: str) -> bool:
    """Whether this release has a schema of this name, so that it can bring it to the present one.

    >>> is_known("0001"), is_known("9999")
    (True, False)
    """
    return schema in {one.revision for one in _scripts()[1].walk_revisions()}


def schema_of(connection: Connection) -> str | None:
    """The schema that a database has; None if it is no registry's."""
    if not inspect(connection).has_table(_OWN):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {_OWN}"))  # noqa: S608  # a name of our own
    return found


def tables_of(connection: Connection, schema: str) -> list[Table]:
    """The tables of a schema as a database has them, those that others refer to first; no table of anybody else."""
    names = _names(schema)
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in names, resolve_fks=False)
    return [table for table in found.sorted_tables if table.name in names]


@cache
def _names(schema: str) -> frozenset[str]:
    """The tables that the steps up to a schema make."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection, connection.begin():
        bring(connection, schema)
        names = frozenset(inspect(connection).get_table_names()) - {_OWN}
    engine.dispose()
    return names


def _scripts() -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)
