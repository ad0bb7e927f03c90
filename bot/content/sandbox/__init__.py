"""What templates may do, and for how long."""
