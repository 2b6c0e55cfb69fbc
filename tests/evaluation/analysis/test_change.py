"""Individual change against the numbers from R, and at every boundary of the five classes."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.change import (
    CHANGE_CLASSES,
    ROW_COLUMNS,
    ChangeRule,
    classify_change,
    compute_cutoffs,
    jacobson_truax,
    reliable_change_points,
)
from evaluation.model import CHANGE_COLUMNS
from instruments.definition import Cutoff, Norm, Reliability, Scale, Sourced

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT / ".." / "shared" / "reference"
DAS = json.loads((ROOT / "evaluation" / "reference" / "change_jac_das.json").read_text())
DAS_RULE = ChangeRule(reliability=0.88, sd="own", clinical="own", norm=(114.8, 17.8), cutoff="c")
Z_975 = 1.959963984540054


def make_scale(*, better="higher", **given) -> Scale:
    return Scale("total", "Total", (1,), "sum", (0, 151), better, "confirmed", "", **given)


def read_claus() -> tuple[dict, list[dict]]:
    persons = SHARED / "data" / "rci_persons_claus_bdi.csv"
    expected = SHARED / "expected" / "rci.json"
    if not (persons.exists() and expected.exists()):
        pytest.skip("needs the reference pack beside the project: rci_persons_claus_bdi.csv")
    with persons.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return json.loads(expected.read_text())["cases"]["claus_bdi"], rows


def check_rows(rows, expected_classes) -> None:
    """Each of the rows a, b and c against R's table for that cut-off."""
    by_type = {row["cutoff_type"]: row for row in rows}
    assert set(by_type) == {"a", "b", "c"}
    for kind, expected in expected_classes.items():
        row = by_type[kind]
        assert row["cutoff"] == pytest.approx(expected["cutoff"], rel=1e-12)
        assert row["clinical_at_start"] == expected["n_clinical_pre"]
        assert {name: row[name] for name in CHANGE_CLASSES} == {
            name: expected[name] for name in CHANGE_CLASSES
        }
        assert row["crossed_not_reliable"] == expected["crossed_without_reliable_change"]
        assert row["recovery_rate"] * 100 == pytest.approx(
            expected["recovered_pct_of_clinical_pre"], rel=1e-12
        )


