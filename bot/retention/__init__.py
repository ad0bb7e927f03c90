"""What is kept for how long, and what is forgotten or handed out on request."""
