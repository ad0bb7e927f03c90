"""What people do with a whole modal: submit it, close it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from workspace.blocks.elements import elements_of, holds_value
from workspace.rendering.choices import given_by
from workspace.rendering.controls import field_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multidict import MultiDictProxy

    from workspace.page.session import Sessions
    from workspace.state.forms import Values
    from workspace.state.records import User

    Form = MultiDictProxy[Any]

_GONE = "This window is gone: it was closed in the meantime."


class ModalPage:
    """Answers the browser about modals."""

    def __init__(self, visits: Sessions) -> None:
        """Act in the workspace of these visits."""
        self._visits = visits
        self._workspace = visits.workspace

    async def submit(self, request: web.Request) -> web.Response:
        """Submit the modal; what is wrong in a field stands at it, anything else at the foot."""
        user, form = self._visits.user(request), await request.post()
        try:
            view = self._view(user, form)
            outcome = await self._workspace.submit(user.id, view["id"], _filled_in(view, form, ZoneInfo(user.tz)))
        except LookupError:
            return self._visits.told(user, _GONE)
        except ValueError as error:
            return self._visits.told(user, str(error))
        return self._visits.told(user, outcome.problem)

    async def close(self, request: web.Request) -> web.Response:
        """Close the modal on top, or all of them."""
        user, form = self._visits.user(request), await request.post()
        try:
            await self._workspace.close_modal(user.id, str(form.get("view_id", "")), all=form.get("all") == "yes")
        except LookupError:
            self._workspace.state.touch()  # it is gone already: let the page see
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _view(self, user: User, form: Form) -> Mapping[str, Any]:
        for modal in self._workspace.modals(user.id):
            if modal.view["id"] == form.get("view_id"):
                return modal.view
        raise LookupError("There is no such modal.")


def _filled_in(view: Mapping[str, Any], form: Form, zone: ZoneInfo) -> Values:
    """Return what a form gives each element of a view. Raises ValueError for what an element cannot hold."""
    values: Values = {}
    for block in view["blocks"]:
        for element in elements_of(block):
            if holds_value(element):
                typed = [str(word) for word in form.getall(field_name(block["block_id"], element["action_id"]), [])]
                given = {"type": element["type"], **given_by(element, typed, zone)}
                values.setdefault(block["block_id"], {})[element["action_id"]] = given
    return values
