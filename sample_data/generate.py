"""The synthetic programme: assemble the invented people's tables and write them as workbooks."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.ingest.templates.template import SYNTHETIC_NOTICE, write_workbook
from evaluation.ingest.templates.template_columns import OPTIONAL_COLUMNS, QUESTIONNAIRE_COLUMNS
from instruments.registry import get
from sample_data.answers import Answerer
from sample_data.awkward import broken_workbook, untidy_workbook, write_awkward
from sample_data.indicators import make_indicators
from sample_data.journey import Journey, make_journey, make_occasions, service_use, to_dates
from sample_data.people import make_people
from sample_data.plan import (
    CHILD_INSTRUMENT,
    COUPLE_INSTRUMENTS,
    DEFAULT_SEED,
    SITES,
    SitePlan,
)

__all__ = [
    "broken_workbook",
    "generate_programme",
    "untidy_workbook",
    "write_awkward",
    "write_programme",
]

_FORM_FORGOTTEN = 0.02  # share of questionnaires left out although the person answered others
_WAVE_ORDER = {"baseline": 0, "session": 1, "mid": 2, "end": 3, "3m": 4, "6m": 5}

SiteTables = tuple[pd.DataFrame, pd.DataFrame]


def generate_programme(seed: int = DEFAULT_SEED) -> dict[str, SiteTables]:
    """For each site its questionnaires and its service use; the same seed gives the same tables.

    Blank texts are ``""``, blank numbers NaN, blank dates NaT.
    """
    return {
        plan.name: _make_site(plan, np.random.default_rng([seed, number]))
        for number, plan in enumerate(SITES)
    }


def write_programme(folder: str | os.PathLike[str], *, seed: int = DEFAULT_SEED) -> list[Path]:
    """Write one workbook for each site into ``folder``; returns their paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, (questionnaires, use) in generate_programme(seed).items():
        path = target / file_name(name)
        write_workbook(
            path,
            questionnaires=questionnaires,
            service_use=use,
            indicators=make_indicators(name, questionnaires, seed=seed),
            notice=SYNTHETIC_NOTICE,
        )
        paths.append(path)
    return paths


def file_name(site: str) -> str:
    """The name of a site's workbook, for example ``SYNTHETIC_luton.xlsx``."""
    return f"SYNTHETIC_{re.sub(r'[^a-z0-9]+', '_', site.casefold()).strip('_')}.xlsx"


def _make_site(plan: SitePlan, rng: np.random.Generator) -> SiteTables:
    people = make_people(plan, rng)
    journey = make_journey(plan, people, rng)
    occasions = make_occasions(plan, people, journey, rng)
    questionnaires = _questionnaires(plan, people, journey, occasions, rng)
    return questionnaires, service_use(plan, people, journey, occasions, rng)


def _questionnaires(
    plan: SitePlan,
    people: pd.DataFrame,
    journey: Journey,
    occasions: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The sheet ``questionnaires``: adults' own forms, and in separate rows those about a child."""
    about_child = occasions["child_too"] & (people["child"].to_numpy()[occasions["person"]] != "")
    adults = _rows(plan, people, occasions, _adult_instruments(plan), rng)
    frames = [adults]
    if CHILD_INSTRUMENT in plan.instruments:
        children = _rows(plan, people, occasions[about_child], (CHILD_INSTRUMENT,), rng)
        children["child"] = people["child"].to_numpy()[children["person"]]
        children["informant"] = "parent"
        frames.append(children)
    table = pd.concat(frames, ignore_index=True)
    order = table.assign(step=table["wave"].map(_WAVE_ORDER)).sort_values(
        ["person", "step", "session_number", "child"], kind="stable"
    )
    table = table.loc[order.index].reset_index(drop=True)
    answers = [c for c in table.columns if c.startswith(tuple(f"{i}_" for i in plan.instruments))]
    return table[[*QUESTIONNAIRE_COLUMNS, *_filled_optional(), *answers]]


def _adult_instruments(plan: SitePlan) -> tuple[str, ...]:
    return tuple(name for name in plan.instruments if name != CHILD_INSTRUMENT)


def _filled_optional() -> tuple[str, ...]:
    return tuple(name for name in OPTIONAL_COLUMNS if name != "administered_by_role")


def _rows(
    plan: SitePlan,
    people: pd.DataFrame,
    occasions: pd.DataFrame,
    instruments: tuple[str, ...],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row for each occasion, with the answers to those of ``instruments`` that were asked."""
    occasions = occasions.reset_index(drop=True)
    person = occasions["person"].to_numpy()
    described = people.iloc[person].reset_index(drop=True)
    frame = pd.DataFrame({
        "person": person, "site": plan.name, "participant": described["participant"],
        "couple": described["couple"], "role": described["role"], "child": "", "informant": "",
        "wave": occasions["wave"], "session_number": occasions["session_number"],
        "completed_on": to_dates(occasions["day"].to_numpy()),
    })  # fmt: skip
    for name in _filled_optional():
        frame[name] = described.get(name, "")
    frame["intervention"] = [plan.supports[s].name for s in described["support"]]
    frame["mode"] = occasions["mode"]
    filled = np.zeros(len(frame), dtype=bool)
    tables = [frame]
    for instrument in instruments:
        table, asked = _answers(plan, instrument, described, occasions, len(people), rng)
        filled |= asked
        tables.append(table)
    return pd.concat(tables, axis=1)[filled].reset_index(drop=True)


def _answers(
    plan: SitePlan,
    instrument: str,
    described: pd.DataFrame,
    occasions: pd.DataFrame,
    people: int,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Answers to one questionnaire, and on which occasions it was filled in."""
    uses = np.array([instrument in support.instruments for support in plan.supports])
    asked = uses[described["support"]] & (rng.random(len(occasions)) >= _FORM_FORGOTTEN)
    if instrument in COUPLE_INSTRUMENTS:
        asked &= ~described["lone"].to_numpy()
    answerer = Answerer(get(instrument), people, rng)
    trait = answerer.model.trait
    progress = occasions["progress"].to_numpy()
    # People also drift, the more so the longer it has been.
    drift = 0.15 * np.sqrt(progress) * rng.standard_normal(len(occasions))
    today = described[f"level_{trait}"] + progress * described[f"gain_{trait}"] + drift
    rows = np.flatnonzero(asked)
    filled = answerer.fill(occasions["person"].to_numpy()[rows], today.to_numpy()[rows])
    return filled.set_index(rows).reindex(range(len(occasions))), asked
