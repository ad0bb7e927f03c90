"""Settings of a bot that limits nobody, for tests and benchmarks in which few people do very much."""

from __future__ import annotations

from typing import Final

UNLIMITED: Final = {
    "QUESTIONS_A_MINUTE": "0",
    "CHANNEL_QUESTIONS_A_MINUTE": "0",
    "WORKSPACE_QUESTIONS_A_MINUTE": "0",
    "PUBLIC_ANSWERS_A_MINUTE": "0",
}
