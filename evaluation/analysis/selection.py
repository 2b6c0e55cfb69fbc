"""Change that selection alone produces: regression to the mean, and who stays to be measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.later import special

NAN = float("nan")
Side = Literal["below", "above"]
ROOT_TWO_PI = float(np.sqrt(2 * np.pi))


@dataclass(frozen=True, slots=True)
class RegressionToTheMean:
    """What persons selected by their score would show on a second measurement, untreated.

    ``points`` is later minus earlier in the unit of the scale (positive after selection below
    the cut), ``in_sd`` the same in standard deviations of the population. ``reason``:
    ``NORM_MISSING`` no mean, spread or cut, ``SD0`` no spread, ``REL_RANGE`` reliability not
    between 0 and 1.
    """

    mean_selected: float = NAN
    expected_retest: float = NAN
    points: float = NAN
    in_sd: float = NAN
    reason: str = ""


def regression_to_the_mean(
    *, mean: float, sd: float, reliability: float, cut: float, select: Side
) -> RegressionToTheMean:
    """Regression to the mean after selecting everybody on one side of a cut.

    Scores are taken as normal. With z the distance of the cut from the mean, positive towards
    the side that is kept out of, the selected lie ``sd phi(z) / Phi(-z)`` from the mean, of
    which the share ``1 - reliability`` is lost on a second measurement.

    Parameters
    ----------
    mean, sd : float
        Of the population the persons come from (a published norm).
    reliability : float
        Retest reliability of the scale, above 0 and below 1.
    cut : float
        Score that selects.
    select : {"below", "above"}
        Which side of the cut is selected.

    Returns
    -------
    RegressionToTheMean
        Undefined is NaN, with ``reason``.

    Raises
    ------
    ValueError
        If ``select`` is not allowed.

    References
    ----------
    Barnett, van der Pols & Dobson (2005), Regression to the mean: what it is and how to deal
    with it, https://doi.org/10.1093/ije/dyh299.

    Examples
    --------
    >>> found = regression_to_the_mean(
    ...     mean=114.8, sd=17.8, reliability=0.88, cut=97.5, select="below"
    ... )
    >>> round(found.points, 4), round(found.in_sd, 4)
    (3.2097, 0.1803)
    """
    if select not in get_args(Side):
        raise ValueError(f"select={select!r}: allowed are {', '.join(get_args(Side))}")
    if not np.isfinite([mean, sd, cut]).all():
        return RegressionToTheMean(reason="NORM_MISSING")
    if not sd > 0:
        return RegressionToTheMean(reason="SD0")
    if not 0 < reliability < 1:
        return RegressionToTheMean(reason="REL_RANGE")
    side = -1.0 if select == "below" else 1.0
    z = side * (cut - mean) / sd
    # By logarithms, so that a cut far out, which selects almost nobody, still has a value.
    distance = float(np.exp(-(z**2) / 2 - special.log_ndtr(-z)) / ROOT_TWO_PI)
    selected = mean + side * sd * distance
    in_sd = -side * (1 - reliability) * distance
    return RegressionToTheMean(
        mean_selected=selected,
        expected_retest=selected + in_sd * sd,
        points=in_sd * sd,
        in_sd=in_sd,
    )


def selection_bias(retained: ArrayLike, rho: ArrayLike) -> NDArray[np.float64]:
    """How far the change of those who stayed may lie from that of everybody.

    ``rho phi(Phi^-1(P)) / P`` standard deviations of change, where P is the share retained and
    rho the correlation between the inclination to stay and the change.

    Parameters
    ----------
    retained : array_like
        Share retained, from 0 to 1.
    rho : array_like
        From -1 to 1; broadcasts against ``retained``.

    Returns
    -------
    ndarray
        In standard deviations of change, positive where the completers look too good; 0 where
        everybody stayed, NaN where nobody did.

    Raises
    ------
    ValueError
        If a share or a correlation is out of range.

    References
    ----------
    Heckman (1979), Sample selection bias as a specification error,
    https://doi.org/10.2307/1912352.

    Examples
    --------
    >>> selection_bias(0.5, [0.1, 0.27, 0.45]).round(2).tolist()
    [0.08, 0.22, 0.36]
    """
    share, correlation = np.asarray(retained, dtype=float), np.asarray(rho, dtype=float)
    if ((share < 0) | (share > 1)).any():
        raise ValueError("retained: every share lies between 0 and 1")
    if (np.abs(correlation) > 1).any():
        raise ValueError("rho: every correlation lies between -1 and 1")
    share = np.where(share > 0, share, np.nan)
    density = np.exp(-(special.ndtri(share) ** 2) / 2) / ROOT_TWO_PI
    return np.asarray(correlation * density / share)
