"""Invented people, answers and scores, the same every time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.model import PARTICIPANT_COLUMNS, RECORD_COLUMNS, SERVICE_USE_COLUMNS, Dataset
from instruments.definition import Instrument, Item, Scale
from instruments.registry import get

SITES = 12
WAVES = {"baseline": 0, "end": 84, "3m": 84 + 91, "6m": 84 + 183}  # days after the start
SHARE_MISSING = 0.02
SHARE_LOST = 0.1  # from one point in time to the next
SEED = 2017
Floats = NDArray[np.float64]


def answers(instrument_id: str, rows: int) -> Floats:
    """Answers to one questionnaire, shape (rows, items), as an array in C order."""
    rng = np.random.default_rng(SEED)
    items = get(instrument_id).items
    low = np.array([item.minimum for item in items])
    high = np.array([item.maximum for item in items])
    found = rng.integers(low, high + 1, size=(rows, len(items))).astype(float)
    found[rng.random(found.shape) < SHARE_MISSING] = np.nan
    return found


def before_and_after(people: int) -> tuple[Floats, Floats]:
    """Whole-number scores like those of the PHQ-9, which fall on average."""
    rng = np.random.default_rng(SEED)
    before = np.clip(np.round(rng.normal(14, 5, people)), 0, 27)
    return before, np.clip(np.round(before - 3 + rng.normal(0, 5, people)), 0, 27)


def programme(
    people: int, *, scales: int, sites: int = SITES
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Instrument]]:
    """Scores of couples at four waves, and who they are; whole numbers as real scores are."""
    rng = np.random.default_rng(SEED)
    known = tuple(
        Scale(f"s{n}", f"Scale {n}", (1,), "sum", (0, 100), "higher", "confirmed", "")
        for n in range(scales)
    )
    who = _people(people, sites)
    parts = []
    for scale in known:
        level = rng.normal(50, 10, len(who))
        for later, wave in enumerate(WAVES):
            score = (level + rng.normal(3 * (later > 0), 7, len(who))).round()
            parts.append(who.assign(scale=scale.id, wave=wave, score=score))
    waves = pd.concat(parts, ignore_index=True).assign(
        child="", informant="", instrument="bench", completed_on=pd.NaT, assumed=False
    )
    bench = Instrument(
        "bench", "1", "Bench", "Bench", "", "person", (Item(1, 0, 100),), known, "", "", "", ""
    )
    return waves.drop(columns="role"), who, {"bench": bench}


def dataset(people: int) -> Dataset:
    """PHQ-9 at four points in time, fewer at each, with service use; couples in twelve sites."""
    rng = np.random.default_rng(SEED)
    who = _people(people, SITES)
    began = pd.Timestamp("2016-01-04") + pd.to_timedelta(rng.integers(0, 600, people), unit="D")
    stays = rng.geometric(SHARE_LOST, people)  # the first point in time that is missed
    parts = []
    for place, (wave, days) in enumerate(WAVES.items()):
        here = stays > place
        record = pd.DataFrame("", index=range(int(here.sum())), columns=list(RECORD_COLUMNS))
        parts.append(
            record.astype(object).assign(
                site=who["site"][here].to_numpy(),
                participant=who["participant"][here].to_numpy(),
                wave=wave,
                session_number=np.nan,
                completed_on=(began + pd.Timedelta(days=days))[here],
            )
        )
    records = pd.concat(parts, ignore_index=True)
    given = answers("phq9", len(records))
    participants = who.reindex(columns=list(PARTICIPANT_COLUMNS), fill_value="").astype(object)
    service = pd.DataFrame(None, index=who.index, columns=list(SERVICE_USE_COLUMNS), dtype=object)
    service = service.assign(
        site=who["site"], participant=who["participant"], couple=who["couple"], took_up=True,
        referred_on=began - pd.Timedelta(days=14), started_on=began,
        ended_on=began + pd.Timedelta(days=WAVES["end"]), ending="planned", would_recommend="",
        sessions_offered=8.0, sessions_attended=rng.integers(1, 9, people).astype(float),
    )  # fmt: skip
    numbers = service.columns[service.isna().all()]
    return Dataset(
        participants=participants,
        records=records,
        answers={"phq9": pd.DataFrame(given, columns=range(1, given.shape[1] + 1))},
        service_use=service.astype(dict.fromkeys(numbers, float)),
        synthetic=True,
    )


def _people(people: int, sites: int) -> pd.DataFrame:
    number = np.arange(people)
    site = number * sites // people
    return pd.DataFrame(
        {
            "site": pd.Series([f"Site {n:04}" for n in site], dtype=object),
            "participant": pd.Series([f"P{n}" for n in number], dtype=object),
            "couple": pd.Series([f"C{n // 2}" for n in number], dtype=object),
            "role": pd.Series(np.where(number % 2, "father", "mother"), dtype=object),
        }
    )
