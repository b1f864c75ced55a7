"""The first schema: projects, submissions, facts, changes, corrections, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from minsheng_registry.storage.types import Moment, RowNumber, Whole, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table, and the two rows that number revisions and chain the audit."""
    op.create_table(
        "audit",
        sa.Column("number", RowNumber, autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("principal", Words, nullable=False),
        sa.Column("act", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("outcome", Words, nullable=False),
        sa.Column("origin", Words, nullable=False),
        sa.Column("detail", Words, nullable=False),
        sa.Column("algorithm", Words, nullable=False),
        sa.Column("hash", Words, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", RowNumber, nullable=False),
        sa.Column("hash", Words, nullable=False),
        sa.Column("kept_from", RowNumber, nullable=False),
        sa.Column("kept_after", Words, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "batches",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("submission", Words, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("revision", RowNumber, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("revision", name=op.f("uq_batches_revision")),
    )
    op.create_index(op.f("ix_batches_submission"), "batches", ["submission"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("id", Words, nullable=False),
        sa.Column("division", Words, nullable=False),
        sa.Column("fact", Words, nullable=False),
        sa.Column("question", Words, nullable=False),
        sa.Column("asked_by", Words, nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("due_known", sa.Boolean(), nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("answer", Words, nullable=False),
        sa.Column("answered_by", Words, nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index("ix_corrections_open", "corrections", ["state", "due"], unique=False)
    op.create_table(
        "facts",
        sa.Column("batch", RowNumber, autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("division", Words, nullable=False),
        sa.Column("period", Words, nullable=False),
        sa.Column("first_month", sa.Integer(), nullable=False),
        sa.Column("last_month", sa.Integer(), nullable=False),
        sa.Column("measure", Words, nullable=False),
        sa.Column("scenario", Words, nullable=False),
        sa.Column("basis", Words, nullable=False),
        sa.Column("project", Words, nullable=False),
        sa.Column("issuer", Words, nullable=False),
        sa.Column("breakdown", Words, nullable=False),
        sa.Column("value", Whole(), nullable=False),
        sa.Column("approximate", sa.Boolean(), nullable=False),
        sa.Column("source", Words, nullable=False),
        sa.Column("note", Words, nullable=False),
        sa.Column("reported", Words, nullable=False),
        sa.Column("revision_to", RowNumber, nullable=True),
        sa.PrimaryKeyConstraint("batch", "line", name=op.f("pk_facts")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_facts_place", "facts", ["division", "last_month", "measure", "project", "breakdown"], unique=False
    )
    op.create_index(
        "ix_facts_project",
        "facts",
        ["project", "measure"],
        unique=False,
        postgresql_where=sa.text("project <> ''"),
        sqlite_where=sa.text("project <> ''"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("principal", Words, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("fingerprint", Words, nullable=False),
        sa.Column("answer", Words, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_at"), "idempotency_keys", ["at"], unique=False)
    op.create_table(
        "lineage",
        sa.Column("ancestor", Words, nullable=False),
        sa.Column("division", Words, nullable=False),
        sa.PrimaryKeyConstraint("ancestor", "division", name=op.f("pk_lineage")),
    )
    op.create_table(
        "project_divisions",
        sa.Column("code", Words, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("division", Words, nullable=False),
        sa.PrimaryKeyConstraint("code", "version", "division", name=op.f("pk_project_divisions")),
    )
    op.create_index(op.f("ix_project_divisions_division"), "project_divisions", ["division"], unique=False)
    op.create_table(
        "project_versions",
        sa.Column("code", Words, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision_from", RowNumber, nullable=False),
        sa.Column("revision_to", RowNumber, nullable=True),
        sa.Column("name", Words, nullable=False),
        sa.Column("searched", Words, nullable=False),
        sa.Column("domain", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("tier", Words, nullable=False),
        sa.Column("status", Words, nullable=False),
        sa.Column("first_year", sa.SmallInteger(), nullable=False),
        sa.Column("last_year", sa.SmallInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("principal", Words, nullable=False),
        sa.Column("act", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("document", Words, nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_project_versions")),
    )
    op.create_index(
        "ux_project_versions_current",
        "project_versions",
        ["code"],
        unique=True,
        postgresql_where=sa.text("revision_to IS NULL"),
        sqlite_where=sa.text("revision_to IS NULL"),
    )
    op.create_table(
        "revision_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", RowNumber, nullable=False),
        sa.Column("at", Moment(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_revision_head_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision_head")),
    )
    op.create_table(
        "revisions",
        sa.Column("number", RowNumber, autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", Words, nullable=False),
        sa.Column("principal", Words, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_revisions")),
    )
    op.create_index(op.f("ix_revisions_at"), "revisions", ["at"], unique=False)
    op.create_table(
        "submissions",
        sa.Column("id", Words, nullable=False),
        sa.Column("division", Words, nullable=False),
        sa.Column("period", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("batch", RowNumber, nullable=False),
        sa.Column("submitted_by", Words, nullable=True),
        sa.Column("findings", Words, nullable=False),
        sa.Column("remarks", Words, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
    )
    op.create_index(op.f("ix_submissions_division"), "submissions", ["division"], unique=False)
    op.create_table(
        "submission_acts",
        sa.Column("submission", Words, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("principal", Words, nullable=False),
        sa.Column("act", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("batch", RowNumber, nullable=False),
        sa.Column("note", Words, nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name=op.f("fk_submission_acts_submission")),
        sa.PrimaryKeyConstraint("submission", "version", name=op.f("pk_submission_acts")),
    )

    op.execute("INSERT INTO revision_head (id, number) VALUES (1, 0)")
    op.execute("INSERT INTO audit_head (id, number, hash, kept_from, kept_after) VALUES (1, 0, '', 0, '')")
