"""Checks of content beyond the schema: certainty words, references, layout of the folder, templates."""
