"""A reply in a modal: Slack's limits, what is added to it, and answers that come late, or to nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_sdk.models.views import View as SlackView

from bot.actions import Action, Choice
from bot.answers.citation import CopiedCitation
from bot.errors import BriefingBotError, DeliveryError
from bot.messages import ChannelRef, Outcome, Reply, Row, Subject
from bot.subscriptions.permissions import Actor
from handlers.listeners.shortcuts import find_frame, find_view
from handlers.rendering.modals import MOST_BLOCKS, Frame, Modals, citation_view, modal, with_notice
from handlers.rendering.replies import Audience, messages
from tests.support.slack_clients import only

ACTOR = Actor(ChannelRef("T1", ""), "U1")
ANSWER = Reply(Outcome.ANSWER, "Words.", Subject(facts=("one",), digest="d"))
LATER = Reply(Outcome.NOTICE, "", note="I will write.", choices=(Choice(Action.UNWATCH, "Forget it", "one"),))


class RecordingViews:
    """A messenger that keeps what it is to show, and refuses with a code where one is set."""

    def __init__(self, *, opens: str = "", updates: str = "") -> None:
        """Take Slack's codes for refusing to open and to update."""
        self.refusals = {"open": opens, "update": updates}
        self.shown: list[tuple[str, dict[str, Any]]] = []
        self.said: list[tuple[str, str]] = []
        self.payloads: list[dict[str, Any]] = []

    async def open_view(self, _trigger: str, view: dict[str, Any]) -> str:
        """Keep it."""
        return self._keep("open", view)

    async def push_view(self, _trigger: str, view: dict[str, Any]) -> str:
        """Keep it."""
        return self._keep("open", view)

    async def update_view(self, view_id: str, view: dict[str, Any]) -> None:
        """Keep it."""
        assert view_id == "V1"
        self._keep("update", view)

    async def write(self, _team: str, user: str, reply: Reply) -> None:
        """Keep it."""
        for payload in messages(reply, Audience.DIRECT):
            self.said.append((user, payload["text"]))
            self.payloads.append(payload)

    def _keep(self, how: str, view: dict[str, Any]) -> str:
        if self.refusals[how]:
            raise DeliveryError("No.", code=self.refusals[how])
        self.shown.append((how, view))
        return "V1"


def modals(messenger: RecordingViews) -> Modals:
    """Return what is to be tested; whatever is not there at once is slow."""
    return Modals(only(messenger), messenger.write, slow_s=0.0)


async def ready(reply: Reply) -> Reply:
    return reply


def test_it_is_a_modal_that_slack_takes() -> None:
    for view in (modal(ANSWER, Frame()), modal(ANSWER, find_frame()), find_view()):
        SlackView(**view).validate_json()
        assert len(view["title"]["text"]) <= 24
        assert "submit" not in view


@pytest.mark.parametrize("text", ["One.\nTwo.", "x" * 7000, "<!channel> *x* &amp;\x1b[31m"])
def test_a_citation_stands_whole_in_boxes_of_plain_text(text: str) -> None:
    view = citation_view(CopiedCitation(text, "It has changed."))
    SlackView(**view).validate_json()
    boxes = [each["element"]["initial_value"] for each in view["blocks"] if each["type"] == "input"]
    assert "".join(boxes) == text.replace("\x1b", "\ufffd")
    assert all(len(each) <= 3000 for each in boxes)
    assert view["blocks"][0]["elements"][0]["text"] == "It has changed."


def test_nothing_is_offered_that_needs_a_channel() -> None:
    assert "Post to channel" not in str(modal(ANSWER, Frame()))


def test_a_long_text_is_cut_where_slack_would_refuse_it_and_says_so() -> None:
    rows = tuple(Row(f"Row {number}.") for number in range(150))
    view = modal(Reply(Outcome.SUBSCRIPTIONS, "", note="Rows.", rows=rows), Frame())
    assert len(view["blocks"]) == MOST_BLOCKS
    assert "does not fit" in view["blocks"][-1]["text"]["text"]


