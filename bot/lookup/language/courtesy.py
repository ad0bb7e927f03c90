"""What stands around a question and asks nothing: emoji, a list item's mark, a greeting, please and thanks."""

from __future__ import annotations

import re

from bot.lookup.language.text import unescaped, without_unseen

_EMOJI_NAME = re.compile(r"(?<![\w:]):[a-z0-9_+'’-]{1,100}:(?::skin-tone-[2-6]:)?")
_EMOJI = re.compile("[←-⇿⌀-⏿─-➿⤀-⥿⬀-⯿\U0001f000-\U0001faff\U000e0020-\U000e007f]")
"""Arrows, signs and pictures: all of them between the letters and the rarer scripts."""
_LIST_MARK = re.compile(
    r"\s*(?:(?:\(?(?:\d{1,2}|[a-h])\)|#\d{1,2}\b[.:)]?|\d{1,2}\.|q\d{0,2}[.:)]|[-*•▪–—>]|(?:re|fwd?):)\s+(?=\S))+",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\s*(?:hi|hello|hey|hiya|dear|(?:good )?(?:morning|afternoon|evening))\b[^,.!:\n]{0,24}[,.!:]\s+", re.IGNORECASE
)
_MARKUP = "*_~`"
_MAY_JOIN = re.compile("(?<=[^\\W\\d_]{2})\u200b(?=[^\\W\\d_]{2})")
"""A blank of no width: it may stand between words (growth zones), or in one that a page would have broken."""
_PLEASE = r"(?i:please|pls|plz|plse|kindly|asap)"
_THANKS = (
    r"(?:(?i:(?:(?:many|and|ok|big|huge|with) )?(?:thank ?(?:you|u|s)|thanx|thn?x|thnks|cheers|much appreciated))"
    r"|[Tt]y(?:sm)?|ta|tia)"
    r"(?i: (?:(?:so|very) much|a lot|a million|loads|again|in advance|all|everyone|everybody|team|both|mate|guys))*"
)
_HELLO = r"(?i:(?:hi|hello|hey|hiya)(?: (?:there|all|team|everyone|folks|bot))?)"
_SMILEY = r"[:;]-?[)(]|(?<!\w)[:;]-?[DPp](?!\w)|<3"
_BEFORE = re.compile(rf"\s*(?:(?:{_PLEASE}|{_THANKS}|{_HELLO})\b(?![-'’.]\w)[\s,.;:!–-]+)+")
_AFTER = re.compile(rf"(?:(?:[\s,.;:!?–(-]+(?:{_PLEASE}|{_THANKS})\b[)]?|\s*(?:{_SMILEY}))[\s.!?]*)+$")
_SLUG = re.compile(r"\w+(?:[-‐‑–]\w+){2,}")
"""Words with hyphens for the blanks: who-signed-it."""
_SIGNED = re.compile(
    r"[\s,.;:!?–-]*[,.;:!?–\n-]\s*(?i:thanks|thank you|cheers|regards|best wishes|best)[,\s]+[A-Z][a-z]+\.?$"
)
"""Thanks and a name at the end."""
_LETTER = re.compile(r"[^\W_]")


def unmarked(text: str) -> str:
    """Return what somebody typed without emoji (`:+1:`), a list item's mark (`1.`, `•`), markup and a greeting."""
    text = without_unseen(_MAY_JOIN.sub("-", unescaped(text)))
    if ":" in text:
        text = _EMOJI_NAME.sub(" ", text)
    if not text.isascii():
        text = _EMOJI.sub(" ", text)
    text = text.strip().strip(_MARKUP) if text.strip(_MARKUP) else text
    if _SLUG.fullmatch(text):
        text = re.sub("[-‐‑–]", " ", text)
    if mark := _LIST_MARK.match(text):
        text = text[mark.end() :]
    if greeting := _GREETING.match(text):
        text = text[greeting.end() :] or text
    return text


def bare(text: str) -> str:
    """Return what somebody typed as `unmarked` does, and without please and thanks around it; never nothing."""
    found = unmarked(text)
    asked = _AFTER.sub("", _SIGNED.sub("", found))
    asked = asked[before.end() :] if (before := _BEFORE.match(asked)) else asked
    return asked if _LETTER.search(asked) else found
