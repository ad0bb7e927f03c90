"""What values of settings must look like: each check raises ValueError with a predicate for the setting's name."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.recurrence.quiet_hours import QuietHours

if TYPE_CHECKING:
    from pathlib import Path

SLACK_API = "https://slack.com/api/"

_TOKEN_KINDS = {
    "xoxb": "a bot token (xoxb-…), which belongs in SLACK_BOT_TOKEN",
    "xapp": "an app-level token (xapp-…), which belongs in SLACK_APP_TOKEN",
    "xoxp": "a user token (xoxp-…), which this bot does not use",
    "xoxe-": "a refresh token (xoxe-…), which this bot does not use",
    "xoxe.xoxp": "an app configuration token (xoxe.xoxp-…), which belongs in SLACK_CONFIG_TOKEN",
    "xoxe": "a rotating token (xoxe…): turn token rotation off in the app's settings",
}


def _kind(text: str) -> str:
    """Describe the kind of Slack token that a text looks like; "" for none."""
    return next((words for start, words in _TOKEN_KINDS.items() if text.startswith(start)), "")


def _token(start: str, where: str) -> AfterValidator:
    """Return a validator for tokens that begin with `start`; `where` is the page on which Slack shows them."""

    def check(secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        if re.fullmatch(rf"{re.escape(start)}-[A-Za-z0-9-]+", text):
            return secret
        found = "" if text.startswith(start) else _kind(text)
        fault = f"holds {found}" if found else f"does not look like {start}-…"
        raise ValueError(f"{fault}. The right one begins with {start}-; Slack shows it under {where}.")

    return AfterValidator(check)


def _signing_secret(secret: SecretStr) -> SecretStr:
    """Require 32 hexadecimal digits, not all the same: a secret that can be guessed would let anybody sign."""
    text = secret.get_secret_value()
    if found := _kind(text):
        raise ValueError(f"holds {found}. Slack shows the signing secret under Basic Information, App Credentials.")
    if re.search(r"\s", text):
        raise ValueError("holds a space or a line break. Copy it again from Basic Information, App Credentials.")
    if not re.fullmatch(r"[0-9A-Fa-f]{32}", text):
        what = "is not 32 digits and letters from a to f"
        raise ValueError(f"{what}. Slack shows the signing secret under Basic Information, App Credentials.")
    if len(set(text.casefold())) == 1:
        raise ValueError("is one digit over and over. Copy the secret from Basic Information, App Credentials.")
    return secret


def web_address(text: str, example: str = SLACK_API) -> str:
    """Require an http(s) address, such as the example, and end it with a slash."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"is not a web address: it should look like {example}")
    return text if text.endswith("/") else f"{text}/"


def collector_address(text: str) -> str:
    """Require the http(s) address of a collector of traces, and end it with a slash."""
    return web_address(text, "http://collector:4318")


def is_local(address: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _stripped(value: object) -> object:
    """Strip white space around a pasted value."""
    return value.strip() if isinstance(value, str) else value


def lowered(value: object) -> object:
    """Strip and lower-case a word."""
    return value.strip().lower() if isinstance(value, str) else value


Trim = BeforeValidator(_stripped)
BotToken = Annotated[SecretStr, _token("xoxb", "OAuth & Permissions")]
AppToken = Annotated[SecretStr, _token("xapp", "Basic Information, App-Level Tokens")]
ConfigToken = Annotated[SecretStr, _token("xoxe.xoxp", "api.slack.com/apps, Your App Configuration Tokens")]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]


def branch(text: str) -> str:
    """Reject what git would read as an option or a path."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_./-]*", text) or ".." in text:
        raise ValueError("is not the name of a branch.")
    return text


def git_address(secret: SecretStr) -> SecretStr:
    """Reject what git would read as an option or a command. The address may contain a token."""
    text = secret.get_secret_value()
    if text.startswith("-") or "::" in text or re.search(r"\s", text):
        raise ValueError("is not the address of a git repository: it should look like https://host/path.git.")
    if text.startswith(("http://", "https://")) and ("?" in text or "#" in text):
        raise ValueError("has a ? or #. Write a token before the host: https://token@host/path.git.")
    return secret


def content_folder(path: Path) -> Path:
    """Require a folder. Raises ValueError with a predicate for the setting's name."""
    if not path.is_dir():
        raise ValueError(f"is {path}, which is not a folder.")
    return path


def channel_id(text: str) -> str:
    """Require a channel id rather than a name."""
    if text and not re.fullmatch(r"[CGD][A-Z0-9]{2,}", text):
        raise ValueError("is not a channel id such as C0123456789. Slack shows it at the end of the channel's details.")
    return text


def team_id(text: str) -> str:
    """Require a workspace id."""
    if text and not re.fullmatch(r"T[A-Z0-9]{2,}", text):
        raise ValueError("is not a workspace id such as T0123456789. Slack shows it in the address of app.slack.com.")
    return text


def quiet_hours_or_none(text: str) -> str:
    """Require quiet hours that can be parsed, or ""."""
    if text:
        QuietHours.parse(text)
    return text


def manager_ids(text: str) -> str:
    """Require user ids and user group ids, perhaps behind their workspace's, and `admins`, by commas or spaces."""
    for each in text.replace(",", " ").split():
        if each != "admins" and not re.fullmatch(r"(?:T[A-Z0-9]{2,}/)?[UWS][A-Z0-9]{2,}", each):
            raise ValueError("contains something other than user ids (U…), user group ids (S…) and admins.")
    return text
