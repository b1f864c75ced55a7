"""Who may come in, and what is public: API keys, and from which revision to which a batch is published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from minsheng_registry.storage.types import Moment, RowNumber, Words

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of keys; what was accepted so far is public nowhere."""
    op.create_table(
        "api_keys",
        sa.Column("id", Words, nullable=False),
        sa.Column("secret_hash", Words, nullable=False),
        sa.Column("label", Words, nullable=False),
        sa.Column("scopes", Words, nullable=False),
        sa.Column("divisions", Words, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Words, nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.add_column("batches", sa.Column("public_from", RowNumber, nullable=True))
    op.add_column("batches", sa.Column("public_to", RowNumber, nullable=True))
    op.create_index(op.f("ix_batches_public_from"), "batches", ["public_from"], unique=False)
    op.create_index(op.f("ix_batches_public_to"), "batches", ["public_to"], unique=False)
