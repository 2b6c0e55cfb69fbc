"""Whether gains last: against R, at every boundary of the ledger, and against identities."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.change import reliable_change_points
from evaluation.analysis.maintenance import noninferiority, retained_share
from evaluation.analysis.maintenance_ledger import LEDGER, Ledger, maintenance_ledger

pytestmark = pytest.mark.filterwarnings("error")
SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference"
Z_975 = 1.959963984540054


def counts(found: Ledger) -> list[int | None]:
    return [getattr(found, name) for name in LEDGER]


def read_claus() -> tuple[dict, np.ndarray, np.ndarray, np.ndarray]:
    data = SHARED / "data" / "maintenance_claus_bdi.csv"
    expected = SHARED / "expected" / "rates_misc.json"
    if not (data.exists() and expected.exists()):
        pytest.skip("needs the reference pack beside the project: maintenance_claus_bdi.csv")
    with data.open(newline="") as file:
        rows = list(csv.DictReader(file))
    scores = (np.array([float(row[name]) for row in rows]) for name in ("pre", "post", "fu"))
    return json.loads(expected.read_text())["maintenance"], *scores


class TestAgainstR:
    def test_ledger(self):
        expected, start, end, later = read_claus()
        points, _ = reliable_change_points(sd=start.std(ddof=1), reliability=0.8)
        assert points == pytest.approx(expected["rc_points"], rel=1e-9)
        found = maintenance_ledger(start, end, later, better="lower", rc_points=points)
        assert counts(found) == [15, 4, 3, 0, 18]
        after = expected["post_to_fu_reliable"]
        assert found.improved_after_end == after["improved"]
        assert found.unchanged_after_end == after["unchanged"]
        assert found.deteriorated_after_end == after["deteriorated"]

    def test_retained_share(self):
        expected, start, end, later = read_claus()
        found = retained_share(start, end, later, np.arange(40), better="lower", seed=1)
        contrast = expected["contrasts"]["pre_post"]
        assert found.share == pytest.approx(expected["retained_share_of_gain"], rel=1e-9)
        assert found.gain == pytest.approx(contrast["mean_improvement"], rel=1e-12)
        reach = stats.t.ppf(0.975, 39) * contrast["sd_diff"] / np.sqrt(40)
        assert found.gain_low == pytest.approx(found.gain - reach, rel=1e-9)
        assert (found.method, found.reason) == ("bca", "")
        assert found.low < found.share < found.high

    def test_noninferiority(self):
        expected, start, end, later = read_claus()
        sd = float(start.std(ddof=1))
        found = noninferiority(end, later, np.arange(40), better="lower", sd_pre=sd)
        tests = expected["tost_post_fu_bound_0.2sd"]
        assert found.margin == pytest.approx(tests["bound"], rel=1e-9)
        assert found.p == pytest.approx(tests["noninferiority_p"], abs=1e-9)
        assert found.p_upper == pytest.approx(tests["p_upper"], abs=1e-9)
        assert found.p_tost == pytest.approx(tests["p_tost"], abs=1e-9)
        assert found.improvement / sd == pytest.approx(expected["d_b"]["post_fu"], rel=1e-9)
        assert found.not_worse is False


class TestLedger:
    @pytest.mark.parametrize(
        ("end", "later", "entry"),
        [
            (26, 26, "maintained"),
            (26, 25, "gain_lost"),
            (26, 14, "gain_lost"),
            (25, 26, "late_gain"),
            (14, 26, "late_gain"),
            (25, 14, "worse_at_follow_up"),
            (14, 14, "worse_at_follow_up"),
            (25, 25, "never"),
            (14, 15, "never"),
        ],
    )
    def test_each_entry_at_its_boundary(self, end, later, entry):
        # A change of exactly five points is not larger than five.
        found = maintenance_ledger([20], [end], [later], better="higher", rc_points=5)
        assert getattr(found, entry) == 1
        assert sum(counts(found)) == 1
        assert found.lost_and_worse == int(entry == "gain_lost" and later == 14)
        turned = maintenance_ledger([-20], [-end], [-later], better="lower", rc_points=5)
        assert turned == found

    @given(st.lists(st.tuples(*[st.integers(0, 30)] * 3), max_size=30), st.integers(0, 12))
    def test_entries_add_up(self, people, points):
        start, end, later = np.array(people, dtype=float).reshape(-1, 3).T
        found = maintenance_ledger(start, end, later, better="higher", rc_points=points)
        if not people:
            assert (found.reason, counts(found)) == ("N0", [None] * 5)
            return
        assert sum(counts(found)) == len(people) == found.n
        gained = int((end - start > points).sum())
        kept = int((later - start > points).sum())
        assert found.maintained + found.gain_lost == gained
        assert found.maintained + found.late_gain == kept
        after = found.improved_after_end + found.deteriorated_after_end
        assert after + found.unchanged_after_end == found.n
        twice = maintenance_ledger(
            np.tile(start, 2), np.tile(end, 2), np.tile(later, 2), better="higher", rc_points=points
        )
        assert counts(twice) == [2 * count for count in counts(found)]

    def test_reasons(self):
        none = maintenance_ledger([1], [2], [3], better="higher", rc_points=float("nan"))
        assert (none.reason, none.n, counts(none)) == ("RC_MISSING", 1, [None] * 5)
        neither = maintenance_ledger([1], [2], [3], better="neither", rc_points=1)
        assert neither.reason == "NO_DIRECTION"

    def test_mistakes(self):
        with pytest.raises(ValueError, match="shapes"):
            maintenance_ledger([1], [2], [3, 4], better="higher", rc_points=1)
        with pytest.raises(ValueError, match="finite"):
            maintenance_ledger([1], [2], [np.nan], better="higher", rc_points=1)
        with pytest.raises(ValueError, match="rc_points"):
            maintenance_ledger([1], [2], [3], better="higher", rc_points=-1)
        with pytest.raises(ValueError, match="better"):
            maintenance_ledger([1], [2], [3], better="up", rc_points=1)


def trial(seed: int = 1) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    couple = np.arange(60) // 2
    start = random.normal(50, 8, 60)
    end = start - 8 + random.normal(0, 4, 30)[couple] + random.normal(0, 3, 60)
    return start, end, end + random.normal(1, 3, 60), couple


class TestRetainedShare:
    def test_by_hand_for_given_draws(self):
        start, end, later, couple = trial()
        draws = np.random.default_rng(2).integers(0, 30, size=(1200, 30))
        found = retained_share(start, end, later, couple, better="lower", seed=0, draws=draws)
        shares = []
        for draw in draws:
            people = (2 * draw[:, None] + [0, 1]).ravel()
            shares.append((start - later)[people].mean() / (start - end)[people].mean())
        assert found.share == pytest.approx((start - later).mean() / (start - end).mean())
        below = np.mean(np.array(shares) < found.share)
        low, high = np.quantile(shares, [0.005, 0.06]), np.quantile(shares, [0.94, 0.995])
        assert 0.4 < below < 0.6
        assert low[0] < found.low < low[1]
        assert high[0] < found.high < high[1]

    @given(st.floats(-50, 50), st.sampled_from([0.1, 2.0, 30.0]))
    def test_shift_scale_and_direction(self, shift, scale):
        *scores, couple = trial()
        first = retained_share(*scores, couple, better="lower", seed=4)
        moved = [shift + scale * values for values in scores]
        turned = [-values for values in moved]
        for other in (
            retained_share(*moved, couple, better="lower", seed=4),
            retained_share(*turned, couple, better="higher", seed=4),
        ):
            expected = (first.share, first.low, first.high)
            assert (other.share, other.low, other.high) == pytest.approx(expected, rel=1e-7)
            assert other.gain == pytest.approx(scale * first.gain, rel=1e-7)

    def test_nothing_lost_is_one_and_everything_lost_is_none(self):
        start, end, _, couple = trial()
        kept = retained_share(start, end, end, couple, better="lower", seed=1)
        assert (kept.share, kept.low, kept.high) == (1.0, 1.0, 1.0)
        assert (kept.method, kept.reason) == ("percentile", "BOOT_EQUAL")
        lost = retained_share(start, end, start, couple, better="lower", seed=1)
        assert (lost.share, lost.low, lost.high) == (0.0, 0.0, 0.0)

    def test_a_gain_that_may_be_none_has_no_share(self):
        start, end, later, couple = trial()
        worse = retained_share(start, end, later, couple, better="higher", seed=1)
        assert worse.reason == "NO_GAIN"
        flat = start + np.tile([3.0, 1.0, -3.0, -1.0, 2.0, -2.5], 10)
        small = retained_share(start, flat, later, couple, better="higher", seed=1)
        assert small.reason == "NO_GAIN"
        assert small.gain_low < 0 < small.gain_high
        for found in (worse, small):
            assert np.isnan([found.share, found.low, found.high]).all()

    @pytest.mark.parametrize(
        ("start", "end", "later", "couple", "reason"),
        [
            ([], [], [], [], "N0"),
            ([9.0], [5.0], [6.0], [1], "G1"),
            ([9.0, 8.0, 7.0], [5.0, 4.0, 1.0], [6.0, 6.0, 6.0], [1, 1, 1], "G1"),
            ([0.3, 0.3, 0.3], [0.3, 0.3, 0.3], [0.1, 0.2, 0.3], [1, 2, 3], "SD0;NO_GAIN"),
            ([9.0, 8.0, 7.0, 8.0], [5.0, 8.0, 3.0, 8.0], [6.0] * 4, [1, 1, 2, 2], "SE0;NO_GAIN"),
            ([9.0, 8.0], [5.0, 8.0], [6.0, 6.0], [1, 2], "NO_GAIN"),
        ],
    )
    def test_too_little_has_a_reason(self, start, end, later, couple, reason):
        found = retained_share(start, end, later, couple, better="lower", seed=1)
        assert found.reason == reason
        assert np.isnan([found.share, found.low, found.high]).all()

    def test_equal_gains_have_a_share(self):
        found = retained_share(
            [9.0, 8.0, 7.0], [5.0, 4.0, 3.0], [6.0, 4.0, 6.0], [1, 2, 3], better="lower", seed=1
        )
        assert found.share == pytest.approx(8 / 12)
        assert found.reason.split(";")[0] == "SD0"
        assert np.isnan(found.gain_low)


class TestNonInferiority:
    def test_people_alone_give_the_plain_tests(self):
        _, end, later, _ = trial()
        found = noninferiority(end, later, np.arange(60), better="lower", sd_pre=8)
        x = end - later
        lower = stats.ttest_1samp(x, -1.6, alternative="greater")
        upper = stats.ttest_1samp(x, 1.6, alternative="less")
        assert found.p == pytest.approx(lower.pvalue, rel=1e-9)
        assert found.p_upper == pytest.approx(upper.pvalue, rel=1e-9)
        limits = stats.ttest_1samp(x, 0).confidence_interval(0.9)
        assert (found.lower_bound, found.upper_bound) == pytest.approx(
            (limits.low, limits.high), rel=1e-9
        )

    def test_couples_of_equal_size_give_the_tests_of_their_means(self):
        _, end, later, couple = trial()
        found = noninferiority(end, later, couple, better="lower", sd_pre=8)
        means = (end - later).reshape(30, 2).mean(axis=1)
        plain = stats.ttest_1samp(means, -1.6, alternative="greater")
        assert found.p == pytest.approx(plain.pvalue, rel=1e-9)
        assert found.df == 29

    @given(st.floats(-50, 50), st.sampled_from([0.1, 2.0, 30.0]))
    def test_shift_scale_and_direction(self, shift, scale):
        _, end, later, couple = trial()
        first = noninferiority(end, later, couple, better="lower", sd_pre=8)
        moved = (shift + scale * end, shift + scale * later)
        for found in (
            noninferiority(*moved, couple, better="lower", sd_pre=8 * scale),
            noninferiority(-moved[0], -moved[1], couple, better="higher", sd_pre=8 * scale),
        ):
            assert found.p_tost == pytest.approx(first.p_tost, rel=1e-6)
            assert found.improvement == pytest.approx(scale * first.improvement, rel=1e-6, abs=1e-9)

    def test_the_limit_and_the_test_agree(self):
        _, end, later, couple = trial()
        for margin in np.linspace(0.02, 0.6, 30):
            found = noninferiority(
                end, later, couple, better="lower", sd_pre=8, margin_in_sd=margin
            )
            assert found.not_worse == (found.lower_bound >= -found.margin)

    @pytest.mark.parametrize(
        ("end", "later", "couple", "sd", "reason"),
        [
            ([], [], [], 1.0, "N0"),
            ([5.0], [6.0], [1], 1.0, "G1"),
            ([5.0, 4.0, 1.0], [6.0, 3.0, 0.0], [1, 1, 1], 1.0, "G1"),
            ([0.1, 0.2, 0.3], [0.2, 0.3, 0.4], [1, 2, 3], 1.0, "SD0"),
            ([5.0, 4.0], [5.0, 3.0], [1, 2], 0.0, "SD0"),
            ([5.0, 4.0], [5.0, 3.0], [1, 2], float("nan"), "SD0"),
            ([5.0, 4.0, 5.0, 4.0], [6.0, 3.0, 6.0, 3.0], [1, 1, 2, 2], 1.0, "SE0"),
        ],
    )
    def test_too_little_has_a_reason(self, end, later, couple, sd, reason):
        found = noninferiority(end, later, couple, better="lower", sd_pre=sd)
        assert (found.reason, found.not_worse) == (reason, None)
        assert np.isnan([found.p, found.p_tost, found.lower_bound]).all()

    def test_two_people_are_enough_for_a_very_wide_answer(self):
        found = noninferiority([5.0, 4.0], [5.0, 3.0], [1, 2], better="lower", sd_pre=4)
        assert (found.reason, found.df, found.not_worse) == ("", 1, False)

    def test_mistakes(self):
        with pytest.raises(ValueError, match="margin"):
            noninferiority([1.0], [2.0], [1], better="lower", sd_pre=1, margin_in_sd=0)
        with pytest.raises(ValueError, match="sd_pre"):
            noninferiority([1.0], [2.0], [1], better="lower", sd_pre=-1)
        with pytest.raises(ValueError, match="level"):
            noninferiority([1.0], [2.0], [1], better="lower", sd_pre=1, level=95)
        with pytest.raises(ValueError, match="better"):
            noninferiority([1.0], [2.0], [1], better="up", sd_pre=1)
