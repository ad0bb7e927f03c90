"""memorandum.yaml: the bank holidays that it adds and removes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from bot.content.load import load
from bot.recurrence.bank_holidays import bank_holidays_of
from bot.recurrence.rule import Calendar
from bot.store.serialization import Encoder, content_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from bot.content.models import Content

ENGLAND, SCOTLAND, ULSTER = Calendar.ENGLAND_AND_WALES, Calendar.SCOTLAND, Calendar.NORTHERN_IRELAND


def content(folder: Path, entries: str) -> Content:
    file = folder / "memorandum.yaml"
    file.write_text(file.read_text(encoding="utf-8") + f"bank_holidays:\n{entries}", encoding="utf-8")
    return load(folder)


def test_a_memorandum_adds_and_removes_and_the_store_keeps_it(folder: Path) -> None:
    entries = (
        "  - {calendar: england-and-wales, add: 2027-05-07, name: Kettle Day}\n"
        "  - {calendar: scotland, remove: 2027-11-30}\n"
        "  - {calendar: england-and-wales, add: 2027-12-25, name: Tea Day}\n"
    )
    published = content_from_json(Encoder().encode(content(folder, entries)))
    holidays = bank_holidays_of(published.memorandum.bank_holidays)
    assert holidays.name(ENGLAND, date(2027, 5, 7)) == "Kettle Day"
    assert holidays.name(ENGLAND, date(2027, 12, 25)) == "Tea Day"
    assert not holidays.is_holiday(SCOTLAND, date(2027, 5, 7))
    assert not holidays.is_holiday(SCOTLAND, date(2027, 11, 30))
    assert holidays.is_holiday(ULSTER, date(2027, 12, 25))


def test_a_revision_from_before_there_were_bank_holidays_is_read(folder: Path) -> None:
    kept = Encoder().encode(load(folder)).replace(',"bank_holidays":[]', "")
    assert "bank_holidays" not in kept
    assert content_from_json(kept).memorandum.bank_holidays == ()
