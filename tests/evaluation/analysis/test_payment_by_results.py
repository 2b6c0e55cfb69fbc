"""Outcomes counted once per unit: by hand, by a plain loop over synthetic couples, at the edges."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.payment_by_results import count_outcomes
from instruments.definition import Cutoff

ROOT = Path(__file__).resolve().parents[3]
NAN = float("nan")
WAVES = ("end", "6m")


def count(before, after, cluster, **given):
    kwargs = {"waves": WAVES, "better": "lower", "rc_points": 5.0, "unit": "person"} | given
    return count_outcomes(before, after, cluster, **kwargs)


# Seven people in five couples; lower is better, 5 points are needed, clinical from 15 on.
BEFORE = [20.0, 20, 12, 18, 16, NAN, 30]
AFTER = [[14.0, NAN], [18, 10], [6, 4], [24, 12], [NAN, NAN], [1, 1], [24, 14]]
COUPLES = ["a", "a", "b", "b", "c", "d", "e"]
CUTOFF = Cutoff(15, ">=", "", "confirmed")


class TestByHand:
    def test_persons(self):
        found = count(BEFORE, AFTER, COUPLES, cutoff=CUTOFF)
        assert (found.eligible, found.observed, found.missing, found.withdrawn) == (6, 5, 1, 0)
        assert (found.reached, dict(found.by_wave)) == (5, {"end": 3, "6m": 2})
        assert found.recovered == 4  # all but the one who started at 12
        assert (found.deteriorated, found.also_deteriorated) == (1, 1)
        assert (found.rate, found.observed_rate) == (5 / 6, 1)
        wilson = stats.binomtest(5, 6).proportion_ci(method="wilson")
        assert (found.rate_low, found.rate_high) == pytest.approx(tuple(wilson))

    def test_recovery_for_who_started_in_the_clinical_range(self):
        """Couple e's person falls from 30 to 24, which is reliable, and recovers at six months."""
        found = count(BEFORE, AFTER, COUPLES, cutoff=CUTOFF, outcome="recovery")
        assert (found.reached, dict(found.by_wave)) == (5, {"end": 2, "6m": 3})
        end_only = [[row[0], NAN] for row in AFTER]
        found = count(BEFORE, end_only, COUPLES, cutoff=CUTOFF, outcome="recovery")
        assert (found.reached, found.recovered) == (2, 1)
        assert count(BEFORE, end_only, COUPLES, cutoff=CUTOFF).reached == 3

    def test_couples_with_one_partner_enough(self):
        found = count(BEFORE, AFTER, COUPLES, unit="couple")
        assert (found.eligible, found.observed, found.missing) == (4, 3, 1)
        assert (found.reached, dict(found.by_wave)) == (3, {"end": 3, "6m": 0})
        assert (found.deteriorated, found.also_deteriorated) == (1, 1)

    def test_couples_in_which_both_have_to_improve(self):
        """a never has both scores at one wave beyond the end; b has both improved at 6 months."""
        found = count(BEFORE, AFTER, COUPLES, unit="couple", partners="all")
        assert (found.reached, dict(found.by_wave)) == (2, {"end": 1, "6m": 1})
        assert (found.eligible, found.observed) == (4, 3)

    def test_expected_by_chance_and_net(self):
        found = count(BEFORE, AFTER, COUPLES, unit="couple")
        assert found.expected == pytest.approx(3 * 0.025)
        assert found.net == pytest.approx(3 - 3 * 0.025)
        # scores that could have passed: a 3, b 4, e 2
        chance = sum(1 - 0.975**k for k in (3, 4, 2))
        assert found.expected_any == pytest.approx(chance)
        assert found.net_any == pytest.approx(3 - chance)
        both = count(BEFORE, AFTER, COUPLES, unit="couple", partners="all")
        # a: both at the end only; b: both at two waves; e alone at two waves
        chance = 0.025**2 + (1 - (1 - 0.025**2) ** 2) + (1 - 0.975**2)
        assert both.expected_any == pytest.approx(chance)

    def test_one_wave_and_one_person_each_have_one_chance(self):
        found = count([20, 20], [[10], [20]], ["a", "b"], waves=("end",))
        assert found.expected_any == pytest.approx(found.expected) == pytest.approx(0.05)

    def test_who_did_not_take_up_is_not_eligible(self):
        took_up = [True, False, True, True, True, True, False]
        found = count(BEFORE, AFTER, COUPLES, took_up=took_up)
        assert (found.eligible, found.observed, found.reached) == (4, 3, 3)

    def test_leaving_for_safety_is_not_a_missing_score(self):
        left = [True, False, False, False, True, False, False]
        found = count(BEFORE, AFTER, COUPLES, withdrawn=left)
        assert (found.eligible, found.observed, found.withdrawn, found.missing) == (6, 5, 1, 0)
        assert found.rate == 5 / 6

    def test_exactly_the_points_are_not_enough(self):
        found = count([20, 20, 20], [[15], [14.9], [25]], list("abc"), waves=("end",))
        assert (found.reached, found.deteriorated) == (1, 0)


