"""Change by when support began: periods, who is still waited for, and what is compared."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from evaluation.tables.periods import (
    PERIOD,
    RUNNING,
    period_end,
    periods_table,
    running_periods,
    start_periods,
    waiting_shares,
)
from evaluation.tables.subgroups import SUBGROUP_COLUMNS
from tests.evaluation.tables.synthetic_programme import run

LOCK = dt.date(2017, 12, 31)


def people(*days: tuple[str | None, str | None]) -> pd.DataFrame:
    """People with the day support began and the day of the first questionnaire."""
    started, first = (pd.to_datetime(pd.Series(column)) for column in zip(*days, strict=True))
    names = [f"P{place}" for place in range(len(days))]
    return pd.DataFrame(
        {"site": "Luton", "participant": names, "started_on": started, "baseline_done_on": first}
    )


def test_half_years_by_start_else_by_first_questionnaire():
    known = people(
        ("2016-06-30", "2016-08-01"), ("2016-07-01", None), (None, "2017-01-05"),
        (None, None), ("2018-01-01", None),
    )  # fmt: skip
    found = start_periods(known, data_lock=LOCK)
    assert found["participant"].tolist() == ["P0", "P1", "P2"]
    assert found[PERIOD].tolist() == ["2016-H1", "2016-H2", "2017-H1"]


def test_a_long_programme_is_shown_by_whole_years():
    days = [(f"{year}-{month}-15", None) for year in range(2012, 2016) for month in ("03", "09")]
    found = start_periods(people(*days), data_lock=LOCK)
    assert found[PERIOD].unique().tolist() == ["2012", "2013", "2014", "2015"]
    assert start_periods(people(*days[:6]), data_lock=LOCK)[PERIOD].nunique() == 6


@pytest.mark.parametrize(
    ("period", "end"),
    [("2016-H1", "2016-06-30"), ("2016-H2", "2016-12-31"), ("2016", "2016-12-31")],
)
def test_last_day(period: str, end: str):
    assert period_end(period) == pd.Timestamp(end)


def states_of(*states: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"site": "Luton", "participant": [f"P{place}" for place in range(len(states))],
         "wave": "end", "state": [state for state, _ in states],
         "reason": [reason for _, reason in states]}
    )  # fmt: skip


def began_in(*days: str) -> pd.DataFrame:
    return start_periods(people(*[(day, None) for day in days]), data_lock=LOCK)


def test_a_period_runs_while_more_than_a_tenth_may_answer():
    began = began_in(*["2016-03-01"] * 20)
    for n_open, running in ((2, set()), (3, {"2016-H1"})):
        states = states_of(*[("window_open", "")] * n_open, *[("done", "")] * (20 - n_open))
        waiting = waiting_shares(began, states, wave="end", lock=LOCK)
        assert waiting[["asked", "waiting"]].to_numpy().tolist() == [[20, n_open]]
        assert running_periods(waiting, site="ALL", data_lock=LOCK) == running


def test_a_period_that_is_not_over_runs_even_if_all_have_answered():
    began = began_in("2017-08-01")
    waiting = waiting_shares(began, states_of(("done", "")), wave="end", lock=LOCK)
    assert running_periods(waiting, site="ALL", data_lock=dt.date(2017, 11, 1)) == {"2017-H2"}
    assert running_periods(waiting, site="ALL", data_lock=LOCK) == set()
    assert running_periods(waiting, site="Essex", data_lock=LOCK) == set()


def test_an_end_nobody_noted_keeps_a_period_running_for_a_year_only():
    """The one who began in 2016 is taken for lost; those not eligible are not asked at all."""
    began = began_in("2016-03-01", "2017-02-01", "2016-03-01")
    states = states_of(
        ("not_yet_due", "no_end_date"), ("not_yet_due", "no_end_date"), ("not_eligible", "")
    )
    waiting = waiting_shares(began, states, wave="end", lock=LOCK).set_index(PERIOD)
    assert waiting["waiting"].to_dict() == {"2016-H1": 0, "2017-H1": 1}
    assert waiting["asked"].to_dict() == {"2016-H1": 1, "2017-H1": 1}


def programme_of(*groups: tuple[str, str, int, float]):
    """People by period: first day, last day, how many, and by how much PHQ-9 falls on average."""
    lines = ["site,participant,couple,wave,completed_on,phq9_total"]
    for number, (first, last, n, fall) in enumerate(groups):
        for person in range(n):
            code = f"G{number}P{person:02}"
            start = 12 + person % 4
            end = start - fall + (person % 2) - 0.5
            lines += [f"Luton,{code},,baseline,{first},{start}", f"Luton,{code},,end,{last},{end}"]
    return run("\n".join(lines))


def table_of(results) -> pd.DataFrame:
    return periods_table(
        results.pairs, results.people, results.states, results.instruments, results.settings,
        data_lock=results.data_lock,
    )  # fmt: skip


def test_change_of_each_period_and_its_distance_from_the_largest():
    results = programme_of(
        ("2016-02-01", "2016-04-01", 24, 3.5), ("2016-09-01", "2016-11-01", 28, 5.5),
        ("2017-01-10", "2017-03-01", 20, 8.5),
    )  # fmt: skip
    table = table_of(results)
    assert tuple(table.columns) == SUBGROUP_COLUMNS
    assert table["site"].drop_duplicates().tolist() == ["ALL", "Luton"]
    levels = table[(table["site"] == "ALL") & (table["row"] == "level")].set_index("level")
    assert list(levels.index) == ["2016-H1", "2016-H2", "2017-H1"]
    assert levels["n"].tolist() == [24, 28, 20]
    assert levels["improvement"].iloc[:2].tolist() == pytest.approx([3.5, 5.5])
    # The data end in March 2017: that half-year is not over.
    assert levels.loc["2017-H1", "reason"] == RUNNING
    assert np.isnan(levels.loc["2017-H1", "improvement"])
    apart = table[(table["site"] == "ALL") & (table["row"] == "difference")]
    assert apart["level"].tolist() == ["2016-H1", "2016-H1"]
    assert apart["reference"].tolist() == ["2016-H2", "2016-H2"]
    assert apart["adjusted"].tolist() == ["no", "yes"]
    assert apart["difference"].tolist() == pytest.approx([-2.0, -2.0])
    assert apart["n_family"].tolist() == [1.0, 1.0]


def test_sites_alone_and_nobody():
    results = programme_of(("2016-02-01", "2016-04-01", 4, 3.5))
    table = periods_table(
        results.pairs, results.people, results.states, results.instruments, results.settings,
        data_lock=results.data_lock, sites=["Essex"],
    )  # fmt: skip
    assert table.empty and tuple(table.columns) == SUBGROUP_COLUMNS
    only_start = run("site,participant,wave,completed_on,phq9_total\nLuton,A,baseline,2016-02-01,9")
    assert table_of(only_start).empty
