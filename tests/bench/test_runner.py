"""The table of benchmarks: what is worse than committed fails, whatever the machine; nothing is measured here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from bench.runner import OFFERED, run
from bench.table import COMMITTED, PAGE, BenchError, Row, committed_in, page, table, worse, write
from bot.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

COST = Row("cost", "CPU of one", "ms", "hello", 1.5, "ratio")
RATE = Row("rate", "a second", "/s", "hello", 0.6, "ratio", is_more_better=True)


@dataclass
class Fixed:
    """Measures nothing: its figures are given."""

    figures: dict[str, tuple[float, float]]
    ROWS: Sequence[Row] = (COST, RATE)

    def measure(self, names: frozenset[str], say: Callable[[str], None]) -> Iterator[Row]:
        """Return the rows with the figures given."""
        say("measuring")
        return (row.measured(*self.figures[row.name]) for row in self.ROWS if row.name in names)


def outcome(path: Path, cost: float, rate: float = 50, *only: str, floor: float = 1.0, is_written: bool = False) -> int:
    bench = Fixed({"cost": (cost * floor, floor), "rate": (rate * floor, 100 * floor)})
    return run([bench], only, path, is_written=is_written)


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    """Return a file in which cost is 2 and rate .5 times their floors."""
    path = tmp_path / "figures.json"
    assert outcome(path, 2.0, is_written=True) == 0
    return path


@pytest.mark.parametrize(
    ("cost", "rate", "code"),
    [(2.28, 50, 0), (2.32, 50, 1), (1.0, 50, 0), (2.0, 43, 0), (2.0, 42, 1), (2.0, 90, 0)],
    ids=["14 % more", "16 % more", "half", "14 % fewer", "16 % fewer", "more a second"],
)
def test_a_ratio_that_is_worse_by_more_than_15_per_cent_fails(
    committed: Path, cost: float, rate: float, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(committed, cost, rate) == code
    assert ("is worse" in capsys.readouterr().err) == bool(code)


def test_a_slower_machine_is_no_change_for_the_worse(committed: Path) -> None:
    assert outcome(committed, 2.0, floor=30.0) == 0


def test_figures_of_another_machine_are_compared_and_named(committed: Path) -> None:
    rows = [COST.measured(2.4, 1.0)]
    (sentence,) = worse(rows, committed_in(committed), "one more machine")
    assert "2.40 times its floor; 2.00 was committed" in sentence
    assert "on another machine (" in sentence
    assert not worse([COST.measured(2.2, 1.0)], committed_in(committed), "one more machine")


def test_only_what_is_asked_for_is_measured_and_written(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(committed, 9.0, 50, "rate") == 0
    assert "| cost |" not in capsys.readouterr().out
    assert outcome(committed, 9.0, 70, "rate", is_written=True) == 0
    assert {name: each.ratio for name, each in committed_in(committed).items()} == {"cost": 2.0, "rate": 0.7}


def test_a_row_that_is_not_committed_is_told_and_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(tmp_path / "none.json", 9.0) == 0
    assert "No ratio is committed for cost, rate." in capsys.readouterr().err


@dataclass
class Failing(Fixed):
    """Measures its first row, then fails."""

    error: Exception = field(default_factory=lambda: BenchError("It did not pass."))

    def measure(self, names: frozenset[str], say: Callable[[str], None]) -> Iterator[Row]:
        """Yield the first row, then raise."""
        yield next(super().measure(names, say))
        raise self.error


@pytest.mark.parametrize("is_written", [False, True], ids=["compared", "written"])
@pytest.mark.parametrize(
    "error", [BenchError("It did not pass."), TimeoutError(), ConnectionResetError("gone")], ids=repr
)
def test_what_fails_costs_no_other_row(
    committed: Path, error: Exception, capsys: pytest.CaptureFixture[str], *, is_written: bool
) -> None:
    other = Row("other", "", "s", "", 1.0)
    benches = [Failing({"cost": (3, 1)}, error=error), Fixed({"other": (7, 1)}, ROWS=(other,))]
    assert run(benches, [], committed, is_written=is_written) == 2
    said = capsys.readouterr()
    assert "| cost |" in said.out
    assert "| other |" in said.out
    assert "| rate |" not in said.out
    assert "Not measured: rate. " in said.err
    ratios = {name: each.ratio for name, each in committed_in(committed).items()}
    assert ratios == ({"cost": 3.0, "rate": 0.5, "other": 7.0} if is_written else {"cost": 2.0, "rate": 0.5})


@pytest.mark.parametrize("figures", [(math.nan, 1), (1, math.nan), (math.inf, 1), (1, 0)], ids=repr)
def test_no_figure_is_no_pass(
    committed: Path, figures: tuple[float, float], capsys: pytest.CaptureFixture[str]
) -> None:
    before = committed.read_bytes()
    for is_written in (False, True):
        assert run([Fixed({"cost": figures}, ROWS=(COST,))], [], committed, is_written=is_written) == 2
        assert "cost came to" in capsys.readouterr().err
    assert committed_in(committed)["cost"].ratio == 2.0
    assert committed.read_bytes() == before


def test_a_committed_row_that_is_gone_is_told(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(committed, [Row("gone", "", "s", "", 1.0).measured(1, 1)], SystemClock().now().date(), "")
    assert outcome(committed, 2.0) == 0
    assert "what is no row any more: gone." in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"cost": 2}', '{"cost": {"ratio": "fast"}}', "\xff{", '{"cost": {"ratio": 1e999}}'],
    ids=["empty", "a list", "a number", "a word", "no JSON", "too large"],
)
def test_a_broken_file_is_told_before_anything_is_measured(committed: Path, text: str) -> None:
    committed.write_text(text, encoding="latin-1")
    with pytest.raises(BenchError, match="Restore it from git"):
        outcome(committed, 2.0)
    with pytest.raises(BenchError, match="Restore it from git"):
        outcome(committed, 2.0, is_written=True)


def test_a_row_that_is_none_is_told_with_those_there_are(committed: Path) -> None:
    with pytest.raises(BenchError, match=r"There is no row coast\. The rows are: cost, rate\."):
        outcome(committed, 2.0, 50, "coast")


def test_a_missed_goal_is_bold() -> None:
    rows = [COST.measured(2.0, 1.0), RATE.measured(70, 100), Row("s", "S", "s", "x", 1.0).measured(2.0, 4.0)]
    lines = table(rows, {}).splitlines()[2:]
    assert [line.split(" | ")[3:6] for line in lines] == [
        ["2 ms", "1", "**2.00**"],
        ["70 /s", "100", "0.70"],
        ["**2 s**", "4", "0.50"],
    ]


def test_every_row_has_a_name_of_its_own_and_none_is_committed_without_being_one() -> None:
    names = [row.name for row in OFFERED]
    assert len(set(names)) == len(names)
    assert committed_in(COMMITTED).keys() <= set(names)


def test_the_page_shows_what_is_committed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text, OFFERED, committed_in(COMMITTED)) == text, "python -m bench --write writes it"
