"""HTTP proxies from the environment: which one a call goes through, and which ones cannot be used.

aiohttp looks a websocket's proxy up in WSS_PROXY, which nobody sets, and leaves out what is not http:// in silence.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.config.values import is_local
from bot.errors import ConfigError


def proxy_for(address: str) -> str | None:
    """Return the proxy for an http(s) or ws(s) address; None for this machine and what NO_PROXY names."""
    host = urlsplit(address).hostname or ""
    if is_local(address) or proxy_bypass(host):
        return None
    return getproxies().get(_kind(address))


def require_usable_proxy(address: str) -> None:
    """Raise ConfigError, without the value, which may hold a password, for a proxy that cannot be used."""
    proxy = proxy_for(address)
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy)
        is_usable = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigError(
            f"{_kind(address).upper()}_PROXY is not the address of an HTTP proxy: it should look like http://host:port.",
            "SOCKS proxies, and proxies that are spoken to by TLS themselves, are not supported.",
        )


def _kind(address: str) -> str:
    return "https" if urlsplit(address).scheme in ("https", "wss") else "http"