class TestAgainstR:
    def test_das_points_and_cutoffs(self):
        points, reason = reliable_change_points(sd=DAS["sd_pre"], reliability=0.88)
        assert reason == ""
        assert points == pytest.approx(DAS["RCI_points_196"], abs=1e-9)
        assert points == pytest.approx(Z_975 * DAS["S_diff"], abs=1e-9)
        assert points / (Z_975 * 2**0.5) == pytest.approx(DAS["SEM"], abs=1e-9)
        wide, _ = reliable_change_points(sd=DAS["sd_pre"], reliability=0.88, level=0.9)
        assert wide == pytest.approx(DAS["RCI_points_90"], abs=1e-9)

    def test_das_every_cutoff(self):
        found = jacobson_truax(DAS["before"], DAS["after"], scale=make_scale(), rule=DAS_RULE)
        check_rows(found.rows, DAS["classes"])
        for row in found.rows:
            better = row["recovered"] + row["improved"]
            assert better == DAS["distribution_JT"]["Improved"]
            assert row["unchanged"] == DAS["distribution_JT"]["Unchanged"]
            assert row["deteriorated"] + row["harmed"] == DAS["distribution_JT"]["Deteriorated"]

    def test_das_class_of_every_person(self):
        found = classify_change(
            DAS["before"],
            DAS["after"],
            better="higher",
            rc_points=DAS["RCI_points_196"],
            cutoff=DAS["cutoffs"]["c"],
        )
        assert [CHANGE_CLASSES[code] for code in found.codes] == DAS["class_c"]

    def test_das_worked_example(self):
        """Reliability .88, own SD, own clinical group, norm 114.8 (17.8), cut-off c."""
        found = jacobson_truax(DAS["before"], DAS["after"], scale=make_scale(), rule=DAS_RULE)
        row = next(row for row in found.rows if row["in_use"] == "yes")
        assert row["rc_points"] == pytest.approx(11.354791, abs=1e-6)
        assert row["cutoff"] == pytest.approx(94.842415, abs=1e-6)
        assert [row[name] for name in CHANGE_CLASSES] == [14, 5, 10, 1, 0]
        assert row["n"] == 30
        assert row["expected_by_chance"] == pytest.approx(0.75)
        assert (row["cutoff_type"], row["method"], row["reason"]) == ("c", "JT", "")

    @pytest.mark.parametrize("alpha", ["0.1", "0.32"])
    def test_das_other_levels(self, alpha):
        found = jacobson_truax(
            DAS["before"],
            DAS["after"],
            scale=make_scale(),
            rule=DAS_RULE,
            level=1 - float(alpha),
        )
        row, expected = found.rows[0], DAS["JT_by_alpha"][alpha]
        assert row["recovered"] + row["improved"] == expected["Improved"]
        assert row["unchanged"] == expected["Unchanged"]
        assert row["deteriorated"] + row["harmed"] == expected["Deteriorated"]
        assert row["expected_by_chance"] == pytest.approx(30 * float(alpha) / 2)

    def test_claus_where_lower_is_better(self):
        """Its cut-off b is 24 exactly: one person ties, and one crosses it the worse way."""
        expected, persons = read_claus()
        before = [float(row["pre"]) for row in persons]
        after = [float(row["post"]) for row in persons]
        rule = ChangeRule(reliability=0.8, sd="own", clinical="own", norm=(8, 8), cutoff="c")
        found = jacobson_truax(before, after, scale=make_scale(better="lower"), rule=rule)
        check_rows(found.rows, expected["ours_JT1991"])
        assert found.rows[0]["rc_points"] == pytest.approx(expected["RCI_points_196"], abs=1e-9)
        assert {row["cutoff_type"]: row["tied_with_cutoff"] for row in found.rows}["b"] == 1
        classes = classify_change(
            before,
            after,
            better="lower",
            rc_points=expected["RCI_points_196"],
            cutoff=expected["cutoffs"]["c"],
        )
        assert [CHANGE_CLASSES[code] for code in classes.codes] == [
            row["class_c_JT"] for row in persons
        ]

    def test_recovery_interval_solves_the_score_equation(self):
        found = jacobson_truax(DAS["before"], DAS["after"], scale=make_scale(), rule=DAS_RULE)
        row = next(row for row in found.rows if row["in_use"] == "yes")
        for end in (row["recovery_low"], row["recovery_high"]):
            assert (14 / 26 - end) ** 2 == pytest.approx(Z_975**2 * end * (1 - end) / 26)
        assert row["recovery_low"] < 14 / 26 < row["recovery_high"]


