"""Approved changes become edits of the content: in its folder, as a branch of its repository, or as a patch."""