def test_a_notice_is_added_below_and_takes_the_place_of_the_one_before() -> None:
    sent = {**modal(ANSWER, Frame(channel="C1")), "id": "V1", "hash": "1.2", "state": {"values": {}}, "team_id": "T1"}
    once = with_notice(sent, LATER)
    twice = with_notice({**once, "id": "V1"}, Reply(Outcome.REFUSAL, "", note="No."))
    assert str(once["blocks"]).count("I will write.") == 1
    assert "Words." in str(twice["blocks"])
    assert "I will write." not in str(twice)
    assert set(twice) <= {"type", "callback_id", "title", "close", "private_metadata", "blocks"}
    SlackView(**twice).validate_json()


def test_a_notice_finds_room_in_a_full_modal() -> None:
    full = {**modal(ANSWER, Frame()), "blocks": [{"type": "divider"}] * MOST_BLOCKS}
    view = with_notice(full, LATER)
    assert len(view["blocks"]) == MOST_BLOCKS
    assert "I will write." in str(view["blocks"])


async def test_a_slow_answer_is_announced_and_then_shown() -> None:
    messenger = RecordingViews()

    async def slowly() -> Reply:
        await asyncio.sleep(0.01)
        return ANSWER

    assert await modals(messenger).open("t", ACTOR, slowly(), Frame()) is ANSWER
    (how, first), (then, second) = messenger.shown
    assert (how, then) == ("open", "update")
    assert "Looking…" in str(first)
    assert "Words." in str(second)


@pytest.mark.parametrize(("code", "said"), [("ratelimited", [("U1", "Words.")]), ("not_found", [])])
async def test_an_answer_for_which_slack_does_not_change_the_modal_is_a_direct_message(
    code: str, said: list[tuple[str, str]]
) -> None:
    for is_slow in (True, False):
        messenger = RecordingViews(updates=code)

        async def made() -> Reply:
            await asyncio.sleep(0.01)
            return ANSWER

        if is_slow:
            await modals(messenger).open("t", ACTOR, made(), Frame())
        else:
            await modals(messenger).show({"id": "V1"}, ACTOR, ANSWER, Frame())
        assert messenger.said == said


async def test_about_a_channel_a_direct_message_has_words_but_nothing_to_press() -> None:
    listed = Reply(
        Outcome.SUBSCRIPTIONS,
        "",
        note="This channel gets:",
        choices=(Choice(Action.MUTE, "Mute alerts", "alert"),),
        rows=(Row("A line.", (Choice(Action.PAUSE, "Pause", "s1"),)),),
    )
    messenger = RecordingViews(opens="expired_trigger_id")
    await modals(messenger).open("t", ACTOR, ready(listed), Frame(channel="C1"))
    ((_, text),) = messenger.said
    assert "A line." in text
    (payload,) = messenger.payloads
    assert not any("action_id" in str(block) for block in payload["blocks"])


async def test_what_cannot_be_made_is_told_in_the_modal() -> None:
    messenger = RecordingViews()

    async def fails() -> Reply:
        raise BriefingBotError("No such thing.")

    await modals(messenger).open("t", ACTOR, fails(), Frame())
    assert "No such thing." in str(messenger.shown[-1])


async def test_where_no_modal_opens_the_answer_is_a_direct_message() -> None:
    messenger = RecordingViews(opens="expired_trigger_id")
    await modals(messenger).open("t", ACTOR, ready(ANSWER), Frame())
    await modals(messenger).open_form("t", ACTOR, find_view())
    assert messenger.said[0] == ("U1", "Words.")
    assert "try again" in messenger.said[1][1]


async def test_a_mere_note_leaves_facts_standing_and_replaces_a_list() -> None:
    messenger = RecordingViews()
    gone = Reply(Outcome.SUBSCRIPTIONS, "", note="Forgotten.")
    for frame, keeps in ((Frame(), True), (Frame(channel="C1"), False)):
        await modals(messenger).show({**modal(ANSWER, frame), "id": "V1"}, ACTOR, gone, frame)
        assert "Forgotten." in str(messenger.shown[-1])
        assert ("Words." in str(messenger.shown[-1])) is keeps


async def test_a_modal_that_was_closed_is_not_missed() -> None:
    messenger = RecordingViews(updates="not_found")
    await modals(messenger).show({"id": "V1"}, ACTOR, ANSWER, Frame())
    assert messenger.said == []
