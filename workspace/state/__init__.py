"""What the workspace holds: users, channels, messages, views, forms and trigger ids."""
