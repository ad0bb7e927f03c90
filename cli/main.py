"""The `briefing-bot` command: turns errors into a sentence and an exit code.

Exit codes: 0 done, 1 faults or something unknown, 2 wrong usage, 69 the database does not answer, 70 something did not
stop in time, 78 a setting is missing or malformed. docs/operations.md has the table.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from bot.errors import BriefingBotError, ConfigError
from cli.commands import Commands

EXIT_ERROR = 1
EXIT_UNAVAILABLE = 69
"""EX_UNAVAILABLE of sysexits.h."""
EXIT_CONFIG = 78
"""EX_CONFIG of sysexits.h."""
EXIT_INTERRUPTED = 130
_OURS = {"app", "bot", "cli", "handlers", "workspace"}
"""Packages of our own: that one of them cannot be loaded is a fault of the bot."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

app = typer.Typer(
    cls=Commands,
    help="Serves cited briefings on the UK Government–OpenAI memorandum, and answers look-ups from a fact store.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 — typer calls it so
    if wanted:
        typer.echo(f"briefing-bot {version('briefing-bot')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command that the arguments name."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        _require_current_folder()
        app(prog_name="briefing-bot")
    except BriefingBotError as error:
        sys.exit(tell(error))
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package in _OURS:
            raise
        sys.exit(tell(_not_installed(package)))
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _drop_output()
        sys.exit(tell(_not_written(error)))
    finally:
        _flush_quietly()


def _not_installed(package: str) -> ConfigError:
    """Return the sentence for an installation by halves: a version needs a package that the one before did not."""
    return ConfigError(
        f"The Python package {package} is not installed, or cannot be loaded.",
        "Install what requirements.lock names, then the bot: docs/run-in-a-department.md has both lines.",
    )


def _open_closed_streams() -> None:
    """Open what was closed of stdin, stdout and stderr.

    Python has None for each (its documentation: "sys.stdin"), so that whatever prints or asks would fail; and the next
    file to be opened, the database's perhaps, would take its place.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            try:
                os.fstat(number)
            except OSError:
                os.dup2(nowhere, number)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8"))


def _require_current_folder() -> None:
    """Raise ConfigError where the current folder is gone: DATA_DIR and .env are looked for there."""
    try:
        Path.cwd()
    except OSError:
        hint = "Change to one that is there, and run the command again."
        raise ConfigError("The folder in which the command was started is gone.", hint) from None


def _not_written(error: OSError) -> BriefingBotError:
    return BriefingBotError(f"Not everything could be written: {error.strerror}.", "Make room, and run it again.")


def tell(error: BriefingBotError) -> int:
    """Say on stderr what happened and what to do next; return the exit code."""
    from bot.content.faults import ContentError  # noqa: PLC0415 — whoever raised one of these has imported it
    from bot.store.errors import StoreError  # noqa: PLC0415 — the same
    from cli import report  # noqa: PLC0415 — the same

    if isinstance(error, ContentError):
        typer.echo(report.human(error.faults, error.folder), err=True)
    typer.echo(" ".join(filter(None, (error.message, error.hint))), err=True)
    if isinstance(error, StoreError):
        return EXIT_UNAVAILABLE
    return EXIT_CONFIG if isinstance(error, ConfigError) else EXIT_ERROR


def _flush_quietly() -> None:
    """Write what is left to be printed; say nothing when the reader of a pipe has gone."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _drop_output()
        if not isinstance(error, BrokenPipeError):
            sys.exit(tell(_not_written(error)))


def _drop_output() -> None:
    """Let what is still to be printed go nowhere: each later try would fail as the first one did."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
