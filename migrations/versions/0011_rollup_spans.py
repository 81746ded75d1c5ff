"""Sums are kept of spans of 16 days, too, so that long periods are read from few rows."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_UPGRADES = (
    """
    CREATE TABLE rollup_spans (
        measure text,
        span integer,
        segment text,
        subject text,
        variation text,
        number integer,
        sums numeric[] NOT NULL,
        CONSTRAINT pk_rollup_spans PRIMARY KEY (measure, segment, subject, span, variation, number)
    )
    """,
    """
    INSERT INTO rollup_spans (measure, span, segment, subject, variation, number, sums)
    SELECT measure, span, segment, subject, variation, number, array_agg(amount ORDER BY place)
    FROM (
        SELECT measure, day >> 4 AS span, segment, subject, variation, number, place, sum(amount) AS amount
        FROM rollups CROSS JOIN LATERAL unnest(sums) WITH ORDINALITY AS placed (amount, place)
        GROUP BY measure, day >> 4, segment, subject, variation, number, place
    ) AS placed
    GROUP BY measure, span, segment, subject, variation, number
    """,
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE rollup_spans")
