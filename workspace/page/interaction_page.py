"""The page's requests for interactions: elements of messages and views, whole modals, shortcuts."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from workspace.blocks.elements import elements_in, holds_value
from workspace.people.acting import SuggestionError
from workspace.rendering.choices import value_from_form
from workspace.rendering.controls import field_name
from workspace.rendering.render import environment
from workspace.state.forms import MessagePlace, ViewPlace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multidict import MultiDictProxy

    from workspace.blocks.elements import Element
    from workspace.page.session import Sessions
    from workspace.people.results import ActionResult
    from workspace.state.forms import Place, Values
    from workspace.state.records import User

    Form = MultiDictProxy[Any]

_GONE = "That has changed and is no longer there."


class InteractionPage:
    """Handles interactions; a problem is shown beside its message or modal, or at the foot of the page."""

    def __init__(self, sessions: Sessions) -> None:
        """Act in the sessions' workspace."""
        self._sessions = sessions
        self._workspace = sessions.workspace

    async def act(self, request: web.Request) -> web.Response:
        """Use an element."""
        user, form = self._sessions.user(request), await request.post()
        where, block_id, action_id = _where(form), str(form.get("block_id", "")), str(form.get("action_id", ""))
        if isinstance(where, MessagePlace):
            self._sessions.failures.pop((user.id, where.channel_id, where.ts), None)
        try:
            element = self._element(user, where, block_id, action_id)
            value: dict[str, Any] = {}
            if element["type"] == "overflow":
                value = _given(element, form, "value", user)
            elif element["type"] == "feedback_buttons":
                value = {"value": str(form.get("value", ""))}
            elif holds_value(element):
                value = _given(element, form, field_name(block_id, action_id), user)
            result = await self._workspace.act(user.id, where, block_id, action_id, value)
        except LookupError:
            return self._sessions.notice(user, _GONE)
        except ValueError as error:
            return self._sessions.notice(user, str(error))
        if isinstance(where, MessagePlace):
            if result.problem:
                self._sessions.failures[user.id, where.channel_id, where.ts] = result.problem
            self._workspace.state.touch()
            return web.Response(status=HTTPStatus.NO_CONTENT)
        return self._answer(user, result)

    async def suggest(self, request: web.Request) -> web.Response:
        """Return what the app suggests for an external select, as the options of its list."""
        user, form = self._sessions.user(request), await request.post()
        names = ("block_id", "action_id", "typed")
        block_id, action_id, typed = (str(form.get(name, "")) for name in names)
        try:
            found = await self._workspace.suggest(user.id, _where(form), block_id, action_id, typed)
        except LookupError:
            return self._sessions.notice(user, _GONE)
        except SuggestionError as error:
            return self._sessions.notice(user, str(error))
        html = environment().get_template("suggestions.html").render(groups=_groups(found))
        return web.Response(text=html, content_type="text/html")

    async def shortcut(self, request: web.Request) -> web.Response:
        """Use a shortcut: a message's when the form names one, else a global one."""
        user, form = self._sessions.user(request), await request.post()
        callback_id, channel_id, ts = (str(form.get(name, "")) for name in ("callback_id", "channel", "ts"))
        try:
            if ts:
                result = await self._workspace.message_shortcut(user.id, channel_id, ts, callback_id)
            else:
                result = await self._workspace.global_shortcut(user.id, callback_id)
        except LookupError:
            return self._sessions.notice(user, _GONE)
        return self._answer(user, result)

    async def submit(self, request: web.Request) -> web.Response:
        """Submit a modal; errors of its fields are part of the modal itself."""
        user, form = self._sessions.user(request), await request.post()
        try:
            view = self._view(user, str(form.get("view_id", "")))
            result = await self._workspace.submit(user.id, view["id"], _values(view, form, user))
        except LookupError:
            return self._sessions.notice(user, "This window was closed in the meantime.")
        except ValueError as error:
            return self._sessions.notice(user, str(error))
        return self._sessions.notice(user, result.problem)

    async def close(self, request: web.Request) -> web.Response:
        """Close the modal on top, or all of them."""
        user, form = self._sessions.user(request), await request.post()
        try:
            await self._workspace.close_modal(user.id, str(form.get("view_id", "")), all=form.get("all") == "yes")
        except LookupError:
            self._workspace.state.touch()  # it is closed already: refresh the page
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _answer(self, user: User, result: ActionResult) -> web.Response:
        if result.problem:
            return self._sessions.notice(user, result.problem)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _element(self, user: User, where: Place, block_id: str, action_id: str) -> Element:
        """Return the element as it is now. Raises LookupError when it is gone."""
        if isinstance(where, MessagePlace):
            message = self._workspace.state.message(where.channel_id, where.ts)
            blocks: Sequence[Element] = message.blocks if message else ()
        else:
            blocks = self._view(user, where.view_id)["blocks"]
        for block, element in elements_in(blocks):
            if (block["block_id"], element["action_id"]) == (block_id, action_id):
                return element
        raise LookupError(f"There is no {action_id} in {block_id}.")

    def _view(self, user: User, view_id: str) -> Mapping[str, Any]:
        """Return a modal or the Home tab. Raises LookupError when it is gone."""
        home = self._workspace.home(user.id)
        for view in [*([home] if home else []), *(modal.view for modal in self._workspace.modals(user.id))]:
            if view["id"] == view_id:
                return view
        raise LookupError(f"There is no view {view_id}.")


def _where(form: Form) -> Place:
    if form.get("view_id"):
        return ViewPlace(str(form["view_id"]))
    return MessagePlace(str(form.get("channel", "")), str(form.get("ts", "")))


def _given(element: Element, form: Form, name: str, user: User) -> dict[str, Any]:
    """Return an element's value from a form field. Raises ValueError for what the element cannot hold."""
    return value_from_form(element, [str(word) for word in form.getall(name, [])], ZoneInfo(user.tz))


def _values(view: Mapping[str, Any], form: Form, user: User) -> Values:
    """Return the values of all elements of a view, from a form. Raises ValueError for what an element cannot hold."""
    values: Values = {}
    for block, element in elements_in(view["blocks"]):
        if holds_value(element):
            given = _given(element, form, field_name(block["block_id"], element["action_id"]), user)
            values.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], **given}
    return values


def _groups(found: Sequence[Mapping[str, Any]]) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
    """Return suggestions with their headings; options without groups have an empty one."""
    if found and "options" in found[0]:
        return [(str(group["label"]["text"]), group["options"]) for group in found]
    return [("", found)]
