"""Settings from the environment, .env and files of secrets, read only here; docs/configuration.md describes each one.

An empty or blank variable counts as unset, unknown ones have no effect, secrets are never printed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from bot.config.env_file import assignments, variables
from bot.config.installing import (
    ClientSecret,
    KeyList,
    client_id,
    public_address,
    workspace_ids,
)
from bot.config.maintainers import Maintainers
from bot.config.required import WHERE
from bot.config.secret_files import FILE_SUFFIX, SecretFiles, secret_settings
from bot.config.values import (
    SLACK_API,
    AppToken,
    BotToken,
    ConfigToken,
    SigningSecret,
    Trim,
    branch,
    channel_id,
    collector_address,
    content_folder,
    git_address,
    lowered,
    manager_ids,
    quiet_hours_or_none,
    team_id,
    web_address,
)
from bot.errors import ConfigError
from bot.text import misspelt, nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

EVERY_SETTING = "settings"
"""Stands for all of them where none can be read."""
BRIEFINGS = Path(__file__).resolve().parent.parent.parent / "briefings"
"""The content folder shipped with the bot."""


class Settings(BaseModel):
    """All settings; field names are the variables' names in lower case."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    slack_bot_token: Annotated[BotToken | None, Trim] = Field(
        default=None, description="The bot's token (xoxb-…), from OAuth & Permissions."
    )
    slack_app_token: Annotated[AppToken | None, Trim] = Field(
        default=None,
        description="An app-level token (xapp-…) with connections:write. With it the bot uses Socket Mode.",
    )
    slack_signing_secret: Annotated[SigningSecret | None, Trim] = Field(
        default=None, description="Proves that HTTP requests come from Slack. Needed only without SLACK_APP_TOKEN."
    )
    slack_api_url: Annotated[str, AfterValidator(web_address), Trim] = Field(
        default=SLACK_API,
        description="Base address of the Slack Web API; GovSlack and the local workspace have their own.",
    )
    slack_api_plain: Annotated[Literal["on", "off"], BeforeValidator(lowered)] = Field(
        default="off", description="Whether SLACK_API_URL may be http:// on another machine: on or off."
    )
    slack_config_token: Annotated[ConfigToken | None, Trim] = Field(
        default=None,
        description="An app configuration token (xoxe.xoxp-…), for `briefing-bot conformance --live` alone.",
    )
    slack_client_id: Annotated[str, AfterValidator(client_id), Trim] = Field(
        default="", description="The app's client id. With it any number of workspaces install the app (OAuth)."
    )
    slack_client_secret: Annotated[ClientSecret | None, Trim] = Field(
        default=None, description="The app's client secret. Needed with SLACK_CLIENT_ID."
    )
    token_keys: Annotated[KeyList | None, Trim] = Field(
        default=None, description="Keys that encrypt stored tokens, separated by commas: the first encrypts."
    )
    public_url: Annotated[str, AfterValidator(public_address), Trim] = Field(
        default="", description="The address by which browsers reach the bot, to install the app."
    )
    slack_workspaces: Annotated[str, AfterValidator(workspace_ids), Trim] = Field(
        default="", description="Ids of the workspaces and organisations that may install the app, if not every one."
    )
    briefings_dir: Annotated[Path, AfterValidator(content_folder)] = Field(
        default=BRIEFINGS, description="The content folder. Default: the one beside app.py."
    )
    database_url: Annotated[SecretStr | None, Trim] = Field(
        default=None, description="A PostgreSQL database (postgresql://…). Without it, SQLite in DATA_DIR."
    )
    data_dir: Path = Field(default=Path("var"), description="Folder of the SQLite database and the git clone.")
    content_git_url: Annotated[Annotated[SecretStr, AfterValidator(git_address)] | None, Trim] = Field(
        default=None, description="A git repository to publish from, instead of BRIEFINGS_DIR."
    )
    content_git_branch: Annotated[str, AfterValidator(branch), Trim] = Field(
        default="main", description="The branch to publish from."
    )
    content_git_interval_s: Annotated[float, Field(ge=5, allow_inf_nan=False)] = Field(
        default=60.0, description="Seconds between two polls of the repository."
    )
    content_apply: Annotated[Literal["off", "direct", "commit"], BeforeValidator(lowered)] = Field(
        default="off",
        description="Where approved changes go: direct into BRIEFINGS_DIR, a commit on a branch, or off, a patch.",
    )
    maintainers_channel: Annotated[str, AfterValidator(channel_id), Trim] = Field(
        default="", description="Id of the channel for notices to operators: content faults, failed deliveries."
    )
    maintainers_team: Annotated[str, AfterValidator(team_id), Trim] = Field(
        default="", description="Id of the workspace of the maintainers, where several workspaces installed the app."
    )
    delivery_quiet_s: Annotated[float, Field(ge=1, le=600, allow_inf_nan=False)] = Field(
        default=60.0, description="Seconds after which a post whose answer was lost can no longer arrive."
    )
    quiet_hours: Annotated[str, AfterValidator(quiet_hours_or_none), Trim] = Field(
        default="", description="Hours in which alerts wait and corrections do not, such as 22:00-07:00 Europe/London."
    )
    alert_announce: Annotated[Literal["on", "off"], BeforeValidator(lowered)] = Field(
        default="on", description="Whether a public line says who changed a channel's alerts: on or off."
    )
    managers: Annotated[str, AfterValidator(manager_ids), Trim] = Field(
        default="", description="Who may change channels' alerts, if not every member."
    )
    guests: Annotated[Literal["on", "off"], BeforeValidator(lowered)] = Field(
        default="off", description="Whether guests may change what a channel gets: on or off."
    )
    ask_after_weeks: Annotated[int, Field(ge=0, le=520)] = Field(
        default=0, description="Weeks without a click after which a channel is asked about its schedules; 0 is never."
    )
    feedback: Annotated[Literal["on", "off"], BeforeValidator(lowered)] = Field(
        default="on", description="Whether two buttons below an answer ask if it was right: on or off."
    )
    records_keep_days: Annotated[int, Field(ge=90, le=36_525)] = Field(
        default=180, description="Days for which is kept what was posted where and when, and what became of it."
    )
    audit_keep_days: Annotated[int, Field(ge=0, le=36_525)] = Field(
        default=2_555, description="Days for which the audit of changes is kept; 0 is for ever."
    )
    gaps_keep_days: Annotated[int, Field(ge=0, le=3650)] = Field(
        default=90, description="Days for which questions without an answer are kept; 0 keeps none."
    )
    questions_a_minute: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=120, description="Commands, messages, presses and forms that one person has in a minute; 0 is no limit."
    )
    channel_questions_a_minute: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=1_200, description="The same for all people in one channel together; 0 is no limit."
    )
    workspace_questions_a_minute: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=6_000, description="The same for all people of one workspace together; 0 is no limit."
    )
    public_answers_a_minute: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=20, description="Answers to mentions that everybody in one channel sees, in a minute; 0 is no limit."
    )
    erase_after_days: Annotated[int, Field(ge=0, le=36_525)] = Field(
        default=30, description="Days after which all of a workspace that removed the app is erased; 0 is never."
    )
    host: Annotated[str, Trim] = Field(default="127.0.0.1", description="The address to listen on, in HTTP mode.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=3000, description="The port to listen on, in HTTP mode."
    )
    admin_host: Annotated[str, Trim] = Field(
        default="127.0.0.1", description="The address of the operators' port: /metrics, /livez and /readyz."
    )
    admin_port: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=None, description="The operators' port, with Socket Mode too. Without it there is none."
    )
    otel_exporter_otlp_endpoint: Annotated[Annotated[str, AfterValidator(collector_address)] | None, Trim] = Field(
        default=None, description="Where traces go, by OTLP over HTTP; needs the extra `otel`."
    )
    sentry_dsn: Annotated[SecretStr | None, Trim] = Field(
        default=None, description="Where faults of the bot's own are reported; needs the extra `sentry`."
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lowered)] = Field(
        default="info", description="How much to log: debug, info, warning or error."
    )

    @property
    def maintainers(self) -> Maintainers:
        """Where the maintainers are."""
        return Maintainers(self.maintainers_channel, self.maintainers_team, has_others=bool(self.slack_client_id))

    @property
    def own_secret(self) -> SecretStr | None:
        """A secret of the app that is in no database."""
        return self.slack_bot_token or self.slack_client_secret


