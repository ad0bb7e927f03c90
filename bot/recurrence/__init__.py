"""Recurrence rules: what they are, how people write them, and when they occur. Pure: no store, no clock."""
