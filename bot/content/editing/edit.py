"""Makes a change in the content's files: the lines of the change, and no other line.

A fact that is withdrawn or replaced is taken out of what names it (briefings, questions, the `since` of other facts):
the folder would not load otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.content.checks.briefings import BRIEFING_FILE
from bot.content.checks.layout import is_fact_file
from bot.content.editing.changes import ContentChange, EditConflictError, EditError, entry_digest, new_keywords
from bot.content.editing.files import EditableFile
from bot.content.editing.references import may_name_facts, without_references
from bot.content.editing.values import as_plain
from bot.content.editing.yaml_text import YamlText
from bot.content.entries import FactEntry, SourceEntry
from bot.content.fact_files import FactFile, read_fact_file
from bot.content.faults import Severity
from bot.content.files import TextFile
from bot.content.memorandum import SOURCES_FILE, read_sources
from bot.content.yaml.characters import CONTROL
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.content.editing.changes import FieldValue, NewSource
    from bot.content.fact_files import ParsedFact

_HEADER: Final = "# yaml-language-server: $schema=../fact.schema.json\n"
_BESIDE: Final = {
    "certainty": ("statement",),
    "said_by": ("statement", "certainty"),
    "short": ("statement", "certainty", "said_by"),
    "sources": ("statement", "certainty", "said_by", "short"),
}
"""Fields that follow others; any other new field comes last."""
_ORDER: Final = dict.fromkeys(("statement", "certainty", "said_by", "short", "sources", *FactEntry.model_fields))
"""Fields of a new fact."""


def edited(files: Mapping[str, bytes | str], change: ContentChange) -> dict[str, str]:
    """Return the files that a change touches, by path, each with its whole new text and the line ends that it had.

    `files` are those of the content folder by path. Raises EditConflictError where the fact is gone or reads
    differently now, and EditError, with file and line, where a file has faults or the new text cannot be written. What
    is there already is left alone: a change that is made has no files. They come in the order in which they are best
    written: sources first, and a fact that is withdrawn after what names it.
    """
    _check_characters(change)
    editor = _Editor(files)
    if change.source is not None:
        editor.add_source(change.source)
    if change.is_new:
        editor.add_fact(change)
    else:
        editor.change_fact(change)
    return editor.written()


def with_source(files: Mapping[str, bytes | str], source: NewSource) -> dict[str, str]:
    """Return the files that a new source touches, as `edited` does."""
    _check_characters(ContentChange(source.id, source=source))
    editor = _Editor(files)
    editor.add_source(source)
    return editor.written()


class _Editor:
    """The files, each read when it is first looked at, and their texts as edited so far."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self._data = files
        self._files: dict[str, EditableFile] = {}
        self._texts: dict[str, str] = {}
        self._last = ""

    def written(self) -> dict[str, str]:
        changed = [name for name, text in self._texts.items() if text != self._files[name].text]
        changed.sort(key=lambda name: (name != SOURCES_FILE, name == self._last))
        return {name: self._files[name].written(self._texts[name]) for name in changed}

    def add_source(self, source: NewSource) -> None:
        text = self._yaml(SOURCES_FILE)
        if _has_all(text, source.id, source.fields):
            return
        if text.get((source.id,)) is not None:
            where = f"{SOURCES_FILE}:{text.line_of((source.id,))}"
            raise EditConflictError(f"{where}: there is a source {shown(source.id)} already.", "Give it another id.")
        fields = {name: source.fields[name] for name in SourceEntry.model_fields if source.fields.get(name)}
        self._texts[SOURCES_FILE] = text.with_entry(source.id, fields).text

    def add_fact(self, change: ContentChange) -> None:
        if not is_fact_file(change.file):
            raise EditError(f"{shown(change.file)} is no fact file.", "Name one as area/subject.yaml.")
        given: dict[str, FieldValue] = {**change.fields}
        if change.keywords:
            given["keywords"] = change.keywords
        fields = {name: given[name] for name in _ORDER if given.get(name)}
        if not self._has_fact(change, fields):
            self._append_fact(change, fields)
        if change.heading:
            self._show_below(change.heading, f"{change.file.partition('/')[0]}/{BRIEFING_FILE}", change.fact_id)

    def _has_fact(self, change: ContentChange, fields: dict[str, FieldValue]) -> bool:
        """Whether the new fact is there already. Raises EditConflictError where its id is another fact's."""
        for name in filter(is_fact_file, self._data):
            declared = self._fact_file(name).declared.get(change.fact_id)
            if declared is not None and name == change.file and _has_all(self._yaml(name), change.fact_id, fields):
                return True
            if declared is not None:
                message = f"{name}:{declared[0]}: there is a fact {shown(change.fact_id)} already."
                raise EditConflictError(message, "Give it another id.")
        return False

    def _append_fact(self, change: ContentChange, fields: dict[str, FieldValue]) -> None:
        if change.file in self._data:
            _require_sound(self._fact_file(change.file))
            self._texts[change.file] = self._yaml(change.file).with_entry(change.fact_id, fields).text
        else:
            self._files[change.file] = EditableFile(change.file, "", "", ())
            self._texts[change.file] = YamlText.of_entry(change.file, _HEADER, change.fact_id, fields).text

    def change_fact(self, change: ContentChange) -> None:
        name, fact = self._found(change.fact_id)
        sources = read_sources(TextFile(SOURCES_FILE, self._text(SOURCES_FILE))).sources
        text = self._yaml(name)
        is_made = bool(change.fields) and _has_all(text, change.fact_id, change.fields)
        if entry_digest(fact.entry, sources) != change.digest and not is_made:
            message = f"{name}:{fact.spots[''][0]}: {shown(change.fact_id)} was changed meanwhile."
            raise EditConflictError(message, "Look at it as it is now, and suggest the change again.")
        for field, value in change.fields.items():
            path = (change.fact_id, field)
            if field == "checked_on" and str(fact.entry.checked_on or "") >= str(value):
                continue  # somebody has checked it since: that day is never moved back
            if value:
                text = text.with_value(path, value, _BESIDE.get(field, ()))
            elif text.get(path) is not None:
                text = text.without(path)
        if new := new_keywords(fact.entry.keywords, change.keywords):
            text = text.with_value((change.fact_id, "keywords"), (*fact.entry.keywords, *new), ("sources",))
        self._texts[name] = text.text
        if change.fields.get("withdrawn") or change.fields.get("superseded_by"):
            self._last = name
            self._take_out(change.fact_id, instead=str(change.fields.get("superseded_by") or ""))

    def _take_out(self, fact_id: str, instead: str) -> None:
        for name in filter(may_name_facts, self._data):
            if fact_id in self._text(name):
                self._texts[name] = without_references(self._yaml(name), fact_id, instead).text

    def _show_below(self, heading: str, name: str, fact_id: str) -> None:
        text = self._yaml(name)
        sections = text.get(("sections",))
        for number, section in enumerate(sections if isinstance(sections, list) else ()):
            if isinstance(section, dict) and section.get("heading") == heading:
                if fact_id in section.get("facts", ()):
                    return
                self._texts[name] = text.with_item(("sections", number, "facts"), fact_id).text
                return
        raise EditConflictError(f"{name}:1: there is no heading {shown(heading)}.", "Choose one of its headings.")

    def _found(self, fact_id: str) -> tuple[str, ParsedFact]:
        """Return the file that has a fact, and the fact."""
        for name in filter(is_fact_file, self._data):
            fact_file = self._fact_file(name)
            fact = next((each for each in fact_file.facts if each.id == fact_id), None)
            if fact_id in fact_file.declared:
                _require_sound(fact_file)
            if fact is not None:
                return name, fact
        raise EditConflictError(f"No file has the fact {shown(fact_id)} any more.", "Suggest it as a new fact.")

    def _fact_file(self, name: str) -> FactFile:
        return read_fact_file(TextFile(name, self._text(name)))

    def _yaml(self, name: str) -> YamlText:
        return YamlText.read(name, self._text(name))

    def _text(self, name: str) -> str:
        if name not in self._texts:
            if name not in self._data:
                raise EditError(f"The content folder has no {name}.")
            self._files[name] = EditableFile.read(name, self._data[name])
            self._texts[name] = self._files[name].text
        return self._texts[name]


def _has_all(text: YamlText, key: str, fields: dict[str, FieldValue]) -> bool:
    """Whether an entry has these values already; an empty value stands for no field."""
    return all(text.get((key, name)) == (as_plain(value) if value else None) for name, value in fields.items())


def _require_sound(fact_file: FactFile) -> None:
    """Raise EditError for a fact file with an error: its text is not safe to edit."""
    error = next((fault for fault in fact_file.faults if fault.severity is Severity.ERROR), None)
    if error is not None:
        raise EditError(f"{error.file}:{error.line}: {error.message}", "Put that right in the file first.")


def _check_characters(change: ContentChange) -> None:
    """Raise EditError for an invisible character: it would turn into a space in the file."""
    fields: dict[str, FieldValue] = {**change.fields, "keywords": change.keywords}
    fields |= change.source.fields if change.source else {}
    for field, value in fields.items():
        for text in _texts(value):
            found = CONTROL.search(" ".join(text.split("\n")).replace("\r", " "))
            if found:
                message = f"An invisible character (U+{ord(found[0]):04X}) is in `{field}`."
                raise EditError(message, "Delete it; retyping the words around it helps.")


def _texts(value: FieldValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        yield from value.values() if isinstance(value, dict) else value
