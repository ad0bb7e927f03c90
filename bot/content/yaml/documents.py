"""YAML that is no content: the Slack app's manifest. YAML is read and written in this package only."""

from __future__ import annotations

from typing import Any

import yaml


def read_document(text: str) -> dict[str, Any]:
    """Return what a YAML file of our own says: a mapping. Raises yaml.YAMLError for anything that is no YAML."""
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def write_document(document: dict[str, Any]) -> str:
    """Return it as YAML, in the order given; a text stays on its line however long it is."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)
