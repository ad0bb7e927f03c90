"""Markdown → blocks and text: each construct once, then any text at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SlackBlock

from bot.text import escape as escape_markdown
from handlers.rendering.blocks import (
    _PARSER,
    Block,
    _elements,
    _units_in,
    elements_in,
    escape,
    kept_elements,
    kept_units,
    parse,
    to_blocks,
    to_text,
)

_ANY_TEXT = st.text(max_size=300) | st.sampled_from(
    [
        "<!channel> <!here> <@U0ADA> <#C0GENERAL> <!subteam^S1>",
        "[click](javascript:alert(1)) ![x](https://example.org/x.png)",
        "<https://example.org|gov.uk> *bold* _it_ ~no~ `code` ```fence```",
        "# not a heading",
        "1. no list",
        "&lt;!channel&gt; &amp; &#60;!channel&#62;",
        ":tada: @here @channel",
        "\ud800 \x00 \u202eevil\u202c",
    ]
)

_LINES = ("", "", "a", "- b", "* c", "2. d", "  e", "    - f", "# g", "---", "**i**", "+j", "\\- k", " ", "-", "1)")


def texts(blocks: object) -> list[dict[str, Any]]:
    """Return every object with a `text` string, however deep."""
    if isinstance(blocks, dict):
        own = [blocks] if isinstance(blocks.get("text"), str) else []
        return own + [each for value in blocks.values() for each in texts(value)]
    if isinstance(blocks, list | tuple):
        return [each for item in blocks for each in texts(item)]
    return []


def test_a_first_heading_is_a_header_and_a_second_one_opens_a_block_in_bold() -> None:
    header, rich = to_blocks("# The *title*\n\n## Agreed\n\nWords.")
    assert header == {"type": "header", "text": {"type": "plain_text", "text": "The title", "emoji": False}}
    assert rich["elements"] == [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "Agreed", "style": {"bold": True}},
                {"type": "text", "text": "\n"},
                {"type": "text", "text": "Words."},
            ],
        }
    ]


def test_bold_italics_and_links_become_elements() -> None:
    (rich,) = to_blocks("a **b _c_** [d](https://example.org/#:~:text=x%2Dy)")
    assert rich["elements"][0]["elements"] == [
        {"type": "text", "text": "a "},
        {"type": "text", "text": "b ", "style": {"bold": True}},
        {"type": "text", "text": "c", "style": {"bold": True, "italic": True}},
        {"type": "text", "text": " "},
        {"type": "link", "url": "https://example.org/#:~:text=x%2Dy", "text": "d"},
    ]


def test_lists_keep_their_kind_depth_and_numbers() -> None:
    (rich,) = to_blocks("- a\n- b\n  - c\n\n3. x\n4. y")
    lists = [(each["style"], each["indent"], each.get("offset"), len(each["elements"])) for each in rich["elements"]]
    assert lists == [("bullet", 0, None, 2), ("bullet", 1, None, 1), ("ordered", 0, 2, 2)]


def test_a_second_paragraph_of_an_item_stays_in_it() -> None:
    (rich,) = to_blocks("- a\n\n  b\n- c")
    assert [len(item["elements"]) for item in rich["elements"][0]["elements"]] == [3, 1]
    assert to_text("- a\n\n  b\n- c") == "• a\nb\n• c"


def test_a_rule_is_a_divider_and_what_follows_opens_a_block() -> None:
    assert [block["type"] for block in to_blocks("a\n\n---\n\nb")] == ["rich_text", "divider", "rich_text"]


@pytest.mark.parametrize("markdown", ["", "#", "-", "\n\n", "- \n- "])
def test_what_holds_no_words_is_left_out(markdown: str) -> None:
    assert to_blocks(markdown) == []
    assert to_text(markdown) == ""


@pytest.mark.parametrize("markdown", ["`code`", "> quote", "<b>", "![x](https://e.org)", "    indented", "| a | b |"])
def test_all_other_markdown_is_literal(markdown: str) -> None:
    assert to_text(markdown).replace(" (https://e.org)", "(https://e.org)").strip() in (
        markdown.strip(),
        "!x(https://e.org)",
    )


def test_an_address_that_slack_does_not_take_leaves_its_words() -> None:
    assert texts(to_blocks(f"[a](https://example.org/{'x' * 3000})"))[0]["type"] == "text"
    assert texts(to_blocks("[a](ftp://example.org)"))[0]["type"] == "text"


def test_a_title_too_long_for_a_header_is_a_bold_line() -> None:
    (block,) = to_blocks(f"# {'x' * 151}")
    assert block["type"] == "rich_text"


def test_text_reads_aloud() -> None:
    markdown = "# Title\n\nA fact. [\\[1\\]](https://a.org/#:~:text=a)\n\n## Sources\n\n1. [Paper](https://a.org), 2025"
    assert to_text(markdown) == "Title\n\nA fact. [1]\n\nSources\n1. Paper (https://a.org), 2025"


def test_escape_covers_what_slack_parses_in_text() -> None:
    assert escape("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"


@given(_ANY_TEXT)
def test_any_words_come_out_as_literal_text(words: str) -> None:
    line = escape_markdown(words)
    for markdown in (f"- {line}", f"Before **{line}** after", f"## {line}", line):
        for element in texts(to_blocks(markdown)):
            assert element["type"] in ("text", "plain_text"), "neither mrkdwn nor a link"


@given(_ANY_TEXT)
def test_any_markdown_at_all_gives_known_blocks(markdown: str) -> None:
    for block in to_blocks(markdown):
        assert block["type"] in ("header", "rich_text", "divider")
        model = SlackBlock.parse(block)
        assert model is not None
        assert model.to_dict()["type"] == block["type"]
    to_text(markdown).encode()


@given(
    st.text("abc *_[]()<>\\\n-#1.:/&;\t", max_size=200)
    | st.lists(st.sampled_from(_LINES), max_size=12).map("\n".join)
    | _ANY_TEXT
)
def test_parts_and_words_are_read_as_they_are_within_the_whole_text_and_kept_so(markdown: str) -> None:
    whole = [tuple(_elements(each.children or ())) for each in _PARSER.parse(markdown) if each.type == "inline"]
    alone: list[tuple[Block, ...]] = []

    def seen(words: str) -> tuple[Block, ...]:
        alone.append(elements_in(words))
        assert kept_elements(words) == alone[-1]
        return alone[-1]

    assert _units_in(markdown, seen) == parse(markdown) == parse(markdown, kept_units)
    assert alone == whole
