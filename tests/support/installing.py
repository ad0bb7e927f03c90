"""A browser that installs the app: it opens Slack's page, and presses Allow or Cancel."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

if TYPE_CHECKING:
    import aiohttp

_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_PLACE = re.compile(r'<input type="radio" name="place" value="(\w+)"')


async def consent(session: aiohttp.ClientSession, address: str) -> tuple[int, dict[str, str], list[str]]:
    """Open the page at an address; return its status, what its form sends, and where the app can be installed."""
    async with session.get(address) as response:
        html = await response.text()
    return response.status, {name: unescape(value) for name, value in _FIELD.findall(html)}, _PLACE.findall(html)


async def press(session: aiohttp.ClientSession, address: str, place: str, answer: str = "allow") -> str:
    """Open the page, choose a workspace or organisation, press a button; return where the browser is sent then."""
    _, form, _ = await consent(session, address)
    page = urlsplit(address)
    origin = f"{page.scheme}://{page.netloc}"
    data = {**form, "place": place, "answer": answer}
    async with session.post(
        f"{origin}{page.path}", data=data, headers={"Origin": origin}, allow_redirects=False
    ) as response:
        return response.headers.get("Location", await response.text())


def asking(page: str, client_id: str, scopes: str, **more: str) -> str:
    """Return the address of the page for what an app asks for."""
    return f"{page}?{urlencode({'client_id': client_id, 'scope': scopes, **more})}"


def parts(address: str) -> dict[str, str]:
    """Return the parameters of an address that are given once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
