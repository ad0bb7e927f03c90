"""Slack's own side: Web API client, transport of deliveries, servers, tokens, scopes, membership."""
