"""The methods section says what was done, and says something else where something else was done."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd
import pytest

from evaluation.report.export import prepare_export
from evaluation.report.research.methods_text import MethodsText, Section, methods_text
from tests.evaluation.report.research.made_programme import made_programme


@cache
def text_of(rules: str = "", *, disclosure="off", site: str = "") -> MethodsText:
    results = made_programme(rules)
    sites = [site] if site else None
    return methods_text(results, prepare_export(results, disclosure=disclosure, sites=sites))


pytestmark = pytest.mark.usefixtures("few_tables")


@pytest.fixture(scope="module")
def default(few_tables) -> str:
    return text_of().sentences


# Rule files that decide many things, of which each has a sentence of its own.
MANY = """
alpha: 0.1
follow_up: {3m: {days: 100, window: 14}, exclude_outside_window: true}
end: {expected_weeks: 12}
measures:
  phq9.total: {reliability: 0.7, sd: 5.5, cutoff: ">= 12"}
  das_32.total: {sd: own, cutoff: b}
subgroups: [role]
scoring:
  prorate: true
  verified: [das_7]
  keyed: [enrich_couple_scales_35]
  recode: {phq9: [subtract 1]}
"""
KEYS = "{alpha: 0.05, scoring: {keys: {enrich_couple_scales_35: [1, 2]}}}"
# The rule file, what the text says with it, and what it says without one.
CHOICES = (
    (MANY, "up to 20 % of them may be missing",
     "No other score with missing answers was worked out."),
    (MANY, "every 90% interval", "every 95% interval"),
    (MANY, "z = 1.644854", "z = 1.959964"),
    (MANY, " change 5% of people would pass", "2.5% of people would pass"),
    (MANY, "due 100 days after the end of support, 14 days",
     "due 91 days after the end of support, 30 days"),
    (MANY, "outside these days were left out", "outside these days count all the same"),
    (MANY, "12 weeks after the start", "or the end questionnaire. Without"),
    (MANY, "PHQ-9, Low mood (PHQ-9 total): reliability 0.7 (from the rule file)",
     "PHQ-9, Low mood (PHQ-9 total): reliability 0.8"),
    (MANY, "SD 5.5 (from the rule file)", None),
    (MANY, "0.95 (published, checked against its source); SD of the earlier scores",
     "SD 17.8 (the manual's"),
    (MANY, "clinical range >= 12 (from the rule file)", "clinical range >= 10 (published"),
    (MANY, "boundary b (two standard deviations from people in general), as the rule file says",
     "clinical range <= 97 (published"),
    (MANY, "Effects are also given by role", None),
    (MANY, "The scoring key of DAS-7 was compared with the form", None),
    (MANY, "came already keyed", None),
    (MANY, "read as the rule file decided: subtract 1", None),
    (KEYS, "are those of the rule file", None),
    (KEYS, "with a rule file (SHA-256", "no rule file, so with its defaults"),
)  # fmt: skip


def _plain(text: str) -> str:
    """Without the numbers of references."""
    return re.sub(r" \[[\d, ]+\]", "", text)


@pytest.mark.parametrize(
    ("rules", "said", "otherwise"), CHOICES, ids=[said[:40] for _, said, _ in CHOICES]
)
def test_a_setting_changes_its_sentence(rules, said, otherwise, default) -> None:
    chosen, default = (_plain(text) for text in (text_of(rules).sentences, default))
    assert said in chosen
    assert said not in default
    if otherwise is not None:
        assert otherwise in default
        assert otherwise not in chosen


def test_numbers_are_those_of_the_tables(default) -> None:
    results = made_programme()
    scores = results.scores
    people = len(scores[["site", "participant"]].drop_duplicates())
    assert f"{people} people filled in at least one questionnaire" in default
    assert f"{len(scores)} scores: {len(scores)} given without their answers." in default
    row = results.effects.query("site == 'ALL' and instrument == 'phq9' and subgroup == ''").iloc[0]
    assert f"(PHQ-9 total): {row['n']} people are compared from start to end" in default


def test_what_happened_is_told_and_what_did_not_is_not(default) -> None:
    assert "carry the code SESSION_STANDS_IN" in default
    assert "Practitioners are never counted with parents" in default
    assert "neither direction is better, so nobody is put in a class" in default
    assert "about a child" not in default
    essex = text_of(site="Essex").sentences
    assert "from one site (Essex)" in essex
    assert "no session had to stand in" in essex
    assert "Sites are put together" not in essex


def test_a_released_text_says_less(default) -> None:
    released = text_of(disclosure="release").sentences
    assert "Counts from 1 to 7 are hidden" in released and "Counts from 1 to 7" not in default
    assert "are not for release" in default and "are not for release" not in released
    assert "filled in at least one questionnaire" not in released
    assert "Tests are left out" in released and "Wilcoxon" not in released
    assert "scores" in released.split("not in this export: ")[1]
    counts = [int(n) for n in re.findall(r": (\d+) people are compared", released)]
    assert counts and all(n % 5 == 0 for n in counts)


@pytest.mark.parametrize("method", ["ipw", "mi", "bocf"])
def test_only_the_methods_that_were_used_are_told(method) -> None:
    results = made_programme()
    export = prepare_export(results, disclosure="off")
    words = {"ipw": "weighted by 1 /", "mi": "multiple imputation", "bocf": "(bocf)"}
    export.tables["sensitivity"] = pd.DataFrame({"method": ["completers", method]})
    told = methods_text(results, export).sentences
    assert [name for name, text in words.items() if text in told] == [method]
    del export.tables["sensitivity"]
    assert "other assumptions about those lost" not in methods_text(results, export).sentences


def test_every_number_of_a_reference_stands_in_the_list() -> None:
    text = text_of()
    cited = {
        int(number)
        for group in re.findall(r" \[([\d, ]+)\]", text.sentences)
        for number in group.split(", ")
    }
    assert cited == set(range(1, len(text.references) + 1))
    assert any("10.1037/0022-006X.59.1.12" in line for line in text.references)
    assert len(set(text.references)) == len(text.references)
    assert not any("not published" in line for line in text.references)


def test_names_are_never_formatting() -> None:
    text = MethodsText("T", (Section("H", ("*A* [x](http://y) <b>\n# z",)),), ())
    assert "\\*A\\* [x\\](http://y) \\<b> # z" in text.markdown()
    assert text.blocks()[:3] == [
        ("title", "T"), ("heading", "H"), ("paragraph", "*A* [x](http://y) <b>\n# z"),
    ]  # fmt: skip
    assert "*A*" in text.plain()
