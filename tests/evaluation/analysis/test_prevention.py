"""Who started outside the clinical range and stayed there, and that they did not worsen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.noninferiority import assess_noninferiority
from evaluation.analysis.prevention import follow_those_outside
from instruments.definition import Cutoff

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference"
NAN = float("nan")


class TestNonInferiority:
    def test_single_people_against_r(self):
        """Was the gain kept at follow-up? R's one-sided t test and two one-sided tests."""
        data = SHARED / "data" / "maintenance_claus_bdi.csv"
        rates = SHARED / "expected" / "rates_misc.json"
        if not (data.exists() and rates.exists()):
            pytest.skip("needs the reference pack beside the project: maintenance_claus_bdi.csv")
        scores = np.loadtxt(data, delimiter=",", skiprows=1)
        expected = json.loads(rates.read_text())["maintenance"]
        bound = expected["tost_post_fu_bound_0.2sd"]
        x = scores[:, 2] - scores[:, 3]
        found = assess_noninferiority(x, np.arange(40), margin=0.2 * expected["sd_pre"])
        assert found.margin == pytest.approx(bound["bound"], abs=1e-9)
        assert found.improvement == pytest.approx(-0.275, abs=1e-12)
        assert found.p == pytest.approx(bound["noninferiority_p"], abs=1e-9)
        assert found.p_upper == pytest.approx(bound["p_upper"], abs=1e-9)
        assert found.p_tost == pytest.approx(bound["p_tost"], abs=1e-9)
        assert (found.not_worse, found.equivalent, found.df) == (False, False, 39)

    def test_single_people_against_scipy(self):
        x = [1.0, -1.0, 2.0, 0.0, 3.5]
        found = assess_noninferiority(x, list("abcde"), margin=2.0)
        lower = stats.ttest_1samp(x, -2.0, alternative="greater")
        upper = stats.ttest_1samp(x, 2.0, alternative="less")
        assert (found.t, found.p) == pytest.approx((lower.statistic, lower.pvalue))
        assert found.p_upper == pytest.approx(upper.pvalue)
        assert found.p_tost == max(found.p, found.p_upper)
        assert found.lower_bound == pytest.approx(lower.confidence_interval(0.95).low)

    def test_equal_couples_count_once(self):
        """Two partners with one value are one value: the test is that of the couples."""
        x = np.array([1.0, -1.0, 2.0, 0.0, 3.5])
        found = assess_noninferiority(np.repeat(x, 2), np.repeat(np.arange(5), 2), margin=2.0)
        single = stats.ttest_1samp(x, -2.0, alternative="greater")
        assert (found.n, found.n_couples, found.df) == (10, 5, 4)
        assert (found.t, found.p) == pytest.approx((single.statistic, single.pvalue))

    @pytest.mark.parametrize(
        ("x", "cluster", "margin", "reason"),
        [
            ([], [], 1.0, "N0"),
            ([1.0], ["a"], 1.0, "N1"),
            ([1.0, 2.0], ["a", "a"], 1.0, "G1"),
            ([0.3, 0.3, 0.3], ["a", "b", "c"], 1.0, "SD0"),
            ([1.0, 3.0, 3.0, 1.0], ["a", "a", "b", "b"], 1.0, "SE0"),
            ([1.0, 3.0], ["a", "b"], 0.0, "MARGIN"),
            ([1.0, 3.0], ["a", "b"], NAN, "MARGIN"),
            ([2.0], ["a"], 0.0, "N1;MARGIN"),
        ],
    )
    @pytest.mark.filterwarnings("error")
    def test_undefined(self, x, cluster, margin, reason):
        found = assess_noninferiority(x, cluster, margin=margin)
        assert found.reason == reason
        assert np.isnan(found.p)
        assert np.isnan(found.p_tost)
        assert found.not_worse is None
        assert found.equivalent is None

    def test_a_mean_does_not_need_the_margin(self):
        found = assess_noninferiority([1.0, 3.0], ["a", "b"], margin=NAN)
        assert found.improvement == 2
        assert found.lower_bound == pytest.approx(2 - stats.t.ppf(0.95, 1))

    @given(
        st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 6)), min_size=3, max_size=30),
        st.sampled_from([0.5, 1.0, 4.0]),
    )
    def test_the_bound_and_the_verdict_agree(self, people, margin):
        x, cluster = zip(*people, strict=True)
        found = assess_noninferiority(np.array(x, float), np.array(cluster), margin=margin)
        if not found.reason and abs(found.lower_bound + margin) > 1e-9:
            assert found.not_worse == (found.lower_bound > -margin)
        mirrored = assess_noninferiority(-np.array(x, float), np.array(cluster), margin=margin)
        assert mirrored.p == pytest.approx(found.p_upper, nan_ok=True)
        assert mirrored.p_tost == pytest.approx(found.p_tost, nan_ok=True)


