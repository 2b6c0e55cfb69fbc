"""Attrition at a data lock: R's counts, the edges of the windows, nearly empty tables."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.attrition import STATES, cascade, wave_states
from evaluation.analysis.people import PEOPLE_COLUMNS, build_people
from evaluation.config import FollowUp
from evaluation.model import (
    ATTRITION_COLUMNS,
    PARTICIPANT_COLUMNS,
    RECORD_COLUMNS,
    SCORE_COLUMNS,
    SERVICE_USE_COLUMNS,
    Dataset,
)

REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"
EXPECTED = json.loads((REFERENCE / "attrition_cascade_lfo.json").read_text())
WAVES = {"post": "end", "fu3": "3m", "fu6": "6m"}
LOCK = "2025-06-30"


def read_lfo() -> pd.DataFrame:
    """The synthetic programme as a table of people; its wave `post` is our `end`."""
    data = pd.read_csv(REFERENCE / "lfo_synth.csv")
    people = pd.DataFrame(
        {
            "site": data["site"],
            "participant": data["person"],
            "couple": data["couple"],
            "referred": True,
            "referred_on": pd.to_datetime(data["referral_date"]),
            "took_up": data["took_up"].astype("boolean"),
            "started_on": pd.to_datetime(data["start_date"]),
            "ended_on": pd.to_datetime(data["end_date"]),
            "last_contact_on": pd.NaT,
            "ending": "",
            "done_baseline": data["rq_pre"].notna(),
        }
    )
    for theirs, ours in WAVES.items():
        people[f"done_{ours}"] = data[f"rq_{theirs}"].notna()
    return people


def make_people(**columns) -> pd.DataFrame:
    """People of one site who took up and have a baseline, unless a column says otherwise."""
    count = max((len(v) for v in columns.values() if isinstance(v, list)), default=1)
    plain = {
        "site": "Luton",
        "participant": [str(number) for number in range(count)],
        "couple": "",
        "referred": True,
        "took_up": True,
        "started_on": pd.NaT,
        "ended_on": pd.NaT,
        "last_contact_on": pd.NaT,
        "ending": "",
        "done_baseline": True,
        "done_end": False,
    }
    people = pd.DataFrame(plain | columns)
    for name in people.columns:
        if name.endswith("_on"):
            people[name] = pd.to_datetime(people[name])
    return people


def pick(table: pd.DataFrame, step: str, *, site="ALL", unit="person") -> pd.Series:
    rows = table[(table["site"] == site) & (table["step"] == step) & (table["unit"] == unit)]
    assert len(rows) == 1
    return rows.iloc[0]


def states_of(people: pd.DataFrame, wave: str = "end", **given) -> list[str]:
    states = wave_states(people, **({"data_lock": LOCK} | given))
    return states.loc[states["wave"] == wave, "state"].tolist()


class TestAgainstR:
    table = cascade(read_lfo(), data_lock=EXPECTED["data_lock"])

    def test_first_steps(self):
        assert pick(self.table, "referred")["done"] == EXPECTED["referred"]
        took_up, baseline = pick(self.table, "took_up"), pick(self.table, "baseline")
        assert (took_up["n"], took_up["done"]) == (EXPECTED["referred"], EXPECTED["took_up"])
        assert (baseline["n"], baseline["done"]) == (EXPECTED["took_up"], EXPECTED["baseline"])
        assert took_up["rate"] == pytest.approx(388 / 498, abs=1e-12)
        assert baseline["rate"] == pytest.approx(362 / 388, abs=1e-12)

    @pytest.mark.parametrize("wave", WAVES)
    def test_waves(self, wave):
        row, expected = pick(self.table, WAVES[wave]), EXPECTED["waves"][wave]
        for name in ("not_eligible", "done", "not_yet_due", "window_open"):
            assert row[name] == expected[name]
        assert row["missed"] == expected["overdue_missed"]
        assert row["n"] == EXPECTED["baseline"]
        assert row["rate"] == pytest.approx(expected["retention_due"], abs=1e-9)
        assert row["low"] == pytest.approx(expected["wilson"][0], abs=1e-9)
        assert row["high"] == pytest.approx(expected["wilson"][1], abs=1e-9)
        assert row["rate_if_open_fail"] == pytest.approx(
            expected["all_matured_incl_open"], abs=1e-9
        )
        all_come = (expected["done"] + expected["window_open"]) / (
            expected["due"] + expected["window_open"]
        )
        assert row["rate_if_open_succeed"] == pytest.approx(all_come, abs=1e-12)
        assert row["cumulative_rate"] == pytest.approx(
            388 / 498 * 362 / 388 * expected["retention_due"], abs=1e-12
        )

    def test_sites_add_up_to_all(self):
        counts = ["n", *STATES]
        for unit in ("person", "couple", "couple_both"):
            rows = self.table[self.table["unit"] == unit]
            sites = rows[rows["site"] != "ALL"].groupby("step")[counts].sum()
            programme = rows[rows["site"] == "ALL"].set_index("step")[counts]
            pd.testing.assert_frame_equal(sites, programme.loc[sites.index], check_dtype=False)

    def test_couples_counted_by_hand(self):
        """A second way of counting: each couple's own rows, one at a time."""
        people = read_lfo()
        states = wave_states(people, data_lock=EXPECTED["data_lock"])
        at_3m = states.loc[states["wave"] == "3m", "state"].astype(str).to_numpy()
        either = dict.fromkeys(STATES, 0)
        both = dict.fromkeys(STATES, 0)
        for _, rows in people.groupby(["site", "couple"]).indices.items():
            partners = set(at_3m[rows])
            either[next(state for state in STATES if state in partners)] += 1
            if len(rows) == 2:
                both[next(state for state in reversed(STATES) if state in partners)] += 1
        for unit, counts in (("couple", either), ("couple_both", both)):
            row = pick(self.table, "3m", unit=unit)
            assert {state: row[state] for state in STATES} == counts
        assert sum(either.values()) == 285
        assert sum(both.values()) == 213

    def test_published_cascade(self):
        """6,110 referred, 4,802 started, 2,694 completed."""
        counts, expected = EXPECTED["rpc_2018_22"]["n"], EXPECTED["rpc_2018_22"]
        order = np.arange(counts["referred"])
        people = make_people(
            participant=[str(number) for number in order],
            took_up=list(order < counts["started"]),
            done_baseline=list(order < counts["started"]),
            done_end=list(order < counts["completed"]),
            ended_on=["2020-01-01"] * counts["referred"],
        )
        table = cascade(people, data_lock=LOCK)
        started, completed = pick(table, "took_up"), pick(table, "end")
        assert started["rate"] == pytest.approx(expected["step_rate"]["started"], abs=1e-9)
        assert completed["rate"] == pytest.approx(expected["step_rate"]["completed"], abs=1e-9)
        for row, wilson in zip((started, completed), expected["wilson"], strict=False):
            assert [row["low"], row["high"]] == pytest.approx(wilson, abs=1e-9)
        assert completed["cumulative_rate"] == pytest.approx(
            expected["cumulative"]["completed"], abs=1e-9
        )
        assert pick(table, "referred")["cumulative_rate"] == expected["cumulative"]["referred"]

    def test_the_table_has_its_columns(self):
        assert tuple(self.table.columns) == ATTRITION_COLUMNS
        assert self.table["site"].nunique() == 13
        assert len(self.table) == 13 * 3 * 6


