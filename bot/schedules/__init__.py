"""Scheduled posts: due times, catch-up, next runs, their text."""
