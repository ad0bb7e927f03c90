"""`briefing-bot new fact|source|area`: adds to the content folder what options give, or answers at a terminal."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

import typer

from bot.content.certainty import Certainty
from bot.content.editing.additions import NewArea, with_area
from bot.content.editing.changes import ContentChange, FieldValue, NewSource
from bot.content.editing.edit import edited, with_source
from bot.content.files import FINGERPRINTS
from bot.errors import BriefingBotError
from bot.proposals import naming
from bot.proposals.suggestion import SuggestedSource
from cli.maintainers import content_folder
from cli.maintainers.asking import Questions
from cli.maintainers.content_folder import ContentNames, save
from cli.options import DEFAULT_FOLDER, ContentFolder

_SPOKEN = {Certainty.FORECAST, Certainty.SAID}
_HEADINGS = {
    Certainty.STATED: "Stated",
    Certainty.INTENDED: "Intended",
    Certainty.POSSIBLE: "May happen",
    Certainty.FORECAST: "Forecast",
    Certainty.SAID: "Reported",
    Certainty.UNSTATED: "Not stated in our sources",
}
"""What the first heading of a new area's briefing is called."""
_CERTAINTIES = ", ".join(Certainty)
_MEANINGS = """\
stated    it is so, was done, is being done
intended  will work together, will explore, plans; also the memorandum's own "will"
possible  may, could, potential
forecast  expected, set to, would lead to
said      a person's or body's own words
unstated  none of the sources answers this"""
"""When the source says so: the table of briefings/README.md, in short."""

_commands = typer.Typer(help="Add a fact, a source or an area; asks for what no option gives.", no_args_is_help=True)

