"""Changes in words: alerts, corrections of what stands, and words to one person, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot.changes.detect import marked, old_and_new
from bot.changes.word_diff import compare
from bot.content.render import Renderer
from bot.text import Markdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.content.models import Content, DatedReason, Fact
    from bot.store.revision import Change, ChangeKind, Revision

LINES_IN_POST: Final = 10
"""Facts told in one post; the others follow in its thread."""
_AS_PROMISED: Final = "This is the one message that you asked for."


@dataclass(frozen=True, slots=True)
class RenderedChange:
    """A text in Markdown. `told` holds, by a fact's id, the very part of it that tells of the fact's change."""

    markdown: str
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A changed fact in Markdown: as a page prints it, under the kind of change or the fact's area."""

    fact_id: str
    heading: str
    area: str
    markdown: Markdown


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A changed fact as templates/change.md.j2, change-short.md.j2 and correction.md.j2 tell it.

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
    """Tells changes in the words of one revision's templates."""

    def __init__(self, revision: Revision) -> None:
        """Compile the templates of this revision."""
        self._content = revision.content
        self._published_on = revision.published_at.date()
        self._renderer = Renderer(revision.content)
        self._titles = {area.key: area.title for area in revision.content.areas}

    def alert(self, changes: Sequence[Change], note: str) -> tuple[RenderedChange, ...]:
        """Return an alert: the post first, then what continues in its thread."""
        lines = [self._change(change) for change in changes]
        areas = dict.fromkeys(line.area for line in lines)
        title = f"What changed: {', '.join(areas)}"
        parts = [lines[start : start + LINES_IN_POST] for start in range(0, len(lines), LINES_IN_POST)]
        return tuple(
            self.page(
                "alert",
                part,
                title="" if number else title,
                note="" if number else note,
                lines=part,
                more=0 if number else len(lines) - len(part),
            )
            for number, part in enumerate(parts)
        )

    def page(self, name: str, told: Sequence[ShownChange], **context: object) -> RenderedChange:
        """Return a page that prints these changes as they stand. Raises RenderError."""
        markdown = self._renderer.page(name, **context)
        return RenderedChange(markdown, {each.fact_id: each.markdown for each in told})

    def short(self, change: Change, on: date, *, names_area: bool) -> ShownChange:
        """Return a change in a few words, as of the day on which it was published."""
        line = self._line(change)
        if change.before and change.after and change.before.short and change.after.short:
            old, new = _old_and_new_short(change) or (line.old, line.new)
            line = replace(line, old=old, new=new)
        area = line.area if names_area else ""
        markdown = self._renderer.page("change-short", line=line, on=on, area=area)
        return ShownChange(change.fact_id, line.heading, line.area, Markdown(markdown.strip()))

    def briefing(self, area_key: str, *, long: bool) -> Markdown:
        """Return an area's briefing, without what it says of its last change."""
        return Markdown(self._renderer.unchanging(area_key, long=long))

    @property
    def content(self) -> Content:
        """What is known in this revision."""
        return self._content

    def correction(self, changes: Sequence[Change]) -> str:
        """Return what is put above a post that showed these facts, and into its thread."""
        return self._renderer.page("correction", lines=[self._line(each) for each in changes], on=self._published_on)

    def answer(self, ids: Sequence[str]) -> str:
        """Return a look-up's reply as it reads now: the first fact is the answer, the others are related to it."""
        facts = self._content.facts
        related = tuple(facts[each] for each in ids[1:] if each in facts and facts[each].is_current)
        fact = facts[ids[0]]
        area = next(area for area in self._content.areas if area.key == fact.area)
        return self._renderer.page("answer", fact=fact, related=related, area=area, above="")

    def holds(self, fact_id: str) -> bool:
        """Whether the files still hold a fact, served or not."""
        return fact_id in self._content.facts

    def follower(self, fact: Fact) -> Fact | None:
        """Return the fact that takes this one's place, if there is one."""
        return self._content.facts.get(fact.superseded_by) if fact.superseded_by else None

    def watched(self, changes: Sequence[Change]) -> str:
        """Return what somebody is told who wanted to hear of these facts."""
        title = f"{'A fact' if len(changes) == 1 else 'Facts'} that you asked about changed"
        lines = [self._change(change) for change in changes]
        return self._renderer.page("alert", title=title, note=_AS_PROMISED, lines=lines, more=0)

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
            replaced_by=self.follower(fact),
        )


def _old_and_new_short(change: Change) -> tuple[Markdown, Markdown] | None:
    """Return the briefing's line as it was and is, where nothing but that changed."""
    if change.before is None or change.after is None or change.before.short == change.after.short:
        return None
    old, new = compare(change.before.short or change.before.statement, change.after.short or change.after.statement)
    return marked(old), marked(new)