class TestBoundaries:
    def classes(self, before, after, *, better="higher", rc_points=10.0, cutoff=50.0):
        found = classify_change(before, after, better=better, rc_points=rc_points, cutoff=cutoff)
        return [CHANGE_CLASSES[code] for code in found.codes], found

    def test_a_change_of_exactly_the_reliable_points_is_unchanged(self):
        names, _ = self.classes([60, 60, 60, 60], [70, 70.1, 50, 49.9])
        assert names == ["unchanged", "improved", "unchanged", "harmed"]

    def test_rounding_noise_does_not_make_a_change_reliable(self):
        names, _ = self.classes([1.2], [1.8], rc_points=0.6, cutoff=None)
        assert names == ["unchanged"]  # 1.8 - 1.2 is 0.6000000000000001 to the machine

    def test_a_score_on_a_computed_cutoff_is_on_neither_side(self):
        names, found = self.classes([50, 30, 70, 50], [70, 50, 50, 30])
        assert names == ["improved", "improved", "harmed", "deteriorated"]
        assert found.tied_with_cutoff.all()
        assert list(found.clinical_at_start) == [False, True, False, False]

    def test_rounding_noise_does_not_break_a_tie(self):
        cut = compute_cutoffs(better="higher", functional=(114.8, 17.8))["b"]
        assert cut != 79.2  # to the machine it is 79.19999999999999
        _, found = self.classes([79.2], [90.0], cutoff=cut)
        assert found.tied_with_cutoff.all()
        assert not found.clinical_at_start.any()

    def test_a_printed_cutoff_at_or_above(self):
        """'>= 10' is clinical at 10 and functional below; nothing ties."""
        cutoff = Cutoff(10, ">=", "", "confirmed")
        names, found = self.classes(
            [10, 20, 9, 9], [4, 10, 20, 10], better="lower", rc_points=5, cutoff=cutoff
        )
        assert names == ["recovered", "improved", "harmed", "unchanged"]
        assert list(found.clinical_at_start) == [True, True, False, False]
        assert not found.tied_with_cutoff.any()

    def test_a_printed_cutoff_at_or_below(self):
        """'<= 97' is clinical at 97 and functional above."""
        cutoff = Cutoff(97, "<=", "", "confirmed")
        names, found = self.classes([97, 80, 98], [110, 97, 80], cutoff=cutoff)
        assert names == ["recovered", "improved", "harmed"]
        assert list(found.clinical_at_start) == [True, True, False]

    def test_strict_printed_cutoffs_are_functional_on_the_number(self):
        below = Cutoff(50, "<", "", "confirmed")
        above = Cutoff(50, ">", "", "confirmed")
        assert self.classes([30], [50], cutoff=below)[0] == ["recovered"]
        assert self.classes([70], [50], better="lower", cutoff=above)[0] == ["recovered"]

    def test_crossing_without_reliable_change_counts_the_better_way_only(self):
        _, found = self.classes([48, 52, 30, 48], [52, 48, 70, 49])
        assert list(found.crossed_not_reliable) == [True, False, False, False]

    def test_without_a_cutoff_nobody_recovers_or_is_harmed(self):
        names, _ = self.classes([30, 70, 50], [70, 30, 50], cutoff=None)
        assert names == ["improved", "deteriorated", "unchanged"]

    def test_a_boundary_that_makes_the_better_end_clinical_is_refused(self):
        for better, comparison in (("higher", ">="), ("lower", "<=")):
            with pytest.raises(ValueError, match="worse end"):
                self.classes([1], [2], better=better, cutoff=Cutoff(5, comparison, "", "confirmed"))

    def test_wrong_arguments_name_themselves(self):
        with pytest.raises(ValueError, match="equal lengths"):
            self.classes([1, 2], [1])
        with pytest.raises(ValueError, match="finite"):
            self.classes([np.nan], [1])
        with pytest.raises(ValueError, match="rc_points"):
            self.classes([1], [1], rc_points=np.nan)
        with pytest.raises(ValueError, match="better"):
            self.classes([1], [1], better="up")
        with pytest.raises(ValueError, match="cutoff"):
            jacobson_truax([1], [1], scale=make_scale(), rule=ChangeRule(cutoff="97"))


scores = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=0, max_size=60).map(
    lambda pairs: (np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs]))
)


class TestIdentities:
    @given(scores, st.sampled_from(["higher", "lower"]), st.integers(0, 20), st.integers(0, 40))
    def test_mirrored_scale_gives_the_same_classes(self, pair, better, points, cut):
        before, after = pair
        other = "lower" if better == "higher" else "higher"
        one = classify_change(before, after, better=better, rc_points=points, cutoff=float(cut))
        two = classify_change(-before, -after, better=other, rc_points=points, cutoff=-float(cut))
        assert np.array_equal(one.codes, two.codes)
        assert np.array_equal(one.crossed_not_reliable, two.crossed_not_reliable)
        assert np.array_equal(one.clinical_at_start, two.clinical_at_start)

    @given(scores, st.sampled_from(["higher", "lower"]))
    def test_mirrored_sample_has_mirrored_cutoffs_and_the_same_counts(self, pair, better):
        before, after = pair
        other = "lower" if better == "higher" else "higher"
        rule = ChangeRule(reliability=0.8, norm=(20.0, 6.0))
        mirrored = ChangeRule(reliability=0.8, norm=(-20.0, 6.0))
        one = jacobson_truax(before, after, scale=make_scale(better=better), rule=rule)
        two = jacobson_truax(-before, -after, scale=make_scale(better=other), rule=mirrored)
        for left, right in zip(one.rows, two.rows, strict=True):
            assert left["cutoff"] == pytest.approx(-right["cutoff"], nan_ok=True)
            for name in (*CHANGE_CLASSES, "clinical_at_start", "crossed_not_reliable"):
                assert left[name] == pytest.approx(right[name], nan_ok=True)

    @given(scores, st.sampled_from(["higher", "lower"]), st.sampled_from(["a", "b", "c", None]))
    def test_five_classes_add_up_and_one_row_is_in_use(self, pair, better, cutoff):
        rule = ChangeRule(reliability=0.8, sd=5.0, norm=(20.0, 6.0), cutoff=cutoff)
        found = jacobson_truax(*pair, scale=make_scale(better=better), rule=rule)
        assert [row["in_use"] for row in found.rows].count("yes") == 1
        for row in found.rows:
            assert tuple(row) == ROW_COLUMNS
            total = np.nansum([row[name] for name in CHANGE_CLASSES])
            assert total == row["n"] == len(pair[0])

    def test_columns_are_those_of_the_table(self):
        assert ("site", "instrument", "scale", "contrast", *ROW_COLUMNS) == CHANGE_COLUMNS

    def test_c_lies_one_ratio_of_sds_between_both_means(self):
        cut = compute_cutoffs(better="lower", clinical=(20, 4), functional=(6, 3))
        assert (20 - cut["c"]) / 4 == pytest.approx((cut["c"] - 6) / 3)
        assert (cut["a"], cut["b"]) == (12, 12)

    def test_a_hundred_thousand_people_in_a_moment(self):
        rng = np.random.default_rng(1)
        before = rng.normal(80, 12, 100_000)
        after = before + rng.normal(5, 12, 100_000)
        started = time.perf_counter()
        found = jacobson_truax(before, after, scale=make_scale(), rule=DAS_RULE)
        assert time.perf_counter() - started < 2
        assert all(sum(row[name] for name in CHANGE_CLASSES) == 100_000 for row in found.rows)


