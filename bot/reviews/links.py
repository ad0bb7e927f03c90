"""Tries whether the addresses of sources still lead somewhere: a few bytes of each, slowly, and never within a network.

HEAD first, then GET of a few bytes where that is refused (RFC 9110, 9.3.2: a server may refuse HEAD). Redirects are
followed one by one, so that each address is judged before it is asked.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import AF_UNSPEC, EAI_AGAIN, AddressFamily, gaierror
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.content.faults import Code, Fault
from bot.content.files import decode
from bot.content.memorandum import SOURCES_FILE, read_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aiohttp.abc import ResolveResult

AT_ONCE: Final = 8
PAUSE_S: Final = 1.0
"""Seconds between two requests to one host."""
TIMEOUT_S: Final = 20.0
MOST_REDIRECTS: Final = 8
_BYTES: Final = 512
_NAT64: Final = IPv6Network("64:ff9b::/96")
_PERMANENT: Final = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_REDIRECTS: Final = _PERMANENT | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_HEADERS: Final = {"User-Agent": "briefing-bot (checks the links of a fact store)", "Accept": "*/*"}


@dataclass(frozen=True, slots=True)
class LinkProblem:
    """What is wrong with an address, and what to do."""

    code: Code
    message: str
    hint: str


class PrivateAddressError(OSError):
    """A name or an address leads into a private network, or to this machine."""


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only, so that what is connected to is what was judged."""

    def __init__(self) -> None:
        """Ask the system's resolver."""
        self._resolver = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        """Return the public addresses of a host. Raises PrivateAddressError where it has none, and OSError."""
        found = await self._resolver.resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise PrivateAddressError(host)
        return public

    async def close(self) -> None:
        """Release nothing."""
        await self._resolver.close()


