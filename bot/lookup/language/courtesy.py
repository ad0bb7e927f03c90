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
_LAST = re.compile(rf"[\s,.;:!?–(-](?:{_PLEASE}|{_THANKS})[)]?\Z")
_LONGEST_LAST = 80
"""Characters of please or thanks at the end: a longer row of them is none."""
_LAST_SMILEY = re.compile(rf"(?:{_SMILEY})\Z")
_LONGEST_SMILEY = 3
_SLUG = re.compile(r"\w+(?:[-‐‑–]\w+){2,}")
"""Words with hyphens for the blanks: who-signed-it."""
_SIGNATURE = re.compile(r"(?<=[,\s])[A-Z][a-z]+\.?\s?\Z")
_SIGN_OFF = re.compile(r"(?:thanks|thank you|cheers|regards|best wishes|best)\Z", re.IGNORECASE)
_LONGEST_SIGN_OFF = len("best wishes")
_MARKS = ",.;:!?–-"
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
    """Return what somebody typed as `unmarked` does, and without please and thanks around it; never nothing.

    The time is linear in the length, whatever the text holds: the end is read backwards, one courtesy at a time.
    """
    found = unmarked(text)
    asked = found[: _end_of_question(found, _end_without_signature(found))]
    asked = asked[before.end() :] if (before := _BEFORE.match(asked)) else asked
    return asked if _LETTER.search(asked) else found


def _end_without_signature(text: str) -> int:
    """Return where a text ends before thanks and a name on a line, or behind a mark, of their own."""
    if not (name := _SIGNATURE.search(text)):
        return len(text)
    end = _end_before(text, name.start(), ",")
    sign_off = _SIGN_OFF.search(text, max(0, end - _LONGEST_SIGN_OFF), end)
    if not sign_off:
        return len(text)
    blanks = _end_before(text, sign_off.start())
    is_apart = text[:blanks].endswith(tuple(_MARKS)) or "\n" in text[blanks : sign_off.start()]
    return _end_before(text, blanks, _MARKS) if is_apart else len(text)


def _end_of_question(text: str, end: int) -> int:
    """Return where the text up to `end` ends before the please, thanks and smileys that follow it."""
    while True:
        last = _end_before(text, end, ".!?")
        if smiley := _LAST_SMILEY.search(text, max(0, last - _LONGEST_SMILEY), last):
            end = _end_before(text, smiley.start())
        elif courtesy := _LAST.search(text, max(0, last - _LONGEST_LAST), last):
            end = _end_before(text, courtesy.start() + 1, f"{_MARKS}(")
        else:
            return end


def _end_before(text: str, end: int, marks: str = "") -> int:
    """Return where the text up to `end` ends before blanks and marks."""
    while end and (text[end - 1].isspace() or text[end - 1] in marks):
        end -= 1
    return end
