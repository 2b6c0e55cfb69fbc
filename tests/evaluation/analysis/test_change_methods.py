"""The five rules of individual change against R, and where they have no meaning."""

from __future__ import annotations

import csv
import json
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluation.analysis.change_classes import CHANGE_CLASSES, ROW_COLUMNS
from evaluation.analysis.change_methods import (
    METHODS,
    measure_change,
    true_score_cutoffs,
    true_score_ranges,
)
from evaluation.analysis.method_comparison import (
    NO_CLASS,
    compare_methods,
    people_who_change_class,
)
from evaluation.analysis.sd_comparison import compare_sds
from evaluation.model import ChangeRule
from instruments.definition import Cutoff, Scale, Sourced

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT / ".." / "shared" / "reference"
DAS = json.loads((ROOT / "tests" / "oracles" / "change_methods_jac_das.json").read_text())
RULE = ChangeRule(reliability=0.88, sd="own", clinical="own", norm=(114.8, 17.8), cutoff="c")


def make_scale(*, better="higher", **given) -> Scale:
    return Scale("total", "Total", (1,), "sum", (0, 151), better, "confirmed", "", **given)


def read_claus() -> dict:
    persons = SHARED / "data" / "rci_persons_claus_bdi.csv"
    expected = SHARED / "expected" / "rci.json"
    if not (persons.exists() and expected.exists()):
        pytest.skip("needs the reference pack beside the project: rci_persons_claus_bdi.csv")
    with persons.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return json.loads(expected.read_text())["cases"]["claus_bdi"] | {
        "before": [float(row["pre"]) for row in rows],
        "after": [float(row["post"]) for row in rows],
        "statistic": {name: [float(row[f"rci_{name}"]) for row in rows] for name in METHODS},
        "class_c": {name: [row[f"class_c_{name}"] for row in rows] for name in METHODS},
        "r_dd": json.loads(expected.read_text())["cases"]["claus_bdi"]["HA_r_dd"],
    }


def check_against_r(expected: dict, *, better: str, rule: ChangeRule) -> None:
    found = compare_methods(
        expected["before"], expected["after"], scale=make_scale(better=better), rule=rule
    )
    rows = {(row["method"], row["cutoff_type"]): row for row in found.rows}
    for name in METHODS:
        assert found.statistics[name] == pytest.approx(expected["statistic"][name], abs=1e-9)
        assert [CHANGE_CLASSES[code] for code in found.codes[name]] == expected["class_c"][name]
        for kind in "abc":
            row, counts = rows[name, kind], expected["distribution"][name]
            assert row["recovered"] + row["improved"] == counts["Improved"]
            assert row["unchanged"] == counts["Unchanged"]
            assert row["deteriorated"] + row["harmed"] == counts["Deteriorated"]
        for kind in "ac" if name != "JT" else "":
            row, counts = rows[name, kind], expected["combined"][name][kind]
            assert row["cutoff"] == pytest.approx(counts["cutoff"], rel=1e-12)
            assert {word: row[word] for word in CHANGE_CLASSES} == {
                word: counts[word.capitalize()] for word in CHANGE_CLASSES
            }


