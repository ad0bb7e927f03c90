"""Tries every page template with the briefings and with sample values: a page that fails is a fault."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.content import pages
from bot.content.faults import Code, Fault
from bot.content.memorandum import TEMPLATES_FOLDER
from bot.content.render import Renderer, RenderError
from bot.content.sandbox.templates import TEMPLATE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.content.models import Content
    from bot.content.sandbox.work import ProcessorTime


def check_renders(content: Content, time: ProcessorTime) -> Iterator[Fault]:
    """Find a fault for each page that cannot be rendered, and the page at which `time` was over."""
    renderer = Renderer(content)
    attempts: list[tuple[str, Callable[[], str]]] = [
        ("briefing", partial(renderer.briefing, area.key, long=long))
        for area in content.areas
        for long in (False, True)
    ]
    attempts += [(page, partial(renderer.page, page, **context)) for page, context in pages.trials(content)]
    failed: set[str] = set()
    for page, attempt in attempts:
        if time.is_over:
            name = f"{TEMPLATES_FOLDER}/{page}{TEMPLATE_SUFFIX}"
            yield Fault(
                name, 1, 1, Code.TEMPLATE_FAILED, "Trying the templates took too long, up to here.", "Shorten it."
            )
            return
        if page in failed:
            continue
        try:
            attempt()
        except RenderError as error:
            yield Fault(error.file, error.line, 1, Code.TEMPLATE_FAILED, error.message, error.hint)
            failed.add(page)
