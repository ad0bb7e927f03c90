"""The result of something that a person did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workspace.state.records import Message
    from workspace.wire.delivery import Dispatch

NOT_CONFIGURED = "This app is not configured to handle interactive responses."


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The result of typing, clicking or filling in.

    `message` is what appeared on the person's screen at once: the message that they posted, or a notice from Slackbot.
    `dispatches` is what was sent to the app and how it went. `problem` is a sentence that the page still has to show,
    mostly empty.
    """

    message: Message | None = None
    dispatches: tuple[Dispatch, ...] = ()
    problem: str = ""

    @property
    def acked(self) -> bool:
        """Whether something was sent to the app, and all of it was acknowledged."""
        return bool(self.dispatches) and not any(dispatch.failure for dispatch in self.dispatches)


def result_of(dispatch: Dispatch) -> ActionResult:
    """Return the result of an interaction that was sent once, with Slack's sentence for a failure."""
    if dispatch.timed_out:
        problem = "The app did not answer within 3 seconds."
    elif dispatch.failure == "not_connected":
        problem = "The app is not connected."
    else:
        problem = "The app answered with an error." if dispatch.failure else ""
    return ActionResult(dispatches=(dispatch,), problem=problem)
