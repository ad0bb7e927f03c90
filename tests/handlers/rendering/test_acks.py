"""Bodies of acknowledgements: the reply's first message, as JSON, made once for each reply and audience."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.actions import Action, Choice
from bot.messages import KEPT_OUTCOMES, Outcome, Reply, Subject
from handlers.rendering.acks import AckBodies
from handlers.rendering.replies import Audience, messages

ANSWER = Reply(
    Outcome.ANSWER,
    "Up to £500 million — “could” it be?\n\n## Related\n- One _Likely_\n",
    Subject(facts=("one", "two"), digest="d"),
    note="A <note> & more",
    choices=(Choice(Action.MORE, "More", "2 words"),),
    cite="cite",
    report="report",
    feedback="feedback",
)
LONG = replace(ANSWER, markdown="A sentence of some length, again and again.\n\n" * 600)


@pytest.mark.parametrize("reply", [ANSWER, LONG], ids=["short", "long"])
@pytest.mark.parametrize("audience", [Audience.ACTOR, Audience.DIRECT])
def test_a_body_is_the_first_message_for_the_asker_alone(reply: Reply, audience: Audience) -> None:
    bodies = AckBodies()
    first, *rest = messages(reply, audience)
    for _ in range(3):
        body = bodies.of(reply, audience)
        assert json.loads(body.json) == {"response_type": "ephemeral", **first}
        assert body.has_more is bool(rest)


def test_it_is_made_once_for_equal_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = AckBodies()
    body = bodies.of(ANSWER, Audience.ACTOR)
    monkeypatch.setattr("handlers.rendering.acks.messages", None)
    assert bodies.of(replace(ANSWER), Audience.ACTOR) is body


@pytest.mark.parametrize(
    "other",
    [
        replace(ANSWER, markdown="Another"),
        replace(ANSWER, note="Another"),
        replace(ANSWER, report=""),
        replace(ANSWER, may_suggest=False),
        replace(ANSWER, revision=7, subject=Subject(facts=("one", "two"), digest="e")),
        replace(ANSWER, choices=()),
    ],
    ids=["words", "note", "no report", "no suggestion", "revision", "no choices"],
)
def test_whatever_makes_another_message_makes_another_body(other: Reply) -> None:
    bodies = AckBodies()
    bodies.of(ANSWER, Audience.ACTOR)
    assert json.loads(bodies.of(other, Audience.ACTOR).json)["blocks"] == messages(other, Audience.ACTOR)[0]["blocks"]
    assert bodies.of(ANSWER, Audience.DIRECT) != bodies.of(ANSWER, Audience.ACTOR)


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - KEPT_OUTCOMES))
def test_what_repeats_what_was_typed_is_not_kept(outcome: Outcome) -> None:
    bodies, reply = AckBodies(), Reply(outcome, "We hold nothing on “my divorce”.", note="my divorce")
    body = bodies.of(reply, Audience.ACTOR)
    assert "my divorce" in body.json
    assert bodies.of(reply, Audience.ACTOR) is not body
