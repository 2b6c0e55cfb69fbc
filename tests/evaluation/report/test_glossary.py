"""The glossary: every word is explained in whole, plain sentences, exactly, and with a source."""

from __future__ import annotations

import re

import pytest

from evaluation.report.glossary import (
    GLOSSARY,
    TOPIC_NAMES,
    TOPICS,
    explain,
    find_terms,
    sources,
)

# Words that a councillor or a parent should not need to know.
JARGON = re.compile(
    r"p-value|\bCI\b|\bSD\b|\bSE\b|\bRCI\b|\bICC\b|\bREML\b|confidence interval|statistically|"
    r"standard (deviation|error)|significan|null hypothesis|variance|heterogene|imput|"
    r"regression|clustered|suppress|attrition|\bn =|coefficient|random[- ]effects|users?\b|"
    r"failed",
    re.IGNORECASE,
)
ASKED_FOR = (
    "effect size", "reliable change", "recovered", "interval", "attrition", "heard from",
    "not yet due", "couple-clustered", "baseline", "distance travelled", "cut-off", "benchmark",
    "prediction interval", "funnel", "suppressed", "hidden", "rounded", "SDQ added value",
    "session stands in", "sensitivity", "tipping point", "multiple imputation", "BOCF",
    "completers", "worst", "IPW", "likelihood",
)  # fmt: skip


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?]) +", text)


@pytest.mark.parametrize("term", GLOSSARY, ids=lambda term: term.name)
def test_the_plain_words_are_two_or_three_whole_sentences(term):
    found = sentences(term.plain)
    assert 2 <= len(found) <= 3
    for sentence in found:
        assert sentence[0].isupper() and sentence.endswith(".")
        assert 3 <= len(sentence.split()) <= 35
    assert not JARGON.search(term.plain)


@pytest.mark.parametrize("term", GLOSSARY, ids=lambda term: term.name)
def test_the_exact_words_and_the_sources_are_there(term):
    assert term.exact.endswith(".") and term.exact != term.plain
    assert term.sources
    assert all(text.strip() for text in sources(term))
    assert all(not one.doi or re.fullmatch(r"10\.\d{4,}/\S+", one.doi) for one in term.sources)


def test_every_term_has_one_home():
    names = [term.name.casefold() for term in GLOSSARY]
    assert len(set(names)) == len(names)
    assert {term.topic for term in GLOSSARY} == set(TOPICS) == set(TOPIC_NAMES)


@pytest.mark.parametrize("words", ASKED_FOR)
def test_a_word_is_found_by_what_people_call_it(words):
    names = " ".join((find_terms(words)[0].name, *find_terms(words)[0].also)).casefold()
    assert all(word in names for word in words.casefold().split())


def test_a_term_so_named_comes_before_one_that_mentions_it():
    assert find_terms("interval")[0].name in ("interval", "prediction interval")
    assert find_terms("FUNNEL")[0].name == "funnel"
    assert find_terms("hidden")[0].name == "hidden"


def test_what_is_not_there_is_not_found():
    assert find_terms("zebra") == ()
    assert find_terms("   ") == GLOSSARY
    with pytest.raises(ValueError, match="zebra"):
        explain("zebra")


def test_numbers_in_the_words_are_those_in_force():
    """The glossary repeats a few defaults; it must not lag behind them."""
    from evaluation.config import DisclosureRule, FollowUp
    from evaluation.model import due_days

    rule = DisclosureRule()
    assert f"from 1 to {rule.hide_below - 1} are hidden" in explain("hidden").exact
    assert rule.round_to == 5 and "nearest five" in explain("rounded").plain
    assert f"w = {FollowUp(91).window} days" in explain("can still answer").exact
    for wave in ("3m", "6m"):
        assert f"{due_days(wave)} days after it ({wave})" in explain("not yet due").exact
