"""The rows behind a number in plain words: who is in it, and why somebody is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from evaluation.provenance import DATES_OUT_OF_ORDER, LATER_NOT_SCORED, OUTSIDE_WINDOW
from evaluation.report.due_wording import short_date
from evaluation.report.reasons import reason_text
from evaluation.report.wording import capital, count, number, people, signed
from instruments.definition import Instrument

Row = Mapping[str, Any]
CLASS_WORDS = {
    "recovered": "clearly better, left the range of concern",
    "improved": "clearly better",
    "unchanged": "no clear change",
    "deteriorated": "clearly worse",
    "harmed": "clearly worse, entered the range of concern",
}
_STATES = {
    "done": "Answered something at that time, but there is no score on this measure.",
    "missed": "Not heard from, and the time for it has passed.",
    "window_open": "The later questionnaire can still be answered.",
    "not_yet_due": "The later questionnaire is not due yet.",
    "not_eligible": "Not asked at that time.",
}
_DAYS_OUT_OF_ORDER = "The later questionnaire is dated before the earlier one."
_OUTSIDE_WINDOW = "The later questionnaire came outside the days that the rule file allows."


def why_not_text(row: Row) -> str:
    """Why somebody with the earlier score does not count; empty for who does."""
    code = row["why_not"]
    if not code:
        return ""
    if code == DATES_OUT_OF_ORDER:
        return _DAYS_OUT_OF_ORDER
    if code == OUTSIDE_WINDOW:
        return _OUTSIDE_WINDOW
    if code == LATER_NOT_SCORED:
        return f"The later questionnaire has no score. {reason_text(row['reason'])}".strip()
    state = _STATES.get(row["state"], reason_text("no_later_score"))
    return f"{state} {reason_text(row['reason'])}".strip()


def left_out_sentences(rows: pd.DataFrame, unit: tuple[str, str]) -> list[str]:
    """How many are left out for each reason, the most frequent first."""
    out = rows[rows["used"] == "no"]
    if out.empty:
        return []
    reasons = pd.Series([why_not_text(row) for row in out.to_dict("records")])
    counts = reasons.value_counts(sort=True)
    return [f"{capital(people(int(n), *unit))}: {text}" for text, n in counts.items()]


def people_used(rows: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Those who count, as people read it."""
    used, digits = rows[rows["used"] == "yes"], _digits(rows)
    return _table(used, lambda row: _who(row, instrument, digits) | _used(row, digits))


def people_left_out(rows: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Those who do not count, and why."""
    out, digits = rows[rows["used"] == "no"], _digits(rows)
    return _table(out, lambda row: _who(row, instrument, digits) | _left_out(row, digits))


def _digits(rows: pd.DataFrame) -> int:
    """No decimals where every score is a whole number."""
    scores = rows[["before", "after"]].to_numpy(dtype=float)
    known = scores[np.isfinite(scores)]
    return 0 if (known == known.round()).all() else 1


def _who(row: Row, instrument: Instrument, digits: int) -> dict[str, str]:
    who = {"Person": str(row["participant"]), "Couple": str(row["couple"])}
    if instrument.about_child:
        who |= {"Child": str(row["child"]), "Answered by": str(row["informant"])}
    return who | {"First answered": _day(row["before_on"]), "Before": number(row["before"], digits)}


def _used(row: Row, digits: int) -> dict[str, str]:
    return {
        "Later answered": _day(row["after_on"]),
        "After": number(row["after"], digits),
        "Change (+ is better)": signed(row["improvement"], digits),
        "Clear change": CLASS_WORDS.get(row["change_class"], ""),
        "Note": "a session stands in" if row["session_stands_in"] == "yes" else "",
    }


def _left_out(row: Row, digits: int) -> dict[str, str]:
    later = number(row["after"], digits)
    return {
        "Later answered": _day(row["after_on"]),
        "After": "" if later == "–" else later,
        "Why left out": why_not_text(row),
    }


def _day(day: Any) -> str:
    return "" if pd.isna(day) else short_date(day)


def _table(rows: pd.DataFrame, make: Callable[[Row], dict[str, str]]) -> pd.DataFrame:
    """One line for each row; columns in which nothing stands are left out."""
    table = pd.DataFrame([make(row) for row in rows.to_dict("records")])
    return table if table.empty else table.loc[:, (table != "").any()]


def rows_sentence(rows: pd.DataFrame, unit: tuple[str, str]) -> str:
    """How many rows are behind a number and how many of them count."""
    n_used = int((rows["used"] == "yes").sum())
    n_out = len(rows) - n_used
    counted = f"{count(n_used)} count" if n_used > 1 else f"{'one' if n_used else 'none'} counts"
    left = f"{count(n_out)} left out" if n_out else "nobody is left out"
    return f"{capital(people(len(rows), *unit))} with the earlier score: {counted}, {left}."
