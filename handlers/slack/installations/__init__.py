"""The workspaces that installed the app: tokens, scopes, manifests."""
