"""The maintainers’ forms, cards and posts as Slack shows them."""