class TestWindows:
    def test_edges_belong_to_the_window(self):
        """Due on 30 June; 30 days either side count as open."""
        ends = ["2025-07-31", "2025-07-30", "2025-06-30", "2025-05-31", "2025-05-30"]
        expected = ["not_yet_due", "window_open", "window_open", "window_open", "missed"]
        assert states_of(make_people(ended_on=ends)) == expected

    @pytest.mark.parametrize(("wave", "days"), [("3m", 91), ("6m", 183), ("4m", 122)])
    def test_follow_ups_fall_due_after_the_end(self, wave, days):
        due = pd.Timestamp(LOCK) + pd.to_timedelta([31, 30, -30, -31], unit="D")
        people = make_people(ended_on=list(due - pd.Timedelta(days=days)))
        found = states_of(people, wave, follow_up={wave: FollowUp(days)})
        assert found == ["not_yet_due", "window_open", "window_open", "missed"]
        people[f"done_{wave}"] = [True, False, False, False]
        assert states_of(people, wave) == ["done", "window_open", "window_open", "missed"]

    def test_offset_and_window_can_be_set(self):
        people = make_people(ended_on=["2025-06-01", "2025-06-10", "2025-06-20"])
        timing = {"end": FollowUp(14, 3), "3m": FollowUp(10, 5)}
        assert states_of(people, "end", follow_up=timing) == [
            "missed",
            "missed",
            "not_yet_due",
        ]
        assert states_of(people, "3m", follow_up=timing) == ["missed", "missed", "window_open"]

    def test_end_date_is_stated_then_seen_then_expected(self):
        people = make_people(
            started_on=["2025-01-01"] * 4,
            ended_on=["2025-03-01", None, None, None],
            last_contact_on=["2025-05-01", "2025-05-01", None, None],
        )
        people.loc[3, "started_on"] = pd.NaT
        states = wave_states(people, data_lock=LOCK, expected_weeks=12).query("wave == 'end'")
        assert states["end_source"].tolist() == ["ended_on", "last_contact", "expected", ""]
        assert states["due_on"].dt.strftime("%Y-%m-%d").tolist()[:3] == [
            "2025-03-01",
            "2025-05-01",
            "2025-03-26",
        ]
        assert states["state"].tolist() == ["missed", "missed", "missed", "not_yet_due"]
        assert states["reason"].tolist() == ["", "", "", "no_end_date"]
        assert states_of(people)[2:] == ["not_yet_due", "not_yet_due"]

    def test_early_and_late_count_and_are_marked(self):
        people = make_people(
            ended_on=["2025-01-01"] * 4,
            done_3m=[True, True, True, False],
            **{"3m_done_on": ["2025-02-15", "2025-04-02", "2025-05-30", None]},
        )
        states = wave_states(people, data_lock=LOCK).query("wave == '3m'")
        assert states["state"].tolist() == ["done", "done", "done", "missed"]
        assert states["early"].tolist() == [True, False, False, False]
        assert states["late"].tolist() == [False, False, True, False]

    def test_what_is_dated_after_the_lock_has_not_happened(self):
        people = make_people(
            ended_on=["2025-06-20"] * 2,
            done_end=[True, True],
            end_done_on=["2025-06-29", "2025-07-01"],
        )
        assert states_of(people) == ["done", "window_open"]

    def test_who_is_not_asked(self):
        people = make_people(
            ended_on=["2025-01-01"] * 6,
            ending=["withdrew consent", "Safeguarding ", "separated", "dropped out"] + [""] * 2,
            done_baseline=[True, True, True, True, False, False],
            done_end=[False, False, False, False, False, True],
        )
        states = wave_states(people, data_lock=LOCK).query("wave == 'end'")
        assert states["state"].tolist() == [
            "not_eligible",
            "not_eligible",
            "missed",
            "missed",
            "not_eligible",
            "not_eligible",
        ]
        assert states["reason"].tolist()[:2] == ["withdrew_consent", "safeguarding"]
        assert states["reason"].tolist()[4:] == ["no_baseline", "no_baseline"]

    def test_leaving_after_the_lock_is_not_known_at_the_lock(self):
        people = make_people(ended_on=["2025-07-10"], ending=["withdrew consent"])
        assert states_of(people) == ["window_open"]

    def test_a_wave_done_before_leaving_stays_done(self):
        people = make_people(
            ended_on=["2024-01-01"],
            ending=["withdrew consent"],
            done_end=[True],
            done_3m=[False],
        )
        follow_up = {"3m": FollowUp(91)}
        assert states_of(people, follow_up=follow_up) == ["done"]
        assert states_of(people, "3m", follow_up=follow_up) == ["not_eligible"]


