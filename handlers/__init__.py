"""Slack, and nothing but Slack: listeners, blocks, messenger, server."""
