"""Sentences on those we did not hear from: plain, and no more sure than the numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.report.lost_wording import (
    FOOTNOTE,
    NO_DATES,
    characteristic_label,
    differential_sentence,
    dropout_sentence,
    lost_sentence,
    missing_at_random_sentence,
    part_of_sd,
)
from instruments.registry import get

INSTRUMENTS = {name: get(name) for name in ("das_32", "phq9")}


def rows(*given: dict[str, object]) -> pd.DataFrame:
    usual = {
        "site": "Luton", "step": "3m", "kind": "mean", "kept": 95.0, "lost": 90.0, "n_kept": 60,
        "n_lost": 40, "smd": 0.02, "p": 0.01, "flag": "", "reason": "",
    }  # fmt: skip
    return pd.DataFrame([usual | row for row in given])


DAS, PHQ = "das_32.total at baseline", "phq9.total at baseline"


@pytest.mark.parametrize(
    ("smd", "text"),
    [
        (0.0, "hardly at all"), (-0.1, "a tenth of a standard deviation"),
        (-0.34, "a third of a standard deviation"), (0.52, "half a standard deviation"),
        (0.98, "one standard deviation"), (-1.5, "1.5 standard deviations"),
    ],
)  # fmt: skip
def test_sizes_in_words(smd: float, text: str) -> None:
    assert part_of_sd(smd) == text


def test_a_large_difference_and_which_way_is_worse() -> None:
    table = rows(
        {"characteristic": DAS, "smd": -0.34, "flag": "red"},
        {"characteristic": PHQ, "smd": 0.51, "flag": "red", "p": 0.2},
    )
    text = lost_sentence(table, INSTRUMENTS, step="3m")
    assert text.startswith("The people we did not hear from 3 months after the end had higher")
    assert "(by half a standard deviation, which is worse; this may be chance)" in text
    assert "(by a third of a standard deviation, which is worse)" in text
    assert "lower scores at the start" in text
    assert text.endswith("What we see of those who answered may not hold for them.")


def test_shares_and_sessions() -> None:
    table = rows(
        {"characteristic": "low_income=yes", "kind": "share", "kept": 0.3, "lost": 0.5,
         "smd": 0.4, "flag": "red"},
        {"characteristic": "sessions_attended", "smd": -0.5, "flag": "red"},
        {"characteristic": "in_a_couple", "kind": "share", "kept": 0.9, "lost": 0.6,
         "smd": -0.7, "flag": "red"},
    )  # fmt: skip
    text = lost_sentence(table, INSTRUMENTS, step="end")
    assert "less often took part with a partner (60% against 90%)" in text
    assert "had attended fewer sessions (by half a standard deviation)" in text
    assert "were more often 'Low income: yes' (50% against 30%)" in text


def test_no_large_difference_is_no_promise() -> None:
    text = lost_sentence(rows({"characteristic": DAS}), INSTRUMENTS, step="3m")
    assert "much like the others" in text
    assert "They may still differ in something we do not know." in text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"n_lost": 0, "smd": None, "reason": "NONE_LOST"}, "We heard from everybody"),
        ({"n_kept": 0, "smd": None, "reason": "NONE_KEPT"}, "We heard from nobody"),
        ({"n_lost": 3}, "did not hear from three people: too few to compare"),
        ({"n_kept": 1}, "heard from one person only: too few to compare"),
        ({"reason": "SUPPRESSED", "n_lost": None, "smd": None}, "Hidden because it rests on few"),
    ],
)
def test_few_and_none(given: dict[str, object], text: str) -> None:
    found = lost_sentence(rows({"characteristic": DAS} | given), INSTRUMENTS, step="3m")
    assert text in found


def test_nobody_is_due_and_no_date_is_known() -> None:
    nobody = lost_sentence(rows({"characteristic": DAS}).iloc[:0], INSTRUMENTS, step="3m")
    assert nobody == "3 months after the end: nobody's questionnaire has come due yet."
    undated = rows({"characteristic": DAS, "reason": "NO_END_DATES"})
    assert lost_sentence(undated, INSTRUMENTS, step="3m").endswith(NO_DATES)


def test_labels() -> None:
    label = INSTRUMENTS["das_32"].scale("total").label
    assert characteristic_label(DAS, INSTRUMENTS) == f"{label} at the start"
    assert characteristic_label("role=mother", INSTRUMENTS) == "Role: mother"
    assert characteristic_label("in_a_couple", INSTRUMENTS) == "Takes part with a partner"
    assert characteristic_label("elsewhere.x at end", {}) == "elsewhere.x at the end of support"


def test_what_goes_with_not_answering() -> None:
    table = pd.DataFrame(
        {
            "term": ["score_at_start", "role=father", "sessions_attended"],
            "odds_ratio": [1.5, 1.1, None],
            "low": [1.1, 0.8, None],
            "high": [2.0, 1.5, None],
            "left_out": ["", "", "FEW_EVENTS"],
            "reason": "",
        }
    )
    text = dropout_sentence(table, step="3m")
    assert "not answering goes together with how things were at the start." in text
    assert "Not looked at: how many sessions somebody attended (too few people" in text
    unclear = dropout_sentence(table.iloc[1:2], step="3m")
    assert "nothing we know of clearly goes together" in unclear
    assert "cannot be said" in dropout_sentence(table.iloc[2:], step="3m")
    assert "come due yet" in dropout_sentence(table.iloc[:0], step="3m")


def test_littles_test_is_never_a_licence() -> None:
    for p, words in ((0.001, "not missing by pure chance"), (0.6, "no sign that answers")):
        text = missing_at_random_sentence({"p": p, "reason": ""})
        assert words in text
        assert text.endswith(FOOTNOTE)
    hidden = missing_at_random_sentence({"p": None, "reason": "SUPPRESSED"})
    assert "cannot be checked" in hidden


def test_one_group_against_the_others() -> None:
    row = {
        "step": "end", "by": "role", "group": "father", "n": 40, "rate": 0.4, "other_n": 50,
        "other_rate": 0.2, "difference": 0.2, "low": 0.01, "high": 0.37, "p": 0.04, "reason": "",
    }  # fmt: skip
    text = differential_sentence(row)
    assert text.startswith("At the end of support we did not hear from 40% of people in the role")
    assert text.endswith("which is more than chance alone would often bring about.")
    # Partners who are lost together may take the certainty away.
    assert differential_sentence(row | {"p": 0.08}).endswith("which may be chance.")
    assert differential_sentence(row | {"low": -0.1}).endswith("which may be chance.")
    assert differential_sentence(row | {"n": 6}).endswith("that is too few to compare.")
    hidden = row | {"reason": "SUPPRESSED", "difference": None, "n": None}
    assert "Hidden because" in differential_sentence(hidden)
