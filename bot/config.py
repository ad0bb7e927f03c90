"""Settings: the only place that reads the environment and .env. docs/configuration.md describes each one.

A variable that is empty or blank counts as unset, unknown ones are ignored, secrets never print themselves.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

BRIEFINGS = Path(__file__).resolve().parent.parent / "briefings"
"""The content folder that comes with the bot."""

SLACK_API = "https://slack.com/api/"

_TOKEN_KINDS = {
    "xoxb": "a bot token (xoxb-…), which belongs in SLACK_BOT_TOKEN",
    "xapp": "an app-level token (xapp-…), which belongs in SLACK_APP_TOKEN",
    "xoxp": "a user token (xoxp-…), which this bot does not use",
    "xoxe": "a rotating token (xoxe…): turn token rotation off in the app's settings",
}


def _kind(text: str) -> str:
    """Return what kind of Slack token this looks like, in words, or nothing."""
    return next((words for start, words in _TOKEN_KINDS.items() if text.startswith(start)), "")


def _token(start: str, where: str) -> AfterValidator:
    """Return a check that a token begins with `start`; `where` says where Slack shows the right one."""

    def check(secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        if re.fullmatch(rf"{start}-[A-Za-z0-9-]+", text):
            return secret
        found = "" if text.startswith(start) else _kind(text)
        held = f"holds {found}" if found else f"is not of the form {start}-…"
        raise ValueError(f"{held}. The right one begins with {start}-; Slack shows it under {where}.")

    return AfterValidator(check)


def _signing_secret(secret: SecretStr) -> SecretStr:
    """Refuse what is plainly something else."""
    text = secret.get_secret_value()
    if found := _kind(text):
        raise ValueError(f"holds {found}. Slack shows the signing secret under Basic Information, App Credentials.")
    if re.search(r"\s", text):
        raise ValueError("holds a space or a line break. Copy it again from Basic Information, App Credentials.")
    return secret


def _address(text: str) -> str:
    """Return an http(s) address that ends in a slash."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"is not a web address: it should look like {SLACK_API}")
    return text if text.endswith("/") else f"{text}/"


def _stripped(value: object) -> object:
    """Forgive blanks around a pasted value."""
    return value.strip() if isinstance(value, str) else value


def _lowered(value: object) -> object:
    """Accept a word in any case."""
    return value.strip().lower() if isinstance(value, str) else value


Trim = BeforeValidator(_stripped)
_BotToken = Annotated[SecretStr, _token("xoxb", "OAuth & Permissions")]
_AppToken = Annotated[SecretStr, _token("xapp", "Basic Information, App-Level Tokens")]
_SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]


class Settings(BaseSettings):
    """What an operator can set; field names are the variables' names in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    slack_bot_token: Annotated[_BotToken | None, Trim] = Field(
        default=None, description="The bot's token (xoxb-…), from OAuth & Permissions."
    )
    slack_app_token: Annotated[_AppToken | None, Trim] = Field(
        default=None,
        description="An app-level token (xapp-…) with connections:write. With it the bot uses Socket Mode.",
    )
    slack_signing_secret: Annotated[_SigningSecret | None, Trim] = Field(
        default=None, description="Proves that HTTP requests come from Slack. Needed only without SLACK_APP_TOKEN."
    )
    slack_api_url: Annotated[str, AfterValidator(_address), Trim] = Field(
        default=SLACK_API, description="Where the Slack Web API is: GovSlack and the local workspace have their own."
    )
    briefings_dir: Path = Field(default=BRIEFINGS, description="The content folder. Default: the one beside app.py.")
    host: Annotated[str, Trim] = Field(default="127.0.0.1", description="The address to listen on, in HTTP mode.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=3000, description="The port to listen on, in HTTP mode."
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lowered)] = Field(
        default="info", description="How much to log: debug, info, warning or error."
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Take a value of nothing but white space for unset: a blank secret would prove nothing."""
        return {name: value for name, value in values.items() if not isinstance(value, str) or value.strip()}


def read_settings() -> Settings:
    """Return the settings of the environment and of .env. Raises ConfigError with a sentence for each fault."""
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(fault) for fault in error.errors()), _WHERE) from None
    except UnicodeDecodeError:
        raise ConfigError(".env is not UTF-8 text.", "Save it again as UTF-8.") from None


def require_slack(settings: Settings) -> None:
    """Raise ConfigError with a sentence for each setting without which the bot cannot reach Slack."""
    missing = []
    if settings.slack_bot_token is None:
        missing.append(
            "SLACK_BOT_TOKEN is not set: Slack shows it under OAuth & Permissions once the app is installed."
        )
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        missing.append(
            "Neither SLACK_APP_TOKEN (for Socket Mode) nor SLACK_SIGNING_SECRET (for HTTP) is set: set one of them."
        )
    if missing:
        raise ConfigError("\n".join(missing), f"{_WHERE} To try the bot without Slack: briefing-bot try.")


_WHERE = "Set it in the environment or in .env; docs/configuration.md describes every setting."


def _sentence(fault: ErrorDetails) -> str:
    """Return a fault as one plain sentence that never holds the value: it may be a secret."""
    name = str(fault["loc"][0]).upper()
    if fault["type"] == "value_error":
        return f"{name} {fault['ctx']['error']}"
    if fault["type"] == "literal_error":
        return f"{name} is not one of {fault['ctx']['expected']}."
    if name == "PORT":
        return "PORT is not a whole number from 0 to 65535."
    return f"{name} cannot be read: {fault['msg']}."
