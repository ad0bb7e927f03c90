"""The state of an installation: it expires, works once, and nothing else that we encrypt is one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet

from bot.installations.oauth_states import OAuthStates
from bot.installations.token_keys import TokenKeys
from tests.support.newsroom import HandClock

if TYPE_CHECKING:
    from bot.store.database import Database

KEYS = TokenKeys([Fernet.generate_key().decode()])


async def test_a_state_works_once_in_any_process(database: Database) -> None:
    clock = HandClock()
    one, other = OAuthStates(database, clock, KEYS), OAuthStates(database, clock, KEYS)
    state = one.issue()
    assert state != one.issue()
    assert sorted(await asyncio.gather(one.consume(state), other.consume(state))) == [False, True]
    assert not await other.consume(state)


async def test_a_state_expires(database: Database) -> None:
    clock = HandClock()
    states = OAuthStates(database, clock, KEYS)
    state = states.issue()
    clock.pass_by(minutes=10, seconds=1)
    assert not await states.consume(state)


@pytest.mark.parametrize("state", ["", "x", "é", "A" * 10_000, pytest.param(KEYS.encrypt("xoxb-1"), id="no state")])
async def test_what_was_not_issued_is_no_state(sqlite_database: Database, state: str) -> None:
    assert not await OAuthStates(sqlite_database, HandClock(), KEYS).consume(state)
