"""General retrieval: rank a public collection with the shipped normalisation, spelling fix and ranker.

    python -m bench.ir COLLECTION_DIR --run RUNFILE [--queries FILE]

COLLECTION_DIR holds corpus.jsonl {_id, title, text} and queries.jsonl {_id, text}; title becomes a fact's keyword, text
its statement. RUNFILE gets a TREC run (query-id Q0 doc-id rank score tag), 100 hits a query, as ranked before the
decision whether to answer.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot.content.certainty import Certainty
from bot.content.models import Area, Content, Fact, Memorandum, SourceLocation
from bot.lookup.answer import Lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

_HITS = 100
_DAY = date(2025, 7, 21)
_MEMORANDUM = Memorandum(
    title="",
    short_title="",
    parties=(),
    position_on=_DAY,
    checked_on=_DAY,
    contact="",
    scope="",
    review_every=90,
    overview=Area("collection", 0, ""),
    areas=(),
)


def facts(collection: Path) -> Iterator[Fact]:
    """Yield each entry of the collection as a fact."""
    for number, entry in enumerate(_lines(collection / "corpus.jsonl"), start=1):
        yield Fact(
            id=entry["_id"],
            area="collection",
            statement=entry["text"],
            certainty=Certainty.STATED,
            citations=(),
            as_of=_DAY,
            checked_on=_DAY,
            place=SourceLocation("corpus.jsonl", number, 1),
            keywords=(entry["title"],) if entry.get("title") else (),
        )


def run_lines(lookup: Lookup, queries: Path) -> Iterator[str]:
    """Yield the run's lines, best hit first for each query."""
    for query in _lines(queries):
        for rank, found in enumerate(lookup.search(query["text"], _HITS), start=1):
            yield f"{query['_id']} Q0 {found.entry.fact.id} {rank} {found.score:.6f} briefing-bot"


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def main() -> None:
    """Read the command line, write the run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--queries", type=Path, help="other queries than the collection's, in the same format")
    options = parser.parse_args()
    lookup = Lookup(Content(_MEMORANDUM, {}, {fact.id: fact for fact in facts(options.collection)}, {}))
    queries = options.queries or options.collection / "queries.jsonl"
    with options.run.open("w", encoding="utf-8") as run:
        run.writelines(f"{line}\n" for line in run_lines(lookup, queries))


if __name__ == "__main__":
    main()
