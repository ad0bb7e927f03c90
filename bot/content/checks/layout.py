"""Which file is what in the content folder, and which are missing or belong nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.content.faults import Code, Fault
from bot.content.memorandum import MEMORANDUM_FILE, SOURCES_FILE, TEMPLATES_FOLDER, MemorandumFile
from bot.content.pages import PAGES
from bot.content.questions import QUESTIONS_FILE
from bot.content.templates import BRIEFING, TEMPLATE_SUFFIX
from bot.text import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.files import Listing

_AT_THE_TOP = frozenset({MEMORANDUM_FILE, SOURCES_FILE, "fact.schema.json", QUESTIONS_FILE})
_ANYWHERE = frozenset({"README.md"})
PAGE_FILES = tuple(f"{TEMPLATES_FOLDER}/{page}{TEMPLATE_SUFFIX}" for page in PAGES)
"""The templates that the bot needs besides the areas' briefings."""


def is_theme(name: str) -> bool:
    """Whether a path relative to the content folder is a theme file: `folder/name.yaml`."""
    return name.count("/") == 1 and name.endswith(".yaml") and not name.startswith(f"{TEMPLATES_FOLDER}/")


def is_template(name: str) -> bool:
    """Whether a path relative to the content folder is a template."""
    file = name.partition("/")[2]
    return file == BRIEFING or name in PAGE_FILES


def check_layout(listing: Listing, memorandum: MemorandumFile | None) -> Iterator[Fault]:
    """Find files and folders that are missing or belong nowhere."""
    yield from listing.faults
    refused = {fault.file for fault in listing.faults}
    for name in (MEMORANDUM_FILE, SOURCES_FILE, *PAGE_FILES):
        if name not in listing.files and name not in refused:
            message = f"The content folder has no {name}."
            yield Fault(name, 1, 1, Code.MISSING_FILE, message, "Add it, or give the right folder.")
    for name in (*listing.files, *listing.others):
        yield from _check_name(name)
    if memorandum is not None and memorandum.memorandum is not None:
        keys = [area.key for area in (memorandum.memorandum.overview, *memorandum.memorandum.areas)]
        yield from _check_areas(listing, memorandum, keys, refused)
        yield from _check_unlisted(listing, memorandum, keys)


def _check_name(name: str) -> Iterator[Fault]:
    folder, _, file = name.rpartition("/")
    known = (name in _AT_THE_TOP) if not folder else (is_theme(name) or is_template(name))
    if known or file in _ANYWHERE:
        return
    if file.lower().endswith((".yml", ".yaml")) and folder and "/" not in folder and folder != TEMPLATES_FOLDER:
        message = "A theme file's name ends in .yaml, in small letters; this file would not be read."
        yield Fault(name, 1, 1, Code.FILE_NAME, message, "Rename it.")
        return
    message = "The bot does not read this file."
    hint = did_you_mean(name, (*_AT_THE_TOP, *PAGE_FILES), "Move it out of the content folder.")
    yield Fault(name, 1, 1, Code.STRAY_FILE, message, hint)


def _check_areas(listing: Listing, memorandum: MemorandumFile, keys: list[str], refused: set[str]) -> Iterator[Fault]:
    """Each area needs its folder, and in it its briefing."""
    for key in keys:
        line, column = memorandum.key_spots.get(key, memorandum.areas_spot)
        if key not in listing.folders:
            hint = did_you_mean(key, set(listing.folders) - set(keys), f"Add the folder with a {BRIEFING} in it.")
            message = f"The area {shown(key)} has no folder."
            yield memorandum.file.fault(Code.MISSING_FOLDER, message, hint, line=line, column=column)
        elif f"{key}/{BRIEFING}" not in listing.files and f"{key}/{BRIEFING}" not in refused:
            message = f"The area {shown(key)} has no briefing."
            hint = f"Add {key}/{BRIEFING}; copy another area's to begin with."
            yield memorandum.file.fault(Code.MISSING_FILE, message, hint, line=line, column=column)


def _check_unlisted(listing: Listing, memorandum: MemorandumFile, keys: list[str]) -> Iterator[Fault]:
    """Facts in a folder that is no area would never be served."""
    for folder in listing.folders:
        holds = any(name.startswith(f"{folder}/") for name in listing.files)
        if holds and folder != TEMPLATES_FOLDER and folder not in keys:
            line, column = memorandum.areas_spot
            message = f"The folder {shown(folder)} has no line under `areas`: its facts are not served."
            hint = did_you_mean(folder, set(keys) - set(listing.folders), "Add a line with its key and title.")
            yield memorandum.file.fault(Code.UNLISTED_FOLDER, message, hint, line=line, column=column)
