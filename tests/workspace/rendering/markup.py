"""Helpers for the tests of rendering: people, hostile texts, and a parser of the resulting tags."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import strategies as st

from workspace.clock import SystemClock
from workspace.state.records import BOT_USER_ID, Channel, User
from workspace.state.state import State

STATE = State(
    SystemClock(),
    [User("U0ADA", "ada", "Ada"), User("U0GRACE", "grace", "Grace <3"), User(BOT_USER_ID, "bot", "Bot", is_bot=True)],
    [Channel("C0POLICY", "policy", frozenset({"U0ADA"}))],
)


class Tags(HTMLParser):
    """Records every tag and attribute (`seen`), the schemes of links, and the words."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        super().__init__()
        self.seen: set[str] = set()
        self.schemes: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record it."""
        self.seen |= {tag} | {name for name, _ in attrs}
        self.schemes |= {(value or "").partition(":")[0] for name, value in attrs if name == "href"}

    def handle_data(self, data: str) -> None:
        """Keep them."""
        self.words += data


SAFE = {"div", "p", "strong", "em", "s", "code", "pre", "blockquote", "span", "a", "time", "br", "hr", "ul", "ol", "li"}
SAFE |= {"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
SAFE |= {"class", "href", "target", "rel", "title", "datetime", "start"}
PIECES = ["javascript:", "https://a.b", "<!channel>", "](", "<", ">", "|", "\n", "```", "*x*", "&lt;", "data:x"]
HOSTILE = st.text(alphabet="<>&\"'/!@#|*_~`-[]() \n=:abscriptonjlvhef^{}", max_size=80) | st.lists(
    st.sampled_from(PIECES), max_size=12
).map("".join)
