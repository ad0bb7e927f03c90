"""Rules of schedules: what they are, how people write them, and when they fall. Pure: no store, no clock."""
