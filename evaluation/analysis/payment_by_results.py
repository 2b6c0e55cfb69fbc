"""How many people or couples reached an outcome, counted as in payment by results.

Every unit counts once, at the first wave that qualifies, on one measure named beforehand. What
chance alone would yield and who got worse stand beside the count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change_classes import side_of, sides_of_cutoff
from evaluation.analysis.change_inputs import AnyCutoff, direction_of
from evaluation.analysis.clusters import couple_codes
from evaluation.analysis.intervals import check_level, wilson_interval
from evaluation.analysis.meaningful_change import any_of_k, expected_by_chance
from instruments.definition import Better

NAN = float("nan")
Unit = Literal["person", "couple"]
Partners = Literal["any", "all"]
Outcome = Literal["improvement", "recovery"]

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """Outcomes of one group of units, and what they are to be read against.

    ``eligible`` = took up and has a score at the start; ``observed`` of them have a score at a
    wave that counts, ``withdrawn`` have none because of separation or safeguarding, ``missing``
    have none for no such reason; the three add up. ``reached`` is once per unit, ``by_wave`` at
    which wave. ``rate`` = reached / eligible (a missing score is no outcome), ``observed_rate`` =
    reached / observed; both with Wilson's interval. ``recovered`` is in how many of ``reached``
    somebody recovered at a wave that counts. ``deteriorated`` counts units in which somebody was
    reliably worse at such a wave, ``also_deteriorated`` those of them that reached the outcome all
    the same.

    ``expected`` is 0.025 of the units observed, ``net`` what is left of ``reached`` without them.
    (A unit without a score cannot pass by chance, so that ``eligible`` would be too many here.)
    ``expected_any`` allows for every further wave and partner that gives a unit another chance,
    ``net_any`` is the count without those; at a net below 0 chance alone yields more.

    =============  =======================================================================
    N0             nobody is eligible
    NONE_OBSERVED  no unit has a score after the start
    REL_MISSING    there is no reliable change
    NORM_MISSING   recovery is asked for and there is no cut-off
    NO_DIRECTION   neither direction of the scale is better
    =============  =======================================================================
    """

    unit: Unit
    outcome: Outcome
    eligible: int
    observed: int
    withdrawn: int
    missing: int
    reached: float = NAN
    by_wave: Mapping[str, int] = field(default_factory=dict)
    recovered: float = NAN
    rate: float = NAN
    rate_low: float = NAN
    rate_high: float = NAN
    observed_rate: float = NAN
    observed_low: float = NAN
    observed_high: float = NAN
    expected: float = NAN
    net: float = NAN
    expected_any: float = NAN
    net_any: float = NAN
    deteriorated: float = NAN
    also_deteriorated: float = NAN
    reason: str = ""


def count_outcomes(
    before: ArrayLike,
    after: ArrayLike,
    cluster: ArrayLike,
    *,
    waves: Sequence[str],
    better: Better,
    rc_points: float,
    cutoff: AnyCutoff = None,
    unit: Unit,
    partners: Partners = "any",
    outcome: Outcome = "improvement",
    took_up: ArrayLike | None = None,
    withdrawn: ArrayLike | None = None,
    level: float = 0.95,
) -> OutcomeCount:
    """Count outcomes on one measure, once per unit.

    Parameters
    ----------
    before : array_like, shape (n,)
        Score of each person at the start; NaN = none, and then the person is not eligible.
    after : array_like, shape (n, k)
        Their scores at the waves that count, in the order of time; NaN = none.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    waves : sequence of str
        Names of the k waves.
    better : {"higher", "lower", "neither"}
        Which way of the scale is better.
    rc_points : float
        Smallest reliable change in points; NaN where there is none.
    cutoff : Cutoff, float or None
        Boundary of the clinical range, for recovery.
    unit : {"person", "couple"}
        What is counted; there is no default, because it has to be declared.
    partners : {"any", "all"}
        With couples: one partner is enough, or every partner with a start score has to reach the
        outcome at the same wave.
    outcome : {"improvement", "recovery"}
        ``improvement``: reliably better, which every recovery is too. ``recovery``: who started
        in the clinical range has to recover; reliable improvement is enough for the others.
    took_up, withdrawn : array_like of bool, shape (n,), optional
        Who took up support (all, if not given), and who left because of separation or
        safeguarding (nobody, if not given).
    level : float
        Level of the reliable change and of the intervals.

    Returns
    -------
    OutcomeCount
        Undefined values are NaN, with ``reason``.

    Raises
    ------
    ValueError
        If shapes differ, a label is blank, a choice is not allowed, ``rc_points`` is negative, or
        a printed cut-off puts the better end in the clinical range.

    Notes
    -----
    Chance: with m chances a unit passes without true change with 1 - ((1 + level)/2)**m, where m
    is its scores at all waves that count, of both partners where one is enough. Where both have to
    improve, a wave with two scores passes with ((1 - level)/2)**2. Chances are taken as
    independent, so ``expected_any`` is too high rather than too low.

    Examples
    --------
    >>> nan = float("nan")
    >>> found = count_outcomes([20, 20, 15, 18], [[9, nan], [20, 8], [nan, nan], [30, 17]],
    ...                        ["a", "a", "b", "c"], waves=("end", "6m"), better="lower",
    ...                        rc_points=5.0, unit="couple")
    >>> found.eligible, found.observed, found.reached, dict(found.by_wave), found.deteriorated
    (3, 2, 1, {'end': 1, '6m': 0}, 1)
    """
    check_level(level)
    _check_choices(unit=unit, partners=partners, outcome=outcome)
    if rc_points < 0:
        raise ValueError(f"rc_points={rc_points!r}: must not be negative")
    first, later, codes = _checked_scores(before, after, cluster, waves)
    eligible = np.isfinite(first) & _marks("took_up", took_up, first.size, otherwise=True)
    left = _marks("withdrawn", withdrawn, first.size, otherwise=False)[eligible]
    group = codes[eligible] if unit == "couple" else np.arange(int(eligible.sum()))
    units = _Units.of(group, need_all=partners == "all")
    scores = _Scores(first[eligible], later[eligible], better, cutoff)

    observed = units.where(scores.present).any(axis=1)
    withdrew = ~observed & units.with_any(left)
    sizes: dict[str, Any] = {
        "eligible": units.n,
        "observed": int(observed.sum()),
        "withdrawn": int(withdrew.sum()),
        "missing": int((~observed & ~withdrew).sum()),
    }
    reasons = _reasons(sizes, scores, rc_points=rc_points, outcome=outcome)
    if {"NO_DIRECTION", "REL_MISSING", "NORM_MISSING"} & set(reasons):
        return OutcomeCount(unit, outcome, **sizes, reason=";".join(reasons))

    improved, recovered, worse = scores.judge(rc_points)
    at_wave = units.where(_passed(improved, recovered, scores, outcome))
    reached = at_wave.any(axis=1)
    got_worse = units.with_any(worse.any(axis=1))
    n_reached = int(reached.sum())
    when = np.bincount(at_wave.argmax(axis=1)[reached], minlength=len(waves))
    chance = units.chance(scores.present, level=level)
    return OutcomeCount(
        unit=unit,
        outcome=outcome,
        **sizes,
        **_rates(n_reached, units.n, sizes["observed"], level=level),
        reached=n_reached,
        by_wave={wave: int(count) for wave, count in zip(waves, when, strict=True)},
        recovered=int((reached & units.with_any(recovered.any(axis=1))).sum()),
        expected_any=chance,
        net_any=n_reached - chance,
        deteriorated=int(got_worse.sum()),
        also_deteriorated=int((got_worse & reached).sum()),
        reason=";".join(reasons),
    )


@dataclass(frozen=True, slots=True)
class _Units:
    """Which unit each eligible person belongs to, and whether all of its people have to pass."""

    of_person: NDArray[np.intp]
    sizes: NDArray[np.intp]
    need_all: bool

    @classmethod
    def of(cls, group: NDArray[np.intp], *, need_all: bool) -> _Units:
        _, codes, sizes = np.unique(group, return_inverse=True, return_counts=True)
        return cls(codes, sizes, need_all)

    @property
    def n(self) -> int:
        return self.sizes.size

    def totals(self, marks: Marks) -> NDArray[np.intp]:
        """How many people of each unit are marked at each wave, shape (units, k)."""
        found = np.zeros((self.n, marks.shape[1]), dtype=np.intp)
        np.add.at(found, self.of_person, marks)
        return found

    def where(self, marks: Marks) -> Marks:
        """Which units pass at each wave, given who does."""
        return self.totals(marks) >= (self.sizes[:, None] if self.need_all else 1)

    def with_any(self, marks: ArrayLike) -> Marks:
        """Which units have a marked person, whatever the rule on partners."""
        weights = np.asarray(marks, dtype=float)
        return np.bincount(self.of_person, weights=weights, minlength=self.n) > 0

    def chance(self, present: Marks, *, level: float) -> float:
        """How many units would pass at least once if nobody had truly changed."""
        scores = self.totals(present)
        if not self.need_all:
            return float(np.sum(any_of_k(scores.sum(axis=1), level=level)))
        complete = self.where(present)
        both = np.where(complete, ((1 - level) / 2) ** self.sizes[:, None].astype(float), 0.0)
        return float(np.sum(1 - np.prod(1 - both, axis=1)))


@dataclass(frozen=True, slots=True)
class _Scores:
    """Scores of the eligible people: before (n,) and at the waves that count (n, k)."""

    first: Floats
    later: Floats
    better: Better
    cutoff: AnyCutoff

    @property
    def present(self) -> Marks:
        return np.isfinite(self.later)

    @property
    def clinical(self) -> Marks:
        return sides_of_cutoff(self.first, better=self.better, cutoff=self.cutoff)[0]

    def judge(self, rc_points: float) -> tuple[Marks, Marks, Marks]:
        """Who is reliably better, recovered and reliably worse at each wave."""
        scored = np.where(self.present, self.later, self.first[:, None])
        x = direction_of(self.better) * (scored - self.first[:, None])
        improved = self.present & (side_of(x, rc_points) > 0)
        _, functional = sides_of_cutoff(scored, better=self.better, cutoff=self.cutoff)
        worse = self.present & (side_of(x, -rc_points) < 0)
        return improved, improved & self.clinical[:, None] & functional, worse


def _passed(improved: Marks, recovered: Marks, scores: _Scores, outcome: Outcome) -> Marks:
    if outcome == "improvement":
        return improved
    return np.where(scores.clinical[:, None], recovered, improved)


def _rates(reached: int, eligible: int, observed: int, *, level: float) -> dict[str, Any]:
    low, high = wilson_interval(reached, eligible, level=level)
    observed_low, observed_high = wilson_interval(reached, observed, level=level)
    expected = float(expected_by_chance(observed, level=level))
    return {
        "rate": reached / eligible if eligible else NAN,
        "rate_low": float(low),
        "rate_high": float(high),
        "observed_rate": reached / observed if observed else NAN,
        "observed_low": float(observed_low),
        "observed_high": float(observed_high),
        "expected": expected,
        "net": reached - expected,
    }


def _reasons(
    sizes: Mapping[str, int], scores: _Scores, *, rc_points: float, outcome: Outcome
) -> list[str]:
    happened = {
        "NO_DIRECTION": scores.better == "neither",
        "N0": sizes["eligible"] == 0,
        "NONE_OBSERVED": sizes["eligible"] > 0 and sizes["observed"] == 0,
        "REL_MISSING": np.isnan(rc_points),
        "NORM_MISSING": outcome == "recovery" and scores.cutoff is None,
    }
    return [code for code, applies in happened.items() if applies]


def _checked_scores(
    before: ArrayLike, after: ArrayLike, cluster: ArrayLike, waves: Sequence[str]
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    first, later = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    codes, _ = couple_codes(cluster)
    if not waves or len(set(waves)) < len(waves):
        raise ValueError(f"waves={list(waves)!r}: at least one, and none of them twice")
    if later.size == 0:
        later = later.reshape(first.size, len(waves))
    if first.ndim != 1 or later.shape != (first.size, len(waves)) or codes.shape != first.shape:
        raise ValueError(
            f"before {first.shape}, after {later.shape}, cluster {codes.shape}: needed are n, "
            f"(n, {len(waves)}) and n"
        )
    return first, later, codes


def _marks(name: str, marks: ArrayLike | None, n: int, *, otherwise: bool) -> Marks:
    if marks is None:
        return np.full(n, otherwise)
    found = np.asarray(marks)
    if found.dtype != bool or found.shape != (n,):
        raise ValueError(f"{name}: {n} values of true or false are needed, none of them missing")
    return found


def _check_choices(*, unit: str, partners: str, outcome: str) -> None:
    for name, given, allowed in (
        ("unit", unit, get_args(Unit)),
        ("partners", partners, get_args(Partners)),
        ("outcome", outcome, get_args(Outcome)),
    ):
        if given not in allowed:
            raise ValueError(f"{name}={given!r}: allowed are {', '.join(allowed)}")
