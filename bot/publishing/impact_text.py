"""The impact of an edit as Markdown, for a Slack message, a pull request's comment and a terminal alike.

Only the Markdown that handlers/rendering/blocks.py knows is used. Words of the content are escaped, and nothing in them
mentions anybody or refers to an issue on GitHub.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.changes.messages import LINES_IN_POST
from bot.content.faults import Severity
from bot.publishing.comparing.bounded_markdown import LISTED, and_more, compared, count, cut, inert, listed
from bot.publishing.comparing.changed_answers import AskKind
from bot.publishing.comparing.differing_lines import differing_lines
from bot.publishing.comparing.entry_edits import SOURCES
from bot.text import Markdown, escape, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.content.faults import Fault
    from bot.publishing.comparing.changed_answers import ChangedAnswer
    from bot.publishing.comparing.differing_lines import DifferingLines
    from bot.publishing.comparing.entry_edits import EntryEdit
    from bot.publishing.impact import FactEdit, Impact

LINES_LISTED: Final = 3
"""Lines of one briefing: whoever decides has the facts that they show."""
BRIEFINGS_LISTED: Final = 5
POSTS_LISTED: Final = 2
"""Messages of the alert that are shown: the post and the first of its thread."""
UNKNOWN_CHANNELS: Final = "Channels are known to the running bot only."
_NO_ALERT: Final = Markdown("No channel gets an alert.")
_POSTS_EDITED: Final = Markdown(
    "Posts that show a fact corrected, withdrawn or superseded here are edited; their channels get no alert on it."
)


@dataclass(frozen=True, slots=True)
class ImpactSection:
    """A part of the text: a heading, as plain text, and Markdown. `is_open`: readers should see it without a press."""

    title: str
    markdown: Markdown
    is_open: bool = False


def markdown_of(impact: Impact) -> Markdown:
    """Return the whole text."""
    parts = [f"# {inert(escape(headline(impact)))}", *lead(impact)]
    for section in sections(impact):
        parts += [f"## {inert(escape(section.title))}", section.markdown]
    return Markdown("\n\n".join(parts) + "\n")


def headline(impact: Impact) -> str:
    """Return what changes, in one line of plain text."""
    if impact.errors:
        return f"{count(impact.errors, 'fault')} to put right: this cannot be published"
    if impact.base_faults:
        return f"Not compared: {impact.base} does not load"
    facts = f"{count(len(impact.changes), 'fact')} {'changes' if len(impact.changes) == 1 else 'change'}"
    told = facts if impact.changes else "No fact changes"
    if impact.alerts is None:
        alert = "an alert" if impact.changes else "no alert"
    else:
        reached = len({alert.place for alert in impact.alerts})
        alert = f"an alert to {count(reached, 'channel')}" if reached else "no alert"
    sources = sum(each.file == SOURCES for each in impact.entries)
    differing = f"; {count(sources, 'source')} {'differs' if sources == 1 else 'differ'}" if sources else ""
    return f"{told} against {impact.base}; {alert}{differing}"


def lead(impact: Impact) -> Iterator[Markdown]:
    """Yield the paragraphs that nobody should miss."""
    if impact.hold:
        yield inert(f"**Publishing will hold this.** {escape(impact.hold)}")
    urgent = [*map(_moved, _addresses(impact)), *(line for edit in impact.edits for line in _urgent(edit))]
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
    if stale := edit.left_in_short:
        words = ", ".join(f"“{each}”" for each in stale)
        yield inert(
            f"**The briefing’s line of {escape(edit.fact_id)}** (`short`) still says {cut(words)}.".replace("`", "")
        )
    gone, new_words = (cut(", ".join(words)) for words in edit.weighty)
    if gone or new_words:
        said = " ".join((f"Gone: _{gone}_." if gone else "", f"New: _{new_words}_." if new_words else "")).strip()
        yield inert(f"**Hedges, negations or numbers differ: {escape(edit.fact_id)}.** {said}")


def _addresses(impact: Impact) -> list[EntryEdit]:
    return [each for each in impact.entries if each.address]


def _moved(entry: EntryEdit) -> Markdown:
    """Return what nobody should miss: readers of so many facts are sent elsewhere."""
    return inert(
        f"**The address of a source differs: {escape(entry.name)}.** {count(entry.cited_by, 'fact')} "
        f"{'cites' if entry.cited_by == 1 else 'cite'} it. Open the new address before you merge."
    )


def sections(impact: Impact) -> Iterator[ImpactSection]:
    """Yield the parts, the most important first."""
    if impact.faults:
        title = " and ".join(_counted(impact.faults))
        yield ImpactSection(title, listed(impact.faults, _fault, LISTED), is_open=True)
    if impact.base_faults:
        yield ImpactSection(f"Why {impact.base} does not load", listed(impact.base_faults, _fault, LISTED))
    titles = dict(impact.titles)
    if impact.entries:
        title = f"Sources, memorandum.yaml and templates: {len(impact.entries)}"
        yield ImpactSection(title, listed(impact.entries, _entry, LISTED), is_open=True)
    told = [edit for edit in impact.edits if edit.kind]
    if told:
        yield ImpactSection(f"Facts: {len(told)}", listed(told, lambda edit: _edit(edit, titles), LISTED), is_open=True)
    quiet = [edit for edit in impact.edits if not edit.kind]
    if quiet:
        markdown = listed(quiet, lambda edit: _edit(edit, titles), LISTED)
        yield ImpactSection(f"Without an alert: {count(len(quiet), 'entry', 'entries')}", markdown)
    if impact.answers or impact.unasked:
        yield ImpactSection(f"Answers to questions: {len(impact.answers)}", _answers(impact), is_open=True)
    yield from _briefings(impact)
    if impact.changes:
        yield _alert(impact)


def _counted(faults: Sequence[Fault]) -> Iterator[str]:
    for severity in Severity:
        if number := sum(fault.severity is severity for fault in faults):
            yield count(number, severity.value).capitalize()


def _fault(fault: Fault) -> str:
    where = f"{visible(fault.file)}:{fault.line}:{fault.column}"
    return f"- **{escape(where)}** {fault.severity}, {fault.code}: {cut(fault.message)} {cut(fault.hint)}".rstrip()


def _edit(edit: FactEdit, titles: dict[str, str]) -> str:
    areas = ", ".join(escape(titles.get(each, each)) for each in edit.areas)
    kind = edit.kind.value if edit.kind else "in no file any more" if edit.after is None else "no alert"
    where = f", {escape(visible(f'{edit.after.place.file}:{edit.after.place.line}'))}" if edit.after else ""
    paragraphs = [f"- **{escape(edit.fact_id)}** {kind} ({areas}){where}"]
    fact = edit.after or edit.before
    if fact and not edit.fields:
        paragraphs.append(f"{cut(fact.statement)} _{cut(fact.label)}_")
    for name, before, after in edit.fields:
        was, now = compared(before, after)
        paragraphs.append(f"_{escape(name)}_ was: {was or '(empty)'}")
        paragraphs.append(f"_{escape(name)}_ now: {now or '(empty)'}")
    return "\n\n  ".join(paragraphs)


def _entry(entry: EntryEdit) -> str:
    cited = f", cited by {count(entry.cited_by, 'fact')}" if entry.name else ""
    said = [f"**{escape(entry.name or entry.file)}**{cited}"]
    for name, before, after in entry.fields[:LISTED]:
        was, now = compared(before, after)
        said.append(f"_{escape(name)}_: {was or '(none)'} → {now or '(none)'}")
    return f"- {'; '.join(said)}{and_more(len(entry.fields))}"


def _briefings(impact: Impact) -> Iterator[ImpactSection]:
    told = {each.address for each in impact.entries}
    linked: list[str] = []
    for each in impact.briefings[:BRIEFINGS_LISTED]:
        long = differing_lines(each.before, each.after)
        short = differing_lines(each.short_before, each.short_after)
        if not any(
            found.lines or found.others or {pair for pair, _ in found.addresses} - told for found in (long, short)
        ):
            linked.append(each.title)
            continue
        has_short = each.short_before != each.short_after
        where = ", short and with the details" if short == long else "" if has_short else ", with the details"
        yield ImpactSection(f"Briefing: {each.title}{where}", _lines(long))
        if has_short and short != long:
            yield ImpactSection(f"Briefing: {each.title}, short", _lines(short))
    if linked:
        titles = "; ".join(inert(escape(each)) for each in linked)
        yield ImpactSection("Briefings that link to another address", Markdown(f"Nothing else differs in: {titles}."))
    if len(impact.briefings) > BRIEFINGS_LISTED:
        others = ", ".join(inert(escape(each.title)) for each in impact.briefings[BRIEFINGS_LISTED:])
        yield ImpactSection("Other briefings", Markdown(f"These read differently too: {others}."))


def _lines(found: DifferingLines) -> Markdown:
    parts = [listed(found.lines, _line, LINES_LISTED)] if found.lines else []
    if found.addresses:
        parts.append(listed(found.addresses, _address, LINES_LISTED))
    if found.others:
        parts.append(Markdown(f"{count(found.others, 'line')} with other emphasis or cited words only."))
    return Markdown("\n\n".join(parts))


def _address(found: tuple[tuple[str, str], int]) -> str:
    (before, after), lines = found
    was, now = compared(before, after)
    return f"- Address in {count(lines, 'line')}: {was} → {now}"


def _line(pair: tuple[str, str]) -> str:
    before, after = pair
    if not before or not after:
        return f"- {'New' if after else 'Gone'}: {cut(after or before)}"
    was, now = compared(before, after)
    return f"- Was: {was}\n\n  Now: {now}"


def _answers(impact: Impact) -> Markdown:
    lines = listed(impact.answers, _answer, LISTED)
    if impact.unasked:
        rest = f"{count(impact.unasked, 'question')} could not be asked in time."
        return Markdown("\n\n".join(filter(None, (lines, rest))))
    return lines


def _answer(each: ChangedAnswer) -> str:
    before, after = (f"**{escape(text)}**" for text in (each.before, each.after))
    if each.kind in {AskKind.LISTED, AskKind.GAP}:
        asked = "Asked by people: " if each.kind is AskKind.GAP else ""
        got = f"still {after}, as it reads now" if before == after else f"was {before}, now {after}"
    else:
        asked = "The theme’s " if each.kind is AskKind.THEME else "The keyword "
        same = before == after
        if each.is_answered:
            got = f"is answered with {after} already" if same else f"would be answered with {after}, was {before}"
        else:
            got = f"would still not be answered: {after}" if same else f"would not be answered: {after}, was {before}"
    is_named = each.kind in {AskKind.THEME, AskKind.KEYWORD}
    return f"- {asked}“{cut(each.ask)}”{' ' if is_named else ': '}{got}"


def _alert(impact: Impact) -> ImpactSection:
    texts: dict[tuple[str, ...], list[str]] = {}
    for alert in impact.alerts or ():
        if alert.markdown:
            texts.setdefault(alert.markdown, []).append(alert.place.channel)
    parts = [
        _posts(
            posts, f"In {', '.join(escape(each) for each in channels[:LISTED])}{and_more(len(channels))}:", len(posts)
        )
        for posts, channels in list(texts.items())[:POSTS_LISTED]
    ]
    is_correction = any(change.kind.is_correction for change in impact.changes)
    if not texts and impact.alerts is not None and is_correction:
        parts = [_NO_ALERT]
    elif not texts:
        where = UNKNOWN_CHANNELS if impact.alerts is None else "No channel gets it."
        parts = [_posts(impact.alert, where, -(-len(impact.changes) // LINES_IN_POST))]
    if (more := len(texts) - POSTS_LISTED) > 0:
        parts.append(Markdown(f"{count(more, 'other text')} for channels with filters of their own."))
    if is_correction:
        parts.append(_POSTS_EDITED)
    return ImpactSection("The alert as it would be posted", Markdown("\n\n".join(parts)))


def _posts(posts: Sequence[str], where: str, total: int) -> Markdown:
    """Return an alert of so many messages between rules."""
    shown = [inert(post).strip() for post in posts[:POSTS_LISTED]]
    more = total - len(shown)
    rest = [f"{count(more, 'more message')} in its thread."] if more else []
    return Markdown("\n\n".join([where, "---", *shown, "---", *rest]))
