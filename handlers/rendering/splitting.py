"""Splits a long text into several messages, each within Slack's limits, and says which limits a text would break.

The limit on the characters of a whole message is undocumented and was measured: characters plus about 125 a block stay
below 13,400 (slackapi/bolt-js issue 2509). We stay well below it, because the reply's own note and buttons are added to
the last message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final

from handlers.rendering.blocks import (
    HEADER_LIMIT,
    URL_LIMIT,
    Block,
    MarkdownKind,
    TextUnit,
    blocks_of,
    escape,
    kept_units,
    opens_block,
    parse,
    size_of,
    text_of,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MESSAGE_CHARACTERS: Final = 9_000
"""Characters that a message's own text may have; note, buttons and blocks' overhead come on top."""
MESSAGE_BLOCKS: Final = 15
CORRECTED_SIZE: Final = 12_000
"""Characters that a message may have with what corrections put above it, _BLOCK_SIZE for each block included."""

MOST_MESSAGES: Final = 4
"""Messages that one reply may take: a response_url serves five times, and one is kept for an error message."""

_BLOCK_SIZE = 125
_UNBROKEN = re.compile(r"\S*")


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """One message to be: its blocks, and the same words as top-level `text`, escaped for Slack. Read-only: shared."""

    blocks: tuple[Block, ...]
    text: str


def split_anew(markdown: str) -> tuple[SlackMessage, ...]:
    """Return the messages of a Markdown text, at least one. For texts that do not repeat: nothing of them is kept."""
    return _messages(_groups(parse(markdown)))


def split_corrected(markdown: str) -> tuple[SlackMessage, ...]:
    """Return the messages of a corrected post: the text above its first rule goes on top of the first message.

    So the rest keeps its places in the messages that stand; where there is no room for that, all of it is split anew.
    """
    units = parse(markdown)
    cut = next((number for number, unit in enumerate(units, 1) if unit.kind is MarkdownKind.DIVIDER), 0)
    groups = _groups(units[cut:]) or [[]]
    first = [*units[:cut], *groups[0]]
    size = sum(unit.size for unit in first) + _BLOCK_SIZE * len(blocks_of(first))
    return _messages([first, *groups[1:]] if size <= CORRECTED_SIZE else _groups(units))


def _messages(groups: Sequence[Sequence[TextUnit]]) -> tuple[SlackMessage, ...]:
    return tuple(SlackMessage(tuple(blocks_of(group)), escape(text_of(group))) for group in groups or [[]])


@lru_cache(maxsize=512)
def split(markdown: str) -> tuple[SlackMessage, ...]:
    """Return the messages of a Markdown text, at least one, and keep them: briefings and answers repeat."""
    return _messages(_groups(parse(markdown, kept_units)))


def _groups(units: tuple[TextUnit, ...]) -> list[list[TextUnit]]:
    """Gather units into messages, as many in each as fit; a heading stays with the text below it."""
    groups: list[list[TextUnit]] = []
    group: list[TextUnit] = []
    size = blocks = 0
    for unit in chain.from_iterable(map(_pieces, units)):
        blocks += opens_block(unit, group[-1] if group else None)
        more = unit.size
        if group and (size + more > MESSAGE_CHARACTERS or blocks > MESSAGE_BLOCKS):
            moved = (
                [group.pop()]
                if len(group) > 1 and group[-1].kind in (MarkdownKind.HEADING, MarkdownKind.HEADER)
                else []
            )
            groups.append(group)
            group = moved
            size, blocks = sum(each.size for each in moved), len(blocks_of([*moved, unit]))
        group.append(unit)
        size += more
    return [*groups, group] if group else groups


def _pieces(unit: TextUnit) -> Iterator[TextUnit]:
    """Cut a unit that no message could hold; all others come back as they are."""
    if unit.size <= MESSAGE_CHARACTERS:
        yield unit
        return
    piece: list[Block] = []
    size = 0
    for element in chain.from_iterable(map(_cuts, unit.elements)):
        size += size_of(element)
        if size > MESSAGE_CHARACTERS:
            yield replace(unit, elements=tuple(piece))
            piece, size = [], size_of(element)
        piece.append(element)
    yield replace(unit, elements=tuple(piece))


def _cuts(element: Block) -> Iterator[Block]:
    """Cut an element's words so that each piece, with its address, fits into a message."""
    step = MESSAGE_CHARACTERS - URL_LIMIT
    for start in range(0, len(element["text"]), step):
        yield {**element, "text": element["text"][start : start + step]}


def limits(markdown: str) -> Iterator[str]:
    """Yield a sentence for each of Slack's limits that a rendered text would break."""
    for line in markdown.splitlines():
        if line.startswith("# ") and len(title := to_text(line)) > HEADER_LIMIT:
            yield f"The title “{title[:40]}…” is over the {HEADER_LIMIT} characters that Slack shows in a header."
        yield from (
            f"The address {address[:60]}… is over the {URL_LIMIT} characters that Slack takes in a link."
            for address in _addresses(line)
            if len(address) > URL_LIMIT
        )
    count = len(split_anew(markdown))
    if count > MOST_MESSAGES:
        size = sum(unit.size for unit in parse(markdown))
        yield (
            f"The text has {size:,} characters, addresses included, and would need {count} Slack messages; "
            f"at most {MOST_MESSAGES} make one reply."
        )


def _addresses(line: str) -> Iterator[str]:
    """Yield the addresses of the links in a line of Markdown, each place of it read once."""
    for behind in line.split("](")[1:]:
        if found := _UNBROKEN.match(behind):
            yield found[0].rpartition(")")[0]
