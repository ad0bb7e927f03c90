"""How much chaos: `pytest tests/chaos --chaos-seeds 50` is `make chaos`. The table of the runs stands at the end."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.chaos.harness import table
from tests.support.forking import forking as forked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.harness import Outcome
    from tests.support.forking import Forking

_outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the number of seeds, and Slack's rate limits."""
    parser.addoption("--chaos-seeds", type=int, default=1, help="Runs of the chaos test on each database.")
    parser.addoption("--chaos-rate-limits", action="store_true", help="With Slack's rate limits on, and fewer posts.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run once for each seed."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, metafunc.config.getoption("--chaos-seeds", default=1) + 1))


@pytest.fixture(autouse=True)
def _patient(patient_workspace: None) -> None:
    """Let no run depend on how busy the machine is."""


@pytest.fixture
def is_limited(request: pytest.FixtureRequest) -> bool:
    """Whether Slack's rate limits are on."""
    return bool(request.config.getoption("--chaos-rate-limits", default=False))


@pytest.fixture(scope="session")
def forking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forking]:
    """Start processes without their imports: there are a hundred in a run of the chaos."""
    with forked(tmp_path_factory.mktemp("forking")) as forking:
        yield forking


@pytest.fixture
def outcomes() -> defaultdict[str, list[Outcome]]:
    """Keep what came of each run, by its name."""
    return _outcomes


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if _outcomes:
        terminalreporter.section("chaos")
        for line in table(_outcomes):
            terminalreporter.write_line(line)
