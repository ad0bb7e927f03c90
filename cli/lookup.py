"""`briefing-bot lookup`: ask the fact store from a terminal or a program."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter

from bot.answers.citation import CLOSEST, citation
from bot.answers.facts import held_until
from bot.clock import SystemClock
from bot.content.checks.reviews import due, review_day
from bot.content.load import load
from bot.content.render import Renderer
from bot.errors import BriefingBotError
from bot.lookup.answer import Lookup
from bot.text import escape
from cli.content import fact_json
from cli.options import DEFAULT_FOLDER, ContentFolder
from handlers.rendering.blocks import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.content.checks.reviews import DueReview
    from bot.content.models import Content
    from bot.lookup.evidence import Evidence
    from bot.lookup.result import Answer

STANDARD_INPUT = Path("-")
_EVIDENCE = TypeAdapter(dict[str, Any])


def register(app: typer.Typer) -> None:
    """Add the command. Words that begin with a hyphen are words, not wrong options."""
    app.command(context_settings={"ignore_unknown_options": True})(lookup)


def lookup(  # noqa: PLR0913 — the command's options
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
    cite: Annotated[
        bool, typer.Option("--cite", help="Print the fact with its citation, as plain text to paste.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print what speaks for each of the best facts, and against it, too.")
    ] = False,
) -> None:
    """Look WORDS up: the fact that answers them, the closest one held, or that nothing is. Ends with 0 in any case.

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
    asked = " ".join(words or ())
    answer = look_up.ask(asked)
    evidence = look_up.explain(asked) if explain else None
    if as_json:
        typer.echo(_line(answer, evidence))
    else:
        typer.echo(_citation(answer, loaded) if cite and answer.facts else _told(answer, loaded))
    if evidence is not None and not as_json:
        typer.echo(f"\n{_explained(answer, evidence)}")


def answer_json(answer: Answer, evidence: Sequence[Evidence] | None) -> dict[str, Any]:
    """Return an answer as `--json` prints it; each fact as `facts --json` does, and its score."""
    told: dict[str, Any] = {
        "query": answer.query,
        "outcome": answer.outcome,
        "answers": [{**fact_json(found.fact), "score": found.score} for found in answer.facts],
        "corrected": dict(answer.corrected),
        "expanded": dict(answer.expanded),
        "suggestions": [
            {
                "kind": suggestion.kind,
                "text": suggestion.text,
                "fact_id": suggestion.fact_id,
                "label": suggestion.label,
                "source": suggestion.source,
            }
            for suggestion in answer.suggestions
        ],
        "reason": answer.reason,
        "unmatched": list(answer.unmatched),
        "premise": {"asked": answer.premise.asked, "held": answer.premise.held} if answer.premise else None,
    }
    if evidence is not None:
        told["evidence"] = [_EVIDENCE.dump_python(each._asdict()) for each in evidence]
    return told


def _line(answer: Answer, evidence: Sequence[Evidence] | None = None) -> str:
    """Return an answer as one line of JSON; what UTF-8 cannot hold (half a surrogate pair) is escaped as JSON does."""
    told = json.dumps(answer_json(answer, evidence), ensure_ascii=False)
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
    renderer, past = Renderer(content), _past(content)
    if not answer.facts:
        page = renderer.page("no-answer", query=answer.query, reason=answer.reason, suggestions=answer.suggestions)
    else:
        facts = [found.fact for found in answer.facts]
        areas = {area.key: area for area in content.areas}
        is_closest = answer.outcome == "closest"
        page = "\n".join(
            renderer.page(
                "answer",
                fact=fact,
                related=facts[answer.leading :] if number == answer.leading else (),
                area=areas[fact.area],
                above=f"{answer.reason} {CLOSEST}" if is_closest and number == 1 else "",
                review_due=past[fact.id].due_on if fact.id in past else None,
            )
            for number, fact in enumerate(facts[: answer.leading], start=1)
        )
        note = "" if is_closest else f"{answer.reason} {held_until(content, answer, answer.query)}".strip()
        if note:
            page += f"\n{escape(note)}\n"
    return to_text(page).rstrip("\n")


def _citation(answer: Answer, content: Content) -> str:
    """Return what is pasted: the leading facts; above them what they lack, when they are only the closest."""
    above = f"{answer.reason} {CLOSEST}" if answer.outcome == "closest" else ""
    return citation(content, (found.fact for found in answer.facts[: answer.leading]), above, _past(content))


def _past(content: Content) -> dict[str, DueReview]:
    """Return the facts that are past their review today, by id."""
    return {each.fact.id: each for each in due(content, review_day(SystemClock().now()))}


def _explained(answer: Answer, evidence: Sequence[Evidence]) -> str:
    """Return the decision and its evidence for a reader: the facts shown, then the others, best first, a line each."""
    shown = [found.fact.id for found in answer.facts[: answer.leading]]
    lines = [f"Decision: {answer.outcome}. A word weighs more the fewer facts have it."]
    for number, each in enumerate(evidence, start=1):
        matched = ", ".join(f"{word} ({weight:.1f})" for word, weight in each.matched) or "none of the words"
        share = f", {each.coverage:.0%} of the question" if each.matched else ""
        lines.append(f"{number}. {each.fact_id}{' (shown)' if each.fact_id in shown else ''}: holds {matched}{share}")
        if each.missing:
            lines.append(f"   lacks {', '.join(each.missing)}")
        if each.is_of_another:
            lines.append("   is of another party than the question")
        if each.premise:
            lines.append(f"   has {each.premise.held} where the question says {each.premise.asked}")
    return "\n".join(lines)
