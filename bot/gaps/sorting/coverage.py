"""Which questions a decision on a theme covers. What is only near a decided theme stays listed, under its own name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot.gaps.refusals import refusal_keys
from bot.gaps.sorting.clustering import Clustering
from bot.gaps.themes import ThemeState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.gaps.awaited_answers import AwaitedAnswer
    from bot.gaps.gaps import Gap
    from bot.gaps.themes import StoredTheme
    from bot.lookup.answer import Lookup

_NEAR: Final = "Near “{name}” ({state}), which does not cover it."


@dataclass(frozen=True)
class Sorting:
    """Gaps, sorted: `found` into themes; those that a decision covers (id → theme's id); why others are shown."""

    found: Clustering
    covered: Mapping[str, str] = field(default_factory=dict)
    near: Mapping[str, str] = field(default_factory=dict)
    """What is said of a question (by id) that is near a decided theme."""
    answered: frozenset[str] = frozenset()
    """Themes that are not for us, with a question that a fact answers by now."""


class Coverage:
    """Looks questions up in one revision, each once."""

    def __init__(self, lookup: Lookup) -> None:
        """`lookup` says what is answered now."""
        self.lookup = lookup
        self._answering: dict[str, frozenset[str]] = {}
        self._keys: dict[str, frozenset[str]] = {}

    def covers(self, theme: StoredTheme, gap: Gap, examples: Mapping[str, str]) -> bool:
        """Whether what was decided on a theme with these confirmed questions is so for a question, now.

        An expert's word that a fact holds it counts for a confirmed question until that is asked again, unanswered.
        """
        if theme.state is ThemeState.NOT_FOR_US:
            return gap.id in examples or any(self.keys(gap.words) & self.keys(each) for each in examples.values())
        facts = self.answering(gap.words)
        if gap.id not in examples:
            return theme.fact_id in facts
        return bool(facts) or (theme.state is ThemeState.HELD and gap.last_on <= theme.changed_at.date())

    def same(self, awaited: Sequence[AwaitedAnswer], questions: Mapping[str, str]) -> list[AwaitedAnswer]:
        """Return those of the awaited answers that a reason for these questions (id → words) is given to."""
        keys = frozenset[str]().union(*map(self.keys, questions.values()))
        return [each for each in awaited if each.question in questions or keys & self.keys(each.words)]

    def answering(self, words: str) -> frozenset[str]:
        """Return the ids of the facts that answer words; none where they have no answer."""
        if words not in self._answering:
            answer = self.lookup.ask(words)
            leading = answer.facts[: answer.leading] if answer.outcome == "answer" else ()
            self._answering[words] = frozenset(each.fact.id for each in leading)
        return self._answering[words]

    def keys(self, words: str) -> frozenset[str]:
        """Return the keys of a question, as a reason is found by them."""
        if words not in self._keys:
            self._keys[words] = frozenset(refusal_keys(words, self.lookup))
        return self._keys[words]


def sort_out(
    gaps: Sequence[Gap],
    found: Clustering,
    decided: Sequence[StoredTheme],
    examples: Mapping[str, Mapping[str, str]],
    coverage: Coverage,
) -> Sorting:
    """Take out of the decided themes what no decision covers; each is listed by itself. Call it in a thread."""
    homes = {question: key for key, each in examples.items() for question in each}
    settled = {theme.id: theme for theme in decided}
    covered, near, left = {}, {}, []
    for cluster in found.themes:
        for place in cluster.questions:
            gap = gaps[place]
            theme = settled.get(homes.get(gap.id, cluster.key))
            if theme is None:
                continue
            confirmed = examples.get(theme.id, {})
            if coverage.covers(theme, gap, confirmed):
                covered[gap.id] = theme.id
            elif gap.id not in confirmed:
                near[gap.id] = _NEAR.format(name=theme.name, state=theme.state.value)
                left.append(place)
    answered = {
        theme.id
        for theme in decided
        if theme.state is ThemeState.NOT_FOR_US
        and any(coverage.answering(each) for each in examples.get(theme.id, {}).values())
    }
    return Sorting(_without(found, left), covered, near, frozenset(answered))


def _without(found: Clustering, left: Collection[int]) -> Clustering:
    """Return the clustering with some places apart: few questions show no theme of their own."""
    themes = (replace(each, questions=tuple(sorted(set(each.questions).difference(left)))) for each in found.themes)
    return Clustering(tuple(themes), (*found.singles, *left))
