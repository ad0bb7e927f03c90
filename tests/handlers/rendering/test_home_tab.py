"""A Home as Slack shows it: within its limits whatever stands in it."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.views import View as SlackView

from bot.actions import Action, Choice
from bot.answers.home import MOST_LINES, MOST_PLACES, MOST_WATCHES, ChannelSettings, Home, Watched
from bot.messages import ChannelRef, PersonLine, Row
from handlers.rendering.home_tab import home_view
from workspace.blocks.pings import find_pings

HOSTILE = "<!channel> *bold* <https://evil.example|x> \u202e & `code`"


def home(**parts: Any) -> Home:  # noqa: ANN401 — any of its parts
    """Return a Home with these parts, all else empty."""
    whole: dict[str, Any] = {
        "intro": "# Title\n\nWords.",
        "areas": (Choice(Action.BRIEFING, "Quays", "quays"),),
        "places": (),
        "places_left_out": 0,
        "sees_channels": True,
        "watched": (),
        "watches_left_out": 0,
        "help": "# How to ask\n\n- Ask.",
    }
    return Home(**(whole | parts))


def test_an_empty_one_says_how_to_begin() -> None:
    view = home_view(home())
    SlackView(**view).validate_json()
    assert "Nothing yet." in str(view)
    assert "I write to you" not in str(view)


def test_the_fullest_one_fits() -> None:
    places = tuple(
        ChannelSettings(
            ChannelRef("T1", f"C{number}"),
            (Row(HOSTILE, below=PersonLine(HOSTILE, "U0ADA", HOSTILE)),) * (MOST_LINES + 1),
        )
        for number in range(MOST_PLACES)
    )
    watched = tuple(Watched(f"fact-{number}", "w" * 300, "1 May 2027") for number in range(MOST_WATCHES))
    areas = tuple(Choice(Action.BRIEFING, "a" * 200, f"area-{number}") for number in range(30))
    long = "# Help\n\n" + "\n\n".join(f"## {number}\n\nWords." for number in range(20))
    full = home(places=places, watched=watched, areas=areas, help=long, places_left_out=1, watches_left_out=1)
    view = home_view(full)
    SlackView(**view).validate_json()
    assert len(view["blocks"]) <= 100
    assert str(view).count("1 more is not listed") == 2
    assert "19" in str(view["blocks"][-1]), "nothing was cut"


def test_words_of_others_are_never_markup() -> None:
    view = home_view(
        home(
            places=(
                ChannelSettings(ChannelRef("T1", "C1"), (Row(HOSTILE, below=PersonLine(HOSTILE, "U0ADA", HOSTILE)),)),
            ),
            watched=(Watched("one", HOSTILE, "1 May 2027"),),
        )
    )
    assert "mrkdwn" not in str(view)
    assert "\u202e" not in str(view)
    assert find_pings("", view["blocks"]) == ("<@U0ADA>",), "the person alone, and nobody is pinged by a Home"


def test_channels_are_named_by_their_id_and_a_direct_message_by_words() -> None:
    places = (
        ChannelSettings(ChannelRef("T1", "D1"), (Row("One."),)),
        ChannelSettings(ChannelRef("T1", "C1"), (Row("Two."),)),
    )
    told = str(home_view(home(places=places)))
    assert "{'type': 'channel', 'channel_id': 'C1'}" in told
    assert "Direct messages with me" in told
    assert "'D1'" in told.split("Direct messages")[1], "its button says which place it is about"


def test_where_channels_are_not_seen_it_says_so() -> None:
    assert "I may not see which channels you are in." in str(home_view(home(sees_channels=False)))
