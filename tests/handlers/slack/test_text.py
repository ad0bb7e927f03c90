"""What people type, as Slack sends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.slack.text import unescape


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
