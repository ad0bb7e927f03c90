"""What is known of the workspaces that installed the app, as the rest of handlers/ asks for it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from slack_bolt.authorization.async_authorize import AsyncAuthorize

if TYPE_CHECKING:
    from datetime import datetime

    from slack_bolt.authorization import AuthorizeResult


class Installations(AsyncAuthorize):
    """The workspaces whose requests are answered; called by Bolt, it says as whom."""

    is_removed = False
    """Whether the only workspace has removed the app since the bot was started."""

    @property
    @abstractmethod
    def home(self) -> str:
        """The id of the workspace of MAINTAINERS_CHANNEL; empty until it is known."""

    @abstractmethod
    def allows(self, team: str, scope: str) -> bool:
        """Whether a workspace granted a scope; where Slack did not say, it is tried."""

    @abstractmethod
    def enterprise_of(self, team: str) -> str:
        """Return the id of the organisation that a workspace belongs to; nothing for none."""

    @abstractmethod
    async def token_of(self, team: str) -> str:
        """Return the token for calls in a workspace. Raises NotDeliveredError without one."""

    async def run(self) -> None:
        """Keep what is known as it is in the database, until cancelled."""

    @abstractmethod
    async def __call__(self, **request: Any) -> AuthorizeResult:  # noqa: ANN401 — Bolt's own signature
        """Return as whom a request is answered; Bolt asks."""

    @abstractmethod
    async def serves(self, team: str | None, enterprise: str | None, happened_at: datetime | None = None) -> bool:
        """Whether a request of this workspace or organisation is for us; what names neither is Slack's own.

        `happened_at` is an event's; other requests have none.
        """

    def cover(self, team: str, enterprise: str, happened_at: datetime | None, *, is_by_organisation: bool) -> None:
        """Note of which organisation a workspace is whose request is served.

        `is_by_organisation`: Slack says that the request is for the organisation's installation.
        """

    async def reload(self) -> None:
        """Read what other processes have stored. Raises StoreError."""

    def is_covered(self, team: str, enterprise: str) -> bool:  # noqa: ARG002 — what has only one token has none of these
        """Whether a workspace has the app by this organisation alone."""
        return False

    @abstractmethod
    def removed(self, workspace: str, organisation: str) -> str:
        """Note that a workspace of an organisation, if of one, has removed the app, or the organisation as a whole.

        Return what the operator is told, once.
        """

    @abstractmethod
    async def warm(self) -> object:
        """Learn what has to be known before the first request.

        Raises ConfigError for what Slack refuses, NotDeliveredError when Slack cannot be asked now.
        """
