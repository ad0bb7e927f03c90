"""Recognise what words ask for besides a look-up: help, a briefing, changes, a command, or small talk."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.changes.history import before_since
from bot.content.areas import names_area, plain_name
from bot.lookup.answer import LONGEST_QUERY
from bot.lookup.language.courtesy import bare, unmarked

if TYPE_CHECKING:
    from bot.content.models import Area, Memorandum

_YOU = r"(?:you|u)"
_HELP = re.compile(
    r"(?:(?:hi|hello|hey|so|and|ok|sorry|please) )*(?:"
    rf"(?:(?:can|could|would) {_YOU} |i need (?:some )?)?help(?: me)?(?: please)?"
    rf"|(?:who|what) (?:are|r) {_YOU}(?: for| exactly)?|who is this|what ?i?s your name|who (?:made|built|runs) {_YOU}"
    r"|what ?i?s this(?: (?:bot|app|thing|tool))?(?: for)?|(?:tell me about|introduce) yourself"
    r"|instructions|commands|menu"
    rf"|what (?:can|do|could) {_YOU} (?:do|know|answer|tell me)|what can i (?:ask|do)(?: {_YOU}| here)?"
    rf"|how (?:does (?:this|it)|do {_YOU}) work|how (?:do i|can i|to) use (?:this|it|{_YOU})(?: bot)?"
    rf"|(?:(?:are|r) {_YOU}|is this|am i talking to) (?:an? )?"
    r"(?:bot|human|robot|person|ai|real|chatgpt|machine|automated|language model)"
    # What a clock would answer is no fact, though some facts have such words.
    r"|what (?:time|day|date|month|year) is it(?: now| today)?|what ?i?s the (?:time|date today|day today|time now)"
    r")"
)
_HELLO = re.compile(
    r"(?:hello|hi|hey|hiya|(?:good )?(?:morning|afternoon|evening|night)|good ?bye|bye|how are you|how s it going|ping"
    r"|test|(?:are )?you there)(?: (?:there|all|everyone|bot|team|how are you))*"
)
_THANKS = re.compile(
    r"\b(?:thank|thanks|thankyou|thanx|thx|thnx|thnks|tks|ty|tysm|ta|tia|cheers|merci|appreciated?|perfect|brilliant"
    r"|great|lovely|excellent|awesome|amazing|fantastic|fab|ace|wonderful|cool|noted|nice|ok|okay|got it|understood"
    r"|spot on|well done|all good|(?:very|really|super|most|so) helpful|that helps|good (?:bot|job|one|work)|no worries"
    r"|you (?:re|are) (?:a|the) (?:star|legend|best)|you rock)\b"
)
_WITH_THANKS = re.compile(
    r"(?:(?:many|a|lot|so|very|much|really|that|thats|is|s|was|all|you|u|for|your|the|help|bot|one|good|job|got|it|helpful"
    r"|kindly|super|oh|ah|this|again|everyone|team|and|just|(?:what )?i needed|work|mate|both|indeed|in|advance|with|no"
    r"|will|do|then|kind|regards|million|guys)\b ?)*"
)
_THANKFUL = re.compile(
    r"\s*(?:(?::(?:pray|\+1|thumbsup|heart|clap|raised_hands|tada|ok_hand|white_check_mark|100|blush|smile)"
    r":(?::skin-tone-\d:)?|[🙏👍❤👏🙌🎉👌✅😊][\ufe0f\U0001f3fb-\U0001f3ff]?)\s*)+"
)
_WRONG = (
    r"(?:all |just |simply |still )?(?:wrong|incorrect|inaccurate|out of date|outdated|mistaken|false|untrue"
    r"|an? (?:mistake|error|typo))"
)
_RIGHT = r"(?:quite |really )?(?:right|correct|true|accurate)"
_QUESTION = r"(?:is|are|was|were|what|which|who|why|how|when|where|does|did|do|can|could|i|we)\b"
_FOUND = (
    r"there (?:is|s)|(?:i (?:have |ve )?)?(?:found|spotted|noticed)"
    r"|(?:how (?:do|can) i |i want to |i d like to )?report"
)
_DOUBT = re.compile(
    r"(?:(?:sorry|hi|hello|no|but|and|please|actually) )*"
    r"(?:(?:i|we) (?:think|believe|reckon|suspect|fear|am sure|m sure) (?:that )?)?(?:"
    rf"(?!{_QUESTION})(?P<a>.*?) ?(?:is|are|was|s|looks?|seems?|sounds?|might be|may be|must be)"
    rf" (?:{_WRONG}|not {_RIGHT})(?: now| to me)?"
    rf"|(?!{_QUESTION})(?P<b>.*?) ?(?:isn t|aren t|wasn t|can t be|cannot be|doesn t (?:look|sound|seem)) {_RIGHT}"
    rf"|{_WRONG}|not {_RIGHT}|is (?:that|this|it) wrong"
    rf"|(?:{_FOUND}) (?:an? |the )?(?:possible )?(?:error|mistake|typo)(?: (?:in|with|on|about) (?:the )?(?P<c>.*))?"
    r"|something (?:is|s) wrong (?:with|in) (?:the )?(?P<d>.*)"
    r"|you (?:are|re) (?:wrong|mistaken)(?: (?:about|on) (?P<e>.*))?|you got (?:that|this|it) wrong"
    r"|correct (?:this|that|it)|(?:this|that|it) needs correct(?:ing|ion)|correction needed|i disagree"
    r")"
    rf"|(?:i|we) (?:don t|do not) (?:think|believe) (?:that )?(?P<f>.*?) ?(?:is|s|are|was) {_RIGHT}"
)
_ANSWERED = re.compile(r" (?:fact|answer|entry)$")
_BRIEF = re.compile(r"^brief(?:ing)?\b(?: me)?(?: on| about)? ?| ?\bbrief(?:ing)?$")
_AFTER = (
    r" (?:since|afterwards?|after)(?: (?:then|that|the))?"
    r"(?: (?:signing|signature|announcement|memorandum|mou|deal|agreement))?"
)
_SINCE = re.compile(
    r"(?:(?:so|and|ok|hi|hello|please) )*(?:"
    r"(?:what|anything)(?: ?s| is| has| have)?(?: been)?(?: (?:else|new))*"
    rf"(?: (?:happened|happening|happens|came|come|next))*{_AFTER}"
    rf"|(?:any |the )?(?:news|updates?|developments?){_AFTER}"
    r"|(?:later|recent|latest|new) developments)"
)
_NUMBERED = re.compile(r"brief(?:ing)?(?: me)?(?: on| about)? (?:area )?(\d{1,9})")
_SLASHED = re.compile(
    r"/\s*briefing\s+(?=(?:(?:un)?subscribe|subscriptions|pause|resume|days\s+off|defaults)\b)", re.IGNORECASE
)
_COMMAND = re.compile(r"(?:briefing\s+)?((?:un)?subscribe)\b[\s:,–-]*(.*)", re.IGNORECASE | re.DOTALL)
_LISTED = re.compile(
    r"(?:(?:list|show)(?: me)? |what are )?(?:(?:all|the|my|our|these) )*subscriptions"
    r"(?: (?:in|of|for|this|channel|here))*"
)
_PAUSE = (
    r"(?:un)?(?:pause|resume|mute|stop)(?: (?:all|the|these|those|my|our|alerts?|posts?|posting|briefings?"
    r"|schedules?|everything|here|please))*"
)
_QUIET = re.compile(
    rf"{_PAUSE}(?: (?:for|over|from|on) (?:\w+ ){{0,3}}(?:days?|weeks?|months?|weekend|holidays?|christmas|easter))?"
)
"""What the list of subscriptions has buttons for."""
_UNTIL = re.compile(rf"(?!un|resume){_PAUSE}[,:]? ((?:until|till) [^?]{{1,60}})", re.IGNORECASE)
_DAYS_OFF = re.compile(
    r"days off[: ]*(clear|(?:from |on )?(?:\d|(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\.? \d).*)?",
    re.IGNORECASE,
)
_DEFAULTS = re.compile(r"defaults(?: (?!(?:of|in|on|by|for|and|are|is|to|under|from)\b)[^?]*)?", re.IGNORECASE)
_FIRST = re.compile(r"(\S+) ?(.*)")
_AROUND = "\"'`“”‘’«»<>*_~ "
"""What words that are told to type are copied with."""
_CHANGED = re.compile(r"(?:changes|what(?:['’]s| has)? changed)\b(?: (?:in|to|on|for)\b)?", re.IGNORECASE)


class SmallTalk(Enum):
    """Words that ask for nothing."""

    HELLO = "hello"
    THANKS = "thanks"


def wants_help(words: str) -> bool:
    """Whether help was asked for, or nothing."""
    return not words.strip() or names_help(words)


def names_help(words: str) -> bool:
    """Whether help was asked for, or what this is, in any case and however punctuated: help!, /help."""
    return len(words) <= LONGEST_QUERY and _HELP.fullmatch(_said(words)) is not None


def small_talk(words: str) -> SmallTalk | None:
    """Return the kind of small talk, if the words are nothing else."""
    if len(words) > LONGEST_QUERY:
        return None
    name = _said(words)
    if not name and words.strip() and not unmarked(words).strip():  # nothing but emoji
        return SmallTalk.THANKS if _THANKFUL.fullmatch(words) else SmallTalk.HELLO
    if _HELLO.fullmatch(name):
        return SmallTalk.HELLO
    rest, thanks = _THANKS.subn("", name)
    is_thanks = thanks and _WITH_THANKS.fullmatch(" ".join(rest.split()))
    return SmallTalk.THANKS if is_thanks else None


def doubted_words(words: str) -> str | None:
    """Return what somebody thinks is wrong ("" where they do not name it); None for other words."""
    found = _DOUBT.fullmatch(_said(words)) if len(words) <= LONGEST_QUERY else None
    if found is None:
        return None
    subject = next(filter(None, found.groupdict().values()), "")
    return "" if subject in {"that", "this", "it", "there"} else _ANSWERED.sub("", subject)


@lru_cache(maxsize=4)
def _said(words: str) -> str:
    """Return what was said as it is compared, once for all that ask: without emoji, punctuation and capitals."""
    return plain_name(unmarked(words))


def briefing_asked(memorandum: Memorandum, words: str) -> Area | None:
    """Return the area that the words name, alone or with the word briefing; that word alone means the overview."""
    if len(words) > LONGEST_QUERY:
        return None
    name = plain_name(bare(words))
    rest = _BRIEF.sub("", name)
    return names_area(memorandum, name) or (names_area(memorandum, rest) if rest or not name else memorandum.overview)


def asks_what_came_later(words: str) -> bool:
    """Whether somebody asks, of the whole, what has happened since: the overview says what came after the signing."""
    return len(words) <= LONGEST_QUERY and _SINCE.fullmatch(_said(words)) is not None


def area_number_asked(words: str) -> str:
    """Return the number after the word briefing, whether or not an area has it; empty for other words."""
    found = _NUMBERED.fullmatch(plain_name(bare(words))) if len(words) <= LONGEST_QUERY else None
    return found[1] if found else ""


def command_meant(words: str) -> str:
    """Return what follows /briefing where the words ask for one of its changes, or their list; empty for others.

    "pause" alone, which names no day, means the list: it has buttons for each part. Where /briefing was typed before
    it, all is done as by the command.
    """
    if len(words) > LONGEST_QUERY:
        return ""
    said = " ".join(bare(words.strip(_AROUND)).strip(_AROUND).rstrip(".!").strip(_AROUND).split())
    slashed = _SLASHED.match(said)
    said = said[slashed.end() :] if slashed else said
    name = plain_name(said)
    if _LISTED.fullmatch(name) or (_QUIET.fullmatch(name) and not (slashed and name in {"pause", "resume"})):
        return "subscriptions"
    if until := _UNTIL.fullmatch(said):
        return f"pause {until[1]}"
    if off := _DAYS_OFF.fullmatch(said):
        return f"days off {re.sub('^(?:from|on) ', '', off[1] or '')}".rstrip()
    found = _COMMAND.fullmatch(said) or ((slashed or _DEFAULTS.fullmatch(said)) and _FIRST.fullmatch(said))
    return f"{found[1].casefold()} {found[2]}".rstrip() if found else ""


def parse_changes_intent(memorandum: Memorandum, words: str) -> str | None:
    """Return the words after `changes` or `what changed`: an area, `since` and a day, or none. None for other words.

    "changes to procurement" is a question about facts, and no area's name.
    """
    asked = bare(words).strip() if len(words) <= LONGEST_QUERY else ""
    found = _CHANGED.match(asked)
    if found is None:
        return None
    rest = asked[found.end() :].strip(" ?!.,")
    named = before_since(rest)
    return rest if not named or names_area(memorandum, named) else None
