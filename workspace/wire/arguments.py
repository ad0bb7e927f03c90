"""Arguments of a Web API call: parsed from a query, a form or JSON, then read by name and type."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp.http import HttpProcessingError

from workspace.errors import SlackError
from workspace.wire.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_FORM_FAULTS = (ValueError, LookupError, RuntimeError, HttpProcessingError)
"""What aiohttp's form readers raise for a malformed body, a charset or a transfer encoding that they do not know."""

_TRUE = frozenset({"true", "1", "True"})
_FALSE = frozenset({"false", "0", "False", ""})


class Arguments:
    """The arguments of one call. Every getter raises SlackError when the value has another type."""

    def __init__(self, values: Mapping[str, Any], token: str = "") -> None:
        """`values` are text from a form, or any JSON values from a JSON body; null counts as left out."""
        self._values = {name: value for name, value in values.items() if value is not None}
        self.token = token

    def __contains__(self, name: str) -> bool:
        """Return whether the argument was given."""
        return name in self._values

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given."""
        return not self._values

    def to_json(self) -> dict[str, Any]:
        """Return all arguments, unchanged."""
        return dict(self._values)

    def text(self, name: str) -> str:
        """Return a text argument, empty when left out."""
        value = self._values.get(name, "")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str):
            raise SlackError("invalid_arguments", f"must be a string [json-pointer:/{name}]")
        return value

    def required(self, name: str) -> str:
        """Return a text argument that must not be empty."""
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", f"missing required field: {name}")
        return value

    def flag(self, name: str) -> bool:
        """Return a true-or-false argument, false when left out."""
        value = self._values.get(name, False)
        if isinstance(value, bool):
            return value
        if str(value) in _TRUE:
            return True
        if str(value) in _FALSE:
            return False
        raise SlackError("invalid_arguments", f"must be a boolean [json-pointer:/{name}]")

    def integer(self, name: str, default: int) -> int:
        """Return a whole number, `default` when left out."""
        value = self._values.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments", f"must be an integer [json-pointer:/{name}]") from None

    def structure(self, name: str, error: str) -> Any:  # noqa: ANN401 — any JSON value
        """Return a list or object, given as JSON or as text with JSON in it; None when left out.

        Raises SlackError `error` when the text is not JSON.
        """
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return parse_json(value)
        except ValueError:
            raise SlackError(error) from None


@dataclass(frozen=True, slots=True)
class Request:
    """A parsed call: its arguments, and the token, empty when there was none.

    A client id and secret come as arguments, or in the Authorization header ("oauth.v2.access method").
    """

    arguments: Arguments
    token: str


async def read_request(request: web.Request, *, accepts_json: bool) -> Request:
    """Read a call by Slack's rules ("Using the Slack Web API").

    The token comes in the Authorization header, or as an argument of a query or form; one in a JSON body does not
    count. A method that takes no JSON sees no argument of a JSON body.
    """
    values: dict[str, Any] = dict(request.query) | _basic(request)
    token = _bearer(request) or values.pop("token", "")
    if request.method == "POST":
        form, body = await _read_body(request)
        token = token or str(form.pop("token", ""))
        body.pop("token", None)
        values |= form
        if accepts_json:
            values |= body
    return Request(Arguments(values, token), token)


def _basic(request: web.Request) -> dict[str, str]:
    """Return the client id and secret of the Authorization header (RFC 7617), if it has any."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, client_secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": client_id, "client_secret": client_secret}


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _read_body(request: web.Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the form and the JSON object of a POST; one of them is empty."""
    if request.content_type in _FORMS and "Content-Type" in request.headers:
        return await _read_form(request), {}
    raw = await request.read()
    if not raw:
        return {}, {}
    if "Content-Type" not in request.headers:
        raise SlackError("missing_post_type")
    if request.content_type != "application/json":
        raise SlackError("invalid_post_type")
    try:
        body = parse_json(raw)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return {}, body


async def _read_form(request: web.Request) -> dict[str, Any]:
    try:
        form = await request.post()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        "".join((*fields, *fields.values())).encode()  # a charset such as UTF-7 can yield half a surrogate pair
    except _FORM_FAULTS:
        raise SlackError("invalid_form_data") from None
    return fields
