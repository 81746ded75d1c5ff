"""Rules run experiments; what users got is remembered; sums over users are kept."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UPGRADES = (
    "ALTER TABLE rules ADD COLUMN run jsonb, ADD COLUMN experiment_status text",
    """
    CREATE TABLE assignments (
        user_id text NOT NULL,
        rule_id text NOT NULL,
        run integer NOT NULL,
        variation text,
        held_out boolean NOT NULL DEFAULT false,
        probability double precision NOT NULL DEFAULT 1,
        overridden boolean NOT NULL DEFAULT false,
        first_exposed_at timestamptz NOT NULL,
        last_applied_at timestamptz NOT NULL,
        times_applied bigint NOT NULL,
        segments text[],
        counted_through bigint,
        outcomes jsonb,
        converted_at timestamptz,
        CONSTRAINT pk_assignments PRIMARY KEY (user_id, rule_id, run),
        CONSTRAINT fk_assignments_users FOREIGN KEY (user_id) REFERENCES users (user_id) ON DELETE CASCADE,
        CONSTRAINT fk_assignments_rules FOREIGN KEY (rule_id) REFERENCES rules (rule_id) ON DELETE CASCADE,
        CONSTRAINT ck_assignments_probability CHECK (probability > 0 AND probability <= 1)
    )
    """,
    "CREATE INDEX ix_assignments_rule_id ON assignments (rule_id, run)",
    """
    CREATE TABLE rollups (
        measure text NOT NULL,
        day integer NOT NULL,
        segment text NOT NULL,
        subject text NOT NULL,
        variation text NOT NULL,
        number integer NOT NULL,
        sums numeric[] NOT NULL,
        CONSTRAINT pk_rollups PRIMARY KEY (measure, day, segment, subject, variation, number)
    )
    """,
    """
    CREATE TABLE rollup_changes (
        change_id bigint GENERATED ALWAYS AS IDENTITY,
        measure text NOT NULL,
        day integer NOT NULL,
        segment text NOT NULL,
        subject text NOT NULL,
        variation text NOT NULL,
        number integer NOT NULL,
        sums numeric[] NOT NULL,
        CONSTRAINT pk_rollup_changes PRIMARY KEY (change_id)
    )
    """,
)

_DOWNGRADES = (
    "DROP TABLE rollup_changes",
    "DROP TABLE rollups",
    "DROP TABLE assignments",
    "ALTER TABLE rules DROP COLUMN run, DROP COLUMN experiment_status",
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
