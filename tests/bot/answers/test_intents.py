"""What words ask for besides a look-up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.intents import SmallTalk, doubted_words, names_help, small_talk, wants_help


@pytest.mark.parametrize(
    "words",
    [
        "who are you?",
        "Who r u",
        "hi, who are you?",
        "what is this",
        "what's this bot for?",
        "hello what is this",
        "can you help me?",
        "what can I ask you",
        "what do you know",
        "are you ChatGPT?",
        "is this a bot",
        "what's your name",
        "tell me about yourself",
        "how do I use this",
        "what time is it",
        "what day is it today?",
    ],
)
def test_what_this_is_and_what_a_clock_would_tell_get_the_help(words: str) -> None:
    assert names_help(words)


@pytest.mark.parametrize(
    "words",
    [
        "thanks",
        "Thank you very much indeed",
        "tysm",
        "ta",
        "cheers mate",
        "thank u",
        "tks!",
        "perfect, thank you",
        "that's really helpful, thanks",
        "thanks in advance",
        "noted with thanks",
        "many thanks for this",
        "ok",
        "got it",
        "spot on",
        "well done",
        "good bot",
        "you're a star",
        "no thanks",
        "fab",
        ":pray:",
        ":+1::skin-tone-3:",
        "\N{THUMBS UP SIGN}",
        "thanks, that is what I needed",
    ],
)
def test_thanks_in_all_its_forms(words: str) -> None:
    assert small_talk(words) is SmallTalk.THANKS


@pytest.mark.parametrize("words", ["hi", "good morning all", "how are you?", "are you there?", ":wave:", "test"])
def test_greetings(words: str) -> None:
    assert small_talk(words) is SmallTalk.HELLO


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("I think that is wrong", ""),
        ("this looks wrong to me", ""),
        ("I don't think that's right", ""),
        ("that isn't correct", ""),
        ("that can't be right", ""),
        ("you're wrong", ""),
        ("wrong", ""),
        ("is that wrong?", ""),
        ("this is out of date", ""),
        ("there's an error", ""),
        ("how do I report a mistake?", ""),
        ("please correct this", ""),
        ("I think the £2bn is wrong", "the 2bn"),
        ("growth zones fact is wrong", "growth zones"),
        ("the number of bids is incorrect", "the number of bids"),
        ("there is a mistake in the growth zones fact", "growth zones"),
        ("something is wrong with the signing date", "signing date"),
        ("you are mistaken about Peter Kyle", "peter kyle"),
        ("we do not think growth zones is accurate", "growth zones"),
    ],
)
def test_a_doubt_names_its_subject_or_none(words: str, subject: str) -> None:
    assert doubted_words(words) == subject


@pytest.mark.parametrize(
    "words",
    [
        "",
        "growth zones",
        "what is wrong with the memorandum",
        "who thinks AI is wrong?",
        "is the memorandum binding?",
        "what are growth zones",
        "who is the contact",
        "great expectations of growth",
        "help with infrastructure",
        "testing of models",
        "what day was it signed",
        "error rates",
        "is it true that OpenAI pays",
        "wrong " * 99,
        "i think " * 60,
        "(",
    ],
)
def test_questions_are_none_of_these(words: str) -> None:
    assert not (words and wants_help(words))
    assert small_talk(words) is None
    assert doubted_words(words) is None


@given(st.text(alphabet="\N{THUMBS UP SIGN}\N{SEE-NO-EVIL MONKEY}:+1 thanksokiswrongthat'", max_size=500))
def test_any_text_is_told_apart(words: str) -> None:
    assert small_talk(words) in {None, *SmallTalk}
    assert doubted_words(words) is None or names_help(words) in {True, False}


@pytest.mark.parametrize("end", ["\N{SEE-NO-EVIL MONKEY}", "x", ":wave:"])
def test_hundreds_of_emoji_are_told_apart_in_linear_time(end: str) -> None:
    assert small_talk("\N{THUMBS UP SIGN}" * 400 + end) is not SmallTalk.THANKS
