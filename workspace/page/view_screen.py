"""The app's views of one user: the Home tab, the modal on top, the assistant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.rendering.controls import BlockContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from workspace.rendering.render import BlockWriter
    from workspace.state.assistant import AssistantThread
    from workspace.workspace import InMemoryWorkspace


@dataclass(frozen=True, slots=True)
class ModalShown:
    """The modal on top; `is_pushed` says that another is below it. `errors` joins those of its fields."""

    id: str
    title: str
    body: Markup
    submit: str
    close: str
    is_pushed: bool
    errors: str


class ViewScreen:
    """Reads one user's views."""

    def __init__(self, workspace: InMemoryWorkspace, user_id: str, writer: BlockWriter) -> None:
        """Write with `writer`."""
        self._workspace = workspace
        self._user_id = user_id
        self._writer = writer

    def home(self) -> Markup | None:
        """Return the Home tab, or None before the app has published one."""
        view = self._workspace.home(self._user_id)
        if view is None:
            return None
        context = BlockContext({"view_id": view["id"]}, values=view["state"]["values"])
        return self._writer.blocks(view["blocks"], context)

    def assistant(self) -> AssistantThread | None:
        """Return the user's newest thread with the assistant, or None."""
        return self._workspace.assistant(self._user_id)

    def modal(self) -> ModalShown | None:
        """Return the modal on top, with the values filled in so far; None when none is open."""
        modals = self._workspace.modals(self._user_id)
        if not modals:
            return None
        modal = modals[-1]
        view = modal.view
        context = BlockContext({"view_id": view["id"]}, is_form=True, values=modal.values, errors=modal.errors)
        return ModalShown(
            id=view["id"],
            title=_words(view["title"]),
            body=self._writer.blocks(view["blocks"], context),
            submit=_words(view.get("submit")),
            close=_words(view.get("close")) or "Cancel",
            is_pushed=len(modals) > 1,
            errors=" ".join(modal.errors.values()),
        )


def _words(text: Mapping[str, Any] | None) -> str:
    return str(text["text"]) if text else ""
