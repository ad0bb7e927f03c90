"""The page in the browser: its requests, and what each part shows."""
