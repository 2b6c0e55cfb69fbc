"""waves.csv: change between waves from everybody with at least one score (likelihood)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pandas as pd

from evaluation.analysis.pairing import UNIT, contrasts_in
from evaluation.analysis.practitioners import without_practitioners
from evaluation.analysis.waves_model import WavesModel, waves_model
from evaluation.model import ALL_SITES, WAVE_COLUMNS
from evaluation.tables.groups import ordered
from instruments.definition import Instrument


def waves_table(
    waves: pd.DataFrame,
    pairs: Mapping[str, pd.DataFrame],
    participants: pd.DataFrame,
    instruments: Mapping[str, Instrument],
    *,
    sites: Collection[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """One model for each scale and site, and for all: score ~ wave + (1 | couple/person).

    Practitioners are left out, and so is a later score dated before the earlier one: no pair uses
    it either. ``sites`` restricts the rows; without it there is a row for all together.
    """
    if waves.empty:
        return ordered([], WAVE_COLUMNS)
    contrasts = contrasts_in(waves["wave"])
    table = scores_in_order(without_practitioners(waves, participants), pairs)
    rows: list[dict[str, object]] = []
    for (instrument, scale_id), scores in table.groupby(["instrument", "scale"], sort=False):
        scale = instruments[str(instrument)].scale(str(scale_id))
        for site, chosen in _by_site(scores, sites):
            found = waves_model(chosen, better=scale.better, contrasts=contrasts, level=level)
            place = {"site": site, "instrument": instrument, "scale": scale_id}
            rows += [place | row for row in _rows(found)]
    return ordered(rows, WAVE_COLUMNS)


def scores_in_order(waves: pd.DataFrame, pairs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Scores without those dated before an earlier wave of the same person."""
    late = np.zeros(len(waves), dtype=bool)
    units = pd.MultiIndex.from_frame(waves[UNIT])
    for contrast, table in pairs.items():
        disordered = table[table["excluded"] == "dates_out_of_order"]
        if len(disordered):
            known = units.isin(pd.MultiIndex.from_frame(disordered[UNIT]))
            late |= known & (waves["wave"] == contrast.split("_", 1)[1]).to_numpy(bool)
    return waves[~late]


def _by_site(
    scores: pd.DataFrame, sites: Collection[str] | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    if sites is None:
        yield ALL_SITES, scores
    for site, chosen in scores.groupby("site", sort=False):
        if sites is None or site in sites:
            yield str(site), chosen


def _rows(found: WavesModel) -> list[dict[str, object]]:
    """One row for each contrast whose earlier wave somebody has."""
    common = {
        name: getattr(found, name)
        for name in (
            "n", "n_couples", "n_scores", "sd_pre", "var_couple", "var_person", "var_residual",
            "icc_couple", "icc_person", "log_likelihood",
        )
    }  # fmt: skip
    singular = "" if found.reason else "yes" if found.singular else "no"
    return [
        common
        | {
            "contrast": f"{contrast.before}_{contrast.after}",
            "singular": singular,
            **{
                name: getattr(contrast, name)
                for name in (
                    "n_before", "n_after", "n_both", "estimate", "se", "df", "low", "high",
                    "d_pre", "reason",
                )
            },
        }
        for contrast in found.contrasts
        if contrast.n_before
    ]  # fmt: skip
