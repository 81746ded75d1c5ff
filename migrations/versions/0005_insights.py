"""Profiles keep what models read of a user, what they say, and from which signals they say it."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UPGRADES = (
    """
    ALTER TABLE profiles
        ADD COLUMN models_revision bigint NOT NULL DEFAULT 0,
        ADD COLUMN habits bytea,
        ADD COLUMN insights jsonb,
        ADD COLUMN churn_risk double precision,
        ADD COLUMN lifetime_value double precision,
        ADD COLUMN signals bytea NOT NULL DEFAULT ''
    """,
    # They come compressed.
    "ALTER TABLE profiles ALTER COLUMN habits SET STORAGE EXTERNAL",
    """
    CREATE INDEX ix_profiles_models_revision ON profiles (models_revision, user_id)
    WHERE claimable AND revision > 0
    """,
    "CREATE INDEX ix_profiles_churn_risk ON profiles (churn_risk) WHERE churn_risk IS NOT NULL",
)

_DOWNGRADES = (
    """
    ALTER TABLE profiles
        DROP COLUMN models_revision,
        DROP COLUMN habits,
        DROP COLUMN insights,
        DROP COLUMN churn_risk,
        DROP COLUMN lifetime_value,
        DROP COLUMN signals
    """,
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
