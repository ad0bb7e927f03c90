"""Slack's limits hold for any text, and nothing is lost in a split."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Outcome, Reply, Subject
from handlers.rendering.blocks import to_text
from handlers.rendering.replies import Audience, messages
from handlers.rendering.splitting import (
    MESSAGE_BLOCKS,
    MESSAGE_CHARACTERS,
    MOST_MESSAGES,
    limits,
    split,
    split_corrected,
)

_LINES = st.sampled_from(["# ", "## ", "- ", "1. ", "", "   - ", "---\n\n"])
_DOCUMENTS = st.lists(
    st.tuples(_LINES, st.text(alphabet=st.characters(codec="utf-8"), max_size=80), st.integers(1, 150)), max_size=60
).map(lambda lines: "\n\n".join(f"{mark}{words * times}" for mark, words, times in lines))


@given(_DOCUMENTS)
def test_every_message_keeps_slacks_limits(markdown: str) -> None:
    messages = split(markdown)
    assert messages
    for message in messages:
        assert len(message.blocks) <= MESSAGE_BLOCKS
        shown = 0
        for block in message.blocks:
            if block["type"] == "header":
                assert 1 <= len(block["text"]["text"]) <= 150
                shown += len(block["text"]["text"])
            for element in block.get("elements", ()):
                shown += sum(len(each["text"]) for each in _elements(element))
        assert shown + 125 * len(message.blocks) <= 13_400
        assert "<" not in message.text
        assert ">" not in message.text


def _elements(element: dict[str, object]) -> list[dict[str, str]]:
    inner = element.get("elements")
    return [each for child in inner for each in _elements(child)] if isinstance(inner, list) else [element]  # type: ignore[list-item] # a leaf holds strings


def test_a_split_keeps_every_item_and_its_number() -> None:
    markdown = "# T\n\n## H\n\n" + "\n".join(f"{n}. item {n} {'x' * 200}" for n in range(1, 200))
    messages = split(markdown)
    assert len(messages) == 5
    assert "\n".join(message.text for message in messages) == to_text(markdown)
    assert messages[1].blocks[0]["elements"][0]["offset"] > 1


def test_a_heading_moves_on_with_what_it_stands_over() -> None:
    markdown = f"{'x' * 8_990}\n\n## Heading\n\n{'y' * 100}"
    first, second = split(markdown)
    assert "Heading" not in first.text
    assert second.text.startswith("Heading")


def test_a_paragraph_longer_than_a_message_is_cut() -> None:
    words = "word " * 5_000
    assert "".join(message.text for message in split(words)) == words.strip()


def test_many_headings_are_spread_by_the_number_of_blocks() -> None:
    assert len(split("\n\n".join(f"## {n}\n\nwords" for n in range(40)))) == 3


def test_a_correction_stands_above_and_moves_nothing() -> None:
    body = "\n\n".join("x" * 4000 for _ in range(4))
    before = split(body)
    assert len(before) == 2
    first, second = split_corrected(f"**Corrected:** was “a”, now “b”.\n\n---\n\n{body}")
    assert first.text == f"Corrected: was “a”, now “b”.\n\n{before[0].text}"
    assert [block["type"] for block in first.blocks] == ["rich_text", "divider", "rich_text"]
    assert second == before[1]
    assert split_corrected(body) == before


def test_corrections_that_leave_no_room_above_split_it_all_anew() -> None:
    banners = "\n\n".join("y" * 800 for _ in range(6))
    body = "\n\n".join("x" * 4000 for _ in range(4))
    messages = split_corrected(f"{banners}\n\n---\n\n{body}")
    assert all(len(message.text) <= MESSAGE_CHARACTERS for message in messages)
    assert "".join(message.text for message in messages).count("x") == 16_000
    assert split_corrected("") == split("")


def test_messages_are_json() -> None:
    json.dumps([message.blocks for message in split("# T\n\n- a")])


def test_briefings_and_answers_are_kept_but_not_what_askers_typed() -> None:
    split.cache_clear()
    for outcome, kept in ((Outcome.NO_ANSWER, 0), (Outcome.ANSWER, 1), (Outcome.BRIEFING, 1)):
        messages(Reply(outcome, "Nothing held on zebras.", Subject()), Audience.ACTOR)
        assert split.cache_info().currsize == kept


@pytest.mark.parametrize("markdown", ["", "a", "# T\n\n- a [\\[1\\]](https://a.org)"])
def test_short_texts_break_no_limit(markdown: str) -> None:
    assert list(limits(markdown)) == []
    assert len(split(markdown)) == 1


def test_limits_name_a_long_title_and_a_long_text() -> None:
    assert list(limits(f"# {'Title ' * 30}")) == [
        "The title “Title Title Title Title Title Title Titl…” is over the 150 characters that Slack shows in a header."
    ]
    assert list(limits(f"# {chr(92)}**" + "x" * 140)) == []
    (sentence,) = limits(f"[a](https://example.org/{'x' * 3000})")
    assert sentence.startswith("The address https://example.org/xxx")
    (sentence,) = limits("\n\n".join("x" * 1000 for _ in range(MESSAGE_CHARACTERS * (MOST_MESSAGES + 1) // 1000)))
    assert sentence.startswith("The text has 45,000 characters")
