"""Slack's answers: what each means for a call, and what people are told.

Every call of the Web API and every use of a response_url is judged here, by status, headers and body: it was done, it
was refused, it has to wait, or nobody can say (an answer that is not Slack's, or none). docs/operations.md has the same
table; a test compares them.

Codes: Slack's reference, "Errors" of chat.postMessage, chat.update, conversations.history, .replies and .open. A code
that is not here is Slack's refusal of this one call: nothing was done.
"""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.errors import NO_ACCESS
from bot.outbox.delivery import ErrorClass, NotDeliveredError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

RETRY_AFTER_S: Final = 30.0
"""Seconds to wait where Slack asks for it without saying how long, or not in a form that can be read."""
LONGEST_RETRY_AFTER_S: Final = 600.0
"""Seconds to wait where Slack, or a proxy, asks for longer: what waits is worth another try by then."""
UNREACHED_S: Final = 5.0
"""Seconds to wait when not even a connection could be made: nothing was sent."""

VERDICTS: Final = {
    ErrorClass.WAIT: ("ratelimited", "rate_limited", "message_limit_exceeded", "external_channel_migrating"),
    ErrorClass.AUTH: (
        "invalid_auth",
        "not_authed",
        "token_expired",
        "token_revoked",
        "account_inactive",  # of a bot's token: the app was removed (Slack: "Errors" of each method)
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "org_login_required",
        "two_factor_setup_required",
        "team_access_not_granted",
        "access_denied",
        "accesslimited",
        "ekm_access_denied",
        "enterprise_is_restricted",
    ),
    ErrorClass.CHANNEL: (
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "user_not_found",
        "user_disabled",
        "cannot_dm_bot",
        "messages_tab_disabled",
        "channel_type_not_supported",
        "method_not_supported_for_channel_type",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
    ),
    ErrorClass.NOT_FOUND: (
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "is_inactive",
        "thread_not_found",
        "cannot_reply_to_message",
        "restricted_action_thread_locked",
    ),
    ErrorClass.MESSAGE: (
        "msg_too_long",
        "msg_blocks_too_long",
        "no_text",
        "invalid_blocks",
        "invalid_blocks_format",
        "block_mismatch",
        "invalid_arguments",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "metadata_must_be_sent_from_app",
        "too_many_attachments",
    ),
    ErrorClass.UNCONFIRMED: (
        "internal_error",
        "fatal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "update_failed",
    ),
    ErrorClass.CANNOT_VERIFY: (),
}
"""The codes of each verdict. None leads to CANNOT_VERIFY by itself: `missing_scope` does when a look is refused."""

_BY_CODE = {code: verdict for verdict, codes in VERDICTS.items() for code in codes}
_UNSENT: Final = {
    "untrusted_certificate": (aiohttp.ClientConnectorCertificateError,),
    "proxy_unreached": (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError),
    "unresolved": (aiohttp.ClientConnectorDNSError,),
    "tls_failed": (aiohttp.ClientConnectorSSLError,),
    "unreached": (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL),
}
"""Errors of aiohttp's after which nothing was sent, by the code that the log gives for them; the first that fits."""
UNSENT: Final = frozenset(_UNSENT)
_CODE = re.compile(r"[A-Za-z0-9][\w.:-]{0,99}", re.ASCII)
_STATUS = re.compile(r"http_[1-5][0-9]{2}")
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_SENTENCES = {
    "not_in_channel": "I am not a member of this channel. Invite me with /invite.",
    "channel_not_found": "I am not a member of this channel, or it does not exist. Invite me with /invite.",
    "is_archived": "This channel is archived.",
    "restricted_action": "Posting here is restricted by the workspace.",
    "user_disabled": "Their account is deactivated.",
    "message_not_found": "That message is already gone.",
    "cant_delete_message": "Slack does not let me remove that message.",
    "ratelimited": "Slack asks me to wait. Please try again in a minute.",
    "msg_too_long": "The message is too long for Slack.",
    **dict.fromkeys(
        ("unreached", "unresolved", "proxy_unreached", "untrusted_certificate", "tls_failed"),
        "Slack could not be reached. Please try again.",
    ),
    "expired": "It could not be posted in time.",
    "used_url": "Slack no longer takes an answer to this message.",
    "expired_url": "Slack no longer takes an answer to this message.",
}
_NO_ANSWER = "Slack gave no answer."
NO_MEMBER: Final = frozenset({"not_in_channel", "channel_not_found"})
"""Codes for a channel that the bot is not a member of; private ones it cannot even see."""


def sentence(code: str) -> str:
    """Return what a code says, for people."""
    if _BY_CODE.get(code) is ErrorClass.AUTH:
        return NO_ACCESS
    return _SENTENCES.get(code, f"Slack refused it ({code}).")


