"""The `briefing-bot` command: thin, a module per group."""
