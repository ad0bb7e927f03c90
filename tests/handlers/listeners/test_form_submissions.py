"""Submitted forms: what is too old, what fails within the bot, and what takes longer than Slack waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.actions import TOO_OLD_FORM
from bot.errors import BriefingBotError
from handlers.listeners.form_submissions import in_time, on_form
from handlers.rendering.feedback import FormSubject
from handlers.slack.receiving.router import Router
from handlers.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from handlers.rendering.replies import View
    from handlers.slack.receiving.router import Kind, Listener

BODY: dict[str, Any] = {"team": {"id": "T1"}, "user": {"id": "U1"}, "view": {"private_metadata": "[1]"}}


class RecordingRouter(Router):
    """Keeps the listener of a form."""

    listener: Any = None

    def on(self, kind: Kind, name: str, listener: Listener) -> None:
        """Keep a listener."""
        super().on(kind, name, listener)
        self.listener = listener


async def acked(error: Callable[[Mapping[str, Any]], object]) -> dict[str, Any]:
    """Return the acknowledgement of a form whose taking ends with an error."""
    router, answers = RecordingRouter(), []

    async def take(body: Mapping[str, Any]) -> View | None:
        error(body)
        return None

    async def ack(**answer: Any) -> None:  # noqa: ANN401 — Slack's fields
        answers.append(answer)

    on_form(router, "form", "said", take)
    await router.listener(ack, BODY)
    (answer,) = answers
    return answer


async def test_a_form_of_an_older_version_is_told_and_is_no_fault_of_the_bot() -> None:
    with capture_logs() as logs:
        answer = await acked(lambda body: FormSubject.unpack(body["view"]["private_metadata"]))
    assert answer["errors"] == {"said": f"{TOO_OLD_FORM} Close it, and ask again."}
    assert logs == []


@pytest.mark.parametrize("fault", [ValueError, KeyError, TypeError, IndexError, ZeroDivisionError])
async def test_a_fault_of_the_bot_is_no_old_form_and_is_logged(fault: type[Exception]) -> None:
    def fails(_body: Mapping[str, Any]) -> None:
        raise fault

    with capture_logs() as logs:
        answer = await acked(fails)
    assert answer["response_action"] == "errors"
    assert "has been logged" in answer["errors"]["said"]
    assert [(each["event"], type(each["exc_info"])) for each in logs] == [("reply.failed", fault)]


@pytest.mark.parametrize("metadata", ["", "{}", "[1]", '["", "", "", ""]', "[[[", "1", "null", '["a","b","c","d","e"]'])
def test_metadata_of_another_version_is_too_old(metadata: str) -> None:
    with pytest.raises(BriefingBotError, match="too old"):
        FormSubject.unpack(metadata)


async def test_what_takes_longer_goes_on_and_is_told_once_it_is_done_or_has_failed() -> None:
    tasks, told = Tasks(), []
    may_end = asyncio.Event()

    async def slow() -> str:
        await may_end.wait()
        raise BriefingBotError("No.")

    async def at_once() -> str:
        return "done"

    async def later(doing: asyncio.Future[str]) -> None:
        told.append(str(doing.exception()))

    assert await in_time(slow(), tasks, later, answer_s=0.0) is None
    assert told == []
    may_end.set()
    await tasks.finish(60)
    assert told == ["No."]
    done = await in_time(at_once(), tasks, later)
    assert done is not None
    assert done.result() == "done"
