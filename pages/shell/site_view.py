"""What a site's page is about at the moment, and the parts of it that lie deeper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from evaluation.programme import Results
from evaluation.report import wording
from evaluation.report.measures import (
    headline_measure,
    main_contrast,
    measures_of,
    parents_effects,
    rows_of,
    split,
    unit_of,
)
from instruments.definition import Instrument, Scale
from pages.shell.loaders import load_contradictions
from pages.shell.pictures import Place, change_row
from pages.shell.widgets import deeper as deeper_part
from pages.shell.widgets import plain

ENOUGH_FOR_PICTURES = 5
LOOKED = "looked_at_the_form"
# What lies deeper: a name for each part, and what is written on it.
DEPTHS = {
    "distribution": "How scores lay before and after",
    "jacobson": "Each person's two scores",
    "bands": "Published bands: who moved to a better one",
    "course": "Averages at each time",
    "partners": "Both partners side by side",
    "sensitivity": "Could those we lost change the conclusion?",
    "evidence": "How strong the evidence is, question by question",
    "how_far": "How far these numbers go",
    "individual": "Who clearly changed, on every measure",
    "statistics": "More statistics",
    "workings": "How this was worked out",
}


@dataclass(frozen=True, slots=True)
class View:
    """What the page is about at the moment: one site, one measure, one pair of times."""

    results: Results
    place: Place
    instrument: Instrument
    scale: Scale
    effects: pd.DataFrame
    main: dict[str, Any]

    @property
    def unit(self) -> wording.Unit:
        return unit_of(self.instrument)

    @property
    def change(self) -> dict[str, Any] | None:
        return change_row(self.results, self.place)

    @property
    def classes(self) -> dict[str, Any] | None:
        """The row of individual change, where there are enough people to speak of it."""
        row = self.change
        enough = self.main["n"] >= ENOUGH_FOR_PICTURES and row is not None
        return row if enough and row and wording.change_counts(row) is not None else None


def choose_view(results: Results, site: str) -> View | None:
    """The measure and the pair of times that somebody chose, at first the headline's."""
    mine = parents_effects(results, site)
    if mine.empty:
        return None
    measures = measures_of(mine)
    headline = headline_measure(results, site)
    measure = st.selectbox(
        "Measure",
        measures,
        index=measures.index(headline) if headline in measures else 0,
        format_func=lambda name: split(name, results.instruments)[1].label,
    )
    effects = rows_of(mine, measure)
    main = main_contrast(effects)
    if main is None:
        return None
    there = list(effects.loc[effects["n"] > 0, "contrast"])
    if len(there) > 1:
        contrast = st.selectbox(
            "From when to when", there, index=there.index(main["contrast"]),
            format_func=wording.contrast_name,
        )  # fmt: skip
        main = effects[effects["contrast"] == contrast].iloc[0].to_dict()
    instrument, scale = split(measure, results.instruments)
    place = Place(site, measure, str(main["contrast"]))
    return View(results, place, instrument, scale, effects, main)


def waits_for_a_look(place: Place) -> bool:
    """Whether something speaks against the measure's direction and nobody has looked yet."""
    found = load_contradictions(place.site).get(place.measure)
    if found is None:
        return False
    st.warning(plain(found.sentence))
    seen = st.session_state.setdefault(LOOKED, set())
    looked = st.checkbox(
        "I have compared the answers with the form: they are coded as it says",
        value=place[:2] in seen,
        key=f"looked_{place.site}_{place.measure}",
    )
    (seen.add if looked else seen.discard)(place[:2])
    return not looked


def waiting_measures(site: str) -> tuple[str, ...]:
    seen = st.session_state.get(LOOKED, set())
    return tuple(name for name in load_contradictions(site) if (site, name) not in seen)


def deeper(name: str, draw: Callable[[], None]) -> None:
    """One of the parts below the findings, by its name."""
    deeper_part(DEPTHS[name], f"depth_{name}", draw)
