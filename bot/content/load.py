"""Loads the content folder: checked content, or everything that is wrong with it.

In order: memorandum.yaml, sources.yaml, fact files, references, briefings, templates; last, all is rendered. A step
still runs when an earlier one found faults, as far as it can.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.content import pages
from bot.content.checks import layout, references
from bot.content.checks.briefings import BRIEFING_FILE, BriefingFile, check_briefing, check_days, read_briefing
from bot.content.checks.fingerprints import read_fingerprints
from bot.content.checks.renders import check_renders
from bot.content.checks.reviews import check_reviews
from bot.content.checks.source_words import SourceTexts, check_source_words
from bot.content.checks.templates import check_template
from bot.content.fact_files import FactFile, read_fact_file
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
from bot.content.render import Renderer
from bot.content.sandbox.templates import TEMPLATE_SUFFIX, Sandbox
from bot.content.sandbox.work import LOAD_LIMIT_S, ProcessorTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from bot.content.fact_files import ParsedFact
    from bot.content.files import Listing
    from bot.content.models import Memorandum, Source

    Limits = Callable[[str], Iterable[str]]  # a rendered briefing → a sentence for each limit that it breaks


_SMALLER = "Make the files smaller, or fewer."


class FactFileCache:
    """Keeps parsed fact files by name and content: after one edit, one file is parsed again."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, bytes], FactFile] = {}
        self._used: dict[tuple[str, bytes], FactFile] = {}
        self._facts: dict[str, tuple[ParsedFact, Fact]] = {}
        self._made_with: object = None

    def read(self, name: str, data: bytes) -> FactFile | Fault:
        """Return a fact file as parsed, or the fault that it is not text."""
        key = name, hashlib.sha256(data).digest()
        if key not in self._files:
            file = decode(name, data)
            if isinstance(file, Fault):
                return file
            self._files[key] = read_fact_file(file)
        self._used[key] = self._files[key]
        return self._files[key]

    def facts(
        self, parsed_facts: Iterable[tuple[str, ParsedFact]], sources: Mapping[str, Source], checked_on: date
    ) -> dict[str, Fact]:
        """Return the facts by id; each parsed fact comes with its area. An unchanged fact is the same object again."""
        if self._made_with != (sources, checked_on):
            self._facts, self._made_with = {}, (sources, checked_on)
        made: dict[str, tuple[ParsedFact, Fact]] = {}
        for area, parsed in parsed_facts:
            kept = self._facts.get(parsed.id)
            is_same = kept is not None and kept[0] is parsed and kept[1].area == area
            made[parsed.id] = kept if kept and is_same else (parsed, _fact(area, parsed, sources, checked_on))
        self._facts = made
        return {fact_id: fact for fact_id, (_, fact) in made.items()}

    def forget_unused(self) -> None:
        """Keep only what was read since the last call."""
        self._files, self._used = self._used, {}


def load(folder: Path, *, cache: FactFileCache | None = None, limits: Limits | None = None) -> Content:
    """Return the content of `folder`, as `read` does. Raises ContentError, with all faults, when one is an error."""
    content, faults = read(folder, cache=cache, limits=limits)
    if content is None:
        raise ContentError(folder, faults)
    return content


def read(  # noqa: PLR0913 — how strictly, each a keyword
    folder: Path,
    *,
    cache: FactFileCache | None = None,
    today: date | None = None,
    reviews: bool = False,
    limits: Limits | None = None,
    limit_s: float = LOAD_LIMIT_S,
) -> tuple[Content | None, tuple[Fault, ...]]:
    """Return the content of `folder`, None when it has an error, and all faults, in order of file and line.

    Pass the same `cache` to read a folder again and again. With `today`, dates in the future are faults too, and with
    `reviews` facts that are past their review; with the messenger's `limits`, briefings that could not be sent.
    `limit_s`: processor seconds that it may take. Raises nothing.
    """
    parsed = _parse(folder, cache, ProcessorTime(limit_s))
    faults, content = _check(parsed)
    if today is not None:
        faults.extend(references.check_dates(parsed.facts, today))
        for part in (parsed.sources_file, parsed.memorandum_file):
            faults.extend(references.check_dates_of(part, today) if part else ())
        if content is not None:
            faults.extend(check_reviews(parsed.facts, content, today if reviews else None))
    if content is not None and limits is not None:
        faults.extend(_check_limits(parsed, content, limits))
    is_broken = any(fault.severity is Severity.ERROR for fault in faults)
    return None if is_broken else content, in_order(faults)


