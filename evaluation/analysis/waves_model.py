"""All waves of one scale together: the mean change of everybody with at least one score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.effect import ROUNDING_SHARE
from evaluation.analysis.intervals import check_level, t_interval
from evaluation.analysis.mixed_model import NestedFit, nested_reml
from evaluation.analysis.pairing import cluster_labels
from evaluation.model import CONTRASTS
from instruments.definition import Better

NAN = float("nan")
# Whatever of these a table has tells one respondent from another.
PERSON = ("site", "participant", "child", "informant")
_NEEDED = ("participant", "couple", "wave", "score")


@dataclass(frozen=True, slots=True)
class WaveContrast:
    """Change between two waves by the model, positive where things got better.

    ``n_before`` and ``n_after`` persons have the earlier and the later score, ``n_both`` have
    both; the model uses all of them and everybody else with a score. ``d_pre`` is ``estimate`` in
    standard deviations of all baseline scores; all contrasts use this one SD, so they add up.
    """

    before: str
    after: str
    n_before: int = 0
    n_after: int = 0
    n_both: int = 0
    estimate: float = NAN
    se: float = NAN
    df: float = NAN
    low: float = NAN
    high: float = NAN
    d_pre: float = NAN
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WavesModel:
    """The fitted model ``score ~ wave + (1 | couple/person)``, or with sites around the couples.

    ``n`` persons in ``n_couples`` couples gave ``n_scores`` scores. ``icc_couple`` is the share of
    the variance of a score that partners have in common, ``icc_person`` what two waves of one
    person have in common; sites count towards both. A variance is NaN where its level is one with
    the level below (nobody has a partner, or nobody has two waves). ``singular``: a variance is 0.

    ``reason`` (also in each contrast): a code of :class:`evaluation.analysis.mixed_model.NestedFit`
    or ``NO_DIRECTION``. A contrast alone may have ``WAVE_MISSING``: nobody has a score there.
    """

    contrasts: tuple[WaveContrast, ...]
    n: int
    n_couples: int
    n_scores: int
    sd_pre: float = NAN
    var_site: float = NAN
    var_couple: float = NAN
    var_person: float = NAN
    var_residual: float = NAN
    icc_couple: float = NAN
    icc_person: float = NAN
    log_likelihood: float = NAN
    singular: bool = False
    reason: str = ""


def waves_model(
    scores: pd.DataFrame,
    *,
    better: Better,
    contrasts: Sequence[tuple[str, str]] = CONTRASTS,
    with_sites: bool = False,
    level: float = 0.95,
) -> WavesModel:
    r"""Changes between waves from all scores of one scale, missing at random allowed.

    Parameters
    ----------
    scores : DataFrame
        One row for each score: ``participant``, ``couple`` (blank for a person alone), ``wave``,
        ``score``; optionally ``site``, ``child`` and ``informant``, which then tell respondents
        apart too. Rows without a score, and waves in no contrast, are not used.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    contrasts : sequence of (str, str)
        Earlier and later wave.
    with_sites : bool
        Whether couples of one site may be alike; needs ``site``, and two sites or more to matter.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    WavesModel
        Contrasts in the order asked for. Intervals use t with G - 1 degrees of freedom, G =
        couples, or sites where these are in the model.

    Raises
    ------
    ValueError
        If a column is missing, a score is infinite, a person has two scores at one wave or two
        couples, or ``better`` or ``level`` is not allowed.

    Notes
    -----
    .. math:: y_{cpw} = \mu_w + u_c + v_{cp} + e_{cpw}

    by REML, :math:`\mu_w` being one mean for each wave. Everybody with one score or more counts,
    so an estimate rests on the scores that are there and on how waves of one person go together.

    References
    ----------
    Bates et al. (2015), https://doi.org/10.18637/jss.v067.i01.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "participant": list("aabbccdd"), "couple": list("rrrrsstt"),
    ...     "wave": ["baseline", "end"] * 4, "score": [20, 12, 18, 15, 9, 9, 14, 11]})
    >>> found = waves_model(table, better="lower", contrasts=[("baseline", "end")])
    >>> round(found.contrasts[0].estimate, 6), found.n, found.n_couples
    (3.5, 4, 3)
    """
    if better not in get_args(Better):
        raise ValueError(f"better={better!r}: allowed are {', '.join(get_args(Better))}")
    check_level(level)
    table = _checked(scores, contrasts, with_sites=with_sites)
    counts = [_counted(table, before, after) for before, after in contrasts]
    sd_pre = _sd(table.loc[table["wave"] == "baseline", "score"].to_numpy())
    model = WavesModel(
        contrasts=tuple(counts),
        n=table["person"].nunique(),
        n_couples=table["cluster"].nunique(),
        n_scores=len(table),
        sd_pre=sd_pre,
    )
    reason = _why_not(model, better)
    if reason:
        return _without_numbers(model, reason)
    present = set(table["wave"])
    waves = [wave for wave in dict.fromkeys(chain.from_iterable(contrasts)) if wave in present]
    columns = np.stack([(table["wave"] == wave).to_numpy(dtype=float) for wave in waves], axis=1)
    names = ["cluster", "person"]
    if with_sites and table["site"].nunique() > 1:
        names.insert(0, "site")
    levels = {name: table[name].to_numpy() for name in names}
    fit = nested_reml(table["score"].to_numpy(dtype=float), columns, levels)
    if fit.reason:
        return _without_numbers(model, fit.reason)
    direction = -1.0 if better == "lower" else 1.0
    model = _with_variances(model, fit)
    return replace(
        model,
        contrasts=tuple(
            _estimated(contrast, fit, waves, direction=direction, sd_pre=sd_pre, level=level)
            for contrast in counts
        ),
    )


def _checked(
    scores: pd.DataFrame, contrasts: Sequence[tuple[str, str]], *, with_sites: bool
) -> pd.DataFrame:
    """The scores in use, with whole numbers for person, couple and site."""
    needed = (*_NEEDED, "site") if with_sites else _NEEDED
    if absent := [name for name in needed if name not in scores]:
        raise ValueError(f"scores: the columns {', '.join(absent)} are missing")
    used = scores[
        scores["score"].notna() & scores["wave"].isin(list(chain.from_iterable(contrasts)))
    ]
    if not np.isfinite(used["score"].to_numpy(dtype=float)).all():
        raise ValueError("scores: every score must be a finite number")
    people = used if "site" in used else used.assign(site="")
    people = people[["site", "participant", "couple"]].astype(object)
    table = pd.DataFrame(
        {
            "person": used.groupby(
                [name for name in PERSON if name in used], dropna=False, sort=False
            ).ngroup(),
            "cluster": pd.factorize(cluster_labels(people))[0],
            "site": pd.factorize(people["site"])[0],
            "wave": used["wave"],
            "score": used["score"].astype(float),
        }
    )
    if table.duplicated(["person", "wave"]).any():
        raise ValueError("scores: a person has two scores at one wave")
    if (table.groupby("person")["cluster"].nunique() > 1).any():
        raise ValueError("scores: a person belongs to two couples")
    return table


def _counted(table: pd.DataFrame, before: str, after: str) -> WaveContrast:
    first = set(table.loc[table["wave"] == before, "person"])
    last = set(table.loc[table["wave"] == after, "person"])
    reason = "" if first and last else "WAVE_MISSING"
    return WaveContrast(before, after, len(first), len(last), len(first & last), reason=reason)


def _sd(values: NDArray[np.float64]) -> float:
    """NaN where there is no spread but rounding error."""
    if values.size < 2:
        return NAN
    sd = float(values.std(ddof=1))
    return sd if sd > ROUNDING_SHARE * float(np.abs(values).max()) else NAN


def _why_not(model: WavesModel, better: Better) -> str:
    if model.n == 0:
        return "N0"
    if better == "neither":
        return "NO_DIRECTION"
    return "G1" if model.n_couples == 1 else ""


def _without_numbers(model: WavesModel, reason: str) -> WavesModel:
    contrasts = tuple(
        replace(contrast, reason=contrast.reason or reason) for contrast in model.contrasts
    )
    return replace(model, contrasts=contrasts, reason=reason)


def _with_variances(model: WavesModel, fit: NestedFit) -> WavesModel:
    found = {name: value for name, value in fit.variances.items() if np.isfinite(value)}
    total = sum(found.values()) + fit.var_residual
    shared = found.get("site", 0.0) + found.get("cluster", 0.0)
    return replace(
        model,
        var_site=fit.variances.get("site", NAN),
        var_couple=fit.variances["cluster"],
        var_person=fit.variances["person"],
        var_residual=fit.var_residual,
        icc_couple=shared / total if "cluster" in found else NAN,
        icc_person=(shared + found["person"]) / total if "person" in found else NAN,
        log_likelihood=fit.log_likelihood,
        singular=fit.singular,
    )


def _estimated(
    contrast: WaveContrast,
    fit: NestedFit,
    waves: list[str],
    *,
    direction: float,
    sd_pre: float,
    level: float,
) -> WaveContrast:
    if contrast.reason:
        return contrast
    weights = np.zeros(len(waves))
    weights[waves.index(contrast.after)] += direction
    weights[waves.index(contrast.before)] -= direction
    estimate = float(weights @ fit.estimates)
    se = float(np.sqrt(weights @ fit.covariance @ weights))
    df = next(iter(fit.n_groups.values())) - 1
    low, high = t_interval(estimate=estimate, se=se, df=df, level=level)
    return replace(
        contrast,
        estimate=estimate,
        se=se,
        df=float(df),
        low=float(low),
        high=float(high),
        d_pre=estimate / sd_pre,
    )
