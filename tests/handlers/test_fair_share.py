"""A fair share of the bot's time for each person."""

from __future__ import annotations

from handlers.fair_share import FairShare


def test_each_has_as_many_at_once_and_again_over_a_minute() -> None:
    now = [0.0]
    share = FairShare(4, lambda: now[0])
    assert [share.has_some("U1") for _ in range(6)] == [True] * 4 + [False] * 2
    assert share.has_some("U2"), "another person's share is their own"
    now[0] = 15.0
    assert [share.has_some("U1") for _ in range(2)] == [True, False]
    now[0] = 600.0
    assert [share.has_some("U1") for _ in range(5)] == [True] * 4 + [False]


def test_without_a_limit_there_is_none() -> None:
    share = FairShare(0)
    assert all(share.has_some("U1") for _ in range(1000))


def test_who_has_none_left_is_told_once_a_minute() -> None:
    now = [0.0]
    share = FairShare(1, lambda: now[0])
    assert [share.is_to_be_told("U1") for _ in range(3)] == [True, False, False]
    assert share.is_to_be_told("U2")
    now[0] = 61.0
    assert share.is_to_be_told("U1")
