"""How far links moved the users of an experiment is found without reading all of them."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_assignments_relinked ON assignments (rule_id, run) WHERE relinked")


def downgrade() -> None:
    op.execute("DROP INDEX ix_assignments_relinked")
