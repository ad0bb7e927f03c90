"""`briefing-bot try`, without a workspace."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from cli import try_out as trying
from cli.main import app
from cli.operators import run

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_a_browser_that_stays_does_not_hold_up_the_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    is_open, may_close, opened = Event(), Event(), []

    def open_page(address: str) -> None:
        opened.append((address, may_close.wait(5)))
        is_open.set()

    async def try_out(*arguments: object, **_more: object) -> None:
        on_ready: Callable[[str], None] = arguments[-1]  # type: ignore[assignment] # the command's last argument
        on_ready("http://127.0.0.1:1/")
        may_close.set()
        await asyncio.to_thread(is_open.wait, 5)

    monkeypatch.setattr(run, "set_up_logging", lambda _: None)
    monkeypatch.setattr(run, "open_page", open_page)
    monkeypatch.setattr(trying, "try_out", try_out)
    assert CliRunner().invoke(app, ["try"]).exit_code == 0
    assert opened == [("http://127.0.0.1:1/", True)]
