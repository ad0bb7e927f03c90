"""Requests to the page without a browser."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiohttp

    from workspace.server import Workspace


class Pages:
    """Reads pages of a workspace and posts what their forms post."""

    def __init__(self, workspace: Workspace, session: aiohttp.ClientSession) -> None:
        """Ask this workspace."""
        self._origin = workspace.url.rstrip("/")
        self._session = session

    async def read(self, path: str) -> str:
        """Return a page; it must be there."""
        async with self._session.get(f"{self._origin}{path}") as response:
            assert response.status == 200, await response.text()
            return await response.text()

    async def post(self, path: str, *values: tuple[str, str], **more: str) -> tuple[int, str]:
        """Post a form as the page itself does; return the status and the answer."""
        form = [*values, *more.items()]
        headers = {"Origin": self._origin}
        async with self._session.post(f"{self._origin}{path}", data=form, headers=headers) as response:
            return response.status, await response.text()


def name(block_id: str, action_id: str = "it") -> str:
    """Return the name of an element's form field."""
    return json.dumps([block_id, action_id])


def part(html: str, begin: str, end: str) -> str:
    """Return what is between two pieces of a page."""
    found = re.search(f"{re.escape(begin)}(.*?){re.escape(end)}", html, re.DOTALL)
    assert found, f"{begin} … {end} is not on the page"
    return found[1]
