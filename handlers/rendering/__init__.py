"""Rendering: replies and posts as Slack messages, Block Kit and modals."""
