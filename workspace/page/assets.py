"""The page's own files: styles, scripts and the vendored htmx."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from aiohttp import web

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in workspace/static/; `tag` changes with its content."""

    content: bytes
    media_type: str
    tag: str


@cache
def assets() -> dict[str, Asset]:
    """Return the files by name; only these are served, so a request cannot read any other path."""
    found: dict[str, Asset] = {}
    for file in files("workspace").joinpath("static").iterdir():
        media_type = _TYPES.get(file.name.rpartition(".")[2])
        if media_type:
            content = file.read_bytes()
            found[file.name] = Asset(content, media_type, sha256(content).hexdigest()[:16])
    return found


def address_of(name: str) -> str:
    """Return a file's address, which changes with its content."""
    return f"/static/{name}?v={assets()[name].tag}"


async def serve(request: web.Request) -> web.Response:
    """Serve one file, compressed when the browser accepts it; 304 when the browser has it.

    At the address of its content it may be cached forever.
    """
    asset = assets().get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    is_current = request.query.get("v") == asset.tag
    caching = "max-age=31536000, immutable" if is_current else "no-cache"
    headers = {"Cache-Control": caching, "ETag": f'"{asset.tag}"'}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    response = web.Response(body=asset.content, content_type=asset.media_type, charset="utf-8", headers=headers)
    response.enable_compression()
    return response
