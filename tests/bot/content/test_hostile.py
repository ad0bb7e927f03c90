"""Whatever stands in a content folder, checking it ends with faults and never with a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.content.faults import Severity
from bot.content.load import load
from bot.content.render import Renderer, tidy
from bot.content.sandbox.templates import Sandbox
from tests.support.content_copy import check

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [
    "memorandum.yaml",
    "sources.yaml",
    "brewing/water.yaml",
    "serving/milk.yaml",
    "brewing/briefing.yaml",
    "templates/answer.md.j2",
]
YAML_PIECES = ["\t", "\n", "  ", ": ", " #", "- ", "---\n", "[", "]", "{", "}", '"', "'", "&a ", "*a", "!", "|\n", ","]
TEMPLATE_PIECES = ["{{", "}}", "{%", "%}", "{#", "#}", "for", "tea-water"]
FIELD_PIECES = ["<<: ", "withdrawn", "superseded_by: tea-milk\n", "certainty: ", "? ", "@", "`", "\\", "%", "9" * 30]
ODD_PIECES = ["“", "\u202e", "\x00", "é", "😀", "\r", "\x85", "\ufeff", "\u2028"]
PIECES = st.sampled_from([*YAML_PIECES, *TEMPLATE_PIECES, *FIELD_PIECES, *ODD_PIECES])
WORDS = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=6)
QUIET = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def edited(text: str, edit: tuple[int, int, list[str]]) -> bytes:
    """Return a text in which some characters are replaced by others: start, how many, by what."""
    start = edit[0] % (len(text) + 1)
    new = text[:start] + "".join(edit[2]) + text[start + edit[1] :]
    return new.encode("utf-8", "surrogatepass")


@pytest.fixture(params=NAMES)
def file(folder: Path, request: pytest.FixtureRequest) -> Path:
    """Return each file of the good folder in turn."""
    return folder / str(request.param)


@QUIET
@example((330, 10, ["? "]))
@given(
    st.tuples(st.integers(0, 2000), st.integers(0, 30), st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=6))
)
def test_any_edit_gives_faults_or_content(folder: Path, file: Path, edit: tuple[int, int, list[str]]) -> None:
    good = file.read_bytes()
    file.write_bytes(edited(good.decode(), edit))
    try:
        faults = check(folder)
        for fault in faults:
            assert fault.line >= 1
            assert fault.column >= 1
            assert "\n" not in str(fault)
        if not any(fault.severity is Severity.ERROR for fault in faults):
            renderer = Renderer(load(folder))
            for area in ("agreement", "brewing", "serving"):
                briefing = renderer.briefing(area, long=True)
                assert tidy(briefing) == briefing
    finally:
        file.write_bytes(good)


@QUIET
@given(st.binary(max_size=200))
def test_any_bytes_give_faults(folder: Path, file: Path, data: bytes) -> None:
    file.write_bytes(data)
    assert check(folder) == check(folder)


def test_an_attribute_that_is_safe_on_one_kind_of_value_is_not_on_another() -> None:
    sandbox = Sandbox({})
    for _ in range(2):
        assert sandbox.is_safe_attribute((), "index", None)
        assert sandbox.is_safe_attribute(object(), "append", None)
        assert not sandbox.is_safe_attribute([], "append", None)
        assert sandbox.is_safe_attribute("", "mro", None)
        assert not sandbox.is_safe_attribute(str, "mro", None)
        assert not sandbox.is_safe_attribute("", "__class__", None)
