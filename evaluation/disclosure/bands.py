"""Severity bands of single sites, in which five would leave too few people each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def two_bands(counts: pd.DataFrame, clinical: Sequence[str]) -> pd.DataFrame:
    """Severity bands of single sites as two: outside and inside the clinical range.

    With five bands a quarter of a site's cells hold one to seven people, with two about one in
    sixty; so single sites are shown in two bands, five only for all sites together.

    Parameters
    ----------
    counts
        Rows are sites (or sites and waves), columns the bands, values the number of people.
    clinical
        The columns that are in the clinical range.

    Returns
    -------
    DataFrame
        The same rows, columns ``outside`` and ``inside``.

    Examples
    --------
    >>> bands = pd.DataFrame({"none": [9], "mild": [5], "moderate": [4], "severe": [2]})
    >>> two_bands(bands, ["moderate", "severe"]).to_dict("records")
    [{'outside': 14, 'inside': 6}]
    """
    unknown = [name for name in clinical if name not in counts]
    if unknown:
        raise ValueError(f"clinical={unknown}: the bands are {list(counts.columns)}")
    inside = counts[list(clinical)].sum(axis=1)
    return pd.DataFrame({"outside": counts.sum(axis=1) - inside, "inside": inside})
