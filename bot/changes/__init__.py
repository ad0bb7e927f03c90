"""What a revision changes, derived from both contents, and changes as Markdown."""
