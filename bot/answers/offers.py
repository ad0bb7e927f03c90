"""What a reply to a question offers besides its facts: to say whether it was right, to report a problem, to ask."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.actions import Action, Choice
from bot.config.maintainers import ONE_WORKSPACE, Maintainers
from bot.gaps.normal_form import NormalForm, normal_form
from bot.messages import Asked, Outcome, Reply
from bot.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.config import Settings
    from bot.lookup.answer import Lookup

LONGEST_ASKED: Final = 1300
"""Characters of what was asked and found, in a button or a form: the longest question fits."""
LONGEST_IN_MENU: Final = 140
"""The same in a menu's option, whose value has 150, with what it does."""
_OFFERED: Final = frozenset({Outcome.ANSWER, Outcome.CLOSEST, Outcome.NO_ANSWER})


@dataclass(frozen=True, slots=True)
class Offers:
    """What this bot offers: votes (FEEDBACK), and in the maintainers' workspace what reaches them."""

    feedback: bool = False
    maintainers: Maintainers = ONE_WORKSPACE
    awaiting: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Offers:
        """Return what the settings say."""
        return cls(settings.feedback == "on", settings.maintainers, settings.gaps_keep_days > 0)

    def in_team(self, team: str) -> TeamOffers:
        """Return what is offered in a workspace."""
        here = self.maintainers
        return TeamOffers(self.feedback, self.awaiting, here.listen_to(team), here.are_in(team))


class TeamOffers(NamedTuple):
    """What is offered in a workspace: of the workspace itself it holds nothing, so that a reply may be kept by it.

    `reports` reach the maintainers, who are there if their people `may_suggest` corrections.
    """

    feedback: bool
    awaiting: bool
    reports: bool
    may_suggest: bool

    def added(self, reply: Reply, words: str, lookup: Lookup) -> Reply:
        """Return a look-up's reply with what is offered; `words` were asked. Any other reply is returned as it is."""
        if reply.outcome not in _OFFERED:
            return reply
        choices = tuple(self._may_be_kept(reply.choices, lookup))
        fact = reply.subject.facts[0] if reply.subject else ""
        asked = Asked(reply.outcome, fact, storable(words))
        if self.reports and reply.outcome is not Outcome.ANSWER:
            ask = Choice(Action.ASK, "Ask the team", asked.pack(LONGEST_ASKED))
            choices = (ask, *choices) if reply.outcome is Outcome.NO_ANSWER else (*choices, ask)
        return replace(
            reply,
            choices=choices,
            report=asked.pack(LONGEST_IN_MENU) if self.reports and fact else "",
            feedback=asked.pack(LONGEST_ASKED) if self.feedback else "",
            may_suggest=self.may_suggest,
        )

    def _may_be_kept(self, choices: Iterable[Choice], lookup: Lookup) -> Iterator[Choice]:
        """Yield choices, those that wait for an answer only with words that may be kept."""
        for each in choices:
            if each.ask is not Action.AWAIT:
                yield each
            elif self.awaiting and isinstance(form := normal_form(each.value, lookup), NormalForm):
                yield replace(each, value=form.words)
