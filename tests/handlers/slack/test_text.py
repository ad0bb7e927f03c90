"""What people type, as Slack sends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.slack.text import asked_in, unescape
from workspace.blocks.typed import rich_text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("growth zones", "growth zones"),
        ("R&amp;D", "R&D"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("&pound;500", "&pound;500"),
        ("<@U0BOT> growth zones", "growth zones"),
        ("growth <@U0BOT> zones", "growth   zones"),
        ("<@U0BOT|briefing> growth", "growth"),
        ("ask <@U0ADA|Ada> about it", "ask Ada about it"),
        ("in <#C0GENERAL|general>", "in general"),
        ("<!here> now", "now"),
        ("<https://www.gov.uk|gov.uk>", "gov.uk"),
        ("<https://www.gov.uk/a?b=1&amp;c=2>", "https://www.gov.uk/a?b=1&c=2"),
        ("<mailto:a@b.uk>", "a@b.uk"),
        ("a < b > c", "a  b  c"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_slacks_markup_and_escapes_are_undone_once(sent: str, words: str) -> None:
    assert unescape(sent, "U0BOT") == words


@given(st.text())
def test_what_slack_escapes_comes_back_as_typed(typed: str) -> None:
    sent = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert unescape(sent) == typed.strip()


BOT = "<@U0BOT>"


def event(sent: str, kind: str = "app_mention", *, has_blocks: bool = True) -> dict[str, object]:
    blocks = {"blocks": [rich_text(sent)]} if has_blocks else {}
    return {"type": kind, "text": sent, **blocks}


@pytest.mark.parametrize("has_blocks", [True, False])
@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (f"{BOT} growth zones", "growth zones"),
        (f"&gt; who signed it?\n{BOT} growth zones", "growth zones"),
        (f"{BOT} growth zones\n&gt; who signed it?", "growth zones"),
        (f"{BOT} growth zones ```who signed it?```", "growth zones"),
        (f"&gt; {BOT} who signed it?\nno idea", None),
        (f"```{BOT} who signed it?```", None),
        (f"```{BOT} who signed it?``` anybody?", None),
        (f"&gt; who signed it?\n{BOT}", "who signed it?"),
        (f"&gt; {BOT} who signed it?\n{BOT} growth zones", "growth zones"),
        (f"{BOT} R&amp;D &lt;!channel&gt;\n&gt; x", "R&D <!channel>"),
    ],
)
def test_a_quote_or_code_block_is_not_the_question(sent: str, words: str | None, has_blocks: bool) -> None:  # noqa: FBT001 — a parameter of the test
    assert asked_in(event(sent, has_blocks=has_blocks), "U0BOT") == words


def test_a_direct_message_of_nothing_but_a_quote_asks_that() -> None:
    assert asked_in(event("&gt; who signed it?", "message"), "U0BOT") == "who signed it?"
    assert asked_in(event("&gt; who signed it?\ngrowth zones", "message"), "U0BOT") == "growth zones"


def test_lists_links_and_emoji_outside_a_quote_are_read() -> None:
    sections = [
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "old"}]},
        {
            "type": "rich_text_list",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "growth "}]},
                {"type": "rich_text_section", "elements": [{"type": "link", "url": "https://x.uk", "text": "zones"}]},
            ],
        },
        {
            "type": "rich_text_section",
            "elements": [{"type": "emoji", "name": "wave"}, {"type": "user", "user_id": "U1"}],
        },
    ]
    blocks = [{"type": "rich_text", "elements": sections}]
    assert asked_in({"type": "message", "text": "x", "blocks": blocks}) == "growth \nzones\n:wave:"


@pytest.mark.parametrize(
    "blocks",
    [None, "x", 7, {}, [None], [{"type": "section"}], [{"type": "rich_text"}], [{"type": "rich_text", "elements": 7}]],
)
def test_odd_blocks_leave_the_text_to_be_read(blocks: object) -> None:
    assert asked_in({"type": "message", "text": "&gt; old\ngrowth", "blocks": blocks}) == "growth"


@given(st.text(), st.booleans())
def test_any_text_is_read(sent: str, has_blocks: bool) -> None:  # noqa: FBT001 — a parameter of the test
    assert isinstance(asked_in(event(sent, "message", has_blocks=has_blocks), "U0BOT"), str)
