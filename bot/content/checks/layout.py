"""Checks the layout of the content folder: which file is what, which are missing, and which are not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.content.checks.briefings import BRIEFING_FILE
from bot.content.checks.old_briefing import briefing_of_template
from bot.content.faults import Code, Fault
from bot.content.files import FINGERPRINTS, decode
from bot.content.memorandum import MEMORANDUM_FILE, SOURCES_FILE, TEMPLATES_FOLDER, MemorandumFile
from bot.content.pages import PAGES
from bot.content.questions import QUESTIONS_FILE
from bot.content.sandbox.templates import TEMPLATE_SUFFIX
from bot.content.yaml.reader import write_document
from bot.text import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.files import Listing

_PAGE_FILES = frozenset(f"{TEMPLATES_FOLDER}/{page}{TEMPLATE_SUFFIX}" for page in PAGES)
_NOT_LOADED = frozenset({"fact.schema.json", "briefing.schema.json", QUESTIONS_FILE})
_OLD_BRIEFING = "briefing.md.j2"
_SCHEMA_LINE = "# yaml-language-server: $schema=../briefing.schema.json\n"


def is_fact_file(name: str) -> bool:
    """Whether a path relative to the content folder is a fact file: `folder/name.yaml`."""
    folder, _, file = name.rpartition("/")
    in_area = bool(folder) and "/" not in folder and folder not in {TEMPLATES_FOLDER, FINGERPRINTS}
    return in_area and file.endswith(".yaml") and file != BRIEFING_FILE


def is_known(name: str) -> bool:
    """Whether a path relative to the content folder is another file that `load` reads."""
    return name in {MEMORANDUM_FILE, SOURCES_FILE, *_PAGE_FILES} or _is_in_area(name, BRIEFING_FILE)


def check_layout(listing: Listing, memorandum: MemorandumFile | None) -> Iterator[Fault]:
    """Find files and folders that are missing or not read."""
    yield from listing.faults
    refused = {fault.file for fault in listing.faults}
    for name in (MEMORANDUM_FILE, SOURCES_FILE, *sorted(_PAGE_FILES)):
        if name not in listing.files and name not in refused:
            message = f"The content folder has no {name}."
            yield Fault(name, 1, 1, Code.MISSING_FILE, message, "Add it, or give the right folder.")
    for name in (*listing.files, *listing.others):
        yield from _check_name(name, listing)
    if memorandum is not None and memorandum.memorandum is not None:
        keys = [area.key for area in (memorandum.memorandum.overview, *memorandum.memorandum.areas)]
        yield from _check_areas(listing, memorandum, keys, refused)
        yield from _check_unlisted(listing, memorandum, keys)


def _is_in_area(name: str, file: str) -> bool:
    return name.endswith(f"/{file}") and name.count("/") == 1 and not name.startswith(f"{TEMPLATES_FOLDER}/")


def _check_name(name: str, listing: Listing) -> Iterator[Fault]:
    folder, _, file = name.rpartition("/")
    if not name.isprintable():
        message = f"The name {shown(file)} has a character that cannot be seen."
        yield Fault(name, 1, 1, Code.FILE_NAME, message, "Rename the file: letters, digits and hyphens are safe.")
        return
    is_read = is_fact_file(name) or is_known(name) or folder == FINGERPRINTS
    if is_read or name in _NOT_LOADED or file == "README.md":
        return
    if file.lower().endswith((".yml", ".yaml")) and folder and "/" not in folder and folder != TEMPLATES_FOLDER:
        message = "A fact file's name ends in .yaml, in small letters; this file would not be read."
        yield Fault(name, 1, 1, Code.FILE_NAME, message, "Rename it.")
    elif _is_in_area(name, _OLD_BRIEFING) and name in listing.files:
        yield _old_briefing(name, listing)
    else:
        message = "The bot does not read this file."
        known = (MEMORANDUM_FILE, SOURCES_FILE, *_NOT_LOADED, *_PAGE_FILES)
        hint = did_you_mean(name, known, "Move it out of the content folder.")
        yield Fault(name, 1, 1, Code.STRAY_FILE, message, hint)


def _old_briefing(name: str, listing: Listing) -> Fault:
    """Return the fault that a briefing is still a template, with the briefing.yaml to put in its place."""
    target = name.replace(_OLD_BRIEFING, BRIEFING_FILE)
    message = f"A briefing is a {BRIEFING_FILE} now; this template is not read."
    if target in listing.files:
        return Fault(name, 1, 1, Code.STRAY_FILE, message, "Delete it.")
    text = decode(name, listing.files[name])
    paste = "" if isinstance(text, Fault) else _SCHEMA_LINE + write_document(briefing_of_template(text.text))
    hint = f"Save the lines below as {target}, then delete this file."
    return Fault(name, 1, 1, Code.OLD_BRIEFING, message, hint, paste=paste)


def _check_areas(listing: Listing, memorandum: MemorandumFile, keys: list[str], refused: set[str]) -> Iterator[Fault]:
    """Find areas without a folder or a briefing."""
    for key in keys:
        spot = memorandum.key_spots.get(key, memorandum.areas_spot)
        briefings = {f"{key}/{BRIEFING_FILE}", f"{key}/{_OLD_BRIEFING}"}
        if key not in listing.folders:
            hint = did_you_mean(key, set(listing.folders) - set(keys), f"Add the folder with a {BRIEFING_FILE} in it.")
            message = f"The area {shown(key)} has no folder."
            yield memorandum.file.fault(Code.MISSING_FOLDER, message, hint, spot)
        elif briefings.isdisjoint(refused | listing.files.keys()):
            message = f"The area {shown(key)} has no briefing."
            hint = f"Add {key}/{BRIEFING_FILE}; copy another area's to begin with."
            yield memorandum.file.fault(Code.MISSING_FILE, message, hint, spot)


def _check_unlisted(listing: Listing, memorandum: MemorandumFile, keys: list[str]) -> Iterator[Fault]:
    """Find folders with facts that are not areas: their facts would never be served."""
    for folder in listing.folders:
        has_files = any(name.startswith(f"{folder}/") for name in listing.files)
        if has_files and folder not in {TEMPLATES_FOLDER, FINGERPRINTS, *keys}:
            message = f"The folder {shown(folder)} has no line under `areas`: its facts are not served."
            hint = did_you_mean(folder, set(keys) - set(listing.folders), "Add a line with its key and title.")
            yield memorandum.file.fault(Code.UNLISTED_FOLDER, message, hint, memorandum.areas_spot)
