"""Sentences on sites and groups: exact, hedged, and never a ranking."""

from __future__ import annotations

import pytest

from evaluation.config import DisclosureRule
from evaluation.report import comparison_wording as words
from evaluation.report.benefit_wording import may_be_chance_label, who_benefits_sentences
from instruments.definition import Scale

MOOD = Scale("total", "Low mood", (1,), "sum", (0, 27), "lower", "confirmed", "")
POOL = {
    "k": 6, "estimate": 2.0, "low_hk": 1.0, "high_hk": 3.0, "tau2": 0.5, "i2": 0.4,
    "prediction_low": -0.5, "prediction_high": 4.5, "reason": "",
}  # fmt: skip
RULE = DisclosureRule()


def test_average_over_sites():
    text = words.average_sentence(POOL, MOOD)
    assert "over six sites people improved by +2.0 points" in text
    assert "between +1.0 and +3.0" in text
    none = words.average_sentence(POOL | {"estimate": None, "k": 1, "reason": "SUPPRESSED"}, MOOD)
    assert none.endswith("Only one site has a result, so there is nothing to put together.")


def test_a_new_site_and_chance():
    text = words.spread_of_sites_sentence(POOL)
    assert text.startswith(words.GREY_BAND) and "from −0.5 to +4.5 points" in text
    assert "40 parts in 100 are more than chance" in text
    alike = words.spread_of_sites_sentence(POOL | {"tau2": 0.0, "i2": 0.0, "reason": "FEW_SITES"})
    assert "no evidence that these sites differ" in alike
    assert alike.endswith("how far sites differ cannot be told well.")
    assert "too few" in words.spread_of_sites_sentence(POOL | {"k": 2})
    assert words.spread_of_sites_sentence(POOL | {"estimate": None}) == ""


@pytest.mark.parametrize(
    ("n", "start"), [(1, "One of 12 sites has scores"), (5, "Five of 12 sites have scores")]
)
def test_how_many_sites_are_compared(n: int, start: str):
    assert words.used_by_sentence(n, 12).startswith(start)


def test_how_many_are_not_shown():
    assert words.not_shown_sentence(0, RULE) == ""
    assert words.not_shown_sentence(1, RULE).startswith("One site is not shown, to protect")
    assert "at least 10 people from 10 couples" in words.not_shown_sentence(2, RULE)
    assert words.hidden_groups_sentence(0, RULE) == ""
    assert words.hidden_groups_sentence(3, RULE).startswith("Three groups are not shown")


def test_a_hidden_site_says_so_in_every_cell_of_its_result():
    blank = dict.fromkeys(
        ("n", "rate", "improvement", "improvement_low", "improvement_high", "shrunken",
         "funnel_position")
    )  # fmt: skip
    line = words.site_line(blank | {"site": "Lambeth"})
    assert line["Site"] == "Lambeth" and line["Number"] == "few"
    assert set(list(line.values())[3:]) == {"hidden"}


GROUP = {
    "trait": "role", "level": "father", "reference": "mother", "reason": "", "n": 40,
    "improvement": 1.2, "improvement_low": None, "improvement_high": None, "mean_before": 12.0,
    "mean_after": 10.8, "share_improved": 0.6, "difference": 0.7, "low": -0.4, "high": 1.8,
    "q": 0.004, "adjusted": "yes",
}  # fmt: skip


def test_a_group_as_a_line():
    line = words.group_line(GROUP)
    assert line["Group"] == "Fathers" and line["Change (+ is better)"] == "+1.2"
    assert line["Fairly sure between"] == "too few" and line["Got better"] == "60%"
    hidden = words.group_line(GROUP | {"reason": "SUPPRESSED", "improvement": None})
    assert hidden["Change (+ is better)"] == hidden["Number"] == "hidden"
    running = words.group_line(GROUP | {"reason": "PERIOD_RUNNING", "improvement": None})
    assert running["Change (+ is better)"] == "still running"


def test_a_difference_as_a_line():
    line = words.difference_line(GROUP, GROUP | {"difference": None, "q": None})
    assert line["Set beside"] == "Mothers" and line["Difference"] == "+0.7 (−0.4 to +1.8)"
    assert line["Allowing for chance (q)"] == "below 0.01"
    assert line["As if they had started alike"] == "too few"
    assert line["Allowing for chance, started alike (q)"] == "–"


def test_who_benefits_is_of_people_who_started_alike():
    rows = [GROUP, GROUP | {"adjusted": "no"}, GROUP | {"difference": None}]
    assert who_benefits_sentences(rows) == (
        [],
        ["Fathers improved by 0.7 points more than mothers, which may be chance (q below 0.01)."],
    )
    assert who_benefits_sentences([]) == ([], [])


@pytest.mark.parametrize(
    ("low", "high", "clear"),
    [(0.1, 1.3, True), (-1.3, -0.1, True), (0.0, 1.4, False), (None, None, False)],
)
def test_what_is_more_than_chance_comes_first_and_apart(low, high, clear):
    row = GROUP | {"low": low, "high": high, "q": 0.03}
    first, others = who_benefits_sentences([GROUP, row])
    assert (len(first), len(others)) == (int(clear), 2 - int(clear))
    assert ("more than chance alone" in " ".join(first)) == clear


def test_the_box_of_the_others_says_how_many():
    assert may_be_chance_label(1) == "One comparison that may be chance"
    assert may_be_chance_label(9) == "Nine comparisons that may be chance"


def test_periods_in_words():
    assert words.period_name("2017-H1") == "January to June 2017"
    assert words.period_name("2017-H2") == "July to December 2017"
    assert words.group_name("started", "2017") == "2017"
    assert words.group_name("intervention", "Relate") == "Relate"


def test_positions_in_words():
    assert words.position_words("beyond_998") == "outside the dotted lines"
    assert words.position_words(None) == words.position_words("") == ""
