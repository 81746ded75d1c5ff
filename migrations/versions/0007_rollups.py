"""Roll-ups are found by what they are about first, then by day; profiles remember what counts in them."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UPGRADES = (
    """
    ALTER TABLE rollups DROP CONSTRAINT pk_rollups,
        ADD CONSTRAINT pk_rollups PRIMARY KEY (measure, segment, subject, day, variation, number)
    """,
    "ALTER TABLE rollup_changes ALTER COLUMN sums TYPE text USING sums::text",
    "ALTER TABLE profiles ADD COLUMN footprint bytea",
)

_DOWNGRADES = (
    "ALTER TABLE profiles DROP COLUMN footprint",
    "ALTER TABLE rollup_changes ALTER COLUMN sums TYPE numeric[] USING sums::numeric[]",
    """
    ALTER TABLE rollups DROP CONSTRAINT pk_rollups,
        ADD CONSTRAINT pk_rollups PRIMARY KEY (measure, day, segment, subject, variation, number)
    """,
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
