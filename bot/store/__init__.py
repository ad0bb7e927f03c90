"""Persistence on SQLite or PostgreSQL: connections, migrations, tables, revisions."""
