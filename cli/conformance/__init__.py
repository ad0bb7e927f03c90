"""`briefing-bot conformance`: whether Slack takes every message and view that the bot sends."""
