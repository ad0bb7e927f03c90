"""All checks of `briefing-bot doctor`, in the order in which they are printed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

import app as wiring
from bot.clock import ClockSkew, SystemClock
from bot.config import Settings
from bot.config.env_file import ENV_FILE
from bot.config.installing import keys_in
from bot.config.secret_files import files_of
from bot.errors import ConfigError
from bot.health import content, database, files, machine, settings, workspaces
from bot.health.finding import Finding, NotCheckedError, ok
from bot.health.repository import repository
from bot.installations.token_keys import TokenKeys
from bot.store.engine import database_url, sqlite_folder
from bot.store.errors import StoreError
from bot.store.read_only import NoDatabaseError, read_only
from cli.folder_check import check_folder
from cli.operators.doctor import channels, network
from cli.operators.doctor.slack import Slack
from handlers.slack.installations.authorization import session_to
from handlers.slack.web_client import WebClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    Check = tuple[str, Callable[[], Awaitable[Finding]]]

_TOKEN_S: Final = 5.0
"""Seconds that the database may take to give a workspace's token."""


@asynccontextmanager
async def checks(found: Settings, faults: Mapping[str, str]) -> AsyncIterator[tuple[Check, ...]]:
    """Yield the checks of a set-up, each with its name; `faults` are those of the settings, by their names."""
    skew = ClockSkew(SystemClock())
    try:
        session = session_to(found.slack_api_url, skew)
    except ConfigError:  # the check of the proxy says why
        session = None
    web = WebClient(found.slack_api_url, session) if session else None
    try:
        yield _Checks(found, faults, web, skew).in_order()
    finally:
        if session:
            await session.close()


def _extras(found: Settings) -> tuple[str, ...]:
    """Return the extras without which the start is refused."""
    needed = {"otel": found.otel_exporter_otlp_endpoint, "sentry": found.sentry_dsn}
    return tuple(extra for extra, setting in needed.items() if setting)