@dataclass(frozen=True, slots=True)
class _ParsedFolder:
    """The folder's files as parsed; templates are by name."""

    listing: Listing
    memorandum_file: MemorandumFile | None
    sources_file: SourcesFile | None
    facts: references.ParsedFacts
    briefings: tuple[BriefingFile, ...]
    templates: Mapping[str, TextFile]
    faults: tuple[Fault, ...]
    cache: FactFileCache
    time: ProcessorTime

    @property
    def memorandum(self) -> Memorandum | None:
        return self.memorandum_file.memorandum if self.memorandum_file else None


def _parse(folder: Path, cache: FactFileCache | None, time: ProcessorTime) -> _ParsedFolder:
    cache = FactFileCache() if cache is None else cache
    listing = list_folder(folder)
    faults: list[Fault] = []
    texts: dict[str, TextFile] = {}
    fact_files: list[tuple[str, FactFile]] = []
    for name, data in listing.files.items():
        if time.is_over:
            faults.append(
                Fault(name, 1, 1, Code.TOO_LARGE, "The folder took too long to read, up to this file.", _SMALLER)
            )
            break
        read: TextFile | FactFile | Fault | None = None
        if layout.is_fact_file(name):
            read = cache.read(name, data)
        elif layout.is_known(name):
            read = decode(name, data)
        if isinstance(read, Fault):
            faults.append(read)
        elif isinstance(read, FactFile):
            fact_files.append((name.partition("/")[0], read))
        elif read is not None:
            texts[name] = read
    cache.forget_unused()
    memorandum = read_memorandum(texts[MEMORANDUM_FILE]) if MEMORANDUM_FILE in texts else None
    sources = read_sources(texts[SOURCES_FILE]) if SOURCES_FILE in texts else None
    lost = any(layout.is_fact_file(fault.file) for fault in (*listing.faults, *faults))
    empty = any(fact_file.faults and not fact_file.declared for _, fact_file in fact_files)
    briefings = [read_briefing(text) for name, text in texts.items() if name.endswith(f"/{BRIEFING_FILE}")]
    if memorandum is not None and memorandum.memorandum is not None:
        keys = {area.key for area in (memorandum.memorandum.overview, *memorandum.memorandum.areas)}
        fact_files = [each for each in fact_files if each[0] in keys]
        briefings = [each for each in briefings if each.area in keys]
    return _ParsedFolder(
        listing=listing,
        memorandum_file=memorandum,
        sources_file=sources,
        facts=references.ParsedFacts(tuple(fact_files), complete=not (lost or empty)),
        briefings=tuple(briefings),
        templates={name: text for name, text in texts.items() if name.startswith(f"{TEMPLATES_FOLDER}/")},
        faults=tuple(faults),
        cache=cache,
        time=time,
    )


