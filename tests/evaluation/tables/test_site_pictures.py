"""What a site's pictures are drawn from: counted by hand, and without anybody's code."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evaluation.tables.site_pictures import (
    Partners,
    band_moves,
    boundary_of,
    chosen_bands,
    partners,
    score_bins,
    score_points,
    wave_means,
)
from instruments.definition import Cutoff
from instruments.registry import get
from tests.evaluation.tables.followed_up import results, singles

PHQ9 = get("phq9").scale("total")
(SEVERITY,) = PHQ9.bands


def test_bins_of_small_whole_scores_are_single_points() -> None:
    found = score_bins([1, 1, 3], [0, 1, 2])
    assert found["low"].tolist() == [-0.5, 0.5, 1.5, 2.5]
    assert found["n_before"].tolist() == [0, 2, 0, 1]
    assert found["n_after"].tolist() == [1, 1, 1, 0]


def test_bins_hold_everybody_once_and_are_few() -> None:
    scores = np.arange(28)
    found = score_bins(scores, scores[::-1])
    assert len(found) == 14  # two points each
    assert found["n_before"].tolist() == [2] * 14 == found["n_after"].tolist()
    das = score_bins([0, 151], [75.0, 97.0])
    assert len(das) <= 15 and das["n_before"].sum() == 2
    assert (das["high"] - das["low"]).unique() == [20]


def test_scores_with_parts_of_points_keep_plain_edges() -> None:
    found = score_bins([0.0, 0.3], [0.1, 1.3])
    assert found["low"].iloc[0] == 0 and found["n_before"].sum() == 2
    assert (found["n_after"] == 1).sum() == 2
    assert score_bins([0.3], [0.3])["n_before"].tolist() == [1]


def test_bins_of_nobody_one_person_and_all_equal() -> None:
    assert score_bins([], []).empty
    assert score_bins([7], [7]).to_dict("list") == {
        "low": [6.5], "high": [7.5], "n_before": [1], "n_after": [1],
    }  # fmt: skip
    assert score_bins([7] * 5, [7] * 5)["n_after"].tolist() == [5]
    with pytest.raises(ValueError, match="finite"):
        score_bins([1.0, math.nan], [1.0, 2.0])


@pytest.mark.parametrize(
    ("comparison", "whole", "line"),
    [(">=", True, 9.5), ("<", True, 9.5), ("<=", True, 10.5), (">", True, 10.5),
     (">=", False, 10), ("<=", False, 10)],
)  # fmt: skip
def test_the_line_of_a_printed_boundary_has_every_score_on_one_side(comparison, whole, line):
    assert boundary_of(Cutoff(10, comparison, "", "confirmed"), whole=whole) == line


def test_a_computed_boundary_stays_where_it_is() -> None:
    assert boundary_of(10.3, whole=True) == 10.3
    assert boundary_of(None, whole=True) is None


def test_bands_are_counted_and_moves_follow_the_direction() -> None:
    """PHQ-9: 0-4, 5-9, 10-14, 15-19, 20-27 (Kroenke 2001)."""
    before, after = [4, 5, 9, 14, 20, 27], [5, 4, 5, 15, 19, 0]
    found = band_moves(before, after, bands=SEVERITY, better="lower")
    assert found.counts["n_before"].tolist() == [1, 2, 1, 0, 2]
    assert found.counts["n_after"].tolist() == [2, 2, 0, 2, 0]
    assert (found.better, found.same, found.worse) == (3, 1, 2)
    turned = band_moves(before, after, bands=SEVERITY, better="higher")
    assert (turned.better, turned.same, turned.worse) == (2, 1, 3)
    neither = band_moves(before, after, bands=SEVERITY, better="neither")
    assert neither.better is None and neither.counts["n_before"].sum() == 6


def test_bands_of_nobody_and_of_impossible_scores() -> None:
    assert band_moves([], [], bands=SEVERITY, better="lower").better == 0
    with pytest.raises(ValueError, match="severity"):
        band_moves([-1], [3], bands=SEVERITY, better="lower")


def test_bands_that_are_checked_come_before_those_that_are_not() -> None:
    found = chosen_bands(get("wemwbs").scale("total"))
    assert found is not None and found.name == "depression benchmarks"
    assert chosen_bands(PHQ9) is SEVERITY
    assert chosen_bands(get("das_32").scale("dyadic_cohesion")) is None


def test_points_are_counted_in_the_order_of_scores_and_hold_no_code() -> None:
    rows = pd.DataFrame(
        {
            "participant": ["P9", "P1", "P2"], "before": [12, 3, 3], "after": [4, 3, 3],
            "change_class": ["recovered", "unchanged", "unchanged"],
        }
    )  # fmt: skip
    found = score_points(rows)
    assert found.to_dict("list") == {
        "before": [3.0, 12.0], "after": [3.0, 4.0], "change_class": ["unchanged", "recovered"],
        "n": [2, 1],
    }  # fmt: skip


def couples(*, roles=("mother", "father"), gains=((4, 2), (6, 2), (2, 2), (8, 6), (5, 3))):
    """Couples of which both partners gain so many points, and somebody alone."""
    people = [
        (f"P{n}{k}", f"C{n}", roles[k], gain)
        for n, pair in enumerate(gains)
        for k, gain in enumerate(pair)
    ]
    people.append(("P99", "", "mother", 20))
    rows = pd.DataFrame(people, columns=["participant", "couple", "role", "improvement"])
    rows = rows.assign(site="Luton", before=20.0, after=20.0 - rows["improvement"])
    rows["change_class"] = np.where(rows["improvement"] > 5, "improved", "unchanged")
    return rows.drop(columns="role"), rows[["site", "participant", "role"]]


def test_partners_are_compared_within_their_couples() -> None:
    """Mothers gain 4, 6, 2, 8, 5, fathers 2, 2, 2, 6, 3: differences 2, 4, 0, 2, 2."""
    found = partners(*couples())
    assert (found.n_couples, found.n_named) == (5, 5)
    mother, father, gap = found.means.to_dict("records")
    assert (mother["improvement"], father["improvement"], gap["improvement"]) == (5, 3, 2)
    assert (mother["mean_before"], mother["mean_after"]) == (20, 15)
    # sd of the differences = sqrt(2), t(4) = 2.776445: 2 -+ 2.776445 * sqrt(2 / 5)
    assert gap["low"] == pytest.approx(2 - 2.776445 * math.sqrt(0.4), abs=1e-6)
    assert gap["high"] == pytest.approx(2 + 2.776445 * math.sqrt(0.4), abs=1e-6)
    # More than 5 points: the mother of the second couple, both of the fourth.
    assert (found.both, found.one, found.neither) == (1, 1, 3)


def test_partners_without_roles_are_counted_and_not_compared() -> None:
    found = partners(*couples(roles=("", "")))
    assert found.means.empty and found.n_couples == 5 and found.n_named == 0
    assert (found.both, found.one, found.neither) == (1, 1, 3)
    same = partners(*couples(roles=("mother", "mother")))
    assert same.means.empty


def test_partners_without_classes_few_equal_and_none() -> None:
    rows, roles = couples()
    assert partners(rows.assign(change_class=""), roles).both is None
    few = partners(*couples(gains=((1, 2),)))
    assert few.means["low"].isna().all() and few.n_named == 1
    equal = partners(*couples(gains=((2, 2),) * 6))
    assert equal.means["improvement"].tolist() == [2, 2, 0] and equal.means["low"].isna().all()
    nobody = partners(rows[:0], roles)
    assert isinstance(nobody, Partners) and nobody.n_couples == 0


def test_averages_at_each_time_come_in_order_with_their_people() -> None:
    made = results(singles(40, back=27))
    found = wave_means(made, site="Luton", instrument="phq9", scale="total")
    assert found["wave"].tolist()[:2] == ["baseline", "end"]
    scores = made.waves
    start = scores[(scores["wave"] == "baseline") & (scores["site"] == "Luton")]["score"]
    row = found.iloc[0]
    assert row["n"] == 40 == row["n_couples"]
    assert row["mean"] == pytest.approx(float(np.mean(start)))
    # Nobody has a partner, so the interval is the plain one of t(39) = 2.022691.
    half = 2.022691 * float(np.std(start, ddof=1)) / math.sqrt(40)
    assert row["high"] - row["mean"] == pytest.approx(half, rel=1e-6)


def test_averages_of_few_people_have_no_interval() -> None:
    found = wave_means(results(singles(4, back=2)), site="Luton", instrument="phq9", scale="total")
    assert found["low"].isna().all()
    assert found["mean"].notna().tolist() == [True, False]
    assert found["reason"].eq("FEW_FOR_INTERVAL").all()
