"""Watches what the database is asked: a statement about a table of several workspaces names one, or a row by its id."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Table, event
from sqlalchemy.engine import Engine
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import Delete, Update
from sqlalchemy.sql.selectable import Alias, Join, Select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextvars import ContextVar

Asked = tuple[str, str, frozenset[str]]
"""What a statement does to which table, and the columns by which it chooses rows."""


@dataclass
class Watched:
    """What requests asked: `unscoped` names no workspace, `foreign` names another one than that of who asked."""

    unscoped: set[Asked] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    count: int = 0


@contextmanager
def watched(person: ContextVar[tuple[str, str] | None], teams: Iterable[str]) -> Iterator[Watched]:
    """Watch what is asked for a `person`, by workspace and id; what runs for all is not theirs. `teams` are known."""
    found, seen = Watched(), set[str]()

    def before(_connection: object, _cursor: object, sql: str, values: object, context: Any, _many: object) -> None:  # noqa: ANN401 — as SQLAlchemy calls it
        whose = person.get()
        if whose is None or context.compiled is None:
            return
        found.count += 1
        if any(team in str(values) for team in teams if team != whose[0]):
            found.foreign.add(f"{whose}: {sql} {values}")
        if sql not in seen:
            seen.add(sql)
            found.unscoped.update(unscoped(context.compiled.statement))

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", before)


def unscoped(statement: visitors.ExternallyTraversible) -> Iterator[Asked]:
    """Yield the parts of a statement that name no workspace."""
    for part in visitors.iterate(statement):
        if isinstance(part, Select):
            froms = [each for given in part.get_final_froms() for each in _tables(given)]
            yield from _of("select", froms, _named(part.whereclause, *part.get_final_froms()))
        elif isinstance(part, Update | Delete):
            yield from _of(type(part).__name__.lower(), [part.table], _named(part.whereclause))


def _of(verb: str, froms: list[Any], named: set[tuple[str, str]]) -> Iterator[Asked]:
    for each in froms:
        base = each.element if isinstance(each, Alias) else each
        if isinstance(base, Table) and "team" in base.c:
            columns = frozenset(column for table, column in named if table == each.name)
            if not columns & {"team", "id", "schedule_id"}:
                yield verb, base.name, columns


def _tables(given: Any) -> Iterator[Any]:  # noqa: ANN401 — any FROM
    if isinstance(given, Join):
        yield from _tables(given.left)
        yield from _tables(given.right)
    else:
        yield given


def _named(*clauses: Any) -> set[tuple[str, str]]:  # noqa: ANN401 — any clause
    """Return table and column of what clauses compare."""
    found: set[tuple[str, str]] = set()
    for clause in clauses:
        if isinstance(clause, Join):
            found |= _named(clause.onclause, clause.left, clause.right)
        elif clause is not None and not isinstance(clause, Table | Alias):
            for part in visitors.iterate(clause):
                if isinstance(part, Column) and part.table is not None:
                    found.add((part.table.name, part.name))
    return found
