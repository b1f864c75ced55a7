"""The tables. What is accepted is never changed but in one column: the revision at which it ceased to stand."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
    text,
)

from minsheng_registry.storage.types import Moment, RowNumber, Whole, Words

__all__ = [
    "api_keys",
    "audit",
    "audit_head",
    "batches",
    "corrections",
    "facts",
    "idempotency_keys",
    "lineage",
    "metadata",
    "project_divisions",
    "project_versions",
    "revision_head",
    "revisions",
    "submission_acts",
    "submissions",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

revision_head = Table(
    "revision_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", RowNumber, nullable=False),
    Column("at", Moment),
    CheckConstraint("id = 1", name="one"),
)
"""One row, the last revision. Whoever takes the next one holds the row until commit: no number is lost or overtaken."""

revisions = Table(
    "revisions",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("act", Words, nullable=False),
    Column("principal", Words, nullable=False),
)

lineage = Table(
    "lineage",
    metadata,
    Column("ancestor", Words, primary_key=True),
    Column("division", Words, primary_key=True),
)
"""Every division in use under each one above it and under itself: a subtree is one look-up."""

project_versions = Table(
    "project_versions",
    metadata,
    Column("code", Words, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("revision_from", RowNumber, nullable=False),
    Column("revision_to", RowNumber),
    Column("name", Words, nullable=False),
    Column("searched", Words, nullable=False),
    Column("domain", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("tier", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("first_year", SmallInteger, nullable=False),
    Column("last_year", SmallInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("principal", Words, nullable=False),
    Column("act", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("document", Words, nullable=False),
)
Index(
    "ux_project_versions_current",
    project_versions.c.code,
    unique=True,
    postgresql_where=text("revision_to IS NULL"),
    sqlite_where=text("revision_to IS NULL"),
)

project_divisions = Table(
    "project_divisions",
    metadata,
    Column("code", Words, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("division", Words, primary_key=True, index=True),
)

submissions = Table(
    "submissions",
    metadata,
    Column("id", Words, primary_key=True),
    Column("division", Words, nullable=False, index=True),
    Column("period", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("batch", RowNumber, nullable=False),
    Column("submitted_by", Words),
    Column("findings", Words, nullable=False),
    Column("remarks", Words, nullable=False),
)

submission_acts = Table(
    "submission_acts",
    metadata,
    Column("submission", Words, ForeignKey("submissions.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("principal", Words, nullable=False),
    Column("act", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("batch", RowNumber, nullable=False),
    Column("note", Words, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("submission", Words, nullable=False, index=True),
    Column("rows", Integer, nullable=False),
    Column("revision", RowNumber),
    Column("public_from", RowNumber, index=True),
    Column("public_to", RowNumber, index=True),
    UniqueConstraint("revision"),
)
"""Facts that were sent together. They stand from the batch's revision on, which it has once it is accepted.

Everybody may see them at revision r if ``public_from <= r`` and not ``public_to <= r``.
"""

facts = Table(
    "facts",
    metadata,
    Column("batch", RowNumber, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("division", Words, nullable=False),
    Column("period", Words, nullable=False),
    Column("first_month", Integer, nullable=False),
    Column("last_month", Integer, nullable=False),
    Column("measure", Words, nullable=False),
    Column("scenario", Words, nullable=False),
    Column("basis", Words, nullable=False),
    Column("project", Words, nullable=False),
    Column("issuer", Words, nullable=False),
    Column("breakdown", Words, nullable=False),
    Column("value", Whole, nullable=False),
    Column("approximate", Boolean, nullable=False),
    Column("source", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("reported", Words, nullable=False),
    Column("revision_to", RowNumber),
    Index("ix_facts_place", "division", "last_month", "measure", "project", "breakdown"),
    sqlite_with_rowid=False,
)
"""One row a version of a fact. `value` counts the measure's smallest unit; `line` is its place in the batch.

No foreign key leads to the batch: PostgreSQL would look it up once a row (docs/decisions/0012).
"""
Index(
    "ix_facts_project",
    facts.c.project,
    facts.c.measure,
    postgresql_where=text("project <> ''"),
    sqlite_where=text("project <> ''"),
)
Index(
    "ix_facts_revision_to",
    facts.c.revision_to,
    postgresql_where=text("revision_to IS NOT NULL"),
    sqlite_where=text("revision_to IS NOT NULL"),
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Words, primary_key=True),
    Column("division", Words, nullable=False),
    Column("fact", Words, nullable=False),
    Column("question", Words, nullable=False),
    Column("asked_by", Words, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("due", Date, nullable=False),
    Column("due_known", Boolean, nullable=False),
    Column("state", Words, nullable=False),
    Column("answer", Words, nullable=False),
    Column("answered_by", Words),
    Column("answered_at", Moment),
    Index("ix_corrections_open", "state", "due"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("principal", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("fingerprint", Words, nullable=False),
    Column("answer", Words, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", RowNumber, nullable=False),
    Column("hash", Words, nullable=False),
    Column("kept_from", RowNumber, nullable=False),
    Column("kept_after", Words, nullable=False),
    CheckConstraint("id = 1", name="one"),
)
"""One row: the chain's end, and the number and hash where what is still kept begins."""

audit = Table(
    "audit",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("principal", Words, nullable=False),
    Column("act", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("origin", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Column("algorithm", Words, nullable=False),
    Column("hash", Words, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Words, primary_key=True),
    Column("secret_hash", Words, nullable=False),
    Column("label", Words, nullable=False),
    Column("scopes", Words, nullable=False),
    Column("divisions", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Words, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("last_used_at", Moment),
)
"""Keys that programs call with; of the secret only the SHA-256. `scopes` and `divisions` are lists in JSON."""
