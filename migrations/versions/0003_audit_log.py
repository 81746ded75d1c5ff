"""Changes of segments and the catalogue are remembered; with the revisions of rules they have one order."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UPGRADES = (
    "CREATE SEQUENCE change_sequence AS bigint",
    """
    CREATE TABLE definition_changes (
        sequence bigint DEFAULT nextval('change_sequence') CONSTRAINT pk_definition_changes PRIMARY KEY,
        at timestamptz NOT NULL,
        by text NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        before jsonb,
        after jsonb
    )
    """,
    "CREATE INDEX ix_definition_changes_by ON definition_changes (by, sequence DESC)",
    "ALTER TABLE rule_revisions ADD COLUMN sequence bigint",
    """
    UPDATE rule_revisions r SET sequence = numbered.sequence
    FROM (
        SELECT rule_id, revision, nextval('change_sequence') AS sequence
        FROM (SELECT rule_id, revision FROM rule_revisions ORDER BY at, rule_id, revision) AS ordered
    ) AS numbered
    WHERE (r.rule_id, r.revision) = (numbered.rule_id, numbered.revision)
    """,
    """
    ALTER TABLE rule_revisions
        ALTER COLUMN sequence SET DEFAULT nextval('change_sequence'),
        ALTER COLUMN sequence SET NOT NULL,
        ADD CONSTRAINT uq_rule_revisions_sequence UNIQUE (sequence)
    """,
    "DROP INDEX ix_rule_revisions_by",
    "CREATE INDEX ix_rule_revisions_by ON rule_revisions (by, sequence DESC)",
)

_DOWNGRADES = (
    "DROP INDEX ix_rule_revisions_by",
    "CREATE INDEX ix_rule_revisions_by ON rule_revisions (by)",
    "ALTER TABLE rule_revisions DROP COLUMN sequence",
    "DROP TABLE definition_changes",
    "DROP SEQUENCE change_sequence",
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
