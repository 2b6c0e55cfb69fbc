"""Who has answered at which points in time: the patterns of what is there and what is missing.

A questionnaire that is not due yet is not missing, and neither is one that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

MARKS = ("present", "missing", "not_yet_due", "not_asked")
PRESENT, MISSING, NOT_YET_DUE, NOT_ASKED = range(4)
PATTERN_COLUMNS = ("group", "pattern", *MARKS, "n", "total", "share")
NOTHING = "nothing"
# Of `evaluation.analysis.lost_and_kept.FATES`.
_MARK_OF_FATE = {"kept": MISSING, "lost": MISSING, "waiting": NOT_YET_DUE, "not_asked": NOT_ASKED}


def wave_marks(present: ArrayLike, fates: ArrayLike) -> NDArray[np.int8]:
    """What is to be said of every person and wave.

    Parameters
    ----------
    present : array_like of bool, shape (n, waves)
        Whether there is a score.
    fates : array_like of str, shape (n, waves)
        ``kept``, ``lost``, ``waiting`` or ``not_asked``, of the person at the wave. Whoever is
        kept, because of another questionnaire, but has no score here, lacks it.

    Returns
    -------
    ndarray of int8, shape (n, waves)
        Places in MARKS; a score that is there counts, whatever was due.

    Raises
    ------
    ValueError
        If the shapes differ or a fate is not known.

    Examples
    --------
    >>> wave_marks([[True, False, False]], [["kept", "lost", "waiting"]]).tolist()
    [[0, 1, 2]]
    """
    there, what = np.asarray(present, dtype=bool), np.asarray(fates, dtype=object)
    if there.shape != what.shape or there.ndim != 2:
        raise ValueError(f"present has shape {there.shape}, fates {what.shape}: both n by waves")
    marks = np.full(there.shape, -1, dtype=np.int8)
    for fate, mark in _MARK_OF_FATE.items():
        marks[what == fate] = mark
    if (marks < 0).any():
        unknown = what[marks < 0][0]
        raise ValueError(f"fates: {unknown!r} is none of {', '.join(_MARK_OF_FATE)}")
    marks[there] = PRESENT
    return marks


def count_patterns(
    marks: ArrayLike, waves: Sequence[str], group: ArrayLike | None = None
) -> pd.DataFrame:
    """How many have each pattern, in each group, the most frequent first.

    Parameters
    ----------
    marks : array_like of int, shape (n, waves)
        From `wave_marks`.
    waves : sequence of str
        Names of the columns, in their order in time.
    group : array_like of int, shape (n,), optional
        Numbers of the groups; else all are one.

    Returns
    -------
    DataFrame
        PATTERN_COLUMNS: ``pattern`` as `pattern_name`; a column for each mark with the waves that
        have it, joined by ``+``; ``n`` of ``total`` in the group, and the share. No row for a
        group without anybody.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> count_patterns([[0, 0], [0, 1], [0, 0]], ["baseline", "end"])[["pattern", "n"]].values
    array([['baseline+end', 2],
           ['baseline', 1]], dtype=object)
    """
    table = np.asarray(marks, dtype=np.int64).reshape(-1, len(waves))
    groups = np.zeros(len(table), dtype=np.int64) if group is None else np.asarray(group)
    if groups.shape != (len(table),):
        raise ValueError(f"group has shape {groups.shape}: one number for each of {len(table)}")
    if not len(table):
        return pd.DataFrame(columns=list(PATTERN_COLUMNS))
    digits = len(MARKS) ** np.arange(len(waves))
    coded = pd.DataFrame({"group": groups, "code": table @ digits})
    counted = coded.groupby(["group", "code"]).size().rename("n").reset_index()
    named = {code: _parts(code // digits % len(MARKS), waves) for code in counted["code"].unique()}
    parts = pd.DataFrame([named[code] for code in counted["code"]])
    result = pd.concat([counted, parts], axis=1)
    result["total"] = result.groupby("group")["n"].transform("sum")
    result["share"] = result["n"] / result["total"]
    order = np.lexsort([result["code"], -result["n"], result["group"]])
    return result.iloc[order][list(PATTERN_COLUMNS)].reset_index(drop=True)


def pattern_name(marks: ArrayLike, waves: Sequence[str]) -> str:
    """A pattern in words: what is there, then what cannot be judged.

    Examples
    --------
    >>> pattern_name([0, 1, 2], ["baseline", "end", "3m"])
    'baseline (3m not yet due)'
    """
    return _parts(np.asarray(marks), waves)["pattern"]


def _parts(marks: NDArray[np.int64], waves: Sequence[str]) -> dict[str, str]:
    """The waves of each mark, and the name that tells the pattern from all others."""
    found = {
        name: "+".join(wave for wave, mark in zip(waves, marks, strict=True) if mark == place)
        for place, name in enumerate(MARKS)
    }
    doubts = [
        f"{found[name]} {name.replace('_', ' ')}"
        for name in ("not_yet_due", "not_asked")
        if found[name]
    ]
    ending = f" ({', '.join(doubts)})" if doubts else ""
    return {"pattern": (found["present"] or NOTHING) + ending} | found
