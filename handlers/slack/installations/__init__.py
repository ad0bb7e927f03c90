"""The workspaces that installed the app: tokens, scopes, and how it is installed."""
