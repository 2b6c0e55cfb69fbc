"""How well the items of a scale hang together in the answers at hand: alpha and omega.

Both take items keyed in one direction. They describe these people's answers: in a group that
differs little, both come out lower than in the sample of a manual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.intervals import check_level
from evaluation.analysis.item_answers import is_sum_of_items, keyed_items
from evaluation.analysis.later import special
from evaluation.analysis.one_factor import omega_of_covariance
from instruments.definition import Instrument, Reliability, Scale
from instruments.plan import NEEDED, REASONS

RELIABILITY_COLUMNS = (
    "scale", "n", "n_excluded", "n_items", "alpha", "alpha_low", "alpha_high", "alpha_reason",
    "omega", "omega_reason", "published", "published_kind", "published_citation",
    "published_evidence",
)  # fmt: skip
NOT_A_SUM = "NOT_A_SUM"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InternalConsistency:
    """One coefficient; NaN with a reason where it has no meaning.

    ``n`` counts complete rows, ``n_excluded`` rows with some but not all answers.
    """

    coefficient: str
    value: float
    low: float
    high: float
    level: float
    n: int
    n_excluded: int
    n_items: int
    reason: str = ""


def cronbach_alpha(items: ArrayLike | pd.DataFrame, *, level: float = 0.95) -> InternalConsistency:
    r"""Cronbach's alpha of keyed items, with Feldt's interval.

    Parameters
    ----------
    items : array_like or DataFrame, shape (n, k)
        Answers of n people to k items keyed in one direction; NaN = missing. Rows that are not
        complete are left out and counted. Rows should be different people, so one wave at a time.
    level : float
        Confidence level of the interval.

    Returns
    -------
    InternalConsistency
        NaN with the reason ``K1`` (fewer than two items), ``N0``, ``N1`` (no, one complete row) or
        ``SD0`` (the sum of the items does not vary). An alpha of exactly 1 has no interval
        (``REL_RANGE``). A negative alpha is kept: it says that items are keyed against each other.

    Raises
    ------
    ValueError
        If ``items`` is not two-dimensional or holds an infinite value, or ``level`` is not
        between 0 and 1.

    Notes
    -----
    .. math:: \alpha = \frac{k}{k-1}\left(1 - \frac{\sum_j s_j^2}{s_{total}^2}\right)

    References
    ----------
    Cronbach (1951), https://doi.org/10.1007/BF02310555

    Examples
    --------
    >>> found = cronbach_alpha([[1, 2, 2], [3, 3, 4], [2, 2, 3], [4, 3, 4], [1, 1, 2]])
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4), found.n
    (0.9516, 0.7555, 0.9946, 5)
    >>> cronbach_alpha([[1, 2], [1, 2]]).reason
    'SD0'
    """
    check_level(level)
    complete, n_excluded = _complete_rows(items)
    n, k = complete.shape
    value = low = high = float("nan")
    reason = _too_few(n, k)
    if not reason:
        value, reason = alpha_of_covariance(np.cov(complete, rowvar=False))
    if not reason:
        low, high = feldt_interval(value, n=n, n_items=k, level=level)
        reason = "REL_RANGE" if np.isnan(low) else ""
    return InternalConsistency("alpha", value, low, high, level, n, n_excluded, k, reason)


def alpha_of_covariance(covariance: ArrayLike) -> tuple[float, str]:
    """Cronbach's alpha from the covariance matrix of at least two items.

    Parameters
    ----------
    covariance : array_like, shape (k, k)

    Returns
    -------
    alpha, reason : float, str
        NaN and ``SD0`` where the sum of the items does not vary.

    Raises
    ------
    ValueError
        If ``covariance`` is not square or has fewer than two rows.

    Examples
    --------
    >>> alpha_of_covariance([[2.0, 1.0], [1.0, 2.0]])
    (0.6666666666666667, '')
    """
    matrix = np.asarray(covariance, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 2:
        raise ValueError(f"covariance: shape {matrix.shape}, but a square of two or more is needed")
    k, own, total = len(matrix), float(np.trace(matrix)), float(matrix.sum())
    # Items that cancel out leave a total of rounding errors only.
    if total <= 1e-12 * max(own, np.finfo(float).tiny):
        return float("nan"), "SD0"
    return k / (k - 1) * (1 - own / total), ""


def feldt_interval(
    alpha: float, *, n: int, n_items: int, level: float = 0.95
) -> tuple[float, float]:
    r"""Interval for Cronbach's alpha by the F distribution.

    Parameters
    ----------
    alpha : float
        The estimate.
    n, n_items : int
        People and items behind it, at least two of each.
    level : float
        Confidence level.

    Returns
    -------
    low, high : float
        NaN where ``alpha`` is 1 or NaN, or there are too few people or items.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    Notes
    -----
    .. math:: 1 - (1 - \alpha) F_{(1 \pm level)/2;\; n-1,\; (n-1)(k-1)}

    Exact for normal answers with equal variances and covariances; approximate otherwise.

    References
    ----------
    Feldt (1965), https://doi.org/10.1007/BF02289499; Feldt, Woodruff & Salih (1987), Applied
    Psychological Measurement 11:93-103.

    Examples
    --------
    >>> low, high = feldt_interval(0.85, n=89, n_items=7)
    >>> round(low, 4), round(high, 4)
    (0.7971, 0.8932)
    """
    check_level(level)
    if n < 2 or n_items < 2 or not alpha < 1 - 1e-12:
        return float("nan"), float("nan")
    df = n - 1, (n - 1) * (n_items - 1)
    upper, lower = special.fdtri(*df, (1 + level) / 2), special.fdtri(*df, (1 - level) / 2)
    return float(1 - (1 - alpha) * upper), float(1 - (1 - alpha) * lower)


def mcdonald_omega(items: ArrayLike | pd.DataFrame) -> InternalConsistency:
    r"""McDonald's omega (total) of keyed items, from a one-factor model.

    Unlike alpha it does not need the items to reflect what they share equally strongly; where
    they do, the two are equal. No interval is given.

    Parameters
    ----------
    items : array_like or DataFrame, shape (n, k)
        As for `cronbach_alpha`.

    Returns
    -------
    InternalConsistency
        ``low`` and ``high`` are NaN. NaN with the reason ``K2`` (fewer than three items fix no
        factor), ``N0``, ``N1``, ``FEW_ROWS`` (not more complete rows than items), or one of those
        of `one_factor.fit_one_factor`.

    Raises
    ------
    ValueError
        If ``items`` is not two-dimensional or holds an infinite value.

    Notes
    -----
    .. math:: \omega = \frac{(\sum_j \lambda_j)^2}{(\sum_j \lambda_j)^2 + \sum_j \psi_j}

    References
    ----------
    McDonald RP (1999), Test theory: a unified treatment, Lawrence Erlbaum.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> trait, error = rng.standard_normal((4000, 1)), rng.standard_normal((4000, 4))
    >>> found = mcdonald_omega(trait + error)   # in the population 16 / (16 + 4)
    >>> round(found.value, 2)
    0.8
    """
    complete, n_excluded = _complete_rows(items)
    n, k = complete.shape
    value, reason = float("nan"), "K2" if k < 3 else _too_few(n, k)
    if not reason and n <= k:
        reason = "FEW_ROWS"
    if not reason:
        value, reason = omega_of_covariance(np.cov(complete, rowvar=False))
    nan = float("nan")
    return InternalConsistency("omega", value, nan, nan, nan, n, n_excluded, k, reason)


def reliability_table(
    instrument: Instrument, answers: pd.DataFrame, *, level: float = 0.95
) -> pd.DataFrame:
    """Alpha and omega of every scale of a questionnaire, beside the published alpha.

    Parameters
    ----------
    instrument : Instrument
    answers : DataFrame
        As for `item_table`; one row for each person, so one wave at a time.
    level : float
        Confidence level of alpha's interval.

    Returns
    -------
    DataFrame
        RELIABILITY_COLUMNS, one row for each scale. Besides the reasons of `cronbach_alpha` and
        `mcdonald_omega`: ``key_needed`` where the key is not public and not supplied,
        ``verification_needed`` where nobody has checked it against the form, ``NOT_A_SUM`` for a
        score that is not a sum of items.

    Raises
    ------
    ValueError
        As for `item_table`, or a ``level`` that is not between 0 and 1.

    Examples
    --------
    >>> from instruments.registry import get
    >>> answers = pd.DataFrame([[0] * 9, [1] * 9, [3] * 8 + [2]], columns=range(1, 10))
    >>> row = reliability_table(get("phq9"), answers).iloc[0]
    >>> float(row["published"]), row["omega_reason"]
    (0.89, 'FEW_ROWS')
    """
    check_level(level)
    rows = [_reliability_row(instrument, scale, answers, level) for scale in instrument.scales]
    return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))


def _reliability_row(
    instrument: Instrument, scale: Scale, answers: pd.DataFrame, level: float
) -> dict[str, object]:
    keyed = keyed_items(instrument, scale.id, answers)
    alpha, omega = cronbach_alpha(keyed, level=level), mcdonald_omega(keyed)
    published = next((r for r in scale.reliability if r.kind.startswith("alpha")), None)
    row: dict[str, object] = {
        "scale": scale.id, "n": alpha.n, "n_excluded": alpha.n_excluded, "n_items": alpha.n_items,
        "alpha": alpha.value, "alpha_low": alpha.low, "alpha_high": alpha.high,
        "alpha_reason": alpha.reason, "omega": omega.value, "omega_reason": omega.reason,
    }  # fmt: skip
    reason = REASONS[NEEDED[scale.needs]] if scale.needs in ("key", "verification") else ""
    if not is_sum_of_items(scale):
        reason = NOT_A_SUM
    if reason:
        row |= dict.fromkeys(("alpha", "alpha_low", "alpha_high", "omega"), float("nan"))
        row |= {"alpha_reason": reason, "omega_reason": reason}
    return row | _published_cells(published)


def _published_cells(published: Reliability | None) -> dict[str, object]:
    if published is None:
        return {
            "published": float("nan"), "published_kind": "", "published_citation": "",
            "published_evidence": "",
        }  # fmt: skip
    return {
        "published": published.value, "published_kind": published.kind,
        "published_citation": published.citation, "published_evidence": published.evidence,
    }  # fmt: skip


def _complete_rows(items: ArrayLike | pd.DataFrame) -> tuple[Floats, int]:
    """Rows without a gap, and how many rows have some answers but not all."""
    values = np.asarray(items, dtype=float)
    if values.ndim != 2:
        raise ValueError(f"items: shape {values.shape}, but rows of people and columns are needed")
    if np.isinf(values).any():
        raise ValueError("items: every answer must be a finite number or missing")
    n_missing = np.isnan(values).sum(axis=1)
    complete = n_missing == 0
    return values[complete], int((~complete & (n_missing < values.shape[1])).sum())


def _too_few(n: int, k: int) -> str:
    if k < 2:
        return "K1"
    return {0: "N0", 1: "N1"}.get(n, "")
