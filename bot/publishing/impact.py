"""What publishing an edit would change: facts, briefings, answers to questions, the alert and its channels. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from bot.changes.detect import detect_changes
from bot.changes.messages import ChangeMessages
from bot.changes.word_diff import weighs, weighty_changes, words_of
from bot.content.certainty import Certainty
from bot.content.checks.references import check_vanished
from bot.content.faults import Severity, in_order
from bot.content.render import Renderer
from bot.lookup.language.lexicon import FUNCTION_WORDS
from bot.publishing.comparing.changed_answers import Questions, changed_answers
from bot.publishing.comparing.entry_edits import as_text, entry_edits
from bot.publishing.notices import hold_reason
from bot.store.revision import ChangeKind, Revision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from bot.alerts.alerts import Alert
    from bot.content.faults import Fault
    from bot.content.models import Content, Fact
    from bot.publishing.comparing.changed_answers import ChangedAnswer
    from bot.publishing.comparing.entry_edits import EntryEdit
    from bot.store.revision import Change

POSTS_RENDERED: Final = 10
"""Messages of the alert: each has ten facts, and takes some milliseconds."""
NOTHING_ASKED: Final = Questions()
_UNSEEN: Final = frozenset({"id", "place"})
_FIRM: Final = (Certainty.STATED, Certainty.INTENDED)
_LOOSE: Final = (Certainty.POSSIBLE, Certainty.FORECAST, Certainty.SAID, Certainty.UNSTATED)


@dataclass(frozen=True, slots=True)
class FactEdit:
    """A fact whose entry differs. `kind` is None where readers are told nothing: keywords, spelling, days of checks.

    `before` is None for a new fact, `after` for one that is in no file any more. `areas` are keys.
    """

    fact_id: str
    kind: ChangeKind | None
    areas: tuple[str, ...]
    before: Fact | None
    after: Fact | None

    @property
    def fields(self) -> tuple[tuple[str, str, str], ...]:
        """The fields that differ: name, text before, text after; empty for a fact that is new or gone."""
        if self.before is None or self.after is None:
            return ()
        names = (each.name for each in fields(self.before) if each.name not in _UNSEEN)
        differing = ((each, getattr(self.before, each), getattr(self.after, each)) for each in names)
        shown = ((name, as_text(old), as_text(new)) for name, old, new in differing)
        return tuple((name, old, new) for name, old, new in shown if old != new)

    @property
    def weighty(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The hedges, negations and numbers that the statement lost, and those that it got."""
        if self.before is None or self.after is None:
            return (), ()
        return weighty_changes(self.before.statement, self.after.statement)

    @property
    def left_in_short(self) -> tuple[str, ...]:
        """The words that the statement lost and that the briefing's line still has, in its order."""
        if self.before is None or self.after is None or not self.after.short:
            return ()
        gone = set(words_of(self.before.statement)) - set(words_of(self.after.statement))
        telling = {each for each in gone if each not in FUNCTION_WORDS or weighs(each)}
        return tuple(each for each in words_of(self.after.short) if each in telling)

    @property
    def is_firmer(self) -> bool:
        """Whether a fact that was possible, forecast, reported or not stated is stated or intended now, or stated."""
        if self.before is None or self.after is None:
            return False
        old, new = self.before.certainty, self.after.certainty
        return (old in _LOOSE and new in _FIRM) or (old is Certainty.INTENDED and new is Certainty.STATED)


@dataclass(frozen=True, slots=True)
class ChangedBriefing:
    """A briefing as Markdown before and after, without the lines on its last change; `area` is its key.

    `before` and `after` have the details, the short ones have not. Of a new or deleted area one side is empty.
    """

    area: str
    title: str
    before: str
    after: str
    short_before: str
    short_after: str


@dataclass(frozen=True, slots=True)
class Impact:
    """What publishing an edit would change. `base` says against what, as in “revision 3”.

    `changes` are told to readers; `edits` are all entries that differ. `alert` is what a channel that subscribes to
    every area would get, as Markdown: the post, then up to nine messages of its thread. `alerts` are those of the
    channels that subscribe, None where the channels are not known. `faults` are the candidate's, warnings and vanished
    facts included. `hold` says why publishing would hold the edit. `base_faults` are those that keep the base from
    loading: then nothing can be compared. `unasked` counts questions that were left out for want of time. `titles` are
    those of both contents' areas by key. `entries` are what differs beside facts: sources, memorandum.yaml, templates.
    """

    base: str
    changes: tuple[Change, ...] = ()
    edits: tuple[FactEdit, ...] = ()
    briefings: tuple[ChangedBriefing, ...] = ()
    answers: tuple[ChangedAnswer, ...] = ()
    alert: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] | None = None
    faults: tuple[Fault, ...] = ()
    hold: str = ""
    base_faults: tuple[Fault, ...] = ()
    unasked: int = 0
    titles: tuple[tuple[str, str], ...] = ()
    entries: tuple[EntryEdit, ...] = ()

    @property
    def errors(self) -> int:
        """How many faults keep the candidate from being published."""
        return sum(fault.severity is Severity.ERROR for fault in self.faults)

    @property
    def vanished(self) -> tuple[Fault, ...]:
        """The faults for facts that are gone from the files without a reason."""
        return tuple(fault for fault in self.faults if fault.code.value == "vanished-fact")