PUBLISHED = make_scale(
    cutoffs=(
        Cutoff(90, "<=", "from memory", "unverified"),
        Cutoff(97, "<=", "Somebody (1995)", "confirmed"),
    ),
    norms=(Norm("functional", "married", 218, 114.8, 17.8, "Spanier (1976)", "confirmed"),),
    reliability=(
        Reliability("alpha", 0.96, "from memory", "unverified"),
        Reliability("alpha", 0.95, "Carey (1993)", "confirmed"),
    ),
    manual_sd=Sourced(17.8, "Spanier (1976)", "confirmed"),
)
BEFORE, AFTER = [80.0, 90.0, 100.0, 97.0], [110.0, 92.0, 70.0, 115.0]


class TestWhatIsUsed:
    def find(self, scale=PUBLISHED, **rule):
        found = jacobson_truax(BEFORE, AFTER, scale=scale, rule=ChangeRule(**rule))
        return found, next(row for row in found.rows if row["in_use"] == "yes")

    def test_published_values_come_first_and_are_named(self):
        found, row = self.find()
        assert (row["reliability"], row["sd_used"], row["cutoff"]) == (0.95, 17.8, 97)
        assert row["rc_points"] == pytest.approx(Z_975 * 17.8 * (2 * 0.05) ** 0.5)
        assert row["cutoff_type"] == "published"
        assert [row["cutoff_type"] for row in found.rows] == ["published", "a", "b", "c"]
        assert found.used["reliability"].citation == "Carey (1993)"
        assert found.used["reliability"].evidence == "confirmed"
        assert (found.used["sd"].origin, found.used["sd"].citation) == ("manual", "Spanier (1976)")
        assert found.used["cutoff"].text == "<= 97"
        assert found.warnings == ()
        assert [row[name] for name in CHANGE_CLASSES] == [2, 0, 1, 0, 1]

    def test_the_rule_file_comes_before_them(self):
        found, row = self.find(reliability=0.8, sd=10, cutoff="< 95")
        assert (row["reliability"], row["sd_used"], row["cutoff"]) == (0.8, 10, 95)
        assert row["cutoff_type"] == "published"
        assert found.used["cutoff"].origin == "rule file"
        assert found.used["reliability"].origin == "rule file"

    def test_each_cutoff_can_be_asked_for(self):
        for kind in ("a", "b", "c"):
            _, row = self.find(cutoff=kind)
            assert row["cutoff_type"] == kind

    def test_order_without_a_published_cutoff(self):
        plain = make_scale(norms=PUBLISHED.norms, reliability=PUBLISHED.reliability)
        assert self.find(plain)[1]["cutoff_type"] == "c"
        assert self.find(plain, clinical="manual")[1]["cutoff_type"] == "b"
        without_norm = make_scale(reliability=PUBLISHED.reliability)
        assert self.find(without_norm)[1]["cutoff_type"] == "a"

    def test_own_manual_and_norm_sd(self):
        own = np.std(BEFORE, ddof=1)
        assert self.find(sd="own")[1]["sd_used"] == pytest.approx(own)
        assert self.find(sd="manual")[1]["sd_used"] == 17.8
        assert self.find(sd="manual", norm=(110.0, 15.0))[1]["sd_used"] == 15.0
        assert self.find(norm=(110.0, 15.0))[1]["sd_used"] == 17.8
        no_manual = make_scale(norms=PUBLISHED.norms, reliability=PUBLISHED.reliability)
        assert self.find(no_manual)[1]["sd_used"] == pytest.approx(own)
        assert self.find(no_manual, sd="manual")[1]["sd_used"] == 17.8

    def test_an_unverified_reliability_is_used_with_a_warning(self):
        weak = make_scale(reliability=PUBLISHED.reliability[:1])
        found, row = self.find(weak)
        assert row["reliability"] == 0.96
        assert found.warnings == ("REL_UNVERIFIED",)


