"""Which workspace a request of Slack's is for: the one by whose installation it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_bolt.request.internals import extract_team_id

if TYPE_CHECKING:
    from collections.abc import Mapping


def team_of(body: Mapping[str, Any]) -> str:
    """Return the workspace's id; nothing where the request names none.

    An event in a channel that is shared with another organisation names the workspace whose installation gets it
    apart from the one in which it happened (Slack: "The Events API", `authorizations`).
    """
    return str(extract_team_id(dict(body)) or body.get("team_id") or "")
