"""The message box: what becomes of the words that a person types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workspace.wire.payloads import escape

if TYPE_CHECKING:
    from workspace.state.state import State

_BROADCAST = re.compile(r"(?<![\w@])@(channel|here|everyone)\b")


def encode(text: str, state: State) -> str:
    """Return typed words as Slack keeps them: entities for & < >, `<@U…>` for names, `<#C…|name>` for channels.

    A name is a user's handle or real name after @, in any case. `<@U0BOT>` typed as such is literal text, as in Slack.
    """
    text = escape(text)
    names = [(name, user.id) for user in state.users for name in (user.name, user.real_name)]
    for name, user_id in sorted(names, key=lambda pair: len(pair[0]), reverse=True):
        text = re.sub(rf"(?<![\w@])@{re.escape(escape(name))}(?!\w)", f"<@{user_id}>", text, flags=re.IGNORECASE)
    for channel in state.channels:
        if channel.name:
            text = re.sub(rf"(?<![\w#&])#{re.escape(channel.name)}(?!\w)", f"<#{channel.id}|{channel.name}>", text)
    return _BROADCAST.sub(r"<!\1>", text)
