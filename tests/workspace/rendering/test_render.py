"""Messages and Block Kit as HTML: every kind drawn, everything escaped, a notice for an unknown kind."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from hypothesis import given

from tests.workspace.rendering.markup import HOSTILE, SAFE, STATE, Tags
from workspace.rendering.render import MessageWriter
from workspace.state.records import BOT_USER_ID, Message

WRITER = MessageWriter(STATE, "U0ADA", chosen=lambda _: {})


def say(text: str = "", *blocks: dict[str, Any]) -> str:
    return str(WRITER.body(Message("C0POLICY", "1.000001", BOT_USER_ID, text, blocks=blocks)))


def mrkdwn(text: str) -> str:
    return say(text).removeprefix('<div class="text">').removesuffix("</div>")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "<p>plain</p>"),
        ("*bold* _it_ ~gone~ `a*b*`", "<p><strong>bold</strong> <em>it</em> <s>gone</s> <code>a*b*</code></p>"),
        ("*a _b_ c*", "<p><strong>a <em>b</em> c</strong></p>"),
        ("2*3*4 snake_case_name * no *", "<p>2*3*4 snake_case_name * no *</p>"),
        ("R&amp;D &lt;b&gt; &amp;lt;", "<p>R&amp;D &lt;b&gt; &amp;lt;</p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("one\ntwo", "<p>one\ntwo</p>"),
        ("&gt; quoted\n&gt;more\nafter", "<blockquote>quoted\nmore</blockquote><p>after</p>"),
        ("a ```x < *y*``` b", "<p>a </p><pre><code>x &lt; *y*</code></pre><p> b</p>"),
        ("<!channel>", '<p><strong class="ping ping-live" title="A live ping of everybody">@channel</strong></p>'),
        ("&lt;!channel&gt;", "<p>&lt;!channel&gt;</p>"),
        ("<@U0ADA>", '<p><span class="ping ping-live">@Ada</span></p>'),
        ("<@U0GRACE|x>", '<p><span class="ping">@Grace &lt;3</span></p>'),
        ("<#C0POLICY|p>", '<p><a class="ping" href="/client/U0ADA/C0POLICY">#policy</a></p>'),
        ("<#C0NONE|p>", '<p><span class="ping">#p</span></p>'),
        ("<javascript:alert(1)|x>", "<p>&lt;javascript:alert(1)|x&gt;</p>"),
        (":tada: :no_such:", "<p>🎉 :no_such:</p>"),
        (
            "<!date^1753092000^{date} at {time}|then>",
            '<p><time datetime="2025-07-21T11:00:00+01:00">21 July 2025 at 11:00</time></p>',
        ),
        ("<!date^99999999999999^{date}|then>", "<p>then</p>"),
        ("<!date^²^{date}|then>", "<p>then</p>"),
    ],
)
def test_mrkdwn(text: str, html: str) -> None:
    assert mrkdwn(text) == html


@pytest.mark.parametrize(
    "text", ["<https://example.org/?a=1&amp;b=2|the *page*>", "see https://example.org/?a=1&amp;b=2."]
)
def test_links_open_in_a_new_tab_without_access_to_this_one(text: str) -> None:
    assert 'href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"' in mrkdwn(text)


@given(HOSTILE)
def test_no_text_becomes_markup_of_its_own(text: str) -> None:
    tags = Tags()
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }
    tags.feed(say(text) + say("", {"type": "markdown", "text": text}) + say("", rich))
    assert tags.seen <= SAFE
    assert "javascript" not in {scheme.strip().lower() for scheme in tags.schemes}


@given(HOSTILE)
def test_rich_text_and_plain_text_are_literal(text: str) -> None:
    tags = Tags()
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }
    tags.feed(say("", rich))
    assert tags.words.strip() == text.strip()


def test_long_hostile_texts_take_linear_time() -> None:
    for text in ("<" * 40_000, "*_~`" * 10_000, "&gt;" * 10_000, "`" * 40_000, "[" * 12_000):
        assert say(text)


def test_header_context_divider_and_fields() -> None:
    html = say(
        "",
        {"type": "header", "text": {"type": "plain_text", "text": "R&D *not bold*"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "*Area* 2"}]},
        {"type": "divider"},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "_a_"}, {"type": "plain_text", "text": "_b_"}]},
    )
    assert '<h2 class="header">R&amp;D *not bold*</h2>' in html
    assert "<strong>Area</strong> 2" in html
    assert '<hr class="divider">' in html
    assert "<em>a</em>" in html
    assert "_b_" in html


def test_rich_text_lists_links_and_styles() -> None:
    link = {"type": "link", "url": "https://gov.uk", "text": "[1]"}
    item = {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": "a", "style": {"bold": True, "italic": True}}, link],
    }
    html = say(
        "",
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_list", "style": "bullet", "elements": [item]},
                {"type": "rich_text_list", "style": "ordered", "offset": 2, "indent": 1, "elements": [item]},
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q"}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "p"}]},
                {"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}, {"type": "novel"}]},
            ],
        },
    )
    assert '<ul class="indent-0"><li><strong><em>a</em></strong><a href="https://gov.uk"' in html
    assert '<ol class="indent-1" start="3">' in html
    assert "<blockquote>q</blockquote><pre><code>p</code></pre>" in html
    assert "@here</strong>" in html
    assert "cannot show “novel”" in html


def test_markdown_block_with_a_live_ping_and_a_table() -> None:
    html = say(
        "", {"type": "markdown", "text": "## Title\n\n- **a** <!here> [x](https://gov.uk)\n\n|a|b|\n|-|-:|\n|1|2|\n"}
    )
    assert "<h2>Title</h2>" in html
    assert 'title="A live ping of everybody">@here' in html
    assert 'href="https://gov.uk" target="_blank" rel="noopener noreferrer"' in html
    assert '<td class="right">2</td>' in html
    assert "style=" not in html


def test_buttons_name_where_they_stand() -> None:
    button = {
        "type": "button",
        "action_id": "post",
        "style": "primary",
        "text": {"type": "plain_text", "text": "Post <x>"},
    }
    html = say("", {"type": "actions", "block_id": "b1", "elements": [button]})
    values = json.loads(unescape(html.split('hx-vals="')[1].split('"')[0]))
    assert values == {"channel": "C0POLICY", "ts": "1.000001", "block_id": "b1", "action_id": "post"}
    assert '<button type="button" class="button primary" hx-post="/client/U0ADA/act"' in html
    assert ">Post &lt;x&gt;</button>" in html


def test_a_button_with_an_address_is_a_link() -> None:
    button = {
        "type": "button",
        "action_id": "s",
        "url": "https://gov.uk",
        "text": {"type": "plain_text", "text": "Source"},
    }
    html = say("", {"type": "actions", "block_id": "b1", "elements": [button]})
    assert 'href="https://gov.uk" target="_blank" rel="noopener noreferrer">Source</a>' in html
    assert "<button" not in html


def test_table_and_image() -> None:
    html = say(
        "",
        {
            "type": "table",
            "column_settings": [None, {"align": "right"}],
            "rows": [
                [{"type": "raw_text", "text": "Area"}, {"type": "raw_text", "text": "Facts"}],
                [{"type": "raw_text", "text": "<b>"}, {"type": "raw_text", "text": "7"}],
            ],
        },
        {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "A chart"},
    )
    assert '<th class="right">Facts</th>' in html
    assert '<td class="left">&lt;b&gt;</td>' in html
    assert "Picture, not loaded here: A chart" in html
    assert "example.org" not in html


@pytest.mark.parametrize("kind", ["video", "../client", "", "<script>"])
def test_an_unknown_block_is_reported(kind: str) -> None:
    html = say("", {"type": kind})
    assert "This page cannot show this" in html
    assert "<script>" not in html


def test_an_unknown_element_is_reported() -> None:
    html = say("", {"type": "actions", "block_id": "b", "elements": [{"type": "workflow_button", "action_id": "d"}]})
    assert "This page cannot show this workflow_button element." in html


def test_attachments_are_reported() -> None:
    message = Message("C0POLICY", "1.000001", BOT_USER_ID, "hello", attachments=({"text": "x"},))
    assert "This page cannot show this attachment." in str(WRITER.body(message))
