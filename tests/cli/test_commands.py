"""`briefing-bot` imports the command that is called and no other; `--help` lists them all without one."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import pytest
import typer
from typer.core import TyperGroup

from bot.config import BRIEFINGS
from cli.commands import MODULES
from cli.main import app

HEAVY = ("sqlalchemy", "alembic", "aiohttp", "slack_bolt", "tantivy", "cryptography", "numpy", "rapidfuzz")


@pytest.mark.parametrize("name", [name for commands in MODULES.values() for name in commands])
def test_the_list_says_the_first_sentence_of_each_command(name: str) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    listed = group.commands[name]
    _, found, rest = group.resolve_command(typer.Context(group), [name, "--help"])
    assert found is not None
    assert found.name == name
    assert " ".join((found.help or "").split()).partition(". ")[0].rstrip(".") == (listed.help or "").rstrip(".")
    assert rest == ["--help"]


async def imported(*arguments: str) -> set[str]:
    """Run a command in a process of its own; return the heavy packages that it imported."""
    listing = f"sys.stdout.flush(); os.write(2, json.dumps(sorted({set(HEAVY)} & sys.modules.keys())).encode())"
    code = f"import json, os, sys\nfrom cli.main import main\ntry: main()\nfinally: {listing}"
    environment = {**os.environ, "PYTHONPATH": str(BRIEFINGS.parent)}  # noqa: TID251 — a child's
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, listed = await process.communicate()
    assert process.returncode == 0, listed.decode()
    return set(json.loads(listed))


def test_a_start_brings_nothing_that_a_bot_goes_without() -> None:
    without = {"alembic", "cryptography", "holidays", "numpy", "rich", "sqlalchemy.orm", "watchfiles"}
    code = f"import sys, cli.main, cli.operators.process; print({without} & {{*sys.modules}})"
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=BRIEFINGS.parent, capture_output=True, text=True, check=True)  # noqa: S603 — ours
    assert done.stdout == "set()\n"


async def test_each_command_brings_what_it_needs() -> None:
    listing, facts, check, lookup = await asyncio.gather(
        imported("--help"),
        imported("facts", "--json"),
        imported("check", "--format", "json"),
        imported("lookup", "growth", "zones"),
    )
    assert not listing
    assert facts == {"rapidfuzz"}
    assert check == lookup == {"rapidfuzz", "tantivy"}
