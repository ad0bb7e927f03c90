"""The page around the chat: Home, shortcuts, the agent, the clock, the fault switches, and what just happened."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest

from tests.support.waiting import PATIENCE_S
from tests.workspace.apps import Api, ManualClock, RawApp, field, legacy_manifest, manifest, modal, option, text
from tests.workspace.pages import Pages, name, part
from workspace.page.time_travel import STOPS_MAX, TimeTravel
from workspace.server import Workspace
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

HERE = "/client/U0ADA/C0POLICY"
HOME = "/client/U0ADA/D0ADA?tab=home"
DUE = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class ManualPanel:
    """A panel whose next post is due when a test says."""

    def __init__(self) -> None:
        """Start with nothing due."""
        self.due: datetime | None = None

    def faults(self) -> tuple[str, ...]:
        """Return none."""
        return ()

    def warnings(self) -> tuple[str, ...]:
        """Return none."""
        return ()

    def next_due(self) -> datetime | None:
        """Return what was set."""
        return self.due

    def last_run(self) -> str:
        """Return one sentence."""
        return "Posted in #policy <at 09:00>"


@pytest.fixture
async def panel() -> ManualPanel:
    return ManualPanel()


@pytest.fixture
async def workspace(clock: ManualClock, panel: ManualPanel) -> AsyncIterator[Workspace]:
    async with Workspace(manifest(), clock=clock, panel=panel).serve() as served:
        yield served


@pytest.fixture
async def pages(workspace: Workspace, session: aiohttp.ClientSession) -> Pages:
    return Pages(workspace, session)


# Home.


async def test_opening_home_tells_the_app_which_then_shows_it(app: RawApp, api: Api, pages: Pages) -> None:
    assert "has not published its Home tab yet" in await pages.read(HOME)
    frame = await app.receive()
    await app.ack(frame)
    assert frame["payload"]["event"]["type"] == "app_home_opened"
    button = {"type": "button", "action_id": "go", "text": text("Go <on>")}
    home = {"type": "home", "blocks": [{"type": "actions", "block_id": "b", "elements": [button]}]}
    await api("views.publish", user_id="U0ADA", view=home)
    html = await pages.read(HOME)
    assert ">Go &lt;on&gt;</button>" in html
    view_id = json.loads(unescape(part(part(html, '<div id="home">', "</section>"), 'hx-vals="', '"')))["view_id"]
    await app.ack(await app.receive())  # it was opened again
    where = {"view_id": view_id, "block_id": "b", "action_id": "go"}
    payload, (status, _) = await app.take(pages.post("/client/U0ADA/act", **where))
    assert status == 204
    assert payload["view"]["type"] == "home"


async def test_an_app_without_home_has_no_such_tab(session: aiohttp.ClientSession) -> None:
    bare = manifest(events=("app_mention",))
    bare["features"]["app_home"] = {"messages_tab_enabled": True}
    async with Workspace(bare).serve() as served:
        html = await Pages(served, session).read(HOME)
    tabs = part(html, '<nav class="tabs"', "</nav>")
    assert ">Home<" not in tabs
    assert 'aria-current="page">Messages<' in tabs


async def test_about_shows_the_manifest(pages: Pages) -> None:
    html = await pages.read("/client/U0ADA/D0ADA?tab=about")
    assert "/echo WORDS" in html
    assert "Echo this, in a message’s menu" in html
    assert "<code>chat:write</code>" in html


# Shortcuts and the agent.


async def test_shortcuts_are_in_their_menus_and_reach_the_app(workspace: Workspace, app: RawApp, pages: Pages) -> None:
    message = (await workspace.type("U0ADA", "C0POLICY", "look at this")).message
    assert message is not None
    html = await pages.read(HERE)
    assert "Echo this<small>" in part(html, 'id="message-menu"', "</form>")
    assert "Say something again" in part(html, 'id="shortcuts"', "</div>")
    chosen = {"callback_id": "echo_this", "channel": "C0POLICY", "ts": message.ts}
    payload, (status, _) = await app.take(pages.post("/client/U0ADA/shortcut", **chosen))
    assert (payload["type"], payload["message"]["text"], status) == ("message_action", "look at this", 204)
    payload, (status, _) = await app.take(pages.post("/client/U0ADA/shortcut", callback_id="echo_any"))
    assert (payload["type"], status) == ("shortcut", 204)


async def test_a_shortcut_that_cannot_be_used_is_reported(pages: Pages) -> None:
    status, answer = await pages.post("/client/U0ADA/shortcut", callback_id="nothing")
    assert (status, "no longer there" in answer) == (409, True)
    status, answer = await pages.post("/client/U0ADA/shortcut", callback_id="echo_any")
    assert (status, "The app is not connected." in answer) == (409, True)


async def test_the_agent_opens_in_its_messages_tab_with_its_prompts_and_conversations(
    app: RawApp, api: Api, pages: Pages, workspace: Workspace
) -> None:
    await pages.read(HERE)
    assert (await pages.post(f"{HERE}/assistant"))[0] == 204
    html = await pages.read("/client/U0ADA/D0ADA")
    frame = await app.receive()
    await app.ack(frame)
    event = frame["payload"]["event"]
    assert (event["tab"], event["context"]["entities"][0]["value"]) == ("messages", "C0POLICY")
    prompts = part(html, '<div class="prompts">', "</div>")
    assert ">Hello</button>" in prompts
    assert '"text": "Say hello"' in unescape(prompts)
    _, happened = await app.take(workspace.type("U0ADA", "D0ADA", "hello"))
    assert happened.message is not None
    root = happened.message
    place = {"channel_id": "D0ADA", "thread_ts": root.ts}
    await api("assistant.threads.setStatus", **place, status="is looking")
    html = await pages.read("/client/U0ADA/D0ADA")
    assert "Echo Bot is looking" in part(html, 'class="conversation"', "</div>")
    await api("chat.postMessage", channel="D0ADA", thread_ts=root.ts, text="hello yourself")
    assert 'class="unread"' in part(await pages.read(HERE), "<h2>Direct messages</h2>", "</ul>")
    html = await pages.read("/client/U0ADA/D0ADA")
    assert "hello yourself" in part(html, 'class="conversation"', "</section>")
    assert "is looking" not in html
    html = await pages.read(f"/client/U0ADA/D0ADA?thread={root.ts}")  # shown once, beside the messages
    assert 'class="conversation"' not in html


async def test_a_prompt_with_markup_is_shown_as_it_is_and_calls_nobody(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    prompt = {"title": "<b>Ask</b> <!here>", "message": "<!channel> <@U0GRACE> <script>"}
    assert (await api("assistant.threads.setSuggestedPrompts", channel_id="D0ADA", prompts=[prompt]))["ok"]
    html = await pages.read("/client/U0ADA/D0ADA")
    await app.ack(await app.receive())
    prompts = part(html, '<div class="prompts">', "</div>")
    assert "&lt;b&gt;Ask&lt;/b&gt; &lt;!here&gt;</button>" in prompts
    assert "<script>" not in prompts
    await app.take(pages.post("/client/U0ADA/D0ADA/messages", text=prompt["message"], thread=""))
    assert workspace.seen_by("U0ADA", "D0ADA")[-1]["pings"] == []


async def test_an_app_made_before_opens_in_a_pane_with_its_prompts(session: aiohttp.ClientSession) -> None:
    async with Workspace(legacy_manifest(), is_legacy_app=True).serve() as workspace:
        pages = Pages(workspace, session)
        assert (await pages.post(f"{HERE}/assistant"))[0] == 204
        thread = workspace.assistant("U0ADA")
        assert thread is not None
        html = await pages.read(f"/client/U0ADA/{thread.channel_id}?thread={thread.thread_ts}")
    assert "0 replies" not in html
    assert 'id="prompts"' not in html
    assert ">Hello</button>" in part(html, '<div class="prompts">', "</div>")


# The clock.


@pytest.mark.parametrize(
    ("to", "moment"),
    [
        ("hour", "2027-07-19T11:00"),
        ("monday", "2027-07-26T09:00"),
        ("moment", "2027-12-24T18:30"),
    ],
)
async def test_the_clock_is_put_where_its_buttons_say(workspace: Workspace, pages: Pages, to: str, moment: str) -> None:
    workspace.clock.jump_to(datetime(2027, 7, 19, 9, 0, tzinfo=UTC))
    status, _ = await pages.post("/client/U0ADA/clock", to=to, moment="2027-12-24T18:30")
    assert status == 200
    html = part(await pages.read(HERE), 'id="clock"', "</form>")
    assert f'datetime="{moment}' in html


async def test_the_next_due_post_can_be_jumped_to(workspace: Workspace, panel: ManualPanel, pages: Pages) -> None:
    status, answer = await pages.post("/client/U0ADA/clock", to="due")
    assert (status, "No post is due." in answer) == (409, True)
    assert "Jump to the next due post" not in await pages.read(HERE)
    panel.due = DUE
    html = await pages.read("/client/U0MAYA/C0POLICY")
    assert "Jump to the next due post<small>Mon 23 Nov, 05:00" in html, "in Maya's own zone, New York"
    assert "Posted in #policy &lt;at 09:00&gt;" in html
    await pages.post("/client/U0MAYA/clock", to="due")
    assert workspace.clock.now() == DUE


@pytest.mark.parametrize("moment", ["", "soon", "2026-11-23T08:59", "9999-12-31T00:00", "2026-02-30T09:00"])
async def test_a_moment_that_cannot_be_is_reported(workspace: Workspace, pages: Pages, moment: str) -> None:
    status, answer = await pages.post("/client/U0ADA/clock", to="moment", moment=moment)
    assert status == 409
    assert "#clock-problem" in answer
    assert workspace.clock.offset_s == 0


async def test_a_jump_stops_at_each_due_post_on_the_way(workspace: Workspace, panel: ManualPanel, pages: Pages) -> None:
    stops: list[datetime] = []

    def tick() -> None:
        """Post what is due; the next is due a day later."""
        stops.append(workspace.clock.now())
        if panel.due and panel.due <= stops[-1]:
            panel.due += timedelta(days=1)

    panel.due = DUE
    workspace.clock.on_jump(tick)
    status, _ = await pages.post("/client/U0ADA/clock", to="moment", moment="2026-11-25T12:00")
    assert status == 200
    assert stops == [DUE, DUE + timedelta(days=1), DUE + timedelta(days=2), datetime(2026, 11, 25, 12, tzinfo=UTC)]


async def test_a_jump_over_a_year_of_due_posts_arrives(workspace: Workspace, panel: ManualPanel, pages: Pages) -> None:
    stops: list[datetime] = []

    def tick() -> None:
        stops.append(workspace.clock.now())
        panel.due = stops[-1] + timedelta(days=1)

    panel.due = DUE
    workspace.clock.on_jump(tick)
    await pages.post("/client/U0ADA/clock", to="moment", moment="2027-11-25T12:00")
    assert len(stops) == STOPS_MAX + 1
    assert workspace.clock.now() == datetime(2027, 11, 25, 12, tzinfo=UTC)


async def test_an_app_that_misses_its_due_post_is_not_waited_for_forever(
    workspace: Workspace, panel: ManualPanel
) -> None:
    panel.due = DUE
    arrival = DUE + timedelta(days=2)
    await TimeTravel(workspace.clock, panel.next_due, wait_s=0.01).go(arrival)
    assert workspace.clock.now() == arrival


async def test_two_jumps_at_once_are_not_mixed_up(workspace: Workspace, panel: ManualPanel, pages: Pages) -> None:
    panel.due, stopped = DUE, asyncio.Event()
    workspace.clock.on_jump(stopped.set)
    first = asyncio.create_task(pages.post("/client/U0ADA/clock", to="moment", moment="2026-11-25T12:00"))
    await stopped.wait()
    status, answer = await pages.post("/client/U0ADA/clock", to="hour")
    assert (status, "The clock is already moving." in answer) == (409, True)
    panel.due = None
    assert (await first)[0] == 200


async def test_without_a_panel_the_clock_says_nothing_of_the_app(
    workspace: Workspace, pages: Pages, session: aiohttp.ClientSession
) -> None:
    assert workspace.has_panel
    html = await pages.read(HERE)
    assert "The app uses it." in html
    assert "No post is due." in html
    async with Workspace(manifest()).serve() as alone:
        html = await Pages(alone, session).read(HERE)
    assert "The app uses it." not in html
    assert "No post is due." not in html
    assert "Jump to Monday 09:00" in html


# The fault switches.


async def test_faults_are_switched_on_shown_and_switched_off(workspace: Workspace, pages: Pages) -> None:
    await pages.post("/client/U0ADA/switches", kind="rate_limit", method="chat.postMessage", times="2", seconds="5")
    await pages.post("/client/U0ADA/switches", kind="double", method="chat.postMessage", times="0", seconds="5")
    assert workspace.fault_switches.switches == (
        Fault("rate_limit", "chat.postMessage", times=2, seconds=5),
        Fault("double", "deliveries", seconds=5),
    )
    html = await pages.read(HERE)
    assert "Slack is too busy (429, Retry-After), chat.postMessage, 2 more" in html
    assert "Events and commands reach the app twice" in html
    await pages.post("/client/U0ADA/switches", off="0")
    assert [fault.kind for fault in workspace.fault_switches.switches] == ["double"]


@pytest.mark.parametrize("wrong", [{"kind": "no such"}, {"times": "-1"}, {"times": "x"}, {"seconds": "1e9"}])
async def test_a_fault_that_cannot_be_is_reported(workspace: Workspace, pages: Pages, wrong: dict[str, str]) -> None:
    form = {"kind": "slow", "method": "*", "times": "1", "seconds": "1", **wrong}
    status, answer = await pages.post("/client/U0ADA/switches", **form)
    assert (status, "#switches-problem" in answer) == (409, True)
    assert workspace.fault_switches.switches == ()


# What just happened.


async def test_the_trace_of_a_command_has_its_request_ack_and_blocks(
    workspace: Workspace, app: RawApp, pages: Pages
) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "Echo: <b>"}}]
    await app.take(workspace.type("U0ADA", "C0POLICY", "/echo hello"), {"text": "Echo", "blocks": blocks})
    html = part(await pages.read(f"{HERE}?trace=newest"), '<ol class="steps">', "</ol>")
    assert "Slack sends the command /echo" in html
    assert "The app acknowledges, with an answer" in html
    shown = unescape(part(html, "<summary>Blocks</summary>", "</pre>").split("<code>")[1].split("</code>")[0])
    assert json.loads(shown)["blocks"][0]["text"]["text"] == "Echo: <b>"


async def test_slacks_rate_limits_are_switched_on_and_off(api: Api, pages: Pages) -> None:
    assert "Switch on: Slack’s rate limits" in await pages.read(HERE)
    assert (await pages.post("/client/U0ADA/switches", rate_limits="on"))[0] == 200
    answers = [await api("chat.postMessage", channel="C0POLICY", text="x") for _ in range(5)]
    assert [answer.get("error") for answer in answers] == [None] * 3 + ["ratelimited"] * 2
    html = await pages.read(HERE)
    assert "so far 2 calls refused" in html
    assert "Nothing is switched on." not in html
    assert '<strong class="count">1<span' in html
    assert (await pages.post("/client/U0ADA/switches", rate_limits="off"))[0] == 200
    assert (await api("chat.postMessage", channel="C0POLICY", text="x"))["ok"]


async def test_the_trace_of_a_post_has_the_call_that_made_it(api: Api, pages: Pages) -> None:
    answer = await api("chat.postMessage", channel="C0POLICY", text="of its own accord")
    html = await pages.read(f"{HERE}?trace={answer['ts']}")
    trace = part(html, 'aria-label="What just happened">', "</aside>")
    assert "The app calls chat.postMessage" in trace
    assert "of its own accord" in part(trace, "Arguments</summary>", "</details>")


async def test_the_trace_of_somebody_elses_ephemeral_message_is_not_shown(
    workspace: Workspace, app: RawApp, pages: Pages
) -> None:
    await app.take(workspace.type("U0ADA", "C0POLICY", "/echo hello"), {"text": "for Ada alone"})
    ts = workspace.seen_by("U0ADA", "C0POLICY")[-1]["ts"]
    html = await pages.read(f"/client/U0GRACE/C0POLICY?trace={ts}")
    assert "This message is gone." in html
    assert "for Ada alone" not in html


async def test_a_message_that_the_app_was_not_involved_in_says_so(pages: Pages) -> None:
    html = await pages.read("/client/U0ADA/C0GENERAL?trace=newest")
    assert "The app was not involved" in html


async def test_choices_in_a_message_reach_the_app(app: RawApp, api: Api, pages: Pages) -> None:
    select = {"type": "static_select", "action_id": "area", "options": [option("a"), option("b")]}
    menu = {"type": "overflow", "action_id": "menu", "options": [option("x"), option("y")]}
    blocks = [{"type": "actions", "block_id": "row", "elements": [select, menu]}]
    answer = await api("chat.postMessage", channel="C0POLICY", text="choose", blocks=blocks)
    where = {"channel": "C0POLICY", "ts": answer["ts"], "block_id": "row"}
    choosing = pages.post("/client/U0ADA/act", (name("row", "area"), "b"), **where, action_id="area")
    payload, _ = await app.take(choosing)
    assert payload["actions"][0]["selected_option"]["value"] == "b"
    payload, _ = await app.take(pages.post("/client/U0ADA/act", **where, action_id="menu", value="y"))
    assert payload["actions"][0]["selected_option"]["value"] == "y"
    status, notice = await pages.post("/client/U0ADA/act", **where, action_id="menu", value="forged")
    assert (status, "#toast" in notice) == (409, True)


async def test_inputs_in_a_modal_and_a_home_are_never_mixed_up(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    payload, _ = await app.take(workspace.global_shortcut("U0ADA", "echo_any"))
    same = field("title", {"type": "plain_text_input"}, optional=True)
    opened = await api("views.open", trigger_id=payload["trigger_id"], view=modal(same))
    await api("views.publish", user_id="U0ADA", view={"type": "home", "blocks": [same]})
    where = {"view_id": opened["view"]["id"], "block_id": "title", "action_id": "it"}
    await pages.post("/client/U0ADA/act", (name("title"), "in the modal"), **where)
    assert (await pages.read(HOME)).count('value="in the modal"') == 1


async def test_the_stream_follows_the_panel(
    workspace: Workspace, panel: ManualPanel, session: aiohttp.ClientSession
) -> None:
    async with session.get(f"{workspace.url}client/U0ADA/C0POLICY/live") as response, asyncio.timeout(PATIENCE_S):
        seen = ""
        while "No post is due" not in seen:
            seen += (await response.content.readline()).decode()
        panel.due = DUE
        while "Jump to the next due post<small>Mon 23 Nov, 10:00" not in seen:
            seen += (await response.content.readline()).decode()


async def test_a_choice_in_a_message_is_kept_for_its_user_only(app: RawApp, api: Api, pages: Pages) -> None:
    select = {"type": "static_select", "action_id": "area", "options": [option("a"), option("b")]}
    blocks = [{"type": "actions", "block_id": "row", "elements": [select]}]
    answer = await api("chat.postMessage", channel="C0POLICY", text="choose", blocks=blocks)
    where = {"channel": "C0POLICY", "ts": answer["ts"], "block_id": "row", "action_id": "area"}
    assert 'value="b" selected' not in await pages.read(HERE)
    await app.take(pages.post("/client/U0ADA/act", (name("row", "area"), "b"), **where))
    assert 'value="b" selected' in await pages.read(HERE)
    assert 'value="b" selected' not in await pages.read("/client/U0GRACE/C0POLICY")


async def test_a_private_channel_is_shown_and_offered_to_its_members_alone(
    workspace: Workspace, api: Api, pages: Pages
) -> None:
    workspace.create_channel("plans", ["U0ADA"], is_private=True)
    selects = [{"type": f"{kind}_select", "action_id": kind} for kind in ("channels", "conversations")]
    blocks = [{"type": "actions", "block_id": "row", "elements": selects}]
    await api("chat.postMessage", channel="C0POLICY", text="choose", blocks=blocks)
    ada, grace = await pages.read(HERE), await pages.read("/client/U0GRACE/C0POLICY")
    assert 'plans<span class="sr-only"> (private)</span>' in ada
    assert ada.count(">#plans</option>") == 1, "of conversations, not of channels, which are public"
    assert "plans" not in grace
