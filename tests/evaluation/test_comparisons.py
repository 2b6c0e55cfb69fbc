"""Sites, groups and questionnaires side by side: released, in an order that tells nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluation import comparisons
from evaluation.disclosure import SUPPRESSED
from evaluation.tables.distribution import score_distribution
from instruments.registry import get
from tests.evaluation.tables.synthetic_programme import programme, run

DAS = ("das_32", "total", "baseline_end")


def small_programme():
    """Three sites of 24, 16 and 4 people whose PHQ-9 falls by 3, 5 and 12 points."""
    lines = ["site,participant,couple,wave,completed_on,phq9_total"]
    for site, n, fall in (("Essex", 16, 5), ("Luton", 24, 3), ("Croydon", 4, 12)):
        for person in range(n):
            start, shift = 14 + person % 3, (person % 2) - 0.5
            code = f"{site[0]}{person}"
            lines += [
                f"{site},{code},,baseline,2016-01-10,{start}",
                f"{site},{code},,end,2016-05-10,{start - fall + shift}",
            ]
    return run("\n".join(lines))


def test_sites_by_size_with_the_hidden_last():
    found = comparisons.compare_sites(small_programme()).of_measure("phq9", "total", "baseline_end")
    assert found.sites["site"].tolist() == ["Luton", "Essex", "Croydon"]
    assert found.sites["n"].iloc[:2].tolist() == [25, 15]
    assert found.sites["improvement"].iloc[:2].tolist() == pytest.approx([3.0, 5.0])
    hidden = found.sites.iloc[2]
    assert hidden["reason"] == SUPPRESSED
    told = hidden[["n", "improvement", "improvement_low", "mean_before", "shrunken", "rate"]]
    assert told.isna().all()
    assert found.pool is not None and found.pool["k"] == 2 and found.pool["k_dropped"] == 1
    assert found.spread is None  # no funnel of two sites


def test_the_funnel_is_drawn_with_the_pooled_spread_of_one_person():
    """sqrt of the mean of n v, weighted by n; v from the reference numbers' own analysis."""
    results = programme()
    found = comparisons.compare_sites(results).of_measure(*DAS)
    effects = results.effects.join(results.precision[["improvement_se"]])
    for name, value in zip(("instrument", "scale", "contrast"), DAS, strict=True):
        effects = effects[effects[name] == value]
    whole = effects[(effects["site"] != "ALL") & (effects["subgroup"] == "")]
    used = whole[(whole["n"] >= 10) & (whole["n_couples"] >= 10)]
    n = used["n"].to_numpy(float)
    by_hand = np.sqrt((n * n * used["improvement_se"].to_numpy(float) ** 2).sum() / n.sum())
    assert found.spread == pytest.approx(by_hand, abs=0.051)
    assert len(used) >= 3


def test_hidden_sites_have_no_numbers_anywhere():
    found = comparisons.compare_sites(programme())
    hidden = found.sites[found.sites["reason"] == SUPPRESSED]
    assert len(hidden)
    values = ["improvement", "improvement_low", "improvement_high", "g_pre", "shrunken"]
    assert hidden[values].isna().all(axis=None)
    n = pd.to_numeric(found.sites["n"])
    assert (n.dropna() % 5 == 0).all()


def test_a_measure_nobody_has_gives_nothing():
    found = comparisons.compare_sites(programme()).of_measure("phq9", "total", "baseline_end")
    assert found.sites.empty and found.pool is None and found.spread is None


def test_groups_of_all_sites_with_the_hidden_last():
    lines = ["site,participant,couple,role,intervention,wave,completed_on,phq9_total"]
    for kind, n in (("Zither", 40), ("Advice", 38), ("Coaching", 4), ("Mediation", 15)):
        for person in range(n):
            start, fall = 14 + person % 3, 3 + (person % 2)
            code = f"{kind[0]}{person}"
            role = "mother" if person % 2 else "father"
            lines += [
                f"Luton,{code},,{role},{kind},baseline,2016-01-10,{start}",
                f"Luton,{code},,{role},{kind},end,2016-05-10,{start - fall}",
            ]
    found = comparisons.compare_groups(run("\n".join(lines)))
    assert set(found["site"]) == {"ALL"}
    kinds = found[(found["trait"] == "intervention") & (found["row"] == "level")]
    # Rounded, 40 and 38 are alike, so they come by name; the hidden ones by name at the end.
    assert kinds["level"].tolist() == ["Advice", "Zither", "Coaching", "Mediation"]
    assert (kinds["reason"] == SUPPRESSED).tolist() == [False, False, True, True]
    assert kinds["n"].iloc[:2].tolist() == [40, 40]
    assert {"started", "role", "severity"} <= set(found["trait"])


def test_groups_of_nobody():
    text = "site,participant,wave,completed_on,phq9_total\nLuton,A,baseline,2016-02-01,9"
    assert comparisons.compare_groups(run(text)).empty
    assert comparisons.compare_sites(run(text)).sites.empty


def test_scores_at_the_start_in_ranges():
    """Starts of 14, 15 and 16, each a third of 44 people; other ranges are empty."""
    found = comparisons.start_distribution(small_programme(), instrument="phq9", scale="total")
    assert found["n"].sum() == 45  # 15 of 14 points and 29 of 15 and 16, rounded
    assert found.loc[found["n"] > 0, ["low", "high", "n"]].to_numpy().tolist() == [
        [10, 15, 15], [15, 20, 30]
    ]  # fmt: skip
    assert found["low"].iloc[0] == 0


def test_answers_by_wave_are_rounded_and_small_ones_empty():
    found = comparisons.answers_by_wave(small_programme(), instrument="phq9", scale="total")
    assert found.to_dict("list") == {"wave": ["baseline", "end"], "n": [45, 45], "n_sites": [3, 3]}
    few = run("site,participant,wave,completed_on,phq9_total\nLuton,A,baseline,2016-02-01,9")
    assert comparisons.answers_by_wave(few, instrument="phq9", scale="total")["n"].isna().all()
    nothing = comparisons.answers_by_wave(few, instrument="gad7", scale="total")
    assert nothing.empty


def scores(*values: float) -> pd.DataFrame:
    names = [f"P{place}" for place in range(len(values))]
    return pd.DataFrame({"site": "Luton", "participant": names, "couple": "", "score": values})


def test_every_score_of_the_scale_has_a_range():
    scale = get("phq9").scale("total")
    every = score_distribution(scores(*range(28)), scale)
    assert every["n"].sum() == 28
    assert (every["low"].iloc[0], every["high"].iloc[-1]) == (0, 30)
    assert every["n"].tolist() == [5] * 5 + [3]
    assert (every["n_couples"] == every["n"]).all()


def test_the_highest_score_of_a_scale_of_fractions_is_in_the_last_range():
    scale = get("core_10").scale("total")
    found = score_distribution(scores(0.5, scale.score_range[1]), scale)
    assert found["n"].sum() == 2 and found["n"].iloc[-1] == 1
    assert found["high"].iloc[-1] == scale.score_range[1]


def test_couples_in_a_range_count_once():
    two = scores(3, 4).assign(couple="C1")
    found = score_distribution(two, get("phq9").scale("total"))
    assert found["n"].sum() == 2
    assert score_distribution(scores(), get("phq9").scale("total")).empty
