"""Small programmes made at random, of the kind in which people stand out.

Sites of one to eighty people, couples or singles, a group of sites that nobody came back to, few
clearly worse: what rounding has to hide.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from evaluation.config import Settings, parse_settings
from evaluation.model import PARTICIPANT_COLUMNS, RECORD_COLUMNS, Dataset
from evaluation.programme import Results, analyse

# Published spread, so that the classes of the sites add up to those of all together.
RULES = """
measures:
  das_32.total: {reliability: 0.95, sd: manual, norm: {mean: 114.8, sd: 17.8}, cutoff: "<= 97"}
"""
START = dt.date(2023, 1, 9)
DAYS = {"baseline": 0, "end": 84, "3m": 84 + 91}


def random_dataset(seed: int) -> Dataset:
    """One questionnaire at the start, the end and after three months."""
    rng = np.random.default_rng(seed)
    people = pd.concat([_site(rng, place) for place in range(int(rng.integers(2, 6)))])
    people = people.reset_index(drop=True)
    before = np.clip(np.round(rng.normal(95, rng.choice([6, 15]), len(people))), 0, 151)
    step = rng.normal(rng.choice([2, 8]), rng.choice([5, 12]), len(people))
    scores = {"baseline": before}
    for wave in ("end", "3m"):
        moved = before + step * (1 if wave == "end" else 0.8) + rng.normal(0, 3, len(people))
        scores[wave] = np.where(
            rng.random(len(people)) < people["stays"], np.clip(np.round(moved), 0, 151), np.nan
        )
    records = pd.concat(
        [_records(people, wave).assign(score=values) for wave, values in scores.items()]
    ).dropna(subset=["score"])
    records = records.reset_index(drop=True)
    return Dataset(
        participants=people[list(PARTICIPANT_COLUMNS)],
        records=records[list(RECORD_COLUMNS)],
        supplied={"das_32": pd.DataFrame({"total": records["score"]}, index=records.index)},
    )


def _site(rng: np.random.Generator, place: int) -> pd.DataFrame:
    n = int(rng.choice([rng.integers(1, 12), rng.integers(10, 30), rng.integers(30, 81)]))
    number = np.arange(n)
    couples = rng.random() < 0.5
    people = pd.DataFrame("", index=number, columns=list(PARTICIPANT_COLUMNS), dtype=object)
    people["site"] = f"S{place}"
    people["participant"] = [f"P{i}" for i in number]
    people["couple"] = [f"C{i // 2}" for i in number] if couples else ""
    people["role"] = np.where(number % 2, "father", "mother")
    people["gender"] = np.where(rng.random(n) < 0.3, "male", "female")
    return people.assign(stays=rng.choice([0.4, 0.7, 0.9, 0.97]))


def _records(people: pd.DataFrame, wave: str) -> pd.DataFrame:
    table = pd.DataFrame("", index=people.index, columns=list(RECORD_COLUMNS), dtype=object)
    day = pd.Timestamp(START + dt.timedelta(days=DAYS[wave]))
    return table.assign(
        site=people["site"], participant=people["participant"], wave=wave,
        session_number=np.nan, completed_on=day,
    )  # fmt: skip


def random_results(seed: int) -> Results:
    """Its analysis, long after the last questionnaire was due."""
    return analyse(random_dataset(seed), settings(), data_lock=dt.date(2024, 6, 30))


def settings() -> Settings:
    return parse_settings(RULES)
