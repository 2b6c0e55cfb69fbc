"""Tables of training and of questionnaires at every session, as people read them."""

from __future__ import annotations

import pandas as pd

from evaluation.disclosure import SUPPRESSED
from evaluation.model import ALL_SITES
from evaluation.report import training_wording
from evaluation.report.wording import (
    count,
    interval,
    is_known,
    number,
    percent,
    reason_text,
    signed,
    size_word,
)
from instruments.definition import Instrument
from pages.shell.tables import TOO_FEW, Row

ALL_TOGETHER = "All sites together"
HIDDEN = "hidden"
LEAST_FOR_MEAN, LEAST_FOR_INTERVAL, LEAST_FOR_SIZE = 3, 5, 10
_CHANGE_HEADINGS = (
    "Number", "Change (+ is better)", "Fairly sure between", "Before", "After", "Size",
)  # fmt: skip


def training_steps(table: pd.DataFrame, *, by_site: bool = False) -> pd.DataFrame:
    """How many practitioners answered at each step."""
    rows = []
    for row in table.to_dict("records"):
        place = {"Site": _site(row["site"])} if by_site else {}
        rows.append(
            place
            | {
                "Step": training_wording.training_step_name(row["step"]),
                "Yes": _few(row["done"]),
                "No": _few(row["missed"]),
                "Can still answer": _few(row["window_open"]),
                "Not due yet": _few(row["not_yet_due"]),
                "Share": _share(row),
            }
        )
    return pd.DataFrame(rows)


def _site(name: str) -> str:
    return ALL_TOGETHER if name == ALL_SITES else name


def _few(n: object) -> str:
    return count(n) if is_known(n) else "few"


def _share(row: Row) -> str:
    if not is_known(row["rate"]):
        return "–"
    if not is_known(row["low"]):
        return percent(row["rate"])
    return f"{percent(row['rate'])} ({percent(row['low'])} to {percent(row['high'])})"


def training_changes(
    effects: pd.DataFrame, instruments: dict[str, Instrument], *, by_site: bool = False
) -> pd.DataFrame:
    """Every score and pair of times; plus is better."""
    rows = []
    for row in effects.to_dict("records"):
        label = instruments[row["instrument"]].scale(row["scale"]).label
        first = {"Site": _site(row["site"])} if by_site else {"Score": label}
        when = training_wording.training_contrast_name(row["contrast"])
        rows.append(first | {"From when to when": when} | _change(row))
    return pd.DataFrame(rows)


def _change(row: Row) -> Row:
    if row["reason"] == SUPPRESSED:
        return dict.fromkeys(_CHANGE_HEADINGS, HIDDEN)
    n = row["n"]
    size = size_word(row["g_pre"]) if n >= LEAST_FOR_SIZE and is_known(row["g_pre"]) else ""
    sure = interval(row["improvement_low"], row["improvement_high"])
    return {
        "Number": count(n),
        "Change (+ is better)": TOO_FEW if n < LEAST_FOR_MEAN else signed(row["improvement"]),
        "Fairly sure between": TOO_FEW if n < LEAST_FOR_INTERVAL else sure,
        "Before": TOO_FEW if n < LEAST_FOR_MEAN else number(row["mean_before"]),
        "After": TOO_FEW if n < LEAST_FOR_MEAN else number(row["mean_after"]),
        "Size": size,
    }


def sessions(course: pd.DataFrame) -> pd.DataFrame:
    """Who answered at each session, and how they were."""
    rows = []
    for row in course.to_dict("records"):
        few = row["n"] < LEAST_FOR_MEAN
        sure = f"{number(row['low'])} to {number(row['high'])}" if is_known(row["low"]) else "–"
        rows.append(
            {
                "Session": count(row["session_number"]),
                "Answers": count(row["n"]),
                "Couples": count(row["n_couples"]),
                "Average": TOO_FEW if few else number(row["mean"]),
                "Fairly sure between": TOO_FEW if row["n"] < LEAST_FOR_INTERVAL else sure,
                "Same people, first": TOO_FEW if few else number(row["mean_at_first"]),
            }
        )
    return pd.DataFrame(rows)


def first_to_last(changes: pd.DataFrame) -> pd.DataFrame:
    """The change of each group from the first to the last session; plus is better."""
    rows = []
    for row in changes.to_dict("records"):
        n = row["n"]
        rows.append(
            {
                "Who": training_wording.group_name(row["group"]),
                "Number": count(n),
                "Change (+ is better)": TOO_FEW if n < LEAST_FOR_MEAN else signed(row["mean"]),
                "Fairly sure between": TOO_FEW
                if n < LEAST_FOR_INTERVAL
                else interval(row["low"], row["high"]),
                "Note": reason_text(row["reason"]),
            }
        )
    table = pd.DataFrame(rows)
    return table.loc[:, (table != "").any()] if len(table) else table
