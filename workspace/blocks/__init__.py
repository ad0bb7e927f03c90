"""Block Kit as Slack accepts it: schema, rules, and the elements that people fill in."""
