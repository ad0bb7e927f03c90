"""Cache of compiled statements that the engines of a test run share."""

from __future__ import annotations

from typing import Any


class CompiledStatements(dict[Any, Any]):
    """Compiled statements by dialect and statement.

    SQLAlchemy puts the engine's own dialect into the key; those of one kind compile alike.
    """

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: ANN401 — SQLAlchemy's
        """Return the statement as another engine compiled it."""
        return super().get(_of_kind(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:  # noqa: ANN401 — SQLAlchemy's
        """Keep a statement for all engines."""
        super().__setitem__(_of_kind(key), value)


def _of_kind(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *statement = key
    return type(dialect), *statement
