"""The assistant pane is opened. Its questions arrive as direct messages (handlers/listeners/events.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from handlers.slack.assistant_pane import AssistantPane
    from handlers.tasks import Tasks


def register(app: AsyncApp, pane: AssistantPane, tasks: Tasks) -> None:
    """Offer questions when the pane is opened."""

    async def on_started(body: dict[str, Any]) -> None:
        thread = body["event"]["assistant_thread"]
        if tasks.is_new(body.get("event_id")):
            tasks.start(pane.open_thread(thread["channel_id"], thread["thread_ts"]))

    app.event("assistant_thread_started")(on_started)
