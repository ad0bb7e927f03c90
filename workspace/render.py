"""Messages and Block Kit as HTML: a template per kind of block and element; an unknown kind is told plainly."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, TemplateNotFound
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from workspace.mrkdwn import Inline, has_safe_scheme
from workspace.records import SLACKBOT_ID
from workspace.rich_text import RichText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

    from workspace.mrkdwn import Directory
    from workspace.records import Message


@cache
def environment() -> Environment:
    """Return the templates of the page: everything put into them is escaped, and a name they lack is an error."""
    templates = Environment(
        loader=PackageLoader("workspace"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["has_safe_scheme"] = has_safe_scheme
    return templates


class MessageWriter:
    """Writes what messages say as one member of the workspace sees it; what has not changed is written once."""

    def __init__(self, directory: Directory, viewer: str) -> None:
        """Write for the user id `viewer`; names come from `directory`."""
        self._inline = Inline(directory, viewer)
        self._rich = RichText(self._inline)
        self._viewer = viewer
        self._written: dict[tuple[str, str], tuple[Message, Markup]] = {}

    def body(self, message: Message) -> Markup:
        """Return the message's blocks, or its text when it has none; attachments are named, not drawn."""
        key = (message.channel, message.ts)
        known, body = self._written.get(key, (None, Markup()))
        if known is not message:  # messages never change: an edit puts another in its place
            body = self._body(message)
            self._written[key] = (message, body)
        return body

    def _body(self, message: Message) -> Markup:
        if message.blocks:
            parts = [self.block(block, message) for block in message.blocks]
        else:
            inline = replace(self._inline, code_to_try=message.user == SLACKBOT_ID)
            parts = [Markup('<div class="text">{}</div>').format(inline.mrkdwn(message.text))]
        parts += [told("attachment") for _ in message.attachments]
        return Markup("\n").join(parts)

    def block(self, block: Mapping[str, Any], message: Message) -> Markup:
        """Return one block; `message` is where its buttons stand."""
        return self._fill("block", block, message, str(block.get("block_id", "")))

    def _fill(self, what: str, item: Mapping[str, Any], message: Message, block_id: str) -> Markup:
        template = _template(what, str(item.get("type", "")))
        if template is None:
            return told(f"{item.get('type', '')} {what}")
        return Markup(  # noqa: S704 — the template has escaped everything
            template.render(
                item=item,
                message=message,
                viewer=self._viewer,
                text=self._text,
                rich_text=self._rich.block,
                markdown=self._markdown,
                block_id=block_id,
                element=lambda inner: self._fill("element", inner, message, block_id),
            )
        )

    def _text(self, composition: Mapping[str, Any] | None) -> Markup:
        """Return a text object: mrkdwn or plain_text."""
        if not composition:
            return Markup()
        if composition.get("type") == "mrkdwn":
            return self._inline.mrkdwn(composition.get("text", ""))
        return self._inline.plain(composition.get("text", ""))

    def _markdown(self, text: str) -> Markup:
        """Return a markdown block's text; Slack's live mentions work in it as they do in mrkdwn."""
        return Markup(_markdown_parser().render(text, {"inline": self._inline}))  # noqa: S704 — html is off in it


def told(kind: str) -> Markup:
    """Return the line that stands in the place of something that the page cannot draw."""
    return Markup('<p class="unknown">This page cannot show this {}.</p>').format(kind.strip() or "block")


@cache
def _template(what: str, kind: str) -> Template | None:
    if not kind.replace("_", "").isalnum():
        return None
    try:
        return environment().get_template(f"{what}s/{kind}.html")
    except TemplateNotFound:
        return None


@cache
def _markdown_parser() -> MarkdownIt:
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
    if style:  # the page forbids inline styles
        tokens[index].attrSet("class", style.removeprefix("text-align:"))
    return self.renderToken(tokens, index, options, env)
