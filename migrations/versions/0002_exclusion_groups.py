"""The buckets of exclusion groups, and which rule holds which."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UPGRADES = (
    "ALTER TABLE rules ADD COLUMN exclusion_group text, ADD COLUMN held jsonb NOT NULL DEFAULT '[]'::jsonb",
    "CREATE INDEX ix_rules_exclusion_group ON rules (exclusion_group) WHERE status <> 'ARCHIVED'",
    """UPDATE rule_revisions SET rule = rule || '{"held": []}'::jsonb""",
)

_DOWNGRADES = (
    "UPDATE rule_revisions SET rule = (rule - 'held') #- '{content,exclusionGroup}'",
    "UPDATE rules SET content = content - 'exclusionGroup'",
    "ALTER TABLE rules DROP COLUMN held, DROP COLUMN exclusion_group",
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
