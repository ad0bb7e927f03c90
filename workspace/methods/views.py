"""views.publish: the app's Home tab."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from workspace.blocks import check_blocks, with_ids
from workspace.errors import SlackError
from workspace.methods.method import Method
from workspace.records import APP_ID, BOT_ID, TEAM_ID

if TYPE_CHECKING:
    from workspace.access import Access
    from workspace.arguments import Arguments
    from workspace.state import State

_KEYS = frozenset({"type", "blocks", "private_metadata", "callback_id", "external_id"})
_LONGEST = {"private_metadata": 3000, "callback_id": 255, "external_id": 255}


class ViewsMethods:
    """The methods of views.* that the workspace knows."""

    def __init__(self, state: State, access: Access, *, home_tab: bool) -> None:
        """Publish only where the manifest enables the Home tab."""
        self._state = state
        self._access = access
        self._home_tab = home_tab

    def methods(self) -> tuple[Method, ...]:
        """Return the methods."""
        return (Method("views.publish", self.publish, accepts_json=True),)

    def publish(self, arguments: Arguments) -> dict[str, Any]:
        """Let a user see this view in the app's Home tab; `hash` guards against overwriting a later one."""
        if not self._home_tab:
            raise SlackError("not_enabled")
        user_id = self._access.user(arguments.required("user_id")).id
        view = arguments.structure("view", "invalid_arguments")
        _check_view(view)
        before = self._state.home(user_id)
        if arguments.text("hash") and before is not None and arguments.text("hash") != before["hash"]:
            raise SlackError("hash_conflict")
        published = _published(view, before["id"] if before else f"V{secrets.token_hex(5).upper()}")
        self._state.publish_home(user_id, published)
        return {"view": published}


def _check_view(view: object) -> None:
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", "missing required field: view")
    if view.get("type") != "home":
        raise SlackError("invalid_arguments", f"unsupported type: {view.get('type')} [json-pointer:/view/type]")
    for name in view:
        if name not in _KEYS:
            raise SlackError("invalid_arguments", f"invalid additional property: {name} [json-pointer:/view]")
    for name, longest in _LONGEST.items():
        if len(str(view.get(name, ""))) > longest:
            sentence = f"must be less than {longest + 1} characters [json-pointer:/view/{name}]"
            raise SlackError("invalid_arguments", sentence)
    try:
        check_blocks(view.get("blocks"), "home")
    except SlackError as error:
        sentences = [message.replace("[json-pointer:", "[json-pointer:/view") for message in error.messages]
        raise SlackError(
            "invalid_arguments", *(sentences or ["must provide an array [json-pointer:/view/blocks]"])
        ) from None


def _published(view: dict[str, Any], view_id: str) -> dict[str, Any]:
    return {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        **view,
        "id": view_id,
        "team_id": TEAM_ID,
        "app_id": APP_ID,
        "bot_id": BOT_ID,
        "hash": secrets.token_hex(6),
        "root_view_id": view_id,
        "blocks": list(with_ids(view["blocks"])),
        "state": {"values": {}},
    }
