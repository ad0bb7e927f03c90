"""Slack's errors: what each means for a delivery, and what people are told.

docs/operations.md has the same table; a test compares them.

Codes: Slack's reference, "Errors" of chat.postMessage, chat.update, conversations.history, .replies and .open. A code
that is not here is Slack's refusal of this one message: nothing was posted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.outbox.delivery import ErrorClass, NotDeliveredError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

RETRY_AFTER_S: Final = 30.0
"""Seconds to wait where Slack asks for it without saying how long."""
UNREACHED_S: Final = 5.0
"""Seconds to wait when not even a connection could be made: nothing was sent."""

VERDICTS: Final = {
    ErrorClass.WAIT: ("ratelimited", "rate_limited", "message_limit_exceeded", "external_channel_migrating"),
    ErrorClass.AUTH: (
        "invalid_auth",
        "not_authed",
        "token_expired",
        "token_revoked",
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
        "account_inactive",
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
"""The codes of each verdict. None leads to BLIND by itself: there, `missing_scope` means it when a look is refused."""

_BY_CODE = {code: verdict for verdict, codes in VERDICTS.items() for code in codes}
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_SENTENCES = {
    "not_in_channel": "I am not a member of this channel. Invite me with /invite.",
    "channel_not_found": "I am not a member of this channel, or it does not exist. Invite me with /invite.",
    "is_archived": "This channel is archived.",
    "restricted_action": "Posting here is restricted by the workspace.",
    "account_inactive": "Their account is deactivated.",
    "user_disabled": "Their account is deactivated.",
    "missing_scope": "Slack does not let me: a scope of app.yaml is missing.",
    "message_not_found": "That message is already gone.",
    "cant_delete_message": "Slack does not let me remove that message.",
    "ratelimited": "Slack asks me to wait. Please try again in a minute.",
    "msg_too_long": "The message is too long for Slack.",
    "unreached": "Slack could not be reached. Please try again.",
    "expired": "It could not be posted in time.",
}
_NO_ANSWER = "Slack gave no answer."
NO_MEMBER: Final = frozenset({"not_in_channel", "channel_not_found"})
"""Codes for a channel that the bot is not a member of; private ones it cannot even see."""


def sentence(code: str) -> str:
    """Return what a code says, for people."""
    return _SENTENCES.get(code, f"Slack refused it ({code}).")


async def call(request: Awaitable[AsyncSlackResponse], *, is_look: bool = False) -> AsyncSlackResponse:
    """Await a call of the Web API; `is_look` for one that only reads a channel. Raises NotDeliveredError."""
    try:
        return await request
    except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise classify(error, is_look=is_look) from None


def classify(error: Exception, *, is_look: bool = False) -> NotDeliveredError:
    """Return what an error of slack_sdk's or aiohttp's means for a delivery; `is_look` for one met while looking."""
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        words = sentence("unreached")
        return NotDeliveredError(words, code="unreached", error_class=ErrorClass.WAIT, retry_after_s=UNREACHED_S)
    if isinstance(error, (aiohttp.ClientError, TimeoutError, OSError)):
        return NotDeliveredError(_NO_ANSWER, code=type(error).__name__, error_class=ErrorClass.UNCONFIRMED)
    return _refusal(error, is_look=is_look)


def _refusal(error: Exception, *, is_look: bool) -> NotDeliveredError:
    """Judge an answer: its status, else its code."""
    answer = getattr(error, "response", None)
    status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0))
    data = getattr(answer, "data", None)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == _TOO_MANY_REQUESTS:
        verdict, code = ErrorClass.WAIT, code or "ratelimited"
    elif status >= _SERVER_ERROR or not code:
        verdict, code = ErrorClass.UNCONFIRMED, code or f"http_{status}"
    elif is_look and code == "missing_scope":
        verdict = ErrorClass.CANNOT_VERIFY
    else:
        verdict = _BY_CODE.get(code, ErrorClass.MESSAGE)
    wait_s = _retry_after_s(getattr(answer, "headers", {})) if verdict is ErrorClass.WAIT else 0.0
    words = _NO_ANSWER if verdict is ErrorClass.UNCONFIRMED else sentence(code)
    return NotDeliveredError(words, code=code, error_class=verdict, retry_after_s=wait_s)


def _retry_after_s(headers: object) -> float:
    """Return the seconds that Retry-After asks for."""
    text = str(headers.get("Retry-After", "")) if hasattr(headers, "get") else ""
    return float(text) if text.isdigit() else RETRY_AFTER_S
