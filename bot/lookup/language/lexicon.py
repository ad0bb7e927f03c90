"""Closed lists of English: words that ask or join, carriers of a question, number words, British spellings.

Everything here is general English. What this fact store's askers call things stands in its keywords and aliases.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files


def _listed(text: str) -> list[str]:
    return text.split()


def _words(text: str) -> frozenset[str]:
    return frozenset(_listed(text))


FUNCTION_WORDS = _words("""
    a an the this that these those some any each every either neither both all such same other another
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs one ones who whom
    whose which what when where why how there here
    am is are was were be been being do does did doing done have has had having can could may might must shall should
    will would ought let lets
    and or but nor so yet if then than because as while though although whether since until unless
    of in on at by for with without from to into onto upon about over under above below between among through during
    before after against within across along around off out up down per via toward towards near beside beyond
    not no too very just only also even still already again ever never more most much many few less least
    im ive id ill youre youve theyre weve isnt arent wasnt werent dont doesnt didnt cant couldnt wont wouldnt hasnt
    havent hadnt shouldnt whats whos whod wheres hows whens thats theres im lets s t
""")
"""They weigh little and need no fact to hold them."""

QUESTION_WORDS = _words("who whom whose which what when where why how")
AUXILIARIES = _words("""
    is are was were has have had does do did will would can could should may might
""")
DEEDS = _words("""
    invest spend spent pay paid put give gave given fund commit pledge promise make made build built buy bought
    expand enlarge grow open host announce confirm launch develop hire provide receive get got earn lend lent cost
    contribute offer finance donate own run hold
""")
"""Verbs of money and action: whoever is their subject in a question must be the fact's subject."""

GIVING = _words("go goes going gone went give given gives paid pay pays allocated earmarked reserved promised handed")
"""Verbs before "to" whose money is for the party named next."""

CARRIERS = _words("""
    tell show give given explain describe list find know knows known look looking see say says said saying mean means
    meaning definition define call called please thanks thank hi hello hey ok okay yes
    information info detail details fact facts thing things something anything stuff question answer answers
    regarding concerning exactly actually really currently current now today presently nowadays anymore basically
    get gets got getting go goes going make makes making made take takes taking taken use uses used using put
    want wants wanted need needs like wonder wondering ask asking happen happens happened happening
    involve involves involved involving include includes included including mention mentions mentioned
    affect affects affected apply applies applied relate relates related
    come comes came coming name names named source sources
    part kind sort type way bit lot specific specifically particular overall general main key
    total totals amount amounts number numbers exact whole entire full fully complete completely process processes
    term terms basis nature aspect aspects extent degree form forms role roles example examples reason reasons
    receive receives received receiving become becomes became becoming put puts putting behind keep keeps kept keeping
    help helps helped helping bring brings bringing brought come comes came coming turn turns set sets setting
    compare compares compared comparing comparison versus vs together far officially formally able allow allows allowed
    supposed meant likely possibly maybe perhaps relation relating related connection connected linked
    work works worked working talk talks talked talking speak speaks spoke comment comments commented remark remarks
    think thinks thought believe believes view views opinion opinions refer refers
    true correct right wrong confirm yes behalf cover covers covered big large stand stands stood acronym abbreviation
    someone anyone everyone somebody anybody everybody person play plays played seem seems try tries trying tried
    matter matters parts place places time run runs running ran
""")
"""Words that carry a question rather than its subject: they count where a fact holds them, and are not missed."""

REQUESTS = _words("wants want wanted needs asked asks asking requests requested")
"""Verbs whose subject is who asks, not what is asked about."""

TELLING = _words("tell know known explain remind remember wonder wondering clarify advise check checking confirm find")
"""Verbs of a request: what follows them and a person is what is asked."""

SAYING = _words("""
    say says said saying quote quotes quoted tell told claim claims claimed call calls called predict predicts predicted
    promise promises promised think thinks thought warn warns warned argue argues argued forecast forecasts forecasted
    describe describes described expect expects expected
""")

ADDRESS = _words("""
    kindly lunch pls plz grateful gratefully appreciate appreciated steer urgent urgently asap quick quickly
    background re draft drafts drafting drafted reply submission query queries journalist journalists reporter
    colleague colleagues sorry chase chasing send sending remind reminder prep preparing preparation tomorrow
    yesterday noon hoping remember cheers anyone anybody somebody someone pq pqs pmqs qt dg spad spads hmt
    correspondence stakeholder stakeholders thx ty tia obvious apologies publicly writing roundtable tweet dumb
    silly stupid readout factcheck check checking brief needed need email ping regards clue due point line lines
    headline hold interested latest chance update updates
""")
"""Words of a request that an office writes around its question: they hardly count as missing."""

TOPIC_MARKS = _words("on about re regarding concerning for with")
"""Words after which the question may begin: "a steer on"."""

TAIL_MARKS = _words("for as because if before by when since so and but to")
"""Words before which the question may end: "for a submission"."""

NOW_WORDS = _words("now nowadays today currently still yet anymore latest")
"""Words that ask how things stand: what came later answers."""

PERSONS = _words("i me we us you anyone someone anybody somebody everyone minister ministers")

COURTESY = _words("please pls plz plse kindly er erm um umm uh hmm hm")
"""Words that are never part of what is asked."""

CONNECTORS = _words("but about on for that to me of with and if in")
"""Words that stand between words of address and the question."""

