"""What maintainers see of themes: the weekly post, the list that they ask for, and the lines in Home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button, Choice
from bot.gaps.private_content import dropped_said
from bot.gaps.themes import ThemeState
from bot.messages import ListItem, Outcome, Reply, Row
from bot.outbox.delivery import OutboxMessage
from bot.text import day, escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from bot.gaps.theme_list import ThemeEntry, ThemeList

MOST_POSTED: Final = 10
MOST_LISTED: Final = 20
"""Themes in the list that one person asks for, and decisions below them."""
_EXAMPLES: Final = 2
_LONGEST: Final = 120
_BUTTONS: Final = (
    (Action.THEME_DRAFT, "Draft this fact"),
    (Action.THEME_HOLD, "We hold this"),
    (Action.THEME_REFUSE, "Not for us"),
)
_MENU: Final = ((Action.THEME_NAME, "Rename or merge…"), (Action.THEME_SORT, "Questions…"))
_NONE: Final = "Nobody has asked anything that the facts do not answer."


def weekly_post(listed: ThemeList, since: date, dropped: Mapping[str, int]) -> OutboxMessage | None:
    """Return the weekly post; None where nothing was asked. `dropped`: what was not kept since, by reason."""
    if not listed.open:
        return None
    shown, left = listed.open[:MOST_POSTED], len(listed.open) - MOST_POSTED
    not_kept = f"{_some(sum(dropped.values()), 'question')} ({dropped_said(dropped)})"
    footer = [
        f"{_some(left, 'more theme')}." if left > 0 else "",
        f"Not kept since {day(since)}: {not_kept}." if dropped else "",
    ]
    return OutboxMessage(
        f"{_heading(listed, since)}\n",
        items=tuple(
            ListItem(_markdown(each, since), _buttons(each, _BUTTONS), _buttons(each, _MENU)) for each in shown
        ),
        footer=" ".join(filter(None, footer)),
        buttons=(Button(Action.THEMES, "All themes", "all"),),
        quotes_questions=True,
    )


def theme_reply(listed: ThemeList, since: date) -> Reply:
    """Return the list of themes for one maintainer, and below it what was decided, to take back."""
    if not listed.open and not listed.decided:
        return Reply(Outcome.NOTICE, "", note=_NONE)
    rows = [*theme_rows(listed, since, MOST_LISTED), *map(_decided_row, listed.decided[:MOST_LISTED])]
    left = max(0, len(listed.open) - MOST_LISTED) + max(0, len(listed.decided) - MOST_LISTED)
    more = Row(f"And {left} more: briefing-bot gaps --themes lists all of them.")
    return Reply(Outcome.SUBSCRIPTIONS, _heading(listed, since), rows=(*rows, *((more,) if left else ())))


def theme_rows(listed: ThemeList, since: date, most: int) -> tuple[Row, ...]:
    """Return a line of plain text for each theme, the most asked first, with what can be done about it."""
    return tuple(
        Row(_plain(each, since), tuple(Choice(action, label, each.key) for action, label in (*_BUTTONS, *_MENU)))
        for each in listed.open[:most]
    )


def theme_lines(listed: ThemeList, since: date) -> Iterator[str]:
    """Yield the lines of a terminal: a theme, its questions below it; then what was decided."""
    for each in listed.open:
        words = f" [{', '.join(each.words)}]" if each.words else ""
        yield f"{_plain(each, since)}{words}"
        yield from (f"  {gap.count:5}  {gap.words}" for gap in each.gaps)
    for each in listed.decided:
        yield _decided_row(each).text


def _decided_row(entry: ThemeEntry) -> Row:
    theme = entry.theme
    if theme is None:
        return Row(entry.name)
    said = {
        ThemeState.HELD: f"We hold this: {theme.fact_id}",
        ThemeState.ANSWERED: f"Answered by {theme.fact_id}",
        ThemeState.NOT_FOR_US: f"Not for us: {theme.reason}",
        ThemeState.OPEN: "Not asked any more",
    }[theme.state]
    since = " A fact answers it now: take this back." if entry.answered else ""
    text = f"“{entry.name}” — {said}{since} ({theme.changed_by}, {day(theme.changed_at.date())})"
    value = theme.ref.pack()
    back = () if theme.state is ThemeState.OPEN else (Choice(Action.THEME_REOPEN, "Take it back", value),)
    return Row(text, (*back, Choice(Action.THEME_FORGET, "Forget it and its examples", value)))


def _heading(listed: ThemeList, since: date) -> str:
    asked, new = sum(each.count for each in listed.open), sum(each.new_since(since) for each in listed.open)
    told = f"{_some(asked, 'time')} in {_some(len(listed.open), 'theme')}"
    return f"**What the facts do not answer**: asked {told}; {_some(new, 'question')} new since {day(since)}."


def _markdown(entry: ThemeEntry, since: date) -> str:
    examples = " · ".join(f"“{escape(each)}”" for each in _examples(entry))
    lines = [
        f"**{escape(entry.name)}** — {_counts(entry, since)}",
        f"Also asked: {examples}" if examples else "",
        escape(entry.problem),
        escape(entry.draft),
    ]
    return "\\\n".join(filter(None, lines)) + "\n"


def _plain(entry: ThemeEntry, since: date) -> str:
    return " ".join(filter(None, (f"{entry.name} — {_counts(entry, since)}.", entry.problem, entry.draft)))


def _counts(entry: ThemeEntry, since: date) -> str:
    new, questions = entry.new_since(since), len(entry.gaps)
    told = [f"asked {_some(entry.count, 'time')}", _some(questions, "question"), f"{new} new" if new else ""]
    return ", ".join(filter(None, told))


def _examples(entry: ThemeEntry) -> Sequence[str]:
    others = [gap.words for gap in entry.gaps if gap.words != entry.name][:_EXAMPLES]
    return [each if len(each) <= _LONGEST else f"{each[: _LONGEST - 1].rstrip()}…" for each in others]


def _buttons(entry: ThemeEntry, named: Sequence[tuple[Action, str]]) -> tuple[Button, ...]:
    return tuple(Button(action, label, entry.key) for action, label in named)


def _some(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number:,} {what}s"


def as_json(listed: ThemeList) -> Iterator[Mapping[str, object]]:
    """Yield each theme as a JSON object: those to decide on, the most asked first, then the others."""
    for each in (*listed.open, *listed.decided):
        theme = each.theme
        yield {
            "key": each.key,
            "name": each.name,
            "words": list(each.words),
            "state": theme.state.value if theme else "new",
            "count": each.count,
            "fact_id": theme.fact_id if theme else "",
            "reason": theme.reason if theme else "",
            "problem": each.problem,
            "draft": each.draft,
            "questions": [
                {"words": gap.words, "count": gap.count, "confirmed": gap.id in each.examples} for gap in each.gaps
            ],
            "examples": list(each.examples.values()),
        }
