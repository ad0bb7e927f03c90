"""What is kept: within its bytes, what was asked for last, and what was asked for again before all else."""

from __future__ import annotations

from weakref import WeakSet

import pytest

from bot.answers.cache import ENTRY_BYTES, SegmentedCache

ROOM = 100 * ENTRY_BYTES


class Value:
    """A value that lives as long as it is kept."""


def test_a_value_is_kept_and_a_newer_one_takes_its_place() -> None:
    kept: SegmentedCache[str] = SegmentedCache(ROOM)
    assert kept.get("key") is None
    kept.put("key", "old", 1)
    kept.put("key", "new", 1)
    assert [kept.get("key"), kept.get("key"), kept.get("other")] == ["new", "new", None]
    kept.clear()
    assert kept.get("key") is None


def test_what_is_asked_for_once_pushes_out_nothing_that_was_asked_for_again() -> None:
    kept: SegmentedCache[int] = SegmentedCache(ROOM)
    for number in range(50):
        kept.put(number, number, 0)
        assert kept.get(number) == number
    for number in range(1000, 3000):
        kept.put(number, number, 0)
    assert [kept.get(number) for number in range(50)] == list(range(50))
    assert kept.get(1000) is None
    assert kept.get(2999) == 2999


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept: SegmentedCache[int] = SegmentedCache(ROOM)
    for number in range(75):
        kept.put(number, number, 0)
        kept.get(number)
    kept.get(0)
    kept.put("new", 75, 0)
    kept.get("new")
    assert kept.get(1) is None
    assert kept.get(0) == 0


@pytest.mark.parametrize("entry_bytes", [0, 600, 3600])
def test_the_bytes_bound_the_entries_however_they_are_used(entry_bytes: int) -> None:
    kept: SegmentedCache[Value] = SegmentedCache(ROOM)
    held = WeakSet[Value]()

    def value() -> Value:
        made = Value()
        held.add(made)
        return made

    for number in range(1000):
        kept.put(number, value(), entry_bytes)
        if number % 2:
            kept.get(number)
        if number % 5 == 0:
            kept.put(number - 1, value(), entry_bytes // 2)
    assert 0 < len(held) <= ROOM // (entry_bytes // 2 + ENTRY_BYTES)


def test_what_is_larger_than_the_room_is_not_kept_and_pushes_out_nothing() -> None:
    kept: SegmentedCache[str] = SegmentedCache(ROOM)
    kept.put("small", "small", 0)
    kept.put("large", "large", ROOM)
    assert kept.get("large") is None
    assert kept.get("small") == "small"