class TestCouples:
    def test_couple_with_one_leaver(self):
        """One partner finished, the other has no baseline, and a third person is alone."""
        people = make_people(
            couple=["A", "A", ""],
            ended_on=["2025-01-01"] * 3,
            done_baseline=[True, False, True],
            done_end=[True, False, False],
        )
        table = cascade(people, data_lock=LOCK)
        couple, both = pick(table, "end", unit="couple"), pick(table, "end", unit="couple_both")
        assert (couple["n"], couple["done"], couple["missed"]) == (2, 1, 1)
        assert (both["n"], both["not_eligible"], both["reason"]) == (0, 1, "N0")
        assert pick(table, "baseline", unit="couple_both")["missed"] == 1

    @pytest.mark.parametrize(
        ("first", "second", "either", "both"),
        [
            ("done", "missed", "done", "missed"),
            ("done", "not_yet_due", "done", "not_yet_due"),
            ("missed", "window_open", "window_open", "missed"),
            ("missed", "not_yet_due", "not_yet_due", "missed"),
            ("missed", "missed", "missed", "missed"),
            ("missed", "not_eligible", "missed", "not_eligible"),
            ("window_open", "not_yet_due", "window_open", "not_yet_due"),
            ("done", "done", "done", "done"),
        ],
    )
    def test_precedence(self, first, second, either, both):
        end = {"not_yet_due": "2026-01-01", "window_open": "2025-06-30"}
        pair = [first, second]
        people = make_people(
            couple=["A", "A"],
            ended_on=[end.get(state, "2025-01-01") for state in pair],
            done_baseline=[state != "not_eligible" for state in pair],
            done_end=[state == "done" for state in pair],
        )
        assert states_of(people) == pair
        table = cascade(people, data_lock=LOCK)
        assert pick(table, "end", unit="couple")[either] == 1
        assert pick(table, "end", unit="couple_both")[both] == 1

    def test_one_code_at_two_sites_is_two_couples(self):
        people = make_people(site=["Luton", "Essex"], couple=["A", "A"])
        table = cascade(people, data_lock=LOCK)
        assert pick(table, "referred", unit="couple")["n"] == 2
        assert pick(table, "referred", unit="couple_both")["n"] == 0


