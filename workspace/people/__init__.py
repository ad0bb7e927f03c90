"""What people do: type, click, choose, submit, use shortcuts, open the app."""
