"""A long text becomes several messages, each within Slack's limits.

The limit on the characters of a whole message is undocumented and was measured: characters plus about 125 a block stay
below 13,400 (slackapi/bolt-js issue 2509). We stay well below it, because the reply's own note and buttons are added to
the last message.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final

from handlers.blocks import URL_LIMIT, Block, Kind, Unit, blocks_of, escape, parse, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE_CHARACTERS: Final = 9_000
"""Characters that a message's own text may have; note, buttons and blocks' overhead come on top."""
MESSAGE_BLOCKS: Final = 15


@dataclass(frozen=True, slots=True)
class Message:
    """One message to be: its blocks, and the same words as top-level `text`, escaped for Slack. Read-only: shared."""

    blocks: tuple[Block, ...]
    text: str


def split_anew(markdown: str) -> tuple[Message, ...]:
    """Return the messages of a Markdown text, at least one. For texts that do not repeat: nothing of them is kept."""
    groups = _groups(parse(markdown)) or [[]]
    return tuple(Message(tuple(blocks_of(group)), escape(text_of(group))) for group in groups)


@lru_cache(maxsize=256)
def split(markdown: str) -> tuple[Message, ...]:
    """Return the messages of a Markdown text, at least one, and keep them: briefings and answers repeat."""
    return split_anew(markdown)


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
