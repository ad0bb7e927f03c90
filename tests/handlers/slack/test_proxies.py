"""Proxies from the environment: which is used for what, and which are refused in a sentence."""

from __future__ import annotations

import pytest

from bot.errors import ConfigError
from handlers.slack.proxies import proxy_for, require_usable_proxy

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