Statement = Annotated[str, typer.Option(help="The fact in one or two plain sentences, hedges exact.")]
CertaintyWord = Annotated[str, typer.Option(help=f"How firm the source is: {_CERTAINTIES}.")]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="ID=WORDS", help="A source and up to seven words as they are there. Repeat it."),
]
SaidBy = Annotated[str, typer.Option(help="Whose forecast or words these are.")]
Short = Annotated[str, typer.Option(help="The briefing's line, at most 15 words.")]
Keywords = Annotated[str, typer.Option(help="Words that people type and the statement lacks, with commas.")]
FactId = Annotated[str, typer.Option("--id", help="The fact's id. Without it, made from the statement.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_commands, name="new")


@_commands.command()
def fact(  # noqa: PLR0913 — the command's options
    *,
    file: Annotated[str, typer.Option(metavar="AREA/SUBJECT", help="The fact file; it may be new.")] = "",
    statement: Statement = "",
    certainty: CertaintyWord = "",
    source: Sources = None,
    said_by: SaidBy = "",
    short: Short = "",
    keywords: Keywords = "",
    fact_id: FactId = "",
    heading: Annotated[str, typer.Option(help="The heading of the area's briefing below which it is shown.")] = "",
    content: ContentFolder = DEFAULT_FOLDER,
) -> None:
    """Add a fact at the end of a fact file and, with a heading, to the area's briefing."""
    names, ask = ContentNames.read(content), Questions()
    question = "Which file? One of these, or a new one as area/subject"
    path = ask.needed("--file", question, file, names.fact_file, about="\n".join(names.fact_files))
    fields = _fields(names, ask, (statement, certainty, said_by, short, keywords), source or [])
    ask.finish()
    usual = naming.fact_id(str(fields["statement"]), names.facts)
    new_id = ask.wanted("--id", "Its id", fact_id, names.new_fact, default=usual)
    headings = "\n".join(f"{number}  {each}" for number, each in enumerate(names.headings(path), start=1))
    question = "Below which heading of the briefing (Enter: none)"
    shown = ask.wanted("--heading", question, heading, partial(names.heading, path), about=headings)
    change = ContentChange(new_id, fields=fields, file=path, heading=shown)
    left = [] if shown else [f"To show it in a briefing, add {new_id} below a heading of its briefing.yaml."]
    left += _to_compare(names, fields)
    save(content, lambda files: edited(files, change), left, again=ask.again("new fact", content))


@_commands.command()
def source(  # noqa: PLR0913 — the command's options
    *,
    title: Annotated[str, typer.Option(help="The title as published.")] = "",
    publisher: Annotated[str, typer.Option(help="Who published it.")] = "",
    published: Annotated[str, typer.Option(metavar="DAY", help="The day, as 2026-11-22.")] = "",
    url: Annotated[str, typer.Option(help="Its address, https only.")] = "",
    label: Annotated[str, typer.Option(help="A few words for what readers see it called.")] = "",
    source_id: Annotated[str, typer.Option("--id", help="Its id. Without it, made from publisher and title.")] = "",
    content: ContentFolder = DEFAULT_FOLDER,
    month: Annotated[bool, typer.Option("--month", help="Only the month is known: give its first day.")] = False,
) -> None:
    """Add a source at the end of sources.yaml."""
    names, ask = ContentNames.read(content), Questions()
    if month:
        ask.keep("--month")
    fields: dict[str, FieldValue] = {
        "title": ask.needed("--title", "Its title as published", title),
        "publisher": ask.needed("--publisher", "Who published it", publisher),
        "published": ask.needed("--published", "The day, as 2026-11-22", published, content_folder.published_day),
        "url": ask.needed("--url", "Its address", url, content_folder.address),
        "label": ask.wanted("--label", "A few words for what readers see it called (Enter: the publisher)", label),
        "day_known": "false" if month else "",
    }
    ask.finish()
    suggested = SuggestedSource(str(fields["title"]), str(fields["publisher"]), date.min, str(fields["url"]))
    usual = naming.source_id(suggested, names.sources)
    new_id = ask.wanted("--id", "Its id", source_id, names.new_source, default=usual)
    left = [
        f"Save its text as a plain text file; then: briefing-bot source add FILE --id {new_id}",
        "Add the facts that it states: briefing-bot new fact",
    ]
    new = NewSource(new_id, fields)
    save(content, lambda files: with_source(files, new), left, again=ask.again("new source", content))


@_commands.command()
def area(  # noqa: PLR0913 — the command's options
    *,
    title: Annotated[str, typer.Option(help="The area's title.")] = "",
    key: Annotated[str, typer.Option(help="The folder's name. Without it, made from the title.")] = "",
    aliases: Annotated[str, typer.Option(help="Other names that people type, with commas.")] = "",
    statement: Statement = "",
    certainty: CertaintyWord = "",
    source: Sources = None,
    said_by: SaidBy = "",
    short: Short = "",
    keywords: Keywords = "",
    fact_id: FactId = "",
    heading: Annotated[str, typer.Option(help="The first heading of its briefing. Without it, by certainty.")] = "",
    content: ContentFolder = DEFAULT_FOLDER,
) -> None:
    """Add an area behind the others, with its folder, a first fact, and a briefing that shows it."""
    names, ask = ContentNames.read(content), Questions()
    named = ask.needed("--title", "The area's title", title)
    new_key = ask.wanted("--key", "The folder's name", key, names.new_area, default=naming.fact_id(named, names.areas))
    others = ask.wanted("--aliases", "Other names that people type, with commas (Enter: none)", aliases)
    fields = _fields(names, ask, (statement, certainty, said_by, short, keywords), source or [])
    ask.finish()
    usual = naming.fact_id(str(fields["statement"]), names.facts)
    new_id = ask.wanted("--id", "The fact's id", fact_id, names.new_fact, default=usual)
    usual = _HEADINGS[Certainty(str(fields["certainty"]))]
    shown = ask.wanted("--heading", "The heading above it", heading, default=usual)
    change = ContentChange(new_id, fields=fields, file=f"{new_key}/{new_key}.yaml")
    new = NewArea(new_key, named, _list(others), change, shown)
    left = [
        f"Add its other facts: briefing-bot new fact --file {new_key}/subject",
        f"Say in one fact what the area comes to: bottom_line in {new_key}/briefing.yaml.",
        "The area stands last in memorandum.yaml: move its lines where they belong.",
        *_to_compare(names, fields),
    ]
    save(content, lambda files: with_area(files, new), left, again=ask.again("new area", content))


def _fields(names: ContentNames, ask: Questions, given: tuple[str, ...], cited: list[str]) -> dict[str, FieldValue]:
    """Return a fact's fields, given as statement, certainty, said_by, short and keywords, and its sources."""
    statement, certainty, said_by, short, keywords = given
    fields: dict[str, FieldValue] = {
        "statement": ask.needed("--statement", "The fact, in one or two plain sentences", statement),
        "certainty": ask.needed(
            "--certainty", "How firm is the source", certainty, content_folder.certainty, about=_MEANINGS
        ),
    }
    if said_by or fields["certainty"] in _SPOKEN:
        fields["said_by"] = ask.needed("--said-by", "Whose forecast or words are these", said_by)
    fields["sources"] = _cited(names, ask, cited, is_unstated=fields["certainty"] == Certainty.UNSTATED)
    fields["short"] = ask.wanted("--short", "The briefing's line, at most 15 words (Enter: the statement)", short)
    question = "Words that people type and the statement lacks, with commas (Enter: none)"
    fields["keywords"] = _list(ask.wanted("--keywords", question, keywords))
    return fields


def _cited(names: ContentNames, ask: Questions, given: list[str], *, is_unstated: bool) -> FieldValue:
    """Return the sources as a fact file has them: with their words, or those that do not say, as a list."""
    found: dict[str, str] = {}
    for each in given:
        source_id, _, words = each.partition("=")
        found[names.source(source_id.strip())] = words.strip()
        ask.keep("--source", each)
    if not given:
        source_id = ask.needed(
            "--source", "Which of these sources", "", names.source, about=names.listed_sources, is_kept=False
        )
        while source_id:
            question = "Its own words there, up to seven, exactly"
            found[source_id] = "" if is_unstated else ask.needed("--source", question, "", is_kept=False)
            ask.keep("--source", f"{source_id}={found[source_id]}".removesuffix("="))
            source_id = ask.wanted("", "Another source (Enter: none)", "", names.source)
    if is_unstated:
        return tuple(found)
    if wordless := next((each for each, words in found.items() if not words), None):
        raise BriefingBotError(
            f"The words of {wordless} are missing.", f'Write --source "{wordless}=up to seven words as they are there".'
        )
    return found


def _to_compare(names: ContentNames, fields: dict[str, FieldValue]) -> list[str]:
    """Say which sources the new fact has to be compared with by eye."""
    cited = fields["sources"]
    without = [each for each in cited if f"{FINGERPRINTS}/{each}" not in names.files]
    return [f"Compare it with {each} by eye: that source has no fingerprint." for each in without]


def _list(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (each.strip() for each in words.split(",")))))
