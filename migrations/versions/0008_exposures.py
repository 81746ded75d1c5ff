"""The audit log also tells whose variation was set by hand, for as long as they are not erased."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UPGRADES = (
    "ALTER TABLE definition_changes ADD COLUMN rule_id text, ADD COLUMN about text",
    """
    CREATE INDEX ix_definition_changes_rule_id ON definition_changes (rule_id, sequence DESC)
    WHERE rule_id IS NOT NULL
    """,
    "CREATE INDEX ix_definition_changes_about ON definition_changes (about) WHERE about IS NOT NULL",
)

_DOWNGRADES = (
    "DELETE FROM definition_changes WHERE about IS NOT NULL",
    "DROP INDEX ix_definition_changes_about",
    "DROP INDEX ix_definition_changes_rule_id",
    "ALTER TABLE definition_changes DROP COLUMN about, DROP COLUMN rule_id",
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
