"""Alerts on changed facts: subscriptions, posts that show facts, corrections of them, watches."""
