"""Socket Mode under resets: the share of slash commands that go unanswered when the connection is cut without a word.

The real process in the local workspace: 50 commands a second, five resets, no close frame.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from statistics import median

import app as wiring
from tests.support.unlimited import UNLIMITED
from workspace.server import Workspace

COMMANDS_A_SECOND = 50
RESETS = 5
EVERY_S = 3.0
USER, CHANNEL = "U0ADA", "C0GENERAL"


async def main() -> None:
    """Print how many commands were not acknowledged, and how long each gap was."""
    loop = asyncio.get_running_loop()
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        tokens = {
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
            "SLACK_API_URL": workspace.api_url,
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SLACK_")}  # noqa: TID251 — a child's
        with tempfile.TemporaryDirectory() as folder:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from cli.main import main; main()", "run"),
                env=environment | tokens | {"DATA_DIR": folder, **UNLIMITED, "LOG_LEVEL": "error"},
            )
            await workspace.wait_until(lambda: workspace.is_connected, timeout_s=60)
            await workspace.type(USER, CHANNEL, "/fact growth zones")
            gaps: list[float] = []

            async def reset() -> None:
                for _ in range(RESETS):
                    await asyncio.sleep(EVERY_S)
                    cut_at = loop.time()
                    workspace.reset_connections()
                    await workspace.wait_until(lambda: not workspace.is_connected)
                    await workspace.wait_until(lambda: workspace.is_connected)
                    gaps.append(loop.time() - cut_at)

            resetting = asyncio.create_task(reset())
            asked = []
            while not resetting.done():
                asked.append(asyncio.create_task(workspace.type(USER, CHANNEL, "/fact growth zones")))
                await asyncio.sleep(1 / COMMANDS_A_SECOND)
            await resetting
            results = await asyncio.gather(*asked)
            process.terminate()
            await process.wait()
    lost = sum(not result.acked for result in results)
    print(f"{len(results)} commands, {RESETS} resets: {lost} unanswered ({lost / len(results):.2%})")
    gaps_ms = [gap * 1000 for gap in gaps]
    print(f"from the reset to the new connection: median {median(gaps_ms):.0f} ms, longest {max(gaps_ms):.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