class _Checks:
    """The checks of one set-up. Those that wait for a disk run in threads."""

    def __init__(self, found: Settings, faults: Mapping[str, str], web: WebClient | None, skew: ClockSkew) -> None:
        self._settings = found
        self._faults = faults
        self._slack = Slack(found, faults, web, skew, self._token)
        self._loaded: asyncio.Task[tuple[Finding, str]] | None = None

    def in_order(self) -> tuple[Check, ...]:
        """Return every check with its name."""
        slack = self._slack
        return (
            ("python", _awaitable(machine.python)),
            ("version", _awaitable(lambda: machine.installed(_extras(self._settings)))),
            ("settings", _awaitable(lambda: settings.settings(self._settings, self._faults))),
            ("setting names", _awaitable(lambda: settings.names(self._faults))),
            ("secret files", _awaitable(lambda: files.secrets([ENV_FILE, *files_of(Settings)]))),
            ("data folder", self._of_data(files.data_folder)),
            ("disk space", self._of_data(files.disk_space)),
            ("file system", self._of_data(files.file_system)),
            ("backup", self._of("DATABASE_URL", "DATA_DIR", check=self._backup)),
            ("time zones", _awaitable(machine.time_zones)),
            ("proxy", self._of("SLACK_API_URL", check=lambda: network.proxy(self._settings.slack_api_url))),
            ("certificates", _awaitable(network.certificates)),
            ("port", self._of("SLACK_APP_TOKEN", "HOST", "PORT", check=lambda: network.port(self._settings))),
            ("slack", slack.reached),
            ("clock", slack.clock),
            ("bot token", slack.bot_token),
            ("scopes", slack.scopes),
            ("app token", slack.app_token),
            ("one app", slack.one_app),
            ("manifest", lambda: slack.manifest(wiring.read_manifest())),
            ("database", self._database),
            ("migrations", self._migrations),
            ("workspaces", self._workspaces),
            ("repository", self._repository),
            ("content", self._content),
            ("fingerprints", self._of_content(content.fingerprints)),
            ("published", self._published),
            ("maintainers", self._maintainers),
            ("channels", self._channels),
            ("paused", self._paused),
        )

    def _of(self, *names: str, check: Callable[[], Finding]) -> Callable[[], Awaitable[Finding]]:
        """Return a check that is made in a thread, unless one of these settings is malformed."""

        def checked() -> Finding:
            settings.require(self._faults, *names)
            return check()

        return _awaitable(checked)

    def _of_data(self, check: Callable[..., Finding]) -> Callable[[], Awaitable[Finding]]:
        return self._of("DATA_DIR", check=lambda: check(self._settings.data_dir))

    def _of_content(self, check: Callable[..., Finding]) -> Callable[[], Awaitable[Finding]]:
        def checked() -> Finding:
            if self._settings.content_git_url:
                raise NotCheckedError("The content comes from CONTENT_GIT_URL.")
            return check(self._settings.briefings_dir)

        return self._of("BRIEFINGS_DIR", "CONTENT_GIT_URL", check=checked)

    async def _load(self) -> tuple[Finding, str]:
        """Load the content folder once for all checks, and return the finding and the content's hash."""
        if self._loaded is None:
            work = asyncio.to_thread(content.content, self._settings.briefings_dir, check_folder)
            self._loaded = asyncio.create_task(work)
        return await asyncio.shield(self._loaded)

    async def _repository(self) -> Finding:
        settings.require(self._faults, "CONTENT_GIT_URL", "CONTENT_GIT_BRANCH")
        return await repository(self._settings.content_git_url, self._settings.content_git_branch)

    async def _content(self) -> Finding:
        settings.require(self._faults, "BRIEFINGS_DIR", "CONTENT_GIT_URL")
        if self._settings.content_git_url:
            return ok("content", "It comes from CONTENT_GIT_URL: each poll checks it, and the log says what is wrong.")
        return (await self._load())[0]

    def _backup(self) -> Finding:
        return files.backup(sqlite_folder(self._url()), SystemClock().now())

    def _url(self) -> URL:
        settings.require(self._faults, "DATABASE_URL", "DATA_DIR")
        configured = self._settings.database_url.get_secret_value() if self._settings.database_url else ""
        return database_url(configured, self._settings.data_dir)

    async def _database(self) -> Finding:
        try:
            async with read_only(url := self._url()) as connection:
                return await database.database(connection, url)
        except NoDatabaseError as error:
            return ok("database", f"{error.message} {error.hint}")

    async def _migrations(self) -> Finding:
        async with self._connection() as connection:
            return await database.migrations(connection)

    async def _workspaces(self) -> Finding:
        settings.require(self._faults, "SLACK_CLIENT_ID", "TOKEN_KEYS")
        if not self._settings.slack_client_id:
            return ok("workspaces", "One workspace: that of SLACK_BOT_TOKEN.")
        if self._settings.token_keys is None:
            raise NotCheckedError("TOKEN_KEYS is not set.")
        async with self._connection() as connection:
            return await workspaces.workspaces(connection, TokenKeys(keys_in(self._settings.token_keys)))

    async def _token(self) -> str:
        """Return the bot token for the checks: with several workspaces, that of the maintainers', or the first."""
        if self._settings.slack_bot_token:
            return self._settings.slack_bot_token.get_secret_value()
        if not (self._settings.slack_client_id and self._settings.token_keys):
            return ""
        keys = TokenKeys(keys_in(self._settings.token_keys))
        with suppress(NotCheckedError, TimeoutError):  # the check of the database says why
            async with asyncio.timeout(_TOKEN_S), self._connection() as connection:
                return await workspaces.token_of(connection, keys, self._settings.maintainers_team)
        return ""

    async def _published(self) -> Finding:
        folders_hash = None if self._settings.content_git_url else (await self._load())[1]
        try:
            async with self._connection() as connection:
                return await database.published(connection, folders_hash)
        except NotCheckedError as error:
            if isinstance(error.__cause__, NoDatabaseError):
                return database.nothing_published(folders_hash)
            raise

    async def _maintainers(self) -> Finding:
        settings.require(self._faults, "MAINTAINERS_CHANNEL", "MAINTAINERS_TEAM")
        team = self._settings.maintainers_team if self._settings.slack_client_id else ""
        return await channels.maintainers(self._slack, self._settings.maintainers_channel, team)

    async def _channels(self) -> Finding:
        async with self._connection() as connection:
            found = await channels.subscribed(connection)
        return await channels.readable(self._slack, found)

    async def _paused(self) -> Finding:
        async with self._connection() as connection:
            return channels.paused(await channels.subscribed(connection))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        """Connect to the database as it is. Raises NotCheckedError: the check of the database says why."""
        try:
            async with read_only(self._url()) as connection:
                yield connection
        except (ConfigError, NoDatabaseError, StoreError) as error:
            raise NotCheckedError(error.message) from error


def _awaitable(check: Callable[[], Finding]) -> Callable[[], Awaitable[Finding]]:
    return lambda: asyncio.to_thread(check)
