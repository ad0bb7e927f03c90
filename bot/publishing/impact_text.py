"""The impact of an edit as Markdown, for a Slack message, a pull request's comment and a terminal alike.

Only the Markdown that handlers/rendering/blocks.py knows is used. Words of the content are escaped, and nothing in them
mentions anybody or refers to an issue on GitHub.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, TypeVar

from markdown_it import MarkdownIt

from bot.changes.detect import marked
from bot.changes.messages import LINES_IN_POST
from bot.changes.word_diff import compare
from bot.content.faults import Severity
from bot.text import Markdown, escape, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.content.faults import Fault
    from bot.publishing.impact import ChangedBriefing, FactEdit, Impact

LISTED: Final = 10
"""Facts, lines of one briefing, answers and faults that are listed; then “and 12 more”."""
BRIEFINGS_LISTED: Final = 5
POSTS_LISTED: Final = 2
"""Messages of the alert that are shown: the post and the first of its thread."""
CHARACTERS: Final = 600
"""Characters of one field that are shown."""
UNKNOWN_CHANNELS: Final = "Channels are known to the running bot only."
_POSTS_EDITED: Final = Markdown(
    "Posts that show a fact corrected, withdrawn or superseded here are edited; their channels get no alert on it."
)

_T = TypeVar("_T")
_INLINE: Final = MarkdownIt("commonmark", {"html": False})
_LIVE: Final = re.compile(
    r"(\]\((?:\\.|[^()\\\s])*\))|@(?=\w)|#(?=\d)|\bGH-(?=\d)|^:(?=:)|#(?=\\?#\\?\[)", re.IGNORECASE | re.MULTILINE
)
"""A link's address, which stays; and where GitHub would see a mention, a reference, or a workflow command."""
_JOINER: Final = "\u2060"
"""U+2060 WORD JOINER: readers do not see it."""


@dataclass(frozen=True, slots=True)
class ImpactSection:
    """A part of the text: a heading, as plain text, and Markdown. `is_open`: readers should see it without a press."""

    title: str
    markdown: Markdown
    is_open: bool = False


def inert(markdown: str) -> Markdown:
    """Return Markdown in which nothing mentions, refers or commands; it reads the same."""
    return Markdown(_LIVE.sub(lambda found: found[0] if found[1] else f"{found[0]}{_JOINER}", markdown))


def markdown_of(impact: Impact) -> Markdown:
    """Return the whole text."""
    parts = [f"# {inert(escape(headline(impact)))}", *lead(impact)]
    for section in sections(impact):
        parts += [f"## {inert(escape(section.title))}", section.markdown]
    return Markdown("\n\n".join(parts) + "\n")


def headline(impact: Impact) -> str:
    """Return what changes, in one line of plain text."""
    if impact.errors:
        return f"{_count(impact.errors, 'fault')} to put right: this cannot be published"
    if impact.base_faults:
        return f"Not compared: {impact.base} does not load"
    facts = f"{_count(len(impact.changes), 'fact')} {'changes' if len(impact.changes) == 1 else 'change'}"
    told = facts if impact.changes else "No fact changes"
    if impact.alerts is None:
        alert = "an alert" if impact.changes else "no alert"
    else:
        reached = len({alert.place for alert in impact.alerts})
        alert = f"an alert to {_count(reached, 'channel')}" if reached else "no alert"
    return f"{told} against {impact.base}; {alert}"


def lead(impact: Impact) -> Iterator[Markdown]:
    """Yield the paragraphs that nobody should miss."""
    if impact.hold:
        yield inert(f"**Publishing will hold this.** {escape(impact.hold)}")
    urgent = [line for edit in impact.edits for line in _urgent(edit)]
    yield from urgent[:LISTED]
    if len(urgent) > LISTED:
        yield Markdown(f"and {len(urgent) - LISTED} more such changes")
    if impact.errors and not impact.edits:
        yield Markdown("What it changes is shown once these are put right.")
    elif impact.base_faults:
        yield Markdown("What is shown is the candidate alone.")


