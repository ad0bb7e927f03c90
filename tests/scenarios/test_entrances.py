"""Every way in: each command, button, form, shortcut, search and event, and what the gate is asked there.

Who may what the gate is asked for is in tests/handlers/slack/test_gate.py, a row for each kind of person. A new way in
fails here until it is listed.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pytest

import app as wiring
from bot.actions import Action
from bot.errors import BriefingBotError
from bot.messages import Asked, Outcome
from bot.proposals.drafts import DraftField, ProposalDraft
from bot.subscriptions.form.fields import DECIDES, FormField
from handlers.listeners.actions import Surface
from handlers.listeners.maintainers.proposing import SUGGEST
from handlers.listeners.shortcuts import CHECK, FIND
from handlers.listeners.subscriptions import MAINTAINERS, SUBCOMMANDS
from handlers.rendering.feedback import FeedbackForm, FormSubject
from handlers.rendering.maintainers.proposal_form import ProposalForm, suggestion_form
from handlers.rendering.maintainers.themes import ThemeForm
from handlers.rendering.modals import CITATION, REPLY
from handlers.rendering.schedule_modal import SCHEDULE, action_id
from handlers.slack.gate import Gate, Need
from handlers.slack.receiving.requests import take
from handlers.slack.receiving.router import ANY
from tests.scenarios.scene import ADA, GENERAL, Scene, playing
from workspace.server import Workspace
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.content.models import Content

MAINTAINER, THEIRS = "MAINTAINER", "THEIR CHANNEL"
NEEDS: Final[dict[str, str]] = {
    **dict.fromkeys(("BRIEFING", "FACT", "LOOKUP", "VERBATIM", "MORE", "DETAILS", "SOURCE", "SOURCES"), "READ"),
    **dict.fromkeys(("CITE", "FIND"), "READ"),
    **dict.fromkeys(("POST", "COPY", "REMOVE", "WATCH", "UNWATCH", "AWAIT", "UNAWAIT", "RIGHT", "REASON"), "ACT"),
    **dict.fromkeys(("REPORT", "ASK", "WITHDRAW"), "ACT"),
    **dict.fromkeys(("SUGGEST", "STILL_RIGHT", "REVIEW_CORRECT", "REVIEW_WITHDRAW"), "SUGGEST"),
    **dict.fromkeys(("CHANNEL", "CAUSE", "SCHEDULES", "KEEP"), "SEE"),
    **dict.fromkeys(("SUBSCRIBE", "UNSUBSCRIBE", "UNDO", "MUTE", "UNMUTE", "SET_UP", "EDIT", "POST_NOW"), "SEE"),
    **dict.fromkeys(("PAUSE", "RESUME", "END", "WEEKLY", "STOP"), "SEE"),
    **dict.fromkeys(("APPROVE", "LOOK_AGAIN", "AMEND", "DECLINE", "APPLY_AGAIN"), MAINTAINER),
    **dict.fromkeys(("THEMES", "THEME_DRAFT", "THEME_HOLD", "THEME_REFUSE", "THEME_NAME", "THEME_SORT"), MAINTAINER),
    **dict.fromkeys(("THEME_REOPEN", "THEME_FORGET"), MAINTAINER),
    "DEALT": THEIRS,
}
"""What each action is refused for. What changes a channel is asked for CHANGE where it is written: test_gate.py."""
FORMS: Final[dict[str, str]] = {
    CITATION: "",
    SCHEDULE: "CHANGE",
    FeedbackForm.REASON.value: "ACT",
    FeedbackForm.REPORT.value: "ACT",
    FeedbackForm.DEALT.value: THEIRS,
    ProposalForm.SUGGEST.value: "SUGGEST",
    ProposalForm.DECLINE.value: MAINTAINER,
    **{form.value: MAINTAINER for form in ThemeForm},
}
"""What each form is refused for; nothing is taken of a citation, and test_presence.py sends made-up SCHEDULEs."""
SHOWN: Final = {("options", FIND), ("options", action_id(FormField.TZ))}
"""Searches and choices within a form, which read nothing but published facts, time zones and what was filled in."""
CHOICES: Final = {("block_action", action_id(field)) for field in DECIDES} | {("block_action", DraftField.SOURCE.value)}
SHORTCUTS: Final = {("message_shortcut", CHECK), ("message_shortcut", SUGGEST), ("global_shortcut", FIND)}
COMMANDS: Final = {("command", "/briefing"), ("command", "/fact")}
OF_PEOPLE: Final = {("event", "app_mention"), ("event", "message"), ("event", "app_home_opened")}
OF_SLACK: Final = {
    *(("event", f"{kind}_{what}") for kind in ("channel", "group") for what in ("archive", "deleted", "left")),
    *(("event", f"{kind}_{what}") for kind in ("channel", "group") for what in ("rename", "unarchive")),
    *(("event", each) for each in ("member_joined_channel", "tokens_revoked", "app_uninstalled")),
    *(("event", f"team_access_{what}") for what in ("granted", "revoked")),
    *(("event", each) for each in ("app_context_changed", "assistant_thread_started")),
}
"""What Slack tells of channels and of the app itself; people ask nothing by it."""


class Watch:
    """Stands in for the gate: notes what it is asked, and refuses one thing."""

    def __init__(self) -> None:
        """Refuse nothing yet."""
        self.asked: list[str] = []
        self.refused = ""

    def note(self, what: str) -> None:
        """Take a question."""
        self.asked.append(what)
        if what == self.refused:
            raise BriefingBotError("Stopped at the gate.")

    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the gate's own methods."""

        async def require(_gate: Gate, _actor: object, need: Need) -> None:
            self.note(need.name)

        async def maintainer(_gate: Gate, _actor: object) -> None:
            self.note(MAINTAINER)

        async def theirs(_gate: Gate, _actor: object) -> None:
            self.note(THEIRS)

        monkeypatch.setattr(Gate, "require", require)
        monkeypatch.setattr(Gate, "require_maintainer", maintainer)
        monkeypatch.setattr(Gate, "require_in_their_channel", theirs)


