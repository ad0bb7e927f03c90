"""The check of a content folder that commands make: as publishing does, with Slack's limits."""

from __future__ import annotations

from functools import partial
from typing import Final

from bot.clock import SystemClock
from bot.publishing.content_check import check_content
from handlers.rendering.splitting import limits

check_folder: Final = partial(check_content, clock=SystemClock(), limits=limits)
