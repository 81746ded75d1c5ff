"""Marking a user for folding asks nobody whether the user exists; the mark still goes with the user."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_UPGRADES = (
    # Asked once per new mark, though everybody who marks holds the users before. It cost half of marking.
    "ALTER TABLE fold_marks DROP CONSTRAINT fk_fold_marks_users",
    "DROP TRIGGER forget_interactions ON users",
    "DROP FUNCTION forget_interactions()",
    """
    CREATE FUNCTION forget_doings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM interactions WHERE user_id = OLD.user_id;
        DELETE FROM fold_marks WHERE user_id = OLD.user_id;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER forget_doings AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION forget_doings()",
)

_DOWNGRADES = (
    "DROP TRIGGER forget_doings ON users",
    "DROP FUNCTION forget_doings()",
    """
    CREATE FUNCTION forget_interactions() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM interactions WHERE user_id = OLD.user_id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER forget_interactions AFTER DELETE ON users
        FOR EACH ROW EXECUTE FUNCTION forget_interactions()
    """,
    """
    ALTER TABLE fold_marks ADD CONSTRAINT fk_fold_marks_users
        FOREIGN KEY (user_id) REFERENCES users (user_id) ON DELETE CASCADE
    """,
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
