"""What a person types in the walk: commands in a channel, and messages there and to the bot.

A new command, or a new kind of answer, belongs here; new buttons, menus and forms are found by the walk itself.
"""

from __future__ import annotations

from typing import Final

from workspace.state.seed import ADA_ID, GENERAL_ID

DIRECT: Final = f"D{ADA_ID[1:]}"
"""The direct message with the bot."""

COMMANDS: Final = (
    ("a fact asked for", "/fact growth zones"),
    ("a misspelt question", "/fact grwoth zones"),
    ("the closest fact", "/fact growth zones in wales jobs"),
    ("no answer", "/fact the price of fish in Ghana"),
    ("/fact alone", "/fact"),
    ("the history of a fact", "/fact history {fact}"),
    ("/briefing alone", "/briefing"),
    ("an area that is none", "/briefing fish"),
    ("what changed", "/briefing changes"),
    ("a list without entries", "/briefing subscriptions"),
    ("subscribing to alerts", "/briefing subscribe all alerts"),
    ("subscribing to some changes", "/briefing subscribe {other} when possible becomes intended"),
    ("subscribing to a fact", "/briefing subscribe fact {fact}"),
    ("subscribing with a schedule", "/briefing subscribe {area} weekdays 09:00"),
    ("subscribing to a digest", "/briefing subscribe weekly digest monday 09:00"),
    ("the form", "/briefing subscribe"),
    ("the form with what was not understood", "/briefing subscribe {area} wekdays 9"),
    ("a list of schedules", "/briefing subscriptions"),
    ("pausing until a day", "/briefing pause until 24 December"),
    ("resuming", "/briefing resume"),
    ("pausing", "/briefing pause"),
    ("resuming", "/briefing resume"),
    ("pausing until no day", "/briefing pause until fish"),
    ("days off", "/briefing days off 24 December to 2 January"),
    ("no days off", "/briefing days off clear"),
    ("defaults", "/briefing defaults {area} Europe/London"),
    ("no defaults", "/briefing defaults clear"),
    ("unsubscribing from an area", "/briefing unsubscribe {other}"),
    ("unsubscribing from everything", "/briefing unsubscribe all"),
)
"""What it is for, and the command; `{fact}` is a fact's id, `{area}` and `{other}` keys of areas."""

WRITTEN: Final = (
    ("a mention", GENERAL_ID, "@Briefing bot growth zones"),
    ("a mention without an answer", GENERAL_ID, "@Briefing bot the price of fish in Ghana"),
    ("a greeting", DIRECT, "hello"),
    ("a direct message", DIRECT, "growth zones"),
    ("a follow-up", DIRECT, "and when?"),
    ("a briefing in a direct message", DIRECT, "briefing {area}"),
    ("a command in a direct message", DIRECT, "subscribe {area}"),
    ("a pause in a direct message", DIRECT, "pause until 24 December"),
)
"""What it is for, where it is written, and the words, with the same places."""

CLAIM: Final = "There will be over 200 bids for AI Growth Zones, and every school gets ChatGPT."
"""A message that is checked against the facts."""
