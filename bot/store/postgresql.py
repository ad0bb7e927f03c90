"""Connections to PostgreSQL that notice a server that is silent, and leave no lock behind on one that lost us.

A cut that nobody reports (a cable, a firewall, a frozen server) would otherwise be noticed by TCP after a quarter of
an hour here, and after two hours on the server, which keeps our locks meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from psycopg import AsyncConnection, errors
from psycopg.waiting import wait_async
from sqlalchemy import event
from sqlalchemy.ext.asyncio.engine import create_async_engine  # bot/store/engine.py has loaded it without its package

from bot.store.limiter import READ_S, has_no_timeout, is_asked

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from sqlalchemy import ExceptionContext
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

STATEMENT_S: Final = 10
"""Seconds that the server gives a statement, locks that it waits for included."""
ANSWER_S: Final = STATEMENT_S + 2.0
"""Seconds without an answer after which a connection is given up; READ_S where somebody waits for it."""
CONNECT_S: Final = 5
ASKED_CONNECT_S: Final = 2
"""The same where somebody waits; psycopg takes no shorter time."""
HELD_S: Final = 15
"""Seconds after which the server ends a transaction in which nothing is asked: its process was cut off or stopped."""
POOL_SIZE: Final = 10
"""Connections that stay open; as many more are opened when all are in use."""

_SERVER: Final = {
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""What the server is asked for at the start of each connection: by a statement, as PgBouncer knows no `options`."""
_CLIENT: Final[dict[str, Any]] = {
    "tcp_user_timeout": 5000,  # ms that what was sent may go unacknowledged (libpq: "Connection Parameters")
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "prepare_threshold": None,  # a pooler gives each transaction another connection; preparing gained no CPU time
}


class Connection(AsyncConnection[Any]):
    """A connection whose every wait for the server ends: with the answer, or by closing the connection."""

    async def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109 — as psycopg has it
        """Wait for the server's answer.

        Raises OperationalError when it does not come. psycopg would first ask the server to cancel the statement, and
        wait for that: a server that is silent would then hold up whoever gives up the waiting, too.
        """
        if has_no_timeout():
            return await super().wait(gen, interval, timeout)
        limit_s = READ_S if is_asked() else ANSWER_S
        try:
            async with asyncio.timeout(limit_s):
                return await wait_async(gen, self.pgconn.socket, interval=interval)
        except TimeoutError:
            self.pgconn.finish()
            sentence = "somebody waits" if is_asked() else "connection timeout"
            raise errors.OperationalError(f"{sentence}: no answer for {limit_s:.0f} s") from None
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
                self.pgconn.finish()
            raise


async def _connect(*args: Any, **how: Any) -> Connection:  # noqa: ANN401 — psycopg's arguments
    """Connect, and set what the server is asked for."""
    timeout_s = ASKED_CONNECT_S if is_asked() else CONNECT_S
    connection = await Connection.connect(*args, **{"connect_timeout": timeout_s, **_CLIENT, **how})
    await connection.set_autocommit(True)
    limits = {"statement_timeout": f"{STATEMENT_S}s", "idle_in_transaction_session_timeout": f"{HELD_S}s"}
    wanted = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in {**limits, **_SERVER}.items())
    await connection.execute(f"SELECT {wanted}".encode())
    await connection.set_autocommit(False)
    return connection


def create_postgresql_engine(url: URL) -> AsyncEngine:
    """Return an engine for a server; it connects when it is first used."""
    engine = create_async_engine(
        url,
        pool_size=POOL_SIZE,
        pool_pre_ping=True,
        hide_parameters=True,  # who asked, and for what, is not for the log
        connect_args={"async_creator_fn": _connect},
    )
    event.listen(engine.sync_engine, "handle_error", _leave_a_standby)
    return engine


def _leave_a_standby(context: ExceptionContext) -> None:
    """Give up every connection to a server that became read-only: its address may lead to the new primary by now."""
    if isinstance(context.original_exception, errors.ReadOnlySqlTransaction):
        context.is_disconnect = True
