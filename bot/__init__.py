"""What the bot does: whom it answers, what it says, and when. Knows no Slack."""
