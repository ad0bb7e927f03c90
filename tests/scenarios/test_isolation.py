"""Two workspaces in one deployment never meet: what people do in one leaves nothing in what the other gets or keeps.

The people and channels of both have the same ids; only the words that they type, and their names, tell them apart.
"""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest
from prometheus_client import generate_latest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.store.maintainer_tables import theme_questions, themes
from bot.store.tables import metadata
from handlers.rendering.button_rows import MENU
from handlers.tasks import _WORKS_FOR
from tests.scenarios.installed import ONE, OTHER, shared
from tests.scenarios.scene import ADA, POLICY
from tests.support.statements import watched
from tests.support.two_walks import MarkedWalk, Turns, received

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping, Sequence

    from sqlalchemy import Table

    from app import App
    from bot.store.database import Database

MARKS: Final = {ONE.id: "quokkastan", OTHER.id: "wombatville"}
SETTINGS: Final[dict[str, Any]] = {
    "maintainers_channel": POLICY,
    "maintainers_team": ONE.id,
    "ask_after_weeks": 12,
    "questions_a_minute": 0,
    "channel_questions_a_minute": 0,
    "workspace_questions_a_minute": 0,
    "public_answers_a_minute": 0,
}
OWNERS: Final = {"installed_workspaces": "workspace", "slack_bots": "team_id", "slack_installations": "team_id"}
"""The column that says whose a row is, where it is not `team`."""
FOR_ALL: Final[dict[str, set[tuple[str, ...]]]] = {
    "proposals": {("state",)},  # they are of the maintainers' workspace alone
    "themes": {("state",)},  # the reasons of all, which are kept by workspace
    # What an edit would post, over all channels: the card lists those of the maintainers' workspace alone.
    "days_off": {()},
    "deliveries": {
        ("due_at", "kind", "parent_id", "revision", "state"),
        ("kind", "parent_id", "revision", "state"),
        ("kind", "parent_id", "state"),
    },
    "posts": {("fact_digests", "posted_at", "state")},
    "schedules": {("next_at",), ("next_at", "paused_at")},
    "subscriptions": {("paused_at",)},
    "watches": {("fact_id", "until")},
}
"""What a request selects from a table by neither workspace nor row: by which columns."""


@pytest.fixture
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as captured:
        yield captured


async def test_two_workspaces_never_meet(unused_tcp_port: int, logs: Sequence[Mapping[str, Any]]) -> None:
    async with shared(unused_tcp_port, **SETTINGS) as play:
        for team in MARKS:
            await play.install(team)
        content, turns = (await play.app.database.latest()).content, Turns(Random(15))  # noqa: S311 — no secret
        places = play.slack.workspaces
        walks = [MarkedWalk(places[team], play.app, content, mark, turns) for team, mark in MARKS.items()]
        with watched(_WORKS_FOR, MARKS) as statements:
            await asyncio.gather(*(walk.go() for walk in walks))
        assert [walk.failed for walk in walks] == [[], []]
        assert min(len(walk.presser.pressed) for walk in walks) > 35, "nearly everything was pressed in both"
        require_apart(walks)
        assert statements.count > 1000
        assert {each for each in statements.unscoped if not _is_for_all(*each)} == set(), "rows of every workspace"
        assert not statements.foreign, "these ask for rows of another workspace"
        require_silent(logs, play.app)
        await require_owned(play.app.database)
        for mine, other in (walks, walks[::-1]):
            await play.app.gaps.recorder.flush()  # what was asked before is written seconds later
            before = await rows_of(play.app.database, other)
            await press_what_the_other_saw(mine, other)
            assert await rows_of(play.app.database, other) == before, "values of another workspace change nothing there"


def _is_for_all(verb: str, table: str, columns: frozenset[str]) -> bool:
    return verb == "select" and tuple(sorted(columns)) in FOR_ALL.get(table, ())


def require_apart(walks: Sequence[MarkedWalk]) -> None:
    """Fail unless what Slack got for each workspace has nothing of the other."""
    for mine, other in (walks, walks[::-1]):
        others = (other.mark, other.workspace.state.team.id.lower())
        for method, body in received(mine.workspace):
            text = json.dumps(body, ensure_ascii=False, default=str).lower()
            assert not [each for each in others if each in text], f"{method} of {mine.mark}: {text}"


