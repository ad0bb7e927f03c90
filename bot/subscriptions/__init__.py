"""What a channel gets: subscribing, schedules, permissions, and the messages about them."""