def _urgent(edit: FactEdit) -> Iterator[Markdown]:
    """Yield what may make a fact say more than its source."""
    if edit.is_firmer:
        old, new = (escape(fact.label) for fact in (edit.before, edit.after) if fact)
        yield inert(
            f"**More certain than before: {escape(edit.fact_id)}.** It was _{old}_, now _{new}_. "
            "Compare it with its source before you merge."
        )
    gone, new_words = (_cut(", ".join(words)) for words in edit.weighty)
    if gone or new_words:
        said = " ".join((f"Gone: _{gone}_." if gone else "", f"New: _{new_words}_." if new_words else "")).strip()
        yield inert(f"**Hedges, negations or numbers differ: {escape(edit.fact_id)}.** {said}")


def sections(impact: Impact) -> Iterator[ImpactSection]:
    """Yield the parts, the most important first."""
    if impact.faults:
        title = " and ".join(_counted(impact.faults))
        yield ImpactSection(title, _listed(impact.faults, _fault, LISTED), is_open=True)
    if impact.base_faults:
        yield ImpactSection(f"Why {impact.base} does not load", _listed(impact.base_faults, _fault, LISTED))
    titles = dict(impact.titles)
    told = [edit for edit in impact.edits if edit.kind]
    if told:
        yield ImpactSection(
            f"Facts: {len(told)}", _listed(told, lambda edit: _edit(edit, titles), LISTED), is_open=True
        )
    quiet = [edit for edit in impact.edits if not edit.kind]
    if quiet:
        markdown = _listed(quiet, lambda edit: _edit(edit, titles), LISTED)
        yield ImpactSection(f"Without an alert: {_count(len(quiet), 'entry', 'entries')}", markdown)
    yield from _briefings(impact.briefings)
    if impact.answers or impact.unasked:
        yield ImpactSection(f"Answers to questions: {len(impact.answers)}", _answers(impact), is_open=True)
    if impact.changes:
        yield _alert(impact)


def _counted(faults: Sequence[Fault]) -> Iterator[str]:
    for severity in Severity:
        if number := sum(fault.severity is severity for fault in faults):
            yield _count(number, severity.value).capitalize()


def _fault(fault: Fault) -> str:
    where = f"{visible(fault.file)}:{fault.line}:{fault.column}"
    return f"- **{escape(where)}** {fault.severity}, {fault.code}: {_cut(fault.message)} {_cut(fault.hint)}".rstrip()


def _edit(edit: FactEdit, titles: dict[str, str]) -> str:
    areas = ", ".join(escape(titles.get(each, each)) for each in edit.areas)
    kind = edit.kind.value if edit.kind else "in no file any more" if edit.after is None else "no alert"
    where = f", {escape(visible(f'{edit.after.place.file}:{edit.after.place.line}'))}" if edit.after else ""
    paragraphs = [f"- **{escape(edit.fact_id)}** {kind} ({areas}){where}"]
    fact = edit.after or edit.before
    if fact and not edit.fields:
        paragraphs.append(f"{_cut(fact.statement)} _{_cut(fact.label)}_")
    for name, before, after in edit.fields:
        was, now = _compared(before, after)
        paragraphs.append(f"_{escape(name)}_ was: {was or '(empty)'}")
        paragraphs.append(f"_{escape(name)}_ now: {now or '(empty)'}")
    return "\n\n  ".join(paragraphs)


def _briefings(briefings: Sequence[ChangedBriefing]) -> Iterator[ImpactSection]:
    for each in briefings[:BRIEFINGS_LISTED]:
        long = _line_changes(each.before, each.after)
        short = _line_changes(each.short_before, each.short_after)
        where = ", short and with the details" if short == long else ", with the details" if not short else ""
        yield ImpactSection(f"Briefing: {each.title}{where}", _listed(long, _line, LISTED))
        if short and short != long:
            yield ImpactSection(f"Briefing: {each.title}, short", _listed(short, _line, LISTED))
    if len(briefings) > BRIEFINGS_LISTED:
        others = ", ".join(inert(escape(each.title)) for each in briefings[BRIEFINGS_LISTED:])
        yield ImpactSection("Other briefings", Markdown(f"These read differently too: {others}."))


