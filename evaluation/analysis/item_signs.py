"""Which items of a scale point the other way, read from the answers alone.

The correlation of an item with the sum of the others fails when half of the items are turned
round: the sum then cancels out. The first principal component does not care which way an item
points, so its signs sort the items into two groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# With fewer complete rows a correlation of .5 cannot be told from chance at three standard errors.
MIN_COMPLETE_ROWS = 30
# Two items always form two groups or one; from three on there is a majority.
MIN_ITEMS = 3
# Unrelated items give a largest eigenvalue of about (1 + sqrt(k/n))^2, the edge of the
# Marchenko-Pastur law. It scatters by less than a tenth, so a component must rise above the edge
# by that much to count as something that the items share.
ABOVE_NOISE = 1.1
# The usual limit of a salient loading: a tenth of the item's variance.
MIN_LOADING = 0.30
# One item must point the other way by this many standard errors (of Fisher's z) in its correlation
# with the other items, all turned as the component says: the component picks its signs to fit, and
# there are many items, many scales and many sites.
MIN_STANDARD_ERRORS = 3.0
# Once one item does, the file is known to be keyed wrongly, and the usual two standard errors
# decide which other items go with it.
MIN_STANDARD_ERRORS_BESIDE = 2.0


@dataclass(frozen=True, slots=True)
class ItemSigns:
    """Two groups of items that point in opposite directions, and how sure that is.

    ``opposite`` is the weaker group, empty if there is none; items in ``unclear`` are in neither.
    Loadings are positive for the side of ``main``, for unclear items too. ``opposite_weight`` is
    the share, at most .5, of all loadings (without signs) that lie on the side of ``opposite``;
    ``component_share`` the part of the items' variance that the component takes.
    """

    main: tuple[int, ...]
    opposite: tuple[int, ...]
    unclear: tuple[int, ...]
    loadings: dict[int, float]
    opposite_weight: float
    component_share: float
    n: int


def item_signs(items: pd.DataFrame) -> ItemSigns | None:
    r"""Sort the items of a scale by the sign of their loading on the first principal component.

    Parameters
    ----------
    items : DataFrame, shape (n, k)
        Answers, columns item numbers, NaN = missing. Only rows that are complete in the items with
        at least `MIN_COMPLETE_ROWS` answers are used, and only items that vary in them.

    Returns
    -------
    ItemSigns or None
        ``None`` where nothing can be said: fewer than `MIN_COMPLETE_ROWS` rows or `MIN_ITEMS`
        items, or a first component that could be chance.

    Notes
    -----
    Loadings are :math:`v_j \sqrt{\lambda_1}` of the correlation matrix, :math:`\lambda_1` its
    largest eigenvalue and :math:`v` the eigenvector.

    References
    ----------
    Edge of the eigenvalues of unrelated items: Marchenko & Pastur (1967),
    https://doi.org/10.1070/SM1967v001n04ABEH001994

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = rng.standard_normal((200, 1)) + rng.standard_normal((200, 5))
    >>> signs = item_signs(pd.DataFrame(answers * [1, 1, -1, 1, 1], columns=[1, 2, 3, 4, 5]))
    >>> signs.main, signs.opposite
    ((1, 2, 4, 5), (3,))
    """
    asked = items.loc[:, items.notna().sum() >= MIN_COMPLETE_ROWS]
    rows = asked[asked.notna().all(axis=1)]
    varying = rows.loc[:, rows.min() < rows.max()] if len(rows) else rows.iloc[:, :0]
    n, k = varying.shape
    if n < MIN_COMPLETE_ROWS or k < MIN_ITEMS:
        return None
    values = varying.to_numpy(dtype=float)
    standard = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    eigenvalues, eigenvectors = np.linalg.eigh(standard.T @ standard / (n - 1))
    largest = float(eigenvalues[-1])
    if largest < ABOVE_NOISE * (1 + np.sqrt(k / n)) ** 2:
        return None
    loadings = eigenvectors[:, -1] * np.sqrt(largest)
    # The sign of an eigenvector is arbitrary: the stronger side counts as positive.
    loadings = -loadings if loadings.sum() < 0 else loadings
    sure, likely = _sides(standard, loadings)
    turned = likely & (loadings < 0) & sure[loadings < 0].any()
    numbers = [int(number) for number in varying.columns]

    def those(mask: NDArray[np.bool_]) -> tuple[int, ...]:
        return tuple(number for number, chosen in zip(numbers, mask, strict=True) if chosen)

    return ItemSigns(
        main=those(likely & (loadings > 0)),
        opposite=those(turned),
        unclear=those(~turned & ~(likely & (loadings > 0))),
        loadings={number: float(x) for number, x in zip(numbers, loadings, strict=True)},
        opposite_weight=float(np.abs(loadings[loadings < 0]).sum() / np.abs(loadings).sum()),
        component_share=largest / k,
        n=n,
    )


def _sides(
    standard: NDArray[np.float64], loadings: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Items whose side is sure, and those whose side is likely: both have a salient loading."""
    salient = np.abs(loadings) >= MIN_LOADING
    aligned = standard * np.sign(loadings)
    total = aligned[:, salient].sum(axis=1, keepdims=True)
    others = total - np.where(salient, aligned, 0.0)
    spread = others.std(axis=0, ddof=1)
    covariance = (aligned * (others - others.mean(axis=0))).sum(axis=0) / (len(aligned) - 1)
    correlation = np.divide(covariance, spread, out=np.zeros_like(spread), where=spread > 1e-12)
    bound = np.clip(correlation, -1 + 1e-12, 1 - 1e-12)
    distance = np.arctanh(bound) * np.sqrt(len(aligned) - 3)
    return (
        salient & (distance >= MIN_STANDARD_ERRORS),
        salient & (distance >= MIN_STANDARD_ERRORS_BESIDE),
    )
