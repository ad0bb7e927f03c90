"""Reviews: facts whose review is due, who is asked for them, and what they answer."""
