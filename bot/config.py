"""Settings from the environment and .env, read only here; docs/configuration.md describes each one.

An empty or blank variable counts as unset, unknown ones are ignored, secrets are never printed.
"""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import ConfigError
from bot.recurrence.quiet_hours import QuietHours

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

BRIEFINGS = Path(__file__).resolve().parent.parent / "briefings"
"""The content folder shipped with the bot."""

SLACK_API = "https://slack.com/api/"

_TOKEN_KINDS = {
    "xoxb": "a bot token (xoxb-…), which belongs in SLACK_BOT_TOKEN",
    "xapp": "an app-level token (xapp-…), which belongs in SLACK_APP_TOKEN",
    "xoxp": "a user token (xoxp-…), which this bot does not use",
    "xoxe": "a rotating token (xoxe…): turn token rotation off in the app's settings",
}


def _kind(text: str) -> str:
    """Describe the kind of Slack token that a text looks like; "" for none."""
    return next((words for start, words in _TOKEN_KINDS.items() if text.startswith(start)), "")


def _token(start: str, where: str) -> AfterValidator:
    """Return a validator for tokens that begin with `start`; `where` is the page on which Slack shows them."""

    def check(secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        if re.fullmatch(rf"{start}-[A-Za-z0-9-]+", text):
            return secret
        found = "" if text.startswith(start) else _kind(text)
        fault = f"holds {found}" if found else f"does not look like {start}-…"
        raise ValueError(f"{fault}. The right one begins with {start}-; Slack shows it under {where}.")

    return AfterValidator(check)


def _signing_secret(secret: SecretStr) -> SecretStr:
    """Reject Slack tokens, and values with white space."""
    text = secret.get_secret_value()
    if found := _kind(text):
        raise ValueError(f"holds {found}. Slack shows the signing secret under Basic Information, App Credentials.")
    if re.search(r"\s", text):
        raise ValueError("holds a space or a line break. Copy it again from Basic Information, App Credentials.")
    return secret


def _address(text: str) -> str:
    """Require an http(s) address, and end it with a slash."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"is not a web address: it should look like {SLACK_API}")
    return text if text.endswith("/") else f"{text}/"


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


def _lowered(value: object) -> object:
    """Strip and lower-case a word."""
    return value.strip().lower() if isinstance(value, str) else value


Trim = BeforeValidator(_stripped)
_BotToken = Annotated[SecretStr, _token("xoxb", "OAuth & Permissions")]
_AppToken = Annotated[SecretStr, _token("xapp", "Basic Information, App-Level Tokens")]
_SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]


def _branch(text: str) -> str:
    """Reject what git would read as an option or a path."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_./-]*", text) or ".." in text:
        raise ValueError("is not the name of a branch.")
    return text


def _git_address(secret: SecretStr) -> SecretStr:
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


def _channel(text: str) -> str:
    """Require a channel id rather than a name."""
    if text and not re.fullmatch(r"[CGD][A-Z0-9]{2,}", text):
        raise ValueError("is not a channel id such as C0123456789. Slack shows it at the end of the channel's details.")
    return text


def _quiet_hours(text: str) -> str:
    """Require quiet hours that can be parsed, or ""."""
    if text:
        QuietHours.parse(text)
    return text


def _managers(text: str) -> str:
    """Require user ids, user group ids and `admins`, separated by commas or spaces."""
    for each in text.replace(",", " ").split():
        if each != "admins" and not re.fullmatch(r"[UWS][A-Z0-9]{2,}", each):
            raise ValueError("contains something other than user ids (U…), user group ids (S…) and admins.")
    return text


