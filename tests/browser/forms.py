"""An app with every interactive element: in a modal, in its Home tab, and in a message."""

from __future__ import annotations

from typing import Any

from tests.browser.apps import EchoApp, plain
from tests.support.new_blocks import alerts

MANIFEST: dict[str, Any] = {
    "_metadata": {"major_version": 2},
    "display_information": {"name": "Forms", "description": "Asks and tells."},
    "features": {
        "bot_user": {"display_name": "Forms bot"},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [
            {"command": "/form", "description": "Fill in a form", "usage_hint": "[words]"},
            {"command": "/message", "description": "A message with things to choose"},
        ],
        "shortcuts": [
            {"type": "message", "name": "Check the message", "callback_id": "check", "description": "Check its words"},
            {"type": "global", "name": "Find something", "callback_id": "find", "description": "Search as you type"},
        ],
        "agent_view": {
            "agent_description": "Answers.",
            "suggested_prompts": [
                {"title": "What is held?", "message": "what is held"},
                {"title": "Growth zones", "message": "growth zones"},
            ],
        },
    },
    "oauth_config": {
        "scopes": {"bot": ["commands", "chat:write", "app_mentions:read", "assistant:write", "im:history"]}
    },
    "settings": {
        "socket_mode_enabled": True,
        "event_subscriptions": {"bot_events": ["app_mention", "message.im", "app_home_opened"]},
        "interactivity": {"is_enabled": True},
    },
}


TAKEN = "Taken"
"""The title that the app refuses."""


def option(text: str, value: str, description: str = "") -> dict[str, Any]:
    """Return an option."""
    return {"text": plain(text), "value": value, **({"description": plain(description)} if description else {})}


def field(block_id: str, label: str, kind: str, hint: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401 — any field of an element
    """Return an input block whose element has the action_id `it`."""
    shape = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"type": kind, "action_id": "it", **more},
    }
    return {**shape, **({"hint": plain(hint)} if hint else {})}


AREAS = [option("Infrastructure", "infrastructure"), option("Adoption", "adoption"), option("Security", "security")]
DAYS = [
    option("Weekdays", "weekdays", "Monday to Friday"),
    option("Every day", "daily"),
    option("Once a week", "weekly"),
]
CONFIRM = {
    "title": plain("Remove it?"),
    "text": plain("It will not be posted again."),
    "confirm": plain("Remove"),
    "deny": plain("Keep"),
    "style": "danger",
}


def everything(preface: str = "") -> dict[str, Any]:
    """Return a modal with each kind of input, below a preface if there is one."""
    blocks = [
        *([{"type": "section", "text": {"type": "mrkdwn", "text": preface}}] if preface else []),
        {"type": "section", "text": {"type": "mrkdwn", "text": "Posts in *#policy*, at the channel’s own time."}},
        field("areas", "Areas", "checkboxes", options=AREAS, initial_options=AREAS[:1]),
        field("days", "Days", "radio_buttons", options=DAYS, initial_option=DAYS[0]),
        field("at", "Time", "timepicker", initial_time="09:00"),
        field(
            "zone",
            "Time zone",
            "external_select",
            "Type a city",
            min_query_length=1,
            placeholder=plain("Europe/London"),
        ),
        field("words", "A title", "plain_text_input", "Shown above the post", placeholder=plain("Say it short")),
        field("holidays", "On a bank holiday", "static_select", options=AREAS, placeholder=plain("Skip it")),
        field("channel", "Channel", "channels_select", initial_channel="C0POLICY"),
        field("who", "Who is told", "multi_users_select", initial_users=["U0ADA"]),
        field("from", "First day", "datepicker", initial_date="2026-11-23"),
        {**field("note", "A note", "plain_text_input", multiline=True), "optional": True},
    ]
    return {
        "type": "modal",
        "callback_id": "everything",
        "title": plain("Subscribe #policy"),
        "submit": plain("Subscribe"),
        "close": plain("Cancel"),
        "blocks": blocks,
    }


def finder(words: str = "") -> dict[str, Any]:
    """Return a modal with a search as the user types; the choice is shown at once."""
    search = {
        **field("q", "What about?", "external_select", min_query_length=0, focus_on_load=True),
        "dispatch_action": True,
    }
    found = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*Found:* {words}"}}] if words else []
    return {
        "type": "modal",
        "callback_id": "finder",
        "title": plain("Find something"),
        "submit": plain("Post"),
        "blocks": [search, *found],
    }


def more() -> dict[str, Any]:
    """Return a modal to push."""
    return {"type": "modal", "title": plain("More"), "close": plain("Back"), "blocks": alerts("One step further.")}


