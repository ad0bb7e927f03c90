"""Links of sources against a real server on this machine: what is broken, moved or unclear, and what is never asked."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from socket import AF_INET, AF_UNSPEC, AddressFamily, gaierror
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from bot.content.faults import Code
from bot.reviews.links import LinkChecker, PublicResolver, is_public, link_faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp.abc import ResolveResult

    from bot.reviews.links import LinkProblem


class Website:
    """A website with pages that do what their names say; `asked` has the requests, `most` those at once."""

    def __init__(self) -> None:
        """Begin without requests."""
        self.asked: list[tuple[str, str, str]] = []
        self.agents: set[str] = set()
        self.now = self.most = 0
        self.base = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as the path says."""
        self.asked.append((request.method, request.host.partition(":")[0], request.path))
        self.agents.add(request.headers["User-Agent"])
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        try:
            return await self._answer(request)
        finally:
            self.now -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        what, _, rest = request.path.strip("/").partition("/")
        if what == "status":
            return web.Response(status=int(rest), text="x" * 5000)
        if what == "no-head":
            return web.Response(status=405 if request.method == "HEAD" else 200, text="here")
        if what == "to":
            status, _, target = rest.partition("/")
            return web.Response(status=int(status), headers={"Location": f"/{target}" if target else request.path})
        if what == "away":
            return web.Response(status=301, headers={"Location": request.query["to"]})
        if what == "late":
            await asyncio.Event().wait()
        return web.Response(text="here")