class TestNearlyNothing:
    def test_no_people(self):
        people = make_people().iloc[:0]
        table = cascade(people, data_lock=LOCK, follow_up={"3m": FollowUp(91)})
        assert set(table["site"]) == {"ALL"}
        assert pick(table, "3m")["reason"] == "N0"
        assert pick(table, "referred")["reason"] == "no_service_use"
        assert len(wave_states(people, data_lock=LOCK)) == 0

    def test_one_person(self):
        table = cascade(make_people(ended_on=["2025-01-01"], done_end=[True]), data_lock=LOCK)
        row = pick(table, "end", site="Luton")
        assert (row["n"], row["done"], row["rate"], row["high"], row["reason"]) == (1, 1, 1, 1, "")

    def test_no_follow_up_due_yet(self):
        people = make_people(ended_on=["2025-06-20"] * 3, done_end=[True] * 3)
        row = pick(cascade(people, data_lock=LOCK, follow_up={"6m": FollowUp(183)}), "6m")
        assert (row["n"], row["not_yet_due"], row["reason"]) == (3, 3, "NOT_YET_DUE")
        assert np.isnan(row["rate"])
        assert np.isnan(row["rate_if_open_fail"])

    def test_only_open_windows(self):
        row = pick(cascade(make_people(ended_on=["2025-06-20"]), data_lock=LOCK), "end")
        assert np.isnan(row["rate"])
        assert (row["rate_if_open_fail"], row["rate_if_open_succeed"]) == (0, 1)
        assert row["reason"] == "NOT_YET_DUE"

    @pytest.mark.parametrize("came", [True, False])
    def test_everybody_or_nobody_came_back(self, came):
        people = make_people(ended_on=["2025-01-01"] * 5, done_end=[True] * 5, done_3m=[came] * 5)
        row = pick(cascade(people, data_lock=LOCK, follow_up={"3m": FollowUp(91)}), "3m")
        assert row["rate"] == row["cumulative_rate"] == float(came)
        assert (row["low"], row["high"])[came] == float(came)

    def test_end_before_start_is_marked_and_used(self):
        people = make_people(started_on=["2025-03-01"], ended_on=["2025-02-01"])
        states = wave_states(people, data_lock=LOCK).query("wave == 'end'")
        assert states["end_before_start"].tolist() == [True]
        assert states["state"].tolist() == ["missed"]

    def test_lock_before_the_programme(self):
        people = make_people(
            referred_on=["2025-01-01"] * 2,
            baseline_done_on=["2025-01-10"] * 2,
            ended_on=["2025-04-01"] * 2,
            done_end=[True, False],
            end_done_on=["2025-04-02", None],
        )
        table = cascade(people, data_lock="2020-01-01")
        for step in ("referred", "took_up", "baseline", "end"):
            row = pick(table, step)
            assert (row["n"], row["done"], row["reason"]) == (0, 0, "N0")

    def test_without_service_use(self):
        people = make_people(
            referred=[False] * 2,
            took_up=pd.array([pd.NA] * 2, dtype="boolean"),
            last_contact_on=["2025-01-01"] * 2,
            done_end=[True, False],
            done_baseline=[True, True],
        )
        table = cascade(people, data_lock=LOCK)
        for step in ("referred", "took_up"):
            row = pick(table, step)
            assert row["reason"] == "no_service_use"
            assert row[["n", "done", "rate"]].isna().all()
        baseline, end = pick(table, "baseline"), pick(table, "end")
        assert baseline["done"] == 2
        assert pd.isna(baseline["n"])
        assert np.isnan(baseline["rate"])
        assert (end["n"], end["rate"]) == (2, 0.5)
        assert np.isnan(end["cumulative_rate"])
        assert end["reason"] == "no_service_use"

    def test_service_use_at_one_of_two_sites(self):
        people = make_people(site=["Luton", "Essex"], referred=[True, False])
        table = cascade(people, data_lock=LOCK)
        assert pick(table, "took_up", site="Essex")["reason"] == "no_service_use"
        assert pick(table, "took_up", site="Luton")["rate"] == 1
        assert (pick(table, "took_up")["n"], pick(table, "baseline")["done"]) == (1, 1)

    def test_take_up_not_known_yet(self):
        took_up = pd.array([True, False, pd.NA, pd.NA], dtype="boolean")
        row = pick(
            cascade(make_people(took_up=took_up, site=["Luton"] * 4), data_lock=LOCK), "took_up"
        )
        assert (row["done"], row["missed"], row["window_open"]) == (1, 1, 2)
        assert (row["rate"], row["rate_if_open_succeed"]) == (0.25, 0.75)
        nothing = pd.array([pd.NA] * 2, dtype="boolean")
        row = pick(
            cascade(make_people(took_up=nothing, site=["Luton"] * 2), data_lock=LOCK), "took_up"
        )
        assert row["reason"] == "TAKE_UP_UNKNOWN"

    def test_wrong_arguments_name_themselves(self):
        with pytest.raises(ValueError, match="data_lock"):
            wave_states(make_people(), data_lock="soon")
        with pytest.raises(ValueError, match="data_lock"):
            wave_states(make_people(), data_lock=None)
        with pytest.raises(ValueError, match="'ending'"):
            cascade(make_people().drop(columns="ending"), data_lock=LOCK)


