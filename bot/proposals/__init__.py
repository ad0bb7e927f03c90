"""Proposals: facts and corrections that somebody suggests, a second person approves, and the bot writes to files."""
