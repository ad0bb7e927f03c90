"""The forms of feedback as Slack modals: why an answer was not right, a report, and that one is dealt with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter

from bot.actions import TOO_OLD_FORM
from bot.answers.offers import LONGEST_ASKED
from bot.errors import BriefingBotError
from bot.feedback.report_messages import LONGEST_ANSWER, LONGEST_SAID
from bot.feedback.votes import LONGEST_REASON
from bot.lookup.answer import LONGEST_QUERY
from bot.messages import Asked
from handlers.rendering.elements import label, notice, words
from handlers.rendering.forms import form_view, text_field

if TYPE_CHECKING:
    from handlers.rendering.replies import View

_STATEMENT = 300


class FeedbackForm(StrEnum):
    """The forms, by their callback_id."""

    REASON = "feedback_reason"
    REPORT = "feedback_report"
    DEALT = "feedback_dealt"


class FeedbackField(StrEnum):
    """The fields of the forms, by block_id and action_id."""

    WORDS = "words"
    SAID = "said"


@dataclass(frozen=True, slots=True)
class FormSubject:
    """What a form is about: what was asked, and the message that it was opened from (`ts` empty: nobody else sees it).

    `once_for` is that message, or the window that showed the answer: one report for each is enough.
    """

    asked: Asked
    once_for: str
    channel: str = ""
    ts: str = ""
    is_question: bool = False

    def pack(self) -> str:
        """Return it as a form's private_metadata."""
        kept = [self.asked.pack(LONGEST_ASKED), self.once_for, self.channel, self.ts, self.is_question]
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def unpack(cls, metadata: str) -> FormSubject:
        """Read a form's private_metadata. Raises BriefingBotError for anything else."""
        try:
            asked, once_for, channel, ts, is_question = _PACKED.validate_json(metadata)
        except ValueError:
            raise BriefingBotError(TOO_OLD_FORM, "Close it, and ask again.") from None
        return cls(Asked.unpack(asked), once_for, channel, ts, is_question)


_PACKED: Final = TypeAdapter(tuple[str, str, str, str, bool])


def reason_form(asked: Asked) -> View:
    """Return the form that asks why an answer was not right; it shows the words that go with it."""
    return form_view(
        FeedbackForm.REASON,
        "What was not right?",
        "Send",
        FormSubject(asked, "").pack(),
        [
            text_field(FeedbackField.SAID, "What was not right?", LONGEST_REASON, is_multiline=True),
            text_field(FeedbackField.WORDS, "What you asked", LONGEST_QUERY, initial=asked.words, is_optional=True),
            notice("Kept for 90 days without your name. Empty the second field if you would rather not send it."),
        ],
    )


def report_form(source: FormSubject, statement: str, contact: str) -> View:
    """Return the form for a problem or a question; `statement` is that of the fact that it is about, if it is held."""
    is_question, asked = source.is_question, source.asked
    about = [notice(f"About {asked.fact}: {label(statement, _STATEMENT)}")] if asked.fact and statement else []
    said = "Anything to add?" if is_question else "What is wrong?"
    told = f"This goes to the maintainers with your name, and they answer you by direct message. Or ask {contact}."
    link = " A link to the message goes with it." if source.ts else ""
    fields = [
        text_field(
            FeedbackField.WORDS,
            "Your question" if is_question else "What you asked",
            LONGEST_QUERY,
            initial=asked.words,
            is_optional=not is_question,
        ),
        text_field(FeedbackField.SAID, said, LONGEST_SAID, is_multiline=True, is_optional=is_question),
    ]
    title = "Ask the team" if is_question else "Report a problem"
    shown = fields if is_question else fields[::-1]
    return form_view(FeedbackForm.REPORT, title, "Send", source.pack(), [*about, *shown, notice(f"{told}{link}")])


def dealt_form(report_id: str) -> View:
    """Return the form that marks a report as dealt with, with a short answer if there is one."""
    answer = text_field(FeedbackField.SAID, "Your answer", LONGEST_ANSWER, is_multiline=True, is_optional=True)
    note = notice("Whoever sent it gets one direct message that it was dealt with, with your answer.")
    return form_view(FeedbackForm.DEALT, "Dealt with", "Done", report_id, [answer, note])


def sent_view(title: str, text: str) -> View:
    """Return what takes the place of a form that was sent."""
    section = {"type": "section", "text": words(text)}
    return {"type": "modal", "title": words(title), "close": words("Close"), "blocks": [section]}
