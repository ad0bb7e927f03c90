"""response_url: five uses, thirty minutes, and what a reply may do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.workspace.apps import Api, ManualClock, RawApp
    from workspace.server import Workspace

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
BUTTONS = [{"type": "actions", "elements": [BUTTON]}]


@pytest.fixture
async def command_url(workspace: Workspace, app: RawApp) -> str:
    """Return the response_url of a slash command that Ada ran in #random, where the bot is no member."""
    typed = asyncio.create_task(workspace.type("U0ADA", "C0RANDOM", "/echo"))
    frame = await app.receive()
    await app.ack(frame)
    await typed
    url: str = frame["payload"]["response_url"]
    return url


async def click_url(workspace: Workspace, app: RawApp, ts: str) -> str:
    """Let Ada click on a message in #policy and return the response_url."""
    pressed = asyncio.create_task(workspace.press("U0ADA", "C0POLICY", ts, "go"))
    frame = await app.receive()
    await app.ack(frame)
    await pressed
    url: str = frame["payload"]["response_url"]
    return url


async def post(api: Api, url: str, **body: Any) -> tuple[int, str]:  # noqa: ANN401 — any JSON value
    """Use a response_url."""
    async with api.session.post(url, json=body) as response:
        return response.status, await response.text()


async def test_a_reply_is_ephemeral_unless_it_says_in_channel(workspace: Workspace, api: Api, command_url: str) -> None:
    assert await post(api, command_url, text="quiet") == (200, "ok")
    assert await post(api, command_url, text="loud", response_type="in_channel") == (200, "ok")
    assert [seen["text"] for seen in workspace.seen_by("U0ADA", "C0RANDOM")] == ["quiet", "loud"]
    assert [seen["text"] for seen in workspace.seen_by("U0GRACE", "C0RANDOM")] == ["loud"]


async def test_the_sixth_use_is_refused(workspace: Workspace, api: Api, command_url: str) -> None:
    for _ in range(5):
        assert (await post(api, command_url, text="x"))[0] == 200
    status, text = await post(api, command_url, text="x")
    assert (status, "used_url" in text) == (404, True)
    assert len(workspace.seen_by("U0ADA", "C0RANDOM")) == 5


async def test_uses_at_the_same_time_are_all_counted(api: Api, command_url: str) -> None:
    answers = await asyncio.gather(*(post(api, command_url, text="x") for _ in range(8)))
    assert sorted(status for status, _ in answers) == [200] * 5 + [404] * 3


async def test_after_thirty_minutes_it_is_refused(api: Api, command_url: str, clock: ManualClock) -> None:
    clock.pass_time(29 * 60)
    assert (await post(api, command_url, text="x"))[0] == 200
    clock.pass_time(60)
    status, text = await post(api, command_url, text="x")
    assert (status, "expired_url" in text) == (404, True)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": "x", "blocks": [{"type": "poem"}]}, "invalid_blocks"),
        ({"text": "x", "thread_ts": "1.0"}, "thread_not_found"),
        ({"text": "x", "replace_original": "perhaps"}, "invalid_arguments"),
    ],
)
async def test_a_reply_is_refused(api: Api, command_url: str, body: dict[str, Any], error: str) -> None:
    status, text = await post(api, command_url, **body)
    assert (status, error in text) == (400, True)


async def test_an_unknown_url_and_a_malformed_body_are_refused(
    workspace: Workspace, api: Api, command_url: str
) -> None:
    assert (await post(api, f"{workspace.url}response/guess", text="x"))[0] == 404
    async with api.session.post(command_url, data=b"{", headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400


async def test_a_reply_may_be_longer_than_a_post(workspace: Workspace, api: Api, command_url: str) -> None:
    section = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}
    assert (await post(api, command_url, text="x", blocks=[section] * 6))[0] == 200
    assert len(workspace.seen_by("U0ADA", "C0RANDOM")[0]["blocks"]) == 6


async def test_a_form_with_json_in_payload_counts_too(workspace: Workspace, api: Api, command_url: str) -> None:
    async with api.session.post(command_url, data={"payload": '{"text": "old style"}'}) as response:
        assert response.status == 200
    assert workspace.seen_by("U0ADA", "C0RANDOM")[0]["text"] == "old style"


@pytest.mark.parametrize("ephemeral", [True, False])
async def test_a_click_can_replace_and_delete_its_message(
    workspace: Workspace, api: Api, app: RawApp, *, ephemeral: bool
) -> None:
    if ephemeral:
        ts = (await api("chat.postEphemeral", channel="C0POLICY", user="U0ADA", text="x", blocks=BUTTONS))["message_ts"]
    else:
        ts = (await api("chat.postMessage", channel="C0POLICY", text="x", blocks=BUTTONS))["ts"]
    url = await click_url(workspace, app, ts)
    assert (await post(api, url, text="new", replace_original=True))[0] == 200
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert (seen["ts"], seen["text"], seen.get("blocks")) == (ts, "new", None)
    assert ("edited" in seen) is not ephemeral
    assert (await post(api, url, text="beside"))[0] == 200
    assert len(workspace.seen_by("U0ADA", "C0POLICY")) == 2
    assert (await post(api, url, delete_original=True))[0] == 200
    assert [seen["text"] for seen in workspace.seen_by("U0ADA", "C0POLICY")] == ["beside"]
    assert (await post(api, url, text="instead", replace_original=True))[0] == 200
    assert [seen["text"] for seen in workspace.seen_by("U0ADA", "C0POLICY")] == ["beside", "instead"]
