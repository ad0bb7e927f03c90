"""The table of `python -m bench`: its rows, the committed figures, and what is worse than they are."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

COMMITTED: Final = Path(__file__).with_name("figures.json")
PAGE: Final = Path(__file__).parent.parent / "docs/performance.md"
_BEGIN: Final = "<!-- figures: python -m bench --write -->\n"
_END: Final = "<!-- end of figures -->"
TOLERATED: Final = 0.15
"""The share by which a ratio may be worse than the committed one."""


class BenchError(Exception):
    """What keeps the benchmarks from being run; its text says what to do."""


@dataclass(frozen=True)
class Row:
    """One measurement: a figure, and that of its floor in the same run, so that the ratio counts on any machine."""

    name: str
    """What `--only` and the committed file call it."""
    what: str
    unit: str
    floor_is: str
    """What the floor is, in a few words."""
    goal: float
    goal_for: Literal["figure", "ratio"] = "figure"
    is_more_better: bool = False
    figure: float = float("nan")
    floor: float = float("nan")

    @property
    def ratio(self) -> float:
        """How many times its floor it is."""
        return self.figure / self.floor

    @property
    def is_met(self) -> bool:
        """Whether it reaches its goal."""
        reached = getattr(self, self.goal_for)
        return bool(reached >= self.goal if self.is_more_better else reached <= self.goal)

    def measured(self, figure: float, floor: float) -> Row:
        """Return it with its figures."""
        return replace(self, figure=figure, floor=floor)

    def is_worse_than(self, committed: float) -> bool:
        """Whether its ratio is worse than this one by more than TOLERATED."""
        if self.is_more_better:
            return self.ratio < committed * (1 - TOLERATED)
        return self.ratio > committed * (1 + TOLERATED)


class Measures(Protocol):
    """A module of benchmarks: the rows that it offers, and the function that measures those asked for."""

    @property
    def ROWS(self) -> Sequence[Row]:  # noqa: N802 — a module's constant
        """What it offers, without figures."""

    def measure(self, names: frozenset[str], say: Callable[[str], None]) -> Iterator[Row]:
        """Yield the rows of these names as they are measured; `say` tells what is done at the moment."""


class Figures(BaseModel):
    """The figures of a row that were committed, and the day and machine that they are from."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    ratio: float
    figure: float
    floor: float
    on: str
    machine: str


_FILE: Final = TypeAdapter(dict[str, Figures])


def committed_in(path: Path) -> dict[str, Figures]:
    """Return the committed figures by the rows' names; none where there is no file.

    Raises BenchError for a file that cannot be read.
    """
    if not path.exists():
        return {}
    try:
        return _FILE.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BenchError(
            f"{path} cannot be read: {error}. Restore it from git, or delete it and --write it."
        ) from error


def write(path: Path, rows: Iterable[Row], on: date, machine: str) -> None:
    """Write these rows' figures into the file, a line for each, beside those of other rows."""
    figures = committed_in(path) | {
        row.name: Figures(
            ratio=float(f"{row.ratio:.4g}"),
            figure=float(f"{row.figure:.4g}"),
            floor=float(f"{row.floor:.4g}"),
            on=on.isoformat(),
            machine=machine,
        )
        for row in rows
    }
    lines = [f"  {json.dumps(name)}: {json.dumps(each.model_dump())}" for name, each in sorted(figures.items())]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def worse(rows: Iterable[Row], committed: dict[str, Figures], machine: str) -> list[str]:
    """Return a sentence for each row whose ratio is worse than the committed one by more than is tolerated."""
    found = []
    for row in rows:
        before = committed.get(row.name)
        if before is None or not row.is_worse_than(before.ratio):
            continue
        where = "" if before.machine == machine else f" on another machine ({before.machine})"
        found.append(
            f"{row.name} is worse: {row.ratio:.2f} times its floor; {before.ratio:.2f} was committed"
            f" on {before.on}{where}."
        )
    return found


def unknown(rows: Iterable[Row], offered: Iterable[Row], committed: dict[str, Figures]) -> list[str]:
    """Return a sentence about rows without a committed ratio, and one about committed ones that are no row."""
    found = []
    if new := [row.name for row in rows if row.name not in committed]:
        names = " ".join(new)
        found.append(f"No ratio is committed for {', '.join(new)}. Write it: python -m bench --only {names} --write")
    if gone := committed.keys() - {row.name for row in offered}:
        found.append(f"{COMMITTED.name} has what is no row any more: {', '.join(sorted(gone))}.")
    return found


def page(text: str, offered: Iterable[Row], committed: dict[str, Figures]) -> str:
    """Return the text of docs/performance.md with a table of what is committed."""
    above, _, rest = text.partition(_BEGIN)
    _, _, below = rest.partition(_END)
    rows = [
        row.measured(figures.figure, figures.floor)
        for row in offered
        if (figures := committed.get(row.name)) is not None
    ]
    sources = sorted({f"{each.on}, {each.machine}" for each in committed.values()})
    return f"{above}{_BEGIN}{'; '.join(sources)}.\n\n{table(rows, {})}\n{_END}{below}"


def table(rows: Iterable[Row], committed: dict[str, Figures]) -> str:
    """Return the table as Markdown; a goal that is missed is in bold."""
    lines = ["| row | what | goal | figure | floor | ratio | the floor is |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        sign, kind = "≥" if row.is_more_better else "≤", "×" if row.goal_for == "ratio" else row.unit
        reached = {"figure": f"{shown(row.figure)} {row.unit}", "ratio": f"{row.ratio:.2f}"}
        if not row.is_met:
            reached[row.goal_for] = f"**{reached[row.goal_for]}**"
        before = f" ({committed[row.name].ratio:.2f} committed)" if row.name in committed else ""
        lines.append(
            f"| {row.name} | {row.what} | {sign} {row.goal:g} {kind} | {reached['figure']} | {shown(row.floor)} |"
            f" {reached['ratio']}{before} | {row.floor_is} |"
        )
    return "\n".join(lines)


def shown(figure: float) -> str:
    """Return a figure with three significant digits."""
    return f"{figure:.3g}" if abs(figure) < 100 else f"{figure:,.0f}"  # noqa: PLR2004 — three digits
