"""Couples, all waves, lasting gains and resampled intervals, by the whole way."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pandas.testing import assert_frame_equal

from evaluation.analysis.change import CHANGE_CLASSES
from evaluation.model import (
    COUPLE_COLUMNS,
    MAINTENANCE_COLUMNS,
    ROBUSTNESS_COLUMNS,
    WAVE_COLUMNS,
)
from evaluation.tables.on_demand import (
    couples_table,
    maintenance_table,
    robustness_table,
    waves_table,
)
from tests.evaluation.tables.synthetic_programme import (
    NEW_NAMES,
    REFERENCE,
    people,
    programme,
    run,
)

ROOT = REFERENCE.parents[1]
CELL = ["site", "instrument", "scale", "contrast"]


def row(table, site="ALL", contrast="baseline_end"):
    [found] = table[(table["site"] == site) & (table["contrast"] == contrast)].to_dict("records")
    return found


# --- couples ---------------------------------------------------------------------------------


def test_couples_of_the_synthetic_programme_equal_lme4() -> None:
    expected = json.loads((REFERENCE / "couples_lfo.json").read_text())["lfo_change_couple"]
    table = couples_table(programme())
    assert tuple(table.columns) == COUPLE_COLUMNS
    found = row(table)
    assert (found["n_couples"], found["n_both"]) == (expected["n_couples"], expected["n_pairs"])
    assert found["icc_change"] == pytest.approx(expected["lmer_reml"]["ICC"], rel=1e-6)
    assert found["deff"] == pytest.approx(expected["deff_kish"], rel=1e-7)
    pairs = people().dropna(subset=["rq_pre", "rq_post"])
    both = pairs.groupby("couple").filter(lambda couple: len(couple) == 2)
    points = row_in_use(programme().reliable_change)["rc_points"]
    change = both["rq_post"] - both["rq_pre"]
    sign = (change > points).astype(int) - (change < -points).astype(int)
    ends = sign.groupby(both["couple"]).agg(lambda s: tuple(sorted(s)))
    assert found["both_better"] == (ends == (1, 1)).sum()
    assert found["both_worse"] == (ends == (-1, -1)).sum()
    assert found["discordant"] == ends.map(lambda pair: pair[0] != pair[1]).sum()


def row_in_use(change, site="ALL"):
    return row(change[change["in_use"] == "yes"], site)


def test_couples_counted_by_hand() -> None:
    # PHQ-9 falls when better; the reliable change of the published reliability is above 3 points.
    scores = {"C1": [(20, 5), (18, 4)], "C2": [(15, 3), (15, 15)], "C3": [(5, 20), (4, 19)]}
    lines = ["site,participant,couple,wave,phq9_total"]
    for couple, partners in scores.items():
        for n, (start, end) in enumerate(partners):
            lines += [f"Luton,{couple}{n},{couple},baseline,{start}"]
            lines += [f"Luton,{couple}{n},{couple},end,{end}"]
    lines += ["Luton,X,,baseline,9", "Luton,X,,end,9"]
    found = row(couples_table(run("\n".join(lines))), "Luton")
    counts = ["n_couples", "n_both", "both_better", "discordant", "both_worse"]
    assert [found[name] for name in counts] == [4, 3, 1, 1, 1]


# --- all waves -------------------------------------------------------------------------------


def test_all_waves_together_equal_lme4() -> None:
    expected = json.loads((REFERENCE / "mixed_models_lfo.json").read_text())["lfo_long"]
    table = waves_table(programme())
    assert tuple(table.columns) == WAVE_COLUMNS
    for contrast, wanted in zip(
        ("baseline_end", "baseline_3m", "baseline_6m", "end_3m", "end_6m"),
        expected["contrasts_satterthwaite"],
        strict=True,
    ):
        found = row(table, contrast=contrast)
        assert found["estimate"] == pytest.approx(wanted["estimate"], rel=1e-6)
        assert found["se"] == pytest.approx(wanted["se"], rel=1e-6)
        assert (found["n"], found["n_couples"], found["n_scores"]) == (362, 220, 765)
        assert found["singular"] == "no"
    assert found["var_residual"] == pytest.approx(expected["reml"]["var"]["Residual"], rel=1e-5)


def test_a_score_dated_before_the_start_and_practitioners_are_in_no_model() -> None:
    lines = ["site,participant,role,wave,completed_on,phq9_total"]
    for n in range(6):
        lines += [f"Luton,P{n},mother,baseline,2017-03-01,{15 + n % 3}"]
        lines += [f"Luton,P{n},mother,end,2017-06-01,{8 + n}"]
    before = row(waves_table(run("\n".join(lines))), "Luton")
    lines += [
        "Luton,W,practitioner,baseline,2017-03-01,2",
        "Luton,W,practitioner,end,2017-06-01,27",
    ]
    assert row(waves_table(run("\n".join(lines))), "Luton") == pytest.approx(before, nan_ok=True)
    lines += ["Luton,Q,mother,baseline,2017-03-01,16", "Luton,Q,mother,end,2017-02-01,27"]
    found = row(waves_table(run("\n".join(lines))), "Luton")
    assert (found["n_before"], found["n_after"], found["n_scores"]) == (7, 6, 13)


# --- lasting gains ---------------------------------------------------------------------------

COURSES = {
    "kept": (20, 5, 6), "lost": (20, 5, 19), "late": (20, 19, 5), "worse": (5, 6, 20),
    "never": (10, 10, 11),
}  # fmt: skip


def course(*, site: str = "Luton", without_end: bool = False) -> list[str]:
    lines = []
    for name, scores in COURSES.items():
        for wave, score in zip(("baseline", "end", "3m"), scores, strict=True):
            if not (without_end and name == "never" and wave == "end"):
                lines.append(f"{site},{name},{wave},{score}")
    return lines


HEADER = "site,participant,wave,phq9_total"


def test_who_kept_a_gain_is_counted_by_hand() -> None:
    other = ["Dorset,a,baseline,20", "Dorset,a,end,10", "Dorset,b,baseline,19", "Dorset,b,end,9"]
    table = maintenance_table(run("\n".join([HEADER, *course(), *other])))
    assert tuple(table.columns) == MAINTENANCE_COLUMNS
    # Dorset has no follow-up, nobody has one at 6 months.
    assert table[["site", "contrast"]].to_numpy().tolist() == [
        ["ALL", "end_3m"],
        ["Luton", "end_3m"],
    ]
    found = row(table, "Luton", "end_3m")
    names = ["maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never"]
    assert [found[name] for name in names] == [1, 1, 1, 1, 1]
    assert (found["n"], found["n_couples"]) == (5, 5)
    # End minus follow-up, five persons: -1, -14, 14, -14, -1.
    assert found["change"] == pytest.approx(-16 / 5)
    # The margin is 0.2 SD of 20, 20, 20, 5, 10: squares around 15 add up to 200, over 4.
    assert found["margin"] == pytest.approx(0.2 * (200 / 4) ** 0.5)


def test_all_three_scores_are_needed() -> None:
    found = row(maintenance_table(run("\n".join([HEADER, *course(without_end=True)]))),
                "Luton", "end_3m")  # fmt: skip
    assert (found["n"], found["never"], found["maintained"]) == (4, 0, 1)


def test_retained_share_is_of_the_same_people() -> None:
    known = people().dropna(subset=["rq_pre", "rq_post", "rq_fu3"])
    gain = (known["rq_post"] - known["rq_pre"]).mean()
    kept = (known["rq_fu3"] - known["rq_pre"]).mean()
    found = row(maintenance_table(programme()), contrast="end_3m")
    assert found["n"] == len(known)
    assert found["retained_share"] == pytest.approx(kept / gain)
    assert found["retained_low"] < found["retained_share"] < found["retained_high"]
    names = ("maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never")
    assert sum(found[name] for name in names) == found["n"]


# --- resampled intervals ---------------------------------------------------------------------


def test_resampled_intervals_stand_beside_every_effect_and_never_change() -> None:
    table = robustness_table(programme())
    assert tuple(table.columns) == ROBUSTNESS_COLUMNS
    effects = programme().effects
    both = table.merge(effects, on=CELL, suffixes=("", "_plain"), validate="1:1")
    assert len(both) == len(table) == len(effects)
    # Of one couple nothing can be drawn.
    both = both[both["n_couples"] > 1]
    for name in ("n", "n_couples", "improvement", "g_pre"):
        assert both[name].to_numpy(float) == pytest.approx(
            both[f"{name}_plain"].to_numpy(float), rel=1e-9, nan_ok=True
        )
    known = both[both["improvement_method"] == "bca"]
    assert len(known) > 20
    assert (known["improvement_low"] <= known["improvement"]).all()
    assert (known["improvement"] <= known["improvement_high"]).all()
    again = robustness_table(programme(), only=["S12"])
    expected = table[table["site"] == "S12"].reset_index(drop=True)
    assert_frame_equal(again, expected, check_dtype=False)


# --- identities and costs --------------------------------------------------------------------


@pytest.mark.parametrize("make", [couples_table, waves_table])
def test_other_names_of_the_sites_change_no_number(make) -> None:
    one, other = make(programme()), make(programme(renamed=True))
    renamed = one.assign(site=one["site"].map(NEW_NAMES).fillna("ALL"))
    assert_frame_equal(
        other.sort_values(CELL).reset_index(drop=True),
        renamed.sort_values(CELL).reset_index(drop=True),
        rtol=1e-5,
        check_dtype=False,
    )


def test_what_takes_long_is_not_worked_out_before_it_is_asked_for() -> None:
    results = run("\n".join([HEADER, *course()]))
    assert "groups" not in results.__dict__
    couples_table(results)
    assert "groups" in results.__dict__


def test_pairs_are_made_once_and_are_those_that_the_results_would_make_again() -> None:
    results = run("\n".join([HEADER, *course()]))
    again = replace(results)
    assert {"waves", "pairs"} <= results.__dict__.keys()
    assert not {"waves", "pairs"} & again.__dict__.keys()
    assert_frame_equal(results.waves, again.waves)
    assert results.pairs.keys() == again.pairs.keys()
    for name, table in results.pairs.items():
        assert_frame_equal(table, again.pairs[name])


# --- reliable change by every method ---------------------------------------------------------


def test_every_method_stands_in_every_cell_and_only_one_row_is_in_use() -> None:
    change = programme().reliable_change
    for _, cell in change.groupby(CELL):
        kinds = cell.groupby("cutoff_type")["method"].agg(list)
        assert all(methods == ["JT", "GLN", "EN", "NK", "HA"] for methods in kinds)
        used = cell[cell["in_use"] == "yes"]
        assert used["method"].tolist() == ["JT"]
    known = change.dropna(subset=list(CHANGE_CLASSES))
    assert (known[list(CHANGE_CLASSES)].sum(axis=1) == known["n"]).all()
    assert set(known["method"]) == {"JT", "GLN", "EN", "NK", "HA"}


def test_every_method_equals_r_by_the_whole_way() -> None:
    known = json.loads((ROOT / "tests" / "oracles" / "change_methods_jac_das.json").read_text())
    data = ROOT / "sample_data" / "real"
    rules = (data / "jacobson_rules.yaml").read_text()
    change = run((data / "jacobson_truax_1991.csv").read_text(), rules=rules).reliable_change
    rows = change[(change["site"] == "ALL") & (change["contrast"] == "baseline_end")]
    for method, expected in known["combined"].items():
        for kind in ("a", "c"):
            chosen = rows[(rows["method"] == method) & (rows["cutoff_type"] == kind)]
            [found] = chosen.to_dict("records")
            counts = [expected[kind][name.capitalize()] for name in CHANGE_CLASSES]
            assert [found[name] for name in CHANGE_CLASSES] == counts
            assert found["cutoff"] == pytest.approx(expected[kind]["cutoff"], abs=1e-6)
