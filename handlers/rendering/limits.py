"""Slack's limits on a message and its buttons, and which of them a text would break.

Source: Slack's reference, "Blocks".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from handlers.rendering.blocks import HEADER_LIMIT, URL_LIMIT, parse, to_text
from handlers.rendering.splitting import split_anew

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MESSAGES: Final = 4
"""Messages that one reply may take: a response_url serves five times, and one is kept for a word of regret."""
_ADDRESS = re.compile(r"\]\((\S+)\)")


def limits(markdown: str) -> Iterator[str]:
    """Yield a sentence for each of Slack's limits that a rendered text would break."""
    for line in markdown.splitlines():
        if line.startswith("# ") and len(title := to_text(line)) > HEADER_LIMIT:
            yield f"The title “{title[:40]}…” is over the {HEADER_LIMIT} characters that Slack shows in a header."
        yield from (
            f"The address {address[:60]}… is over the {URL_LIMIT} characters that Slack takes in a link."
            for address in _ADDRESS.findall(line)
            if len(address) > URL_LIMIT
        )
    count = len(split_anew(markdown))
    if count > MOST_MESSAGES:
        size = sum(unit.size for unit in parse(markdown))
        yield (
            f"The text has {size:,} characters, addresses included, and would need {count} Slack messages; "
            f"at most {MOST_MESSAGES} make one reply."
        )
