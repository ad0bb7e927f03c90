"""`briefing-bot brief`, `facts` and `schema`: print the content folder for readers, programs and editors."""

from __future__ import annotations

import json
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer
from markdown_it import MarkdownIt

from bot.clock import SystemClock
from bot.content.areas import find_area
from bot.content.checks.reviews import due, review_day
from bot.content.load import load
from bot.content.models import OVERVIEW
from bot.content.render import Renderer
from bot.content.schema import briefing_schema, fact_schema, saved_forms
from bot.text import day
from cli.options import DEFAULT_FOLDER, ContentFolder
from handlers.rendering.blocks import to_blocks, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.content.models import Content, Fact

AreaWords = Annotated[
    list[str] | None,
    typer.Argument(metavar="AREA", help="An area's key, number, title or other name, in any case."),
]


class Format(StrEnum):
    """How a briefing is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    BLOCKS = "blocks"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(brief)
    app.command()(facts)
    app.command()(schema)


def brief(
    area: AreaWords = None,
    content: ContentFolder = DEFAULT_FOLDER,
    form: Annotated[
        Format,
        typer.Option("--format", help="Plain text, Markdown, HTML, or blocks for Slack's Block Kit Builder."),
    ] = Format.TEXT,
    *,
    long: Annotated[bool, typer.Option("--long", help="Print the details too.")] = False,
) -> None:
    """Print the briefing on AREA, or the overview."""
    loaded = load(content)
    key = find_area(loaded.memorandum, " ".join(area or [OVERVIEW])).key
    past = {each.fact.id for each in due(loaded, review_day(SystemClock().now()))}
    markdown = Renderer(loaded).briefing(key, long=long, last=past)
    typer.echo(_printed(markdown, form).rstrip("\n"))


def _printed(markdown: str, form: Format) -> str:
    if form is Format.TEXT:
        return to_text(markdown)
    if form is Format.HTML:
        return str(MarkdownIt("commonmark", {"html": False}).render(markdown))
    if form is Format.BLOCKS:
        return json.dumps({"blocks": to_blocks(markdown)}, ensure_ascii=False, indent=2)
    return markdown


def facts(
    area: AreaWords = None,
    content: ContentFolder = DEFAULT_FOLDER,
    *,
    every: Annotated[bool, typer.Option("--all", help="List withdrawn and superseded facts too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON Lines.")] = False,
) -> None:
    """List the facts of AREA, or of all areas."""
    loaded = load(content)
    key = find_area(loaded.memorandum, " ".join(area)).key if area else None
    listed = [each for each in loaded.facts.values() if (every or each.is_current) and key in {None, each.area}]
    if as_json:
        for fact in listed:
            typer.echo(json.dumps(fact_json(fact), ensure_ascii=False))
    else:
        typer.echo(_listing(loaded, listed))


def fact_json(fact: Fact) -> dict[str, Any]:
    """Return a fact as `facts --json` and `lookup --json` print it; dates are YYYY-MM-DD, `area` is an area's key.

    Only a fact that is no longer served has `withdrawn` or `superseded_by`.
    """
    values: dict[str, Any] = {
        "id": fact.id,
        "area": fact.area,
        "statement": fact.statement,
        "short": fact.short,
        "certainty": fact.certainty.value,
        "said_by": fact.said_by,
        "as_of": fact.as_of.isoformat(),
        "keywords": list(fact.keywords),
        "asked": list(fact.asked),
        "sources": [
            {
                "id": citation.source.id,
                "where": citation.where,
                "title": citation.source.title,
                "publisher": citation.source.publisher,
                "published": citation.source.published.isoformat(),
                "url": citation.source.url,
            }
            for citation in fact.citations
        ],
    }
    if fact.withdrawn:
        values["withdrawn"] = {"on": fact.withdrawn.on.isoformat(), "why": fact.withdrawn.why}
    if fact.superseded_by:
        values["superseded_by"] = fact.superseded_by
    return values


def _listing(content: Content, listed: Iterable[Fact]) -> str:
    """Return facts as a readable list: by area, each with its label, day and sources."""
    titles = {area.key: area.title for area in content.areas}
    lines: list[str] = []
    for area, facts in groupby(listed, key=lambda fact: fact.area):
        lines += ["", typer.style(titles[area], bold=True)]
        for fact in facts:
            sources = ", ".join(citation.source.name for citation in fact.citations)
            lines += ["", f"{typer.style(fact.id, bold=True)} · {fact.label} · {day(fact.as_of)}"]
            lines += [f"  {fact.statement}", f"  {sources}"]
            if fact.withdrawn:
                lines.append(f"  Withdrawn {day(fact.withdrawn.on)}: {fact.withdrawn.why}")
            elif fact.superseded_by:
                lines.append(f"  Superseded by {fact.superseded_by}")
    return "\n".join(lines[1:]) or "No facts."


class FileKind(StrEnum):
    """The kinds of file that have a schema."""

    FACT = "fact"
    BRIEFING = "briefing"


def schema(
    kind: Annotated[FileKind, typer.Argument(help="Of fact files, or of briefing.yaml.")] = FileKind.FACT,
    content: ContentFolder = DEFAULT_FOLDER,
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Write both schemas and the field table of README.md there instead.")
    ] = False,
) -> None:
    """Print a JSON Schema for editors; briefings/fact.schema.json and briefing.schema.json are these."""
    if not write:
        typer.echo(briefing_schema() if kind is FileKind.BRIEFING else fact_schema())
        return
    for file, text in saved_forms(content).items():
        file.write_text(text, encoding="utf-8")
        typer.echo(f"Wrote {file.name}.")
