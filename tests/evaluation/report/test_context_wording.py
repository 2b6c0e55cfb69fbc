"""Sentences that keep a change in proportion."""

from __future__ import annotations

import re

import pytest

from evaluation.analysis.precision import site_precision
from evaluation.analysis.selection import regression_to_the_mean
from evaluation.analysis.severity import ExpectedDifference
from evaluation.report.context_wording import (
    NOT_CAUSED,
    group_difference_sentence,
    level_words,
    natural_change_sentence,
    precision_sentence,
    regression_sentence,
    severity_sentence,
    spread_sentence,
)

nan = float("nan")


def test_precision_says_what_the_numbers_are() -> None:
    # t(19) / sqrt(20) = .468; power.t.test(20, power = .8): d = .660.
    text = precision_sentence(site_precision(n=20, n_couples=20))
    assert "20 people from 20 couples" in text
    assert "0.47 standard deviations" in text
    assert "below 0.66 would be missed" in text


def test_precision_of_one_person_or_couple_is_not_said() -> None:
    for n, couples in ((0, 0), (1, 1), (2, 1)):
        text = precision_sentence(site_precision(n=n, n_couples=couples))
        assert text.startswith("How exact the average is cannot be said. ")
        assert "standard deviations" not in text


@pytest.mark.parametrize(("better", "verb"), [("higher", "improve by"), ("lower", "get worse by")])
def test_regression_to_the_mean_names_points_and_direction(better: str, verb: str) -> None:
    # DAS below 97.5, reliability .88: +3.2 points = .18 SD.
    found = regression_to_the_mean(mean=114.8, sd=17.8, reliability=0.88, cut=97.5, select="below")
    text = regression_sentence(found, better=better)
    assert f"{verb} about 3.2 points (0.18 standard deviations)" in text
    assert text.endswith(NOT_CAUSED)


def test_regression_of_a_symptom_scale_after_selection_above() -> None:
    # SDQ above 16.5, reliability .72: -3.0 points, which is better.
    found = regression_to_the_mean(mean=8.4, sd=5.8, reliability=0.72, cut=16.5, select="above")
    assert "would improve by about 3.0 points (0.52" in regression_sentence(found, better="lower")


def test_without_a_norm_regression_is_not_worked_out() -> None:
    found = regression_to_the_mean(mean=nan, sd=1, reliability=0.9, cut=0, select="below")
    assert "cannot be worked out. No published comparison group" in regression_sentence(
        found, better="higher"
    )


@pytest.mark.parametrize(
    ("g", "verdict"), [(0.5, "more than that (+0.50)"), (0.12, "no more than"), (-0.2, "no more")]
)
def test_natural_change(g: float, verdict: str) -> None:
    text = natural_change_sentence(g)
    assert "about 0.12 standard deviations" in text
    assert verdict in text
    assert text.endswith(NOT_CAUSED)


def test_nothing_is_said_of_a_change_that_is_not_known() -> None:
    assert natural_change_sentence(nan) == ""


def test_severity_warns_with_and_without_a_number() -> None:
    known = severity_sentence(ExpectedDifference(4.04))
    assert "improve by about 4.0 points more" in known
    unknown = severity_sentence(ExpectedDifference(reason="NORM_MISSING"))
    assert "cannot be worked out here" in unknown
    for text in (known, unknown):
        assert text.startswith("People who start worse tend to improve more")
        assert text.endswith("people who started alike.")


@pytest.mark.parametrize(
    ("difference", "low", "high", "says"),
    [
        (3, 1, 5, "Mothers improved by 3.0 points more than fathers, which is more than chance"),
        (-3, -5, -1, "by 3.0 points less than fathers, which is more than chance"),
        (1, -1, 3, "by 1.0 point more than fathers, which may be chance."),
        (1, nan, nan, "how sure that is cannot be said."),
        (nan, nan, nan, "Mothers and fathers: the groups are too small to be compared."),
    ],
)
def test_difference_between_groups(difference, low, high, says) -> None:
    text = group_difference_sentence(
        level="mothers", reference="fathers", difference=difference, low=low, high=high
    )
    assert says in text
    assert not re.search(r"nan|None", text)


@pytest.mark.parametrize(
    ("trait", "level", "says"),
    [
        ("role", "father", "fathers"),
        ("role", "partner_a", "people with role 'partner_a'"),
        ("low_income", "yes", "people on a low income"),
        ("severity", "more severe at the start", "people who started worse"),
        ("intervention", "Relate", "people who were given 'Relate'"),
    ],
)
def test_groups_have_names_that_people_use(trait: str, level: str, says: str) -> None:
    assert level_words(trait, level) == says


def spread_row(kind: str, sd: float, points: float, in_use: str, better: float, worse: float):
    return {
        "sd_kind": kind, "sd_used": sd, "rc_points": points, "in_use": in_use, "n": 40,
        "improved": better, "recovered": nan, "unchanged": 40 - better - worse,
        "deteriorated": worse, "harmed": nan,
    }  # fmt: skip


def test_how_much_hangs_on_the_spread() -> None:
    own = spread_row("own", 6.1, 8.8, "no", 10, 2)
    manual = spread_row("manual", 5.0, 7.2, "yes", 14, 3)
    text = spread_sentence([own, manual])
    assert "from 7.2 points on, which follows from the published spread of scores (5.0)" in text
    assert "it would count from 8.8 points on: 10 instead of 14 clearly better and 2" in text


def test_nothing_is_said_of_a_spread_that_nobody_published() -> None:
    own = spread_row("own", 6.1, 8.8, "yes", 10, 2)
    assert spread_sentence([own, spread_row("manual", nan, nan, "no", nan, nan)]) == ""
    assert spread_sentence([own]) == spread_sentence([]) == ""
    assert spread_sentence([spread_row("own", nan, nan, "yes", nan, nan)]) == ""