def impact_of(  # noqa: PLR0913 — what it is held against, each a keyword
    before: Content,
    after: Content,
    *,
    base: str,
    now: datetime,
    questions: Questions = NOTHING_ASKED,
    channels: Callable[[tuple[Change, ...]], Sequence[Alert]] | None = None,
    faults: Sequence[Fault] = (),
    note: str = "",
) -> Impact:
    """Return what changes from `before` to `after`.

    `channels` returns the alerts of the subscribed channels; leave it out where they are not known. `faults` are those
    of the candidate; `note` is the maintainer's to readers, `now` aware UTC.
    """
    changes = detect_changes(before, after)
    answers, unasked = changed_answers(before, after, questions)
    vanished = check_vanished(before.current_facts(), after)
    return Impact(
        base=base,
        changes=changes,
        edits=tuple(_edits(before, after, changes)),
        briefings=changed_briefings(before, after),
        answers=answers,
        alert=_alert(Revision(1, after, now, note or None), changes),
        alerts=None if channels is None else tuple(channels(changes)),
        faults=in_order((*faults, *vanished)),
        hold=hold_reason(before, changes),
        unasked=unasked,
        titles=tuple({area.key: area.title for area in (*before.areas, *after.areas)}.items()),
        entries=tuple(entry_edits(before, after)),
    )


def alone(after: Content, *, base: str, base_faults: Sequence[Fault], faults: Sequence[Fault]) -> Impact:
    """Return what can be said of a candidate whose base does not load: its briefings and its faults."""
    titles = {area.key: area.title for area in after.areas}
    briefings = tuple(
        ChangedBriefing(key, titles[key], "", long, "", short) for key, (long, short) in _briefings(after).items()
    )
    return Impact(base, briefings=briefings, faults=tuple(faults), base_faults=tuple(base_faults))


def changed_briefings(before: Content, after: Content) -> tuple[ChangedBriefing, ...]:
    """Return the briefings whose text differs, without the lines on their last change."""
    old, new = _briefings(before), _briefings(after)
    titles = {area.key: area.title for area in (*before.areas, *after.areas)}
    found: list[ChangedBriefing] = []
    for key in dict.fromkeys((*new, *old)):
        (long, short), (new_long, new_short) = old.get(key, ("", "")), new.get(key, ("", ""))
        if (long, short) != (new_long, new_short):
            found.append(ChangedBriefing(key, titles[key], long, new_long, short, new_short))
    return tuple(found)


def _briefings(content: Content) -> dict[str, tuple[str, str]]:
    """Return each area's briefing with the details, and its short form."""
    renderer = Renderer(content)
    return {
        area.key: (renderer.unchanging(area.key, long=True), renderer.unchanging(area.key, long=False))
        for area in content.areas
    }


def _edits(before: Content, after: Content, changes: Sequence[Change]) -> Iterator[FactEdit]:
    """Yield what readers are told in the order of the changes, then the other entries that differ."""
    for change in changes:
        yield FactEdit(change.fact_id, change.kind, change.areas, change.before, change.after)
    told = {change.fact_id for change in changes}
    for fact_id in dict.fromkeys((*after.facts, *before.facts)):
        edit = FactEdit(fact_id, None, (), before.facts.get(fact_id), after.facts.get(fact_id))
        fact = edit.after or edit.before
        if fact_id not in told and fact and (edit.before is None or edit.after is None or edit.fields):
            yield FactEdit(fact_id, None, (fact.area,), edit.before, edit.after)


def _alert(revision: Revision, changes: Sequence[Change]) -> tuple[str, ...]:
    if not changes:
        return ()
    messages = ChangeMessages(revision).alert(changes, revision.note or "", posts=POSTS_RENDERED)
    return tuple(message.markdown for message in messages)