@pytest.fixture
async def watched(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Scene, Watch]]:
    """Serve a workspace with the bot in it, whose gate is watched."""
    watch = Watch()
    watch.stand_in(monkeypatch)
    workspace = Workspace(wiring.read_manifest())
    limits = {"questions_a_minute": 0, "maintainers_channel": GENERAL}
    async with workspace.serve(), playing(workspace, **limits) as scene:
        yield scene, watch


PERSON: Final = {"team": {"id": TEAM_ID}, "user": {"id": ADA, "name": "ada", "team_id": TEAM_ID}}


def press(action: Action, surface: Surface) -> dict[str, Any]:
    """Return Slack's payload of a press."""
    chosen = {"action_id": action.value, "value": f"{action.value} 1 2", "block_id": "b"}
    where: dict[str, Any] = {
        "container": {"type": "message", "message_ts": "1.2", "channel_id": GENERAL, "is_ephemeral": True},
        "channel": {"id": GENERAL},
    }
    if surface is not Surface.MESSAGE:
        view = {"id": "V1", "type": surface.value, "callback_id": REPLY, "private_metadata": GENERAL}
        where = {"view": {**view, "blocks": []}}
    return {"type": "block_actions", **PERSON, **where, "actions": [chosen], "trigger_id": f"{action}.{surface}"}


def submission(form: str, content: Content) -> dict[str, Any]:
    """Return Slack's payload of a form that was sent."""
    about = FormSubject(Asked(Outcome.NO_ANSWER), "once", GENERAL, "", is_question=False).pack()
    new = suggestion_form(ProposalDraft.new(), content, has_channel=True)["private_metadata"]
    known: dict[str, str] = {FeedbackForm.REASON: about, FeedbackForm.REPORT: about, ProposalForm.SUGGEST: new}
    metadata = known.get(form, "theme 1")
    view = {"id": "V1", "type": "modal", "callback_id": form, "private_metadata": metadata}
    return {"type": "view_submission", **PERSON, "view": {**view, "blocks": [], "state": {"values": {}}}}


async def test_each_way_in_is_listed(watched: tuple[Scene, Watch]) -> None:
    assert {Action[name] for name in NEEDS} == set(Action)
    scene, watch = watched
    every_press = {("block_action", ANY)}
    forms = {("view", form) for form in FORMS}
    listed = every_press | forms | SHOWN | CHOICES | SHORTCUTS | COMMANDS | OF_PEOPLE | OF_SLACK
    assert scene.bolt.router.listeners.keys() == listed
    assert not watch.asked


async def test_each_press_is_asked_for_what_it_needs(watched: tuple[Scene, Watch]) -> None:
    scene, watch = watched
    surfaces = {Action.FIND: Surface.HOME, Action.WITHDRAW: Surface.MODAL}
    for action in Action:
        need = NEEDS[action.name]
        before = {MAINTAINER: ["ACT"], THEIRS: ["SEE"]}.get(need, [])
        watch.asked, watch.refused = [], need
        response = await take(scene.bolt, body=press(action, surfaces.get(action, Surface.MESSAGE)))
        assert response.status == 200
        await scene.settled()
        assert watch.asked == [*before, need], action


async def test_each_form_is_asked_for_what_it_needs(watched: tuple[Scene, Watch]) -> None:
    scene, watch = watched
    for form, need in FORMS.items():
        if form in {CITATION, SCHEDULE}:
            continue
        watch.asked, watch.refused = [], need
        response = await take(scene.bolt, body=submission(form, scene.content))
        assert watch.asked == [need], form
        assert "Stopped at the gate." in response.body


async def test_each_command_and_what_is_typed_in_its_place_is_asked_for_what_it_needs(
    watched: tuple[Scene, Watch],
) -> None:
    scene, watch = watched
    for word in chain(SUBCOMMANDS, MAINTAINERS):
        need = MAINTAINER if word in MAINTAINERS else "SEE"
        watch.asked, watch.refused = [], need
        await scene.types(f"/briefing {word} off" if word == "days" else f"/briefing {word}")
        await scene.until(lambda: watch.asked)
        await scene.settled()
        assert watch.asked == [need], word
    watch.refused = "SEE"
    for words in ("@Briefing bot subscribe all alerts", "@Briefing bot subscriptions"):
        watch.asked = []
        await scene.types(words)
        await scene.until(lambda: watch.asked)
        assert watch.asked == ["SEE"]


async def test_a_suggestion_from_a_message_is_asked_for(watched: tuple[Scene, Watch]) -> None:
    scene, watch = watched
    watch.refused = "SUGGEST"
    said = await scene.types("Eight Growth Zones are planned.")
    assert said.message is not None
    await scene.workspace.message_shortcut(ADA, GENERAL, said.message.ts, SUGGEST)
    await scene.until(lambda: watch.asked)
    assert watch.asked == ["SUGGEST"]
