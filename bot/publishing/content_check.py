"""Content as it may be published: the folder without errors, and its questions answered as questions.yaml expects.

`check`, `publish`, `run --watch` and the git poll all judge a folder by this.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.content import load as loading
from bot.content.checks.reviews import review_day
from bot.content.faults import Code, ContentError, Fault, Severity, in_order
from bot.content.files import list_folder
from bot.content.questions import NO_ANSWER, Question, read_questions
from bot.content.sandbox.work import LOAD_LIMIT_S, ProcessorTime
from bot.lookup.answer import Lookup
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.clock import Clock
    from bot.content.load import FactFileCache, Limits
    from bot.content.models import Content
    from bot.lookup.result import Answer

    ContentCheck = Callable[[Path], tuple[Content | None, tuple[Fault, ...]]]  # `check_content`, for a clock and limits

_CODE: Final = Path(__file__).parents[2]
_PACKAGES: Final = ("bot", "handlers")
"""What judges a folder: handlers/ has the messenger's limits."""


class ReadyLookup:
    """The look-up that a folder's questions were asked of: the bot answers from it next, so that one is built."""

    def __init__(self) -> None:
        """Begin with none."""
        self._ready: tuple[Content, Lookup] | None = None

    def of(self, content: Content) -> Lookup:
        """Build a look-up and keep it."""
        self._ready = content, Lookup(content)
        return self._ready[1]

    def take(self, content: Content | None) -> Lookup | None:
        """Return the look-up that was built last, if it is over this very content; it is kept no longer."""
        ready, self._ready = self._ready, None
        return ready[1] if ready and ready[0] is content else None


def check_content(  # noqa: PLR0913 — how strictly, each a keyword
    folder: Path,
    clock: Clock,
    *,
    cache: FactFileCache | None = None,
    reviews: bool = False,
    limits: Limits | None = None,
    ready: ReadyLookup | None = None,
) -> tuple[Content | None, tuple[Fault, ...]]:
    """Return the content of a folder, None when it has an error, and all its faults. Raises nothing.

    `ready` keeps the look-up that the questions were asked of.
    """
    today = review_day(clock.now())
    content, faults = loading.read(folder, cache=cache, today=today, reviews=reviews, limits=limits)
    if content is not None:
        faults = in_order((*faults, *check_questions(folder, content, ready)))
    is_broken = any(fault.severity is Severity.ERROR for fault in faults)
    return None if is_broken else content, faults


def load_content(
    folder: Path,
    clock: Clock,
    *,
    cache: FactFileCache | None = None,
    limits: Limits | None = None,
    ready: ReadyLookup | None = None,
) -> tuple[Content, tuple[Fault, ...]]:
    """Return the content of a folder and its warnings. Raises ContentError, with all faults, when it has an error."""
    content, faults = check_content(folder, clock, cache=cache, limits=limits, ready=ready)
    if content is None:
        raise ContentError(folder, faults)
    return content, faults


def check_questions(
    folder: Path, content: Content, ready: ReadyLookup | None = None, *, limit_s: float = LOAD_LIMIT_S
) -> tuple[Fault, ...]:
    """Return the faults of the folder's questions.yaml, and each question that `content` does not answer so.

    `limit_s`: processor seconds that asking them may take.
    """
    questions, faults = read_questions(folder, content.facts)
    if not questions:
        return in_order(faults)
    lookup = (ready or ReadyLookup()).of(content)
    time = ProcessorTime(limit_s)
    wrong: list[Fault] = []
    for question in questions:
        if time.is_over:
            message = "The questions took too long to answer, up to this one."
            wrong.append(question.fault(Code.TOO_LARGE, message, "Ask fewer."))
            break
        answer = lookup.ask(question.ask)
        if answering_fact(answer) not in question.expect:
            wrong.append(_wrong_answer(question, answer, content))
    return in_order((*faults, *wrong))


def answering_fact(answer: Answer) -> str:
    """Return the id of the fact that answers, or NO_ANSWER."""
    return answer.facts[0].fact.id if answer.outcome == "answer" else NO_ANSWER


def version_of(folder: Path) -> str:
    """Return a hash of all that makes the outcome of `load_content` but the day: the folder, and what judges it.

    A later day only takes faults away: dates that were still to come. Raises nothing.
    """
    listing = list_folder(folder)
    found = hashlib.sha256(repr((_version(), listing.others, listing.folders, listing.faults)).encode())
    for name, data in listing.files.items():
        found.update(f"{name!r} {len(data)} ".encode() + data)
    return found.hexdigest()


@cache
def _version() -> str:
    """Return a hash of the bot's files and its libraries' versions: between two releases they change as well."""
    libraries = sorted(info.name for entry in sys.path for info in Path(entry).glob("*.dist-info"))
    found = hashlib.sha256(repr((sys.version, libraries)).encode())
    for package in _PACKAGES:
        for path in sorted(each for each in (_CODE / package).rglob("*") if each.suffix in {".py", ".txt"}):
            found.update(path.read_bytes())
    return found.hexdigest()


def _wrong_answer(question: Question, answer: Answer, content: Content) -> Fault:
    expected = _listed([_placed(fact_id, content) for fact_id in question.expect])
    found = answering_fact(answer)
    if found == NO_ANSWER:
        message = f"{shown(question.ask)} is not answered: {answer.reason}"
        hint = "Put the asker's words into the fact, as a keyword perhaps; or change what is expected."
    else:
        message = f"{shown(question.ask)} is answered by {_placed(found, content)}."
        hint = "Make the words of the two facts differ more; or change what is expected."
    if question.expect == (NO_ANSWER,):
        return question.fault(Code.WRONG_ANSWER, f"{message} No answer is expected.", hint)
    return question.fault(Code.WRONG_ANSWER, f"{message} Expected is {expected}.", hint)


def _placed(fact_id: str, content: Content) -> str:
    """Return a fact's id with its file and line."""
    if fact_id == NO_ANSWER:
        return "no answer"
    place = content.facts[fact_id].place
    return f"{fact_id} ({place.file}:{place.line})"


def _listed(told: Iterable[str]) -> str:
    *others, last = told
    return f"{', '.join(others)} or {last}" if others else last
