"""Work that content may cause, counted and timed: no template and no folder can keep the bot busy for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jinja2 import pass_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from jinja2.runtime import Context

OUTPUT_LIMIT: Final = 200_000
"""The most characters that a template may print, and that `join` may make."""
STEPS_LIMIT: Final = 50_000
"""The most steps of loops, filters, links and includes that one page may take: about a tenth of a second."""
LINK_LIMIT: Final = 10_000
"""The most characters of a link's text and address: Slack takes fewer."""
CHARACTERS_A_STEP: Final = 50
"""Characters of a text that count as one step of a filter or a link."""
RENDER_LIMIT_S: Final = 1.0
"""Processor seconds that one page may take, however much of the work is between two steps."""
READ_EVERY_S: Final = 0.1
"""How old a thread's processor time may be when a page begins."""
LOAD_LIMIT_S: Final = 60.0
"""Processor seconds that reading and checking one content folder may take; a large one takes two."""


class TooMuchError(Exception):
    """A template printed or did too much, in `template` (empty: not known) at `line`; `what` says so for its author."""

    def __init__(self, what: str, template: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.template = template
        self.line = line


class ProcessorTime:
    """Processor time of this thread since it was made: a machine that is busy with other things does not count.

    To ask for it is a system call, on some machines a dear one, and a page takes some tens of microseconds. So nobody
    asks until as much time has passed, and what was used before is known to READ_EVERY_S: so much more may be used.
    """

    def __init__(self, limit_s: float) -> None:
        """Begin now."""
        now = time.monotonic()
        self._ends = _used.at_most(now) + limit_s
        self._passes = now + limit_s

    @property
    def is_over(self) -> bool:
        """Whether more than the limit was used."""
        return time.monotonic() > self._passes and time.thread_time() > self._ends


class _Used(threading.local):
    """Processor time that a thread had used when it was last read."""

    def __init__(self) -> None:
        self._read_at = -READ_EVERY_S
        self._used_s = 0.0

    def at_most(self, now: float) -> float:
        """Return the processor time used until now (monotonic): at most as much since it was read as has passed."""
        if now - self._read_at >= READ_EVERY_S:
            self._read_at, self._used_s = now, time.thread_time()
        return self._used_s + now - self._read_at


_used = _Used()


@dataclass(slots=True)
class Work:
    """What one page has left: steps, characters, processor time; and the place of its last loop or include."""

    time: ProcessorTime
    steps: int = STEPS_LIMIT
    characters: int = OUTPUT_LIMIT
    template: str = ""
    line: int = 1

    def step(self, count: int = 1) -> None:
        """Take steps. Raises TooMuchError when none is left, or the time is over."""
        self.steps -= count
        if self.steps < 0 or self.time.is_over:
            raise TooMuchError("The template takes too many steps.", self.template, self.line)

    def handle(self, text: Sized) -> None:
        """Take the steps for one filter or link over a text or a list. Raises TooMuchError."""
        self.step(1 + (len(text) // CHARACTERS_A_STEP if isinstance(text, str) else len(text)))

    def print(self, text: str) -> None:
        """Print some characters. Raises TooMuchError."""
        self.characters -= len(text)
        if self.characters < 0:
            raise TooMuchError("The template prints too much.", self.template, self.line)


_current: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def counting_work(template: str) -> Iterator[Work]:
    """Count the work of one page, in this thread and task, until the block ends."""
    work = Work(ProcessorTime(RENDER_LIMIT_S), template=template)
    before = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(before)


def current() -> Work | None:
    """Return the work of the page that is being rendered; None while templates are only loaded."""
    return _current.get()


def handle(*values: object) -> None:
    """Take the steps for one filter or link over texts and lists. Raises TooMuchError."""
    if work := current():
        for value in values:
            if isinstance(value, Sized):
                work.handle(value)


@pass_context
def counted(context: Context, values: Iterable[object], line: int) -> Iterator[object]:
    """Yield the values of a loop in `line`, each a step; the context keeps Jinja2 from running it when it compiles."""
    work = current()
    for value in values:
        if work:
            work.template, work.line = context.name or work.template, line
            work.step()
        yield value


def counting(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that takes steps for what it is given, and is never run when a template is compiled."""
    needs_environment = hasattr(run, "jinja_pass_arg")

    @pass_context
    def measured(context: Context, *values: object, **named: object) -> Any:  # noqa: ANN401 — as the filter
        handle(*values)
        return run(*((context.environment,) if needs_environment else ()), *values, **named)

    return measured
