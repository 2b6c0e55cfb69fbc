"""A questionnaire filled in at every session: the course of its scores while people come.

Later sessions hold only those who stayed, so a mean that rises may say who left and not who
changed. Beside each mean stands how many there are and where the same people began; the change of
each person, and a model of all scores, do not mix the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import checked_values, clustered_se, couple_codes
from evaluation.analysis.effect import ROUNDING_SHARE
from evaluation.analysis.intervals import check_level, t_interval
from evaluation.analysis.mixed_model import nested_reml
from instruments.definition import Better

NAN = float("nan")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SessionMean:
    """The people who answered at one session.

    ``mean_at_first`` is the mean that the same people had at the first session they answered.
    ``reason`` for an interval that is NaN: ``N1`` one person, ``G1`` one couple, ``SD0``
    everybody has the same score, ``SE0`` the couples balance exactly.
    """

    session_number: int
    n: int
    n_couples: int
    mean: float
    low: float = NAN
    high: float = NAN
    mean_at_first: float = NAN
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SessionChange:
    """A change in points, positive where things got better.

    ``n`` persons in ``n_couples`` gave ``n_scores`` scores. What is not estimable is NaN; besides
    the codes of :class:`SessionMean`, ``N0`` nobody, ``NO_DIRECTION`` neither direction is better,
    and for the slope those of :class:`evaluation.analysis.mixed_model.NestedFit`.
    """

    n: int
    n_couples: int
    n_scores: int
    improvement: float = NAN
    se: float = NAN
    low: float = NAN
    high: float = NAN
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Scores:
    """Checked scores in the order of persons and, within them, sessions."""

    person: NDArray[np.intp]
    session: Floats
    score: Floats
    cluster: NDArray[np.intp]
    is_first: NDArray[np.bool_]
    is_last: NDArray[np.bool_]

    @property
    def n(self) -> int:
        return int(self.is_first.sum())

    @property
    def n_couples(self) -> int:
        return int(np.unique(self.cluster).size)


def session_means(
    person: ArrayLike,
    session: ArrayLike,
    score: ArrayLike,
    cluster: ArrayLike,
    *,
    level: float = 0.95,
) -> list[SessionMean]:
    """Mean score of those who answered at each session, with intervals that know the couples.

    ``mean -+ t(G-1) sqrt(G/(G-1) sum_g (sum_i (y_i - mean))**2) / n`` for n persons in G couples.

    Parameters
    ----------
    person, cluster : array_like, shape (m,)
        Labels of the person and of the couple; a person alone has a couple label of their own.
    session : array_like, shape (m,)
        Number of the session, from 1.
    score : array_like, shape (m,)
        In the unit of the scale, all finite.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    list of SessionMean
        By session number; empty without scores.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, a label is blank, a person has two scores at one
        session or belongs to two couples, or ``level`` is not allowed.

    Examples
    --------
    >>> first, second = session_means("aabc", [1, 2, 1, 1], [9, 5, 12, 15], "aabc")
    >>> first.n, first.mean, second.n, second.mean, second.mean_at_first, second.reason
    (3, 12.0, 1, 5.0, 9.0, 'N1')
    """
    check_level(level)
    scores = _checked(person, session, score, cluster)
    first_score = scores.score[scores.is_first][scores.person]
    return [
        _mean_at(int(number), scores, first_score, scores.session == number, level)
        for number in np.unique(scores.session)
    ]


def first_to_last(
    person: ArrayLike,
    session: ArrayLike,
    score: ArrayLike,
    cluster: ArrayLike,
    *,
    better: Better,
    level: float = 0.95,
) -> SessionChange:
    """Mean change of each person from the first to the last session they answered.

    ``x_i = direction (last - first)`` over persons with two sessions or more; the interval is
    that of :func:`session_means`.

    Parameters
    ----------
    person, session, score, cluster : array_like, shape (m,)
        As in :func:`session_means`.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    SessionChange
        ``n_scores`` counts all scores of these persons.

    Raises
    ------
    ValueError
        As :func:`session_means`, or if ``better`` is not allowed.

    Examples
    --------
    >>> found = first_to_last("aaabbc", [1, 2, 5, 1, 3, 1], [9, 8, 4, 12, 11, 15], "aaabbc",
    ...                       better="lower")
    >>> found.n, found.improvement
    (2, 3.0)
    """
    direction = _direction(better)
    check_level(level)
    scores = _checked(person, session, score, cluster)
    repeated = scores.is_first & ~scores.is_last
    several = repeated[scores.is_first]
    x = direction * (scores.score[scores.is_last] - scores.score[scores.is_first])[several]
    codes, n_couples = couple_codes(scores.cluster[repeated])
    n, n_scores = int(x.size), int(several[scores.person].sum())
    if n == 0:
        return SessionChange(0, 0, 0, reason="N0")
    if better == "neither":
        return SessionChange(n, n_couples, n_scores, reason="NO_DIRECTION")
    mean, se, low, high, reason = _clustered_mean(x, codes, level)
    return SessionChange(n, n_couples, n_scores, mean, se, low, high, reason)


def slope_per_session(
    person: ArrayLike,
    session: ArrayLike,
    score: ArrayLike,
    cluster: ArrayLike,
    *,
    better: Better,
    level: float = 0.95,
) -> SessionChange:
    r"""Mean change from one session to the next, from all scores by likelihood (REML).

    .. math:: y_{cps} = \alpha + \beta s + u_c + v_{cp} + e_{cps}

    ``improvement`` is :math:`\pm\beta`, as one straight line for everybody, with
    ``-+ t(G-1) se``. Persons with one score count as well; scores may be missing in a way that
    depends on the scores that are there, which is how people who left early are allowed for.

    Parameters
    ----------
    person, session, score, cluster : array_like, shape (m,)
        As in :func:`session_means`.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    SessionChange
        In points of the scale for each session.

    Raises
    ------
    ValueError
        As :func:`session_means`, or if ``better`` is not allowed.

    References
    ----------
    Bates et al. (2015), https://doi.org/10.18637/jss.v067.i01.

    Examples
    --------
    >>> found = slope_per_session("aaabbb", [1, 2, 3] * 2, [9, 8, 5, 4, 1, 0], "aaabbb",
    ...                           better="lower")
    >>> round(found.improvement, 6), found.n
    (2.0, 2)
    """
    direction = _direction(better)
    check_level(level)
    scores = _checked(person, session, score, cluster)
    size = (scores.n, scores.n_couples, scores.score.size)
    if not scores.n:
        return SessionChange(*size, reason="N0")
    if better == "neither":
        return SessionChange(*size, reason="NO_DIRECTION")
    columns = np.stack([np.ones(scores.score.size), scores.session], axis=1)
    levels = {"couple": scores.cluster, "person": scores.person}
    fit = nested_reml(scores.score, columns, levels)
    if fit.reason:
        return SessionChange(*size, reason=fit.reason)
    slope, se = direction * float(fit.estimates[1]), float(fit.se[1])
    low, high = t_interval(estimate=slope, se=se, df=scores.n_couples - 1, level=level)
    return SessionChange(*size, slope, se, float(low), float(high))


def _direction(better: Better) -> float:
    if better not in get_args(Better):
        raise ValueError(f"better={better!r}: allowed are {', '.join(get_args(Better))}")
    return -1.0 if better == "lower" else 1.0


def _checked(
    person: ArrayLike, session: ArrayLike, score: ArrayLike, cluster: ArrayLike
) -> _Scores:
    persons, _ = couple_codes(_labels(person))
    values, couples, _ = checked_values(score, _labels(cluster))
    numbers, persons, _ = checked_values(session, persons)
    if persons.shape != values.shape:
        raise ValueError(f"person has shape {persons.shape}, score {values.shape}: they must agree")
    order = np.lexsort([numbers, persons])
    persons, couples = persons[order], couples[order]
    numbers, values = numbers[order], values[order]
    new = np.diff(persons) > 0
    if (~new & (np.diff(numbers) == 0)).any():
        raise ValueError("session: a person has two scores at one session")
    if (~new & (np.diff(couples) != 0)).any():
        raise ValueError("cluster: a person belongs to two couples")
    edge = np.ones(min(values.size, 1), dtype=bool)
    is_first, is_last = np.concatenate([edge, new]), np.concatenate([new, edge])
    return _Scores(persons, numbers, values, couples, is_first, is_last)


def _labels(labels: ArrayLike) -> ArrayLike:
    """A text as one label for each letter, as in the examples."""
    return list(labels) if isinstance(labels, str) else labels


def _mean_at(
    number: int, scores: _Scores, first_score: Floats, here: NDArray[np.bool_], level: float
) -> SessionMean:
    codes, n_couples = couple_codes(scores.cluster[here])
    mean, _, low, high, reason = _clustered_mean(scores.score[here], codes, level)
    return SessionMean(
        session_number=number,
        n=int(here.sum()),
        n_couples=n_couples,
        mean=mean,
        low=low,
        high=high,
        mean_at_first=float(first_score[here].mean()),
        reason=reason,
    )


def _clustered_mean(
    x: Floats, codes: NDArray[np.intp], level: float
) -> tuple[float, float, float, float, str]:
    """Mean, standard error, interval, and why there is none."""
    mean = float(x.mean())
    n_couples = int(codes.max()) + 1
    if n_couples == 1:
        return mean, NAN, NAN, NAN, "N1" if x.size == 1 else "G1"
    rounding = ROUNDING_SHARE * float(np.abs(x).max())
    if float(np.ptp(x)) <= rounding:
        return mean, 0.0, NAN, NAN, "SD0"
    se = clustered_se(x - mean, codes)
    if se <= rounding:
        return mean, 0.0, NAN, NAN, "SE0"
    low, high = t_interval(estimate=mean, se=se, df=n_couples - 1, level=level)
    return mean, se, float(low), float(high), ""
