"""Which workspace a request of Slack's is for: the one by whose installation it is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from slack_bolt.request.internals import extract_enterprise_id, extract_team_id

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCESS: Final = ("team_access_granted", "team_access_revoked")
"""An organisation has added workspaces to those that have its app, or taken some out (Slack: "team_access_revoked")."""
_REMOVALS: Final = ("tokens_revoked", "app_uninstalled")


def team_of(body: Mapping[str, Any]) -> str:
    """Return the workspace's id; nothing where the request names none.

    An event in a channel that is shared with another organisation names the workspace whose installation gets it
    apart from the one in which it happened (Slack: "The Events API", `authorizations`).
    """
    return str(extract_team_id(dict(body)) or body.get("team_id") or "")


def removed_from(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the ids of the workspace that has removed the app, or of the organisation as a whole, and of that.

    An organisation removes the app from one of its workspaces by an event that names that workspace.
    """
    organisation = str(extract_enterprise_id(dict(body)) or "")
    return team_of(body) or organisation, organisation


def happened_at(body: Mapping[str, Any]) -> datetime | None:
    """Return when an event happened, to the second, also where Slack repeats it; nothing for other requests."""
    at = body.get("event_time")
    try:
        return datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None
    except (OverflowError, OSError, ValueError):  # no time that there is
        return None


def is_removal(body: Mapping[str, Any]) -> bool:
    """Whether a request tells that the app was removed."""
    return _event(body).get("type") in _REMOVALS


def is_of_organisation(body: Mapping[str, Any]) -> bool:
    """Whether an event is for an organisation as a whole, whichever of its workspaces Slack names beside that."""
    return _event(body).get("type") in _ACCESS


def named_workspaces(body: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the organisation of such an event, and the workspaces that it is about."""
    teams = _event(body).get("team_ids")
    found = tuple(each for each in teams if isinstance(each, str)) if isinstance(teams, list) else ()
    return str(extract_enterprise_id(dict(body)) or ""), found


def _event(body: Mapping[str, Any]) -> Mapping[str, Any]:
    event = body.get("event")
    return event if isinstance(event, dict) else {}
