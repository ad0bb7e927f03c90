"""What came of something that a person did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workspace.state.records import Message
    from workspace.wire.delivery import Dispatch


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What came of typing, clicking or filling in.

    `message` is what it put on the person's screen at once: the message that they posted, or what Slackbot told them
    alone. `dispatches` is what was sent to the app and how it went. `problem` is a sentence that the person still has
    to be shown because nothing else shows it, mostly empty.
    """

    message: Message | None = None
    dispatches: tuple[Dispatch, ...] = ()
    problem: str = ""

    @property
    def acked(self) -> bool:
        """Whether something was sent to the app, and it took all of it."""
        return bool(self.dispatches) and not any(dispatch.failure for dispatch in self.dispatches)


def click_problem(dispatch: Dispatch) -> str:
    """Return the sentence shown beside a click that failed, or nothing."""
    if dispatch.timed_out:
        return "The app did not answer within 3 seconds."
    if dispatch.failure == "not_connected":
        return "The app is not connected."
    return "The app answered with an error." if dispatch.failure else ""
