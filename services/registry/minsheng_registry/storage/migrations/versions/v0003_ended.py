"""An index of the versions that have ended, for those who keep a copy and ask what changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index; of what stands, which is nearly everything, it holds nothing."""
    ended = sa.text("revision_to IS NOT NULL")
    op.create_index(
        op.f("ix_facts_revision_to"),
        "facts",
        ["revision_to"],
        unique=False,
        postgresql_where=ended,
        sqlite_where=ended,
    )
