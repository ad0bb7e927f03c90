"""A Slack workspace on your own machine: Web API, Socket Mode and a page in the browser. Knows nothing of the bot."""
