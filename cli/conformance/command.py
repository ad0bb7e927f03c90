"""`briefing-bot conformance`: the table of what is sent, and who takes it."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bot.config import read_settings
from bot.content.load import load
from bot.logging import set_up_logging
from bot.text import visible
from cli.options import DEFAULT_FOLDER, ContentFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.config import Settings
    from bot.content.models import Content
    from cli.conformance.judging import Judge, Verdict
    from cli.conformance.sent import Sent

_HEADS: Final = ("kind", "sent as", "number", "workspace", "Slack", "difference")
_WITHOUT_SLACK: Final = 4
"""Columns of the table where Slack was not asked."""
_EXAMPLE_ADDRESS: Final = "https://briefing-bot.example.org"


@dataclass(slots=True)
class Row:
    """One kind of what is sent, and the verdicts on each of it; the workspace's come first."""

    cause: str
    form: str
    verdicts: list[tuple[Verdict, Verdict]] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether Slack was asked and said otherwise."""
        asked = [(ours, slacks) for ours, slacks in self.verdicts if not slacks.unknown]
        return any(ours.is_taken != slacks.is_taken for ours, slacks in asked)

    @property
    def is_faulty(self) -> bool:
        """Whether anybody refuses any of it, or the workspace has no verdict."""
        return any(not ours.is_taken or slacks.faults for ours, slacks in self.verdicts)

    def cells(self) -> tuple[str, ...]:
        """Return the row for the table: of each judge the worst verdict."""
        ours, slacks = (min(judged, key=_worst) for judged in zip(*self.verdicts, strict=True))
        return (self.cause, self.form, str(len(self.verdicts)), str(ours), str(slacks), "yes" if self.differs else "")


def _worst(verdict: Verdict) -> int:
    return 0 if verdict.faults else 1 if verdict.unknown else 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(conformance)


def conformance(
    content: ContentFolder = DEFAULT_FOLDER,
    *,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Ask Slack too. What is sent to it is what the bot would post: the content, no names. "
            "SLACK_CONFIG_TOKEN, from the environment, is needed for the manifest alone.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a line for each kind.")] = False,
    in_ci: Annotated[str, typer.Option(envvar="CI", hidden=True)] = "",
) -> None:
    """Have the messages and views that the bot sends judged, and the manifest.

    The bot runs in a local workspace, where a person asks, presses and waits for everything once. What it sent is
    judged by the workspace's own blocks.validate, and with --live by Slack's. Exits with 1 where anything is refused,
    where the two differ, or where Slack gives no verdict.
    """
    if live and in_ci:
        raise typer.BadParameter("Slack itself is asked by people only: CI is set.", param_hint="--live")
    set_up_logging("critical")  # the walk goes where posts are refused too
    rows = asyncio.run(_rows(load(content), live=live))
    for line in map(_json, rows) if as_json else _table(rows, len(_HEADS) if live else _WITHOUT_SLACK):
        typer.echo(line)
    unknown = [row for row in rows if live and any(slacks.unknown for _, slacks in row.verdicts)]
    if not as_json:
        typer.echo(_summary(rows, len(unknown), live=live))
    raise typer.Exit(1 if unknown or any(row.differs or row.is_faulty for row in rows) else 0)


async def _rows(content: Content, *, live: bool) -> list[Row]:
    """Return a row for each kind that was sent, and for what could not be done."""
    from cli.conformance.judging import NOT_ASKED, Verdict  # noqa: PLC0415 — no other command needs Slack's libraries
    from cli.conformance.walk import walked  # noqa: PLC0415 — the same

    settings = read_settings() if live else None
    async with walked(content) as walk:
        failed = [Row(cause, "nothing", [(Verdict(unknown=reason), NOT_ASKED)]) for cause, reason in walk.failed]
    return [*await judged(walk.sent, settings), *failed]


async def judged(sent: Iterable[Sent], settings: Settings | None) -> list[Row]:
    """Return the rows of the table, in the order in which each kind was first sent.

    Slack is asked where there are settings: at SLACK_API_URL, with SLACK_CONFIG_TOKEN for the manifest.
    """
    import app as wiring  # noqa: PLC0415 — see above
    from bot.clock import ClockSkew, SystemClock  # noqa: PLC0415 — see above
    from cli.conformance.judging import NOT_ASKED, Judge, Verdict  # noqa: PLC0415 — see above
    from handlers.slack.installations.authorization import session_to  # noqa: PLC0415 — see above
    from handlers.slack.manifests import over_http  # noqa: PLC0415 — see above
    from workspace.server import Workspace  # noqa: PLC0415 — see above

    manifest, skew = wiring.read_manifest(), ClockSkew(SystemClock())
    rows: dict[tuple[str, str], Row] = {}
    async with AsyncExitStack() as stack:
        workspace = await stack.enter_async_context(Workspace(manifest).serve())
        near = await stack.enter_async_context(session_to(workspace.api_url, skew))
        ours, slacks = Judge(near, workspace.api_url), None
        if settings:
            far = await stack.enter_async_context(session_to(settings.slack_api_url, skew))
            token = settings.slack_config_token
            slacks = Judge(far, settings.slack_api_url, token.get_secret_value() if token else "")
        for each in sent:
            row = rows.setdefault(each.kind, Row(each.cause, each.form))
            verdict = await ours.blocks(each)
            if verdict.is_taken and each.refusal:
                verdict = Verdict((each.refusal,))
            row.verdicts.append((verdict, await slacks.blocks(each) if slacks else NOT_ASKED))
        for cause, described in {
            "app.yaml": manifest,
            "app.yaml for HTTP": over_http(manifest, _EXAMPLE_ADDRESS),
        }.items():
            rows[cause, "manifest"] = await _manifest_row(cause, described, slacks)
    return list(rows.values())


async def _manifest_row(cause: str, manifest: Mapping[str, Any], slacks: Judge | None) -> Row:
    from cli.conformance.judging import NOT_ASKED, in_workspace  # noqa: PLC0415 — see above

    theirs = await slacks.manifest(manifest) if slacks else NOT_ASKED
    return Row(cause, "manifest", [(in_workspace(manifest), theirs)])


def _table(rows: Iterable[Row], columns: int) -> Iterator[str]:
    """Yield the lines of a table with the first so many columns, each as wide as what stands in it."""
    cells = [_HEADS[:columns], *(tuple(map(visible, row.cells()[:columns])) for row in rows)]
    widths = [max(len(row[number]) for row in cells) for number in range(columns)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _summary(rows: Iterable[Row], unknown: int, *, live: bool) -> str:
    rows = list(rows)
    number = sum(len(row.verdicts) for row in rows)
    refused, different = sum(row.is_faulty for row in rows), sum(row.differs for row in rows)
    asked = f"{different} judged differently by Slack, {unknown} without its verdict" if live else "Slack was not asked"
    return f"\n{number} messages, views and manifests of {len(rows)} kinds: {refused} kinds refused, {asked}."


def _json(row: Row) -> str:
    cause, form, _, ours, slacks, _ = row.cells()
    fields = {
        "kind": cause,
        "sent_as": form,
        "number": len(row.verdicts),
        "workspace": ours,
        "slack": slacks,
        "differs": row.differs,
    }
    return json.dumps(fields, ensure_ascii=False)
