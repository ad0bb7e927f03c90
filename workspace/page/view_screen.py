"""The app's views of one user, for the templates: the Home tab and the modal on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.rendering.controls import BlockContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from workspace.rendering.render import BlockWriter
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


def home_shown(workspace: InMemoryWorkspace, user_id: str, writer: BlockWriter) -> Markup | None:
    """Return the user's Home tab, or None before the app has published one."""
    view = workspace.home(user_id)
    if view is None:
        return None
    return writer.blocks(view["blocks"], BlockContext({"view_id": view["id"]}, values=view["state"]["values"]))


def modal_shown(workspace: InMemoryWorkspace, user_id: str, writer: BlockWriter) -> ModalShown | None:
    """Return the user's modal on top, with the values filled in so far; None when none is open."""
    modals = workspace.modals(user_id)
    if not modals:
        return None
    modal, view = modals[-1], modals[-1].view
    context = BlockContext({"view_id": view["id"]}, is_form=True, values=modal.values, errors=modal.errors)
    return ModalShown(
        id=view["id"],
        title=_words(view["title"]),
        body=writer.blocks(view["blocks"], context),
        submit=_words(view.get("submit")),
        close=_words(view.get("close")) or "Cancel",
        is_pushed=len(modals) > 1,
        errors=" ".join(modal.errors.values()),
    )


def _words(text: Mapping[str, Any] | None) -> str:
    return str(text["text"]) if text else ""
