"""Branch name, author and message of the commit of an approved change."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from bot.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.editing.changes import ContentChange, FieldValue
    from bot.publishing.applying.protocol import ApprovedChange, Signature

NO_REPLY: Final = "users.noreply.slack.invalid"
"""No mail reaches `.invalid` (RFC 2606, section 2)."""
_WIDTH: Final = 72
_LONGEST_SLUG: Final = 50
_LIVE: Final = re.compile(r"(?<=[@#])(?=\w)|(?<=\bGH-)(?=\d)|(?<=[!&~%])(?=\d)", re.IGNORECASE)
"""Where a space keeps GitHub and GitLab from notifying a person or closing an issue that a text names."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ID_IN_NAME: Final = 12


def branch_prefix(proposal_id: str) -> str:
    """Return what the name of a proposal's branch begins with."""
    return f"proposal/{re.sub('[^0-9A-Za-z]', '', proposal_id)[:_ID_IN_NAME]}-"


def branch_name(approved: ApprovedChange) -> str:
    """Return the name of a proposal's branch, always the same."""
    slug = re.sub("[^a-z0-9]+", "-", approved.change.fact_id.lower())[:_LONGEST_SLUG].strip("-")
    return f"{branch_prefix(approved.id)}{slug or 'fact'}"


def author(signature: Signature) -> str:
    """Return a person as git's author, with an address that reaches nobody."""
    user = re.sub("[^0-9A-Za-z._-]", "-", signature.user).strip(".-").lower() or "unknown"
    name = " ".join(re.sub(r"[<>]", " ", _CONTROL.sub(" ", storable(signature.name))).split()).strip(" .,:;\"'")
    return f"{name or user} <{user}@{NO_REPLY}>"


def commit_message(approved: ApprovedChange) -> str:
    """Return the message: what changes, why, and who approved it (git-interpret-trailers(1))."""
    subject = f"{_verb(approved.change)} {approved.change.fact_id}"
    trailers = f"Approved-by: {author(approved.approver)}\nProposal: {approved.id}"
    paragraphs = [subject, _wrapped(approved.why), "\n".join(_fields(approved.change)), trailers]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _verb(change: ContentChange) -> str:
    if change.is_new:
        return "Add the fact"
    verbs = {
        "withdrawn": "Withdraw the fact",
        "superseded_by": "Replace the fact",
        "corrected": "Correct the fact",
        "checked_on": "Say when somebody checked the fact",
    }
    found = next((words for field, words in verbs.items() if change.fields.get(field)), None)
    return found or ("Change the fact" if change.fields else "Add keywords to the fact")


def _fields(change: ContentChange) -> Iterator[str]:
    """Yield a paragraph for each field that changes."""
    for field, value in change.fields.items():
        yield _wrapped(f"{field}: {_text(value) or 'removed'}", "- ")
    if change.keywords:
        yield _wrapped(f"keywords: {_text(change.keywords)}", "- ")
    if change.source:
        yield _wrapped(f"source {change.source.id}: {_text(change.source.fields.get('url', ''))}", "- ")


def _text(value: FieldValue) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {words}" for key, words in value.items())
    return value if isinstance(value, str) else ", ".join(value)


def _wrapped(text: str, bullet: str = "") -> str:
    """Return a text as one paragraph that begins nothing: no trailer, and no line that git takes for a comment."""
    quiet = _LIVE.sub(" ", " ".join(_CONTROL.sub(" ", storable(text)).split()))
    return textwrap.fill(quiet, _WIDTH, initial_indent=bullet, subsequent_indent=" " * len(bullet))
