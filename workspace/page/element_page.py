"""What people do with the elements of messages and views: clicks, choices, suggestions, shortcuts."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from workspace.blocks.elements import elements_of, holds_value
from workspace.people.acting import SuggestionError
from workspace.rendering.choices import given_by
from workspace.rendering.controls import field_name
from workspace.rendering.render import environment
from workspace.state.forms import MessagePlace, ViewPlace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multidict import MultiDictProxy

    from workspace.blocks.elements import Element
    from workspace.page.backstage import Outcome
    from workspace.page.session import Sessions
    from workspace.state.records import User

    Form = MultiDictProxy[Any]

_GONE = "That is no longer there: it has changed in the meantime."


class ElementPage:
    """Answers the browser about elements."""

    def __init__(self, visits: Sessions) -> None:
        """Act in the workspace of these visits."""
        self._visits = visits
        self._workspace = visits.workspace

    async def act(self, request: web.Request) -> web.Response:
        """Use an element; what goes wrong is told where it stands."""
        user, form = self._visits.user(request), await request.post()
        where, block_id, action_id = _where(form), str(form.get("block_id", "")), str(form.get("action_id", ""))
        self._forget_failure(user, where)
        try:
            element = self._element(user, where, block_id, action_id)
            typed = form.getall("value" if element["type"] == "overflow" else field_name(block_id, action_id), [])
            has_value = element["type"] == "overflow" or holds_value(element)
            value = given_by(element, [str(word) for word in typed], ZoneInfo(user.tz)) if has_value else {}
            outcome = await self._workspace.act(user.id, where, block_id, action_id, value)
        except LookupError:
            return self._visits.told(user, _GONE)
        except ValueError as error:
            return self._visits.told(user, str(error))
        return self._answer(user, where, outcome)

    async def suggest(self, request: web.Request) -> web.Response:
        """Return what the app suggests for an external select, as the options of its list."""
        user, form = self._visits.user(request), await request.post()
        names = ("block_id", "action_id", "typed")
        block_id, action_id, typed = (str(form.get(name, "")) for name in names)
        try:
            found = await self._workspace.suggest(user.id, _where(form), block_id, action_id, typed)
        except LookupError:
            return self._visits.told(user, _GONE)
        except SuggestionError as error:
            return self._visits.told(user, str(error))
        html = environment().get_template("suggestions.html").render(groups=_groups(found))
        return web.Response(text=html, content_type="text/html")

    async def shortcut(self, request: web.Request) -> web.Response:
        """Use a shortcut: a message's when the form names one, else a global one."""
        user, form = self._visits.user(request), await request.post()
        callback_id, channel_id, ts = (str(form.get(name, "")) for name in ("callback_id", "channel", "ts"))
        try:
            if ts:
                outcome = await self._workspace.message_shortcut(user.id, channel_id, ts, callback_id)
            else:
                outcome = await self._workspace.global_shortcut(user.id, callback_id)
        except LookupError:
            return self._visits.told(user, _GONE)
        if outcome.problem:
            return self._visits.told(user, outcome.problem)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _element(self, user: User, where: MessagePlace | ViewPlace, block_id: str, action_id: str) -> Element:
        """Return the element as it is now. Raises LookupError when it is gone."""
        for block in self._blocks(user, where):
            for element in elements_of(block):
                if (block["block_id"], element["action_id"]) == (block_id, action_id):
                    return element
        raise LookupError(f"There is no {action_id} in {block_id}.")

    def _blocks(self, user: User, where: MessagePlace | ViewPlace) -> Sequence[Element]:
        if isinstance(where, MessagePlace):
            message = self._workspace.state.message(where.channel_id, where.ts)
            return message.blocks if message else ()
        home = self._workspace.home(user.id)
        views = [*([home] if home else []), *(modal.view for modal in self._workspace.modals(user.id))]
        return next((view["blocks"] for view in views if view["id"] == where.view_id), ())

    def _forget_failure(self, user: User, where: MessagePlace | ViewPlace) -> None:
        if isinstance(where, MessagePlace):
            self._visits.failures.pop((user.id, where.channel_id, where.ts), None)

    def _answer(self, user: User, where: MessagePlace | ViewPlace, outcome: Outcome) -> web.Response:
        """Show what went wrong: beside the message until it is used again, in the modal, or at the foot of the page."""
        if isinstance(where, MessagePlace):
            if outcome.problem:
                self._visits.failures[user.id, where.channel_id, where.ts] = outcome.problem
            self._workspace.state.touch()
        elif outcome.problem:
            return self._visits.told(user, outcome.problem)
        return web.Response(status=HTTPStatus.NO_CONTENT)


def _where(form: Form) -> MessagePlace | ViewPlace:
    if form.get("view_id"):
        return ViewPlace(str(form["view_id"]))
    return MessagePlace(str(form.get("channel", "")), str(form.get("ts", "")))


def _groups(found: Sequence[Mapping[str, Any]]) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
    """Return suggestions under their headings; an empty heading is none."""
    if found and "options" in found[0]:
        return [(str(group["label"]["text"]), group["options"]) for group in found]
    return [("", found)]
