"""The pictures of a site's page: made once for each snapshot, site, measure and pair of times.

Keys are small values only, and nobody is given a key to a site that they may not see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from evaluation.analysis.change_classes import sides_of_cutoff
from evaluation.analysis.change_inputs import AnyCutoff
from evaluation.model import ChangeRule
from evaluation.programme import Results
from evaluation.provenance import rows_behind
from evaluation.report import charts, wording
from evaluation.report.measures import (
    parents_effects,
    rows_of,
    split,
    steps_in_use,
    unit_of,
)
from evaluation.report.sensitivity_wording import METHOD_NAMES
from evaluation.tables.change import cutoff_in_use, points_in_use
from evaluation.tables.site_pictures import (
    FEW_FOR_INTERVAL,
    BandMoves,
    Partners,
    band_moves,
    boundary_of,
    chosen_bands,
    partners,
    score_bins,
    score_points,
    wave_means,
    whole_points,
)
from instruments.definition import Instrument, Scale
from pages.shell.loaders import ResultsKey, load_sensitivity, results_key, results_of

FEW = ("counts", "mean_only")
# This name is too long for a label.
_METHOD_LABELS = METHOD_NAMES | {"ipw": "Those who came back, for others like them"}


class Place(NamedTuple):
    """What a picture is about."""

    site: str
    measure: str
    contrast: str

    @property
    def times(self) -> tuple[str, str]:
        """The two waves."""
        before, after = self.contrast.split("_", 1)
        return before, after


@dataclass(frozen=True, slots=True)
class Material:
    """What the pictures of one place are drawn from; nobody in it has a code.

    ``points`` is ``None`` for fewer than five people, ``moves`` without published bands,
    ``pairs`` for reports about children. ``waves`` are the times with an average. ``in_range``: how
    many were in the range of concern at each of the two times; ``None`` where there is none.
    """

    n: int
    bins: pd.DataFrame
    means: tuple[float, float]
    boundary: float | None
    rc_points: float
    points: pd.DataFrame | None
    moves: BandMoves | None
    pairs: Partners | None
    waves: pd.DataFrame
    in_range: tuple[int, int] | None


def load_material(place: Place) -> Material:
    """What there is to draw of a place."""
    return _material(results_key(place.site), place)


def load_picture(kind: str, place: Place) -> charts.Chart:
    """One picture of a place; ``kind`` is a key of PICTURES."""
    return _picture(results_key(place.site), kind, place)


def load_measures_picture(place: Place, left_out: tuple[str, ...]) -> charts.Chart | None:
    """All measures of a site at one pair of times, without those that somebody must look at."""
    return _measures_picture(results_key(place.site), place.site, place.contrast, left_out)


def load_follow_up_picture(site: str) -> charts.Chart | None:
    """How many were heard from at each step."""
    return _follow_up_picture(results_key(site), site)


def load_sensitivity_picture(place: Place) -> charts.Chart:
    """One average, worked out in every way there is to allow for those lost."""
    return _sensitivity_picture(results_key(place.site), place)


@st.cache_data(max_entries=512, show_spinner=False)
def _material(key: ResultsKey, place: Place) -> Material:
    results = results_of(key)
    instrument, scale = split(place.measure, results.instruments)
    rows = rows_behind(results, **place._asdict())
    rows = rows[rows["used"] == "yes"]
    before, after = rows["before"].to_numpy(float), rows["after"].to_numpy(float)
    detail = results.change_details.get((place.site, instrument.id, scale.id, place.contrast))
    rule = results.settings.measures.get(place.measure, ChangeRule())
    cutoff = cutoff_in_use(detail, scale, rule)
    bands = chosen_bands(scale)
    waves = wave_means(results, site=place.site, instrument=instrument.id, scale=scale.id)
    level = results.settings.level
    return Material(
        n=len(rows),
        bins=score_bins(before, after),
        means=(before.mean(), after.mean()) if len(rows) else (float("nan"), float("nan")),
        boundary=boundary_of(cutoff, whole=whole_points(before, after)),
        rc_points=points_in_use(detail),
        points=score_points(rows) if len(rows) >= FEW_FOR_INTERVAL else None,
        moves=band_moves(before, after, bands=bands, better=scale.better) if bands else None,
        pairs=None if instrument.about_child else partners(rows, results.participants, level=level),
        waves=waves[waves["mean"].notna()].reset_index(drop=True),
        in_range=_in_range(before, after, scale, cutoff),
    )


def _in_range(
    before: NDArray[np.float64], after: NDArray[np.float64], scale: Scale, cutoff: AnyCutoff
) -> tuple[int, int] | None:
    if cutoff is None or scale.better == "neither":
        return None
    sides = (sides_of_cutoff(x, better=scale.better, cutoff=cutoff)[0] for x in (before, after))
    first, second = (int(clinical.sum()) for clinical in sides)
    return first, second


@dataclass(frozen=True, slots=True)
class _Sitting:
    """Everything that a picture may be made of."""

    results: Results
    place: Place
    material: Material
    instrument: Instrument
    scale: Scale

    @property
    def unit(self) -> tuple[str, str]:
        return unit_of(self.instrument)

    @property
    def effects(self) -> pd.DataFrame:
        return rows_of(parents_effects(self.results, self.place.site), self.place.measure)


@st.cache_data(max_entries=1024, show_spinner=False)
def _picture(key: ResultsKey, kind: str, place: Place) -> charts.Chart:
    results = results_of(key)
    instrument, scale = split(place.measure, results.instruments)
    sitting = _Sitting(results, place, _material(key, place), instrument, scale)
    return PICTURES[kind](sitting)


@st.cache_data(max_entries=256, show_spinner=False)
def _measures_picture(
    key: ResultsKey, site: str, contrast: str, left_out: tuple[str, ...]
) -> charts.Chart | None:
    results = results_of(key)
    effects = parents_effects(results, site)
    effects = effects[(effects["contrast"] == contrast) & (effects["n"] > 0)]
    names = effects["instrument"] + "." + effects["scale"]
    effects = effects[~names.isin(left_out)]
    if not (effects["g_pre"].notna() & ~effects["display_tier"].isin(FEW)).any():
        return None
    return charts.measures_chart(effects, results.instruments)


@st.cache_data(max_entries=64, show_spinner=False)
def _follow_up_picture(key: ResultsKey, site: str) -> charts.Chart | None:
    cascade = steps_in_use(cascade_of(results_of(key), site))
    return charts.attrition_chart(cascade) if cascade["rate"].notna().any() else None


@st.cache_data(max_entries=128, show_spinner=False)
def _sensitivity_picture(key: ResultsKey, place: Place) -> charts.Chart:
    _, scale = split(place.measure, results_of(key).instruments)
    rows = load_sensitivity(*place)
    return charts.sensitivity_chart(rows.assign(method=rows["method"].map(_METHOD_LABELS)), scale)


def cascade_of(results: Results, site: str) -> pd.DataFrame:
    """The steps of one site's people."""
    table = results.attrition
    return table[(table["site"] == site) & (table["unit"] == "person")]


