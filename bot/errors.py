"""One tree of errors. Each carries what happened and what to do next, in words for people.

Only two places turn them into replies: handlers (for an asker in Slack) and cli/main.py (for a terminal).
"""

from __future__ import annotations

from typing import Final

NO_ACCESS: Final = "Slack does not let me do that. Whoever runs me has to look at my access: the cause is in the log."
"""What members read where a token, its scopes or the workspace's rules are wrong."""


class BriefingBotError(Exception):
    """Anything this bot raises on purpose.

    `message` says what happened, `hint` what to do next (may be empty). Both are plain text and safe to show.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep both sentences; `str()` joins them."""
        super().__init__(f"{message} {hint}".rstrip())
        self.message = message
        self.hint = hint


class OperatorError(BriefingBotError):
    """Something that only whoever runs the bot can mend: `message` and `hint` are for them, and for the log.

    A member of a channel reads `for_members` in its place.
    """

    for_members = "Something is wrong on my side, and has been logged. Try again in a few minutes."


class ConfigError(OperatorError):
    """A setting is missing or malformed; the command exits 78 (EX_CONFIG of sysexits.h)."""


class UnknownAreaError(BriefingBotError):
    """Words that name no area: `said`, in quotation marks. `suggestions` holds at most three titles close to them."""

    def __init__(self, said: str, hint: str, suggestions: tuple[str, ...]) -> None:
        """Add the areas that may have been meant, best first."""
        super().__init__(f"No area is called {said}.", hint)
        self.said = said
        self.suggestions = suggestions


class DeliveryError(BriefingBotError):
    """Slack refused a call, or its answer was lost. `code` is Slack's own error code, for the log and the sentence.

    `is_unknown`: nobody can say whether Slack did it. Else it did not.
    """

    def __init__(self, message: str, hint: str = "", *, code: str = "", is_unknown: bool = False) -> None:
        """Add Slack's error code, and whether it may have been done after all."""
        super().__init__(message, hint)
        self.code = code
        self.is_unknown = is_unknown
