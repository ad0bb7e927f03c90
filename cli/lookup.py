"""`briefing-bot lookup`: ask the fact store from a terminal or a program."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.content.load import load
from bot.content.render import Renderer
from bot.errors import BriefingBotError
from bot.lookup.answer import Answer, Lookup
from bot.text import escape
from cli.content import fact_json
from cli.options import DEFAULT_FOLDER, ContentFolder
from handlers.rendering.blocks import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.models import Content

STANDARD_INPUT = Path("-")


def register(app: typer.Typer) -> None:
    """Add the command. Words that begin with a hyphen are words, not wrong options."""
    app.command(context_settings={"ignore_unknown_options": True})(lookup)


def lookup(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", help="What to look up, as you would say it.")
    ] = (None),
    content: ContentFolder = DEFAULT_FOLDER,
    batch: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Look up each line of FILE, a JSON string each; - reads standard input."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look WORDS up: the fact that answers them, or that nothing is held. Ends with 0 either way.

    With --batch: for each line in, one line out, in the same order, each a JSON object as --json prints it.
    """
    if (words is None) == (batch is None):
        raise typer.BadParameter("Give either words to look up, or --batch.")
    loaded = load(content)
    look_up = Lookup(loaded)
    if batch is not None:
        for asked in _lines(batch):
            typer.echo(_line(look_up.ask(asked)))
        return
    answer = look_up.ask(" ".join(words or ()))
    typer.echo(_line(answer) if as_json else _told(answer, loaded))


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as `--json` prints it; each fact as `facts --json` does, and its score."""
    return {
        "query": answer.query,
        "outcome": answer.outcome,
        "answers": [{**fact_json(found.fact), "score": found.score} for found in answer.facts],
        "corrected": dict(answer.corrected),
        "expanded": dict(answer.expanded),
        "suggestions": [
            {"kind": suggestion.kind, "text": suggestion.text, "fact_id": suggestion.fact_id}
            for suggestion in answer.suggestions
        ],
        "reason": answer.reason,
    }


def _line(answer: Answer) -> str:
    """Return an answer as one line of JSON; what UTF-8 cannot hold (half a surrogate pair) is escaped as JSON does."""
    told = json.dumps(answer_json(answer), ensure_ascii=False)
    return told.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _lines(batch: Path) -> Iterator[str]:
    """Yield the string on each line. Raises BriefingBotError for a file or a line that cannot be read."""
    try:
        with sys.stdin.buffer if batch == STANDARD_INPUT else batch.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield _string(line.decode("utf-8", errors="replace"), number)
    except OSError as error:
        raise BriefingBotError(f"{batch} cannot be read: {error.strerror}.") from error


def _string(line: str, number: int) -> str:
    try:
        asked = json.loads(line)
    except ValueError:
        asked = None
    if not isinstance(asked, str):
        raise BriefingBotError(f"Line {number} is not a JSON string.", 'Each line holds one, such as "growth zones".')
    return asked


def _told(answer: Answer, content: Content) -> str:
    """Return an answer for a reader, by the pages that readers in Slack see."""
    renderer = Renderer(content)
    if not answer.facts:
        page = renderer.page("gap", query=answer.query, reason=answer.reason, suggestions=answer.suggestions)
    else:
        fact, *related = [found.fact for found in answer.facts]
        area = next(area for area in content.areas if area.key == fact.area)
        page = renderer.page("answer", fact=fact, related=related, area=area)
        if answer.reason:
            page += f"\n{escape(answer.reason)}\n"
    return to_text(page).rstrip("\n")
