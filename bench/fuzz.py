"""Throw hostile and random words at the look-up: no exception, bounded replies.

    python -m bench.fuzz [--queries N] [--seed N] [--content DIR]

Prints how many were asked, how many were answered, and the slowest in ms of CPU. Ends with 1 at the first exception.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

from bot.config import BRIEFINGS
from bot.content.load import load
from bot.lookup.answer import Lookup
from bot.lookup.result import ECHO_LIMIT


def _apart(text: str) -> list[str]:
    return text.split(" ")


_PIECES = _apart(
    "' \" ` ’ “ ” ( ) [ ] { } {{7*7}} {%raw%} <!channel> <@U0ADA> &amp; &lt; &#0; \x00 \u202e \u200b \ud800 \U0001f469"
    " ../../etc/passwd $(id) ; -- OR 1=1 % %s \\ / | || - -AISI + * ? ^ ~ : AND NOT £ £500m $2bn 1e309 ９ ½ ² Ⅳ İ ß"
    " مرحبا שלום 你好 ก็ é e\u0301 \u0301\u0301 GPT-4o R&D a.b.c U.K. 21/07/2025 2025-13-45 00 may May US us"
)


def queries(count: int, seed: int, vocabulary: list[str]) -> list[str]:
    """Mix words of the facts, some with edits, with pieces that have broken parsers, and random code points."""
    choose = random.Random(seed)  # noqa: S311 — repeatable questions, no secret

    def word() -> str:
        luck = choose.random()
        if luck < 0.4:  # noqa: PLR2004 — shares of each kind
            return choose.choice(vocabulary)
        if luck < 0.6:  # noqa: PLR2004
            typo = list(choose.choice(vocabulary))
            typo[choose.randrange(len(typo))] = choose.choice("abcdefghijklmnopqrstuvwxyz-'.0 ")
            return "".join(typo)
        if luck < 0.9:  # noqa: PLR2004
            return choose.choice(_PIECES)
        return "".join(chr(choose.randrange(0x11_0000)) for _ in range(choose.randint(1, 6)))

    joints = (" ", " ", " ", "", "\n", "-")
    return [
        "".join(word() + choose.choice(joints) for _ in range(choose.choice((1, 2, 3, 4, 6, 40)))) for _ in range(count)
    ]


def main() -> None:
    """Ask them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--content", type=Path, default=BRIEFINGS)
    options = parser.parse_args()
    content = load(options.content)
    lookup = Lookup(content)
    vocabulary = sorted({word for fact in content.facts.values() for word in fact.statement.split()})
    answered, slowest = 0, 0.0
    for asked in queries(options.queries, options.seed, vocabulary):
        started = time.process_time()
        try:
            answer = lookup.ask(asked)
        except Exception as error:
            error.add_note(f"asked {asked!r}")
            raise
        slowest = max(slowest, time.process_time() - started)
        answered += bool(answer.facts)
        if len(answer.query) > ECHO_LIMIT or len(answer.reason) > 2 * ECHO_LIMIT:
            raise SystemExit(f"unbounded reply to {asked!r}")
    print(f"{options.queries:,} asked, {answered:,} answered, no exception; slowest {slowest * 1000:.1f} ms of CPU")


if __name__ == "__main__":
    main()
