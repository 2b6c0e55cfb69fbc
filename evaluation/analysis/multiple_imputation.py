"""Missing scores drawn several times over, from what a person and their partner did answer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.imputation_model import PREDICTORS_FOR, Couples, Model, draw_wave

Array = NDArray[np.float64]
LEAST_IMPUTATIONS = 50
LEAST_OBSERVED = 5
ITERATIONS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Imputations:
    """Completed scores, shape (m, n, waves); a wave that nobody can impute is left as it was.

    ``imputed`` says which waves are complete. ``reason`` is set where none is: ``N0`` nobody,
    ``FEW_FOR_IMPUTATION`` too few scores at every wave.
    """

    scores: Array
    imputed: NDArray[np.bool_]
    with_partners: bool = False
    reason: str = ""


def number_of_imputations(share_missing: float) -> int:
    """One for each per cent that is missing, at least LEAST_IMPUTATIONS.

    Examples
    --------
    >>> number_of_imputations(0.48), number_of_imputations(0.8)
    (50, 80)
    """
    if not 0 <= share_missing <= 1:
        raise ValueError(f"share_missing={share_missing!r}: a share lies between 0 and 1")
    return max(LEAST_IMPUTATIONS, int(np.ceil(round(100 * share_missing, 6))))


def impute_scores(
    scores: ArrayLike,
    cluster: ArrayLike,
    *,
    m: int,
    seed: int,
    covariates: ArrayLike | None = None,
    sites: ArrayLike | None = None,
    iterations: int = ITERATIONS,
) -> Imputations:
    """Fill in the missing scores of one scale m times, by chained equations.

    Parameters
    ----------
    scores : array_like, shape (n, waves)
        One row for each person, one column for each wave in order of time; NaN = missing.
    cluster : array_like, shape (n,)
        Couple of each person; somebody alone has a label of their own.
    m : int
        How many times.
    seed : int
        The same seed gives the same draws for the same rows in the same order, whatever the labels
        are. `order_by_answers` finds an order that does not depend on that of an upload.
    covariates : array_like, shape (n, q), optional
        Known of everybody: no NaN. The most important first.
    sites : array_like, shape (n,), optional
        Site of each person: each has a level of its own, drawn towards that of all.
    iterations : int
        Rounds over the waves.

    Returns
    -------
    Imputations

    Raises
    ------
    ValueError
        If shapes do not fit, a covariate or cluster is missing, or ``m`` or ``iterations`` is
        below 1.

    Notes
    -----
    Each wave in turn is regressed on the other waves of the person, on all waves of the partner
    (this wave too), on the covariates and the site. Coefficients and variance are drawn from their
    posterior, and the missing scores from the normal distribution they make. Whether a score is
    missing may depend on all of these (missing at random). A drawn score may lie between two
    possible ones or beyond the ends of the scale: that keeps the mean right. To take the score of
    a similar person instead (predictive mean matching) does not, where those who are lost are
    unlike those who stay: with 80 persons it missed a change of 8 points by 0.7.

    Two-level imputation breaks down with clusters of two, so couples are laid side by side. Which
    partner comes first means nothing, so both share one equation. Where most have a partner, a
    person alone gets a partner of whom nothing is known, and who is dropped afterwards. A wave
    has at most one predictor for each PREDICTORS_FOR scores: own waves first (nearest first), then
    the partner's, then covariates; and no wave predicts another if hardly anybody has both.

    References
    ----------
    van Buuren & Groothuis-Oudshoorn (2011), mice: multivariate imputation by chained equations.

    Examples
    --------
    >>> start = np.arange(40.0)
    >>> end = np.where(start < 30, start + 5 + start % 3, np.nan)
    >>> found = impute_scores(np.column_stack([start, end]), np.arange(40), m=20, seed=1)
    >>> found.scores.shape, bool(np.isfinite(found.scores).all())
    ((20, 40, 2), True)
    """
    y, codes, known, site_codes = _checked(scores, cluster, covariates, sites)
    if m < 1 or iterations < 1:
        raise ValueError(f"m={m!r}, iterations={iterations!r}: both must be 1 or more")
    n, _ = y.shape
    observed = np.isfinite(y)
    usable = observed.sum(axis=0) >= LEAST_OBSERVED
    copies = np.repeat(y[None], m, axis=0)
    if not usable.any():
        return Imputations(copies, usable, reason="FEW_FOR_IMPUTATION" if n else "N0")
    centre, spread = _centre_and_spread(y, observed)
    couples = Couples.of(codes, observed[:, usable])
    model = Model.of(
        (y[:, usable] - centre[usable]) / spread[usable], couples, known=known, sites=site_codes
    )
    random = np.random.default_rng(seed)
    drawn = _start(model.scores, m, random)
    for _ in range(iterations):
        for wave in range(int(usable.sum())):
            draw_wave(drawn, model, wave, random)
    found = drawn[:, :, :n].transpose(1, 2, 0)
    copies[:, :, usable] = found * spread[usable] + centre[usable]
    # What was answered is exactly what was answered.
    copies = np.where(observed, y, copies)
    return Imputations(copies, usable, with_partners=couples.with_partners)


def order_by_answers(
    values: ArrayLike, cluster: ArrayLike, sites: ArrayLike | None = None
) -> NDArray[np.intp]:
    """An order of persons that their answers alone decide, neither labels nor the order of rows.

    Parameters
    ----------
    values : array_like, shape (n, q)
        All that is known of each person; NaN = missing.
    cluster : array_like, shape (n,)
        Couple of each person, within one site.
    sites : array_like, shape (n,), optional
        Site of each person.

    Returns
    -------
    ndarray of int, shape (n,)
        Row numbers: the largest site first, couples together, and couples and the persons of one
        by their values. Who shares a place with another has the same values, and so do partners
        and all others of the site: to exchange the two changes nothing.

    Raises
    ------
    ValueError
        If shapes do not fit.

    Examples
    --------
    >>> order_by_answers([[3.0], [1], [2], [1]], ["b", "a", "a", "c"], ["y", "x", "x", "x"])
    array([3, 1, 2, 0])
    """
    table = np.asarray(values, dtype=float)
    couples = np.asarray(cluster)
    places = np.zeros(len(table)) if sites is None else np.asarray(sites)
    if table.ndim != 2 or couples.shape != places.shape or couples.shape != table.shape[:1]:
        raise ValueError(
            f"values has shape {table.shape}, cluster {couples.shape}, sites {places.shape}: "
            "(n, q), (n,) and (n,) are needed"
        )
    # Adding 0 makes one number of 0 and -0.
    known = np.where(np.isnan(table), -np.inf, table) + 0.0
    persons = _ranks([tuple(row) for row in known.tolist()])
    couple_codes, site_codes = _in_order_of_rows(couples), _in_order_of_rows(places)
    by_couple = _ranks(_contents(persons, couple_codes))[couple_codes]
    by_site = _ranks(_contents(by_couple, site_codes, largest_first=True))[site_codes]
    return np.lexsort((persons, couple_codes, by_couple, site_codes, by_site))


def _ranks(keys: Sequence[Hashable]) -> NDArray[np.intp]:
    place = {key: rank for rank, key in enumerate(sorted(set(keys)))}  # type: ignore[type-var]
    return np.array([place[key] for key in keys], dtype=np.intp)


def _contents(
    ranks: NDArray[np.intp], groups: NDArray[np.intp], *, largest_first: bool = False
) -> list[tuple[int, ...]]:
    """The sorted ranks of each group's members, after their number where size counts first."""
    order = np.lexsort((ranks, groups))
    begins = np.flatnonzero(np.diff(groups[order], prepend=-1))[1:]
    members = (
        [tuple(part.tolist()) for part in np.split(ranks[order], begins)] if order.size else []
    )
    return [(-len(part), *part) for part in members] if largest_first else members


