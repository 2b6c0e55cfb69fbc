"""One step of the chained equations: a wave drawn, given all that is known or drawn already.

All imputations are drawn side by side: scores have shape (waves, m, persons), so that one step
serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
PREDICTORS_FOR = 5  # scores for each predictor
LEAST_TOGETHER = 10  # persons who have both, for one wave to predict another
LEAST_COUPLES = 10  # couples of two, for partners to predict each other
LEAST_SHARE_OF_COUPLES = 0.2
RIDGE = 1e-5
# Prior: the levels of sites differ as much as persons of one site do. Weak with many persons.
SITE_RIDGE = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Couples:
    """Who sits with whom: persons, and a partner made up for each of those who are alone.

    ``cluster`` and ``slot`` number the couple and the place in it, for persons and made-up
    partners alike. ``size`` is that of the person's couple.
    """

    cluster: Codes
    slot: Codes
    size: Codes
    n_persons: int
    with_partners: bool

    @classmethod
    def of(cls, codes: Codes, observed: NDArray[np.bool_]) -> Couples:
        n = codes.size
        any_score = observed.any(axis=1)
        answering = np.bincount(codes[any_score], minlength=int(codes.max(initial=-1)) + 1)
        n_pairs = int((answering > 1).sum())
        n_couples = int((answering > 0).sum())
        together = n_pairs >= LEAST_COUPLES and n_pairs >= LEAST_SHARE_OF_COUPLES * n_couples
        if together:
            alone = np.flatnonzero(np.bincount(codes) == 1)
            codes = np.concatenate([codes, alone])
        order = np.argsort(codes, kind="stable")
        begins = np.searchsorted(codes[order], codes[order])
        slot = np.empty(codes.size, dtype=np.intp)
        slot[order] = np.arange(codes.size) - begins
        size = np.bincount(codes, minlength=1)[codes]
        return cls(codes, slot, size, n, together)

    def mean_of_others(self, values: Array) -> Array:
        """For each person the mean of the rest of the couple; ``values`` has shape (m, persons)."""
        order = np.argsort(self.cluster, kind="stable")
        if (self.size == 2).all():
            other = np.empty_like(order)
            other[order] = order.reshape(-1, 2)[:, ::-1].ravel()
            return values[:, other]
        begins = np.flatnonzero(np.diff(self.cluster[order], prepend=-1))
        totals = np.add.reduceat(values[:, order], begins, axis=1)
        return (totals[:, self.cluster] - values) / (self.size - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The scores in standard units, with made-up partners below, and what predicts each wave.

    ``own`` and ``partner`` list, for each wave, the waves that predict it. ``fixed`` has what
    predicts it and is never drawn: the intercept, covariates and sites, shape (persons, f), with
    their penalties in ``ridge``.
    """

    scores: Array
    observed: NDArray[np.bool_]
    couples: Couples
    own: tuple[Codes, ...]
    partner: tuple[Codes, ...]
    fixed: tuple[Array, ...]
    ridge: tuple[Array, ...]

    @classmethod
    def of(cls, scores: Array, couples: Couples, *, known: Array, sites: Codes | None) -> Model:
        n_more = couples.cluster.size - len(scores)
        y = np.vstack([scores, np.full((n_more, scores.shape[1]), np.nan)])
        observed = np.isfinite(y)
        standard = _standardised(known)
        # Nothing is known of a made-up partner: the average, which is 0.
        covariates = np.vstack([standard, np.zeros((n_more, standard.shape[1]))])
        levels = np.zeros((len(y), 0))
        if sites is not None:
            whole = np.zeros(couples.cluster.max() + 1, dtype=np.intp)
            whole[couples.cluster[: len(scores)]] = sites
            levels = np.eye(sites.max() + 1)[whole[couples.cluster]]
        chosen = [_predictors(wave, observed, couples, covariates) for wave in range(y.shape[1])]
        own, partner, n_known = zip(*chosen, strict=True)
        first = np.ones((len(y), 1))
        fixed = tuple(np.hstack([first, covariates[:, :n], levels]) for n in n_known)
        ridge = tuple(
            np.repeat([0.0, SITE_RIDGE, 0.0], [1 + n, levels.shape[1], waves.size + others.size])
            for n, waves, others in zip(n_known, own, partner, strict=True)
        )
        return cls(y, observed, couples, own, partner, fixed, ridge)


def _standardised(known: Array) -> Array:
    """Covariates with mean 0 and SD 1; one that is the same for everybody is left out."""
    if not len(known):
        return known
    spread = known.std(axis=0)
    varies = spread > 1e-12 * np.maximum(np.abs(known).max(axis=0), 1e-300)
    return (known[:, varies] - known[:, varies].mean(axis=0)) / spread[varies]