class TestAgainstR:
    def test_das(self):
        check_against_r(DAS, better="higher", rule=RULE)

    def test_bdi_where_lower_is_better(self):
        rule = ChangeRule(reliability=0.8, sd="own", clinical="own", norm=(8, 8), cutoff="c")
        check_against_r(read_claus(), better="lower", rule=rule)

    def test_counts_as_published_for_das(self):
        """Better, same, worse: the numbers that every user of this example knows."""
        found = compare_methods(DAS["before"], DAS["after"], scale=make_scale(), rule=RULE)
        counts = {
            row["method"]: (
                row["recovered"] + row["improved"],
                row["unchanged"],
                row["deteriorated"] + row["harmed"],
            )
            for row in found.rows
            if row["cutoff_type"] == "c"
        }
        assert counts == {
            "JT": (19, 10, 1),
            "GLN": (19, 9, 2),
            "EN": (21, 7, 2),
            "NK": (19, 9, 2),
            "HA": (20, 9, 1),
        }

    def test_critical_values(self):
        found = measure_change(
            DAS["before"], DAS["after"], better="higher", sd=DAS["sd_pre"], reliability=0.88
        )
        for name in METHODS:
            assert found[name].critical == pytest.approx(DAS["critical_value"][name], abs=1e-12)

    def test_reliability_of_differences(self):
        """HA's error is sqrt(2 r_dd) standard errors of measurement."""
        found = measure_change(
            DAS["before"], DAS["after"], better="higher", sd=DAS["sd_pre"], reliability=0.88
        )
        jt, ha = found["JT"].error, found["HA"].error
        assert (ha / jt) ** 2 == pytest.approx(DAS["r_dd"], abs=1e-12)

    def test_chance_is_one_sided_for_ha(self):
        found = compare_methods(DAS["before"], DAS["after"], scale=make_scale(), rule=RULE)
        expected = {row["method"]: row["expected_by_chance"] for row in found.rows}
        assert expected == pytest.approx(
            {"JT": 0.75, "GLN": 0.75, "EN": 0.75, "NK": 0.75, "HA": 1.5}
        )


class TestFormulas:
    """Worked by hand: sd 10, reliability .8, mean before 20; SEM = sqrt(20)."""

    before, after = [30.0, 20.0, 10.0], [18.0, 20.0, 4.0]

    def measure(self, **given):
        kwargs = {"better": "lower", "sd": 10.0, "reliability": 0.8} | given
        return measure_change(self.before, self.after, **kwargs)

    def test_deviations(self):
        found = self.measure()
        assert found["JT"].deviation.tolist() == [12, 0, 6]
        for name in ("GLN", "EN", "NK"):
            # expected after no change: 28, 20, 12
            assert found[name].deviation == pytest.approx([10, 0, 8])
        r_dd = 1 - 2 * 20 / 36  # the variance of 12, 0, 6 is 36: less than two errors
        assert r_dd < 0
        assert found["HA"].reason == "RDD0"

    def test_errors(self):
        found = self.measure()
        assert found["JT"].error == pytest.approx(40**0.5)
        assert found["GLN"].error == pytest.approx(6)
        assert found["EN"].error == pytest.approx(20**0.5)
        assert found["NK"].error == pytest.approx((0.64 * 20 + 20) ** 0.5)

    def test_nk_takes_the_reliability_after(self):
        found = self.measure(reliability_after=0.9)
        assert found["NK"].error == pytest.approx((0.64 * 20 + 10) ** 0.5)
        assert found["GLN"].error == pytest.approx(6)
        wrong = self.measure(reliability_after=1.0)
        assert (wrong["NK"].reason, wrong["EN"].reason) == ("REL_RANGE", "")

    def test_ha(self):
        found = self.measure(reliability=0.95)["HA"]  # SEM**2 = 5, so r_dd = 1 - 10/36
        r_dd = 26 / 36
        assert found.deviation == pytest.approx([x * r_dd + 6 * (1 - r_dd) for x in (12, 0, 6)])
        assert found.error == pytest.approx((r_dd * 10) ** 0.5)

    def test_a_deviation_of_exactly_the_limit_is_not_reliable(self):
        found = self.measure()["GLN"]
        limit = found.critical * found.error
        for beyond, wanted in ((0.0, False), (1e-6, True)):
            after = [self.after[0], 20 - limit - beyond, self.after[2]]
            again = measure_change(self.before, after, better="lower", sd=10.0, reliability=0.8)
            assert again["GLN"].reliably_better[1] == wanted

    def test_true_score_cutoffs(self):
        """SEM 3 makes SDs of 5 and 3.2 into 4 and sqrt(1.24)."""
        cut = true_score_cutoffs(
            better="lower", sem=3.0, clinical=(30.0, 5.0), functional=(10.0, 5.0)
        )
        assert cut == pytest.approx({"a": 22.0, "b": 18.0, "c": 20.0})
        assert true_score_cutoffs(
            better="lower", sem=5.0, clinical=(30.0, 5.0), functional=(10.0, 13.0)
        ) == {"b": 34.0}

    def test_ha_asks_for_certainty_at_the_end(self):
        """End scores 40, 50, 60, 70: variance 166.67; SEM 5 gives r2 = .85 and 7.58 points."""
        last = np.array([40.0, 50.0, 60.0, 70.0])
        first = np.array([30.0, 60.0, 60.0, 30.0])
        ranges = true_score_ranges(first, last, better="higher", cutoff=55.0, sem=5.0)
        # estimated true scores 42.25, 50.75, 59.25, 67.75
        assert ranges.functional_last.tolist() == [False, False, False, True]
        assert ranges.left.tolist() == [True, False, False, False]
        assert ranges.clinical_first.tolist() == [True, False, False, True]
        assert true_score_ranges(last, last, better="higher", cutoff=55.0, sem=13.0) is None


