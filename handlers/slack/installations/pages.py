"""The pages that a person sees who installs the app: plain HTML without a script, and with what to do next.

Nothing in them comes from the request but the names that Slack gives, escaped.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from typing import Final

from aiohttp import web

_STYLE: Final = (
    "body{font:1.1rem/1.5 sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color:#111;background:#fff}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The address of a page has the code of an installation: it goes to nobody, and nothing is loaded."""
_PAGE: Final = """<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>{style}</style></head>
<body><main><h1>{title}</h1>
{paragraphs}
</main></body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an installation came to nothing: for the log, as a title, in words, and what to do. `status` is HTTP's."""

    reason: str
    title: str
    words: str
    next_step: str
    status: int = 400


_AGAIN = "Nothing was stored. Open the address of the installation again, and answer within ten minutes."
_OPERATOR = "Nothing was stored. Tell whoever runs the bot: the cause is in its log."

DENIED: Final = Problem(
    "access_denied",
    "Not installed",
    "You pressed Cancel, so that nothing was installed.",
    "If that was a mistake, open the address of the installation again.",
    200,
)
REFUSED: Final = Problem("refused", "Not installed", "Slack refused to install the app.", _OPERATOR)
OTHER_BROWSER: Final = Problem(
    "other_browser",
    "Not installed",
    "This installation was begun in another browser, or your browser keeps no cookies.",
    f"{_AGAIN} Do all of it in one browser.",
)
EXPIRED: Final = Problem(
    "state", "Not installed", "This installation was begun too long ago, or is finished already.", _AGAIN
)
BAD_CODE: Final = Problem(
    "code", "Not installed", "Slack does not know the code in this address, or it was used already.", _AGAIN
)
NO_ANSWER: Final = Problem(
    "no_answer", "Not installed", "Slack gave no answer.", f"{_AGAIN} It may take some minutes.", 502
)
NOT_SAVED: Final = Problem(
    "not_saved", "Not installed", "The installation could not be saved.", f"{_AGAIN} It may take some minutes.", 503
)
MISCONFIGURED: Final = Problem(
    "credentials", "Not installed", "Slack does not take the credentials of the app.", _OPERATOR, 500
)
OTHER_APP: Final = Problem(
    "another_app", "Not installed", "This is another app than the one that is installed here.", _OPERATOR, 500
)
NOT_ALLOWED: Final = Problem(
    "workspace_not_allowed",
    "Not installed",
    "This workspace is not one of those for which the bot is run.",
    "Ask whoever runs the bot to add it, then open the address of the installation again.",
    403,
)
LACKS_SCOPES: Final = Problem(
    "scopes", "Not installed", "The app was not allowed what it cannot do without.", _AGAIN, 403
)


def problem_page(problem: Problem) -> web.Response:
    """Return the page that says why nothing was installed."""
    return _page(problem.title, [problem.words, problem.next_step], problem.status)


def success_page(name: str) -> web.Response:
    """Return the page that says where the app is installed now."""
    installed = f"Briefing bot is installed in {name}." if name else "Briefing bot is installed."
    return _page("Installed", [installed, "You can close this window. In Slack, type /briefing help."], 200)


def _page(title: str, paragraphs: list[str], status: int) -> web.Response:
    told = "\n".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    html = _PAGE.format(title=escape(title), style=_STYLE, paragraphs=told)
    return web.Response(text=html, status=status, content_type="text/html", headers=_HEADERS)
