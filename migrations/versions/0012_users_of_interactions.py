"""Writing an interaction asks nobody whether its user exists; what a user did still goes with the user."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_UPGRADES = (
    # Asked once per row, though every transaction that writes interactions has locked their users before.
    "ALTER TABLE interactions DROP CONSTRAINT fk_interactions_users",
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
)

_DOWNGRADES = (
    "DROP TRIGGER forget_interactions ON users",
    "DROP FUNCTION forget_interactions()",
    """
    ALTER TABLE interactions ADD CONSTRAINT fk_interactions_users
        FOREIGN KEY (user_id) REFERENCES users (user_id) ON DELETE CASCADE
    """,
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
