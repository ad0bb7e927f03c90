"""Listeners: what the bot does with each command, button, event, shortcut, view and suggestion from Slack."""
