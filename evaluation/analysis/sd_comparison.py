"""Individual change with the sample's SD against the manual's: how much hangs on the spread."""

from __future__ import annotations

from dataclasses import replace

from numpy.typing import ArrayLike

from evaluation.analysis.change import jacobson_truax
from evaluation.analysis.change_classes import Row
from evaluation.model import ChangeRule
from instruments.definition import Scale


def compare_sds(
    before: ArrayLike,
    after: ArrayLike,
    *,
    scale: Scale,
    rule: ChangeRule | None = None,
    level: float = 0.95,
) -> tuple[Row, ...]:
    """The rule in use with the sample's SD and with the manual's, side by side.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same people; only people with both scores count.
    scale, rule, level
        As in :func:`evaluation.analysis.change.jacobson_truax`.

    Returns
    -------
    tuple of dict
        One row ``own`` and one row ``manual``, and one ``rule file`` if the rule names a number,
        in the column ``sd_kind``; ``in_use`` = yes marks the one that the results are made with.
        The other columns are those of the results for the cut-off in use. Where the manual has
        no SD its row has the reason ``NORM_MISSING``. A scale without direction has one row.

    Raises
    ------
    ValueError
        If shapes differ, or a printed cut-off puts the better end in the clinical range.

    Notes
    -----
    The points needed are proportional to the SD, so a sample that varies more than the manual's
    group needs a larger change. The cut-off stays that of the rule. ``manual`` means the norm's SD
    where the rule file gives a norm.

    Examples
    --------
    >>> from instruments.definition import Sourced
    >>> scale = Scale("total", "Total", (1,), "sum", (0, 27), "lower", "confirmed", "",
    ...               manual_sd=Sourced(5.0, "", "confirmed"))
    >>> rows = compare_sds([20, 0, 10], [8, 0, 10], scale=scale,
    ...                    rule=ChangeRule(reliability=0.8))
    >>> [(row["sd_kind"], row["sd_used"], row["improved"], row["in_use"]) for row in rows]
    [('own', 10.0, 0, 'no'), ('manual', 5.0, 1, 'yes')]
    """
    rule = rule or ChangeRule()
    rules = {"own": replace(rule, sd="own"), "manual": replace(rule, sd="manual")}
    in_use = "own" if scale.manual_sd is None else "manual"
    if isinstance(rule.sd, str):
        in_use = rule.sd
    elif rule.sd is not None:
        in_use = "rule file"
        rules[in_use] = rule
    rows = []
    for label, asked in rules.items():
        found = jacobson_truax(before, after, scale=scale, rule=asked, level=level)
        row = next(row for row in found.rows if row["in_use"] == "yes")
        rows.append({"sd_kind": label} | row | {"in_use": "yes" if label == in_use else "no"})
    return tuple(rows[:1]) if scale.better == "neither" else tuple(rows)
