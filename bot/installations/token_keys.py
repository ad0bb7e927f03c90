"""Encryption of tokens at rest: Fernet keys (`cryptography`), of which the first encrypts and each decrypts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class UnreadableTokenError(OperatorError):
    """No key of TOKEN_KEYS decrypts a token."""

    def __init__(self) -> None:
        super().__init__(
            "A token in the database was encrypted with a key that TOKEN_KEYS does not name.",
            "Add that key to the end of TOKEN_KEYS, or have the workspace install the app again.",
        )


class TokenKeys:
    """Encrypts with the first key, decrypts with any."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take at least one key. Raises ValueError for what is no Fernet key."""
        from cryptography import fernet  # noqa: PLC0415 — 9 MB, which a bot of one workspace has no use for

        fernets = [fernet.Fernet(key) for key in keys]
        self._first = fernets[0]
        self._all = fernet.MultiFernet(fernets)
        self._refusals = (fernet.InvalidToken, ValueError)
        """What decrypting raises; the latter for what is not ASCII."""

    def encrypt(self, text: str) -> str:
        """Encrypt a text with the first key."""
        return self._all.encrypt(text.encode()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Return what was encrypted with any of the keys. Raises UnreadableTokenError."""
        try:
            return self._all.decrypt(encrypted).decode()
        except self._refusals:
            raise UnreadableTokenError from None

    def encrypt_at(self, text: str, now: datetime) -> str:
        """Encrypt a text, and that it was now."""
        return self._all.encrypt_at_time(text.encode(), int(now.timestamp())).decode()

    def decrypt_young(self, encrypted: str, oldest_s: int, now: datetime) -> str:
        """Return what was encrypted at most so many seconds ago. Raises UnreadableTokenError."""
        try:
            return self._all.decrypt_at_time(encrypted, oldest_s, int(now.timestamp())).decode()
        except self._refusals:
            raise UnreadableTokenError from None

    def is_newest(self, encrypted: str) -> bool:
        """Whether the first key encrypted it."""
        try:
            self._first.decrypt(encrypted)
        except self._refusals:
            return False
        return True
