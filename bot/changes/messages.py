"""Render changes as Markdown: alerts, corrections of posts, and messages to people who watch a fact."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot.changes.detect import marked, old_and_new
from bot.changes.word_diff import compare
from bot.content.checks.reviews import due
from bot.content.render import Renderer
from bot.text import Markdown, day, escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.content.models import Content, DatedReason, Fact
    from bot.store.revision import Change, ChangeKind, Revision

LINES_IN_POST: Final = 10
"""Facts in one post; the others follow in its thread."""
_ONE_MESSAGE: Final = "This is the one message that you asked for."


@dataclass(frozen=True, slots=True)
class RenderedChange:
    """A Markdown text. `rendered_changes` has, by the fact's id, the part of it that reports the fact's change."""

    markdown: str
    rendered_changes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change rendered as Markdown, to be listed under its heading or its area."""

    fact_id: str
    heading: str
    area: str
    markdown: Markdown


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change in templates/change.md.j2, change-short.md.j2 and correction.md.j2.

    `old` and `new` are its wordings side by side, differing words in bold; `was` and `now` the same as plain text.
    """

    kind: ChangeKind
    heading: str
    fact: Fact
    area: str
    old: Markdown | None
    new: Markdown | None
    was: str
    now: str
    labels: tuple[str, str] | None
    reason: DatedReason | None
    replaced_by: Fact | None


class ChangeMessages:
    """Renders changes by one revision's templates."""

    def __init__(self, revision: Revision, today: date | None = None) -> None:
        """Compile the revision's templates. On `today` answers say, and briefings order, what is past its review."""
        self._content = revision.content
        self._published_on = revision.published_at.date()
        self._renderer = Renderer(revision.content)
        self._titles = {area.key: area.title for area in revision.content.areas}
        self._due = {each.fact.id: each.due_on for each in due(revision.content, today)} if today else {}

    def alert(self, changes: Sequence[Change], note: str, *, posts: int | None = None) -> tuple[RenderedChange, ...]:
        """Return an alert: its post, then the messages of its thread; with `posts` only so many of all these."""
        areas = dict.fromkeys(self._titles.get(change.fact.area, change.fact.area) for change in changes)
        title = f"What changed: {', '.join(areas)}"
        shown = changes if posts is None else changes[: posts * LINES_IN_POST]
        lines = [self._change(change) for change in shown]
        parts = [lines[start : start + LINES_IN_POST] for start in range(0, len(lines), LINES_IN_POST)]
        return tuple(
            self.page(
                "alert",
                part,
                title="" if number else title,
                note="" if number else note,
                lines=part,
                more=0 if number else len(changes) - len(part),
            )
            for number, part in enumerate(parts)
        )

    def page(self, name: str, changes: Sequence[ShownChange], **context: object) -> RenderedChange:
        """Return a page that lists rendered changes. Raises RenderError."""
        markdown = self._renderer.page(name, **context)
        return RenderedChange(markdown, {each.fact_id: each.markdown for each in changes})

    def short(self, change: Change, on: date, *, names_area: bool) -> ShownChange:
        """Render a change in one line, with the day on which it was published."""
        line = self._line(change)
        if change.before and change.after and change.before.short and change.after.short:
            old, new = _old_and_new_short(change) or (line.old, line.new)
            line = replace(line, old=old, new=new)
        area = line.area if names_area else ""
        markdown = self._renderer.page("change-short", line=line, on=on, area=area)
        return ShownChange(change.fact_id, line.heading, line.area, Markdown(markdown.strip()))

    def briefing(self, area_key: str, *, long: bool) -> Markdown:
        """Return an area's briefing, without the lines on its last change."""
        return Markdown(self._renderer.unchanging(area_key, long=long, last=self._due.keys()))

    @property
    def content(self) -> Content:
        """The revision's content."""
        return self._content

    def correction(self, changes: Sequence[Change]) -> str:
        """Return the banner above a post that shows these facts: what they said, what they say now, and why."""
        return self._renderer.page("correction", lines=[self._line(each) for each in changes], on=self._published_on)

    def correction_note(self, changes: Sequence[Change]) -> str:
        """Return the line in the thread of a post that a correction has edited: the banner above it says the rest."""
        first = self._line(changes[0])
        on = day(first.reason.on if first.reason else self._published_on)
        return f"**{first.heading} {on}.** The top of the post says what it said, what it says now, and why."

    def answer(self, ids: Sequence[str], banners: Sequence[str] = ()) -> str:
        """Render an answer again: the first fact is the answer, the others are related.

        `banners` stand above it: a correction whose reason one of them gives is not told twice.
        """
        facts = self._content.facts
        related = tuple(facts[each] for each in ids[1:] if each in facts and facts[each].is_current)
        fact = facts[ids[0]]
        if fact.corrected and any(escape(fact.corrected.why) in banner for banner in banners):
            fact = replace(fact, corrected=None)
        area = next(area for area in self._content.areas if area.key == fact.area)
        due_on = self._due.get(fact.id)
        return self._renderer.page("answer", fact=fact, related=related, area=area, above="", review_due=due_on)

    def has_fact(self, fact_id: str) -> bool:
        """Whether the files still have a fact, current or not."""
        return fact_id in self._content.facts

    def replacement(self, fact: Fact) -> Fact | None:
        """Return the fact that supersedes this one, if there is one."""
        return self._content.facts.get(fact.superseded_by) if fact.superseded_by else None

    def watched(self, changes: Sequence[Change]) -> str:
        """Return the message to a person who watches these facts."""
        title = f"{'A fact' if len(changes) == 1 else 'Facts'} that you asked about changed"
        lines = [self._change(change) for change in changes]
        return self._renderer.page("alert", title=title, note=_ONE_MESSAGE, lines=lines, more=0)

    def _change(self, change: Change) -> ShownChange:
        line = self._line(change)
        markdown = self._renderer.page("change", line=line)
        return ShownChange(change.fact_id, line.heading, line.area, Markdown(markdown.strip()))

    def _line(self, change: Change) -> ChangeLine:
        wordings = old_and_new(change) or _old_and_new_short(change) or (None, None)
        fact = change.fact
        return ChangeLine(
            kind=change.kind,
            heading=change.kind.value.capitalize(),
            fact=fact,
            area=self._titles.get(fact.area, fact.area),
            old=wordings[0],
            new=wordings[1],
            was=(change.before or fact).statement,
            now=fact.statement,
            labels=change.labels,
            reason=change.reason,
            replaced_by=self.replacement(fact),
        )


def _old_and_new_short(change: Change) -> tuple[Markdown, Markdown] | None:
    """Return the short form before and after, where only that changed."""
    if change.before is None or change.after is None or change.before.short == change.after.short:
        return None
    old, new = compare(change.before.short or change.before.statement, change.after.short or change.after.statement)
    return marked(old), marked(new)
