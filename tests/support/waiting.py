"""How long tests wait for what is sure to come."""

from __future__ import annotations

from typing import Final

PATIENCE_S: Final = 120.0
"""Seconds; long enough for a machine that is ten times busier. What never comes costs so much once, and fails."""