class TestWhoDiffers:
    def test_das(self):
        """Seven people: four not certain at the end (HA), two more by EN, one worse by three."""
        found = compare_methods(DAS["before"], DAS["after"], scale=make_scale(), rule=RULE)
        table = people_who_change_class(found, np.arange(1, 31))
        assert len(table) == 30
        for name in METHODS:
            assert table[name].tolist() == DAS["class_c"][name]
        expected = {
            person: ";".join(
                name
                for name in METHODS[1:]
                if DAS["class_c"][name][person - 1] != DAS["class_c"]["JT"][person - 1]
            )
            for person in range(1, 31)
        }
        assert dict(zip(table["person"], table["differs_in"], strict=True)) == expected
        assert table["differs"].tolist() == [bool(text) for text in expected.values()]
        assert table["differs"].sum() == 7

    def test_people_without_both_scores_are_left_out(self):
        found = compare_methods(
            [50.0, np.nan, 60.0], [80.0, 70.0, 61.0], scale=make_scale(), rule=RULE
        )
        table = people_who_change_class(found, ["x", "y", "z"])
        assert table["person"].tolist() == ["x", "z"]
        with pytest.raises(ValueError, match="one label"):
            people_who_change_class(found, ["x", "z"])

    def test_a_method_without_classes_is_no_difference(self):
        found = compare_methods(
            [50.0],
            [90.0],
            scale=make_scale(),
            rule=ChangeRule(reliability=0.9, sd=10.0, cutoff="<= 70"),
        )
        table = people_who_change_class(found, ["x"])
        assert table.iloc[0][["JT", "GLN", "HA", "differs_in"]].tolist() == [
            "recovered",
            "",
            "",
            "",
        ]
        assert not table["differs"].any()