def _check(parsed: _ParsedFolder) -> tuple[list[Fault], Content | None]:
    """Return the faults, and the content unless one of them is an error."""
    if parsed.time.is_over:  # what was not read would seem to be missing
        return list(parsed.faults), None
    faults = [*parsed.faults, *layout.check_layout(parsed.listing, parsed.memorandum_file)]
    fact_files = [fact_file for _, fact_file in parsed.facts.files]
    for part in (parsed.memorandum_file, parsed.sources_file, *fact_files, *parsed.briefings):
        faults.extend(part.faults if part else ())
    faults.extend(references.check_ids(parsed.facts))
    if parsed.sources_file is not None:
        faults.extend(references.check_sources(parsed.facts, parsed.sources_file))
        faults.extend(_check_source_words(parsed, parsed.sources_file))
    faults.extend(references.check_superseded(parsed.facts))
    faults.extend(references.check_since(parsed.facts))
    for briefing in parsed.briefings:
        faults.extend(check_briefing(briefing, parsed.facts))
    faults.extend(_check_templates(parsed))
    if any(fault.severity is Severity.ERROR for fault in faults):
        return faults, None
    content = _content(parsed)
    if content is None:
        return faults, None
    for briefing in parsed.briefings:
        faults.extend(check_days(briefing, content))
    failed = list(check_renders(content, parsed.time))
    return [*faults, *failed], None if failed else content


def _check_source_words(parsed: _ParsedFolder, sources_file: SourcesFile) -> Iterator[Fault]:
    read = read_fingerprints(parsed.listing, sources_file.declared)
    yield from read.faults
    statements = [fact.entry.statement for _, fact in parsed.facts.by_id.values()]
    texts = SourceTexts(read.fingerprints, sources_file.sources, parsed.memorandum, statements)
    yield from check_source_words(parsed.facts, texts)


def _check_templates(parsed: _ParsedFolder) -> Iterator[Fault]:
    sandbox = Sandbox({name: file.text for name, file in parsed.templates.items()})
    for name, file in parsed.templates.items():
        page = name.partition("/")[2].removesuffix(TEMPLATE_SUFFIX)
        needs = "sources" if page == "briefing" else ""
        yield from check_template(file, sandbox, pages.PAGES[page] | pages.SHARED, needs=needs)


def _check_limits(parsed: _ParsedFolder, content: Content, limits: Limits) -> Iterator[Fault]:
    renderer = Renderer(content)
    for briefing in parsed.briefings:
        for long in (False, True):
            for sentence in limits(renderer.briefing(briefing.area, long=long)):
                message = f"The {'long' if long else 'short'} form breaks a limit: {sentence}"
                hint = "Show fewer facts." if long else "Show fewer facts, or give a heading `details: true`."
                yield briefing.file.fault(Code.OVER_LIMIT, message, hint)


def _content(parsed: _ParsedFolder) -> Content | None:
    """Return the content; None when a file is missing, which is a fault of its own."""
    if parsed.memorandum is None or parsed.sources_file is None:
        return None
    order = {area.key: area.number for area in (parsed.memorandum.overview, *parsed.memorandum.areas)}
    sources = parsed.sources_file.sources
    found = sorted(parsed.facts.by_id.values(), key=lambda each: order[each[0]])
    return Content(
        memorandum=parsed.memorandum,
        sources=sources,
        facts=parsed.cache.facts(found, sources, parsed.memorandum.checked_on),
        templates={name: file.text for name, file in parsed.templates.items()},
        briefings={each.area: each.briefing for each in parsed.briefings if each.briefing},
    )


def _fact(area: str, parsed: ParsedFact, sources: Mapping[str, Source], checked_on: date) -> Fact:
    entry = parsed.entry
    line, column = parsed.spots[""]
    citations = tuple(Citation(sources[source], where) for source, where in parsed.where().items())
    return Fact(
        id=parsed.id,
        area=area,
        statement=entry.statement,
        certainty=entry.certainty,
        citations=citations,
        as_of=entry.as_of or max(citation.source.published for citation in citations),
        checked_on=entry.checked_on or checked_on,
        place=SourceLocation(parsed.file.name, line, column),
        said_by=entry.said_by,
        short=entry.short,
        keywords=tuple(entry.keywords),
        asked=tuple(entry.asked),
        owner=entry.owner,
        corrected=entry.corrected,
        withdrawn=entry.withdrawn,
        superseded_by=entry.superseded_by,
        since=tuple(entry.since),
        review_every=entry.review_every,
        review_by=entry.review_by,
    )
