"""Rows of every table as the version before migration 0003 wrote them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
TEAM: Final = "T1"
TOLD: Final = "briefings/growth/facts.yaml:3: A fault."
DIGEST: Final = "0123456789abcdef"

_DAILY = {"repeat": "weekly", "weekdays": [0, 1, 2, 3, 4, 5, 6], "day": 0, "ordinal": 0, "anchor": None}
RULE: Final = {
    "days": _DAILY,
    "at": "13:00",
    "tz": "Europe/London",
    "calendar": "none",
    "on_holiday": "skip",
    "catch_up_s": 3600,
    "when_unchanged": "full",
}
_FACT: dict[str, Any] = {
    "id": "growth-zones-investment",
    "area": "infrastructure",
    "statement": "The sum was £1 billion.",
    "certainty": "stated",
    "citations": [],
    "as_of": "2026-11-01",
    "checked_on": "2026-11-01",
    "place": {"file": "infrastructure.yaml", "line": 1, "column": 1},
    "said_by": None,
    "short": None,
    "keywords": [],
    "owner": None,
    "corrected": {"on": "2026-11-20", "why": "The source says so."},
    "withdrawn": None,
    "superseded_by": None,
}


def _delivery(number: int, channel: str, state: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 — any column's
    at = NOW - timedelta(minutes=10) + timedelta(seconds=number)
    known = {"kind": "alert", "priority": 1, "attempts": 0, "fence": 0, "revision": 1, "error": None, "ts": None}
    fresh = {"attempt_at": None, "owner": None, "settled_at": None, "subscription": None, "depends_on": None}
    return {
        "id": f"{number:032x}",
        "team": TEAM,
        "channel": channel,
        "body": body,
        "state": state,
        "created_at": at,
        "due_at": at,
        "expires_at": at + timedelta(days=1),
        **known,
        **fresh,
        **more,
    }


def _schedule(name: str, channel: str, next_at: datetime | None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 — any column's
    made = {"created_at": NOW - timedelta(days=200), "created_by": "U1", "touched_at": NOW - timedelta(days=90)}
    return {
        "id": name,
        "team": TEAM,
        "channel": channel,
        "areas": ["infrastructure"],
        "is_digest": False,
        "rule": json.dumps(RULE),
        "next_on": next_at.date() if next_at else None,
        "next_at": next_at,
        **made,
        "told_revision": 1,
        "paused_at": None,
        "paused_why": None,
        **more,
    }


_WHY = [["why", "Why am I seeing this?", "alert"]]
_ALERT = {
    "markdown": "# An alert",
    "buttons": _WHY,
    "shown": {"growth-zones-investment": DIGEST},
    "told": {"growth-zones-investment": "- A line."},
    "since": 1,
}
_EDIT = {"markdown": "Put right.", "edits": "5.5", "parts": ["5.6"], "shown": {"growth-zones-investment": DIGEST}}
_DUE = {"due": {"schedule": "daily", "on": "2026-11-30", "areas": ["infrastructure"], "since": 1}}
_SENT = {"attempts": 1, "fence": 1, "owner": "f" * 32, "attempt_at": NOW - timedelta(minutes=5)}
_REFUSED = {**_SENT, "settled_at": NOW - timedelta(minutes=5), "error": "is_archived"}
_PAUSED = {"paused_at": NOW - timedelta(minutes=5), "paused_why": "is_archived"}
_SUBSCRIBED = {"team": TEAM, "corrections_only": False, "created_at": NOW, "created_by": "U1"}
_POST = {"team": TEAM, "channel": "C5", "kind": "answer", "posted_at": NOW - timedelta(days=2), "state": "standing"}
_POST_BODY = {"markdown": "An answer.", "thread": "", "buttons": [["remove", "Remove", "x"]], "answers": ["a"]}

ROWS: Final[dict[str, list[dict[str, Any]]]] = {
    "revisions": [
        {"number": 1, "published_at": NOW - timedelta(days=9), "content_hash": "0" * 64, "content": "{}", "note": "Hi."}
    ],
    "changes": [
        {"revision": 1, "fact_id": _FACT["id"], "kind": "corrected", "areas": ["infrastructure"], "position": 0}
        | {"before": _FACT | {"corrected": None}, "after": _FACT}
    ],
    "subscriptions": [
        {"id": "s1", "channel": "C1", "areas": ["all"], "areas_key": "all", "paused_at": None, "paused_why": None}
        | _SUBSCRIBED,
        {"id": "s2", "channel": "C4", "areas": ["growth"], "areas_key": "growth", **_PAUSED} | _SUBSCRIBED,
    ],
    "schedules": [
        _schedule("daily", "C3", NOW + timedelta(hours=1)),
        _schedule("quiet", "C8", NOW + timedelta(hours=1)),
        _schedule("refused", "C4", None, **_PAUSED),
    ],
    "schedule_runs": [
        {"schedule": "daily", "on": date(2026, 11, 30), "at": NOW, "state": "due", "why": None}
        | {"delivery": f"{3:032x}", "ts": None},
        {"schedule": "refused", "on": date(2026, 11, 30), "at": NOW, "state": "dead", "why": "is_archived"}
        | {"delivery": f"{4:032x}", "ts": None},
    ],
    "deliveries": [
        _delivery(1, "C1", "pending", _ALERT),
        _delivery(2, "C1", "pending", {"markdown": "more"}, kind="note", depends_on=f"{1:032x}"),
        _delivery(3, "C3", "pending", _DUE, kind="scheduled", priority=2, revision=None),
        _delivery(4, "C4", "dead", {"markdown": "post", **_DUE}, kind="scheduled", priority=2, **_REFUSED),
        _delivery(5, "C5", "pending", _EDIT, kind="edit", priority=0),
        _delivery(6, "C6", "unknown", {"markdown": "lost"}, **_SENT),
        _delivery(7, "C7", "dropped", {"markdown": "gone"}, error="dropped by hand"),
        _delivery(8, "C6", "dead", {"markdown": "lost for good"}, **_REFUSED | {"error": "unknown: missing_scope"}),
        _delivery(9, "C3", "sent", {"markdown": "by hand"}, kind="scheduled", ts="9.9", subscription="daily", **_SENT),
    ],
    "posts": [
        {"ts": "5.5", "shown": {"growth-zones-investment": DIGEST}, **_POST}
        | {"body": {**_POST_BODY, "posted_by": "", "banners": ["Wrong."]}},
        {"ts": "6.6", "shown": {"growth-zones-investment": DIGEST}, **_POST}
        | {"body": {**_POST_BODY, "posted_by": "", "banners": [], "told": {"a": "- A."}, "parts": ["6.7"]}},
    ],
    "watches": [
        {"team": TEAM, "user": "U1", "fact_id": "a", "wording": DIGEST, "created_at": NOW}
        | {"until": NOW + timedelta(days=30)}
    ],
    "told": [{"digest": "", "told_at": NOW}],
    "settings": [
        {"key": "team", "value": TEAM},
        {"key": "hold T1 chat.update", "value": [NOW.isoformat(), (NOW + timedelta(seconds=30)).isoformat()]},
        {"key": "asked T1 C8 20260901T120000", "value": (NOW - timedelta(days=30)).isoformat()},
    ],
}
