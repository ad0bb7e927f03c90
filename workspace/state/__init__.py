"""In-memory state: users, channels, messages, views, forms and trigger ids."""
