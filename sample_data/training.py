"""Invented practitioners who were trained: before, straight afterwards and 4 months later.

Their random numbers are their own, so that the families of the programme stay as they are.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.ingest.templates.template import SYNTHETIC_NOTICE, write_workbook
from evaluation.ingest.templates.template_columns import QUESTIONNAIRE_COLUMNS
from evaluation.model import PRACTITIONER, due_days
from sample_data.journey import to_dates
from sample_data.plan import DATA_LOCK, DEFAULT_SEED

DEFINITION = Path(__file__).parent / "local" / "practitioner_training.yaml"
INSTRUMENT = "practitioner_training"
_SEED = 4  # beside the programme's seed, so that no site draws the same numbers
_ITEMS = 6
_REVERSED = (3,)
_LAST_CONFIDENCE_ITEM = 4


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """The courses of one site; ``gain`` in standard deviations, of which ``kept`` remains."""

    site: str
    code: str
    courses: tuple[date, ...]
    places: int
    gain: float
    kept: float


TRAININGS = (
    TrainingPlan(
        site="Luton", code="LUT", places=12, gain=1.0, kept=0.75,
        courses=(date(2016, 9, 14), date(2017, 3, 8), date(2017, 9, 20), date(2018, 1, 17)),
    ),
    TrainingPlan(
        site="Westminster", code="WES", places=10, gain=0.8, kept=0.9,
        courses=(date(2016, 11, 9), date(2017, 6, 7), date(2017, 11, 15)),
    ),
)  # fmt: skip


def generate_training(seed: int) -> dict[str, pd.DataFrame]:
    """For each site with training its questionnaires; the same seed gives the same tables."""
    return {
        plan.site: _make_training(plan, np.random.default_rng([seed, _SEED, number]))
        for number, plan in enumerate(TRAININGS)
    }


def write_training(folder: str | os.PathLike[str], *, seed: int = DEFAULT_SEED) -> list[Path]:
    """Write one workbook for each site with training, and the definition of its questionnaire."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for site, questionnaires in generate_training(seed).items():
        path = target / f"SYNTHETIC_{site.casefold()}_training.xlsx"
        write_workbook(
            path, questionnaires=questionnaires, service_use=None, notice=SYNTHETIC_NOTICE
        )
        paths.append(path)
    (target / DEFINITION.name).write_bytes(DEFINITION.read_bytes())
    return paths


def _make_training(plan: TrainingPlan, rng: np.random.Generator) -> pd.DataFrame:
    people = plan.places * len(plan.courses)
    days = np.array([(course - DATA_LOCK).days for course in plan.courses], dtype=float)
    day = np.repeat(days, plan.places)
    level = rng.standard_normal((people, 2)) * 0.8
    gain = plan.gain + 0.5 * rng.standard_normal((people, 2))
    delay = np.clip(np.round(rng.normal(8, 12, people)), -20, 60)
    later = day + due_days("4m") + delay
    shows_up = rng.random((people, 3)) < (0.97, 0.92, 0.62)
    # Those who gained more are a little more willing to answer again.
    shows_up[:, 2] &= rng.random(people) < 1 / (1 + np.exp(-1.6 - gain[:, 0] + plan.gain))
    waves = (
        ("baseline", day, level),
        ("post", day, level + gain),
        ("4m", later, level + plan.kept * gain),
    )
    parts = [
        _rows(plan, wave, when, _answers(trait, rng), shows_up[:, number] & (when <= 0))
        for number, (wave, when, trait) in enumerate(waves)
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["participant", "completed_on"], kind="stable", ignore_index=True)


def _answers(trait: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Answers from 1 to 5: confidence moves the first four questions, use the other two."""
    moved = trait[:, [0] * _LAST_CONFIDENCE_ITEM + [1] * (_ITEMS - _LAST_CONFIDENCE_ITEM)]
    noise = 0.7 * rng.standard_normal(moved.shape)
    answers = np.clip(np.round(2.9 + 0.75 * moved + noise), 1, 5)
    for number in _REVERSED:
        answers[:, number - 1] = 6 - answers[:, number - 1]
    return answers


def _rows(
    plan: TrainingPlan, wave: str, day: np.ndarray, answers: np.ndarray, given: np.ndarray
) -> pd.DataFrame:
    size = len(day)
    table = pd.DataFrame(
        {
            "site": plan.site,
            "participant": [f"{plan.code}-T{number + 1:02d}" for number in range(size)],
            "couple": "",
            "role": PRACTITIONER,
            "child": "",
            "informant": "",
            "wave": wave,
            "session_number": np.nan,
            "completed_on": to_dates(day),
        }
    )
    names = [f"{INSTRUMENT}_{number + 1}" for number in range(_ITEMS)]
    table = table[list(QUESTIONNAIRE_COLUMNS)].join(pd.DataFrame(answers, columns=names))
    return table[given]
