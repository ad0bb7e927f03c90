"""docs/data-protection.md says what the code says: every table, every column that can name a person, and how long."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import app as wiring
from bot.retention.columns import PERSONAL, columns_of
from bot.retention.rules import KEPT, RULES, Keep
from bot.store.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Table

PAGE = (Path(wiring.__file__).parent / "docs/data-protection.md").read_text(encoding="utf-8")
ROWS = {cells[0].strip("` "): cells for line in PAGE.splitlines() if (cells := line.split("|")[1:-1])[:1]}
SAID = {name: cells for name, cells in ROWS.items() if len(cells) == 6 and cells[0].startswith(" `")}


def test_the_page_has_every_table_and_no_other() -> None:
    assert set(SAID) == set(metadata.tables)


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_a_row_names_every_column_that_can_name_a_person(table: Table) -> None:
    named = set(re.findall(r"`(\w+)`", SAID[table.name][1]))
    assert named == {column.name for column in columns_of(table, *PERSONAL)}
    assert named or SAID[table.name][1].strip().startswith("nothing")


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_a_row_says_how_long(table: Table) -> None:
    said = SAID[table.name][4]
    for rule in (each for each in RULES if each.table is table):
        if isinstance(rule.kept, Keep):
            assert rule.kept.value.upper() in said
        elif rule.kept > timedelta():
            assert f"{rule.kept.days} days" in said
    if table in KEPT:
        assert re.search(r"until|for good|one row", said)


def test_every_setting_of_days_is_on_the_page() -> None:
    assert {each.value.upper() for each in Keep} <= set(re.findall(r"[A-Z_]+_DAYS", PAGE))