def change_row(results: Results, place: Place) -> dict | None:
    """Individual change by the rule in use, for the people of a place."""
    table = results.reliable_change
    table = table[(table["site"] == place.site) & (table["contrast"] == place.contrast)]
    rows = rows_of(table[table["in_use"] == "yes"], place.measure).to_dict("records")
    return rows[0] if rows else None


def drawn_changes(effects: pd.DataFrame) -> pd.DataFrame:
    """The changes since the start that can be drawn with an interval."""
    from_start = effects["contrast"].str.startswith("baseline_")
    return effects[from_start & ~effects["display_tier"].isin(FEW)]


def _before_after(sitting: _Sitting) -> charts.Chart:
    return charts.before_after_chart(drawn_changes(sitting.effects), sitting.scale)


def _classes(sitting: _Sitting) -> charts.Chart:
    row = change_row(sitting.results, sitting.place)
    if row is None:
        raise ValueError(f"place={sitting.place}: there is no reliable change to draw")
    return charts.change_classes_chart(row, sitting.unit)


def _distribution(sitting: _Sitting) -> charts.Chart:
    made_of, place = sitting.material, sitting.place
    return charts.distribution_chart(
        made_of.bins, sitting.scale, times=place.times, means=made_of.means,
        boundary=made_of.boundary, unit=sitting.unit,
    )  # fmt: skip


def _jacobson(sitting: _Sitting) -> charts.Chart:
    made_of = sitting.material
    if made_of.points is None:
        raise ValueError(f"place={sitting.place}: too few people to draw their scores")
    return charts.jacobson_plot(
        made_of.points, sitting.scale, times=sitting.place.times, rc_points=made_of.rc_points,
        boundary=made_of.boundary, unit=sitting.unit,
    )  # fmt: skip


def _bands(sitting: _Sitting) -> charts.Chart:
    return charts.bands_chart(
        _moves(sitting), sitting.scale, times=sitting.place.times, unit=sitting.unit
    )


def _band_moves(sitting: _Sitting) -> charts.Chart:
    return charts.band_moves_chart(_moves(sitting), sitting.unit)


def _moves(sitting: _Sitting) -> BandMoves:
    if sitting.material.moves is None:
        raise ValueError(f"place={sitting.place}: the scale has no published bands")
    return sitting.material.moves


def _course(sitting: _Sitting) -> charts.Chart:
    waves = sitting.material.waves
    labels = [wording.wave_title(wave).removesuffix(" the end") for wave in waves["wave"]]
    return charts.trajectory_chart(waves.assign(label=labels), sitting.scale)


def _partners(sitting: _Sitting) -> charts.Chart:
    return charts.partners_chart(_pairs(sitting), sitting.scale)


def _couples(sitting: _Sitting) -> charts.Chart:
    return charts.couples_chart(_pairs(sitting))


def _pairs(sitting: _Sitting) -> Partners:
    if sitting.material.pairs is None:
        raise ValueError(f"place={sitting.place}: reports about children have no partners")
    return sitting.material.pairs


PICTURES: dict[str, Callable[[_Sitting], charts.Chart]] = {
    "before_after": _before_after, "classes": _classes, "distribution": _distribution,
    "jacobson": _jacobson, "bands": _bands, "band_moves": _band_moves, "course": _course,
    "partners": _partners, "couples": _couples,
}  # fmt: skip
