"""An echo app on Bolt for Python that uses every surface, and a conversation that covers all of it.

`tests/conformance-js/app.js` is the same app on Bolt for JavaScript; `talk` works with both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay

from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from workspace.server import Workspace

Json = dict[str, Any]

ZONES = ("Europe/London", "Europe/Lisbon", "Asia/Kolkata")


def _plain(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def _buttons(action_id: str, words: str) -> Json:
    button = {"type": "button", "action_id": action_id, "text": _plain(words), "value": "1"}
    return {"type": "actions", "elements": [button]}


def _form(title: str = "Echo", *, notify: bool = True) -> Json:
    words = {"type": "plain_text_input", "action_id": "it"}
    zone = {"type": "external_select", "action_id": "zone", "min_query_length": 1}
    return {
        "type": "modal",
        "callback_id": "form",
        "title": _plain(title),
        "submit": _plain("Say it"),
        "notify_on_close": notify,
        "blocks": [
            {"type": "input", "block_id": "words", "label": _plain("Words"), "element": words},
            {"type": "input", "block_id": "zone", "optional": True, "label": _plain("Zone"), "element": zone},
            _buttons("more", "More"),
        ],
    }


def _home(words: str) -> Json:
    return {"type": "home", "blocks": [{"type": "section", "text": _plain(words)}, _buttons("again", "Again")]}


def echo_app(client: AsyncWebClient, signing_secret: str = "") -> AsyncApp:
    """Return the app."""
    app = AsyncApp(client=client, signing_secret=signing_secret or None, process_before_response=True)
    _listen_to_words(app)
    _listen_in_modals(app)
    _listen_elsewhere(app)
    return app


def _listen_to_words(app: AsyncApp) -> None:
    @app.command("/echo")
    async def command(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        if command["text"] == "form":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=_form())
        else:
            await ack(text=command["text"], blocks=[_buttons("go", "Go")])

    @app.action("go")
    async def click(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="clicked", replace_original=True)

    @app.event("app_mention")
    async def mention(event: Json, say: AsyncSay) -> None:
        await say(text="you called?", thread_ts=event["ts"])

    @app.event("message")
    async def message(event: Json, say: AsyncSay, client: AsyncWebClient) -> None:
        if "bot_id" in event or "subtype" in event:
            return
        thread = event.get("thread_ts")
        if thread:
            place = {"channel_id": event["channel"], "thread_ts": thread}
            await client.assistant_threads_setTitle(**place, title="Echoes")
            await client.assistant_threads_setStatus(**place, status="is listening")
        await say(text=f"heard: {event['text']}", thread_ts=thread)


def _listen_in_modals(app: AsyncApp) -> None:
    @app.action("more")
    async def more(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=_form("More", notify=False))

    @app.options("zone")
    async def zones(ack: AsyncAck, payload: Json) -> None:
        found = [zone for zone in ZONES if payload["value"] in zone]
        await ack(options=[{"text": _plain(zone), "value": zone} for zone in found])

    @app.view("form")
    async def submitted(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        values = view["state"]["values"]
        words, zone = values["words"]["it"]["value"], values["zone"]["zone"]["selected_option"]
        if words == "bad":
            await ack(response_action="errors", errors={"words": "Not that."})
        elif words == "again":
            await ack(response_action="update", view=_form("Once more"))
        else:
            await ack(response_action="clear")
            text = f"{words} in {zone['value'] if zone else 'no zone'}"
            await client.chat_postMessage(channel=body["user"]["id"], text=text)

    @app.view_closed("form")
    async def closed(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postMessage(channel=body["user"]["id"], text="closed")


def _listen_elsewhere(app: AsyncApp) -> None:
    @app.event("app_home_opened")
    async def opened(event: Json, client: AsyncWebClient) -> None:
        if event["tab"] == "messages":
            prompts = [{"title": "Hello", "message": "Say hello"}] * 2
            await client.assistant_threads_setSuggestedPrompts(channel_id=event["channel"], prompts=prompts)
            return
        await client.views_publish(user_id=event["user"], view=_home("Welcome"))

    @app.action("again")
    async def again(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_publish(user_id=body["user"]["id"], hash=body["view"]["hash"], view=_home("Again"))

    @app.shortcut("echo_this")
    async def this(ack: AsyncAck, shortcut: Json, respond: AsyncRespond) -> None:
        await ack()
        await respond(text=f"You mean: {shortcut['message']['text']}")

    @app.shortcut("echo_any")
    async def anything(ack: AsyncAck, shortcut: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=_form())


# The conversation.


async def _command(workspace: Workspace) -> None:
    assert (await workspace.type("U0ADA", "C0POLICY", "/echo R&D")).acked
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert (seen["text"], seen["is_ephemeral"]) == ("R&amp;D", True)


async def _click(workspace: Workspace) -> None:
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert (await workspace.press("U0ADA", "C0POLICY", seen["ts"], "go")).acked
    await workspace.wait_until(lambda: workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == "clicked")


async def _events(workspace: Workspace) -> None:
    mention = await workspace.type("U0ADA", "C0GENERAL", "@Echo Bot hello")
    assert mention.message is not None
    thread = mention.message.ts
    await workspace.wait_until(lambda: len(workspace.seen_by("U0GRACE", "C0GENERAL", thread)) == 2)
    assert (await workspace.type("U0ADA", "D0ADA", "psst")).acked
    await workspace.wait_until(lambda: _said(workspace, "U0ADA") == ["psst", "heard: psst"])


async def _push(workspace: Workspace) -> None:
    assert (await workspace.type("U0GRACE", "C0POLICY", "/echo form")).acked
    root = await _opened(workspace, "Echo")
    assert (await workspace.act("U0GRACE", ViewPlace(root), "", "more", {})).acked
    top = await _opened(workspace, "More")
    assert (await workspace.close_modal("U0GRACE", top)).dispatches == ()


async def _search(workspace: Workspace) -> None:
    place = ViewPlace(await _opened(workspace, "Echo"))
    found = await workspace.suggest("U0GRACE", place, "zone", "zone", "Europe")
    assert [choice["value"] for choice in found] == ["Europe/London", "Europe/Lisbon"]
    assert (await workspace.act("U0GRACE", place, "zone", "zone", {"selected_option": found[0]})).problem == ""


async def _submission(workspace: Workspace) -> None:
    root = await _opened(workspace, "Echo")
    assert (await workspace.submit("U0GRACE", root, {"words": {"it": {"value": "bad"}}})).problem == ""
    assert workspace.modals("U0GRACE")[0].errors == {"words": "Not that."}
    assert (await workspace.submit("U0GRACE", root, {"words": {"it": {"value": "again"}}})).acked
    assert await _opened(workspace, "Once more") == root
    assert (await workspace.submit("U0GRACE", root, {"words": {"it": {"value": "good"}}})).acked
    await workspace.wait_until(lambda: _said(workspace, "U0GRACE") == ["good in Europe/London"])
    assert workspace.modals("U0GRACE") == ()


async def _home_tab(workspace: Workspace) -> None:
    workspace.open_home("U0ADA")
    await workspace.wait_until(_shows(workspace, "Welcome"))
    view = workspace.home("U0ADA")
    assert view is not None
    assert (await workspace.act("U0ADA", ViewPlace(view["id"]), "", "again", {})).acked
    await workspace.wait_until(_shows(workspace, "Again"))


async def _message_shortcut(workspace: Workspace) -> None:
    ts = workspace.seen_by("U0GRACE", "C0GENERAL")[-1]["ts"]
    assert (await workspace.message_shortcut("U0GRACE", "C0GENERAL", ts, "echo_this")).acked
    answer = "You mean: <@U0BOT> hello"
    await workspace.wait_until(lambda: workspace.seen_by("U0GRACE", "C0GENERAL")[-1]["text"] == answer)


async def _global_shortcut(workspace: Workspace) -> None:
    assert (await workspace.global_shortcut("U0GRACE", "echo_any")).acked
    assert (await workspace.close_modal("U0GRACE", await _opened(workspace, "Echo"))).acked
    await workspace.wait_until(lambda: _said(workspace, "U0GRACE")[-1] == "closed")


async def _agent(workspace: Workspace) -> None:
    workspace.open_messages("U0MAYA", "C0POLICY")
    await workspace.wait_until(lambda: len(workspace.suggestions("D0MAYA").prompts) == 2)
    root = (await workspace.type("U0MAYA", "D0MAYA", "hello")).message
    assert root is not None
    assert (await workspace.type("U0MAYA", "D0MAYA", "hello again", root.ts)).acked
    await workspace.wait_until(lambda: len(workspace.seen_by("U0MAYA", "D0MAYA", root.ts)) == 3)
    assert workspace.seen_by("U0MAYA", "D0MAYA", root.ts)[-1]["text"] == "heard: hello again"
    thread = workspace.agent_thread("D0MAYA", root.ts)
    assert thread is not None
    assert (thread.title, thread.status) == ("Echoes", "")


def _said(workspace: Workspace, user_id: str) -> list[str]:
    return [seen["text"] for seen in workspace.seen_by(user_id, f"D{user_id[1:]}")]


def _shows(workspace: Workspace, words: str) -> Callable[[], bool]:
    """Return whether Ada's Home tab says this."""

    def shows() -> bool:
        view = workspace.home("U0ADA")
        return view is not None and view["blocks"][0]["text"]["text"] == words

    return shows


