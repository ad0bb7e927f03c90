"""Gaps: what people asked and the facts do not answer, sorted into themes, and who wants to be told of an answer."""
