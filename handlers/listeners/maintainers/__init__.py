"""Listeners of the maintainers’ bench: proposals, themes of unanswered questions, and reviews."""
