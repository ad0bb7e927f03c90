"""Takes a fact that is no longer served out of what names it, or puts the one in its place that replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.content.checks.briefings import BRIEFING_FILE
from bot.content.checks.layout import is_fact_file
from bot.content.editing.changes import EditError
from bot.content.questions import NO_ANSWER, QUESTIONS_FILE
from bot.text import shown

if TYPE_CHECKING:
    from bot.content.editing.yaml_text import YamlText
    from bot.content.yaml.nodes import Path


def may_name_facts(name: str) -> bool:
    """Whether a file of the content folder, by its path, may name a fact of another file."""
    return name == QUESTIONS_FILE or name.endswith(f"/{BRIEFING_FILE}") or is_fact_file(name)


def without_references(text: YamlText, fact_id: str, instead: str) -> YamlText:
    """Return a file without a fact's id; `instead`, unless empty, takes its place. Raises EditError.

    A question that others may answer too may have no answer then: the look-up says what became of the fact.
    """
    for path in reversed(list(_references(text, fact_id))):
        others = _list(text, path[:-1])
        is_one_of_several = text.name == QUESTIONS_FILE and len(others) > 1
        put = instead or (NO_ANSWER if is_one_of_several else "")
        text = text.with_value(path, put) if put and put not in others else text.without(_whole(text, path))
    return text


def _references(text: YamlText, fact_id: str) -> list[Path]:
    """Return the paths at which a file names a fact, in its order."""
    found: list[Path] = []
    lists: list[Path]
    if text.name == QUESTIONS_FILE:
        lists = [(number, "expect") for number, _ in enumerate(_list(text, ()))]
    elif is_fact_file(text.name):
        lists = [(key, "since") for key in _keys(text)]
    else:
        lists = [("sections", number, "facts") for number, _ in enumerate(_list(text, ("sections",)))]
        found += [("bottom_line",)] if text.get(("bottom_line",)) == fact_id else []
    for path in lists:
        if text.get(path) == fact_id:
            found.append(path)
        found += [(*path, number) for number, each in enumerate(_list(text, path)) if each == fact_id]
    return found


def _whole(text: YamlText, path: Path) -> Path:
    """Return the path of what has to go with a reference: a question or a heading that nothing is left for.

    Raises EditError for the last heading of a briefing.
    """
    if path[-1] == "expect":
        return path[:-1]
    if isinstance(path[-1], int) and len(_list(text, path[:-1])) == 1:
        if path[-2] != "since" and len(_list(text, path[:-3])) == 1:
            heading = shown(str(text.get((*path[:-2], "heading"))))
            message = f"{text.name}:{text.line_of(path)}: the briefing shows this fact alone, below {heading}."
            raise EditError(message, "List another fact of the area there, then withdraw this one.")
        return path[:-1] if path[-2] == "since" else path[:-2]
    return path


def _list(text: YamlText, path: Path) -> list[object]:
    value = text.get(path)
    return list(value) if isinstance(value, list) else []


def _keys(text: YamlText) -> list[str]:
    value = text.value
    return list(value) if isinstance(value, dict) else []