class TestSyntheticProgramme:
    def test_against_a_plain_loop(self):
        with (ROOT / "evaluation" / "reference" / "lfo_synth.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        number = lambda text: float(text) if text not in ("", "NA") else NAN  # noqa: E731
        before = [number(row["ds_pre"]) for row in rows]
        after = [[number(row[f"ds_{wave}"]) for wave in ("post", "fu3")] for row in rows]
        took_up = [row["took_up"] == "1" for row in rows]
        couples = [row["couple"] for row in rows]
        eligible, reached, observed, worse = set(), {}, set(), set()
        for start, ends, used, couple in zip(before, after, took_up, couples, strict=True):
            if not used or np.isnan(start):
                continue
            eligible.add(couple)
            for place, end in enumerate(ends):
                if np.isnan(end):
                    continue
                observed.add(couple)
                if start - end > 4:
                    reached[couple] = min(place, reached.get(couple, 9))
                if end - start > 4:
                    worse.add(couple)
        found = count(
            before,
            after,
            couples,
            waves=("end", "3m"),
            rc_points=4.0,
            unit="couple",
            took_up=took_up,
        )
        assert len(eligible) > 100
        assert 10 < len(reached) < len(observed) < len(eligible)
        assert found.eligible == len(eligible)
        assert found.observed == len(observed)
        assert found.reached == len(reached)
        assert found.by_wave["3m"] == sum(place == 1 for place in reached.values())
        assert found.deteriorated == len(worse)
        assert found.also_deteriorated == len(worse & set(reached))


@pytest.mark.filterwarnings("error")
class TestUndefined:
    def test_nobody(self):
        found = count([], np.empty((0, 2)), [])
        assert (found.eligible, found.reached, found.reason) == (0, 0, "N0")
        assert np.isnan(found.rate)
        assert count([NAN], [[1, 2]], ["a"]).reason == "N0"

    def test_no_score_after_the_start(self):
        found = count([20, 18], [[NAN, NAN]] * 2, ["a", "b"])
        assert (found.reason, found.rate, found.missing) == ("NONE_OBSERVED", 0, 2)
        assert np.isnan(found.observed_rate)

    @pytest.mark.parametrize("n", [1, 2, 3])
    def test_few_people(self, n):
        found = count([20.0] * n, [[10.0, 10.0]] * n, list("abc")[:n])
        assert (found.reached, found.rate, found.reason) == (n, 1, "")

    def test_no_reliable_change_or_no_cutoff(self):
        found = count(BEFORE, AFTER, COUPLES, rc_points=NAN)
        assert (found.reason, found.eligible) == ("REL_MISSING", 6)
        assert np.isnan(found.reached)
        assert count(BEFORE, AFTER, COUPLES, outcome="recovery").reason == "NORM_MISSING"
        assert count(BEFORE, AFTER, COUPLES, better="neither").reason == "NO_DIRECTION"

    def test_wrong_arguments_name_themselves(self):
        with pytest.raises(ValueError, match="unit"):
            count(BEFORE, AFTER, COUPLES, unit="family")
        with pytest.raises(ValueError, match="partners"):
            count(BEFORE, AFTER, COUPLES, partners="both")
        with pytest.raises(ValueError, match="waves"):
            count(BEFORE, AFTER, COUPLES, waves=("end", "end"))
        with pytest.raises(ValueError, match="needed are"):
            count(BEFORE, AFTER, COUPLES, waves=("end",))
        with pytest.raises(ValueError, match="took_up"):
            count(BEFORE, AFTER, COUPLES, took_up=[True])
        with pytest.raises(ValueError, match="rc_points"):
            count(BEFORE, AFTER, COUPLES, rc_points=-1.0)


people = st.lists(
    st.tuples(
        st.one_of(st.just(NAN), st.integers(0, 40).map(float)),
        st.one_of(st.just(NAN), st.integers(0, 40).map(float)),
        st.one_of(st.just(NAN), st.integers(0, 40).map(float)),
        st.integers(0, 8),
    ),
    max_size=30,
)


class TestIdentities:
    @given(
        people,
        st.sampled_from(["person", "couple"]),
        st.sampled_from(["any", "all"]),
        st.sampled_from(["improvement", "recovery"]),
    )
    def test_sums_and_mirror(self, rows, unit, partners, outcome):
        table = np.array(rows, float).reshape(-1, 4)
        before, after, cluster = table[:, 0], table[:, 1:3], table[:, 3].astype(int)
        how = {"unit": unit, "partners": partners, "outcome": outcome}
        one = count(before, after, cluster, cutoff=18.0, **how)
        assert one.observed + one.missing + one.withdrawn == one.eligible
        assert sum(one.by_wave.values()) == one.reached <= one.observed
        assert one.also_deteriorated <= min(one.reached, one.deteriorated)
        two = count(
            7 - 2 * before,
            7 - 2 * after,
            cluster,
            cutoff=7 - 36.0,
            better="higher",
            rc_points=10.0,
            **how,
        )
        for name in ("eligible", "observed", "reached", "recovered", "deteriorated", "by_wave"):
            assert getattr(one, name) == getattr(two, name)

    @given(people)
    def test_more_asked_for_is_never_more_found(self, rows):
        table = np.array(rows, float).reshape(-1, 4)
        data = (table[:, 0], table[:, 1:3], table[:, 3].astype(int))
        loose = count(*data, cutoff=18.0, unit="couple")
        both = count(*data, cutoff=18.0, unit="couple", partners="all")
        recovery = count(*data, cutoff=18.0, unit="couple", outcome="recovery")
        assert both.reached <= loose.reached
        assert recovery.reached <= loose.reached
        assert both.expected_any <= loose.expected_any + 1e-12

    @given(people)
    def test_the_other_direction_swaps_improved_and_worse(self, rows):
        """With one wave and persons, who reached and who got worse change places."""
        table = np.array(rows, float).reshape(-1, 4)
        data = (table[:, 0], table[:, 1:2], table[:, 3].astype(int))
        one = count(*data, waves=("end",))
        two = count(*data, waves=("end",), better="higher")
        assert (one.reached, one.deteriorated) == (two.deteriorated, two.reached)
