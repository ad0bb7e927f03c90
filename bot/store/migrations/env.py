"""What Alembic runs: the migrations, on the connection that bot/store/migrate.py hands over."""

from __future__ import annotations

from alembic import context

from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can too: the engine begins transactions itself
    render_as_batch=True,  # SQLite cannot alter a column
)
context.run_migrations()