def require_silent(logs: Sequence[Mapping[str, Any]], app: App) -> None:
    """Fail unless logs and metrics tell nothing that people typed or are called, and whose what they name is."""
    for entry in logs:
        words = str({name: value for name, value in entry.items() if name != "channel"}).lower()
        assert not [mark for mark in MARKS.values() if mark in words], entry
        foreign = [mark for team, mark in MARKS.items() if team != entry.get("team")]
        assert not [mark for mark in foreign if mark in str(entry.get("channel")).lower()], entry
        assert entry.get("team", ONE.id) in MARKS, entry
        assert "team" in entry or not {"channel", "user"} & entry.keys(), f"whose channel? {entry}"
    counted = generate_latest(app.metrics.registry).decode().lower()
    assert not [each for each in (*MARKS.values(), "u0ada", "c0general", "d0ada") if each in counted]


async def require_owned(database: Database) -> None:
    """Fail unless each row with words of a workspace is of that workspace, and what has no owner has none of both."""
    async with database.reading() as connection:
        owner_of = {row.id: row.team for row in await connection.execute(select(themes.c.id, themes.c.team))}
        for table in metadata.sorted_tables:
            for row in (await connection.execute(select(table))).mappings():
                owner = owner_of[row["theme_id"]] if table is theme_questions else row.get(_owner(table))
                words = str(dict(row)).lower()
                theirs = [mark for team, mark in MARKS.items() if team != owner and mark in words]
                assert not theirs, f"{table.name} of {owner}: {dict(row)}"
        of_maintainers = ("gaps", "gaps_dropped", "themes", "reports", "proposals", "weekly_posts")
        for name in of_maintainers:
            found = set(await connection.scalars(select(metadata.tables[name].c.team)))
            assert found <= {ONE.id}, f"{name} is of the maintainers"


def _owner(table: Table) -> str:
    return OWNERS.get(table.name, "team")


async def rows_of(database: Database, walk: MarkedWalk) -> dict[str, set[str]]:
    """Return what is kept of a workspace, but for what is sent and counted by itself."""
    team, found = walk.workspace.state.team.id, {}
    async with database.reading() as connection:
        for table in metadata.sorted_tables:
            if "team" in table.c and table.name not in {"deliveries", "answers", "posts", "schedules"}:
                rows = await connection.execute(select(table).where(table.c.team == team))
                found[table.name] = {str(row) for row in rows}
    return found


async def press_what_the_other_saw(mine: MarkedWalk, other: MarkedWalk) -> None:
    """Press, in one workspace, each kind of button with a value that it had in the other."""
    values: dict[str, tuple[str, str]] = {}
    for _, body in received(other.workspace):
        for action_id, value in pressable(body):
            action = action_id.partition(":")[0]
            values[value.partition(" ")[0] if action == MENU else action] = (action_id, value)
    place, team = mine.workspace, mine.workspace.state.team
    user = {"id": ADA, "username": "ada", "name": "ada", "team_id": team.id}
    for number, (action_id, value) in enumerate(values.values()):
        chosen = {"selected_option": {"value": value}} if action_id.startswith(MENU) else {"value": value}
        await place.send_action(
            {
                "type": "block_actions",
                "user": user,
                "team": {"id": team.id, "domain": team.domain},
                "api_app_id": "A0TRY",
                "container": {"type": "message", "message_ts": f"{number}.1", "channel_id": POLICY},
                "channel": {"id": POLICY, "name": "policy"},
                "trigger_id": f"{number}.{team.id}.x",
                "response_url": f"{place.url}response/none",
                "actions": [{"action_id": action_id, "block_id": "b", "type": "button", **chosen}],
            }
        )
    await mine.app.tasks.finish(60)


def pressable(body: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 — any JSON value
    """Yield action_id and value of every button and option."""
    if isinstance(body, str) and body.startswith(("[{", "{")):  # blocks and views in a form
        body = json.loads(body)
    if isinstance(body, list):
        for each in body:
            yield from pressable(each)
    elif isinstance(body, dict):
        if "action_id" in body:
            for option in (body, *body.get("options", ())):
                if isinstance(option.get("value"), str):
                    yield body["action_id"], option["value"]
        for each in body.values():
            yield from pressable(each)
