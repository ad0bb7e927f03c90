"""App Home as Slack shows it: areas, what is posted in the viewer's channels, and the facts that they watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.actions import Action
from handlers.rendering.blocks import literal, to_blocks
from handlers.rendering.button_rows import area_select, as_button, fits_menu, menu
from handlers.rendering.elements import actions, button, label, notice, person_elements, words
from handlers.rendering.modals import MOST_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.answers.home import ChannelSettings, Home
    from bot.answers.maintaining import Maintaining
    from bot.messages import Row
    from handlers.rendering.blocks import Block
    from handlers.rendering.replies import View

_DIRECT = "Direct messages with me"
_NOTHING = "Nothing yet. In a channel, or in a direct message to me, type /briefing subscribe."
_UNSEEN = "I may not see which channels you are in. In a channel, /briefing subscriptions lists what is posted there."


def home_view(home: Home) -> View:
    """Return a Home as Slack shows it."""
    areas = area_select(map(as_button, home.areas))
    suggest = [button(Action.SUGGEST, "Suggest a fact", Action.SUGGEST)] if home.may_suggest else []
    blocks = [
        *to_blocks(home.intro),
        *actions([button(Action.FIND, "Find a fact", Action.FIND), areas, *suggest]),
        {"type": "divider"},
        *(_maintaining(home.maintaining) if home.maintaining else ()),
        *_places(home),
        *_watches(home),
        *_awaited(home),
        {"type": "divider"},
        *to_blocks(home.help),
        *([notice(home.kept)] if home.kept else []),
    ]
    return {"type": "home", "blocks": blocks[:MOST_BLOCKS]}


def _maintaining(shown: Maintaining) -> Iterator[Block]:
    """Yield the lists of a maintainer, each row with its menu, and who published last."""
    number = 0
    yield notice("For maintainers")
    for each in shown.lists:
        yield _rich(_section(_text(each.heading, is_bold=True)))
        for row in each.rows:
            block: Block = {"type": "section", "text": words(row.text)}
            choices = [choice for choice in map(as_button, row.choices) if fits_menu(choice)]
            yield block | ({"accessory": menu(number, choices)} if choices else {})
            number += 1
        if each.more:
            yield from actions([button(each.more.ask, each.more.label, each.more.value)])
    yield notice(shown.revision)
    yield {"type": "divider"}


def _places(home: Home) -> Iterator[Block]:
    """Yield what is posted in the viewer's channels."""
    yield _rich(_section(_text("What is posted where you are", is_bold=True)))
    for each in home.places:
        yield from _place(each)
    if home.places_left_out:
        yield notice(f"{_unlisted(home.places_left_out)}: there, /briefing subscriptions shows what is posted.")
    elif not home.places and home.sees_channels:
        yield notice(_NOTHING)
    if not home.sees_channels:
        yield notice(_UNSEEN)


def _place(standing: ChannelSettings) -> Iterator[Block]:
    place = standing.place
    name = _text(_DIRECT) if place.is_direct else {"type": "channel", "channel_id": place.channel}
    items = [_section(*_line(each)) for each in standing.lines]
    yield _rich(_section(name), {"type": "rich_text_list", "style": "bullet", "elements": items})
    yield from actions([button(Action.CHANNEL, "Change", place.channel)])


def _line(row: Row) -> Iterator[Block]:
    """Yield a line's words, and the person below it."""
    if row.text:
        yield _text(f"{row.text} " if row.below else row.text)
    if row.below:
        yield from person_elements(row.below)


def _watches(home: Home) -> Iterator[Block]:
    """Yield the facts that the viewer watches, each with a button to stop."""
    if not home.watched:
        return
    yield _rich(_section(_text("I write to you when these facts change", is_bold=True)))
    for number, each in enumerate(home.watched):
        yield _forgettable(f"{Action.UNWATCH}:{number}", each.fact_id, each.words, each.until)
    if home.watches_left_out:
        yield notice(f"{_unlisted(home.watches_left_out)}: in a direct message, /briefing subscriptions does.")


def _awaited(home: Home) -> Iterator[Block]:
    """Yield the questions to which the viewer awaits an answer, each with a button to stop."""
    if home.awaited:
        yield _rich(_section(_text("I write to you when these have an answer", is_bold=True)))
    for number, each in enumerate(home.awaited):
        yield _forgettable(f"{Action.UNAWAIT}:{number}", each.question, each.words, each.until)


def _forgettable(action: str, value: str, text: str, until: str) -> Block:
    """Return a line with a button that forgets it."""
    forget = button(action, "Forget it", value)
    forget["accessibility_label"] = label(f"Forget it: {text}")
    return {"type": "section", "text": words(f"{text}\nUntil {until}"), "accessory": forget}


def _rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _unlisted(count: int) -> str:
    return f"{count} more {'is' if count == 1 else 'are'} not listed"


def _section(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def _text(text: str, *, is_bold: bool = False) -> Block:
    return {"type": "text", "text": literal(text), **({"style": {"bold": True}} if is_bold else {})}
