"""The commands: each is imported when it is called, as together they bring all libraries, and take a second of CPU."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click import Command, Context

MODULES: Final = {
    "cli.operators.run": {
        "run": "Run the bot against Slack.",
        "try": "Try the bot without Slack: a workspace of your own in the browser, and the real bot in it.",
        "manifest": 'Print the Slack app\'s manifest, to paste into "Create an app from a manifest".',
    },
    "cli.operators.publish": {
        "publish": "Publish the content folder, and alert the subscribed channels to what changed.",
        "migrate": "Bring the database's tables up to date.",
    },
    "cli.operators.deliveries": {
        "feedback": "Show how many found each answer right or not, the most doubted first, with their reasons.",
        "deliveries": "Show what was posted, what was not, and why.",
    },
    "cli.operators.personal_data": {
        "forget": "Erase a person, or a whole workspace, from the database.",
        "export": "Print as JSON everything that is held on a person, for a subject access request.",
    },
    "cli.operators.backup": {
        "backup": "Copy the SQLite database to a file, also while the bot runs.",
        "restore": "Put a backup in the place of the SQLite database.",
    },
    "cli.operators.installations": {
        "installations": "List the workspaces that installed the app: since when, and which scopes are missing.",
        "rotate-keys": "Encrypt every stored token with the first key of TOKEN_KEYS; the others can be removed then.",
    },
    "cli.operators.simulate": {
        "simulate": "List the posts that the schedules would make in a period, and each day without, with the reason.",
    },
    "cli.operators.doctor.command": {
        "doctor": "Check the whole set-up: settings, Slack, the database, files and content; say what to do.",
    },
    "cli.content": {
        "brief": "Print the briefing on AREA, or the overview.",
        "facts": "List the facts of AREA, or of all areas.",
        "schema": "Print a JSON Schema for editors; briefings/fact.schema.json and briefing.schema.json are these.",
    },
    "cli.lookup": {
        "lookup": "Look WORDS up: the fact that answers them, the closest one held, or that nothing is.",
    },
    "cli.check": {
        "check": "Check the content folder: for each fault its place, what is wrong, and what to do.",
    },
    "cli.conformance.command": {
        "conformance": "Have the messages and views that the bot sends judged, and the manifest.",
    },
    "cli.maintainers.audit": {
        "audit": "Show who changed what, when, and what it was before and after.",
    },
    "cli.maintainers.gaps": {
        "gaps": "List the questions that no fact answers, the most asked first.",
    },
    "cli.maintainers.impact": {
        "impact": "Show what merging the content folder would change: facts, briefings, answers, the alert, faults.",
        "diff": "Show the impact of publishing the content folder, against any published revision.",
    },
    "cli.maintainers.review": {
        "review": "List facts that are past the day of their next review, the most asked first.",
    },
    "cli.maintainers.preview.command": {
        "preview": "Show the briefing on AREA, or the overview, as it will read, each line with its file and line.",
    },
    "cli.operators.subscriptions": {
        "subscriptions": "Keep subscriptions as a file, or take them from one.",
    },
    "cli.source": {
        "source": "Fingerprint the sources, so that check can compare facts with them.",
    },
    "cli.maintainers.proposals": {
        "proposals": "Show what is proposed and where it stands.",
    },
    "cli.maintainers.new": {
        "new": "Add a fact, a source or an area; asks for what no option gives.",
    },
}
"""Of each module its commands, with what `--help` says of them: the first sentence of their own help."""
_MODULE_OF: Final = {name: module for module, commands in MODULES.items() for name in commands}


class Commands(TyperGroup):
    """The group of all commands: lists them from the table, and imports the one that is called."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 — typer's
        """Begin with nothing imported."""
        super().__init__(**settings)
        for commands in MODULES.values():
            self.commands.update({name: TyperCommand(name, help=said) for name, said in commands.items()})

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Return the command that is called, imported, and its arguments."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, _imported(name) if name else found, rest


def _imported(name: str) -> Command:
    group = typer.Typer()
    with importing():
        import_module(_MODULE_OF[name]).register(group)
    return typer.main.get_group(group).commands[name]


@contextmanager
def importing() -> Iterator[None]:
    """Import without the garbage collector, and have it leave alone what was imported: a fifth of an import's CPU."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
