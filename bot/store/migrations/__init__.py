"""How the tables came to be, a step a file in versions/. Alembic reads this folder; bot/store/migrate.py runs it."""
