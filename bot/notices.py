"""Changes in words: alerts, corrections of what stands, and words to one person, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.changes import marked, old_and_new
from bot.content.render import Renderer
from bot.wording import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.content.markdown import Markdown
    from bot.content.models import DatedReason, Fact
    from bot.store.revision import Change, ChangeKind, Revision

LINES_IN_POST: Final = 10
"""Facts told in one post; the others follow in its thread."""


@dataclass(frozen=True, slots=True)
class Line:
    """A changed fact as templates/alert.md.j2 and correction.md.j2 tell it.

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


class Notices:
    """Tells changes in the words of one revision's templates."""

    def __init__(self, revision: Revision) -> None:
        """Compile the templates of this revision."""
        self._content = revision.content
        self._published_on = revision.published_at.date()
        self._renderer = Renderer(revision.content, published_on=self._published_on)
        self._titles = {area.key: area.title for area in revision.content.areas}

    def alert(self, changes: Sequence[Change], note: str) -> tuple[str, ...]:
        """Return an alert: the post first, then what continues in its thread."""
        lines = [self._line(change) for change in changes]
        areas = dict.fromkeys(line.area for line in lines)
        title = f"What changed: {', '.join(areas)}"
        parts = [lines[start : start + LINES_IN_POST] for start in range(0, len(lines), LINES_IN_POST)]
        return tuple(
            self._renderer.page(
                "alert",
                title="" if number else title,
                note="" if number else note,
                lines=part,
                more=0 if number else len(lines) - len(part),
            )
            for number, part in enumerate(parts)
        )

    def correction(self, changes: Sequence[Change]) -> str:
        """Return what is put above a post that showed these facts, and into its thread."""
        return self._renderer.page("correction", lines=[self._line(each) for each in changes], on=self._published_on)

    def answer(self, ids: Sequence[str]) -> str:
        """Return a look-up's reply as it reads now: the first fact is the answer, the others are related to it."""
        facts = self._content.facts
        related = tuple(facts[each] for each in ids[1:] if each in facts and facts[each].is_current)
        fact = facts[ids[0]]
        area = next(area for area in self._content.areas if area.key == fact.area)
        return self._renderer.page("answer", fact=fact, related=related, area=area)

    def holds(self, fact_id: str) -> bool:
        """Whether the files still hold a fact, served or not."""
        return fact_id in self._content.facts

    def follower(self, fact: Fact) -> Fact | None:
        """Return the fact that takes this one's place, if there is one."""
        return self._content.facts.get(fact.superseded_by) if fact.superseded_by else None

    def watched(self, changes: Sequence[Change]) -> str:
        """Return what somebody is told who wanted to hear of these facts."""
        title = f"{'A fact' if len(changes) == 1 else 'Facts'} that you asked about changed"
        return self._renderer.page("alert", title=title, note="", lines=[self._line(each) for each in changes], more=0)

    def _line(self, change: Change) -> Line:
        wordings = old_and_new(change) or _old_and_new_short(change) or (None, None)
        fact = change.fact
        return Line(
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
