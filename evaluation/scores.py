"""Every questionnaire of a dataset to one table of scores.

Where the answers are held they are scored; a score that came without answers is taken as it is
(status ``supplied``). The SDQ added value, which needs two questionnaires, comes last.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.added_value import added_value_scores
from evaluation.config import ScoringRule, SettingsError
from evaluation.model import SCORE_COLUMNS, Dataset
from instruments.configure import configure
from instruments.definition import Instrument
from instruments.registry import all_instruments
from instruments.scoring import band_of, score

# Answers that came to nothing for want of a key, a table or a check leave room for a given score.
_GIVEN_SCORE_COUNTS = (
    "key_needed", "table_needed", "verification_needed", "supplied_only", "component_not_scored",
    "no_answers",
)  # fmt: skip


def effective_instruments(
    rule: ScoringRule, extra: Sequence[Instrument] = ()
) -> dict[str, Instrument]:
    """The questionnaires with the keys and tables that the rule file supplies."""
    instruments = {instrument.id: instrument for instrument in (*all_instruments(), *extra)}
    named = {*rule.keys, *rule.keyed, *rule.tables, *rule.verified, *rule.recode}
    unknown = sorted(named - set(instruments))
    if unknown:
        raise SettingsError(f"In 'scoring', '{unknown[0]}' is not a questionnaire known here.")
    try:
        for name, decided in rule.recode.items():
            for number in {number for recoding in decided for number in recoding.items}:
                instruments[name].item(number)
        return {
            name: configure(
                instrument,
                reversed_items=rule.keys.get(name),
                keyed=name in rule.keyed,
                table=rule.tables.get(name),
                verified=name in rule.verified,
            )
            for name, instrument in instruments.items()
        }
    except ValueError as error:
        raise SettingsError(f"The rule file's 'scoring' cannot be used: {error}.") from error


def score_dataset(
    dataset: Dataset, instruments: dict[str, Instrument], *, prorate: bool = False
) -> pd.DataFrame:
    """One row for each questionnaire filled in and each of its scales (SCORE_COLUMNS).

    Then one for each SDQ added value there is, at the later of its two waves.
    """
    parts = []
    for instrument in instruments.values():
        if instrument.id in dataset.answers:
            scored = score(instrument, dataset.answers[instrument.id], prorate=prorate)
            parts.append(scored.assign(instrument=instrument.id))
        if instrument.id in dataset.supplied:
            parts.append(_supplied(instrument, dataset.supplied[instrument.id]))
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(SCORE_COLUMNS))
    scores = pd.concat([_plain(part) for part in parts], ignore_index=True)
    scores = _with_people(_one_score_each(scores), dataset)
    added = added_value_scores(scores, dataset.participants)
    return scores if added.empty else pd.concat([scores, added], ignore_index=True)


def _plain(part: pd.DataFrame) -> pd.DataFrame:
    texts = ("scale", "status", "reason", "band", "instrument")
    return part.assign(**{name: part[name].astype(object) for name in texts})


def _supplied(instrument: Instrument, table: pd.DataFrame) -> pd.DataFrame:
    """Given scores, one row each; blank ones leave no row."""
    parts = []
    for scale_id in table.columns:
        given = table[scale_id].dropna()
        scale = instrument.scale(scale_id)
        parts.append(
            pd.DataFrame(
                {
                    "row": given.index,
                    "scale": scale_id,
                    "score": given.to_numpy(),
                    "n_answered": 0,
                    "n_items": len(instrument.item_numbers(scale.id)),
                    "status": "supplied",
                    "reason": "",
                    "band": band_of(scale, given.to_numpy()).astype(object),
                    "instrument": instrument.id,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _one_score_each(scores: pd.DataFrame) -> pd.DataFrame:
    """Answers beat a given score, unless the scale has no public key and so cannot use them."""
    keyless = scores["reason"].isin(_GIVEN_SCORE_COUNTS)
    rank = np.where(
        scores["status"] == "supplied",
        1,
        np.where((scores["status"] == "not_scored") & keyless, 2, 0),
    )
    ordered = scores.assign(rank=rank).sort_values(
        ["row", "instrument", "scale", "rank"], kind="stable"
    )
    best = ordered.drop_duplicates(["row", "instrument", "scale"])
    return best.drop(columns="rank").sort_index().reset_index(drop=True)


def _with_people(scores: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """Add who and when to each score."""
    records = dataset.records.loc[scores["row"].to_numpy()].reset_index(drop=True)
    table = pd.concat([records, scores.drop(columns="row")], axis=1)
    couples = dataset.participants[["site", "participant", "couple"]]
    table = table.merge(couples, on=["site", "participant"], how="left")
    table["couple"] = table["couple"].fillna("")
    return table[list(SCORE_COLUMNS)]


def differing_totals(
    dataset: Dataset, instruments: dict[str, Instrument]
) -> list[tuple[int, str, str, float, float]]:
    """Given scores that differ from their answers: record, instrument, scale, given, computed."""
    found = []
    for instrument_id in dataset.supplied.keys() & dataset.answers.keys():
        instrument, given = instruments[instrument_id], dataset.supplied[instrument_id]
        scored = score(instrument, dataset.answers[instrument_id])
        wide = scored.assign(scale=scored["scale"].astype(object)).pivot(
            index="row", columns="scale", values="score"
        )
        for scale_id in given.columns.intersection(wide.columns):
            both = pd.concat([given[scale_id], wide[scale_id]], axis=1, join="inner").dropna()
            both.columns = ["given", "computed"]
            off = both[(both["given"] - both["computed"]).abs() > 0.05]
            found += [
                (int(row), instrument_id, str(scale_id), float(g), float(c))
                for row, g, c in zip(off.index, off["given"], off["computed"], strict=True)
            ]
    return found
