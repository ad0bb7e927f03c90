"""Edits of content files in their own style: a change of one fact touches the lines of that change alone."""
