"""Sorting: which questions are alike, and which of them an expert's decision covers."""