class Settings(BaseSettings):
    """All settings; field names are the variables' names in lower case."""

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
        default=SLACK_API,
        description="Base address of the Slack Web API; GovSlack and the local workspace have their own.",
    )
    slack_api_plain: Annotated[Literal["on", "off"], BeforeValidator(_lowered)] = Field(
        default="off", description="Whether SLACK_API_URL may be http:// on another machine: on or off."
    )
    briefings_dir: Annotated[Path, AfterValidator(content_folder)] = Field(
        default=BRIEFINGS, description="The content folder. Default: the one beside app.py."
    )
    database_url: Annotated[SecretStr | None, Trim] = Field(
        default=None, description="A PostgreSQL database (postgresql://…). Without it, SQLite in DATA_DIR."
    )
    data_dir: Path = Field(default=Path("var"), description="Folder of the SQLite database and the git clone.")
    content_git_url: Annotated[Annotated[SecretStr, AfterValidator(_git_address)] | None, Trim] = Field(
        default=None, description="A git repository to publish from, instead of BRIEFINGS_DIR."
    )
    content_git_branch: Annotated[str, AfterValidator(_branch), Trim] = Field(
        default="main", description="The branch to publish from."
    )
    content_git_interval_s: Annotated[float, Field(ge=5, allow_inf_nan=False)] = Field(
        default=60.0, description="Seconds between two polls of the repository."
    )
    maintainers_channel: Annotated[str, AfterValidator(_channel), Trim] = Field(
        default="", description="Id of the channel for notices to operators: content faults, failed deliveries."
    )
    delivery_quiet_s: Annotated[float, Field(ge=1, le=600, allow_inf_nan=False)] = Field(
        default=60.0, description="Seconds after which a post whose answer was lost can no longer arrive."
    )
    quiet_hours: Annotated[str, AfterValidator(_quiet_hours), Trim] = Field(
        default="", description="Hours in which alerts wait and corrections do not, such as 22:00-07:00 Europe/London."
    )
    alert_announce: Annotated[Literal["on", "off"], BeforeValidator(_lowered)] = Field(
        default="on", description="Whether a public line says who changed a channel's alerts: on or off."
    )
    managers: Annotated[str, AfterValidator(_managers), Trim] = Field(
        default="", description="Who may change channels' alerts, if not every member."
    )
    guests: Annotated[Literal["on", "off"], BeforeValidator(_lowered)] = Field(
        default="off", description="Whether guests may change what a channel gets: on or off."
    )
    ask_after_weeks: Annotated[int, Field(ge=0, le=520)] = Field(
        default=0, description="Weeks without a click after which a channel is asked about its schedules; 0 is never."
    )
    questions_a_minute: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=120, description="Commands, mentions and messages that one person has in a minute; 0 is no limit."
    )
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
        """Treat blank values as unset: a blank signing secret would accept any request."""
        return {name: value for name, value in values.items() if not isinstance(value, str) or value.strip()}


def read_settings() -> Settings:
    """Read the settings. Raises ConfigError with a sentence for each fault."""
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(fault) for fault in error.errors()), _WHERE) from None
    except OSError as error:
        raise ConfigError(
            f".env cannot be read: {error.strerror}.", "Let the bot's user read it, or remove it."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(".env is not UTF-8 text.", "Save it again as UTF-8.") from None


def inherited_environment() -> dict[str, str]:
    """Return the environment for a program that the bot runs: this process's own, without the bot's settings."""
    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name.upper() not in ours}  # noqa: TID251 — this is bot/config.py


def require_slack(settings: Settings) -> None:
    """Raise ConfigError with a sentence for each setting that Slack needs and that is missing."""
    missing = []
    if settings.slack_bot_token is None:
        missing.append(
            "SLACK_BOT_TOKEN is not set: Slack shows it under OAuth & Permissions once the app is installed."
        )
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        missing.append(
            "Neither SLACK_APP_TOKEN (for Socket Mode) nor SLACK_SIGNING_SECRET (for HTTP) is set: set one of them."
        )
    address = settings.slack_api_url
    if address.startswith("http://") and not is_local(address) and settings.slack_api_plain == "off":
        missing.append(
            "SLACK_API_URL begins with http:// and leads to another machine: the token would be readable on the way. "
            "Use https://, or set SLACK_API_PLAIN=on if nobody can listen there."
        )
    if missing:
        raise ConfigError("\n".join(missing), f"{_WHERE} To try the bot without Slack: briefing-bot try.")


_WHERE = "Set it in the environment or in .env; docs/configuration.md describes every setting."


def _sentence(fault: ErrorDetails) -> str:
    """Describe a fault in one sentence, without the value: it may be a secret."""
    name = str(fault["loc"][0]).upper()
    if fault["type"] == "value_error":
        return f"{name} {fault['ctx']['error']}"
    if fault["type"] == "literal_error":
        return f"{name} is not one of {fault['ctx']['expected']}."
    return f"{name} is not {_number_range(name)}."


def _number_range(name: str) -> str:
    """Describe the values that a numeric setting accepts; other settings describe their own faults."""
    field = Settings.model_json_schema()["properties"][name.lower()]
    kind = "a whole number" if field["type"] == "integer" else "a number"
    least, most = field["minimum"], field.get("maximum")
    return f"{kind} of at least {least:g}" if most is None else f"{kind} from {least:g} to {most}"
