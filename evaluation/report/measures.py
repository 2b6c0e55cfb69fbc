"""Which sites have results, which measures they have, and which of them stands at the top."""

from __future__ import annotations

import pandas as pd

from evaluation.analysis.wave_states import WAVE_NOT_USED
from evaluation.config import site_id
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from instruments.definition import Instrument, Scale

CHILD_UNIT = ("report about a child", "reports about children")
PERSON_UNIT = ("person", "people")


def sites_with_data(results: Results) -> dict[str, str]:
    """Ids and names of the sites that anything is known of, by name."""
    return {site_id(name): name for name in results.site_names}


def parents_effects(results: Results, site: str) -> pd.DataFrame:
    """The effects of one site's parents, practitioners left out."""
    effects = results.effects
    return effects[(effects["site"] == site) & (effects["subgroup"] == "")]


def measures_of(effects: pd.DataFrame) -> list[str]:
    """Measures as ``instrument.scale``, those with the most pairs first."""
    names = effects["instrument"] + "." + effects["scale"]
    most = effects.groupby(names, sort=False)["n"].max().sort_values(ascending=False, kind="stable")
    return [str(name) for name in most.index]


def split(measure: str, instruments: dict[str, Instrument]) -> tuple[Instrument, Scale]:
    """The questionnaire and the scale that a measure names."""
    instrument_id, scale_id = measure.split(".", 1)
    instrument = instruments[instrument_id]
    return instrument, instrument.scale(scale_id)


def rows_of(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The rows of a result table that belong to one measure."""
    return table[table["instrument"] + "." + table["scale"] == measure]


def headline_measure(results: Results, site: str) -> str | None:
    """What the rule file names, else the main scale of the questionnaire with most pairs.

    Scales that may not be a headline do not count.
    """
    effects = parents_effects(results, site)
    measures = measures_of(effects)
    named = results.settings.primary_measure(site if site != ALL_SITES else "*")
    if named in measures:
        return named
    candidates: dict[str, list[str]] = {}
    for measure in measures:
        instrument, scale = split(measure, results.instruments)
        if scale.may_be_headline:
            candidates.setdefault(instrument.id, []).append(measure)
    if not candidates:
        return None
    # Measures come with the most pairs first, so the first questionnaire has the most.
    instrument_id, own = next(iter(candidates.items()))
    main = f"{instrument_id}.{results.instruments[instrument_id].primary_scale}"
    return main if main in own else own[0]


def unit_of(instrument: Instrument) -> tuple[str, str]:
    """What is counted: people, or reports about children."""
    return CHILD_UNIT if instrument.about_child else PERSON_UNIT


def main_contrast(effects: pd.DataFrame) -> dict | None:
    """The row to speak of: start to end, else the first later one that anybody has answered."""
    answered = effects[effects["n"] > 0]
    if answered.empty:
        return None if effects.empty else effects.iloc[0].to_dict()
    return answered.iloc[0].to_dict()


def steps_in_use(cascade: pd.DataFrame) -> pd.DataFrame:
    """The steps that the site uses; a wave at which it does not ask is no step of it."""
    return cascade[cascade["reason"] != WAVE_NOT_USED]
