"""Escaped text shows as it stands, whatever it is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.content.render import tidy
from bot.text import Markdown, day, escape, link

PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False})
TABLES = MarkdownIt("default", {"html": False, "linkify": False, "typographer": False})
NASTY = st.text(st.sampled_from(list("ab1 \\`*_{}[]()<>#+-.!|~&;:/=\"'@$%^?,x\t\u00a0é😀")), max_size=40)


def shown(markdown: str, parser: MarkdownIt = PARSER) -> list[str]:
    """Return the text of each inline run, and the names of blocks and marks that are not plain paragraphs."""
    seen: list[str] = []
    for token in parser.parse(markdown):
        if token.type == "inline":
            plain = {"text", "text_special"}
            assert all(child.type in plain for child in token.children or ()), token.children
            seen.append("".join(child.content for child in token.children or ()))
        elif token.type not in {"paragraph_open", "paragraph_close"}:
            seen.append(token.type)
    return seen


def one_line(text: str) -> str:
    return " ".join(text.replace("\0", "\ufffd").split())


@given(st.one_of(NASTY, st.text(max_size=60)))
@example("1. x")
@example("12) x")
@example("# x")
@example("*x*")
@example("<b>")
@example("[a](b)")
@example("[a]: b")
@example("&amp;")
@example("https://example.org <https://example.org>")
@example("---")
@example("===")
@example("    code")
@example("~~~")
@example("| a | b |")
@example("back\\slash\\")
@example("hard break  ")
@example("<!channel> @here")
def test_escaped_text_is_the_text(text: str) -> None:
    for parser in (PARSER, TABLES):
        assert shown(escape(text), parser) == [one for one in [one_line(text)] if one]


@given(st.one_of(NASTY, st.text(max_size=40)))
def test_escaped_text_is_the_text_in_a_list_and_behind_a_word(text: str) -> None:
    words = one_line(text)
    listed = shown(f"- {escape(text)}\n- b")
    assert [each for each in listed if not each.endswith(("_open", "_close"))] == [
        each for each in (words, "b") if each
    ]
    assert shown(f"So: {escape(text)}.") == [f"So: {words}." if words else "So: ."]


@given(st.text(max_size=30))
def test_a_link_shows_its_text_and_keeps_its_address(text: str) -> None:
    address = "https://example.org/a_(b)?c=1&copy;=2#:~:text=d%20e"
    tokens = PARSER.parse(f"See {link(text, address)} now")[1].children or []
    opened = next(token for token in tokens if token.type == "link_open")
    assert str(opened.attrs["href"]) == address
    assert f"See {one_line(text)} now" == "".join(token.content for token in tokens)


def test_dates() -> None:
    assert day(date(2025, 7, 21)) == "21 July 2025"
    assert day(date(2025, 12, 1)) == "1 December 2025"


@pytest.mark.parametrize(
    ("markdown", "tidied"),
    [
        ("# A\n\n## B\n\n## C\ntext\n", "# A\n\n## C\ntext\n"),
        ("# A\n## B\n### C\n\n", "# A\n"),
        ("# A\n## B\n### C\nx\n## D\n", "# A\n## B\n### C\nx\n"),
        ("# A\n\n\n\nb  \n\n\n", "# A\n\nb\n"),
        ("#\\# no heading\n", "#\\# no heading\n"),
        ("", "\n"),
    ],
)
def test_a_heading_with_nothing_below_is_dropped(markdown: str, tidied: str) -> None:
    assert tidy(markdown) == tidied


def test_markdown_is_a_text_that_stays_markdown() -> None:
    assert isinstance(escape("a"), Markdown)
    assert escape("a *b*") == "a \\*b\\*"
