"""Content as text in the database: read back as it was, whatever the names in it and however it is spaced."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.store.serialization import Encoder, content_from_json
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from collections.abc import Callable


def stored(name: str) -> str:
    """Return the shipped content as text, with a source, an area's briefing and a template of that name."""
    content = shipped()
    source, briefing = next(iter(content.sources.values())), next(iter(content.briefings.values()))
    content = replace(
        content,
        sources={**content.sources, name: replace(source, id=name)},
        briefings={**content.briefings, name: briefing},
        templates={**content.templates, name: f'{{"a":1,"{name}":{{}}}}'},
    )
    return Encoder().encode(content)


@pytest.mark.parametrize("name", ["facts", "other"])
@pytest.mark.parametrize("written", [str, lambda text: json.dumps(json.loads(text))], ids=["as written", "spaced"])
def test_content_is_read_as_it_was_written(name: str, written: Callable[[str], str]) -> None:
    text = stored(name)
    assert Encoder().encode(content_from_json(written(text))) == text


@pytest.mark.parametrize("cut", [1, 2, 3, 100])
def test_a_text_that_is_cut_is_no_content(cut: int) -> None:
    text = stored("other")
    with pytest.raises(ValueError, match=r"."):
        content_from_json(text[:-cut])


def test_content_without_facts_is_read() -> None:
    content = replace(shipped(), facts={})
    assert not content_from_json(Encoder().encode(content)).facts
