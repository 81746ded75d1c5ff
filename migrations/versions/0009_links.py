"""Anonymous users are linked to known ones, whose aliases they become; what that did to experiments is counted."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UPGRADES = (
    "ALTER TABLE users ADD COLUMN linked_to text, ADD COLUMN linked_at timestamptz",
    """
    ALTER TABLE users
        ADD CONSTRAINT fk_users_users FOREIGN KEY (linked_to) REFERENCES users (user_id) ON DELETE CASCADE,
        ADD CONSTRAINT ck_users_linked_to_another CHECK (linked_to <> user_id),
        ADD CONSTRAINT ck_users_linked_since CHECK ((linked_to IS NULL) = (linked_at IS NULL))
    """,
    "CREATE INDEX ix_users_linked_to ON users (linked_to) WHERE linked_to IS NOT NULL",
    """
    ALTER TABLE assignments
        ADD COLUMN relinked boolean NOT NULL DEFAULT false,
        ADD COLUMN conflicted boolean NOT NULL DEFAULT false
    """,
)

_DOWNGRADES = (
    "ALTER TABLE assignments DROP COLUMN relinked, DROP COLUMN conflicted",
    "DELETE FROM users WHERE linked_to IS NOT NULL",
    "ALTER TABLE users DROP COLUMN linked_to, DROP COLUMN linked_at",
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
