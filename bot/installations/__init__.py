"""Workspaces that installed the app: their tokens, encrypted, and what happens when they remove it."""
