"""briefings/ on disk → Content, or everything that is wrong with it.

In order: files, memorandum.yaml and sources.yaml, theme files, references between them, templates; last, each briefing
is rendered. A step still runs when an earlier one found faults, as far as it can.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.content import pages
from bot.content.checks import layout, references
from bot.content.checks.briefing_template import check_briefing, check_page
from bot.content.fact_files import FactFile, read_theme
from bot.content.faults import Code, ContentError, Fault, Severity, in_order
from bot.content.files import TextFile, decode, list_folder
from bot.content.memorandum import (
    MEMORANDUM_FILE,
    SOURCES_FILE,
    TEMPLATES_FOLDER,
    MemorandumFile,
    SourcesFile,
    read_memorandum,
    read_sources,
)
from bot.content.models import Citation, Content, Fact, SourceLocation
from bot.content.render import Renderer, RenderError
from bot.content.templates import BRIEFING, TEMPLATE_SUFFIX, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from bot.content.fact_files import ParsedFact
    from bot.content.files import Listing
    from bot.content.models import Memorandum, Source

    Limits = Callable[[str], Iterable[str]]
    """Is given a rendered briefing; yields a sentence for each limit of the messenger's that it breaks."""


class FactFileCache:
    """Theme files as read, by name and content: after one edit, one file is read anew."""

    def __init__(self) -> None:
        """Begin empty."""
        self._themes: dict[tuple[str, bytes], tuple[TextFile, FactFile]] = {}
        self._used: dict[tuple[str, bytes], tuple[TextFile, FactFile]] = {}
        self._facts: dict[str, tuple[ParsedFact, Fact]] = {}
        self._made_with: object = None

    def read(self, name: str, data: bytes) -> tuple[TextFile, FactFile] | Fault:
        """Return a theme file's text and facts, or the fault that it is no text."""
        key = name, hashlib.sha256(data).digest()
        if key not in self._themes:
            file = decode(name, data)
            if isinstance(file, Fault):
                return file
            self._themes[key] = file, read_theme(file)
        self._used[key] = self._themes[key]
        return self._themes[key]

    def facts(
        self, drafts: Iterable[tuple[str, ParsedFact]], sources: Mapping[str, Source], checked_on: date
    ) -> dict[str, Fact]:
        """Return the facts by id; each draft comes with its area. What was read before is the same object again."""
        if self._made_with != (sources, checked_on):
            self._facts, self._made_with = {}, (sources, checked_on)
        made: dict[str, tuple[ParsedFact, Fact]] = {}
        for area, draft in drafts:
            kept = self._facts.get(draft.id)
            is_same = kept is not None and kept[0] is draft and kept[1].area == area
            made[draft.id] = kept if kept and is_same else (draft, _fact(area, draft, sources, checked_on))
        self._facts = made
        return {fact_id: fact for fact_id, (_, fact) in made.items()}

    def forget_unused(self) -> None:
        """Keep only what was read since the last call."""
        self._themes, self._used = self._used, {}


def load(folder: Path, *, cache: FactFileCache | None = None, limits: Limits | None = None) -> Content:
    """Return the content of `folder`. Raises ContentError, with all faults, when one of them is an error.

    Whoever loads again and again (a watcher) passes the same `cache` each time; whoever sends the briefings passes the
    messenger's `limits`, so that none is served that could not be sent.
    """
    reading = _read(folder, cache)
    faults, content = _check(reading)
    over = list(_check_limits(reading, content, limits)) if content is not None and limits is not None else []
    if content is None or over:
        raise ContentError(folder, in_order([*faults, *over]))
    return content


