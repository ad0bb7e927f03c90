"""briefings/ on disk → checked, typed, immutable content → rendered Markdown."""
