"""Slack's requests in, by Socket Mode or HTTP."""
