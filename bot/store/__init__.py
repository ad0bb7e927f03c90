"""The published revision: what every answer is read from."""

from bot.store.revision import MemoryStore, Revision, Store

__all__ = ["MemoryStore", "Revision", "Store"]
