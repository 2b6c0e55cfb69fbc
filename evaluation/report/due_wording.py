"""Who is due, in words: what to do first, by when, and what would make the list complete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluation.model import months_of
from evaluation.report import wording
from evaluation.tables.due import LATE, NO_END_DATE, OPEN, PERSON, SOON
from instruments.definition import Instrument

Row = dict[str, Any]
NO_BREAK = "\N{NO-BREAK SPACE}"
HURRY_DAYS = 7  # so many days before the last one it is time to hurry
HEADINGS = {
    OPEN: "Can answer now",
    LATE: "A little late",
    SOON: "Can answer soon",
    NO_END_DATE: "When did support end?",
}
STATE_WORDS = {
    OPEN: "can answer now",
    LATE: "a little late",
    SOON: "can answer soon",
    NO_END_DATE: "end of support not noted",
}
CODES_ONLY = (
    "People are named by their codes only, and no answer is in the list. It is for the site's own "
    "work: please do not pass it on."
)
NO_ALERT = (
    "This is not an alert system: nobody watches the answers as they come in. What somebody says "
    "about self-harm or risk has to be acted on by whoever collects the answers, on that day."
)


def made_for_sentence(day: dt.date, data_lock: dt.date) -> str:
    """For which day the list is, and from when what has come in since is not known."""
    text = f"For {wording.british_date(day)}."
    if day <= data_lock:
        return text
    lock = wording.british_date(data_lock)
    return f"{text} The data go up to {lock}; whoever has answered since is still in the list."


def due_sentences(due: pd.DataFrame, *, late_counts: bool = True) -> list[str]:
    """The list in a few lines, the most pressing first; empty where nobody is in it."""
    lines = []
    now = due[due["state"] == OPEN]
    if len(now):
        lines.append(f"{_people(now)} can answer now{_hurry(now)}.")
    late = due[due["state"] == LATE]
    if len(late):
        kept = (
            "a late answer still counts" if late_counts else "a late answer is still worth having"
        )
        is_late = "is" if _n(late) == 1 else "are"
        lines.append(
            f"{_people(late)} {is_late} a little late: their time has just passed, but {kept}."
        )
    soon = due[due["state"] == SOON]
    if len(soon):
        first = wording.british_date(soon["opens_on"].min())
        lines.append(f"{_people(soon)} can answer soon, the first from {first}.")
    undated = due[due["state"] == NO_END_DATE]
    if len(undated):
        lines.append(
            f"For {wording.people(_n(undated))} nobody has noted when support ended, so nobody can "
            "say when they are due."
        )
    return lines


def nobody_sentence(next_day: pd.Timestamp | None) -> str:
    """What to say where nobody can answer now: when the next can."""
    if next_day is None:
        return "Nobody can answer now, and nobody is waiting for their turn."
    return f"Nobody can answer now. The next can from {wording.british_date(next_day)}."


def short_date(day: Any) -> str:
    """A date that stays on one line of a narrow table."""
    return f"{day.day} {day:%b} {day.year}".replace(" ", NO_BREAK)


def partner_text(row: Row) -> str:
    """Whether the partner has answered at the same time; blank where there is none."""
    return {"yes": "has answered", "no": "not yet"}.get(row["partner_answered"], "")


def wave_text(wave: str) -> str:
    """The questionnaire that somebody is asked for."""
    return wording.wave_title(wave) if wave else ""


def short_wave(wave: str) -> str:
    """The same for a narrow table: ``End``, ``3 months``."""
    months = months_of(wave)
    if months is None:
        return wave_text(wave)
    return f"{months}{NO_BREAK}{'month' if months == 1 else 'months'}"


def _n(rows: pd.DataFrame) -> int:
    return len(rows[PERSON].drop_duplicates())


def _people(rows: pd.DataFrame) -> str:
    return wording.capital(wording.people(_n(rows)))


def _hurry(now: pd.DataFrame) -> str:
    pressing = now[now["days_left"] <= HURRY_DAYS]
    if pressing.empty:
        return ""
    longest = int(pressing["days_left"].max())
    at_most = "only" if pressing["days_left"].nunique() == 1 else "at most"
    until = "today only" if longest == 0 else f"for {at_most} {_more_days(longest)}"
    some, n = _n(pressing), _n(now)
    who = f"{wording.count(some)} of them " if some < n else "all of them " if n > 1 else ""
    return f", {who}{until}"


def _more_days(n: int) -> str:
    return "1 more day" if n == 1 else f"{wording.count(n)} more days"


def risk_table(found: pd.DataFrame, instruments: Mapping[str, Instrument]) -> pd.DataFrame:
    """Answers about harm (`risk_answers`) as a table to read."""
    rows = []
    for row in found.to_dict("records"):
        instrument, day = instruments[row["instrument"]], row["completed_on"]
        item = instrument.item(row["item"])
        words = f" ({item.labels[row['answer'] - item.minimum]})" if item.labels else ""
        rows.append(
            {
                "Date": "not noted" if pd.isna(day) else wording.british_date(day),
                "Person": row["participant"],
                "When": wording.wave_title(row["wave"]),
                "Question": f"{instrument.short_name}, question {row['item']}",
                "Answer": f"{row['answer']} of {item.maximum}{words}",
            }
        )
    return pd.DataFrame(rows)
