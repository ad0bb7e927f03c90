"""Slack's limits on a message, and how a long text becomes several messages that keep them.

Sources: Slack's reference, "Blocks"; the limit on the characters of a whole message is undocumented and was measured:
characters plus about 125 a block stay below 13,400 (slackapi/bolt-js issue 2509). We stay well below it, because the
reply's own note and buttons are added to the last message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final

from handlers.blocks import HEADER_LIMIT, URL_LIMIT, Block, Kind, Unit, blocks_of, escape, parse, text_of, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE_CHARACTERS: Final = 9_000
"""Characters that a message's own text may have; note, buttons and blocks' overhead come on top."""
MESSAGE_BLOCKS: Final = 15
MOST_MESSAGES: Final = 4
"""Messages that one reply may take: a response_url serves five times, and one is kept for a word of regret."""
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2000
BUTTONS_IN_BLOCK: Final = 25
_ADDRESS = re.compile(r"\]\((\S+)\)")


@dataclass(frozen=True, slots=True)
class Message:
    """One message to be: its blocks, and the same words as top-level `text`, escaped for Slack. Read-only: shared."""

    blocks: tuple[Block, ...]
    text: str


@lru_cache(maxsize=256)
def split(markdown: str) -> tuple[Message, ...]:
    """Return the messages of a Markdown text, at least one, each within Slack's limits. Kept: briefings repeat."""
    groups = _groups(parse(markdown)) or [[]]
    return tuple(Message(tuple(blocks_of(group)), escape(text_of(group))) for group in groups)


def limits(markdown: str) -> Iterator[str]:
    """Yield a sentence for each of Slack's limits that a rendered text would break."""
    for line in markdown.splitlines():
        if line.startswith("# ") and len(title := to_text(line)) > HEADER_LIMIT:
            yield f"The title “{title[:40]}…” is over the {HEADER_LIMIT} characters that Slack shows in a header."
        yield from (
            f"The address {address[:60]}… is over the {URL_LIMIT} characters that Slack takes in a link."
            for address in _ADDRESS.findall(line)
            if len(address) > URL_LIMIT
        )
    units = parse(markdown)
    count = len(_groups(units))
    if count > MOST_MESSAGES:
        size = sum(unit.size for unit in units)
        yield (
            f"The text has {size:,} characters, addresses included, and would need {count} Slack messages; "
            f"at most {MOST_MESSAGES} make one reply."
        )


def _groups(units: tuple[Unit, ...]) -> list[list[Unit]]:
    """Gather units into messages, as many in each as fit; a heading moves on with what it stands over."""
    groups: list[list[Unit]] = []
    group: list[Unit] = []
    for unit in chain.from_iterable(map(_pieces, units)):
        if group and not _fits([*group, unit]):
            moved = [group.pop()] if len(group) > 1 and group[-1].kind in (Kind.HEADING, Kind.HEADER) else []
            groups.append(group)
            group = moved
        group.append(unit)
    return [*groups, group] if group else groups


def _fits(group: list[Unit]) -> bool:
    """Whether these units make one message."""
    return sum(unit.size for unit in group) <= MESSAGE_CHARACTERS and len(blocks_of(group)) <= MESSAGE_BLOCKS


def _pieces(unit: Unit) -> Iterator[Unit]:
    """Cut a unit that no message could hold; all others come back as they are."""
    if unit.size <= MESSAGE_CHARACTERS:
        yield unit
        return
    piece: list[Block] = []
    for element in chain.from_iterable(map(_cuts, unit.elements)):
        if replace(unit, elements=(*piece, element)).size > MESSAGE_CHARACTERS:
            yield replace(unit, elements=tuple(piece))
            piece = []
        piece.append(element)
    yield replace(unit, elements=tuple(piece))


def _cuts(element: Block) -> Iterator[Block]:
    """Cut an element's words so that each piece, with its address, fits into a message."""
    step = MESSAGE_CHARACTERS - URL_LIMIT
    for start in range(0, len(element["text"]), step):
        yield {**element, "text": element["text"][start : start + step]}