def counted_code(code: str) -> str:
    """Return a code as metrics have it: one of the tables above, an HTTP status by its hundred, or `other`."""
    if code in _BY_CODE or code in _SENTENCES:
        return code
    if _STATUS.fullmatch(code):
        return f"{code[:-2]}xx"
    return "no_answer" if code.endswith(("Error", "Exception")) else "other"


async def call(request: Awaitable[AsyncSlackResponse], *, is_look: bool = False) -> AsyncSlackResponse:
    """Await a call by a WebClient; `is_look` for one that only reads a channel. Raises NotDeliveredError."""
    try:
        return await request
    except NotDeliveredError as error:
        if is_look and error.code == "missing_scope":
            raise _error(error.code, ErrorClass.CANNOT_VERIFY) from None
        raise


def judge(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the Web API's answer to a call that was done. Raises NotDeliveredError for every other answer."""
    data = _json(body)
    error = data.get("error") if isinstance(data, dict) and data.get("ok") is False else None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        code = error if isinstance(error, str) and _CODE.fullmatch(error) else "ratelimited"
        raise _error(code, ErrorClass.WAIT, _retry_after_s(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(data, dict):
        raise _error(f"http_{status}", ErrorClass.UNCONFIRMED)
    if isinstance(error, str) and error:
        code = error if _CODE.fullmatch(error) else "unnamed"
        verdict = _BY_CODE.get(code, ErrorClass.MESSAGE)
        wait_s = _retry_after_s(headers) if verdict is ErrorClass.WAIT else 0.0
        raise _error(code, verdict, wait_s, str(data.get("needed") or ""))
    if status != HTTPStatus.OK or data.get("ok") is not True:
        raise _error(f"http_{status}", ErrorClass.UNCONFIRMED)
    return data


def judge_response_url(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Judge the answer to a use of a response_url: 200 and `ok`, else as of any call. Raises NotDeliveredError."""
    if status == HTTPStatus.OK and body.strip() in (b"", b"ok"):
        return
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(_json(body), dict):
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise _error("ratelimited", ErrorClass.WAIT, _retry_after_s(headers))
        raise _error("expired_url", ErrorClass.MESSAGE)
    judge(status, headers, body)


def no_answer(error: Exception) -> NotDeliveredError:
    """Return what an error of aiohttp's, in place of an answer, means for a call."""
    for code, kinds in _UNSENT.items():
        if isinstance(error, kinds):
            return _error(code, ErrorClass.WAIT, UNREACHED_S)
    return _error(type(error).__name__, ErrorClass.UNCONFIRMED)


def text_at(answer: AsyncSlackResponse, *path: str) -> str:
    """Return a text of an answer that Slack documents there. Raises NotDeliveredError, unconfirmed, without it."""
    found = _at(answer, path)
    if isinstance(found, str) and found:
        return found
    raise _error("incomplete", ErrorClass.UNCONFIRMED)


def object_at(answer: AsyncSlackResponse, *path: str) -> dict[str, Any]:
    """Return an object of an answer, as `text_at`."""
    found = _at(answer, path)
    if isinstance(found, dict):
        return found
    raise _error("incomplete", ErrorClass.UNCONFIRMED)


def list_at(answer: AsyncSlackResponse, *path: str) -> list[Any]:
    """Return a list of an answer, as `text_at`."""
    found = _at(answer, path)
    if isinstance(found, list):
        return found
    raise _error("incomplete", ErrorClass.UNCONFIRMED)


def objects_at(answer: AsyncSlackResponse, *path: str) -> list[dict[str, Any]]:
    """Return a list of objects of an answer, as `text_at`; what is not an object is left out."""
    return [each for each in list_at(answer, *path) if isinstance(each, dict)]


def next_cursor(answer: AsyncSlackResponse) -> str:
    """Return the cursor of the next page, or nothing (Slack: "Pagination")."""
    cursor = _at(answer, ("response_metadata", "next_cursor"))
    return cursor if isinstance(cursor, str) else ""


def _at(answer: AsyncSlackResponse, path: tuple[str, ...]) -> object:
    found: object = answer.data
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _json(body: bytes) -> object:
    """Return the value of a body; None for what is no JSON."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def _error(code: str, verdict: ErrorClass, wait_s: float = 0.0, needed: str = "") -> NotDeliveredError:
    words = _NO_ANSWER if verdict is ErrorClass.UNCONFIRMED else sentence(code)
    if verdict is ErrorClass.AUTH:
        words = f"Slack refuses the token ({code}{': ' * bool(needed)}{needed[:100]})."
    return NotDeliveredError(words, code=code, error_class=verdict, retry_after_s=wait_s)


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds that Retry-After asks for, at least one (RFC 9110, 10.2.3: seconds or an HTTP date)."""
    text = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return RETRY_AFTER_S
    return min(max(seconds, 1.0), LONGEST_RETRY_AFTER_S)
