"""`briefing-bot preview`: the briefing as it will read, each line with its place in the content folder."""
