"""Who is due: hand-made people, one for each thing that can be said of somebody."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from evaluation.analysis.wave_states import wave_states
from evaluation.config import FollowUp
from evaluation.tables.due import (
    DUE_COLUMNS,
    LATE,
    NO_END_DATE,
    OPEN,
    SOON,
    due_list,
    latest_modes,
    next_due,
)

END = "2025-01-31"  # 3 months later: due 2 May, from 2 April to 1 June


def person(code: str, **facts) -> dict:
    base = {
        "site": "Luton", "participant": code, "couple": "", "referred": True, "took_up": True,
        "started_on": pd.NaT, "ended_on": END, "last_contact_on": pd.NaT, "ending": "",
        "done_baseline": True, "done_end": True,
    }  # fmt: skip
    return base | facts


def people_of(*rows: dict) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=list(person("")) if not rows else None)
    for name in table.columns:
        if name.endswith("_on"):
            table[name] = pd.to_datetime(table[name])
        if name.startswith("done_"):
            table[name] = table[name].astype("boolean").fillna(False).astype(bool)
    return table.astype({"took_up": "boolean", "referred": bool})


NO_ROLES = pd.DataFrame(columns=["site", "participant", "role"])


def listed(people: pd.DataFrame, *, today: str, lock: str = "2025-02-20", **more) -> pd.DataFrame:
    follow_up = more.pop("follow_up", None)
    states = wave_states(people, data_lock=lock, follow_up=follow_up)
    roles = more.pop("roles", NO_ROLES)
    return due_list(states, people, roles, today=today, **more)


# Day by day, for one person whose support ended on 31 January 2025.
@pytest.mark.parametrize(
    ("today", "state", "to_open", "left"),
    [
        ("2025-03-02", None, None, None),
        ("2025-03-03", SOON, 30, 90),
        ("2025-04-01", SOON, 1, 61),
        ("2025-04-02", OPEN, 0, 60),
        ("2025-06-01", OPEN, -60, 0),
        ("2025-06-02", LATE, -61, -1),
        ("2025-07-01", LATE, -90, -30),
        ("2025-07-02", None, None, None),
    ],
)
def test_the_window_of_three_months_day_by_day(today, state, to_open, left):
    due = listed(people_of(person("1")), today=today)
    mine = due[due["wave"] == "3m"]
    if state is None:
        assert mine.empty
    else:
        row = mine.iloc[0]
        assert (row["state"], row["days_to_open"], row["days_left"]) == (state, to_open, left)


def test_dates_are_those_of_the_window():
    row = listed(people_of(person("1")), today="2025-04-10").iloc[0]
    days = [row[name].strftime("%Y-%m-%d") for name in ("opens_on", "due_on", "closes_on")]
    assert days == ["2025-04-02", "2025-05-02", "2025-06-01"]


def test_late_ends_before_the_next_questionnaire_opens():
    """With the usual times nobody is asked twice at once: 30 days late fit between the two."""
    people = people_of(person("1", done_end=False))
    for first in ("2025-03-28", "2025-06-28"):
        for day in pd.date_range(first, periods=9):
            due = listed(people, today=str(day.date()), lock="2025-01-31", soon_days=0)
            assert len(due) <= 1


@pytest.mark.parametrize(
    "facts",
    [
        {"done_3m": True, "done_6m": True},
        {"done_baseline": False},
        {"ending": "withdrew consent"},
        {"ending": "Safeguarding"},
        # Noted for a day after the lock: still nobody to telephone.
        {"ending": "safeguarding", "ended_on": "2025-03-01"},
    ],
)
def test_who_is_never_in_the_list(facts):
    people = people_of(person("1", **facts))
    for day in ("2025-02-20", "2025-04-10", "2025-06-10", "2025-08-10"):
        assert listed(people, today=day).empty


def test_somebody_who_answered_after_the_chosen_day_is_not_asked():
    done = person("1", done_3m=True, **{"3m_done_on": "2025-05-05"})
    assert listed(people_of(done), today="2025-04-20", lock="2025-05-31").empty


def test_waves_that_the_site_does_not_use_are_left_out():
    rule = {"3m": FollowUp(91, sites=("Dorset",)), "6m": FollowUp(183, sites=("Luton",))}
    due = listed(people_of(person("1")), today="2025-07-10", follow_up=rule)
    assert due["wave"].tolist() == ["6m"]
    assert listed(people_of(person("1")), today="2025-04-10", follow_up=rule).empty


def test_whether_a_site_uses_a_wave_is_told_by_the_data_not_by_the_calendar():
    """Long after the last upload everybody looks silent; the list must not follow from that."""
    answered = [person(f"A{n}", done_3m=True) for n in range(10)]
    silent = [person(f"B{n}", ended_on="2025-02-01", done_3m=False) for n in range(40)]
    due = listed(people_of(*answered, *silent), today="2025-07-20", lock="2025-02-10")
    assert (due["wave"] == "6m").sum() == 50


def test_without_an_end_date_there_is_one_row_and_no_wave():
    nobody_noted = person("1", ended_on=pd.NaT, couple="C1")
    partner = person("2", couple="C1", done_3m=True, done_6m=True)
    due = listed(people_of(nobody_noted, partner), today="2025-04-10")
    assert len(due) == 1
    row = due.iloc[0]
    assert (row["participant"], row["wave"], row["state"]) == ("1", "", NO_END_DATE)
    assert pd.isna(row["days_left"]) and pd.isna(row["closes_on"])
    assert row["partner_answered"] == ""


def test_nobody_asks_when_support_ended_that_was_never_taken_up():
    never = person("1", ended_on=pd.NaT, took_up=False)
    not_known = person("2", ended_on=pd.NaT, took_up=None)
    due = listed(people_of(never, not_known), today="2025-04-10")
    assert due["participant"].tolist() == ["2"]


def test_partners():
    people = people_of(
        person("1", couple="C1", done_3m=True), person("2", couple="C1"),
        person("3", couple="C2"), person("4", couple="C2"),
        person("5", couple="C3"), person("6"),
        person("7", site="Dorset", couple="C3", done_3m=True), person("8", couple="C1"),
    )  # fmt: skip
    due = listed(people, today="2025-04-10").set_index("participant")
    answered = due.loc[due["site"] == "Luton", "partner_answered"].to_dict()
    assert answered == {"2": "yes", "3": "no", "4": "no", "5": "", "6": "", "8": "yes"}


def test_order_late_then_open_then_soon_each_by_its_last_day_partners_together():
    people = people_of(
        person("soon", ended_on="2025-02-20"),
        person("b", couple="C1"), person("later", ended_on="2025-02-05"), person("a", couple="C1"),
        person("late", ended_on="2024-12-01", done_6m=True),
        person("undated", ended_on=pd.NaT),
    )  # fmt: skip
    rule = {"3m": FollowUp(91, sites=("Luton",))}
    due = listed(people, today="2025-04-10", lock="2025-04-10", follow_up=rule)
    assert due["participant"].tolist() == ["late", "a", "b", "later", "soon", "undated"]


def test_roles_and_how_somebody_answered_last():
    roles = pd.DataFrame({"site": "Luton", "participant": ["1"], "role": ["father"]})
    records = pd.DataFrame(
        {
            "site": "Luton", "participant": ["1", "1", "1", "2"],
            "completed_on": pd.to_datetime(["2025-02-01", None, "2025-03-01", "2025-01-01"]),
            "mode": ["online", "paper", "", None],
        }
    )  # fmt: skip
    due = listed(
        people_of(person("1"), person("2")), today="2025-04-10", roles=roles,
        modes=latest_modes(records),
    )  # fmt: skip
    assert due["role"].tolist() == ["father", ""]
    assert due["mode"].tolist() == ["online", ""]


def test_nothing_but_codes_and_dates_is_in_it():
    due = listed(people_of(person("1")), today="2025-04-10")
    assert tuple(due.columns) == DUE_COLUMNS
    assert not any(
        "score" in name or "answer" in name for name in set(DUE_COLUMNS) - {"partner_answered"}
    )


@pytest.mark.parametrize("some", [people_of(), people_of(person("1", done_baseline=False))])
def test_of_nobody_there_is_an_empty_list(some):
    due = listed(some, today="2025-04-10")
    assert due.empty and tuple(due.columns) == DUE_COLUMNS
    states = wave_states(some, data_lock="2025-02-20")
    assert next_due(states, some, today="2025-04-10") is None


def test_the_next_day_on_which_anybody_can_answer():
    people = people_of(person("1"), person("2", ended_on="2025-03-01"))
    states = wave_states(people, data_lock="2025-03-10")
    assert next_due(states, people, today="2025-03-15") == pd.Timestamp("2025-04-02")
    assert next_due(states, people, today="2025-04-02") == pd.Timestamp("2025-05-01")
    assert next_due(states, people, today="2026-01-01") is None


def test_wrong_arguments_are_named():
    people = people_of(person("1"))
    with pytest.raises(ValueError, match="today='soon'"):
        listed(people, today="soon")
    with pytest.raises(ValueError, match="soon_days=-1"):
        listed(people, today="2025-04-10", soon_days=-1)


def test_agrees_with_the_states_on_the_day_of_the_lock():
    """Open in the list and open windows in the follow-up figures are the same people."""
    generator = np.random.default_rng(7)
    ends = pd.Timestamp("2024-06-01") + pd.to_timedelta(generator.integers(0, 300, 400), "D")
    people = people_of(
        *[
            person(
                f"P{n}", ended_on=end, done_end=bool(n % 3), done_3m=bool(n % 2), done_6m=n % 5 == 0
            )
            for n, end in enumerate(ends)
        ]
    )
    lock = "2025-02-20"
    states = wave_states(people, data_lock=lock)
    due = due_list(states, people, NO_ROLES, today=lock)
    expected = states[states["state"] == "window_open"]
    found = due[due["state"] == OPEN]
    assert len(expected) > 20
    assert set(zip(found["participant"], found["wave"], strict=True)) == set(
        zip(expected["participant"], expected["wave"], strict=True)
    )


def test_a_hundred_thousand_people_are_quick():
    n = 100_000
    codes = pd.Series(np.arange(n)).astype(str)
    people = pd.DataFrame(person("")  , index=range(n)).assign(
        participant="P" + codes, couple="C" + (pd.Series(np.arange(n)) // 2).astype(str),
        ended_on=pd.Timestamp("2024-06-01") + pd.to_timedelta(np.arange(n) % 300, "D"),
    )  # fmt: skip
    people = people.astype({"took_up": "boolean"})
    states = wave_states(people, data_lock="2025-02-20")
    begin = time.perf_counter()
    due = due_list(states, people, NO_ROLES, today="2025-02-20")
    assert time.perf_counter() - begin < 10  # about one second; far less than a row at a time takes
    assert len(due) > 10_000