class Names(AbstractResolver):
    """Resolves every name to this machine, but `nowhere.example`."""

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        """Return this machine, whatever family is wanted."""
        del family
        if host == "nowhere.example":
            raise gaierror(-2, "Name or service not known")
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Release nothing."""


@asynccontextmanager
async def serving() -> AsyncIterator[Website]:
    website = Website()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", website.answer)
    runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        website.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield website
    finally:
        await runner.cleanup()


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    async with serving() as started:
        yield started


def trying(*, timeout_s: float = 30, pause_s: float = 0) -> LinkChecker:
    return LinkChecker(allows_private=True, resolver=Names(), pause_s=pause_s, timeout_s=timeout_s)


async def problem(website: Website, path: str, *, timeout_s: float = 30) -> LinkProblem | None:
    address = website.base + path
    return (await trying(timeout_s=timeout_s).check([address])).get(address)


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/here", None, ""),
        ("/no-head", None, ""),
        ("/to/302/here", None, ""),
        ("/to/307/to/302/here", None, ""),
        ("/to/301/here", Code.LINK_MOVED, "/here"),
        ("/to/308/to/301/here", Code.LINK_MOVED, "/here"),
        ("/to/301/to/302/here", Code.LINK_MOVED, "/to/302/here"),
        ("/to/302/to/301/here", None, ""),
        ("/to/301/status/404", Code.LINK_BROKEN, "404"),
        ("/to/302/", Code.LINK_BROKEN, "on and on"),
        ("/status/404", Code.LINK_BROKEN, "gone (HTTP 404)"),
        ("/status/410", Code.LINK_BROKEN, "gone (HTTP 410)"),
        ("/status/403", Code.LINK_UNCLEAR, "HTTP 403"),
        ("/status/429", Code.LINK_UNCLEAR, "HTTP 429"),
        ("/status/503", Code.LINK_UNCLEAR, "HTTP 503"),
        ("/away?to=ftp://example.org/x", Code.LINK_UNCLEAR, "no address of a website"),
        ("/away?to=http://[::1", Code.LINK_UNCLEAR, "did not answer as a website does"),
        ("/away?to=http://nowhere.example/", Code.LINK_BROKEN, "no website of that name"),
    ],
)
async def test_what_an_address_comes_to(website: Website, path: str, code: Code | None, said: str) -> None:
    found = await problem(website, path)
    assert (found.code if found else None) is code, found
    assert said in (found.message if found else "")


async def test_what_does_not_answer_in_time_or_not_with_https_is_told(website: Website) -> None:
    late = await problem(website, "/late", timeout_s=0.2)
    assert late
    assert (late.code, late.message) == (Code.LINK_UNCLEAR, "It did not answer in time.")
    address = website.base.replace("http:", "https:") + "/here"
    (unsound,) = (await trying().check([address])).values()
    assert unsound.code is Code.LINK_BROKEN
    assert "Its https is not sound" in unsound.message
    (closed,) = (await trying().check(["http://127.0.0.1:1/here"])).values()
    assert closed.code is Code.LINK_UNCLEAR


async def test_a_website_is_asked_one_at_a_time_and_says_who_asks(website: Website) -> None:
    addresses = [f"{website.base}/here/{number}" for number in range(20)]
    assert await trying().check([*addresses, *addresses]) == {}
    assert website.most == 1
    assert len(website.asked) == len(addresses)
    assert {method for method, _, _ in website.asked} == {"HEAD"}
    (agent,) = website.agents
    assert agent.startswith("briefing-bot ")


async def test_many_websites_are_asked_at_once_but_not_all(website: Website) -> None:
    port = website.base.rpartition(":")[2]
    assert await trying().check(f"http://site{number}.example:{port}/here" for number in range(40)) == {}
    assert 1 <= website.most <= 8
    assert len(website.asked) == 40


async def test_there_is_a_pause_after_each_request_to_a_website(
    website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await trying(pause_s=7).check([f"{website.base}/here", f"{website.base}/no-head"])
    assert pauses.count(7) == len(website.asked) == 3


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/here",
        "http://localhost:{port}/here",
        "http://2130706433:{port}/here",
        "http://0x7f.1:{port}/here",
        "http://[::1]:{port}/here",
        "http://[::ffff:127.0.0.1]:{port}/here",
        "http://0.0.0.0:{port}/here",
    ],
)
async def test_nothing_within_a_network_is_asked(website: Website, address: str) -> None:
    address = address.format(port=website.base.rpartition(":")[2])
    found = await LinkChecker(pause_s=0, timeout_s=30).check([address])
    assert found[address].code in {Code.LINK_BROKEN, Code.LINK_UNCLEAR}
    assert website.asked == []


async def test_a_redirect_into_a_network_is_not_followed(website: Website) -> None:
    class Pinned(PublicResolver):
        """Lets one name through, as a website of the internet."""

        async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
            return await (Names() if host == "public.example" else PublicResolver()).resolve(host, port, family)

    port = website.base.rpartition(":")[2]
    checker = LinkChecker(resolver=Pinned(), pause_s=0, timeout_s=30)
    for inner in ("127.0.0.1", "localhost", "169.254.169.254"):
        address = f"http://public.example:{port}/away?to=http://{inner}:{port}/secret"
        (found,) = (await checker.check([address])).values()
        assert "private network" in found.message
    assert {path for _, _, path in website.asked} == {"/away"}


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("172.16.9.9", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_which_addresses_are_public(address: str, *, public: bool) -> None:
    assert is_public(address) is public


async def test_a_fault_stands_at_the_address_in_sources_yaml(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(
        "one:\n  title: One\n  publisher: P\n  published: 2025-07-21\n  url: https://10.0.0.1/x\n"
        "two:\n  title: Two\n  publisher: P\n  published: 2025-07-21\n  url: https://10.0.0.1/x\n",
        encoding="utf-8",
    )
    faults = await link_faults(tmp_path, LinkChecker(pause_s=0))
    assert [(each.file, each.line, each.column, each.code) for each in faults] == [
        ("sources.yaml", 5, 8, Code.LINK_BROKEN),
        ("sources.yaml", 10, 8, Code.LINK_BROKEN),
    ]
    (tmp_path / "sources.yaml").write_bytes(b"\xff")
    assert await link_faults(tmp_path, LinkChecker()) == ()
    assert await link_faults(tmp_path / "gone", LinkChecker()) == ()
