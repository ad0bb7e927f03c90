"""`python -m workspace --manifest app.yaml`: a workspace for any Slack app, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from workspace.manifest import ManifestError
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

_PORT = 8080


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the app that a manifest describes; return 1 with a sentence on stderr for what cannot be served."""
    parser = argparse.ArgumentParser(prog="python -m workspace", description="A Slack workspace on this machine.")
    parser.add_argument("--manifest", type=Path, required=True, help="the app's manifest, YAML or JSON")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (127.0.0.1)")
    parser.add_argument("--port", type=int, default=_PORT, help=f"0 takes a free one ({_PORT})")
    parser.add_argument("--rate-limits", action="store_true", help="refuse calls beyond Slack's rate limits with 429")
    parser.add_argument("--legacy-app", action="store_true", help="the app was made before agent_view")
    options = parser.parse_args(arguments)
    try:
        workspace = Workspace(_read(options.manifest), is_legacy_app=options.legacy_app)
        workspace.rate_limits.is_on = options.rate_limits
        asyncio.run(_serve(workspace, options.host, options.port))
    except ManifestError as error:
        sys.stderr.write("".join(f"{options.manifest}: {fault}\n" for fault in error.faults))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
    except OSError as error:
        sys.stderr.write(
            f"Port {options.port} on {options.host} cannot be used: {_reason(error)}. Try another --port.\n"
        )
    else:
        return 0
    return 1


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a manifest. Raises ValueError for a file that cannot be read, or is not YAML or JSON."""
    try:
        source: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {_reason(error)}.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text.") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not valid YAML: {error}") from None
    return source


def _reason(error: OSError) -> str:
    """Return the system's description of an error, without asyncio's additions."""
    return os.strerror(error.errno) if error.errno else str(error)


async def _serve(workspace: Workspace, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with workspace.serve(host, port):
        sys.stdout.write(_welcome(workspace))
        sys.stdout.flush()
        await stop.wait()


def _welcome(workspace: Workspace) -> str:
    """Return the page's address, and the app's settings as shell commands."""
    settings = {
        "SLACK_API_URL": workspace.api_url,
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
    }
    lines = [f"# {workspace.manifest.name} in a workspace of its own: {workspace.url}", "# Start the app with:"]
    lines += [f"export {name}={value}" for name, value in settings.items()]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
