"""Live mentions: what notifies people, and what only looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from workspace.blocks.pings import find_pings


def rich(element: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one element of rich text in its wrapping."""
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}]


@pytest.mark.parametrize(
    ("text", "pings"),
    [
        ("<!channel> <!here> <!everyone>", ("<!channel>", "<!here>", "<!everyone>")),
        ("<!here|here> <@U0ADA|ada> <@U0ADA>", ("<!here>", "<@U0ADA>")),
        ("<!subteam^S123|team>", ("<!subteam^S123>",)),
        ("&lt;!channel&gt; @channel <#C0POLICY> <https://example.org|@here> <!date^1^{date}|x>", ()),
    ],
)
def test_in_text(text: str, pings: tuple[str, ...]) -> None:
    assert find_pings(text, []) == pings


def test_link_names_makes_bare_words_live() -> None:
    assert find_pings("@channel mail@here.org", [], link_names=True) == ("<!channel>",)


@pytest.mark.parametrize(
    ("blocks", "pings"),
    [
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>"}}], ("<!channel>",)),
        ([{"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}}], ()),
        ([{"type": "markdown", "text": "<@U0ADA>"}], ("<@U0ADA>",)),
        ([{"type": "context", "elements": [{"type": "mrkdwn", "text": "<!here>"}]}], ("<!here>",)),
        (rich({"type": "text", "text": "<!channel>"}), ()),
        (rich({"type": "broadcast", "range": "channel"}), ("<!channel>",)),
        (rich({"type": "user", "user_id": "U0ADA"}), ("<@U0ADA>",)),
        (rich({"type": "usergroup", "usergroup_id": "S1"}), ("<!subteam^S1>",)),
    ],
)
def test_in_blocks(blocks: list[dict[str, Any]], pings: tuple[str, ...]) -> None:
    assert find_pings("", blocks) == pings
