"""Modals on the page: filled in, refused, kept, pushed, closed; the clicks, choices and searches in them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.waiting import PATIENCE_S
from tests.workspace.apps import Api, RawApp, field, modal, option, row, text
from tests.workspace.pages import Pages, name, part

if TYPE_CHECKING:
    import aiohttp

    from workspace.server import Workspace

HERE = "/client/U0ADA/C0POLICY"


@pytest.fixture
async def pages(workspace: Workspace, session: aiohttp.ClientSession) -> Pages:
    return Pages(workspace, session)


async def opened(workspace: Workspace, app: RawApp, api: Api, view: dict[str, Any]) -> str:
    """Let the app open a modal for Ada; return its id."""
    payload, _ = await app.take(workspace.global_shortcut("U0ADA", "echo_any"))
    answer = await api("views.open", trigger_id=payload["trigger_id"], view=view)
    view_id: str = answer["view"]["id"]
    return view_id


async def test_a_modal_is_a_labelled_window_with_its_fields(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    view = modal(
        field("title", {"type": "plain_text_input", "initial_value": "a <b>"}, hint=text("Keep it short")),
        field("areas", {"type": "checkboxes", "options": [option("a"), option("b")], "initial_options": [option("b")]}),
        field("note", {"type": "plain_text_input", "multiline": True}, optional=True),
    )
    view_id = await opened(workspace, app, api, view)
    html = part(await pages.read(HERE), '<dialog class="modal"', "</dialog>")
    assert f'data-view="{view_id}"' in html
    assert '<h2 id="modal-title">Form</h2>' in html
    assert re.search(r'<label class="label" for="(f\w+)">title</label>\s+<input type="text" [^>]*id="\1"', html)
    assert 'value="a &lt;b&gt;"' in html
    assert "Keep it short" in html
    assert re.search(r'role="group" aria-labelledby="(f\w+)-label"', html)
    assert re.findall(r'value="(\w)"( checked)?>', html) == [("a", ""), ("b", " checked")]
    assert '<span class="optional">(optional)</span>' in html
    assert '<button class="button primary">Send</button>' in html
    assert "<dialog" not in await pages.read("/client/U0GRACE/C0POLICY"), "it is Ada's alone"


async def test_what_is_typed_is_kept_and_the_app_hears_nothing(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    view_id = await opened(workspace, app, api, modal(field("title", {"type": "plain_text_input"})))
    sent = len(workspace.dispatches)
    where = {"view_id": view_id, "block_id": "title", "action_id": "it"}
    assert await pages.post("/client/U0ADA/act", (name("title"), "half a sent"), **where) == (204, "")
    assert 'value="half a sent"' in await pages.read(HERE)
    assert len(workspace.dispatches) == sent


async def test_a_submission_carries_what_each_field_holds(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    view = modal(
        field("title", {"type": "plain_text_input"}),
        field("areas", {"type": "multi_static_select", "options": [option("a"), option("b"), option("c")]}),
        field("at", {"type": "timepicker"}),
    )
    view_id = await opened(workspace, app, api, view)
    values = [(name("title"), "Hello"), (name("areas"), "a"), (name("areas"), "c"), (name("at"), "09:00")]
    payload, answer = await app.take(pages.post("/client/U0ADA/submit", *values, view_id=view_id))
    state = payload["view"]["state"]["values"]
    assert state["title"]["it"]["value"] == "Hello"
    assert [chosen["value"] for chosen in state["areas"]["it"]["selected_options"]] == ["a", "c"]
    assert state["at"]["it"]["selected_time"] == "09:00"
    assert answer[0] == 200
    assert "<dialog" not in await pages.read(HERE), "an empty ack closes it"


async def test_a_refused_field_says_why_and_keeps_what_was_typed(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    view_id = await opened(workspace, app, api, modal(field("title", {"type": "plain_text_input"})))
    refusal = {"response_action": "errors", "errors": {"title": "That is <taken>."}}
    posting = pages.post("/client/U0ADA/submit", (name("title"), "Hello"), view_id=view_id)
    await app.take(posting, refusal)
    html = await pages.read(HERE)
    assert 'aria-invalid="true"' in html
    assert "That is &lt;taken&gt;." in html
    assert 'value="Hello"' in html


async def test_a_missing_field_is_reported_without_asking_the_app(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    view_id = await opened(workspace, app, api, modal(field("title", {"type": "plain_text_input"})))
    sent = len(workspace.dispatches)
    assert (await pages.post("/client/U0ADA/submit", view_id=view_id))[0] == 200
    assert 'aria-invalid="true"' in await pages.read(HERE)
    assert len(workspace.dispatches) == sent


async def test_a_pushed_modal_goes_back_one_or_closes_all(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    first = await opened(workspace, app, api, modal(field("title", {"type": "plain_text_input"}, optional=True)))
    push = {"response_action": "push", "view": modal(title=text("Second"))}
    await app.take(pages.post("/client/U0ADA/submit", view_id=first), push)
    html = await pages.read(HERE)
    assert '<h2 id="modal-title">Second</h2>' in html
    assert 'aria-label="Back"' in html
    second = part(html, 'data-view="', '"')
    assert (await pages.post("/client/U0ADA/close", view_id=second, all="no"))[0] == 204
    assert f'data-view="{first}"' in await pages.read(HERE)
    await app.take(pages.post("/client/U0ADA/submit", view_id=first), push)
    second = part(await pages.read(HERE), 'data-view="', '"')
    await pages.post("/client/U0ADA/close", view_id=second, all="yes")
    assert "<dialog" not in await pages.read(HERE)


async def test_a_silent_app_is_reported_at_the_foot(workspace: Workspace, app: RawApp, api: Api, pages: Pages) -> None:
    view_id = await opened(workspace, app, api, modal(field("title", {"type": "plain_text_input"}, optional=True)))
    await app.socket.close()
    await workspace.wait_until(lambda: not workspace.is_connected)
    status, answer = await pages.post("/client/U0ADA/submit", view_id=view_id)
    assert status == 409
    assert 'hx-target="#modal-problem" hx-swap="innerHTML">The app is not connected.' in answer


async def test_a_modal_that_is_gone_is_reported(pages: Pages) -> None:
    status, answer = await pages.post("/client/U0ADA/submit", view_id="VGONE")
    assert status == 409
    assert 'hx-target="#toast" hx-swap="innerHTML">This window was closed' in answer
    assert (await pages.post("/client/U0ADA/close", view_id="VGONE", all="no"))[0] == 204


async def test_another_persons_modal_cannot_be_used(workspace: Workspace, app: RawApp, api: Api, pages: Pages) -> None:
    view_id = await opened(workspace, app, api, modal(field("title", {"type": "plain_text_input"}, optional=True)))
    assert (await pages.post("/client/U0GRACE/submit", view_id=view_id))[0] == 409
    act = {"view_id": view_id, "block_id": "title", "action_id": "it"}
    assert (await pages.post("/client/U0GRACE/act", (name("title"), "mine"), **act))[0] == 409
    assert "mine" not in await pages.read(HERE)


async def test_a_value_that_is_not_offered_changes_nothing(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    view_id = await opened(
        workspace, app, api, modal(field("area", {"type": "static_select", "options": [option("a")]}))
    )
    assert (await pages.post("/client/U0ADA/submit", (name("area"), "forged"), view_id=view_id))[0] == 409
    status, answer = await pages.post(
        "/client/U0ADA/act", (name("area"), "forged"), view_id=view_id, block_id="area", action_id="it"
    )
    assert status == 409
    assert "#modal-problem" in answer, "a modal lies over the rest of the page"


async def test_a_search_lists_what_the_app_suggests_and_keeps_the_choice(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    view = modal(field("zone", {"type": "external_select", "min_query_length": 1}))
    view_id = await opened(workspace, app, api, view)
    where = {"view_id": view_id, "block_id": "zone", "action_id": "it"}
    asking = pages.post("/client/U0ADA/suggest", **where, typed="lon")
    payload, (status, answer) = await app.take(asking, {"options": [option("a<b"), option("c")]})
    assert payload["value"] == "lon"
    assert status == 200
    assert re.findall(r'data-value="([^"]+)"><span>([^/]+)</span>', answer) == [("a&lt;b", "A&lt;B"), ("c", "C")]
    await pages.post("/client/U0ADA/act", (name("zone"), "c"), **where)
    token = part(await pages.read(HERE), '<span class="token">', "</span>")
    assert 'value="c">C<button' in token


async def test_groups_of_suggestions_keep_their_headings(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    view = modal(field("zone", {"type": "external_select", "min_query_length": 0}))
    view_id = await opened(workspace, app, api, view)
    groups = {"option_groups": [{"label": text("Near"), "options": [option("a")]}]}
    asking = pages.post("/client/U0ADA/suggest", view_id=view_id, block_id="zone", action_id="it", typed="")
    _, (_, answer) = await app.take(asking, groups)
    assert '<li role="presentation" class="group">Near</li>' in answer


async def test_a_search_that_fails_is_reported(workspace: Workspace, app: RawApp, api: Api, pages: Pages) -> None:
    view = modal(field("zone", {"type": "external_select", "min_query_length": 0}))
    view_id = await opened(workspace, app, api, view)
    asking = pages.post("/client/U0ADA/suggest", view_id=view_id, block_id="zone", action_id="it", typed="")
    _, (status, answer) = await app.take(asking, {"options": "none"})
    assert status == 409
    assert "cannot be shown" in answer
    gone = {"view_id": "VGONE", "block_id": "zone", "action_id": "it", "typed": ""}
    assert (await pages.post("/client/U0ADA/suggest", **gone))[0] == 409


async def test_a_view_may_change_at_a_choice_and_keeps_the_rest(
    workspace: Workspace, app: RawApp, api: Api, pages: Pages
) -> None:
    title = field("title", {"type": "plain_text_input"})
    view = modal(title, row("row", {"type": "static_select", "action_id": "area", "options": [option("a")]}))
    view_id = await opened(workspace, app, api, view)
    await pages.post("/client/U0ADA/act", (name("title"), "typed"), view_id=view_id, block_id="title", action_id="it")
    choosing = pages.post(
        "/client/U0ADA/act", (name("row", "area"), "a"), view_id=view_id, block_id="row", action_id="area"
    )
    payload, _ = await app.take(choosing)
    assert payload["actions"][0]["selected_option"]["value"] == "a"
    assert payload["view"]["state"]["values"]["title"]["it"]["value"] == "typed"
    await api("views.update", view_id=view_id, view=modal(title, title=text("Changed")))
    html = await pages.read(HERE)
    assert '<h2 id="modal-title">Changed</h2>' in html
    assert 'value="typed"' in html


async def test_the_stream_brings_a_modal_and_takes_it_away(
    workspace: Workspace, app: RawApp, api: Api, session: aiohttp.ClientSession
) -> None:
    async with session.get(f"{workspace.url}client/U0ADA/C0POLICY/live") as response, asyncio.timeout(PATIENCE_S):
        view_id = await opened(workspace, app, api, modal())
        seen = ""
        while view_id not in seen:
            seen += (await response.content.readline()).decode()
        await workspace.close_modal("U0ADA", view_id)
        while 'hx-target="#modals" hx-swap="innerMorph"></hx-partial>' not in seen:
            seen += (await response.content.readline()).decode()
