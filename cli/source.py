"""`briefing-bot source add`: makes the fingerprint of a source's text, with which `check` compares the facts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.content.checks.fingerprints import Fingerprint
from bot.content.files import FINGERPRINTS, SIZE_LIMIT, TextFile, decode
from bot.content.memorandum import SOURCES_FILE, read_sources
from bot.errors import BriefingBotError
from bot.text import did_you_mean, shown
from cli.options import DEFAULT_FOLDER, ContentFolder
from cli.report import shown_file

_STDIN = "-"
_FEWEST_WORDS = 8

_commands = typer.Typer(
    help="Fingerprint the sources, so that check can compare facts with them.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_commands, name="source")


@_commands.command()
def add(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The source's text, as plain text in UTF-8; - reads it.")],
    source: Annotated[str, typer.Option("--id", metavar="ID", help="The source's key in sources.yaml.")],
    content: ContentFolder = DEFAULT_FOLDER,
) -> None:
    """Read a source's text once and keep its fingerprint in the content folder; the text itself is not kept.

    From then on `check` reports cited words, numbers, dates and names that are not in the source.
    """
    _check_id(source, content)
    fingerprint = Fingerprint.of(_text(file))
    if fingerprint.words < _FEWEST_WORDS:
        raise BriefingBotError(f"{shown(file)} has no text that could be a source.", "Save the page's whole text.")
    path = content / FINGERPRINTS / source
    path.parent.mkdir(exist_ok=True)
    written = fingerprint.written()
    path.write_text(written, encoding="utf-8")
    size = len(written.encode()) / 1000
    typer.echo(f"Wrote {shown_file(content, f'{FINGERPRINTS}/{source}')}: {fingerprint.words} words, {size:.1f} kB.")
    typer.echo("The text itself is not kept. Now run: briefing-bot check")


def _check_id(source: str, content: Path) -> None:
    path = content / SOURCES_FILE
    file = decode(SOURCES_FILE, path.read_bytes() if path.is_file() else b"")
    known = read_sources(file).sources if isinstance(file, TextFile) else {}
    if source not in known:
        hint = did_you_mean(source, known, f"Add it to {SOURCES_FILE} first.")
        raise BriefingBotError(f"There is no source {shown(source)}.", hint)


def _text(name: str) -> str:
    """Return the text of a file or of standard input. Raises BriefingBotError."""
    if name == _STDIN:
        data = sys.stdin.buffer.read(SIZE_LIMIT + 1)
    else:
        try:
            with Path(name).open("rb") as stream:
                data = stream.read(SIZE_LIMIT + 1)
        except OSError as error:
            raise BriefingBotError(f"{shown(name)} cannot be read: {error.strerror}.", "Give a text file.") from error
    if len(data) > SIZE_LIMIT:
        raise BriefingBotError(f"{shown(name)} is larger than 1 MiB.", "Give the source's text alone.")
    file = decode(name, data)
    if not isinstance(file, TextFile) or "\0" in file.text:
        raise BriefingBotError(f"{shown(name)} is not UTF-8 text.", "Save the source as plain text, UTF-8.")
    if file.text.lstrip()[:5].lower() in {"<!doc", "<html", "{\\rtf", "%pdf-"}:
        hint = "Copy the words from the page into a text file."
        raise BriefingBotError(f"{shown(name)} is a page or a document, not plain text.", hint)
    return file.text