class TestUndefined:
    def only(self, before, after, *, scale=None, **rule):
        found = jacobson_truax(before, after, scale=scale or make_scale(), rule=ChangeRule(**rule))
        return next(row for row in found.rows if row["in_use"] == "yes")

    @pytest.mark.parametrize("reliability", [0, 1, -0.1, 1.2, float("nan")])
    def test_reliability_out_of_range(self, reliability):
        points, reason = reliable_change_points(sd=5, reliability=reliability)
        assert np.isnan(points)
        assert reason == "REL_RANGE"

    def test_no_spread(self):
        points, reason = reliable_change_points(sd=0, reliability=0.9)
        assert np.isnan(points)
        assert reason == "SD0"
        row = self.only([0.1] * 3, [0.2] * 3, reliability=0.9)
        assert row["reason"] == "SD0"
        assert np.isnan(row["recovered"])
        assert row["n"] == 3

    def test_nobody(self):
        row = self.only([], [], reliability=0.9)
        assert (row["n"], row["reason"], row["unchanged"]) == (0, "N0", 0)
        assert np.isnan(row["recovery_rate"])

    def test_people_with_one_score_do_not_count(self):
        row = self.only([np.nan, 50], [60, np.nan], reliability=0.9)
        assert (row["n"], row["reason"]) == (0, "N0")

    def test_one_person_has_no_own_sd(self):
        row = self.only([50], [90], reliability=0.9)
        assert (row["n"], row["reason"]) == (1, "N1")
        assert np.isnan(row["improved"])

    def test_one_person_and_a_published_sd(self):
        row = self.only([50], [90], reliability=0.9, sd=10, cutoff="<= 70")
        assert (row["recovered"], row["recovery_rate"], row["reason"]) == (1, 1, "")

    def test_reliability_not_known(self):
        row = self.only([50, 60], [60, 70])
        assert row["reason"] == "REL_MISSING"
        assert np.isnan(row["rc_points"])

    def test_no_cutoff_at_all(self):
        """Classes by reliability alone: nobody can be seen to recover or to be harmed."""
        row = self.only([50, 60, 70], [90, 61, 20], reliability=0.9, sd=10, clinical="manual")
        assert (row["cutoff_type"], row["reason"]) == ("", "NORM_MISSING")
        assert (row["improved"], row["unchanged"], row["deteriorated"]) == (1, 1, 1)
        assert np.isnan(row["recovered"])
        assert np.isnan(row["harmed"])
        assert np.isnan(row["clinical_at_start"])

    def test_a_cutoff_asked_for_is_not_replaced(self):
        row = self.only([50, 60], [90, 61], reliability=0.9, sd=10, cutoff="c")
        assert (row["cutoff_type"], row["reason"]) == ("c", "NORM_MISSING")
        assert np.isnan(row["cutoff"])

    def test_c_without_any_spread(self):
        row = self.only([50, 50], [90, 61], reliability=0.9, sd=10, norm=(80.0, 0.0), cutoff="c")
        assert row["reason"] == "SD0"

    def test_manual_sd_asked_for_but_not_published(self):
        row = self.only([50, 60], [90, 61], reliability=0.9, sd="manual")
        assert row["reason"] == "NORM_MISSING"

    def test_nobody_started_in_the_clinical_range(self):
        row = self.only([80, 90], [95, 91], reliability=0.9, sd=5, cutoff="<= 70")
        assert (row["clinical_at_start"], row["reason"]) == (0, "NONE_CLINICAL")
        assert np.isnan(row["recovery_rate"])
        assert (row["improved"], row["unchanged"]) == (1, 1)

    def test_a_scale_without_a_better_end(self):
        found = jacobson_truax([1, 2], [2, 3], scale=make_scale(better="neither"))
        (row,) = found.rows
        assert (row["n"], row["in_use"], row["reason"]) == (2, "yes", "NO_DIRECTION")
        assert np.isnan(row["unchanged"])