def home() -> dict[str, Any]:
    """Return a Home tab."""
    buttons = [
        {"type": "button", "action_id": f"area{number}", "text": area["text"]} for number, area in enumerate(AREAS)
    ]
    menu = {
        "type": "overflow",
        "action_id": "menu",
        "options": [option("Pause", "pause"), option("Remove", "remove")],
        "confirm": CONFIRM,
    }
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("What it knows")},
            {"type": "section", "text": {"type": "mrkdwn", "text": "Four areas. Position at *21 July 2025*."}},
            {"type": "actions", "block_id": "areas", "elements": buttons},
            {"type": "divider"},
            {
                "type": "section",
                "block_id": "row",
                "text": {
                    "type": "mrkdwn",
                    "text": "*#policy*: weekdays, next <!date^1795510800^{date_short_pretty} at {time}|Monday>",
                },
                "accessory": menu,
            },
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "Revision 1"}]},
        ],
    }


def message() -> list[dict[str, Any]]:
    """Return the blocks of a message with things to choose."""
    return [
        {
            "type": "section",
            "block_id": "s",
            "text": {"type": "mrkdwn", "text": "*Weekdays at 09:00*, Infrastructure. Next: Mon 23 Nov"},
            "accessory": {
                "type": "overflow",
                "action_id": "menu",
                "options": [option("Pause", "pause"), option("Remove", "remove")],
            },
        },
        {
            "type": "actions",
            "block_id": "a",
            "elements": [
                {"type": "button", "action_id": "post", "text": plain("Post now"), "style": "primary"},
                {
                    "type": "button",
                    "action_id": "remove",
                    "text": plain("Remove"),
                    "style": "danger",
                    "confirm": CONFIRM,
                },
                {
                    "type": "static_select",
                    "action_id": "choose",
                    "options": AREAS,
                    "placeholder": plain("Another area"),
                },
                {"type": "datepicker", "action_id": "day"},
            ],
        },
    ]


class FormsApp(EchoApp):
    """Opens its forms, refuses a title that is taken, searches, and shows its Home."""

    preface = ""

    @property
    def _token(self) -> str:
        return self._workspace.bot_token

    async def _answer(self, frame: dict[str, Any]) -> None:
        payload = frame.get("payload", {})
        match frame["type"]:
            case "slash_commands" if payload["command"] == "/form":
                await self._ack(frame)
                await self._open(payload, everything(self.preface))
            case "slash_commands":
                await self._ack(frame, {"text": "Subscribed", "blocks": message()})
            case "events_api":
                await self._ack(frame)
                await self._heard(payload["event"])
            case "interactive":
                await self._used(frame, payload)

    async def _heard(self, event: dict[str, Any]) -> None:
        if event.get("tab") == "messages":
            return
        if event["type"] == "app_home_opened":
            await self.call("views.publish", self._token, user_id=event["user"], view=home())
        elif "bot_id" not in event:
            thread = event.get("thread_ts") or event["ts"]
            await self.say(event["channel"], "I heard you.", thread_ts=thread)

    async def _used(self, frame: dict[str, Any], payload: dict[str, Any]) -> None:
        match payload["type"]:
            case "block_suggestion":
                found = [option(f"{payload['value']} {word}", word, "A suggestion") for word in ("one", "two")]
                await self._ack(frame, {"options": found})
            case "view_submission":
                await self._submitted(frame, payload["view"])
            case "shortcut":
                await self._ack(frame)
                await self._open(payload, finder())
            case "message_action":
                await self._ack(frame)
                await self._open(payload, more())
            case "block_actions":
                await self._ack(frame)
                await self._acted(payload)

    async def _submitted(self, frame: dict[str, Any], view: dict[str, Any]) -> None:
        title = view["state"]["values"].get("words", {}).get("it", {}).get("value")
        if title == TAKEN:
            await self._ack(frame, {"response_action": "errors", "errors": {"words": "That title is taken."}})
        else:
            await self._ack(frame)

    async def _acted(self, payload: dict[str, Any]) -> None:
        action = payload["actions"][0]
        chosen = action.get("selected_option") or {}
        if "channel" in payload:
            await self.say(payload["channel"]["id"], f"Did {action['action_id']} {chosen.get('value', '')}")
        elif payload["view"]["type"] == "modal" and chosen:
            view = finder(chosen["text"]["text"])
            await self.call("views.update", self._token, view_id=payload["view"]["id"], view=view)

    async def _open(self, payload: dict[str, Any], view: dict[str, Any]) -> None:
        await self.call("views.open", self._token, trigger_id=payload["trigger_id"], view=view)
