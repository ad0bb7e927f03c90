"""`briefing-bot doctor`: whether the set-up is as it should be, and what to do where it is not."""