class TestUndefined:
    def compare(self, before, after, *, scale=None, **rule):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return compare_methods(
                before, after, scale=scale or make_scale(), rule=ChangeRule(**rule)
            )

    def reasons(self, *args, **kwargs):
        found = self.compare(*args, **kwargs)
        for row in found.rows:
            assert tuple(row) == ROW_COLUMNS
        return found.reasons

    def test_nobody(self):
        found = self.compare([], [], reliability=0.9)
        assert set(found.reasons.values()) == {"N0"}
        assert [(row["n"], row["unchanged"]) for row in found.rows] == [(0, 0)] * 5
        assert len(people_who_change_class(found, [])) == 0

    def test_one_person_has_no_group_mean(self):
        found = self.compare([50], [90], reliability=0.9, sd=10)
        assert found.reasons == {"JT": "", "GLN": "N1", "EN": "N1", "NK": "N1", "HA": "N1"}
        assert found.codes["JT"].tolist() == [1]
        assert found.codes["GLN"].tolist() == [NO_CLASS]
        assert set(self.reasons([50], [90], reliability=0.9).values()) == {"N1"}

    @pytest.mark.parametrize("n", [2, 3])
    def test_two_and_three_people(self, n):
        found = self.compare([50, 60, 40][:n], [90, 65, 80][:n], reliability=0.9, norm=(100, 15))
        assert set(found.reasons.values()) == {""}
        for row in found.rows:
            assert sum(row[name] for name in CHANGE_CLASSES) == n

    def test_everybody_starts_at_the_same_score(self):
        assert set(self.reasons([50] * 3, [60, 70, 80], reliability=0.9).values()) == {"SD0"}
        with_manual = self.reasons([50] * 3, [60, 70, 90], reliability=0.9, sd=10)
        assert set(with_manual.values()) == {""}

    def test_everybody_changes_by_the_same(self):
        reasons = self.reasons([0.1, 0.2, 0.4], [0.4, 0.5, 0.7], reliability=0.9)
        assert (reasons["HA"], reasons["GLN"], reasons["JT"]) == ("SD0", "", "")

    def test_changes_vary_less_than_error(self):
        reasons = self.reasons([50, 60, 70], [51, 60, 72], reliability=0.5)
        assert (reasons["HA"], reasons["GLN"]) == ("RDD0", "")

    @pytest.mark.parametrize("reliability", [0, 1, -0.2, 1.5, float("nan")])
    def test_reliability_out_of_range(self, reliability):
        assert set(self.reasons([50, 60], [51, 70], reliability=reliability).values()) == {
            "REL_RANGE"
        }

    def test_reliability_not_known(self):
        found = self.compare([50, 60], [51, 70])
        assert set(found.reasons.values()) == {"REL_MISSING"}
        assert all(np.isnan(row["unchanged"]) for row in found.rows)
        assert all(np.isnan(values).all() for values in found.statistics.values())

    def test_manual_sd_asked_for_but_not_published(self):
        assert set(self.reasons([50, 60], [51, 70], reliability=0.9, sd="manual").values()) == {
            "NORM_MISSING"
        }

    def test_no_cutoff_at_all(self):
        found = self.compare([50, 60, 70], [90, 61, 20], reliability=0.9, sd=10, clinical="manual")
        for row in found.rows:
            assert (row["cutoff_type"], row["reason"]) == ("", "NORM_MISSING")
            assert row["improved"] + row["unchanged"] + row["deteriorated"] == 3
            assert np.isnan(row["recovered"])

    def test_a_spread_no_larger_than_error_leaves_ha_without_cutoff(self):
        found = self.compare(
            [50, 60, 70], [90, 61, 20], reliability=0.9, sd=10, norm=(100, 3), cutoff="b"
        )
        row = next(r for r in found.rows if (r["method"], r["cutoff_type"]) == ("HA", "b"))
        assert row["reason"] == "SD_BELOW_SEM"
        assert np.isnan(row["cutoff"])
        assert row["improved"] + row["unchanged"] + row["deteriorated"] == 3

    def test_a_printed_boundary_is_one_for_all_methods(self):
        found = self.compare([50, 60, 80], [90, 61, 81], reliability=0.9, cutoff="<= 97")
        rows = [row for row in found.rows if row["cutoff_type"] == "published"]
        assert [row["cutoff"] for row in rows] == [97] * 5
        assert [row["clinical_at_start"] for row in rows] == [3] * 5

    def test_a_tie_with_a_computed_cutoff_is_counted(self):
        found = self.compare([70, 60, 50], [90, 61, 20], reliability=0.9, norm=(90, 10), cutoff="b")
        rows = [r for r in found.rows if r["cutoff_type"] == "b" and r["method"] != "HA"]
        assert [row["tied_with_cutoff"] for row in rows] == [1] * 4
        assert [row["clinical_at_start"] for row in rows] == [2] * 4

    def test_a_scale_without_a_better_end(self):
        found = self.compare([1, 2], [2, 3], scale=make_scale(better="neither"))
        assert [(r["method"], r["reason"]) for r in found.rows] == [
            (name, "NO_DIRECTION") for name in METHODS
        ]
        assert [r["in_use"] for r in found.rows].count("yes") == 1
        assert people_who_change_class(found, ["x", "y"])["JT"].tolist() == ["", ""]

    def test_wrong_arguments_name_themselves(self):
        with pytest.raises(ValueError, match="equal lengths"):
            self.compare([1, 2], [1], reliability=0.9)
        with pytest.raises(ValueError, match="finite"):
            measure_change([np.nan], [1], better="lower", sd=1.0, reliability=0.9)
        with pytest.raises(ValueError, match="sd="):
            measure_change([2.0], [1], better="lower", sd=-1.0, reliability=0.9)


pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=40).map(
    lambda found: (np.array([p[0] for p in found], float), np.array([p[1] for p in found], float))
)
ways = st.sampled_from(["higher", "lower"])
reliabilities = st.sampled_from([0.5, 0.8, 0.95])


def codes_of(before, after, *, better, reliability, norm, cutoff="c") -> dict[str, list[int]]:
    rule = ChangeRule(reliability=reliability, norm=norm, cutoff=cutoff)
    found = compare_methods(before, after, scale=make_scale(better=better), rule=rule)
    return {name: codes.tolist() for name, codes in found.codes.items()}


class TestIdentities:
    @given(pairs, ways, reliabilities, st.sampled_from(["a", "b", "c"]))
    def test_mirrored_scale_gives_the_same_classes(self, scores, better, reliability, cutoff):
        before, after = scores
        other = "lower" if better == "higher" else "higher"
        one = codes_of(
            before, after, better=better, reliability=reliability, norm=(20.0, 6.0), cutoff=cutoff
        )
        two = codes_of(
            -before, -after, better=other, reliability=reliability, norm=(-20.0, 6.0), cutoff=cutoff
        )
        assert one == two

    @given(pairs, ways, reliabilities)
    def test_the_other_direction_swaps_better_and_worse(self, scores, better, reliability):
        """Which way is better changes the sign of a change and nothing else."""
        before, after = scores
        assume(len(before) > 1 and np.ptp(before) > 0)
        other = "lower" if better == "higher" else "higher"
        sd = float(before.std(ddof=1))
        one = measure_change(before, after, better=better, sd=sd, reliability=reliability)
        two = measure_change(before, after, better=other, sd=sd, reliability=reliability)
        for name in METHODS:
            assert one[name].reason == two[name].reason
            assert np.array_equal(one[name].reliably_better, two[name].reliably_worse)
            assert np.array_equal(one[name].reliably_worse, two[name].reliably_better)

    @given(pairs, ways, reliabilities, st.integers(-50, 50), st.sampled_from([0.5, 2.0, 4.0]))
    def test_shifted_and_stretched_scores_give_the_same_classes(
        self, scores, better, reliability, shift, stretch
    ):
        before, after = scores
        one = codes_of(before, after, better=better, reliability=reliability, norm=(25.3, 7.1))
        two = codes_of(
            before * stretch + shift,
            after * stretch + shift,
            better=better,
            reliability=reliability,
            norm=(25.3 * stretch + shift, 7.1 * stretch),
        )
        assert one == two

    @given(pairs, ways, reliabilities)
    def test_classes_add_up(self, scores, better, reliability):
        rule = ChangeRule(reliability=reliability, norm=(20.0, 6.0))
        found = compare_methods(*scores, scale=make_scale(better=better), rule=rule)
        n = len(scores[0])
        assert [row["in_use"] for row in found.rows].count("yes") == 1
        for row in found.rows:
            assert row["n"] == n
            total = np.nansum([row[name] for name in CHANGE_CLASSES])
            assert total == (n if found.reasons[row["method"]] in ("", "N0") else 0)

    @given(pairs, reliabilities)
    def test_en_finds_whoever_gln_and_nk_find(self, scores, reliability):
        """Same deviation, smallest error."""
        before, after = scores
        assume(len(before) > 1 and np.ptp(before) > 0)
        found = measure_change(
            before, after, better="higher", sd=float(before.std(ddof=1)), reliability=reliability
        )
        for name in ("GLN", "NK"):
            assert not (found[name].reliably_better & ~found["EN"].reliably_better).any()
            assert not (found[name].reliably_worse & ~found["EN"].reliably_worse).any()

    def test_a_hundred_thousand_people_in_a_moment(self):
        rng = np.random.default_rng(1)
        before = rng.normal(80, 12, 100_000)
        after = before + rng.normal(5, 12, 100_000)
        started = time.perf_counter()
        found = compare_methods(before, after, scale=make_scale(), rule=RULE)
        people_who_change_class(found, np.arange(100_000))
        assert time.perf_counter() - started < 3


