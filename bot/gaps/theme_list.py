"""The themes of a workspace as experts see them, the most asked first: what was confirmed, and gaps that are alike."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot.gaps.themes import StoredTheme, ThemeRef, ThemeState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from bot.gaps.gaps import Gap
    from bot.gaps.sorting.coverage import Sorting

NEW: Final = "new-"
"""Begins the key of a theme that no expert has decided on; the id of one of its questions follows."""


@dataclass(frozen=True, slots=True)
class ThemeEntry:
    """A theme in the list. `key` names it in buttons; `theme` is None until an expert decides something about it.

    `gaps` are its questions, the most asked first; `examples` (id → words) were confirmed, and may be gaps no more.
    `problem` says why a theme that was decided on is shown again, or which decided one a new one is near. `answered`:
    it is not for us, and a fact answers a question of it. `draft` says that a fact for it is proposed, and by whom.
    """

    key: str
    name: str
    words: tuple[str, ...]
    gaps: tuple[Gap, ...]
    theme: StoredTheme | None = None
    examples: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    problem: str = ""
    answered: bool = False
    draft: str = ""

    @property
    def ref(self) -> ThemeRef:
        """What names it as it is shown; its version is 0 before the first decision."""
        return ThemeRef(self.key, self.theme.version if self.theme else 0)

    @property
    def is_open(self) -> bool:
        """Whether experts are to decide on it: nobody has, or what was decided holds no longer."""
        return self.theme is None or self.theme.state is ThemeState.OPEN or bool(self.problem)

    @property
    def count(self) -> int:
        """How often its questions were asked."""
        return sum(gap.count for gap in self.gaps)

    @property
    def questions(self) -> Mapping[str, str]:
        """Its questions, id → words: the most asked first, then examples that are gaps no more."""
        return {gap.id: gap.words for gap in self.gaps} | dict(self.examples)

    def new_since(self, day: date) -> int:
        """Count the questions that came for the first time since a day."""
        return sum(gap.first_on >= day for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class ThemeList:
    """Every theme of a workspace: those to decide on, the most asked first, and those that are decided."""

    open: tuple[ThemeEntry, ...]
    decided: tuple[ThemeEntry, ...]

    def noting(self, drafts: Mapping[str, str]) -> ThemeList:
        """Return the list with what is said of proposed facts, by theme."""
        return ThemeList(
            *(tuple(replace(e, draft=drafts.get(e.key, "")) for e in each) for each in (self.open, self.decided))
        )

    def find(self, key: str) -> ThemeEntry | None:
        """Return the theme with a key; of a new one that has become part of another theme, that one."""
        question = key.removeprefix(NEW)
        for each in (*self.open, *self.decided):
            if each.key == key or (key.startswith(NEW) and question in each.questions):
                return each
        return None


def theme_list(
    gaps: Sequence[Gap],
    sorting: Sorting,
    stored: Sequence[StoredTheme],
    examples: Mapping[str, Mapping[str, str]],
    problem_of: Callable[[StoredTheme, Sequence[Gap]], str],
) -> ThemeList:
    """Return the list; `sorting` is of the gaps. A confirmed question is in its own theme, whatever that says.

    `problem_of` says why a decided theme is shown again, of which these questions are not covered.
    """
    home = {question: theme_id for theme_id, each in examples.items() for question in each}
    members: dict[str, list[Gap]] = {}
    covered: dict[str, list[Gap]] = {}
    named: dict[str, tuple[str, tuple[str, ...]]] = {}
    found = sorting.found
    singles = [(f"single:{place}", "", (), (place,)) for place in found.singles]
    for key, name, words, places in [*((e.key, e.name, e.words, e.questions) for e in found.themes), *singles]:
        named[key] = (name, words)
        for gap in (gaps[place] for place in places):
            if gap.id in sorting.covered:
                covered.setdefault(sorting.covered[gap.id], []).append(gap)
            else:
                members.setdefault(home.get(gap.id, key), []).append(gap)
    listed = _new(members, named, {theme.id for theme in stored}, sorting.near)
    for theme in stored:
        left, kept = _by_count(members.get(theme.id, ())), _by_count(covered.get(theme.id, ()))
        is_answered = theme.id in sorting.answered
        words, problem = named.get(theme.id, ("", ()))[1], problem_of(theme, left)
        confirmed = examples.get(theme.id, {})
        listed.append(ThemeEntry(theme.id, theme.name, words, left or kept, theme, confirmed, problem, is_answered))
    ordered = sorted(listed, key=lambda each: (-each.count, each.name, each.key))
    return ThemeList(
        tuple(each for each in ordered if each.is_open and each.gaps),
        tuple(each for each in ordered if not (each.is_open and each.gaps)),
    )


def _new(
    members: Mapping[str, Sequence[Gap]],
    named: Mapping[str, tuple[str, tuple[str, ...]]],
    known: Collection[str],
    near: Mapping[str, str],
) -> list[ThemeEntry]:
    listed = []
    for key, each in members.items():
        if key not in known:
            gaps, (name, words) = _by_count(each), named[key]
            central = next((gap for gap in gaps if gap.words == name), gaps[0])
            problem = next((near[gap.id] for gap in gaps if gap.id in near), "")
            listed.append(ThemeEntry(NEW + central.id, central.words, words, gaps, problem=problem))
    return listed


def _by_count(gaps: Sequence[Gap]) -> tuple[Gap, ...]:
    return tuple(sorted(gaps, key=lambda gap: (-gap.count, gap.words, gap.id)))
