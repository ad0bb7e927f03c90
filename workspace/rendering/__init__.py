"""Messages and Block Kit as safe HTML."""