def _predictors(
    wave: int, observed: NDArray[np.bool_], couples: Couples, covariates: Array
) -> tuple[Codes, Codes, int]:
    """As many predictors as the scores of the wave can carry, the nearest first."""
    here = observed[:, wave]
    most = max(1, int(here.sum()) // PREDICTORS_FOR)
    waves = np.arange(observed.shape[1])
    # The nearest in time first, of two equally near the earlier one.
    order = waves[np.lexsort((waves, np.abs(waves - wave)))]
    together = (observed & here[:, None]).sum(axis=0)
    own = [w for w in order if w != wave and together[w] >= LEAST_TOGETHER][:most]
    partner: list[int] = []
    if couples.with_partners:
        n_couples = int(couples.cluster.max()) + 1
        per_couple = np.stack(
            [np.bincount(couples.cluster, weights=seen, minlength=n_couples) for seen in observed.T]
        )
        others = per_couple[:, couples.cluster] - observed.T > 0
        with_partner = (others & here).sum(axis=1)
        partner = [w for w in order if with_partner[w] >= LEAST_TOGETHER][: most - len(own)]
    n_known = max(0, min(covariates.shape[1], most - len(own) - len(partner)))
    return np.array(own, dtype=np.intp), np.array(partner, dtype=np.intp), n_known


def draw_wave(drawn: Array, model: Model, wave: int, random: np.random.Generator) -> None:
    """Draw the missing scores of one wave anew, in place; partners one after the other.

    ``drawn`` has shape (waves, m, persons). The columns of the regression are those that are the
    same in every imputation, then the person's other waves, then the partner's.
    """
    observed = model.observed[:, wave]
    if observed.all():
        return
    own, partner = drawn[model.own[wave]], model.partner[wave]
    others = [model.couples.mean_of_others(drawn[other]) for other in partner]
    changing = np.stack([*own, *others]) if len(own) or others else drawn[:0]
    coefficients, sigma = _posterior_draw(
        model.fixed[wave][observed],
        np.ascontiguousarray(changing[:, :, observed].transpose(1, 0, 2)),
        model.scores[observed, wave],
        model.ridge[wave],
        random,
    )
    n_fixed = model.fixed[wave].shape[1]
    same_wave = len(own) + np.flatnonzero(partner == wave)
    for slot in range(int(model.couples.slot.max()) + 1):
        rows = np.flatnonzero(~observed & (model.couples.slot == slot))
        if not rows.size:
            continue
        if slot and same_wave.size:
            changing[same_wave[0]] = model.couples.mean_of_others(drawn[wave])
        mean = coefficients[:, :n_fixed] @ model.fixed[wave][rows].T
        for number, values in enumerate(changing):
            mean += coefficients[:, n_fixed + number, None] * values[:, rows]
        drawn[wave][:, rows] = mean + sigma[:, None] * random.standard_normal(mean.shape)


def _posterior_draw(
    fixed: Array, changing: Array, y: Array, ridge: Array, random: np.random.Generator
) -> tuple[Array, Array]:
    """One draw of the coefficients and of the residual SD for each imputation.

    ``fixed`` has shape (n, f), ``changing`` (m, v, n); the coefficients have shape (m, f + v).
    """
    m, v, n = changing.shape
    f = fixed.shape[1]
    mixed = (changing.reshape(m * v, n) @ fixed).reshape(m, v, f)
    products = np.empty((m, f + v, f + v))
    products[:, :f, :f] = fixed.T @ fixed
    products[:, f:, :f] = mixed
    products[:, :f, f:] = mixed.transpose(0, 2, 1)
    products[:, f:, f:] = changing @ changing.transpose(0, 2, 1)
    diagonal = np.arange(f + v)
    products[:, diagonal, diagonal] *= 1 + RIDGE
    products[:, diagonal, diagonal] += ridge + 1e-12
    inverse = np.linalg.inv(products)
    moments = np.hstack([np.broadcast_to(fixed.T @ y, (m, f)), changing @ y])
    fitted = (inverse @ moments[:, :, None])[:, :, 0]
    residual = y - fitted[:, :f] @ fixed.T - (fitted[:, None, f:] @ changing)[:, 0]
    squares = (residual**2).sum(axis=1) + (ridge * fitted**2).sum(axis=1)
    df = max(n - int((ridge == 0).sum()), 1)
    sigma = np.sqrt(squares / random.chisquare(df, m))
    root = np.linalg.cholesky((inverse + inverse.transpose(0, 2, 1)) / 2)
    noise = random.standard_normal((m, f + v, 1))
    return fitted + sigma[:, None] * (root @ noise)[:, :, 0], sigma