def _line_changes(before: str, after: str) -> list[tuple[str, str]]:
    """Return pairs of the lines that differ, as plain text; a line that is new or gone is beside an empty one."""
    old, new = ([line for line in text.split("\n") if line.strip()] for text in (before, after))
    found: list[tuple[str, str]] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = old[old_from:old_to], new[new_from:new_to]
        both = min(len(gone), len(come))
        pairs = [*zip(gone, come, strict=False), *((each, "") for each in gone[both:]), *(("", x) for x in come[both:])]
        found += [(plain(one), plain(other)) for one, other in pairs]
    return found


def plain(line: str) -> str:
    """Return a line of Markdown as plain text."""
    tokens = _INLINE.parse(line)
    inner = (child for token in tokens for child in token.children or () if token.type == "inline")
    return "".join(each.content for each in inner)


def _line(pair: tuple[str, str]) -> str:
    before, after = pair
    if not before or not after:
        return f"- {'New' if after else 'Gone'}: {_cut(after or before)}"
    was, now = _compared(before, after)
    return f"- Was: {was}\n\n  Now: {now}"


def _answers(impact: Impact) -> Markdown:
    lines = _listed(
        impact.answers,
        lambda each: (
            f"- {'Asked by people: ' if each.is_gap else ''}“{_cut(each.ask)}”: "
            + (
                f"still **{escape(each.after)}**, as it reads now"
                if each.before == each.after
                else f"was **{escape(each.before)}**, now **{escape(each.after)}**"
            )
        ),
        LISTED,
    )
    if impact.unasked:
        rest = f"{_count(impact.unasked, 'question')} could not be asked in time."
        return Markdown("\n\n".join(filter(None, (lines, rest))))
    return lines


def _alert(impact: Impact) -> ImpactSection:
    texts: dict[tuple[str, ...], list[str]] = {}
    for alert in impact.alerts or ():
        if alert.markdown:
            texts.setdefault(alert.markdown, []).append(alert.place.channel)
    parts = [
        _posts(
            posts, f"In {', '.join(escape(each) for each in channels[:LISTED])}{_and_more(len(channels))}:", len(posts)
        )
        for posts, channels in list(texts.items())[:POSTS_LISTED]
    ]
    if not texts:
        where = UNKNOWN_CHANNELS if impact.alerts is None else "No channel gets it."
        parts = [_posts(impact.alert, where, -(-len(impact.changes) // LINES_IN_POST))]
    if (more := len(texts) - POSTS_LISTED) > 0:
        parts.append(Markdown(f"{_count(more, 'other text')} for channels with filters of their own."))
    if any(change.kind.is_correction for change in impact.changes):
        parts.append(_POSTS_EDITED)
    return ImpactSection("The alert as it would be posted", Markdown("\n\n".join(parts)))


def _posts(posts: Sequence[str], where: str, total: int) -> Markdown:
    """Return an alert of so many messages between rules."""
    shown = [inert(post).strip() for post in posts[:POSTS_LISTED]]
    more = total - len(shown)
    rest = [f"{_count(more, 'more message')} in its thread."] if more else []
    return Markdown("\n\n".join([where, "---", *shown, "---", *rest]))


def _and_more(number: int) -> str:
    return f" and {number - LISTED} more" if number > LISTED else ""


def _listed(items: Iterable[_T], render: Callable[[_T], str], limit: int) -> Markdown:
    """Render the first items, and count the others."""
    every = list(items)
    lines = [inert(render(each)) for each in every[:limit]]
    if len(every) > limit:
        lines.append(Markdown(f"and {len(every) - limit} more"))
    return Markdown("\n\n".join(lines))


def _compared(before: str, after: str) -> tuple[str, str]:
    """Return two texts as Markdown, differing words in bold, each cut where it is long."""
    old, new = compare(*(text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]}…" for text in (before, after)))
    return marked(old), marked(new)


def _cut(text: str) -> Markdown:
    return escape(text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]}…")


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"1 {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"