_UNITS = {
    word: value
    for value, word in enumerate(
        _listed(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
            " seventeen eighteen nineteen"
        )
    )
}
_TENS = {
    word: value * 10
    for value, word in enumerate(_listed("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
}
ABBREVIATIONS = dict(
    pair.split("=")
    for pair in _listed("""
    dept=department depts=departments gov=government govt=government hmg=government natl=national intl=international
    yr=year yrs=years info=information mins=minutes min=minister comms=communications uni=university edu=education
    biz=business org=organisation orgs=organisations sec=secretary memo=memorandum u=you ur=your
""")
)
"""What people type short, and the word: used where no fact holds the short one, and beside it where one does."""

NUMBER_WORDS = {**_UNITS, **_TENS}
MULTIPLIERS = {
    "hundred": 100,
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mln": 10**6,
    "mil": 10**6,
    "million": 10**6,
    "millions": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "bil": 10**9,
    "billion": 10**9,
    "billions": 10**9,
    "tn": 10**12,
    "trillion": 10**12,
}
QUANTITIES = (
    frozenset(NUMBER_WORDS) - {"one"}
    | frozenset(MULTIPLIERS)
    | _words("""
    several multiple both number hundreds thousands dozens none
""")
)
"""Words that say how many; "one" mostly does not."""
ORDINALS = dict(
    zip(
        _listed("first second third fourth fifth sixth seventh eighth ninth tenth"),
        _listed("1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th"),
        strict=True,
    )
)
CURRENCIES = {
    "£": "£",
    "gbp": "£",
    "pound": "£",
    "pounds": "£",
    "sterling": "£",
    "quid": "£",
    "$": "$",
    "usd": "$",
    "dollar": "$",
    "dollars": "$",
    "€": "€",
    "eur": "€",
    "euro": "€",
    "euros": "€",
}
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
MONTH_NAMES = _listed("january february march april may june july august september october november december")

FRAME_WORDS = FUNCTION_WORDS | CARRIERS | {*NUMBER_WORDS, *MULTIPLIERS, *ORDINALS, *MONTHS, "pounds"}
"""Words that a question is built with, whatever the facts are about."""

_SPELLINGS = {
    "aeroplane": "airplane",
    "ageing": "aging",
    "aluminium": "aluminum",
    "artefact": "artifact",
    "cheque": "check",
    "defence": "defense",
    "enrol": "enroll",
    "enrolment": "enrollment",
    "fulfil": "fulfill",
    "fulfilment": "fulfillment",
    "grey": "gray",
    "instalment": "installment",
    "judgement": "judgment",
    "licence": "license",
    "manoeuvre": "maneuver",
    "offence": "offense",
    "practise": "practice",
    "pretence": "pretense",
    "programme": "program",
    "sceptic": "skeptic",
    "sceptical": "skeptical",
    "skilful": "skillful",
    "tyre": "tire",
}
_MAY_BE_BRITISH = re.compile("is|ys|our|re|tr|ogue|ll|ae")
_BRITISH = (
    (re.compile(r"(?<=.{3})is(e|ed|es|er|ers|ing|ation|ations)$"), r"iz\1"),
    (re.compile(r"(?<=.{3})ys(e|ed|es|er|ers|ing)$"), r"yz\1"),
    (re.compile(r"(?<=.{2}[bcdglmnpv])our(?=(s|ed|ing|able|ably|ite|ites|al|er|ers|hood|ful|less|y)?$)"), "or"),
    (re.compile(r"(?<=.[ntb])re(s?)$"), r"er\1"),
    (re.compile(r"(?<=.{2}nt)r(ed|ing)$"), r"er\1"),
    (re.compile(r"(?<=.{2})ogue(s?)$"), r"og\1"),
    (re.compile(r"(?<=.{3}[aeiou])ll(ed|ing|er|ers)$"), r"l\1"),
    (re.compile(r"(?<=.)ae(?=.{4})"), "e"),
)


@lru_cache(maxsize=65536)
def one_spelling(form: str) -> str:
    """Return the spelling that British and American forms of a lower-case word share; only for comparing."""
    for plural in ("", "s", "d"):
        known = _SPELLINGS.get(form.removesuffix(plural)) if form.endswith(plural) else None
        if known:
            return known + plural
    if _MAY_BE_BRITISH.search(form, 1):
        for pattern, replacement in _BRITISH:
            form = pattern.sub(replacement, form)
    return form


_NEWER_WORDS = _words("""
    admin analytics backdrop backup bidder blog blogs broadband chatbot chatbots congrats crypto cyber dataset
    datasets deepfake developmental download downloads edtech email emails fintech hashtag hometown innovate
    internet laptop laptops lender lockdown malware metadata mobile offline online pandemic phishing podcast
    podcasts ransomware smartphone smartphones software spreadsheet startup stats streaming tablet upload username
    valuation vape webpage website websites wifi workflow
""")
"""Words younger than the word list."""


@cache
def plain_words() -> frozenset[str]:
    """Return common English words, lower case, with their endings: spelt as meant, so never corrected to a near word.

    From SCOWL (english.LICENSE.txt), without proper names.
    """
    return _listed_in("english.txt") | _NEWER_WORDS | FRAME_WORDS


@cache
def names() -> frozenset[str]:
    """Return common names of people and places, lower case; from SCOWL too."""
    return _listed_in("names.txt")


def _listed_in(file: str) -> frozenset[str]:
    return frozenset(files("bot.lookup.language").joinpath(file).read_text(encoding="utf-8").split())
