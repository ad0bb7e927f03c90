"""Whether what the bot depends on is as it should be: read-only checks, each a finding with what to do."""