def read_settings() -> Settings:
    """Read the settings. Raises ConfigError with a sentence for each fault."""
    try:
        return Settings(**_values())
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(fault) for fault in error.errors()), WHERE) from None


def settings_in_part() -> tuple[Settings, dict[str, str]]:
    """Return the settings, those that are malformed as if unset, and by the name of each of those its fault.

    Where .env or a file of a secret cannot be read, nothing is known of any: the one fault is that of EVERY_SETTING.
    """
    try:
        values = _values()
    except ConfigError as error:
        return Settings.model_construct(), {EVERY_SETTING: f"{error.message} {error.hint}"}
    try:
        return Settings(**values), {}
    except ValidationError as error:
        found = {str(fault["loc"][0]): _sentence(fault) for fault in error.errors()}
    rest = {name: value for name, value in values.items() if name not in found}
    return Settings(**rest), {name.upper(): fault for name, fault in found.items()}


def _values() -> dict[str, Any]:
    """Return what is set, by field; blank values are unset: a blank signing secret would accept any request.

    Raises ConfigError for an .env or a file of a secret that cannot be read.
    """
    assignments()
    found = variables()
    found |= SecretFiles(Settings, found).read()
    return {name: value for name, value in found.items() if name in Settings.model_fields and value.strip()}


def misspelt_in_environment() -> list[tuple[str, str]]:
    """Return names in the environment that are nearly a setting, each with that setting: they have no effect."""
    names = _variables()
    return [(name, near) for name in sorted(os.environ) if (near := misspelt(name.upper(), names))]  # noqa: TID251 — this is bot/config


def variable(name: str) -> str:
    """Return a variable of the environment that other programs share, such as SSL_CERT_FILE; empty if unset."""
    return os.environ.get(name, "")  # noqa: TID251 — this is bot/config


def unknown_settings() -> list[tuple[str, int, str]]:
    """Return names in .env that are no settings: each with its line and the most similar setting, if there is one."""
    names = _variables()
    unknown = [each for each in assignments() if each.name.upper() not in names]
    return [(each.name, each.line, "".join(nearest(each.name, names))) for each in unknown]


def inherited_environment() -> dict[str, str]:
    """Return the environment for a program that the bot runs: this process's own, without the bot's settings."""
    ours = _variables()
    return {name: value for name, value in os.environ.items() if name.upper() not in ours}  # noqa: TID251 — this is bot/config


def _variables() -> list[str]:
    """Return the names of all variables that set something."""
    return [
        *(name.upper() for name in Settings.model_fields),
        *(f"{name.upper()}{FILE_SUFFIX}" for name in secret_settings(Settings)),
    ]


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
    field = field.get("anyOf", (field,))[0]  # a setting without a default
    kind = "a whole number" if field["type"] == "integer" else "a number"
    least, most = field["minimum"], field.get("maximum")
    return f"{kind} of at least {least:g}" if most is None else f"{kind} from {least:g} to {most}"
