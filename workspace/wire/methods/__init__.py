"""The Web API's methods, a module for each family of Slack's reference."""
