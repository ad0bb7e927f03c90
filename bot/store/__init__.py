"""The published revision: what every answer is read from."""
