"""Answers to people: look-ups, briefings, changes, claim checks, App Home."""
