"""Slack's markdown block as safe HTML, with live mentions as in mrkdwn."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

    from workspace.rendering.mrkdwn import Inline


@cache
def markdown_parser() -> MarkdownIt:
    """Return the parser; render with `{"inline": …}`, the Inline that writes for the reader."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("text", _markdown_words)
    parser.add_render_rule("link_open", _markdown_link)
    parser.add_render_rule("image", _markdown_image)
    parser.add_render_rule("th_open", _markdown_cell)
    parser.add_render_rule("td_open", _markdown_cell)
    return parser


def _markdown_words(
    _self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType
) -> str:
    inline: Inline = env["inline"]
    return str(inline.literal_with_mentions(tokens[index].content))


def _markdown_link(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    tokens[index].attrSet("target", "_blank")
    tokens[index].attrSet("rel", "noopener noreferrer")
    return self.renderToken(tokens, index, options, env)


def _markdown_image(
    _self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    return str(escape(tokens[index].content))


def _markdown_cell(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    style = str(tokens[index].attrs.pop("style", ""))
    if style:  # the Content-Security-Policy forbids inline styles
        tokens[index].attrSet("class", style.removeprefix("text-align:"))
    return self.renderToken(tokens, index, options, env)
