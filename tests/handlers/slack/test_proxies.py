"""Proxies from the environment: which is used for what, and which are refused in a sentence."""

from __future__ import annotations

import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from bot.errors import ConfigError
from bot.outbox.delivery import NotDeliveredError
from handlers.slack.errors import no_answer
from handlers.slack.proxies import proxy_for, require_usable_proxy
from handlers.slack.web_client import WebClient

SLACK, SOCKET = "https://slack.com/api/", "wss://wss-primary.slack.com/link"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_a_websocket_goes_through_the_proxy_of_https(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_for(SOCKET) is None
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert proxy_for(SOCKET) == proxy_for(SLACK) == "http://proxy.example:3128"
    assert proxy_for("ws://127.0.0.1:8080/link") is None
    monkeypatch.setenv("NO_PROXY", ".slack.com")
    assert proxy_for(SOCKET) is None


@pytest.mark.parametrize(
    "proxy", ["proxy.example:3128", "socks5://proxy.example:1080", "https://proxy.example", "http://", "http://[", "::"]
)
def test_a_proxy_that_cannot_be_used_is_one_sentence_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.replace("//proxy", "//name:secret@proxy"))
    with pytest.raises(ConfigError) as raised:
        require_usable_proxy(SLACK)
    assert raised.value.message.startswith("HTTPS_PROXY is not the address of an HTTP proxy")
    assert "secret" not in str(raised.value)
    require_usable_proxy("http://127.0.0.1:8080/api/")


@pytest.mark.parametrize("proxy", ["http://proxy.example:3128", "http://name:secret@proxy.example"])
def test_usual_proxies_are_accepted(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    require_usable_proxy(SLACK)


async def test_why_slack_cannot_be_reached_is_told_apart(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    """A certificate of an authority that is not known, a proxy that is not there, and a port that is closed."""
    key = ConnectionKey("slack.com", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None)
    untrusted = aiohttp.ClientConnectorCertificateError(key, ssl.SSLCertVerificationError("self-signed"))
    assert no_answer(untrusted).code == "untrusted_certificate"
    assert no_answer(aiohttp.ClientConnectorSSLError(key, ssl.SSLError("wrong version"))).code == "tls_failed"
    assert no_answer(aiohttp.ClientConnectorDNSError(key, OSError("no such name"))).code == "unresolved"
    async with aiohttp.ClientSession(trust_env=True) as session:
        client = WebClient(f"http://127.0.0.1:{unused_tcp_port}/", session)
        with pytest.raises(NotDeliveredError) as closed:
            await client.auth_test()
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_tcp_port}")
        client = WebClient("http://slack.example/", session)
        with pytest.raises(NotDeliveredError) as proxied:
            await client.auth_test()
    assert (closed.value.code, proxied.value.code) == ("unreached", "proxy_unreached")