def _checked(
    scores: ArrayLike, cluster: ArrayLike, covariates: ArrayLike | None, sites: ArrayLike | None
) -> tuple[Array, NDArray[np.intp], Array, NDArray[np.intp] | None]:
    y = np.asarray(scores, dtype=float)
    if y.ndim != 2:
        raise ValueError(f"scores: two dimensions are needed, not {y.ndim}")
    n = len(y)
    if np.isinf(y).any():
        raise ValueError("scores: no score may be infinite")
    labels = np.asarray(cluster)
    known = np.zeros((n, 0)) if covariates is None else np.asarray(covariates, dtype=float)
    if labels.shape != (n,) or known.ndim != 2 or len(known) != n:
        raise ValueError(f"cluster and covariates: one row for each of the {n} persons is needed")
    if not np.isfinite(known).all():
        raise ValueError("covariates: every value must be a finite number")
    codes = _in_order_of_rows(labels)
    if sites is None:
        return y, codes, known, None
    places = np.asarray(sites)
    if places.shape != (n,):
        raise ValueError(f"sites: one for each of the {n} persons is needed")
    site_codes = _in_order_of_rows(places)
    return y, codes, known, site_codes if site_codes.max(initial=0) > 0 else None


def _in_order_of_rows(labels: NDArray[Any]) -> NDArray[np.intp]:
    """Numbers the labels as they occur, so that how they are spelt does not matter."""
    _, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[codes]


def _centre_and_spread(y: Array, observed: NDArray[np.bool_]) -> tuple[Array, Array]:
    count = np.maximum(observed.sum(axis=0), 1)
    filled = np.where(observed, y, 0.0)
    centre = filled.sum(axis=0) / count
    apart = np.where(observed, y - centre, 0.0)
    spread = np.sqrt((apart**2).sum(axis=0) / np.maximum(count - 1, 1))
    return centre, np.where(spread > 0, spread, 1.0)


def _start(scores: Array, m: int, random: np.random.Generator) -> Array:
    """Every missing score begins as that of somebody drawn at random; shape (waves, m, persons)."""
    drawn = np.repeat(scores.T[:, None], m, axis=1)
    for wave, known in zip(drawn, scores.T, strict=True):
        missing = np.isnan(known)
        wave[:, missing] = random.choice(known[~missing], (m, int(missing.sum())))
    return drawn


__all__ = ["ITERATIONS", "LEAST_IMPUTATIONS", "LEAST_OBSERVED", "PREDICTORS_FOR", "Imputations",
           "impute_scores", "number_of_imputations", "order_by_answers"]  # fmt: skip
