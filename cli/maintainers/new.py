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
    ask.tell("\n".join(names.fact_files))
    path = ask.needed("--file", "Which file? One of these, or a new one as area/subject", file, names.fact_file)
    fields = _fields(names, ask, (statement, certainty, said_by, short, keywords), source or [])
    ask.finish()
    new_id = ask.wanted(
        "Its id", fact_id, names.new_fact, default=naming.fact_id(str(fields["statement"]), names.facts)
    )
    ask.tell("\n".join(f"{number}  {each}" for number, each in enumerate(names.headings(path), start=1)))
    shown = ask.wanted("Below which heading of the briefing (Enter: none)", heading, partial(names.heading, path))
    change = ContentChange(new_id, fields=fields, file=path, heading=shown)
    left = [] if shown else [f"To show it in a briefing, add {new_id} below a heading of its briefing.yaml."]
    save(content, lambda files: edited(files, change), [*left, *_to_compare(names, fields)])


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
    fields: dict[str, FieldValue] = {
        "title": ask.needed("--title", "Its title as published", title),
        "publisher": ask.needed("--publisher", "Who published it", publisher),
        "published": ask.needed("--published", "The day, as 2026-11-22", published, content_folder.published_day),
        "url": ask.needed("--url", "Its address", url, content_folder.address),
        "label": ask.wanted("A few words for what readers see it called (Enter: the publisher)", label),
        "day_known": "false" if month else "",
    }
    ask.finish()
    suggested = SuggestedSource(str(fields["title"]), str(fields["publisher"]), date.min, str(fields["url"]))
    new_id = ask.wanted("Its id", source_id, names.new_source, default=naming.source_id(suggested, names.sources))
    left = [
        f"Save its text as a plain text file; then: briefing-bot source add FILE --id {new_id}",
        "Add the facts that it states: briefing-bot new fact",
    ]
    save(content, lambda files: with_source(files, NewSource(new_id, fields)), left)


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
    new_key = ask.wanted("The folder's name", key, names.new_area, default=naming.fact_id(named, names.areas))
    others = ask.wanted("Other names that people type, with commas (Enter: none)", aliases)
    ask.tell("Its first fact:")
    fields = _fields(names, ask, (statement, certainty, said_by, short, keywords), source or [])
    ask.finish()
    new_id = ask.wanted(
        "The fact's id", fact_id, names.new_fact, default=naming.fact_id(str(fields["statement"]), names.facts)
    )
    usual = _HEADINGS[Certainty(str(fields["certainty"]))]
    shown = ask.wanted("The heading above it", heading, default=usual)
    change = ContentChange(new_id, fields=fields, file=f"{new_key}/{new_key}.yaml")
    new = NewArea(new_key, named, _list(others), change, shown)
    left = [
        f"Add its other facts: briefing-bot new fact --file {new_key}/subject",
        f"Say in one fact what the area comes to: bottom_line in {new_key}/briefing.yaml.",
        "The area stands last in memorandum.yaml: move its lines where they belong.",
        *_to_compare(names, fields),
    ]
    save(content, lambda files: with_area(files, new), left)


def _fields(names: ContentNames, ask: Questions, given: tuple[str, ...], cited: list[str]) -> dict[str, FieldValue]:
    """Return a fact's fields, given as statement, certainty, said_by, short and keywords, and its sources."""
    statement, certainty, said_by, short, keywords = given
    fields: dict[str, FieldValue] = {
        "statement": ask.needed("--statement", "The fact, in one or two plain sentences", statement),
        "certainty": ask.needed(
            "--certainty", f"How firm is the source? {_CERTAINTIES}", certainty, content_folder.certainty
        ),
    }
    if said_by or fields["certainty"] in _SPOKEN:
        fields["said_by"] = ask.needed("--said-by", "Whose forecast or words are these", said_by)
    fields["sources"] = _cited(names, ask, cited, is_unstated=fields["certainty"] == Certainty.UNSTATED)
    fields["short"] = ask.wanted("The briefing's line, at most 15 words (Enter: the statement)", short)
    fields["keywords"] = _list(
        ask.wanted("Words that people type and the statement lacks, with commas (Enter: none)", keywords)
    )
    return fields


def _cited(names: ContentNames, ask: Questions, given: list[str], *, is_unstated: bool) -> FieldValue:
    """Return the sources as a fact file has them: with their words, or those that do not say, as a list."""
    found: dict[str, str] = {}
    for each in given:
        source_id, _, words = each.partition("=")
        found[names.source(source_id.strip())] = words.strip()
    if not given:
        ask.tell("\n".join(sorted(names.sources)))
        source_id = ask.needed("--source", "Which of these sources", "", names.source)
        while source_id:
            words = "" if is_unstated else "Its own words, up to seven, exactly as they are there"
            found[source_id] = ask.needed("--source", words, "") if words else ""
            source_id = ask.wanted("Another source (Enter: none)", "", names.source)
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
