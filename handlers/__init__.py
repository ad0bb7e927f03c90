"""Everything about Slack: listeners, rendering, and the connection itself."""
