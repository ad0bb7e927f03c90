"""The event loop of what receives requests: uvloop, as `briefing-bot run` has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvloop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    import pytest


def pytest_asyncio_loop_factories(
    config: pytest.Config,  # noqa: ARG001 — the hook's signature
    item: pytest.Item,  # noqa: ARG001 — the same
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return uvloop: what is written before a connection is cut, for one, leaves another loop at another time."""
    return {"uvloop": uvloop.new_event_loop}
