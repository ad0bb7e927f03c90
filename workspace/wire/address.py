"""The addresses of the server."""

from __future__ import annotations


class Address:
    """The addresses of one server, complete after `listen`."""

    def __init__(self) -> None:
        """Start without a port."""
        self._shared: Address | None = None
        self._authority = "127.0.0.1"

    def listen(self, host: str, port: int) -> None:
        """Set the host and port of the server."""
        self._authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def share(self, address: Address) -> None:
        """Tell the app another server's address, for the Web API and what it returns."""
        self._shared = address

    @property
    def page(self) -> str:
        """The page in the browser; ends in a slash."""
        return f"http://{self._authority}/"

    @property
    def api(self) -> str:
        """The base of the Web API, as slack_sdk takes it; ends in /api/."""
        return self._shared.api if self._shared else f"{self.page}api/"

    def socket(self, ticket: str) -> str:
        """Return the websocket address that a Socket Mode ticket opens."""
        return self._shared.socket(ticket) if self._shared else f"ws://{self._authority}/link?ticket={ticket}"

    def response(self, token: str) -> str:
        """Return a response_url."""
        return self._shared.response(token) if self._shared else f"{self.page}response/{token}"
