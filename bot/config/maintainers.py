"""Where the maintainers of the facts are: in one workspace, and perhaps in one channel of it.

docs/decisions/0012-maintainers-in-one-workspace.md says what follows for every other workspace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Maintainers:
    """Where the maintainers are. What they see and decide on is offered, kept and sent in their workspace alone.

    `channel` is MAINTAINERS_CHANNEL, empty for none. `team` is MAINTAINERS_TEAM; empty, it is the only workspace there
    is, or with several (`has_others`) none of them.
    """

    channel: str = ""
    team: str = ""
    has_others: bool = False

    def are_in(self, team: str) -> bool:
        """Whether a workspace is theirs."""
        return team == self.team if self.team else not self.has_others

    def read(self, team: str, channel: str) -> bool:
        """Whether a channel of a workspace is theirs: the same id in another workspace is another channel."""
        return bool(self.channel) and channel == self.channel and self.are_in(team)

    def listen_to(self, team: str) -> bool:
        """Whether what people of a workspace report and ask reaches them in Slack."""
        return bool(self.channel) and self.are_in(team)


ONE_WORKSPACE: Final = Maintainers()
"""With one workspace, and no channel."""
