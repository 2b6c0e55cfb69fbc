"""How good answers are: the right people, one row each, and nothing small seen across sites."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluation.config import DisclosureRule, Settings
from evaluation.ingest.pipeline import read_files
from evaluation.model import Dataset
from evaluation.programme import analyse
from evaluation.quality import AnswerQuality, answer_quality, occasions, released_quality
from evaluation.report.quality_wording import not_on_the_form, skipped_sentences
from instruments.registry import get

PHQ9 = ",".join(f"phq9_{n}" for n in range(1, 10))
HEADER = f"site,participant,couple,role,wave,session_number,{PHQ9}"
RULE = DisclosureRule()


def read(*rows: str, header: str = HEADER) -> Dataset:
    report = read_files([("a.csv", "\n".join([header, *rows]).encode())])
    assert not report.blocked
    return report.dataset


def line(
    person: str, wave: str, answers: str, *, site: str = "Luton", role: str = "", couple: str = ""
) -> str:
    name, _, number = wave.partition(" ")
    return f"{site},{person},{couple},{role},{name},{number},{','.join(answers)}"


def quality(dataset: Dataset, site: str | None = "Luton", wave: str = "baseline") -> AnswerQuality:
    return answer_quality(dataset, get("phq9"), site=site, wave=wave)


def missing(found: AnswerQuality) -> dict[int, float]:
    left_out = found.items[found.items["n_missing"] > 0]
    return dict(zip(left_out["item"], left_out["n_missing"], strict=True))


def test_one_site_one_wave_without_practitioners() -> None:
    gap = "11111111 ".replace(" ", "")
    rows = [
        line("P1", "baseline", "111111111"), line("P2", "baseline", [*gap, ""]),
        line("P1", "end", ["", *gap]), line("P3", "baseline", [*gap, ""], site="Dorset"),
        line("W1", "baseline", [*gap, ""], role="practitioner"),
    ]  # fmt: skip
    dataset = read(*rows)
    found = quality(dataset)
    assert (found.n, found.n_couples, found.practitioners) == (2, 2, False)
    assert missing(found) == {9: 1}
    assert found.items.loc[found.items["item"] == 9, "n_asked"].tolist() == [2]
    everywhere = quality(dataset, site=None)
    assert (everywhere.n, missing(everywhere)) == (3, {9: 2})
    assert missing(quality(dataset, wave="end")) == {1: 1}


def test_sessions_stand_in_once_for_each_person() -> None:
    rows = [line("P1", f"session {n}", str(n % 4) * 9) for n in (1, 2, 3)]
    dataset = read(*rows)
    for wave in ("baseline", "end"):
        assert quality(dataset, wave=wave).n == 1
    scores = analyse(dataset, Settings()).scores
    assert occasions(scores) == {"phq9": ["baseline", "end"]}


def test_a_questionnaire_for_practitioners_is_theirs() -> None:
    dataset = read(*(line(f"W{n}", "baseline", "1" * 9, role="practitioner") for n in range(3)))
    found = quality(dataset)
    assert (found.n, found.practitioners) == (3, True)


def test_given_scores_are_no_answers() -> None:
    dataset = read("Luton,P1,baseline,12", header="site,participant,wave,phq9_total")
    assert occasions(analyse(dataset, Settings()).scores) == {}


def test_waves_are_in_the_order_of_time() -> None:
    waves = ("6m", "end", "baseline", "3m", "mid", "9m")
    dataset = read(*(line("P1", wave, "1" * 9) for wave in waves))
    found = occasions(analyse(dataset, Settings()).scores)
    assert found["phq9"] == ["baseline", "mid", "end", "3m", "6m", "9m"]


def test_nobody_at_that_time() -> None:
    found = quality(read(line("P1", "baseline", "1" * 9)), wave="end")
    assert (found.n, found.n_couples, found.practitioners) == (0, 0, False)


# --- across sites ---------------------------------------------------------------------------

COUNTS = {
    "reliability": ["n", "n_excluded"],
    "items": ["n_asked", "n_missing"],
    "scales": ["n", "n_complete", "n_published_rule", "n_own_rule", "n_not_scored"],
}


def many(n: int, skip: dict[int, int]) -> Dataset:
    """``n`` people in couples of one; of item k the first ``skip[k]`` people left out."""
    rng = np.random.default_rng(n)
    rows = []
    for person in range(n):
        level = person % 4
        answers = [str(min(3, max(0, level + step))) for step in rng.integers(-1, 2, 9)]
        for item, left_out in skip.items():
            if person < left_out:
                answers[item - 1] = ""
        rows.append(line(f"P{person}", "baseline", answers))
    return read(*rows)


@pytest.mark.parametrize("n", [9, 10, 31, 60])
@pytest.mark.parametrize("skip", [{}, {3: 1}, {3: 7, 4: 8}, {2: 12, 9: 30}])
def test_no_small_count_and_no_statistic_of_few_is_released(n: int, skip: dict) -> None:
    exact = quality(many(n, skip), site=None)
    found = released_quality(exact, RULE)
    for name, columns in COUNTS.items():
        counts = getattr(found, name)[columns].to_numpy(float)
        known = counts[~np.isnan(counts)]
        assert ((known == 0) | (known >= RULE.hide_below)).all()
        assert (known % RULE.round_to == 0).all()
    alpha = found.reliability["alpha"].iloc[0]
    assert np.isnan(alpha) == (exact.reliability["n"].iloc[0] < RULE.min_n)
    assert found.items[["low", "high"]].isna().all(axis=None)
    if n < RULE.min_n:
        assert found.scales[["mean_strict", "mean_prorated"]].isna().all(axis=None)


def test_few_filled_in_give_no_second_average() -> None:
    """From the mean of 30 and the mean of 31 the score of the one could be worked out."""
    found = released_quality(quality(many(31, {3: 1}), site=None), RULE).scales.iloc[0]
    assert np.isfinite(found["mean_strict"])
    assert np.isnan(found["mean_prorated"])
    assert np.isnan(found["mean_difference"])
    enough = released_quality(quality(many(31, {3: 8}), site=None), RULE).scales.iloc[0]
    assert np.isfinite(enough["mean_difference"])


def test_couples_protect_too() -> None:
    rows = [line(f"P{n}", "baseline", str(n % 4) * 9, couple=f"C{n // 2}") for n in range(18)]
    exact = quality(read(*rows), site=None)
    assert (exact.n, exact.n_couples) == (18, 9)
    assert released_quality(exact, RULE).reliability["alpha"].isna().all()


def test_questions_that_most_did_not_have_are_not_called_skipped() -> None:
    items = pd.DataFrame(
        {"item": [1, 2, 3, 4], "n_asked": 100, "n_missing": [0, 12, 100, 90],
         "share": [0.0, 0.12, 1.0, 0.9], "rank": [4, 3, 1, 2]}
    )  # fmt: skip
    assert not_on_the_form(items) == [3, 4]
    assert skipped_sentences(items, many="people", most=3) == [
        "Question 2 was left out by 12 of 100 people (12 in 100).",
        "Questions 3 and 4 have no answer from most people: they were probably not on every form.",
    ]
