"""Alembic's entry: runs the wanted migrations on the connection that `migrations.runner` has opened."""

from alembic import context

from migrations.runner import is_compared
from persistence.postgres.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=is_compared,
)
with context.begin_transaction():
    context.run_migrations()
