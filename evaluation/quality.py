"""How good the answers to one questionnaire are at one point in time, before any result.

Do the answers go together as in print, which questions were left out, and what would filling the
gaps change? Of one site for itself, or of the programme with small numbers hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.analysis.missing_items import missing_item_audit, proration_audit
from evaluation.analysis.pairing import cluster_labels, effective_waves
from evaluation.analysis.practitioners import is_practitioner
from evaluation.analysis.reliability import reliability_table
from evaluation.config import DisclosureRule
from evaluation.disclosure import SUPPRESSED, rounded, rounded_points, small
from evaluation.disclosure.audit import parts_also_hidden
from evaluation.disclosure.rounding import lopsided
from evaluation.model import Dataset
from instruments.definition import Instrument

WAVE_ORDER = ("baseline", "mid", "end", "post", "3m", "4m", "6m")
_RELIABILITY_STATISTICS = ["alpha", "alpha_low", "alpha_high", "omega"]
_SCALE_COUNTS = ["n", "n_complete", "n_published_rule", "n_own_rule", "n_not_scored"]
_STRICT, _PRORATED = ["mean_strict", "sd_strict"], ["mean_prorated", "sd_prorated"]
_DIFFERENCES = ["mean_difference", "sd_difference"]


@dataclass(frozen=True)
class AnswerQuality:
    """The tables of `reliability_table`, `missing_item_audit` and `proration_audit`.

    ``n`` questionnaires with at least one answer, from ``n_couples`` couples or families.
    ``practitioners``: nobody else filled it in. ``hidden``: small numbers are masked.
    """

    instrument: Instrument
    wave: str
    n: int
    n_couples: int
    practitioners: bool
    reliability: pd.DataFrame
    items: pd.DataFrame
    scales: pd.DataFrame
    hidden: bool = False


def occasions(scores: pd.DataFrame) -> dict[str, list[str]]:
    """For each questionnaire with answers the points in time it was filled in, in their order."""
    answered = scores[scores["n_answered"] > 0].drop_duplicates(
        ["site", "participant", "child", "informant", "wave", "session_number", "instrument"]
    )
    if answered.empty:
        return {}
    waves = effective_waves(answered.assign(score=1.0, scale="answers"))
    found = waves.groupby("instrument", sort=False)["wave"].unique()
    return {str(name): sorted(of_one, key=_wave_place) for name, of_one in found.items()}


def _wave_place(wave: str) -> tuple[int, str]:
    known = WAVE_ORDER.index(wave) if wave in WAVE_ORDER else len(WAVE_ORDER)
    return known, wave


def answer_quality(
    dataset: Dataset, instrument: Instrument, *, site: str | None, wave: str, level: float = 0.95
) -> AnswerQuality:
    """The quality of one questionnaire's answers at one wave; ``site=None`` = every site.

    One row for each person (or report about a child); practitioners only where nobody else answers.
    """
    people = _people_at(dataset, instrument, site=site, wave=wave)
    only_practitioners = bool(len(people)) and bool(people["practitioner"].all())
    if not only_practitioners:
        people = people[~people["practitioner"]]
    answers = dataset.answers[instrument.id].loc[people["record"]]
    return AnswerQuality(
        instrument=instrument,
        wave=wave,
        n=int(answers.notna().any(axis=1).sum()),
        n_couples=int(people["cluster"].nunique()),
        practitioners=only_practitioners,
        reliability=reliability_table(instrument, answers, level=level),
        items=missing_item_audit(instrument, answers, level=level),
        scales=proration_audit(instrument, answers),
    )


def _people_at(
    dataset: Dataset, instrument: Instrument, *, site: str | None, wave: str
) -> pd.DataFrame:
    """Record number, cluster and role of everybody at a wave; sessions stand in as for results."""
    answers = dataset.answers[instrument.id]
    records = dataset.records.loc[answers.index[answers.notna().any(axis=1)]]
    if site is not None:
        records = records[records["site"] == site]
    numbered = records.assign(
        instrument=instrument.id, scale="answers", score=records.index.astype(float), couple=""
    )
    if not instrument.about_child:
        numbered = numbered.assign(child="", informant="")
    waves = effective_waves(numbered)
    waves = waves[waves["wave"] == wave].drop(columns="couple")
    known = dataset.participants[["site", "participant", "couple", "role"]]
    people = waves.merge(known, on=["site", "participant"], how="left")
    people["couple"] = people["couple"].fillna("")
    return pd.DataFrame(
        {
            "record": people["score"].astype(int),
            "cluster": cluster_labels(people),
            "practitioner": is_practitioner(people),
        }
    )


def released_quality(quality: AnswerQuality, rule: DisclosureRule) -> AnswerQuality:
    """The same with small counts hidden, others rounded, and statistics of too few left out."""
    thin = quality.n < rule.min_n or quality.n_couples < rule.min_couples
    return replace(
        quality,
        n=_rounded_count(quality.n, rule),
        n_couples=_rounded_count(quality.n_couples, rule),
        reliability=_released_reliability(quality.reliability, rule, thin=thin),
        items=_released_items(quality.items, rule, thin=thin),
        scales=_released_scales(quality.scales, rule, thin=thin),
        hidden=True,
    )


def _rounded_count(n: int, rule: DisclosureRule) -> int:
    """A count to the nearest multiple; 0 stands for none or too few to say."""
    value = rounded(pd.Series([n]), rule).iloc[0]
    return 0 if np.isnan(value) else int(value)


def _released_reliability(table: pd.DataFrame, rule: DisclosureRule, *, thin: bool) -> pd.DataFrame:
    result = table.copy()
    few = (table["n"] < rule.min_n) | thin
    had = table["alpha"].notna() | table["omega"].notna()
    result[["n", "n_excluded"]] = rounded(table[["n", "n_excluded"]], rule)
    result[_RELIABILITY_STATISTICS] = table[_RELIABILITY_STATISTICS].astype(float).round(2)
    result.loc[few, _RELIABILITY_STATISTICS] = np.nan
    result.loc[few & had, ["alpha_reason", "omega_reason"]] = SUPPRESSED
    return result


def _released_items(table: pd.DataFrame, rule: DisclosureRule, *, thin: bool) -> pd.DataFrame:
    """Shares from rounded counts; none where those who skipped, or who did not, are few."""
    result = table.copy()
    counts = rounded(table[["n_asked", "n_missing"]], rule)
    hidden = lopsided(table["n_missing"], table["n_asked"], rule)
    hidden |= (table["n_asked"] < rule.min_n) | thin
    result[["n_asked", "n_missing"]] = counts.mask(hidden)
    share = counts["n_missing"] / counts["n_asked"].where(counts["n_asked"] > 0)
    result["share"] = share.clip(upper=1.0).mask(hidden)
    result[["low", "high"]] = np.nan
    result.loc[hidden & (table["n_missing"] > 0), "reason"] = SUPPRESSED
    # The exact order would tell hidden counts apart.
    result["rank"] = result["share"].rank(method="min", ascending=False).fillna(0).astype(int)
    return result


def _released_scales(table: pd.DataFrame, rule: DisclosureRule, *, thin: bool) -> pd.DataFrame:
    """Means of enough people; those after filling in only if not few were filled in."""
    result = table.copy()
    follows = parts_also_hidden(table, "n", _SCALE_COUNTS[1:], rule)
    result[_SCALE_COUNTS] = rounded(table[_SCALE_COUNTS], rule)
    for name in follows:
        result[name] = result[name].mask(follows[name])
    filled = table["n_published_rule"] + table["n_own_rule"]
    few = (table["n_complete"] < rule.min_n) | thin
    gives_away = few | small(filled, rule)
    had = table["mean_prorated"].notna()
    # With all their decimals averages of whole-number scores tell how many people they are of.
    points = [*_STRICT, *_PRORATED, *_DIFFERENCES]
    result[points] = rounded_points(table[points], table["n_complete"], rule)
    result.loc[few, _STRICT] = np.nan
    result.loc[gives_away, [*_PRORATED, *_DIFFERENCES]] = np.nan
    result.loc[few & had, "reason"] = SUPPRESSED
    return result