class LinkChecker:
    """Tries addresses: at most AT_ONCE at a time, one for each host, with a pause between two."""

    def __init__(
        self,
        *,
        allows_private: bool = False,
        resolver: AbstractResolver | None = None,
        pause_s: float = PAUSE_S,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`allows_private`: also try addresses of private networks. `resolver` stands in for the system's."""
        self._allows_private = allows_private
        self._resolver = resolver
        self._pause_s = pause_s
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def check(self, addresses: Iterable[str]) -> Mapping[str, LinkProblem]:
        """Return the problem of each address that has one."""
        resolver = self._resolver or (ThreadedResolver() if self._allows_private else PublicResolver())
        connector = aiohttp.TCPConnector(resolver=resolver, force_close=True, use_dns_cache=False)
        places = list(dict.fromkeys(addresses))
        async with aiohttp.ClientSession(connector=connector, timeout=self._timeout, auto_decompress=False) as session:
            found = await asyncio.gather(*(self._problem(session, address) for address in places))
        return {address: problem for address, problem in zip(places, found, strict=True) if problem}

    async def _problem(self, session: aiohttp.ClientSession, address: str) -> LinkProblem | None:
        try:
            return await self._followed(session, URL(address))
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return _failed(error)

    async def _followed(self, session: aiohttp.ClientSession, start: URL) -> LinkProblem | None:
        """Follow redirects to the end; `moved` is where a permanent one leads, as long as all were permanent."""
        url, moved, all_permanent = start, start, True
        for _ in range(MOST_REDIRECTS + 1):
            status, location = await self._status(session, url)
            if status not in _REDIRECTS or not location:
                return _judged(status) or (_moved(moved) if moved != start else None)
            target = url.join(URL(location)).with_fragment(None)
            if target.scheme != "https" and url.scheme == "https":
                return LinkProblem(Code.LINK_BROKEN, f"It leads to an address without https: {target}", _HINT)
            all_permanent = all_permanent and status in _PERMANENT
            url, moved = target, target if all_permanent else moved
        return LinkProblem(Code.LINK_BROKEN, f"It leads on and on, more than {MOST_REDIRECTS} times.", _HINT)

    async def _status(self, session: aiohttp.ClientSession, url: URL) -> tuple[int, str]:
        """Return the status of an address, and where it redirects. Raises PrivateAddressError."""
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError(f"{url} is no address of a website")
        if not self._allows_private and not _may_be_public(url.host):
            raise PrivateAddressError(url.host)
        status = HTTPStatus.METHOD_NOT_ALLOWED.value
        for method in ("HEAD", "GET"):
            async with self._hosts[f"{url.host}:{url.port}"]:
                ranged = {"Range": f"bytes=0-{_BYTES - 1}"} if method == "GET" else {}
                asked = session.request(method, url, headers=_HEADERS | ranged, allow_redirects=False)
                async with self._at_once, asked as response:
                    status, location = response.status, response.headers.get("Location", "")
                    await response.content.read(_BYTES)
                await asyncio.sleep(self._pause_s)
            if status < HTTPStatus.BAD_REQUEST:
                return status, location
        return status, ""


async def link_faults(folder: Path, checker: LinkChecker) -> tuple[Fault, ...]:
    """Return a fault for each source in sources.yaml whose address leads nowhere, elsewhere, or cannot be tried."""
    try:
        file = decode(SOURCES_FILE, (folder / SOURCES_FILE).read_bytes())
    except OSError:
        return ()  # that it is missing is a fault of the folder
    if isinstance(file, Fault):
        return ()
    read = read_sources(file)
    problems = await checker.check(each.url for each in read.sources.values())
    found = ((key, problems[each.url]) for key, each in read.sources.items() if each.url in problems)
    return tuple(file.fault(each.code, each.message, each.hint, read.addresses[key]) for key, each in found)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, whatever it is wrapped in."""
    parsed = ip_address(address.partition("%")[0])
    inner: IPv4Address | IPv6Address = parsed
    if isinstance(parsed, IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or parsed
        if parsed in _NAT64:
            inner = IPv4Address(int(parsed) & 0xFFFFFFFF)
    return inner.is_global and not inner.is_multicast


def _may_be_public(host: str) -> bool:
    """Whether a host is a name, which is resolved when it is connected to, or a public address."""
    try:
        return is_public(host)
    except ValueError:
        return True


_HINT: Final = "Find where the text is now, and name that; or cite another source."


def _failed(error: Exception) -> LinkProblem:
    """Return what a request that failed comes to."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, PrivateAddressError):
        message = "It leads into a private network, or to this machine."
        return LinkProblem(Code.LINK_BROKEN, message, "Readers cannot open it. To try it anyway: --private.")
    if isinstance(error, aiohttp.ClientSSLError) or isinstance(cause, ssl.SSLError):
        return LinkProblem(Code.LINK_BROKEN, f"Its https is not sound: {_reason(cause)}.", _HINT)
    if isinstance(cause, gaierror) and cause.errno != EAI_AGAIN:
        return LinkProblem(Code.LINK_BROKEN, "There is no website of that name.", _HINT)
    if isinstance(error, TimeoutError):
        return _unclear("It did not answer in time.")
    return _unclear(f"It did not answer as a website does: {_reason(cause)}.")


def _judged(status: int) -> LinkProblem | None:
    if status in _GONE:
        return LinkProblem(Code.LINK_BROKEN, f"The page is gone (HTTP {status}).", _HINT)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.BAD_REQUEST:
        return _unclear(f"The website does not show it to a program (HTTP {status}).")
    return None


def _moved(url: URL) -> LinkProblem:
    return LinkProblem(Code.LINK_MOVED, f"It has moved for good to {url}", "Name that address, if the text is there.")


def _unclear(message: str) -> LinkProblem:
    return LinkProblem(Code.LINK_UNCLEAR, message, "Open it yourself.")


def _reason(error: BaseException | None) -> str:
    """Return an error's own words on one line, without a full stop."""
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
