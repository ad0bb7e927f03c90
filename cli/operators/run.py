"""Commands that run the bot: run, try, manifest.

The wiring is imported where it is used: it brings the whole of Slack's libraries.
"""

from __future__ import annotations

import asyncio
import json
import webbrowser
from threading import Thread
from typing import Annotated, Literal

import structlog
import typer

from bot.config import misspelt_in_environment, read_settings, unknown_settings
from bot.content.yaml.reader import write_document
from bot.logging import set_up_logging
from cli.commands import importing
from cli.operators.stopping import stop_on_signals
from cli.options import DEFAULT_FOLDER, ContentFolder

_log = structlog.stdlib.get_logger(__name__)


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(run)
    app.command("try")(try_out)
    app.command()(manifest)


def run(
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Publish each edit in the content folder.")] = False,
    wait_for_database: Annotated[
        float, typer.Option(metavar="S", min=0, help="Seconds to wait for a database that does not answer yet.")
    ] = 0,
) -> None:
    """Run the bot against Slack. Settings come from the environment and .env: see docs/configuration.md."""
    settings = read_settings()
    with importing():
        import uvloop  # noqa: PLC0415 — see above

        from cli.operators import process  # noqa: PLC0415 — see above

    set_up_logging(settings.log_level)
    for name, line, near in unknown_settings():
        _log.warning("setting.unknown", name=name, line=line, nearest=near)
    for name, near in misspelt_in_environment():
        _log.warning("setting.unknown", name=name, nearest=near)

    async def main() -> None:
        await process.run(settings, stop_on_signals(), watch=watch, wait_for_database_s=wait_for_database)

    uvloop.run(main())


def try_out(
    host: Annotated[str, typer.Option(help="A loopback address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8080,
    *,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    content: ContentFolder = DEFAULT_FOLDER,
    rate_limits: Annotated[
        bool, typer.Option("--rate-limits", help="Let the workspace refuse what is too fast for Slack (429).")
    ] = False,
) -> None:
    """Try the bot without Slack: a workspace of your own in the browser, and the real bot in it."""
    from cli import try_out as trying  # noqa: PLC0415 — the same

    set_up_logging("error")

    def on_ready(address: str) -> None:
        typer.echo(f"The bot is ready at {address} (Ctrl-C stops it)")
        if browser:
            Thread(target=open_page, args=(address,), daemon=True).start()  # some browsers return when they are closed

    async def main() -> None:
        await trying.try_out(content, host, port, stop_on_signals(), on_ready, rate_limits=rate_limits)

    try:
        asyncio.run(main())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--host") from None


def open_page(address: str) -> None:
    """Open the page, unless the only browser here is one for the terminal, which would take it over."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if isinstance(browser, webbrowser.BackgroundBrowser) or not isinstance(browser, webbrowser.GenericBrowser):
        browser.open(address)


def manifest(
    url: Annotated[str, typer.Option(help="Where Slack reaches the bot: gives a manifest for HTTP.")] = "",
    form: Annotated[Literal["yaml", "json"], typer.Option("--format", help="How to print it.")] = "yaml",
    *,
    legacy_assistant: Annotated[
        bool, typer.Option("--legacy-assistant", help="For an app that was made before agent_view.")
    ] = False,
) -> None:
    """Print the Slack app's manifest, to paste into "Create an app from a manifest"."""
    import app as wiring  # noqa: PLC0415 — see above
    from handlers.slack.manifests import for_legacy_assistant, over_http  # noqa: PLC0415 — the same

    if not url and form == "yaml" and not legacy_assistant:
        typer.echo(wiring.MANIFEST.read_text(encoding="utf-8"), nl=False)
        return
    described = wiring.read_manifest()
    try:
        described = for_legacy_assistant(described) if legacy_assistant else described
        described = over_http(described, url) if url else described
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--url") from None
    if form == "json":
        typer.echo(json.dumps(described, ensure_ascii=False, indent=2))
    else:
        typer.echo(write_document(described), nl=False)
