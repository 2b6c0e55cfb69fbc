"""What selection alone would bring about on a scale, from what is published about it.

Part of an extreme score is chance and is gone at the second measurement. How much takes the
steadiness of scores over time, so only a retest reliability will do; alpha is of one occasion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluation.analysis.change_inputs import AnyCutoff, find_cutoffs
from evaluation.analysis.selection import RegressionToTheMean, Side, regression_to_the_mean
from evaluation.analysis.severity import ExpectedDifference, expected_severity_difference
from evaluation.model import ChangeRule
from instruments.definition import Cutoff, Scale

_RETEST = "test-retest"


def retest_reliability(scale: Scale) -> tuple[float, str]:
    """The published steadiness over time that is better than unverified, or why there is none."""
    there = [entry for entry in scale.reliability if entry.kind.startswith(_RETEST)]
    graded = [entry for entry in there if entry.evidence != "unverified"]
    if graded:
        return graded[0].value, ""
    return float("nan"), "REL_UNVERIFIED" if there else "REL_MISSING"


def expected_regression(scale: Scale, rule: ChangeRule) -> RegressionToTheMean:
    """How people on the worse side of the published cut-off would change with no support.

    Mean and spread are those of people in general, by the rule file or as published. ``reason`` is
    ``NORM_MISSING`` where they or the cut-off are not to be had, ``REL_MISSING`` or
    ``REL_UNVERIFIED`` without a retest reliability, ``NO_DIRECTION`` without a better end.
    """
    if scale.better == "neither":
        return RegressionToTheMean(reason="NO_DIRECTION")
    reliability, reason = retest_reliability(scale)
    norm = scale.norm("functional")
    general = rule.norm or ((norm.mean, norm.sd) if norm else None)
    cutoff = find_cutoffs({}, scale=scale, rule=rule).get("published")
    if general is None or not isinstance(cutoff, Cutoff):
        return RegressionToTheMean(reason="NORM_MISSING")
    if reason:
        return RegressionToTheMean(reason=reason)
    side: Side = "below" if scale.better == "higher" else "above"
    return regression_to_the_mean(
        mean=general[0], sd=general[1], reliability=reliability, cut=cutoff.value, select=side
    )


def expected_by_severity(
    before: ArrayLike, scale: Scale, *, cutoff: AnyCutoff
) -> ExpectedDifference:
    """How much more those who started worse would improve with no support.

    Of the people whose start scores these are, divided at the cut-off in use, else the median.
    """
    reliability, reason = retest_reliability(scale)
    if reason:
        return ExpectedDifference(reason=reason)
    scores = np.asarray(before, dtype=float)
    if scores.size < 2:
        return ExpectedDifference(reason="N1" if scores.size else "N0")
    cut = cutoff.value if isinstance(cutoff, Cutoff) else cutoff
    return expected_severity_difference(
        mean=float(scores.mean()),
        sd=0.0 if np.ptp(scores) == 0 else float(scores.std(ddof=1)),
        reliability=reliability,
        cut=float(np.median(scores)) if cut is None else float(cut),
    )
