"""A small content folder without faults, for tests to break and to change."""

from __future__ import annotations

from pathlib import Path

from bot.content.pages import PAGES

MEMORANDUM = """\
title: Memorandum on tea
short_title: Tea memorandum
parties: [Ministry of Tea, Kettle Ltd]
position_on: 2025-07-21
checked_on: 2026-11-22
contact: the tea team
scope: two sources
review_every: 90
agreement:
  title: The whole agreement
  aliases: [overview]
areas:
  - key: brewing
    title: Brewing
    aliases: [infusion]
  - key: serving
    title: Serving
"""
SOURCES = """\
press-release:
  title: Tea for all
  publisher: Ministry of Tea
  published: 2025-07-21
  url: https://example.org/tea
article:
  title: Kettle deal
  publisher: The Leaf
  published: 2025-07-23
  url: https://example.org/kettle
"""
AGREEMENT = """\
tea-binding:
  statement: >
    The memorandum binds nobody.
  certainty: stated
  sources: {article: not legally binding}
"""
BREWING = """\
tea-water:
  statement: >
    Kettle Ltd could look at boiling the water.
  certainty: possible
  sources: {press-release: could look at boiling}
  keywords: [kettle, hot water]
"""
SERVING = """\
tea-milk:
  statement: >
    No milk is named.
  certainty: unstated
  sources: [press-release, article]
"""
BRIEFING = """\
sections:
  - heading: Agreed
    facts:
      - FACT

  - heading: Status
    details: true
    facts: [tea-binding]
"""
LAYOUT = Path(__file__).parents[2] / "briefings" / "templates" / "briefing.md.j2"
FILES = {f"templates/{page}.md.j2": "Ask about {{ memorandum.short_title }}.\n" for page in PAGES} | {
    "memorandum.yaml": MEMORANDUM,
    "sources.yaml": SOURCES,
    "agreement/status.yaml": AGREEMENT,
    "agreement/briefing.yaml": BRIEFING.replace("FACT", "tea-water"),
    "brewing/water.yaml": BREWING,
    "brewing/briefing.yaml": BRIEFING.replace("FACT", "tea-water"),
    "serving/milk.yaml": SERVING,
    "serving/briefing.yaml": BRIEFING.replace("FACT", "tea-milk"),
    "templates/alert.md.j2": "{% for line in lines %}{{ line.markdown }}{% endfor %}\n",
    "templates/answer.md.j2": "**{{ fact.label }}**: {{ fact.statement }}\n",
    "templates/briefing.md.j2": LAYOUT.read_text(encoding="utf-8"),
    "templates/change.md.j2": "{{ line.fact.statement }}\n",
    "templates/change-short.md.j2": "{{ line.fact.statement }}\n",
    "templates/changes.md.j2": "{% for entry in entries %}{{ entry.fact.statement }}{% endfor %}\n",
    "templates/correction.md.j2": "{% for line in lines %}{{ line.was }}{% endfor %}\n",
    "templates/digest.md.j2": "{% for group in groups %}{{ group.title }}{% endfor %}\n",
    "templates/no-answer.md.j2": "Nothing on {{ query }}.\n",
    "templates/history.md.j2": "{{ fact.statement }}\n",
    "templates/scheduled.md.j2": "{% for briefing in briefings %}{{ briefing }}{% endfor %}\n",
}


def write_small_content(folder: Path) -> Path:
    """Write the content into a folder, and return that."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
