"""Which of Slack's limits a text would break."""

from __future__ import annotations

import pytest

from handlers.rendering.limits import MOST_MESSAGES, limits
from handlers.rendering.splitting import MESSAGE_CHARACTERS, split


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
