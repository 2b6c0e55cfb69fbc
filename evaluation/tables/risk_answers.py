"""Answers about harm to oneself or others, by date, for a site whose protocol asks for the list.

This is a list to check against, not an alert: the answers came in when somebody uploaded them.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaluation.model import Dataset
from instruments.definition import Instrument

RISK_COLUMNS = (
    "site", "participant", "completed_on", "wave", "session_number", "instrument", "item", "answer"
)  # fmt: skip


def risk_answers(
    dataset: Dataset, instruments: Mapping[str, Instrument], site: str
) -> pd.DataFrame:
    """Every answer of a site above the lowest one to an item about risk (RISK_COLUMNS).

    The newest first, those without a date before them. PHQ-9: question 9 (Kroenke, Spitzer and
    Williams 2001); CORE: the risk items of each form (CORE System Trust).
    """
    records = dataset.records[dataset.records["site"] == site]
    parts = []
    for name, instrument in instruments.items():
        for number in instrument.risk_items if name in dataset.answers else ():
            answers = dataset.answers[name]
            given = answers.loc[answers.index.isin(records.index), number]
            raised = given[given > instrument.item(number).minimum]
            parts.append(
                records.loc[raised.index].assign(
                    instrument=name, item=number, answer=raised.astype(int)
                )
            )
    if not parts:
        return pd.DataFrame(columns=list(RISK_COLUMNS))
    found = pd.concat(parts, ignore_index=True)[list(RISK_COLUMNS)]
    return found.sort_values(
        ["completed_on", "participant", "instrument", "item"],
        ascending=[False, True, True, True], na_position="first", ignore_index=True,
    )  # fmt: skip
