"""A scale that contradicts the others: a sign that its answers were coded the wrong way round.

People who feel better on one questionnaire mostly feel better on others too. Where those who
improve everywhere else look worse on one scale, the likelier reason is the coding of its answers,
and a headline built on it would say the opposite of what happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.change_inputs import direction_of
from evaluation.analysis.clusters import couple_codes
from evaluation.analysis.intervals import check_level, critical_normal
from instruments.definition import Better

Floats = NDArray[np.float64]
What = Literal["improvement", "baseline", "own_waves"]
LEAST_PEOPLE = 20
# Beyond this a correlation is 1 but for rounding, and its transform has no value.
_LARGEST_R = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What speaks against the direction of one scale.

    ``what``: ``improvement`` people who improve elsewhere get worse here, ``baseline`` people who
    start worse elsewhere start better here, ``own_waves`` people who start high end low on the
    scale itself. ``against`` are the scales it contradicts, of ``n_compared`` that could be
    compared; ``r`` the median correlation with those. ``mutual`` says that it may as well be the
    other scale that is wrong, since there are only these two.
    """

    measure: str
    what: What
    against: tuple[str, ...]
    n_compared: int
    n_people: int
    r: float
    mutual: bool
    sentence: str


def find_contradictions(
    changes: pd.DataFrame,
    better: Mapping[str, Better],
    *,
    labels: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> tuple[Contradiction, ...]:
    """Scales of one site, or of the programme, that contradict most of the others.

    Parameters
    ----------
    changes : DataFrame
        One row for each person and scale with both scores: ``person`` (unique over all rows'
        sites), ``cluster`` (couple), ``measure``, ``before``, ``after``. Several rows of one
        person and scale (two children) are averaged.
    better : mapping of str to {"higher", "lower", "neither"}
        Direction of each scale by its codebook. Scales without direction are left out.
    labels : mapping of str to str, optional
        What the sentences call a scale; its name where there is none.
    level : float
        Confidence level of the intervals of the correlations, between 0 and 1.

    Returns
    -------
    tuple of Contradiction
        In the order of the scales. Two scales contradict each other where at least 20 people
        have both and the upper end of the interval of their correlation (scores turned so that
        more is better) lies below 0. A scale is found where it contradicts more than half of
        those it can be compared with.

    Raises
    ------
    ValueError
        If a column or a direction is missing, a score is not finite or a label is blank.

    Notes
    -----
    Interval by Fisher's transform: tanh(atanh r + z / sqrt(G - 3)), G = couples among those
    people, since partners are alike; r is Pearson's.

    References
    ----------
    Fisher (1921), On the probable error of a coefficient of correlation deduced from a small
    sample.

    Examples
    --------
    >>> people = np.arange(30.0)
    >>> changes = pd.concat([pd.DataFrame({"person": people, "cluster": people, "measure": name,
    ...     "before": 50.0, "after": 50 + sign * people}) for name, sign in
    ...     (("das", 1), ("wemwbs", 1), ("core", -1), ("phq9", 1))])
    >>> found = find_contradictions(changes, {"das": "higher", "wemwbs": "higher",
    ...     "core": "lower", "phq9": "lower"})
    >>> [(one.measure, one.what, one.against) for one in found]
    [('phq9', 'improvement', ('das', 'wemwbs', 'core'))]
    """
    check_level(level)
    table = _checked(changes, better)
    names = [str(name) for name in dict.fromkeys(table["measure"]) if better[name] != "neither"]
    titles = {name: (labels or {}).get(name, name) for name in names}
    before, after, couples = _wide(table, names)
    signs = np.array([float(direction_of(better[name])) for name in names])
    views = {"improvement": (after - before) * signs, "baseline": before * signs}
    improved = [float(x[np.isfinite(x)].mean()) for x in views["improvement"].T]
    found: list[Contradiction] = []
    for place, name in enumerate(names):
        own = _relation(before[:, place], after[:, place], couples, level)
        if own is not None and own.below_zero:
            text = _own_sentence(titles[name])
            found.append(Contradiction(name, "own_waves", (), 0, own.n, own.r, False, text))
        for what in get_args(What)[:2]:
            relations = _relations(views[what], place, names, couples, level)
            against = [other for other, one in relations.items() if one.below_zero]
            if 2 * len(against) > len(relations):
                means = {other: improved[names.index(other)] for other in against}
                alone = improved[place] < 0 < min(means.values())
                found.append(_contradiction(name, what, relations, titles, alone=alone))
    return tuple(found)


def _contradiction(
    name: str,
    what: What,
    relations: Mapping[str, _Relation],
    titles: Mapping[str, str],
    *,
    alone: bool,
) -> Contradiction:
    against = [other for other, one in relations.items() if one.below_zero]
    mutual = len(relations) == 1
    listed = [titles[other] for other in against]
    return Contradiction(
        measure=name,
        what=what,
        against=tuple(against),
        n_compared=len(relations),
        n_people=min(relations[other].n for other in against),
        r=float(np.median([relations[other].r for other in against])),
        mutual=mutual,
        sentence=_sentence(titles[name], listed, what=what, mutual=mutual, alone=alone),
    )


def _relations(
    scores: Floats, place: int, names: Sequence[str], couples: NDArray[np.intp], level: float
) -> dict[str, _Relation]:
    """How one scale goes together with each other that it can be compared with."""
    found = {
        other: _relation(scores[:, place], scores[:, at], couples, level)
        for at, other in enumerate(names)
        if at != place
    }
    return {other: one for other, one in found.items() if one is not None}


@dataclass(frozen=True, slots=True)
class _Relation:
    """How two scores of the same people go together."""

    n: int
    r: float
    below_zero: bool


def _relation(x: Floats, y: Floats, couples: NDArray[np.intp], level: float) -> _Relation | None:
    """Nothing where too few people have both, or one of the scores does not vary."""
    both = np.isfinite(x) & np.isfinite(y)
    n, n_couples = int(both.sum()), int(np.unique(couples[both]).size)
    if n < LEAST_PEOPLE or n_couples <= 3:
        return None
    one, other = x[both] - x[both].mean(), y[both] - y[both].mean()
    size = float(np.sqrt((one @ one) * (other @ other)))
    if not size > 1e-12 * n * max(1.0, float(np.abs(x[both]).max() * np.abs(y[both]).max())):
        return None
    r = float(np.clip(one @ other / size, -_LARGEST_R, _LARGEST_R))
    upper = np.arctanh(r) + critical_normal(level) / np.sqrt(n_couples - 3)
    return _Relation(n, r, bool(upper < 0))


def _checked(changes: pd.DataFrame, better: Mapping[str, Better]) -> pd.DataFrame:
    columns = ["person", "cluster", "measure", "before", "after"]
    missing = [name for name in columns if name not in changes.columns]
    if missing:
        raise ValueError(f"changes: column {missing[0]!r} is missing")
    table = changes[columns]
    if not np.isfinite(table[["before", "after"]].to_numpy(dtype=float)).all():
        raise ValueError("changes: every score must be a finite number")
    unknown = [name for name in dict.fromkeys(table["measure"]) if name not in better]
    if unknown:
        raise ValueError(f"better: no direction is given for {unknown[0]!r}")
    return table


def _wide(table: pd.DataFrame, names: Sequence[str]) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Scores before and after, persons by scales (NaN = has it not), and the persons' couples."""
    kept = table[table["measure"].isin(names)]
    means = kept.groupby(["person", "measure"], sort=False)[["before", "after"]].mean().unstack()
    clusters = kept.drop_duplicates("person").set_index("person")["cluster"].loc[means.index]
    codes, _ = couple_codes(clusters.to_numpy(dtype=object))
    before, after = (
        means[wave].reindex(columns=list(names)).to_numpy(dtype=float)
        if len(means)
        else np.empty((0, len(names)))
        for wave in ("before", "after")
    )
    return before, after, codes


def _sentence(title: str, others: Sequence[str], *, what: What, mutual: bool, alone: bool) -> str:
    listed = others[0] if len(others) == 1 else f"{', '.join(others[:-1])} and {others[-1]}"
    check = "check that its answers were coded in the direction of the form."
    if mutual:
        check = "check that the answers to both were coded in the direction of the form."
    if what == "baseline":
        return f"People who started worse on {listed} look better at the start on {title}: {check}"
    if alone and not mutual:
        return (
            f"{title} got worse on average while {listed} got better, and people who improved "
            f"there look worse here: {check}"
        )
    return f"People who improved on {listed} look worse on {title}: {check}"


def _own_sentence(title: str) -> str:
    return (
        f"People with high scores on {title} at the start have low ones later: check that its "
        "answers were coded in one direction at both times."
    )