class TestFollow:
    before = (60.0, 70, 80, 90, 40, 50, 65, NAN, 75)
    after = (55.0, 45, 20, 95, 70, 80, 50, 60, NAN)
    couple = ("a", "a", "b", "c", "c", "d", "e", "f", "g")

    def follow(self, before=None, after=None, cluster=None, **given):
        kwargs = {"better": "higher", "cutoff": 50.0, "rc_points": 30.0} | given
        return follow_those_outside(
            self.before if before is None else before,
            self.after if after is None else after,
            self.couple if cluster is None else cluster,
            **kwargs,
        )

    def test_counts(self):
        """Outside at the start: 60, 70, 80, 90, 65. 60 and 90 stayed; 65 ended on the cut-off."""
        found = self.follow()
        assert (found.n, found.n_outside, found.n_couples, found.tied) == (7, 5, 4, 1)
        assert (found.stayed, found.crossed) == (2, 3)
        assert (found.crossed_reliably, found.crossed_not_reliable) == (1, 2)
        assert found.ended_on_cutoff == 1
        wilson = stats.binomtest(2, 5).proportion_ci(method="wilson")
        assert (found.stayed_low, found.stayed_high) == pytest.approx(tuple(wilson))
        assert (found.stayed_share, found.reason) == (0.4, "")

    def test_margin_is_a_share_of_everybodys_spread_at_the_start(self):
        found = self.follow()
        everybody = np.array([60.0, 70, 80, 90, 40, 50, 65, 75])
        assert found.sd_pre == pytest.approx(everybody.std(ddof=1))
        assert found.test.margin == pytest.approx(0.2 * everybody.std(ddof=1))
        assert (found.test.n, found.test.n_couples) == (5, 4)
        assert found.test.improvement == pytest.approx((-5 - 25 - 60 + 5 - 15) / 5)
        given_sd = self.follow(sd_pre=10.0, margin_sd=0.5)
        assert given_sd.test.margin == 5

    def test_a_printed_boundary(self):
        """'>= 10' is clinical at 10, so that 9 is outside and nothing ties."""
        found = self.follow(
            [9.0, 9, 5, 10],
            [9.0, 10, 16, 3],
            list("abcd"),
            better="lower",
            rc_points=6.0,
            cutoff=Cutoff(10, ">=", "", "confirmed"),
        )
        assert (found.n_outside, found.stayed, found.tied) == (3, 1, 0)
        assert (found.crossed_reliably, found.crossed_not_reliable) == (1, 1)

    @pytest.mark.filterwarnings("error")
    def test_nobody(self):
        found = self.follow([], [], [])
        assert (found.n, found.n_outside, found.reason, found.test.reason) == (0, 0, "N0", "N0")
        assert np.isnan(found.stayed_share)

    @pytest.mark.filterwarnings("error")
    def test_nobody_outside(self):
        found = self.follow([40.0, 50], [60.0, 70], ["a", "b"])
        assert (found.n_outside, found.stayed, found.reason) == (0, 0, "NONE_OUTSIDE")
        assert found.test.reason == "N0"

    @pytest.mark.parametrize("n", [1, 2, 3])
    @pytest.mark.filterwarnings("error")
    def test_few_people(self, n):
        found = self.follow([60.0, 70, 80][:n], [61.0, 65, 83][:n], list("abc")[:n])
        assert (found.stayed, found.stayed_share) == (n, 1)
        assert found.test.reason == ("N1;MARGIN" if n == 1 else "")

    @pytest.mark.filterwarnings("error")
    def test_everybody_starts_at_the_same_score(self):
        found = self.follow([60.0] * 3, [61.0, 65, 58], list("abc"))
        assert (found.sd_pre, found.test.reason, found.stayed) == (0, "MARGIN", 3)

    def test_no_cutoff_or_no_reliable_change(self):
        assert self.follow(cutoff=None).reason == "NORM_MISSING"
        found = self.follow(rc_points=NAN)
        assert (found.reason, found.stayed, found.crossed) == ("REL_MISSING", 2, 3)
        assert np.isnan(found.crossed_reliably)
        assert np.isnan(found.crossed_not_reliable)

    def test_a_scale_without_a_better_end(self):
        found = self.follow(better="neither")
        assert (found.n, found.reason) == (7, "NO_DIRECTION")

    def test_wrong_arguments_name_themselves(self):
        with pytest.raises(ValueError, match="margin_sd"):
            self.follow(margin_sd=0)
        with pytest.raises(ValueError, match="rc_points"):
            self.follow(rc_points=-1.0)
        with pytest.raises(ValueError, match="equal lengths"):
            self.follow([1.0], [1.0, 2.0], ["a"])
        with pytest.raises(ValueError, match="cluster"):
            self.follow([1.0], [1.0], ["a", "b"])

    @given(
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 9)), max_size=40),
        st.integers(0, 40),
        st.integers(0, 15),
        st.integers(-30, 30),
        st.sampled_from([0.5, 1.0, 4.0]),
    )
    def test_identities(self, people, cut, points, shift, stretch):
        """Everybody outside stayed or crossed; a mirrored, moved, stretched scale is the same."""
        table = np.array(people, float).reshape(-1, 3)
        before, after, cluster = table[:, 0], table[:, 1], table[:, 2].astype(int)
        one = follow_those_outside(
            before, after, cluster, better="higher", cutoff=float(cut), rc_points=float(points)
        )
        assert one.stayed + one.crossed == one.n_outside <= one.n == len(people)
        assert one.crossed_reliably + one.crossed_not_reliable == one.crossed
        two = follow_those_outside(
            shift - stretch * before,
            shift - stretch * after,
            cluster,
            better="lower",
            cutoff=float(shift - stretch * cut),
            rc_points=float(points * stretch),
        )
        for name in ("n_outside", "tied", "stayed", "crossed_reliably", "ended_on_cutoff"):
            assert getattr(one, name) == getattr(two, name)
        assert one.test.reason == two.test.reason
        assert one.test.p == pytest.approx(two.test.p, abs=1e-9, nan_ok=True)