async def _opened(workspace: Workspace, title: str) -> str:
    """Return the id of Grace's topmost modal once it has this title."""

    def titles() -> list[str]:
        return [shown.view["title"]["text"] for shown in workspace.modals("U0GRACE")]

    await workspace.wait_until(lambda: titles()[-1:] == [title])
    view_id: str = workspace.modals("U0GRACE")[-1].view["id"]
    return view_id


FEATURES: Mapping[str, Callable[[Workspace], Awaitable[None]]] = {
    "slash command, answered in its ack": _command,
    "button, answered through its response_url": _click,
    "mention, direct message, threads": _events,
    "modal: open, push, go back": _push,
    "external select: search and choose": _search,
    "modal: submit, errors at fields, update, clear": _submission,
    "Home tab: opened, published, clicked, hash": _home_tab,
    "message shortcut": _message_shortcut,
    "global shortcut, modal closed": _global_shortcut,
    "agent: Messages tab, prompts, title, status, thread": _agent,
}
"""What the app does, feature by feature; each builds on those before it."""


async def talk(workspace: Workspace) -> None:
    """Use all of the app; raise AssertionError or TimeoutError for a wrong reaction."""
    for feature in FEATURES.values():
        await feature(workspace)
    assert not [dispatch for dispatch in workspace.dispatches if dispatch.failure]
    assert [call for call in workspace.calls if not call.response["ok"]] == []
