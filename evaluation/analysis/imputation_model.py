"""One step of the chained equations: a wave drawn, given all that is known or drawn already.

Every array has the imputations as its first axis, so that one step serves them all.
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
        n_couples = int(self.cluster.max()) + 1
        m = len(values)
        place = (self.cluster + n_couples * np.arange(m)[:, None]).ravel()
        totals = np.bincount(place, weights=values.ravel(), minlength=m * n_couples)
        totals = totals.reshape(m, n_couples)[:, self.cluster]
        return (totals - values) / (self.size - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The scores in standard units, with made-up partners below, and what predicts each wave.

    ``own`` and ``partner`` list, for each wave, the waves that predict it; ``known`` how many of
    the covariates do.
    """

    scores: Array
    observed: NDArray[np.bool_]
    couples: Couples
    own: tuple[Codes, ...]
    partner: tuple[Codes, ...]
    known: tuple[Array, ...]
    sites: Array | None

    @classmethod
    def of(cls, scores: Array, couples: Couples, *, known: Array, sites: Codes | None) -> Model:
        n_more = couples.cluster.size - len(scores)
        y = np.vstack([scores, np.full((n_more, scores.shape[1]), np.nan)])
        observed = np.isfinite(y)
        standard = _standardised(known)
        # Nothing is known of a made-up partner: the average, which is 0.
        covariates = np.vstack([standard, np.zeros((n_more, standard.shape[1]))])
        dummies = None
        if sites is not None:
            whole = np.zeros(couples.cluster.max() + 1, dtype=np.intp)
            whole[couples.cluster[: len(scores)]] = sites
            dummies = np.eye(sites.max() + 1)[whole[couples.cluster]]
        chosen = [_predictors(wave, observed, couples, covariates) for wave in range(y.shape[1])]
        own, partner, n_known = zip(*chosen, strict=True)
        kept = tuple(covariates[:, :number] for number in n_known)
        return cls(y, observed, couples, own, partner, kept, dummies)


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
    """Draw the missing scores of one wave anew, in place; partners one after the other."""
    observed = model.observed[:, wave]
    x, ridge = _design(drawn, model, wave)
    coefficients, sigma = _posterior_draw(
        x[:, observed], model.scores[observed, wave], ridge, random
    )
    partner = model.partner[wave]
    same_wave = 1 + model.own[wave].size + np.flatnonzero(partner == wave)
    for slot in range(int(model.couples.slot.max()) + 1):
        rows = np.flatnonzero(~observed & (model.couples.slot == slot))
        if not rows.size:
            continue
        if slot and same_wave.size:
            x[:, :, same_wave[0]] = model.couples.mean_of_others(drawn[:, :, wave])
        mean = (x[:, rows] @ coefficients[:, :, None])[:, :, 0]
        drawn[:, rows, wave] = mean + sigma[:, None] * random.standard_normal(mean.shape)


def _design(drawn: Array, model: Model, wave: int) -> tuple[Array, Array]:
    """Predictors of one wave, shape (m, persons, p), the intercept first; and their penalties."""
    m, n, _ = drawn.shape
    own, partner, known = model.own[wave], model.partner[wave], model.known[wave]
    n_sites = 0 if model.sites is None else model.sites.shape[1]
    first = 1 + own.size + partner.size
    x = np.empty((m, n, first + known.shape[1] + n_sites))
    x[:, :, 0] = 1.0
    x[:, :, 1 : 1 + own.size] = drawn[:, :, own]
    for place, other in enumerate(partner, start=1 + own.size):
        x[:, :, place] = model.couples.mean_of_others(drawn[:, :, other])
    x[:, :, first : first + known.shape[1]] = known
    if model.sites is not None:
        x[:, :, first + known.shape[1] :] = model.sites
    ridge = np.zeros(x.shape[2])
    ridge[first + known.shape[1] :] = SITE_RIDGE
    return x, ridge


def _posterior_draw(
    x: Array, y: Array, ridge: Array, random: np.random.Generator
) -> tuple[Array, Array]:
    """One draw of the coefficients and of the residual SD for each imputation."""
    m, n, p = x.shape
    turned = np.ascontiguousarray(x.transpose(0, 2, 1))
    products = turned @ x
    diagonal = np.arange(p)
    products[:, diagonal, diagonal] *= 1 + RIDGE
    products[:, diagonal, diagonal] += ridge + 1e-12
    inverse = np.linalg.inv(products)
    fitted = (inverse @ (turned @ y)[:, :, None])[:, :, 0]
    residual = y - (x @ fitted[:, :, None])[:, :, 0]
    squares = (residual**2).sum(axis=1) + (ridge * fitted**2).sum(axis=1)
    df = max(n - int((ridge == 0).sum()), 1)
    sigma = np.sqrt(squares / random.chisquare(df, m))
    root = np.linalg.cholesky((inverse + inverse.transpose(0, 2, 1)) / 2)
    noise = random.standard_normal((m, p, 1))
    return fitted + sigma[:, None] * (root @ noise)[:, :, 0], sigma
