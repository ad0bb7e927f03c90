"""What is written down agrees with the code: the manifest, the settings, the commands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import app as wiring
from bot.answers.service import Bot
from bot.clock import SystemClock
from bot.config import Settings
from bot.config.secret_files import secret_settings
from bot.content.load import load
from bot.messages import Outcome
from cli.main import app as cli
from handlers.listeners import commands, shortcuts
from handlers.listeners.maintainers import proposing
from handlers.slack.agent_view import MOST_PROMPTS
from handlers.slack.installations import scopes
from handlers.slack.manifests import for_legacy_assistant
from tests.support.named_tests import NAMED, collected
from tests.support.publishing import published
from workspace.manifest_rules import manifest_faults

ROOT = Path(wiring.__file__).parent
MANIFEST = wiring.read_manifest()
NEEDED_SCOPES = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "slash_commands": "commands",
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.delete": "chat:write",
    "chat.update": "chat:write",
    "app_context_changed": "assistant:write",
    "assistant.threads_setSuggestedPrompts": "assistant:write",
    "assistant.threads_setTitle": "assistant:write",
    "assistant.threads_setStatus": "chat:write",
}
"""What Slack asks for each thing that the bot uses (Slack: the pages of these events and methods)."""
FREE = {"app_home_opened", "app_uninstalled", "chat.getPermalink", "tokens_revoked"} | {
    f"team_access_{what}" for what in ("granted", "revoked")
}
"""What needs no scope; neither do views.*."""
LOOKS = {
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.replies": {"channels:history", "groups:history"},
    "conversations.open": {"im:write"},
    "users.conversations": {"channels:read", "groups:read"},
    "conversations.members": {"channels:read", "groups:read"},
    "users.info": {"users:read"},
    "usergroups.users_list": {"usergroups:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    **{f"channel_{what}": {"channels:read"} for what in ("archive", "deleted", "left", "rename", "unarchive")},
    **{f"group_{what}": {"groups:read"} for what in ("archive", "deleted", "left", "rename", "unarchive")},
}
"""The same for what it uses only where it was granted."""


def sources(folder: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.py"))


def test_the_manifest_names_exactly_the_commands_that_are_answered() -> None:
    named = {entry["command"] for entry in MANIFEST["features"]["slash_commands"]}
    assert named == {commands.BRIEFING, commands.FACT}


def test_the_manifest_subscribes_to_exactly_the_events_that_are_answered() -> None:
    listened = set(re.findall(r'router\.on\("event", "(\w+)"', sources("handlers")))
    legacy = for_legacy_assistant(MANIFEST)["settings"]["event_subscriptions"]["bot_events"]
    subscribed = set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
    assert subscribed ^ {*legacy} == {"app_context_changed", "assistant_thread_started"}
    assert subscribed | {*legacy} == {"message.im" if event == "message" else event for event in listened}


def test_the_manifest_asks_for_exactly_the_scopes_that_are_used() -> None:
    calls = re.findall(r"_client\.((?:assistant|chat|users|usergroups|conversations)_\w+)\(", sources("handlers"))
    called = {name.replace("_", ".", 1) for name in calls} - FREE
    events = set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) - FREE
    used = {NEEDED_SCOPES[each] for each in (*called, *events, "slash_commands") if each not in LOOKS}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == used
    assert set(MANIFEST["oauth_config"]["scopes"]["bot_optional"]) == set.union(
        *(LOOKS[each] for each in (called | events) & {*LOOKS})
    )


def test_the_readme_explains_exactly_the_scopes_of_the_manifest() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`[a-z_]+:?[a-z_:]*`(?:, )?)+) \|", readme, re.MULTILINE)
    explained = [scope for row in rows for scope in re.findall(r"`([a-z_:]+)`", row)]
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert sorted(explained) == sorted([*scopes["bot"], *scopes["bot_optional"]])


def test_each_scope_of_the_manifest_is_missed_in_words_and_only_those() -> None:
    asked = MANIFEST["oauth_config"]["scopes"]
    assert set(scopes.NEEDED) | set(scopes.USEFUL) == {*asked["bot"], *asked["bot_optional"]}
    assert set(scopes.NEEDED) == set(asked["bot"]) - {"assistant:write"}, "not every plan of Slack has it"


def test_the_manifest_names_exactly_the_shortcuts_that_are_answered() -> None:
    named = {(entry["type"], entry["callback_id"]) for entry in MANIFEST["features"]["shortcuts"]}
    assert named == {("message", shortcuts.CHECK), ("message", proposing.SUGGEST), ("global", shortcuts.FIND)}


def test_the_manifest_has_socket_mode_buttons_and_both_tabs_on() -> None:
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}
    tabs = {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
    assert MANIFEST["features"]["app_home"] == tabs
    assert set(MANIFEST["features"]) == {"agent_view", "app_home", "bot_user", "shortcuts", "slash_commands"}


def test_the_manifest_keeps_slacks_lengths() -> None:
    information = MANIFEST["display_information"]
    assert 1 <= len(information["name"]) <= 35
    assert 1 <= len(information["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", information["background_color"])
    for entry in MANIFEST["features"]["slash_commands"]:
        assert len(entry["command"]) <= 32
        assert 1 <= len(entry["description"]) <= 2000
        assert len(entry["usage_hint"]) <= 1000
    for entry in MANIFEST["features"]["shortcuts"]:
        assert 1 <= len(entry["name"]) <= 24
        assert 1 <= len(entry["description"]) <= 150
    agent = MANIFEST["features"]["agent_view"]
    assert 1 <= len(agent["agent_description"]) <= 300
    assert 1 <= len(agent["suggested_prompts"]) <= MOST_PROMPTS


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_manifest_prints_the_file_and_its_json() -> None:
    assert run("manifest") == (ROOT / "app.yaml").read_text(encoding="utf-8")
    assert json.loads(run("manifest", "--format", "json")) == MANIFEST


def test_the_wiring_reads_no_yaml_itself() -> None:
    """import-linter sees packages only, and app.py is none."""
    text = (ROOT / "app.py").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(?:import|from) (?:yaml|jinja2)\b", text, re.MULTILINE)


@pytest.mark.parametrize("url", ["https://bot.example", "https://bot.example/", "https://bot.example/slack/events"])
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_manifest_for_http(url: str, form: str) -> None:
    manifest: dict[str, Any] = yaml.safe_load(run("manifest", "--url", url, "--format", form))
    address = "https://bot.example/slack/events"
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert manifest["settings"]["event_subscriptions"]["request_url"] == address
    assert manifest["settings"]["interactivity"]["request_url"] == address
    assert manifest["settings"]["interactivity"]["message_menu_options_url"] == address
    assert {entry["url"] for entry in manifest["features"]["slash_commands"]} == {address}


@pytest.mark.parametrize("url", [(), ("--url", "https://bot.example")])
def test_manifest_for_an_app_made_before_is_taken_by_slack_only_for_such_an_app(url: tuple[str, ...]) -> None:
    legacy = yaml.safe_load(run("manifest", "--legacy-assistant", *url))
    assert legacy["features"]["assistant_view"]["assistant_description"]
    assert "agent_view" not in legacy["features"]
    assert not [*manifest_faults(legacy, is_legacy_app=True)]
    assert [*manifest_faults(legacy)] == [
        "features.assistant_view is for apps made before agent_view only: give a new app features.agent_view."
    ]
    assert not [*manifest_faults(yaml.safe_load(run("manifest", *url)))]


async def test_every_suggested_prompt_of_the_manifest_is_understood(tmp_path: Path) -> None:
    async with published(load(ROOT / "briefings"), tmp_path) as (database, _):
        bot = Bot(database, SystemClock())
        for prompt in MANIFEST["features"]["agent_view"]["suggested_prompts"]:
            assert (await bot.ask(prompt["message"])).outcome in {Outcome.BRIEFING, Outcome.CHANGES, Outcome.HELP}


@pytest.mark.parametrize("url", ["http://bot.example", "bot.example", "https://", "https://a b", "https://a.org/?x=1"])
def test_manifest_refuses_an_address_that_slack_would_refuse(url: str) -> None:
    assert CliRunner().invoke(cli, ["manifest", "--url", url]).exit_code == 2


def test_slacks_own_cli_finds_the_manifest_and_the_start_command() -> None:
    hooks = json.loads((ROOT / ".slack/hooks.json").read_text(encoding="utf-8"))["hooks"]
    assert set(hooks) == {"get-manifest", "start"}
    for hook in hooks.values():
        program, command, *_ = hook.split()
        assert program == ".venv/bin/briefing-bot"
        assert f" {command} " in run("--help")


def test_every_setting_is_documented_with_its_default() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    names = [name.upper() for name in Settings.model_fields]
    assert re.findall(r"^## ([A-Z_]+)$", page, re.MULTILINE) == names
    rows = dict(re.findall(r"^\| \[([A-Z_]+)\]\(#[a-z_]+\) \| [^|]+ \| ([^|]*)\|$", page, re.MULTILINE))
    assert list(rows) == names
    for name, field in Settings.model_fields.items():
        if name == "briefings_dir":
            continue
        assert rows[name.upper()].strip() == ("" if field.default in (None, "") else f"`{field.default}`")


def test_every_secret_is_documented_as_one_that_a_file_may_hold() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8").partition("## Secrets from files")[2]
    listed = page.partition("(")[2].partition(")")[0]
    assert re.findall(r"`([A-Z_]+)`", listed) == [name.upper() for name in secret_settings(Settings)]


def test_the_example_env_names_every_setting_and_sets_none() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    lines = [line for line in example.splitlines() if line and not line.startswith("#")]
    assert lines == [f"{name.upper()}=" for name in Settings.model_fields]


def test_every_log_event_is_documented() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8").partition("## Log events")[2]
    rows = re.findall(r"^\| (`[^|]+`) \| (?:debug|info|warning|error)", page, re.MULTILINE)
    documented = [event for row in rows for event in re.findall(r"`([a-z_.]+)`", row)]
    text = "\n".join(sources(folder) for folder in ("bot", "handlers", "cli"))
    logged = re.findall(r"(?<!\w)\(?_log\.\w+[^(\n]*\(\s*(f?\"[^\"]+\"|\w+)", text)
    assert documented == sorted(documented)
    assert {each.strip('"') for each in logged} == set(documented)


def test_each_fault_has_a_test_that_is_there() -> None:
    page = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.endswith("| test |")]
    for row in rows:
        named = NAMED.findall(row.rpartition(" | ")[2])
        assert named, row
        for file, test in named:
            assert test in collected(ROOT / "tests" / file), f"{file}::{test}"
