"""Who was measured before and after: done once, so that every number shares its people.

A unit is one person, or for questionnaires about a child one child seen by one informant. Units of
one couple (or family) form a cluster.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.analysis.practitioners import is_practitioner
from evaluation.model import CONTRASTS, months_of

UNIT = ["site", "participant", "child", "informant", "instrument", "scale"]
_NUMBER = "unit_number"


def effective_waves(scores: pd.DataFrame) -> pd.DataFrame:
    """One score for each unit and wave, with sessions standing in where a wave is missing.

    A unit without ``baseline`` takes its session 1 as baseline; a unit without ``end`` takes its
    last session, if that is another one than its baseline. Both are marked in ``assumed``. This is
    decided for each questionnaire, since a questionnaire may be given at sessions only.

    Parameters
    ----------
    scores : DataFrame
        SCORE_COLUMNS; rows without a score are left out.

    Returns
    -------
    DataFrame
        Columns site, participant, couple, child, informant, instrument, scale, wave, score,
        completed_on, assumed.
    """
    scored = scores[scores["score"].notna()]
    keep = [*UNIT, "couple", "wave", "score", "completed_on"]
    named = scored[scored["wave"] != "session"][keep].assign(assumed=False)
    sessions = scored[scored["wave"] == "session"].sort_values("session_number", kind="stable")
    if sessions.empty:
        return named.reset_index(drop=True)
    groups = sessions.groupby(UNIT, sort=False)
    first = sessions[(sessions["session_number"] == 1)].drop_duplicates(UNIT)
    last = groups.tail(1)
    first = _without(first, named[named["wave"] == "baseline"])
    starts = first.assign(wave="baseline")
    own_start = last.index.isin(first.index)
    ends = _without(last[~own_start], named[named["wave"] == "end"]).assign(wave="end")
    stand_ins = pd.concat([starts, ends])[keep].assign(assumed=True)
    return pd.concat([named, stand_ins], ignore_index=True)


def _without(rows: pd.DataFrame, present: pd.DataFrame) -> pd.DataFrame:
    """Rows whose unit is not among those present."""
    units = pd.MultiIndex.from_frame(rows[UNIT])
    return rows[~units.isin(pd.MultiIndex.from_frame(present[UNIT]))]


def contrasts_in(waves: pd.Series) -> list[tuple[str, str]]:
    """The five standard contrasts, baseline against every other wave, and what training kept.

    ``post`` stands straight after a training; every later wave that occurs is compared with it.
    """
    present = sorted(
        set(waves.unique()) - {"session"},
        key=lambda wave: (months_of(wave) is not None, months_of(wave) or 0, wave),
    )
    others = [wave for wave in present if wave not in ("baseline", "end", "3m", "6m")]
    later = [wave for wave in present if months_of(wave) is not None and "post" in present]
    return [
        *CONTRASTS,
        *(("baseline", wave) for wave in others),
        *(("post", wave) for wave in later),
    ]


def number_units(waves: pd.DataFrame) -> pd.DataFrame:
    """The same scores with a number for each unit, which makes every pairing quicker."""
    return waves.assign(**{_NUMBER: waves.groupby(UNIT, sort=False, dropna=False).ngroup()})


def pair(waves: pd.DataFrame, roles: pd.DataFrame, *, before: str, after: str) -> pd.DataFrame:
    """Everybody with the earlier score, with the later one or the reason why it does not count.

    Parameters
    ----------
    waves : DataFrame
        From `effective_waves`, or from `number_units` where several contrasts are made of it.
    roles : DataFrame
        site, participant, role: practitioners are marked, never mixed with parents.
    before, after : str
        The two waves.

    Returns
    -------
    DataFrame
        One row for each unit with the earlier score: UNIT columns, couple, ``cluster`` (couple
        within site, or the person), ``before``, ``after`` (NaN where not used), ``excluded``
        (``""``, ``no_later_score`` or ``dates_out_of_order``), ``assumed``, ``practitioner``.
    """
    keys = [_NUMBER] if _NUMBER in waves else UNIT
    start = waves[waves["wave"] == before].drop(columns="wave")
    end = waves.loc[waves["wave"] == after, [*keys, "score", "completed_on", "assumed"]]
    pairs = start.merge(end, on=keys, how="left", suffixes=("", "_after"))
    pairs = pairs.rename(columns={"score": "before", "score_after": "after"})
    disordered = pairs["completed_on_after"] < pairs["completed_on"]
    missing = pairs["after"].isna()
    pairs["excluded"] = np.select(
        [missing, disordered], ["no_later_score", "dates_out_of_order"], default=""
    )
    pairs.loc[disordered, "after"] = np.nan
    pairs["assumed"] = pairs["assumed"] | pairs["assumed_after"].eq(True)
    pairs["cluster"] = cluster_labels(pairs)
    role = pairs[["site", "participant"]].merge(roles, on=["site", "participant"], how="left")
    pairs["practitioner"] = is_practitioner(role).to_numpy()
    spent = [_NUMBER, "completed_on", "completed_on_after", "assumed_after"]
    return pairs.drop(columns=spent, errors="ignore")


def cluster_labels(people: pd.DataFrame) -> pd.Series:
    """A label that partners share: site and couple, or site and person for somebody alone."""
    alone = people["couple"].eq("") | people["couple"].isna()
    member = np.where(alone, "p\x1f" + people["participant"], "c\x1f" + people["couple"])
    return people["site"] + "\x1f" + pd.Series(member, index=people.index, dtype=object)
