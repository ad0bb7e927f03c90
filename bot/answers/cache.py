"""A cache bounded in bytes: what was asked for once gives way before what was asked for again (a segmented LRU).

So a row of questions that are all different, however long it is, takes nothing from those that people repeat.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

_Value = TypeVar("_Value")

ENTRY_BYTES: Final = 400
"""What an entry takes besides its key and its value. So the bytes bound the number of entries too."""


class SegmentedCache(Generic[_Value]):
    """Values by key, for one thread: a quarter of the room is for those that were asked for once."""

    def __init__(self, most_bytes: int) -> None:
        self._once = _RecentlyUsed[_Value](most_bytes // 4)
        self._again = _RecentlyUsed[_Value](most_bytes - most_bytes // 4)

    def get(self, key: Hashable) -> _Value | None:
        """Return a value, which is kept longer for it; None for one that is not kept."""
        if (found := self._again.get(key)) is not None:
            return found
        if (moved := self._once.pop(key)) is None:
            return None
        self._again.put(key, *moved)
        return moved[0]

    def put(self, key: Hashable, value: _Value, size: int) -> None:
        """Keep a value, if there is room for one as large: `size` are the bytes that it takes, with its key."""
        self._once.put(key, value, size + ENTRY_BYTES)

    def clear(self) -> None:
        """Forget everything."""
        self._once.clear()
        self._again.clear()


class _RecentlyUsed(Generic[_Value]):
    """The values that were used last, with their sizes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._entries: OrderedDict[Hashable, tuple[_Value, int]] = OrderedDict()

    def get(self, key: Hashable) -> _Value | None:
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def pop(self, key: Hashable) -> tuple[_Value, int] | None:
        found = self._entries.pop(key, None)
        if found:
            self._bytes -= found[1]
        return found

    def put(self, key: Hashable, value: _Value, size: int) -> None:
        self.pop(key)
        if size > self._most_bytes:
            return
        self._entries[key] = value, size
        self._bytes += size
        while self._bytes > self._most_bytes:
            _, (_, freed) = self._entries.popitem(last=False)
            self._bytes -= freed

    def clear(self) -> None:
        self._entries.clear()
        self._bytes = 0
