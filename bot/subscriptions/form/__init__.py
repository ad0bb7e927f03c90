"""The schedule form: its fields, what it is filled in with, and what a submitted one asks for. Knows no Slack."""