people_lists = st.lists(
    st.tuples(
        st.sampled_from(["Luton", "Essex"]),
        st.sampled_from(["", "A", "B"]),
        st.booleans(),
        st.sampled_from([True, False, None]),
        st.sampled_from([None, "2024-10-01", "2025-03-20", "2025-06-20", "2025-09-01"]),
        st.sampled_from(["", "withdrew consent", "planned"]),
        st.tuples(st.booleans(), st.booleans(), st.booleans()),
    ),
    max_size=12,
)


@given(people_lists)
def test_nobody_is_lost_from_the_table(rows):
    sites, couples, referred, took_up, ended, ending, done = (
        zip(*rows, strict=True) if rows else [()] * 7
    )
    people = make_people(
        site=list(sites),
        couple=list(couples),
        referred=list(referred),
        took_up=pd.array(list(took_up), dtype="boolean"),
        ended_on=list(ended),
        ending=list(ending),
        participant=[str(number) for number in range(len(rows))],
        done_baseline=[flags[0] for flags in done],
        done_end=[flags[1] for flags in done],
        done_3m=[flags[2] for flags in done],
    )
    table = cascade(people, data_lock=LOCK, follow_up={"3m": FollowUp(91)})
    counted = table[table["n"].notna()]
    in_states = counted[["done", "window_open", "not_yet_due", "missed"]].sum(axis=1)
    assert (in_states == counted["n"]).all()
    persons = counted[(counted["unit"] == "person") & (counted["site"] == "ALL")]
    assert ((persons["n"] + persons["not_eligible"]) == len(people)).all()
    rates = table[["rate", "low", "high", "rate_if_open_fail", "rate_if_open_succeed"]].stack()
    assert rates.dropna().between(0, 1).all()
    assert (table.loc[table["rate"].isna() | table["cumulative_rate"].isna(), "reason"] != "").all()


