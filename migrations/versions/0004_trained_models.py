"""Trained models, which of them serve, and what came of trainings."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UPGRADES = (
    """
    CREATE TABLE trained_models (
        task text,
        version text,
        trained_at timestamptz NOT NULL,
        manifest jsonb NOT NULL,
        CONSTRAINT pk_trained_models PRIMARY KEY (task, version)
    )
    """,
    """
    CREATE TABLE model_parts (
        task text,
        version text,
        name text,
        content bytea NOT NULL,
        CONSTRAINT pk_model_parts PRIMARY KEY (task, version, name),
        CONSTRAINT fk_model_parts_trained_models FOREIGN KEY (task, version)
            REFERENCES trained_models (task, version) ON DELETE CASCADE
    )
    """,
    # Boosters are dense: compressing them costs time and saves next to nothing.
    "ALTER TABLE model_parts ALTER COLUMN content SET STORAGE EXTERNAL",
    """
    CREATE TABLE models_in_use (
        task text CONSTRAINT pk_models_in_use PRIMARY KEY,
        version text NOT NULL,
        previous text,
        switched_at timestamptz NOT NULL,
        drift jsonb,
        CONSTRAINT fk_models_in_use_trained_models FOREIGN KEY (task, version)
            REFERENCES trained_models (task, version)
    )
    """,
    """
    CREATE TABLE trainings (
        training_id text CONSTRAINT pk_trainings PRIMARY KEY,
        cause text NOT NULL,
        started_at timestamptz NOT NULL,
        ended_at timestamptz,
        outcomes jsonb NOT NULL
    )
    """,
    "CREATE INDEX ix_trainings_started_at ON trainings (started_at DESC)",
)

_DOWNGRADES = (
    "DROP TABLE trainings, models_in_use, model_parts, trained_models",
    "DELETE FROM revisions WHERE name = 'models'",
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
