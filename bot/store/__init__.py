"""The published revisions and everything else that must outlive the process: SQLite or PostgreSQL."""