def test_a_hundred_thousand_people_in_a_moment():
    people = pd.concat(
        [read_lfo().assign(site=lambda t, i=i: t["site"] + f"-{i}") for i in range(201)],
        ignore_index=True,
    )
    started = time.perf_counter()
    cascade(people, data_lock=EXPECTED["data_lock"])
    assert time.perf_counter() - started < 5


def make_scores(*rows) -> pd.DataFrame:
    """Rows of site, participant, wave, session, day, instrument, score; the rest is blank."""
    names = ["site", "participant", "wave", "session_number", "completed_on", "instrument", "score"]
    table = pd.DataFrame(list(rows), columns=names)
    table["completed_on"] = pd.to_datetime(table["completed_on"])
    table["session_number"] = table["session_number"].astype(float)
    blank = {"couple": "", "child": "", "informant": "", "scale": "total"}
    return table.assign(**blank).reindex(columns=list(SCORE_COLUMNS))


def make_dataset(people, scores, service_use=()) -> Dataset:
    participants = pd.DataFrame(list(people), columns=["site", "participant", "couple", "role"])
    records = scores.reindex(columns=list(RECORD_COLUMNS)).drop_duplicates()
    service = pd.DataFrame(list(service_use))
    return Dataset(
        participants=participants.reindex(columns=list(PARTICIPANT_COLUMNS)),
        records=records,
        service_use=service.reindex(columns=list(SERVICE_USE_COLUMNS)),
    )