def check(
    folder: Path,
    *,
    cache: FactFileCache | None = None,
    today: date | None = None,
    reviews: bool = False,
    limits: Limits | None = None,
) -> tuple[Fault, ...]:
    """Return all faults of `folder`, in order of file and line. Raises nothing.

    With `today`, dates still to come are told, and with `reviews` also facts whose check is overdue; with `limits`,
    briefings that break one.
    """
    reading = _read(folder, cache)
    faults, content = _check(reading)
    if today is not None:
        faults.extend(references.check_dates(reading.drafts, today))
        if reviews and reading.memorandum:
            memorandum = reading.memorandum
            faults.extend(
                references.check_reviews(reading.drafts, today, memorandum.checked_on, memorandum.review_every)
            )
    if content is not None and limits is not None:
        faults.extend(_check_limits(reading, content, limits))
    return in_order(faults)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The folder as read, file by file."""

    listing: Listing
    memorandum_file: MemorandumFile | None
    sources_file: SourcesFile | None
    drafts: references.Drafts
    templates: Mapping[str, TextFile]
    faults: tuple[Fault, ...]
    cache: FactFileCache

    @property
    def memorandum(self) -> Memorandum | None:
        return self.memorandum_file.memorandum if self.memorandum_file else None


def _read(folder: Path, cache: FactFileCache | None) -> _Reading:
    cache = FactFileCache() if cache is None else cache
    listing = list_folder(folder)
    faults: list[Fault] = []
    texts: dict[str, TextFile] = {}
    themes: list[tuple[str, TextFile, FactFile]] = []
    for name, data in listing.files.items():
        if layout.is_theme(name):
            read = cache.read(name, data)
            if isinstance(read, Fault):
                faults.append(read)
            else:
                themes.append((name.partition("/")[0], *read))
        elif layout.is_template(name) or name in {MEMORANDUM_FILE, SOURCES_FILE}:
            text = decode(name, data)
            if isinstance(text, Fault):
                faults.append(text)
            else:
                texts[name] = text
    cache.forget_unused()
    memorandum = read_memorandum(texts.pop(MEMORANDUM_FILE)) if MEMORANDUM_FILE in texts else None
    sources = read_sources(texts.pop(SOURCES_FILE)) if SOURCES_FILE in texts else None
    lost = any(layout.is_theme(fault.file) for fault in (*listing.faults, *faults))
    empty = any(theme.faults and not theme.declared for _, _, theme in themes)
    if memorandum is not None and memorandum.memorandum is not None:
        keys = {memorandum.memorandum.overview.key, *(area.key for area in memorandum.memorandum.areas)}
        themes = [theme for theme in themes if theme[0] in keys]
        texts = {name: text for name, text in texts.items() if name.partition("/")[0] in {TEMPLATES_FOLDER, *keys}}
    drafts = references.Drafts(tuple(themes), complete=not (lost or empty))
    return _Reading(listing, memorandum, sources, drafts, texts, tuple(faults), cache)


def _check(reading: _Reading) -> tuple[list[Fault], Content | None]:
    """Return the faults, and the content unless one of them is an error."""
    faults = [*reading.faults, *layout.check_layout(reading.listing, reading.memorandum_file)]
    for part in (reading.memorandum_file, reading.sources_file, *(theme for _, _, theme in reading.drafts.themes)):
        faults.extend(part.faults if part else ())
    faults.extend(references.check_ids(reading.drafts))
    if reading.sources_file is not None:
        faults.extend(references.check_sources(reading.drafts, reading.sources_file))
    faults.extend(references.check_superseded(reading.drafts))
    faults.extend(_check_templates(reading))
    if any(fault.severity is Severity.ERROR for fault in faults):
        return faults, None
    content = _content(reading)
    if content is None:
        return faults, None
    failed = list(_check_renders(content))
    return [*faults, *failed], None if failed else content


def _check_templates(reading: _Reading) -> Iterator[Fault]:
    sandbox = Sandbox({name: file.text for name, file in reading.templates.items()})
    for name, file in reading.templates.items():
        folder, _, template = name.partition("/")
        if template == BRIEFING:
            yield from check_briefing(file, folder, sandbox, reading.drafts)
        else:
            own = pages.PAGES[template.removesuffix(TEMPLATE_SUFFIX)]
            yield from check_page(file, sandbox, own | pages.SHARED)


def _check_renders(content: Content) -> Iterator[Fault]:
    renderer = Renderer(content)
    attempts: list[tuple[str, Callable[[], str]]] = [
        (f"{area.key}/{BRIEFING}", partial(renderer.briefing, area.key, long=long))
        for area in content.areas
        for long in (False, True)
    ]
    attempts += [
        (f"{TEMPLATES_FOLDER}/{page}{TEMPLATE_SUFFIX}", partial(renderer.page, page, **context))
        for page, context in pages.trials(content)
    ]
    failed: set[str] = set()
    for name, attempt in attempts:
        try:
            attempt()
        except RenderError as error:
            if name not in failed:
                yield Fault(name, 1, 1, Code.TEMPLATE_FAILED, error.message, error.hint)
            failed.add(name)


def _check_limits(reading: _Reading, content: Content, limits: Limits) -> Iterator[Fault]:
    renderer = Renderer(content)
    for area in content.areas:
        file = reading.templates[f"{area.key}/{BRIEFING}"]
        for long in (False, True):
            for sentence in limits(renderer.briefing(area.key, long=long)):
                form = "long" if long else "short"
                yield file.fault(Code.OVER_LIMIT, f"The {form} form breaks a limit: {sentence}", "Print fewer facts.")


def _content(reading: _Reading) -> Content | None:
    """Return the content; None when a file is missing, which is a fault of its own."""
    if reading.memorandum is None or reading.sources_file is None:
        return None
    order = {area.key: area.number for area in (reading.memorandum.overview, *reading.memorandum.areas)}
    checked_on = reading.memorandum.checked_on
    sources = reading.sources_file.sources
    found = sorted(reading.drafts.facts().values(), key=lambda each: order[each[0]])
    return Content(
        memorandum=reading.memorandum,
        sources=sources,
        facts=reading.cache.facts(found, sources, checked_on),
        templates={name: file.text for name, file in reading.templates.items()},
    )


def _fact(area: str, draft: ParsedFact, sources: Mapping[str, Source], checked_on: date) -> Fact:
    entry = draft.entry
    line, column = draft.spots[""]
    citations = tuple(Citation(sources[source], where) for source, where in draft.where().items())
    return Fact(
        id=draft.id,
        area=area,
        statement=entry.statement,
        certainty=entry.certainty,
        citations=citations,
        as_of=entry.as_of or max(citation.source.published for citation in citations),
        checked_on=entry.checked_on or checked_on,
        place=SourceLocation(draft.file.name, line, column),
        said_by=entry.said_by,
        short=entry.short,
        keywords=tuple(entry.keywords),
        owner=entry.owner,
        corrected=entry.corrected,
        withdrawn=entry.withdrawn,
        superseded_by=entry.superseded_by,
    )
