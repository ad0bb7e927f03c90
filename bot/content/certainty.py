"""Certainty: how firm the source of a fact is, and the label that readers see beside it."""

from __future__ import annotations

from enum import StrEnum


class Certainty(StrEnum):
    """How firm the source is. Nothing in a reply may sound firmer than this."""

    STATED = "stated"
    INTENDED = "intended"
    POSSIBLE = "possible"
    FORECAST = "forecast"
    SAID = "said"
    UNSTATED = "unstated"

    def label(self, said_by: str | None = None) -> str:
        """Return the label shown beside a fact; `said_by` names whose forecast or words it is."""
        return _LABELS[self].format(said_by=said_by)


_LABELS = {
    Certainty.STATED: "Stated",
    Certainty.INTENDED: "Intended, not binding",
    Certainty.POSSIBLE: "Possible, not decided",
    Certainty.FORECAST: "Forecast by {said_by}",
    Certainty.SAID: "Reported from {said_by} (our words)",
    Certainty.UNSTATED: "Not stated in our sources",
}
