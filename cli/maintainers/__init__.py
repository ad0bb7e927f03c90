"""Commands for the maintainers of the facts."""