class TestBuildPeople:
    scores = make_scores(
        ("Luton", "1", "baseline", np.nan, "2025-01-01", "das_32", 90),
        ("Luton", "1", "end", np.nan, "2025-03-01", "phq9", 5),
        ("Luton", "1", "3m", np.nan, "2025-06-01", "das_32", np.nan),
        ("Luton", "2", "session", 1, "2025-01-05", "phq9", 12),
        ("Luton", "2", "session", 2, "2025-01-12", "phq9", 11),
        ("Luton", "2", "session", 3, "2025-01-19", "phq9", 9),
        ("Luton", "3", "session", 1, "2025-02-01", "phq9", 9),
        ("Luton", "9", "baseline", np.nan, "2025-02-01", "phq9", 9),
    )
    people = (
        ("Luton", "1", "A", "mother"),
        ("Luton", "2", "A", "father"),
        ("Luton", "3", "", ""),
        ("Luton", "9", "", "Practitioner"),
    )
    service_use = (
        {"site": "Luton", "participant": "1", "took_up": True, "ended_on": "2025-03-02"},
        {"site": "Luton", "participant": "2", "started_on": "2025-01-05", "ending": "planned"},
        {"site": "Luton", "participant": "4", "couple": "B", "took_up": False},
    )

    def build(self, **given):
        dataset = make_dataset(self.people, self.scores, self.service_use)
        return build_people(dataset, self.scores, **given).set_index("participant")

    def test_everybody_but_practitioners(self):
        found = self.build()
        assert list(found.index) == ["1", "2", "3", "4"]
        assert found["couple"].tolist() == ["A", "A", "", "B"]
        assert found["referred"].tolist() == [True, True, False, True]
        assert found["took_up"].tolist() == [True, True, pd.NA, False]

    def test_waves_done_and_sessions_that_stand_in(self):
        found = self.build()
        assert found["done_baseline"].tolist() == [True, True, True, False]
        assert found["baseline_is_session"].tolist() == [False, True, True, False]
        assert found["done_end"].tolist() == [True, True, False, False]
        assert found["end_is_session"].tolist() == [False, True, False, False]
        assert found.loc["2", "end_done_on"] == pd.Timestamp("2025-01-19")
        assert found.loc["3", "last_contact_on"] == pd.Timestamp("2025-02-01")
        assert "done_3m" not in found

    def test_several_questionnaires_at_one_wave(self):
        """The first day counts, and one that is a true `end` is enough not to be a stand-in."""
        scores = make_scores(
            ("Luton", "1", "end", np.nan, "2025-03-09", "das_32", 90),
            ("Luton", "1", "end", np.nan, "2025-03-02", "core_10", 9),
            ("Luton", "1", "session", 4, "2025-02-20", "phq9", 5),
        )
        found = build_people(make_dataset(self.people[:1], scores), scores).iloc[0]
        assert found["end_done_on"] == pd.Timestamp("2025-02-20")
        assert not found["end_is_session"]
        assert found["last_contact_on"] == pd.Timestamp("2025-03-09")

    def test_a_session_attended_means_support_was_taken_up(self):
        use = [
            {"site": "Luton", "participant": name, "sessions_attended": attended}
            for name, attended in (("1", 2), ("2", 0), ("3", np.nan))
        ]
        found = build_people(make_dataset(self.people[:3], self.scores, use), self.scores)
        assert found["took_up"].tolist()[:3] == [True, pd.NA, pd.NA]

    def test_only_the_primary_measure_counts_where_one_is_named(self):
        found = self.build(primary=lambda site: "das_32.total")
        assert found["done_baseline"].tolist() == [True, False, False, False]
        assert found["done_end"].tolist() == [False, False, False, False]
        assert found.loc["2", "last_contact_on"] == pd.Timestamp("2025-01-19")
        assert self.build(primary=lambda site: "")["done_end"].tolist()[:2] == [True, True]

    def test_the_whole_way(self):
        table = cascade(self.build().reset_index(), data_lock="2025-12-31")
        assert pick(table, "took_up")["rate"] == pytest.approx(2 / 3)
        assert pick(table, "baseline")["rate"] == 1
        assert (pick(table, "end")["done"], pick(table, "end")["missed"]) == (2, 1)

    def test_without_service_use_or_without_anything(self):
        dataset = make_dataset(self.people, self.scores)
        found = build_people(dataset, self.scores)
        assert not found["referred"].any()
        assert found["took_up"].isna().all()
        empty = self.scores.iloc[:0]
        nobody = build_people(make_dataset([], empty), empty)
        assert tuple(nobody.columns) == PEOPLE_COLUMNS
        assert set(cascade(nobody, data_lock=LOCK)["site"]) == {"ALL"}


