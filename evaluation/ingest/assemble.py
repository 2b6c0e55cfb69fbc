"""Accepted rows as tables: people, occasions, answers, service use, indicators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.ingest.checking import checks
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.model import (
    INDICATOR_COLUMNS,
    KEY_COLUMNS,
    PARTICIPANT_COLUMNS,
    REASON_COLUMNS,
    RECORD_COLUMNS,
    SERVICE_USE_COLUMNS,
    Dataset,
)
from instruments.definition import Instrument


def assemble(
    forms: ParsedRows | None,
    used: ParsedRows | None,
    instruments: Mapping[str, Instrument],
    *,
    indicators: ParsedRows | None = None,
    synthetic: bool,
) -> tuple[Dataset, Records]:
    """The accepted rows as tables ready to be scored, and the records with their origin."""
    found = _records(forms, instruments)
    dataset = Dataset(
        participants=_participants(forms, used, indicators),
        records=found.records,
        answers=found.answers,
        supplied=found.supplied,
        service_use=_service_use(used),
        reasons=found.reasons,
        indicators=_indicators(indicators),
        synthetic=synthetic,
    )
    return dataset, found


@dataclass
class Records:
    """Occasions, the tables that hang on them, and where each occasion came from.

    ``by_file`` counts the occasions that each file says something of.
    """

    records: pd.DataFrame
    answers: dict[str, pd.DataFrame]
    supplied: dict[str, pd.DataFrame]
    reasons: pd.DataFrame
    sources: pd.DataFrame
    by_file: dict[str, int]


def _records(forms: ParsedRows | None, instruments: Mapping[str, Instrument]) -> Records:
    """One record for each person and occasion; rows that share key and date are joined."""
    if forms is None or forms.rows.empty:
        nothing = pd.DataFrame(columns=list(REASON_COLUMNS))
        empty = pd.DataFrame(columns=list(RECORD_COLUMNS))
        return Records(empty, {}, {}, nothing, pd.DataFrame(), {})
    keys = {}
    for instrument_id in dict.fromkeys([*forms.answers, *forms.supplied]):
        used = np.zeros(len(forms.rows), dtype=bool)
        for tables in (forms.answers, forms.supplied):
            if instrument_id in tables:
                used |= tables[instrument_id].notna().any(axis=1).to_numpy()
        own = forms.reasons["instrument"] == instrument_id
        used[forms.reasons.loc[own, "position"].astype(int).unique()] = True
        keys[instrument_id] = checks.key_table(forms.rows, instruments[instrument_id])[used]
    every = pd.concat(list(keys.values())) if keys else pd.DataFrame(columns=list(KEY_COLUMNS))
    every["completed_on"] = forms.rows["completed_on"].reindex(every.index)
    every = every.sort_index(kind="stable")
    # A blank date takes the only one that its key has; two dates are two occasions.
    dates = every.groupby(list(KEY_COLUMNS), sort=False)["completed_on"]
    only = dates.transform("first").where(dates.transform("nunique") == 1)
    every["completed_on"] = every["completed_on"].fillna(only)
    occasion = [*KEY_COLUMNS, "completed_on"]
    every["record"] = every.groupby(occasion, sort=False, dropna=False).ngroup()
    every["source"] = every.index
    records = every.drop_duplicates("record").set_index("record")
    for name in ("mode", "administered_by_role"):
        values = forms.rows[name].replace("", None).loc[every["source"]]
        first = values.groupby(every["record"].to_numpy()).first()
        records[name] = first.reindex(records.index).fillna("")
    records["session_number"] = records["session_number"].replace(0, np.nan).astype(float)
    sources = forms.rows.loc[records["source"], ["file", "sheet", "row"]].set_axis(records.index)
    files = forms.rows["file"].loc[every["source"]].to_numpy()
    by_file = every["record"].groupby(files).nunique().to_dict()
    numbers = every.drop_duplicates([*KEY_COLUMNS, "source"]).reset_index(drop=True)

    def renumber(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        result = {}
        for instrument_id, table in tables.items():
            rows = table.loc[keys[instrument_id].index].dropna(how="all")
            key = keys[instrument_id].loc[rows.index].assign(source=rows.index)
            joined = key.merge(numbers, how="left")
            result[instrument_id] = rows.set_axis(joined["record"].to_numpy()).sort_index()
        return result

    return Records(
        records[list(RECORD_COLUMNS)],
        renumber(forms.answers),
        renumber(forms.supplied),
        _reasons(forms, keys, numbers),
        sources,
        by_file,
    )


def _reasons(
    forms: ParsedRows, keys: Mapping[str, pd.DataFrame], numbers: pd.DataFrame
) -> pd.DataFrame:
    """The reasons under the numbers of their records; an answer in another row settles them."""
    found = []
    for instrument_id, own in forms.reasons.groupby("instrument", sort=False):
        key = keys[str(instrument_id)].loc[own["position"].astype(int)]
        joined = key.assign(source=key.index).merge(numbers, how="left")
        found.append(own.assign(record=joined["record"].to_numpy()))
    if not found:
        return pd.DataFrame(columns=list(REASON_COLUMNS))
    reasons = pd.concat(found)[list(REASON_COLUMNS)]
    return reasons.drop_duplicates(["record", "instrument", "part"]).reset_index(drop=True)


def _participants(*tables: ParsedRows | None) -> pd.DataFrame:
    """One row for each person; the first value that is not blank counts."""
    parts = [table.rows for table in tables if table is not None]
    if not parts:
        return pd.DataFrame(columns=list(PARTICIPANT_COLUMNS))
    rows = pd.concat(parts, ignore_index=True).reindex(columns=list(PARTICIPANT_COLUMNS))
    text = rows.astype(object).where(rows.notna() & (rows != ""), None)
    people = text.groupby(["site", "participant"], sort=False).first().reset_index()
    return people.reindex(columns=list(PARTICIPANT_COLUMNS)).fillna("").astype(object)


def _service_use(used: ParsedRows | None) -> pd.DataFrame:
    if used is None:
        return pd.DataFrame(columns=list(SERVICE_USE_COLUMNS))
    return used.rows[list(SERVICE_USE_COLUMNS)].reset_index(drop=True)


def _indicators(found: ParsedRows | None) -> pd.DataFrame:
    if found is None:
        return pd.DataFrame(columns=list(INDICATOR_COLUMNS))
    known = found.rows[found.rows["value"].notna()]
    return known[list(INDICATOR_COLUMNS)].reset_index(drop=True)
