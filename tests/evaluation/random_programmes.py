"""Small programmes made at random, of the kind in which people stand out.

Sites of one to eighty people, couples or singles or one partner only, a group of sites that nobody
came back to, waves that a site has nobody at, few clearly worse: what rounding has to hide. In most
of them the use of support is noted, in some yes/no outcomes, sessions and trained practitioners.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from evaluation.config import Settings, parse_settings
from evaluation.model import (
    COUNT,
    INDICATOR_COLUMNS,
    PARTICIPANT_COLUMNS,
    RECORD_COLUMNS,
    SERVICE_USE_COLUMNS,
    YES_NO,
    Dataset,
)
from evaluation.programme import Results, analyse

# Published spread, so that the classes of the sites add up to those of all together.
RULES = """
measures:
  das_32.total: {reliability: 0.95, sd: manual, norm: {mean: 114.8, sd: 17.8}, cutoff: "<= 97"}
costs: {S0: 30000, S1: 41000, S2: 12500, S3: 18000, S4: 26000}
"""
START = dt.date(2023, 1, 9)
LOCK = dt.date(2024, 6, 30)
DAYS = {"baseline": 0, "end": 84, "3m": 84 + 91}
ENDINGS = ("planned", "dropped out", "separated", "safeguarding", "withdrew consent", "")
_RATED = ("satisfied", "met_expectations", "worker_rating_before", "worker_rating_after")


def random_dataset(seed: int) -> Dataset:
    """A questionnaire at the start, the end and perhaps later, and whatever else is noted."""
    rng = np.random.default_rng(seed)
    people = pd.concat([_site(rng, place) for place in range(int(rng.integers(2, 6)))])
    people = people.reset_index(drop=True)
    waves = list(DAYS)[: 2 + int(rng.random() < 0.5)]
    scores = {"das_32": _outcomes(rng, people, mean=95, spread=15, top=151)}
    if rng.random() < 0.2:
        scores["phq9"] = _outcomes(rng, people, mean=11, spread=5, top=27)
        scores["gad7"] = _outcomes(rng, people, mean=9, spread=4, top=21)
    parts = [_at_wave(people, wave, scores) for wave in waves]
    if rng.random() < 0.3:
        parts.append(_sessions(rng, people))
    staff = _practitioners(rng) if rng.random() < 0.4 else people.iloc[:0]
    if len(staff):
        parts.append(_trained(rng, staff))
    records = pd.concat([part for part in parts if len(part)], ignore_index=True)
    totals = [name for name in records.columns if name not in RECORD_COLUMNS]
    everybody = pd.concat([people, staff], ignore_index=True)
    return Dataset(
        participants=everybody[list(PARTICIPANT_COLUMNS)],
        records=records[list(RECORD_COLUMNS)],
        supplied={name: records[[name]].rename(columns={name: "total"}) for name in totals},
        service_use=_service_use(rng, people, noted=rng.random() < 0.8),
        indicators=_indicators(rng, people, noted=rng.random() < 0.4),
    )


def _site(rng: np.random.Generator, place: int) -> pd.DataFrame:
    n = int(rng.choice([rng.integers(1, 10), rng.integers(10, 30), rng.integers(30, 81)]))
    number = np.arange(n)
    kind = rng.choice(["couples", "singles", "one partner"])
    people = pd.DataFrame("", index=number, columns=list(PARTICIPANT_COLUMNS), dtype=object)
    people["site"] = f"S{place}"
    people["participant"] = [f"P{i}" for i in number]
    people["couple"] = [f"C{i // 2}" for i in number] if kind == "couples" else ""
    people["role"] = np.where(number % 2, "father", "mother") if kind == "couples" else "mother"
    people["gender"] = np.where(rng.random(n) < 0.3, "male", "female")
    people["low_income"] = np.where(rng.random(n) < 0.2, "yes", "no")
    people["began"] = [START + dt.timedelta(days=int(d)) for d in rng.integers(0, 300, n)]
    stays = rng.choice([0.4, 0.7, 0.9, 0.97])
    empty = rng.random(2) < 0.1
    return people.assign(end=0.0 if empty[0] else stays, later=0.0 if empty[1] else stays)


def _outcomes(
    rng: np.random.Generator, people: pd.DataFrame, *, mean: float, spread: float, top: int
) -> pd.DataFrame:
    """A whole-number score of everybody at each wave; NaN where nobody came back."""
    n = len(people)
    before = np.clip(np.round(rng.normal(mean, spread * rng.choice([0.4, 1]), n)), 0, top)
    up = 1 if top > 100 else -1
    step = up * spread * rng.normal(rng.choice([0.15, 0.5]), rng.choice([0.3, 0.8]), n)
    scores = {"baseline": before}
    for wave, part, stays in (("end", 1.0, "end"), ("3m", 0.8, "later")):
        moved = before + part * step + rng.normal(0, 0.2 * spread, n)
        came = rng.random(n) < people[stays]
        scores[wave] = np.where(came, np.clip(np.round(moved), 0, top), np.nan)
    return pd.DataFrame(scores, index=people.index)


def _at_wave(people: pd.DataFrame, wave: str, of: dict[str, pd.DataFrame]) -> pd.DataFrame:
    scores = pd.DataFrame({name: table[wave] for name, table in of.items()})
    table = _records(people, wave, DAYS[wave]).join(scores)
    return table[scores.notna().any(axis=1)]


def _records(people: pd.DataFrame, wave: str, after: int) -> pd.DataFrame:
    table = pd.DataFrame("", index=people.index, columns=list(RECORD_COLUMNS), dtype=object)
    day = pd.to_datetime(people["began"]) + pd.Timedelta(days=after)
    return table.assign(
        site=people["site"], participant=people["participant"], wave=wave,
        session_number=np.nan, completed_on=day,
    )  # fmt: skip


def _sessions(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """A short questionnaire at up to four sessions, at one site or two."""
    own = people[people["site"].isin(["S0", "S1"])]
    last = rng.integers(1, 5, len(own))
    parts = []
    for number in range(1, 5):
        there = own[last >= number]
        table = _records(there, "session", 7 * number).assign(session_number=float(number))
        parts.append(table.assign(core_10=rng.integers(0, 41, len(there)).astype(float)))
    return pd.concat(parts)


def _practitioners(rng: np.random.Generator) -> pd.DataFrame:
    parts = []
    for place in range(2):
        n = int(rng.integers(3, 40))
        table = pd.DataFrame("", index=range(n), columns=list(PARTICIPANT_COLUMNS), dtype=object)
        parts.append(
            table.assign(site=f"S{place}", participant=[f"T{i}" for i in range(n)],
                         role="practitioner", began=START)
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _trained(rng: np.random.Generator, staff: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for wave, day, stays in (("baseline", 0, 0.95), ("post", 2, 0.8), ("4m", 125, 0.5)):
        there = staff[rng.random(len(staff)) < stays]
        table = _records(there, wave, day)
        parts.append(table.assign(wemwbs=np.round(rng.normal(48, 7, len(there)))))
    return pd.concat(parts)


def _service_use(rng: np.random.Generator, people: pd.DataFrame, *, noted: bool) -> pd.DataFrame:
    columns = list(SERVICE_USE_COLUMNS)
    if not noted:
        return Dataset(people, people).service_use
    n = len(people)
    table = pd.DataFrame("", index=people.index, columns=columns, dtype=object)
    took_up = rng.choice(np.array([True, False, None]), n, p=[0.9, 0.07, 0.03])
    began = pd.to_datetime(people["began"])
    offered = rng.integers(1, 9, n).astype(float)
    attended = np.floor(offered * rng.choice([0, 0.5, 1], n, p=[0.05, 0.35, 0.6]))
    some = {name: np.where(rng.random(n) < 0.8, rng.integers(0, 11, n), np.nan) for name in _RATED}
    return table.assign(
        site=people["site"], participant=people["participant"], couple=people["couple"],
        referred_on=began - pd.Timedelta(days=14), took_up=took_up, started_on=began,
        ended_on=(began + pd.Timedelta(days=84)).where(rng.random(n) < 0.97),
        ending=rng.choice(ENDINGS, n, p=[0.7, 0.15, 0.05, 0.03, 0.02, 0.05]),
        sessions_offered=offered,
        sessions_attended=np.where(rng.random(n) < 0.95, attended, np.nan),
        sessions_cancelled=offered - attended, sessions_dna=0.0, hours_offered=offered,
        hours_used=attended, would_recommend=rng.choice(["yes", "no", "unsure", ""], n), **some,
    )  # fmt: skip


def _indicators(rng: np.random.Generator, people: pd.DataFrame, *, noted: bool) -> pd.DataFrame:
    if not noted:
        return Dataset(people, people).indicators
    own = people[["site", "participant"]]
    parts = []
    for name, kind in (("in work", YES_NO), ("calls to police", COUNT)):
        before = rng.integers(0, 2 if kind == YES_NO else 3, len(own))
        after = np.where(rng.random(len(own)) < 0.85, before, 1 - np.minimum(before, 1))
        for wave, values in (("baseline", before), ("end", after)):
            there = rng.random(len(own)) < (1 if wave == "baseline" else people["end"])
            table = own.assign(child="", wave=wave, indicator=name, kind=kind)
            parts.append(table.assign(value=values.astype(float))[there])
    return pd.concat(parts, ignore_index=True)[list(INDICATOR_COLUMNS)]


def random_results(seed: int) -> Results:
    """Its analysis, long after the last questionnaire was due."""
    return analyse(random_dataset(seed), settings(), data_lock=LOCK)


def settings() -> Settings:
    return parse_settings(RULES)
