"""What an edit would change: facts, briefings, answers, the alert, and its text, which pings nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

import pytest

from bot.alerts.alerts import Alert
from bot.changes.messages import ChangeMessages, RenderedChange
from bot.config import BRIEFINGS
from bot.content.certainty import Certainty
from bot.content.faults import Code, Fault
from bot.content.load import load
from bot.content.models import DatedReason
from bot.messages import ChannelRef
from bot.publishing.impact import ChangedAnswer, FactEdit, Impact, alone, impact_of
from bot.publishing.impact_text import CHARACTERS, UNKNOWN_CHANNELS, inert, markdown_of
from bot.store.revision import ChangeKind, Revision
from handlers.rendering.blocks import to_text

if TYPE_CHECKING:
    from bot.content.models import Content, Fact
    from bot.store.revision import Change

NOW = datetime(2026, 12, 3, 9, tzinfo=UTC)
ID = "growth-zones-investment"


@cache
def shipped() -> Content:
    return load(BRIEFINGS)


def fact() -> Fact:
    return shipped().facts[ID]


def edited(newer: Fact) -> Content:
    return replace(shipped(), facts={**shipped().facts, newer.id: newer})


impact = partial(impact_of, base="main", now=NOW)


def test_one_word_is_shown_where_readers_meet_it() -> None:
    statement = fact().statement.replace("could", "might")
    found = impact(
        shipped(), edited(replace(fact(), statement=statement)), questions=("growth zones", "what is Humphrey")
    )
    assert [(edit.fact_id, edit.kind) for edit in found.edits] == [(ID, ChangeKind.UPDATED)]
    assert found.edits[0].fields == (("statement", fact().statement, statement),)
    assert [answer.ask for answer in found.answers] == ["growth zones"]
    posted = ChangeMessages(Revision(7, edited(replace(fact(), statement=statement)), NOW)).alert(found.changes, "")
    assert found.alert == tuple(message.markdown for message in posted), "the alert is the one that is posted"
    text = markdown_of(found)
    assert "OpenAI **could** look at investing" in text
    assert "OpenAI **might** look at investing" in text
    assert UNKNOWN_CHANNELS in text


def test_a_fact_that_becomes_firmer_is_said_first() -> None:
    found = impact(shipped(), edited(replace(fact(), certainty=Certainty.INTENDED)))
    assert found.edits[0].is_firmer
    assert "**More certain than before: growth-zones-investment.**" in markdown_of(found).split("## ", 1)[0]
    back = impact(edited(replace(fact(), certainty=Certainty.INTENDED)), shipped())
    assert not back.edits[0].is_firmer


def test_a_hedge_a_negation_or_a_number_that_differs_is_said_first() -> None:
    after = edited(
        replace(fact(), statement=fact().statement.replace("could", "will").replace("no sum", "£2bn, a sum"))
    )
    first = markdown_of(impact(shipped(), after)).split("## ", 1)[0]
    assert "**Hedges, negations or numbers differ: growth-zones-investment.** Gone: _could, no_." in first
    assert "New: _will, £2bn_." in first
    calm = edited(replace(fact(), statement=fact().statement.replace("supporting", "helping")))
    assert "Hedges" not in markdown_of(impact(shipped(), calm))


def test_ten_thousand_edits_make_a_text_of_a_page() -> None:
    edits = tuple(
        FactEdit(
            f"{ID}-{number}", ChangeKind.UPDATED, ("infrastructure",), fact(), replace(fact(), statement="All will.")
        )
        for number in range(10_000)
    )
    answers = tuple(ChangedAnswer(f"question {number}", "no answer", ID) for number in range(10_000))
    text = markdown_of(Impact("main", edits=edits, answers=answers))
    assert text.count("and 9990 more") == 3
    assert len(text) < 20_000


def test_what_no_reader_sees_makes_no_alert_but_is_listed() -> None:
    found = impact(shipped(), edited(replace(fact(), keywords=("zones of growth",))))
    assert (found.changes, found.alert, found.edits[0].kind) == ((), (), None)
    assert "Without an alert: 1 entry" in markdown_of(found)
    assert "No fact changes against main; no alert" in markdown_of(found)
    assert impact(shipped(), shipped()) == Impact("main", titles=found.titles)


def test_gaps_that_are_answered_now_are_told_apart() -> None:
    after = edited(replace(fact(), keywords=("wibble zones",)))
    (gap,) = impact(shipped(), after, gaps=("wibble zones",)).answers
    assert (gap.before, gap.after, gap.is_gap) == ("closest: growth-zones-participation", ID, True)
    text = markdown_of(impact(shipped(), after, gaps=("wibble zones",)))
    assert f"Asked by people: “wibble zones”: was **closest: growth-zones-participation**, now **{ID}**" in text


def test_channels_come_from_the_callable_and_equal_texts_are_shown_once() -> None:
    def channels(changes: tuple[Change, ...]) -> list[Alert]:
        told = RenderedChange("What changed")
        return [Alert(ChannelRef("T1", f"C{number}"), changes, (told,), 1, NOW) for number in range(12)]

    found = impact(shipped(), edited(replace(fact(), statement="Another.")), channels=channels)
    text = markdown_of(found)
    assert "an alert to 12 channels" in text
    assert "In C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 and 2 more:" in text
    assert text.count("What changed") == 1
    assert "No channel gets it." in markdown_of(
        impact(shipped(), edited(replace(fact(), statement="Another.")), channels=lambda _: ())
    )


def test_facts_that_go_without_a_reason_are_warned_of_and_held_when_many() -> None:
    kept = dict(list(shipped().facts.items())[: len(shipped().facts) // 2])
    found = impact(shipped(), replace(shipped(), facts=kept))
    assert found.vanished
    assert found.hold.startswith("It withdraws ")
    text = markdown_of(found)
    assert "**Publishing will hold this.**" in text
    assert "vanished-fact" in text
    assert "more\n" in text.split("## ")[1], "bounded, and the rest is counted"


def test_a_withdrawn_fact_leaves_the_briefing() -> None:
    found = impact(shipped(), edited(replace(fact(), withdrawn=DatedReason(on=NOW.date(), why="It was cancelled."))))
    assert any(each.area == "infrastructure" for each in found.briefings)
    assert "- Gone: OpenAI could look at investing" in markdown_of(found)
    assert markdown_of(found).endswith("withdrawn or superseded here are edited; their channels get no alert on it.\n")


def test_a_candidate_whose_base_does_not_load_is_shown_alone() -> None:
    fault = Fault("memorandum.yaml", 3, 1, Code.YAML_SYNTAX, "This is no YAML.")
    text = markdown_of(alone(shipped(), base="main", base_faults=(fault,), faults=()))
    assert text.startswith("# Not compared: main does not load")
    assert "## Why main does not load\n\n- **memorandum.yaml:3:1** error, yaml-syntax: This is no YAML." in text
    assert "Briefing: " in text


def test_a_candidate_with_an_error_says_so_first() -> None:
    fault = Fault("memorandum.yaml", 3, 1, Code.YAML_SYNTAX, "This is no YAML.")
    assert markdown_of(Impact("main", faults=(fault,))).startswith("# 1 fault to put right: this cannot be published")


HOSTILE = (
    "Hello @everyone, @openai/team and <!channel> <@U0ADA>; see #12 and GH-7. `code` | ~~x~~ </details><!-- x --> "
    "[a](https://evil.example) ##[error]no ::error file=x::boo"
)


@pytest.mark.parametrize("statement", [HOSTILE, "::error file=x.yaml::boo", "@everyone", "x" * 10_000, "```\nend"])
def test_nothing_in_a_statement_pings_commands_or_breaks_out(statement: str) -> None:
    question = "What about growth zones @everyone?"
    found = impact(shipped(), edited(replace(fact(), statement=statement, short=None)), questions=(question, ID))
    text = markdown_of(found)
    for live in ("@everyone", "@openai", "@U0ADA", "#12", "GH-7", "##[", "##\\["):
        assert live not in text
    assert not [line for line in text.split("\n") if line.lstrip(" >-").startswith(("::", "```"))]
    raw = text.replace("\\\\", "").replace("\\<", "").replace("\\`", "").replace("\\[a\\]", "")
    assert not any(each in raw for each in ("<", "`", "[a]"))
    assert len(text) < 8 * CHARACTERS + 20_000
    assert "@" not in to_text(text).replace("@\u2060", "")


def test_an_address_stays_as_it_is() -> None:
    link = "[a](https://example.com/@name#12)"
    assert inert(f"{link} @name") == f"{link} @\u2060name"
