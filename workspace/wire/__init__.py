"""The wire between the workspace and an app: Web API, Socket Mode, HTTP requests, events and payloads."""