class TestWavesOfASite:
    """A site follows up at 3 or at 6 months; the other wave is not lost there."""

    @staticmethod
    def people(silent: int, *, later: int, at: str = "6m") -> pd.DataFrame:
        """Luton: nobody answered at 3 months, `later` of ten did at another wave."""
        n = silent + 3
        people = make_people(
            participant=[str(number) for number in range(n)],
            ended_on=["2024-01-01"] * n,
            done_3m=[False] * silent + [True, True, False],
        )
        people[f"done_{at}"] = [number % 10 < later for number in range(silent)] + [False] * 3
        people["site"] = ["Luton"] * silent + ["Dorset"] * 3
        return people

    def test_silence_that_cannot_be_chance_means_that_nobody_was_asked(self):
        # Half answered at 6 months, so that twenty would all stay silent once in a million times.
        table = cascade(self.people(20, later=5), data_lock=LOCK)
        luton = table[(table["site"] == "Luton") & (table["unit"] == "person")].set_index("step")
        assert luton.loc["3m", ["n", "not_eligible", "reason"]].tolist() == [0, 20, "wave_not_used"]
        assert luton.loc["6m", ["done", "missed"]].tolist() == [10, 10]
        everybody = table[(table["site"] == "ALL") & (table["unit"] == "person")].set_index("step")
        assert everybody.loc["3m", ["done", "missed", "rate"]].tolist() == [2, 1, 2 / 3]

    @pytest.mark.parametrize(("silent", "later"), [(1, 10), (10, 5), (30, 1)])
    def test_silence_that_may_be_chance_counts_as_missed(self, silent, later):
        row = pick(cascade(self.people(silent, later=later), data_lock=LOCK), "3m", site="Luton")
        assert (row["done"], row["missed"]) == (0, silent)

    def test_a_stray_answer_at_some_other_time_excuses_nobody(self):
        people = self.people(40, later=9, at="4m")
        assert pick(cascade(people, data_lock=LOCK), "3m", site="Luton")["missed"] == 40

    def test_the_rule_file_decides(self):
        people = self.people(20, later=5)
        timing_only = cascade(people, data_lock=LOCK, follow_up={"3m": FollowUp(91)})
        assert pick(timing_only, "3m", site="Luton")["reason"] == "wave_not_used"
        both = {"3m": FollowUp(91, sites=("Luton", "Dorset"))}
        asked = cascade(people, data_lock=LOCK, follow_up=both)
        assert pick(asked, "3m", site="Luton")["missed"] == 20
        listed = {"3m": FollowUp(91, sites=("dorset",)), "6m": FollowUp(183, sites=("Luton",))}
        table = cascade(people, data_lock=LOCK, follow_up=listed)
        assert pick(table, "3m", site="Luton")["reason"] == "wave_not_used"
        assert pick(table, "6m", site="Dorset")["reason"] == "wave_not_used"

    def test_answers_at_a_site_that_is_not_listed_do_not_look_like_everybody(self):
        listed = {"3m": FollowUp(91, sites=("Luton",))}
        table = cascade(self.people(20, later=5), data_lock=LOCK, follow_up=listed)
        # Two of three at Dorset answered at 3 months although the site does not ask then.
        dorset = pick(table, "3m", site="Dorset")
        assert dorset[["done", "missed", "not_eligible"]].tolist() == [0, 0, 3]
        assert pick(table, "3m", site="ALL")["rate"] == 0.0

    def test_some_unknown_ends_are_told_beside_the_rate(self):
        people = make_people(
            participant=["1", "2", "3"], ended_on=["2024-01-01", "2024-01-01", None],
            last_contact_on=[None, None, None], done_end=[True, False, False],
        )  # fmt: skip
        row = pick(cascade(people, data_lock=LOCK), "end")
        assert (row["rate"], row["not_yet_due"]) == (0.5, 1)
        assert "SOME_ENDS_UNKNOWN" in row["reason"]

    def test_a_site_without_any_follow_up_has_missed_it(self):
        people = make_people(participant=[str(n) for n in range(30)], ended_on=["2024-01-01"] * 30)
        assert pick(cascade(people, data_lock=LOCK), "3m")["missed"] == 30


def test_support_that_began_after_the_lock_is_not_known_of_yet():
    people = make_people(
        participant=["1", "2"],
        referred_on=["2024-12-01"] * 2,
        started_on=["2025-01-01", "2025-09-01"],
        done_baseline=[True, False],
    )
    table = cascade(people, data_lock=LOCK)
    assert pick(table, "took_up")[["done", "window_open"]].tolist() == [1, 1]
    assert pick(table, "baseline")[["done", "missed", "rate"]].tolist() == [1, 0, 1.0]
