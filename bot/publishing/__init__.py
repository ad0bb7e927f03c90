"""How content becomes a revision: from a folder, from a git branch, and previewed."""
