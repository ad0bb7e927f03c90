"""Keys for tokens: the first encrypts, each decrypts, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from cryptography.fernet import Fernet

from bot.installations.token_keys import TokenKeys, UnreadableTokenError

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_the_first_key_encrypts_and_each_decrypts() -> None:
    stored = TokenKeys([OLD]).encrypt("xoxb-1")
    both = TokenKeys([NEW, OLD])
    assert "xoxb" not in stored
    assert (both.decrypt(stored), both.is_newest(stored)) == ("xoxb-1", False)
    anew = both.encrypt("xoxb-1")
    assert (TokenKeys([NEW]).decrypt(anew), both.is_newest(anew)) == ("xoxb-1", True)


def test_a_process_not_yet_restarted_reads_what_is_written_at_each_step_to_a_new_key() -> None:
    steps = [TokenKeys(keys) for keys in ([OLD], [OLD, NEW], [NEW, OLD], [NEW])]
    for before, after in pairwise(steps[:3]):
        assert before.decrypt(after.encrypt("x")) == after.decrypt(before.encrypt("x")) == "x"
    assert steps[3].decrypt(steps[2].encrypt("x")) == "x"


_OF_ANOTHER_KEY = pytest.param(TokenKeys([OLD]).encrypt("x"), id="of another key")


@pytest.mark.parametrize("stored", ["xoxb-in-plain-words", "", "gAAAA", "ü", _OF_ANOTHER_KEY])
def test_what_no_key_decrypts_is_unreadable_and_says_what_to_do(stored: str) -> None:
    with pytest.raises(UnreadableTokenError, match="Add that key to the end of TOKEN_KEYS"):
        TokenKeys([NEW]).decrypt(stored)


def test_what_is_too_old_or_from_the_future_is_not_young() -> None:
    keys = TokenKeys([NEW])
    made = keys.encrypt_at("x", NOW)
    assert keys.decrypt_young(made, 600, NOW + timedelta(seconds=600)) == "x"
    for moment in (NOW + timedelta(seconds=601), NOW - timedelta(minutes=5)):
        with pytest.raises(UnreadableTokenError):
            keys.decrypt_young(made, 600, moment)
