"""Messages and Block Kit as HTML: a template per kind of block and element; an unknown kind gets a notice."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, TemplateNotFound
from markupsafe import Markup

from workspace.rendering.controls import GROUPS, BlockContext, Control, field_id
from workspace.rendering.markdown import markdown_parser
from workspace.rendering.mrkdwn import Inline, has_safe_scheme
from workspace.rendering.rich_text import RichText
from workspace.state.records import SLACKBOT_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from workspace.state.forms import Values
    from workspace.state.records import Message
    from workspace.state.state import State


@cache
def environment() -> Environment:
    """Return the page's templates: autoescaped, and strict about undefined names."""
    templates = Environment(
        loader=PackageLoader("workspace"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {"has_safe_scheme": has_safe_scheme, "field_id": field_id, "groups": GROUPS}
    templates.globals["icons"] = templates.get_template("icons.html").module
    return templates


class BlockWriter:
    """Writes Block Kit for one user."""

    def __init__(self, state: State, viewer: str) -> None:
        """Write for the user id `viewer`; names come from `state`."""
        self._state = state
        self._inline = Inline(state, viewer)
        self._rich = RichText(self._inline)
        self._viewer = viewer

    def blocks(self, blocks: Sequence[Mapping[str, Any]], context: BlockContext) -> Markup:
        """Return the blocks, one below the other."""
        return Markup("\n").join(self._block(block, context) for block in blocks)

    def plain(self, composition: Mapping[str, Any] | None) -> Markup:
        """Return a text object; nothing for none."""
        if not composition:
            return Markup()
        if composition.get("type") == "mrkdwn":
            return self._inline.mrkdwn(composition.get("text", ""))
        return self._inline.plain(composition.get("text", ""))

    def words(self, text: str, commands: frozenset[str] = frozenset()) -> Markup:
        """Return mrkdwn; code that begins with one of these commands can be clicked into the message box."""
        return replace(self._inline, commands=commands).mrkdwn(text)

    def _block(self, block: Mapping[str, Any], context: BlockContext) -> Markup:
        template = _template("block", str(block.get("type", "")))
        if template is None:
            return unsupported(f"{block.get('type', '')} block")
        block_id = str(block.get("block_id", ""))
        return self._filled(
            template,
            item=block,
            error=context.errors.get(block_id, ""),
            element=lambda inner: self._element(inner, block, context),
            block=lambda inner: self._block(inner, context),
        )

    def _element(self, element: Mapping[str, Any], block: Mapping[str, Any], context: BlockContext) -> Markup:
        template = _template("element", str(element.get("type", "")))
        if template is None:
            return unsupported(f"{element.get('type', '')} element")
        control = Control(element, block, context, self._state, self._viewer)
        return self._filled(template, item=element, control=control)

    def _filled(self, template: Template, **values: object) -> Markup:
        return Markup(  # noqa: S704 — the template has escaped everything
            template.render(text=self.plain, rich_text=self._rich.block, markdown=self._markdown, **values)
        )

    def _markdown(self, text: str) -> Markup:
        """Return the text of a markdown block."""
        return Markup(markdown_parser().render(text, {"inline": self._inline}))  # noqa: S704 — html is off in it


class MessageWriter:
    """Writes the bodies of messages for one user, with a cache."""

    def __init__(
        self,
        state: State,
        viewer: str,
        *,
        chosen: Callable[[Message], Values],
        commands: frozenset[str] = frozenset(),
    ) -> None:
        """Write for the user id `viewer`; names come from `state`.

        Slackbot's code that begins with one of `commands` can be clicked into the message box.
        `chosen` returns what the viewer has chosen in a message's elements.
        """
        self._state = state
        self._commands = commands
        self._chosen = chosen
        self._writer = BlockWriter(state, viewer)
        self._written: dict[tuple[str, str], tuple[tuple[Message, date, Values], Markup]] = {}

    def body(self, message: Message) -> Markup:
        """Return the message's blocks, or its text when it has none; attachments are named, not drawn."""
        key, chosen = (message.channel, message.ts), self._chosen(message)
        state = (message, self._state.now.date(), chosen)  # "today" ends at midnight
        known, body = self._written.get(key, (None, Markup()))
        if known != state:
            body = self._body(message, chosen)
            self._written[key] = (state, body)
        return body

    def _body(self, message: Message, chosen: Values) -> Markup:
        if message.blocks:
            context = BlockContext({"channel": message.channel, "ts": message.ts}, values=chosen)
            parts = [self._writer.blocks(message.blocks, context)]
        else:
            words = self._writer.words(message.text, self._commands if message.user == SLACKBOT_ID else frozenset())
            parts = [Markup('<div class="text">{}</div>').format(words)]
        parts += [unsupported("attachment") for _ in message.attachments]
        return Markup("\n").join(parts)


def unsupported(kind: str) -> Markup:
    """Return a notice in place of something that the page cannot draw."""
    return Markup('<p class="unknown">This page cannot show this {}.</p>').format(kind.strip() or "block")


@cache
def _template(what: str, kind: str) -> Template | None:
    if not kind.replace("_", "").isalnum():
        return None
    try:
        return environment().get_template(f"{what}s/{kind}.html")
    except TemplateNotFound:
        return None
