"""A reply → messages: who sees what, and Slack's limits on buttons."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import ActionsBlock

from bot.actions import Action, Button, Choice
from bot.alerts.requested_posts import post_message
from bot.errors import BriefingBotError
from bot.messages import ListItem, Outcome, PersonLine, Poster, Removal, Reply, Row, Subject
from bot.outbox.delivery import OutboxMessage
from handlers.rendering.button_rows import MENU
from handlers.rendering.replies import Audience, copied, delivered, messages, plain
from tests.scenarios.scene import labels

SUBJECT = Subject(area="infrastructure", digest="d1")
BRIEFING = Reply(
    Outcome.BRIEFING,
    "# Infrastructure\n\nWords.",
    SUBJECT,
    has_more=True,
    note="Showing a for b.",
    choices=(Choice(Action.BRIEFING, "Adoption", "adoption"),),
)


def test_the_asker_sees_everything() -> None:
    (message,) = messages(BRIEFING, Audience.ACTOR)
    assert message["text"] == "Infrastructure\n\nWords.\n\nShowing a for b."
    assert labels(message) == ["Post to channel", "Details", "Adoption"]


def test_in_a_direct_message_there_is_nothing_to_post_to() -> None:
    (message,) = messages(BRIEFING, Audience.DIRECT)
    assert labels(message) == ["Details", "Adoption"]


def test_everybody_sees_the_words_alone() -> None:
    (message,) = messages(BRIEFING, Audience.EVERYBODY)
    assert message["text"] == "Infrastructure\n\nWords."
    assert labels(message) == ["Details"]


def test_buttons_stand_under_the_last_of_several_messages() -> None:
    long = Reply(Outcome.BRIEFING, "\n\n".join("x" * 3000 for _ in range(4)), SUBJECT)
    first, last = messages(long, Audience.ACTOR)
    assert labels(first) == []
    assert labels(last) == ["Post to channel"]


def test_a_message_can_be_built_twice() -> None:
    """What is shared between replies must not grow."""
    assert messages(BRIEFING, Audience.ACTOR) == messages(BRIEFING, Audience.ACTOR)
    assert messages(BRIEFING, Audience.EVERYBODY) == messages(BRIEFING, Audience.EVERYBODY)


def test_a_refusal_is_plain_words() -> None:
    (message,) = messages(Reply(Outcome.REFUSAL, "", note="No <area>."), Audience.ACTOR)
    assert message["text"] == "No &lt;area&gt;."
    assert message["blocks"][0]["text"] == {"type": "plain_text", "text": "No <area>.", "emoji": False}


LONG = replace(BRIEFING, markdown="\n\n".join("x" * 3000 for _ in range(4)))


def test_a_post_names_its_poster_as_plain_text_and_has_its_buttons_below_the_first_message() -> None:
    first, second = delivered(post_message(LONG, Poster("U1", "<@U2>"), {}))
    assert (labels(first), labels(second)) == (["Details", "Remove"], [])
    assert first["text"].endswith("Posted by &lt;@U2&gt;.")
    context = next(block for block in first["blocks"] if block["type"] == "context")
    assert context["elements"][0]["type"] == "plain_text"


def test_each_message_of_a_copy_is_signed_and_removed_by_itself() -> None:
    parts = copied(post_message(LONG, Poster("U1", "ada"), {}, is_copy=True))
    assert [labels(part) for part in parts] == [["Remove"], ["Details", "Remove"]]
    assert all(part["text"].endswith("Posted by ada. This copy cannot be corrected later.") for part in parts)


@pytest.mark.parametrize("value", ["", "{", "[]", "5", "null", '{"copy":true}'])
def test_any_other_value_of_remove_is_refused_in_words(value: str) -> None:
    with pytest.raises(BriefingBotError, match="too old"):
        Removal.unpack(value)


@given(st.text(min_size=1, max_size=400), st.text(max_size=2500), st.integers(1, 60))
def test_buttons_keep_slacks_limits(label: str, value: str, count: int) -> None:
    choices = tuple(Choice(Action.FACT, label, value) for _ in range(count))
    (message,) = messages(Reply(Outcome.NO_ANSWER, "Nothing.", choices=choices), Audience.ACTOR)
    for block in message["blocks"][1:]:
        assert 1 <= len(block["elements"]) <= 25
        assert len({each["action_id"] for each in block["elements"]}) == len(block["elements"])
        for each in block["elements"]:
            options = each.get("options", ())
            assert len(options) <= 5
            assert all(len(option["text"]["text"]) <= 75 and len(option["value"]) <= 150 for option in options)
            assert options or (len(each["text"]["text"]) <= 75 and len(each["value"]) <= 2000)
        ActionsBlock(elements=block["elements"]).validate_json()


@given(
    st.builds(Subject, area=st.text(), is_long=st.booleans(), facts=st.lists(st.text()).map(tuple), digest=st.text())
)
def test_a_subject_survives_its_button(subject: Subject) -> None:
    assert Subject.unpack(subject.pack()) == subject


@pytest.mark.parametrize("value", ["", "{", "[]", "5", '"x"', "null", '{"facts":5}'])
def test_any_other_value_is_refused_in_words(value: str) -> None:
    with pytest.raises(BriefingBotError, match="too old"):
        Subject.unpack(value)


def test_plain_words() -> None:
    assert plain("a & b")["text"] == "a &amp; b"


def test_a_line_has_its_menu_and_is_read_aloud_with_the_rest() -> None:
    row = Row(
        "Infrastructure: every weekday <!here>", (Choice(Action.EDIT, "Edit", "s1"), Choice(Action.END, "x" * 99, "s1"))
    )
    reply = Reply(
        Outcome.SUBSCRIPTIONS,
        "",
        note="This channel gets:",
        rows=(
            row,
            Row("Paused.", below=PersonLine("By ", "U0ADA", " *on* <!here>.")),
            Row("", below=PersonLine("Off by ", "<!here>", ".")),
        ),
    )
    (payload,) = messages(reply, Audience.ACTOR)
    assert payload["text"].startswith("This channel gets:\n\nInfrastructure: every weekday &lt;!here&gt;\n\nPaused.\n")
    assert payload["text"].endswith("\nBy <@U0ADA> *on* &lt;!here&gt;.\nOff by somebody.")
    _, line, last, person, nobody = payload["blocks"]
    assert [each["type"] for each in person["elements"][0]["elements"]] == ["text", "user", "text"]
    assert "<!here>" not in str(nobody), "what is no user id is no mention, and no element that Slack refuses"
    assert line["accessory"]["action_id"] == f"{MENU}:0"
    assert [each["value"] for each in line["accessory"]["options"]] == ["edit s1", "end s1"]
    assert all(len(each["text"]["text"]) <= 75 for each in line["accessory"]["options"])
    assert "accessory" not in last
    assert messages(reply, Audience.EVERYBODY)[0]["blocks"] == []


def test_a_choice_that_slack_would_refuse_for_its_length_is_left_out_of_a_menu() -> None:
    long, short = Choice(Action.UNWATCH, "Forget it", "x" * 150), Choice(Action.PAUSE, "Pause", "s1")
    rows = (Row("Both.", (long, short)), Row("One.", (long,)))
    (payload,) = messages(Reply(Outcome.SUBSCRIPTIONS, "", note="Rows.", rows=rows), Audience.ACTOR)
    _, both, one = payload["blocks"]
    assert [each["value"] for each in both["accessory"]["options"]] == ["pause s1"]
    assert "accessory" not in one


def test_a_list_has_its_buttons_below_each_item_and_is_whole_in_text() -> None:
    buttons = tuple(Button(Action.FACT, name, name) for name in ("One", "Two", "Three"))
    menu = (Button(Action.WATCH, "Watch", "fact"),)
    items = tuple(ListItem(f"**Item {number}** <!channel> of many\n", buttons, menu) for number in range(20))
    (message,) = delivered(OutboxMessage("**A list**\n", items=(*items, ListItem("Bare.")), footer="The end."))
    assert message["text"].count("Item") == 20
    assert message["text"].startswith("A list\n\nItem 0")
    assert message["text"].endswith("Bare.\n\nThe end.")
    assert "<!" not in message["text"]
    rows = [block for block in message["blocks"] if block["type"] == "actions"]
    assert [len(row["elements"]) for row in rows] == [4] * 20
    assert len(message["blocks"]) <= 50
    for row in rows:
        ActionsBlock(**row).validate_json()
