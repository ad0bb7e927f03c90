"""What an edit would change: facts, briefings, answers, the alert, and its text, which pings nobody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.alerts.alerts import Alert
from bot.changes.messages import ChangeMessages, RenderedChange
from bot.content.certainty import Certainty
from bot.content.faults import Code, Fault
from bot.content.models import DatedReason
from bot.messages import ChannelRef
from bot.publishing.comparing.bounded_markdown import CHARACTERS, inert
from bot.publishing.comparing.changed_answers import KEYWORDS_ASKED, ChangedAnswer, Questions
from bot.publishing.impact import FactEdit, Impact, alone, impact_of
from bot.publishing.impact_text import UNKNOWN_CHANNELS, markdown_of
from bot.store.revision import ChangeKind, Revision
from handlers.rendering.blocks import to_text
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from bot.content.models import Content, Fact
    from bot.store.revision import Change

NOW = datetime(2026, 12, 3, 9, tzinfo=UTC)
ID = "growth-zones-investment"


def fact() -> Fact:
    return shipped().facts[ID]


def edited(newer: Fact) -> Content:
    return replace(shipped(), facts={**shipped().facts, newer.id: newer})


impact = partial(impact_of, base="main", now=NOW)


def test_one_word_is_shown_where_readers_meet_it() -> None:
    statement = fact().statement.replace("could", "might")
    found = impact(
        shipped(),
        edited(replace(fact(), statement=statement)),
        questions=Questions(("growth zones", "what is Humphrey")),
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


def test_a_source_whose_address_differs_is_said_first_with_the_old_and_the_new_one() -> None:
    source = next(iter(shipped().sources.values()))
    evil = replace(source, url="https://evil.example/x", title="Another title")
    facts = {
        each.id: replace(
            each,
            citations=tuple(replace(one, source=evil) if one.source.id == source.id else one for one in each.citations),
        )
        for each in shipped().facts.values()
    }
    found = impact(shipped(), replace(shipped(), sources={**shipped().sources, source.id: evil}, facts=facts))
    (entry,) = found.entries
    citing = sum(source.id in {one.source.id for one in each.citations} for each in facts.values())
    assert (entry.name, entry.cited_by, entry.address) == (source.id, citing, (source.url, evil.url))
    assert found.edits == (), "the facts read as before"
    text = markdown_of(found)
    assert "; 1 source differs\n" in text
    assert f"**The address of a source differs: {source.id}.** {citing} facts cite it." in text.split("## ", 1)[0]
    bare = text.replace("**", "").replace("\\", "")
    for part in (source.url, evil.url, source.title, evil.title):
        assert part in bare
    assert "Nothing else differs in: The agreement as a whole; " in text, "and the briefings that link to it"
    assert "- Address in 1" in markdown_of(replace(found, entries=())), "an address that no source explains is shown"
    was = [line.split(": ", 1)[1] for line in text.split("\n") if line.startswith("- Was:")]
    now = [line.split(": ", 1)[1] for line in text.split("\n") if line.startswith("  Now:")]
    assert not [one for one, other in zip(was, now, strict=True) if one == other]


def test_nothing_of_the_memorandum_or_a_template_changes_unseen() -> None:
    memorandum = shipped().memorandum
    other = replace(
        memorandum,
        contact="somebody else",
        owners=(("AI policy", "U0EVIL"),),
        other_names=(("DSIT", ("the department",)),),
        areas=(replace(memorandum.areas[0], title="Potential", aliases=("hopes",)), *memorandum.areas[1:]),
    )
    templates = {**shipped().templates, "templates/help.md.j2": "Write to https://evil.example/x"}
    whole = markdown_of(impact(shipped(), replace(shipped(), memorandum=other, templates=templates)))
    text = whole.replace("**", "").replace("\\", "")
    for part in (
        *("_contact_: ", "somebody else", "U0EVIL", "_other_names: DSIT_: ", "the department", "OpenAI_: "),
        *("potential: title_: ", "Potential", "potential: aliases_: ", "hopes", "evil.example/x"),
    ):
        assert part in text, part


def test_words_that_a_correction_leaves_in_the_briefings_line_are_said_first() -> None:
    bids = shipped().facts["growth-zones-bids"]
    statement = bids.statement.replace("bids", "applications")
    assert "bids" in (bids.short or "")
    first = markdown_of(impact(shipped(), edited(replace(bids, statement=statement)))).split("## ", 1)[0]
    assert "**The briefing’s line of growth-zones-bids** (short) still says “bids”." in first
    both = replace(bids, statement=statement, short=(bids.short or "").replace("bids", "applications"))
    assert "still says" not in markdown_of(impact(shipped(), edited(both)))


def test_ten_thousand_edits_make_a_text_of_a_page() -> None:
    edits = tuple(
        FactEdit(
            f"{ID}-{number}", ChangeKind.UPDATED, ("infrastructure",), fact(), replace(fact(), statement="All will.")
        )
        for number in range(10_000)
    )
    answers = tuple(ChangedAnswer(f"question {number}", "no answer", ID) for number in range(10_000))
    text = markdown_of(Impact("main", edits=edits, answers=answers))
    assert text.count("and 9990 more") == 2
    assert "and 19990 more such changes" in text
    assert len(text) < 20_000


def test_what_no_reader_sees_makes_no_alert_but_is_listed() -> None:
    found = impact(shipped(), edited(replace(fact(), keywords=("zones of growth",))))
    assert (found.changes, found.alert, found.edits[0].kind) == ((), (), None)
    assert "Without an alert: 1 entry" in markdown_of(found)
    assert "No fact changes against main; no alert" in markdown_of(found)
    assert impact(shipped(), shipped()) == Impact("main", titles=found.titles)


def test_gaps_that_are_answered_now_are_told_apart() -> None:
    after = edited(replace(fact(), keywords=("wibble zones",)))
    (gap,) = impact(shipped(), after, questions=Questions(gaps=("wibble zones",))).answers
    assert (gap.before, gap.after, gap.kind) == ("closest: growth-zones-participation", ID, "gap")
    text = markdown_of(impact(shipped(), after, questions=Questions(gaps=("wibble zones",))))
    assert f"Asked by people: “wibble zones”: was **closest: growth-zones-participation**, now **{ID}**" in text


def test_new_keywords_and_the_themes_questions_are_asked_whatever_they_get() -> None:
    questions = Questions(theme=("how do I complain about wibble", "growth zones", "zygomorphic"))
    found = impact(shipped(), edited(replace(fact(), keywords=(*fact().keywords, "nuclear"))), questions=questions)
    got = {each.ask: (each.kind.value, each.is_answered) for each in found.answers}
    assert got["nuclear"] == ("keyword", True)
    assert got["zygomorphic"] == ("theme", False)
    assert {kind for kind, _ in got.values()} == {"keyword", "theme"}
    assert len(got) == 4
    text = markdown_of(found)
    assert f"- The keyword “nuclear” would be answered with **{ID}**, was **" in text
    assert "- The theme’s “zygomorphic” would still not be answered: **no answer**" in text
    assert "- The theme’s “growth zones” is answered with **" in text
    assert text.index("“nuclear”") < text.index("“zygomorphic”"), "what it brings is said before what it does not"


def test_a_first_publication_asks_few_keywords() -> None:
    asked = impact(replace(shipped(), facts={}), shipped()).answers
    assert len(asked) == KEYWORDS_ASKED


def test_channels_come_from_the_callable_and_equal_texts_are_shown_once() -> None:
    def channels(changes: tuple[Change, ...]) -> list[Alert]:
        told = RenderedChange("What changed")
        return [Alert(ChannelRef("T1", f"C{number}"), changes, (told,), 1, NOW) for number in range(12)]

    found = impact(shipped(), edited(replace(fact(), statement="Another.")), channels=channels)
    text = markdown_of(found)
    assert "an alert to 12 channels" in text
    assert "In C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 and 2 more:" in text
    assert text.count("What changed") == 1
    corrected = replace(fact(), statement="Another.", corrected=DatedReason(on=NOW.date(), why="It was wrong."))
    alone = markdown_of(impact(shipped(), edited(corrected), channels=lambda _: ()))
    assert "\n\nNo channel gets an alert.\n\nPosts that show a fact corrected" in alone
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
    found = impact(
        shipped(), edited(replace(fact(), statement=statement, short=None)), questions=Questions((question, ID))
    )
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


def test_no_address_or_commit_refers_to_anything_on_github() -> None:
    commit = "16c999e8c71134401a78d4d46435517b2271d6ac"
    live = f"see https://github.com/o/r/issues/5, GitHub.com/o/r/pull/3 and {commit}, o/r@{commit}"
    text = inert(live)
    assert not re.search(r"github\.com|16c999e8", text, re.IGNORECASE)
    assert text.replace("\u2060", "") == live
    plain = "In 2026 DSIT effaced 1000000 decade-old faceted records"
    assert inert(plain) == plain
