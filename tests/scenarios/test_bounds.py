"""Nothing that is published, and nobody who asks, keeps the bot busy for long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from bot.content.render import RenderError

if TYPE_CHECKING:
    from tests.scenarios.scene import Scene

LOOPS = "".join(f"{{% for l{number} in query %}}" for number in range(4)) + "{% endfor %}" * 4
ASKED = "boom" + "m" * 40


async def test_a_template_that_loops_for_ever_over_some_words_costs_one_answer_and_one_log_line(scene: Scene) -> None:
    name = "templates/no-answer.md.j2"
    text = f"{{% if query == '{ASKED}' %}}{LOOPS}{{% endif %}}{scene.content.templates[name]}"
    await scene.publisher.publish(replace(scene.content, templates={**scene.content.templates, name: text}))
    await scene.bot.refresh()
    with capture_logs() as logs:
        assert (await scene.asks(f"/fact {ASKED}"))["text"] == RenderError.for_members
        assert (await scene.asks(f"/fact {ASKED}"))["text"] == RenderError.for_members
    (line,) = (line for line in logs if line["event"] == "reply.refused")
    assert "templates/no-answer.md.j2:1: The template takes too many steps." in line["reason"]
    assert (await scene.asks("/fact zyxwvut"))["text"].startswith("We hold nothing")
    assert (await scene.asks("/fact growth zones"))["text"] != RenderError.for_members