class TestOwnAndManualSd:
    def test_das_with_the_norm_as_the_manual(self):
        """The points are proportional to the SD: 11.354791 * 17.8 / 11.825661."""
        scale = make_scale(manual_sd=Sourced(17.8, "Spanier (1976)", "confirmed"))
        rule = ChangeRule(reliability=0.88, norm=(114.8, 17.8), cutoff="c")
        own, manual = compare_sds(DAS["before"], DAS["after"], scale=scale, rule=rule)
        assert (own["sd_kind"], manual["sd_kind"]) == ("own", "manual")
        assert (own["in_use"], manual["in_use"]) == ("no", "yes")
        assert own["rc_points"] == pytest.approx(11.354791050092)
        assert manual["rc_points"] == pytest.approx(11.354791050092 * 17.8 / DAS["sd_pre"])
        assert [own[name] for name in CHANGE_CLASSES] == [14, 5, 10, 1, 0]
        points = manual["rc_points"]
        change = np.subtract(DAS["after"], DAS["before"])
        assert manual["recovered"] + manual["improved"] == (change > points).sum() == 13
        assert manual["deteriorated"] + manual["harmed"] == (change < -points).sum() == 1
        assert own["cutoff"] == manual["cutoff"]

    def test_without_a_manual_sd(self):
        own, manual = compare_sds(
            [50, 60, 70], [60, 70, 99], scale=make_scale(), rule=ChangeRule(reliability=0.9)
        )
        assert (own["in_use"], own["sd_used"]) == ("yes", 10)
        assert (manual["reason"], manual["n"]) == ("NORM_MISSING", 3)
        assert np.isnan(manual["rc_points"])

    def test_a_number_in_the_rule_file_is_a_third_row(self):
        rows = compare_sds(
            [50, 60, 70],
            [60, 70, 99],
            scale=make_scale(),
            rule=ChangeRule(reliability=0.9, sd=4.0, cutoff="<= 80"),
        )
        assert [(row["sd_kind"], row["in_use"]) for row in rows] == [
            ("own", "no"),
            ("manual", "no"),
            ("rule file", "yes"),
        ]
        assert [row["sd_used"] for row in rows[::2]] == [10, 4]

    def test_a_scale_without_a_better_end(self):
        (row,) = compare_sds([1, 2], [2, 3], scale=make_scale(better="neither"))
        assert row["reason"] == "NO_DIRECTION"

    def test_printed_boundary_on_the_wrong_side_is_refused(self):
        scale = make_scale(cutoffs=(Cutoff(10, ">=", "", "confirmed"),))
        with pytest.raises(ValueError, match="worse end"):
            compare_sds([1, 2], [2, 3], scale=scale, rule=ChangeRule(reliability=0.9))
