"""Refusals, with Slack's own error codes."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """A refusal, in the shape of a Web API answer.

    `code` is Slack's error code; `messages` its sentences, without Slack's prefix "[ERROR] "; `extra` further keys of
    the answer (`needed`, `provided`).
    """

    def __init__(self, code: str, *messages: str, **extra: Any) -> None:  # noqa: ANN401 — any JSON value
        """`str()` is the code."""
        super().__init__(code)
        self.code = code
        self.messages = messages
        self.extra = extra

    def to_json(self) -> dict[str, Any]:
        """Return the answer: `ok` false, `error`, and the sentences in `errors` and `response_metadata.messages`."""
        answer: dict[str, Any] = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            answer["errors"] = list(self.messages)
            answer["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return answer
