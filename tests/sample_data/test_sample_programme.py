"""The synthetic programme must be the same every time and look like a real one.

Expected ranges come from published means and spreads of the questionnaires in distressed couples
and parents, not from the generator.
"""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest

from evaluation.ingest.meaning.personal import looks_personal
from evaluation.ingest.rows import ENDINGS
from evaluation.ingest.templates.template_columns import OPTIONAL_COLUMNS, QUESTIONNAIRE_COLUMNS
from evaluation.model import SERVICE_USE_COLUMNS, due_days, is_wave
from instruments.registry import get, match_column
from sample_data.generate import generate_programme
from sample_data.plan import (
    CHILD_INSTRUMENT,
    COUPLE_INSTRUMENTS,
    DATA_LOCK,
    SITES,
    SitePlan,
    Support,
)

LOCK = pd.Timestamp(2018, 3, 31)
WINDOW = pd.Timedelta(days=30)
NAMES = [
    "Blackburn with Darwen", "Blackpool", "Croydon", "Dorset", "Essex", "Gateshead",
    "Hertfordshire", "Lambeth", "Luton", "Manchester", "Newcastle upon Tyne", "Westminster",
]  # fmt: skip
SDQ_DIFFICULTIES = {
    3, 8, 13, 16, 24, 5, 7, 12, 18, 22, 2, 10, 15, 21, 25, 6, 11, 14, 19, 23,
}  # fmt: skip
# Items and reversed items of each headline score, as published; and what a total is multiplied by.
TOTALS: dict[str, tuple[set[int], set[int], float]] = {
    "das_32": (set(range(1, 33)), set(), 1),
    "phq9": (set(range(1, 10)), set(), 1),
    "core_om": (set(range(1, 35)), {3, 4, 7, 12, 19, 21, 31, 32}, 10 / 34),
    "core_10": (set(range(1, 11)), {2, 3}, 1),
    "wemwbs": (set(range(1, 15)), set(), 1),
    "swemwbs": (set(range(1, 8)), set(), 1),
    CHILD_INSTRUMENT: (SDQ_DIFFICULTIES, {7, 11, 14, 21, 25}, 1),
}
HIGHER_IS_BETTER = {"das_32", "wemwbs", "swemwbs"}


def totals(answers: pd.DataFrame, instrument: str) -> pd.Series:
    """The headline score of each form that was filled in completely."""
    items, turned, factor = TOTALS[instrument]
    total = pd.Series(0.0, index=answers.index)
    for number in items:
        item = get(instrument).item(number)
        answer = answers[f"{instrument}_{number}"]
        total += item.minimum + item.maximum - answer if number in turned else answer
    return total * factor


def before_and_after(answers: pd.DataFrame, instrument: str) -> pd.DataFrame:
    """One row for each person: the score at each time, and site and couple."""
    scored = answers.assign(score=totals(answers, instrument)).dropna(subset=["score"])
    keys = ["site", "couple", "participant"]
    return scored.pivot_table(index=keys, columns="when", values="score").reset_index()


def icc(values: pd.Series, couple: pd.Series) -> float:
    """ANOVA ICC(1) of couples of whom both partners answered."""
    table = pd.DataFrame({"value": values, "couple": couple}).dropna()
    both = table.groupby("couple")["value"].agg(["first", "last", "size"]).query("size == 2")
    between = 2 * both[["first", "last"]].mean(axis=1).var()
    within = ((both["first"] - both["last"]) ** 2 / 2).mean()
    return float((between - within) / (between + within))


def test_the_same_seed_gives_the_same_tables_and_another_seed_others(programme):
    again, other = generate_programme(2017), generate_programme(2018)
    assert list(again) == list(other) == NAMES == list(programme)
    for site in NAMES:
        for first, second in zip(programme[site], again[site], strict=True):
            pd.testing.assert_frame_equal(first, second)
    assert not programme["Luton"][1].equals(other["Luton"][1])


def test_tables_are_canonical(programme):
    for questionnaires, service in programme.values():
        assert tuple(service.columns) == SERVICE_USE_COLUMNS
        fixed = [c for c in questionnaires if match_column(c) is None]
        assert tuple(fixed[: len(QUESTIONNAIRE_COLUMNS)]) == QUESTIONNAIRE_COLUMNS
        assert set(fixed) <= {*QUESTIONNAIRE_COLUMNS, *OPTIONAL_COLUMNS}
        assert len(fixed) + sum(match_column(c) is not None for c in questionnaires) == len(
            questionnaires.columns
        )
        key = ["participant", "child", "informant", "wave", "session_number"]
        assert not questionnaires.duplicated(key).any()
        assert service["participant"].is_unique
        assert set(questionnaires["participant"]) <= set(service["participant"])


def test_sizes_run_from_a_handful_to_four_hundred(programme):
    sizes = {site: len(service) for site, (_, service) in programme.items()}
    assert 6 <= sizes["Lambeth"] <= 8
    assert 350 <= sizes["Luton"] <= 420 and max(sizes.values()) == sizes["Luton"]
    assert 1500 <= sum(sizes.values()) <= 2000


def test_every_answer_is_one_that_the_form_allows(answers):
    for column in answers.columns.drop("when"):
        found = match_column(column)
        if found is None:
            continue
        instrument, part = found
        values = answers[column].dropna()
        if isinstance(part, int):
            low, high = instrument.item(part).minimum, instrument.item(part).maximum
        else:
            low, high = instrument.scale(part).score_range
        assert values.between(low, high).all(), column
        assert (values == values.round()).all(), column
        assert values.nunique() > 1, column


def test_luton_supplies_enrich_scores_and_answers_at_sessions(programme):
    luton = programme["Luton"][0]
    scales = {
        "couple_satisfaction",
        "communication",
        "conflict_resolution",
        "idealistic_distortion",
    }
    held = {c.removeprefix("enrich_couple_scales_35_") for c in luton if c.startswith("enrich")}
    assert held == scales
    sessions = luton[luton["wave"] == "session"]
    assert sessions["session_number"].between(1, 7).all() and len(sessions) > 500
    by_session = set(sessions["participant"])
    assert not by_session & set(luton.loc[luton["wave"] == "baseline", "participant"])
    firsts = sessions[sessions["session_number"] == 1]
    assert by_session == set(firsts["participant"])
    assert luton.loc[luton["wave"] != "session", "session_number"].isna().all()


def test_child_questionnaires_name_child_and_informant(answers):
    about_child = (
        answers[[c for c in answers if c.startswith(CHILD_INSTRUMENT)]].notna().any(axis=1)
    )
    assert (answers.loc[about_child, "informant"] == "parent").all()
    assert answers.loc[about_child, "child"].str.fullmatch(r"[A-Z]{3}-K\d+").all()
    assert (answers.loc[~about_child, ["child", "informant"]] == "").all(axis=None)
    assert set(answers.loc[about_child, "when"]) >= {"baseline", "end"}


def test_lone_parents_are_not_asked_about_a_couple(answers):
    lone = answers[answers["couple"] == ""]
    about_couple = [c for c in answers if c.startswith(tuple(COUPLE_INSTRUMENTS))]
    assert len(lone) > 100
    assert lone[about_couple].isna().all(axis=None)


def test_couples_come_as_two_as_one_and_not_at_all(answers):
    sizes = answers[answers["couple"] != ""].groupby("couple")["participant"].nunique()
    assert set(sizes) == {1, 2}
    assert (sizes == 2).sum() > 200 and (sizes == 1).sum() > 100
    assert {"mother", "father"} == set(answers["role"])
    assert (answers["couple"] == "").any()


@pytest.mark.parametrize(
    ("instrument", "mean", "sd", "gain"),
    [
        ("das_32", (87, 97), (17, 24), (5.5, 11)),
        ("phq9", (6.8, 9.2), (4.8, 6.3), (1.3, 3.2)),
        ("core_om", (11, 16), (5, 8), (1, 5)),
        ("core_10", (11, 16), (5.5, 8.5), (1, 4)),
        ("wemwbs", (41.5, 46.5), (7.5, 10.5), (2.5, 6)),
        ("swemwbs", (20.5, 24), (4, 5.8), (0.8, 2.8)),
        (CHILD_INSTRUMENT, (10.5, 13.5), (5, 7), (0.6, 2.7)),
    ],
)
def test_scores_start_and_change_plausibly(answers, instrument, mean, sd, gain):
    table = before_and_after(answers, instrument)
    start = table["baseline"].dropna()
    sign = 1 if instrument in HIGHER_IS_BETTER else -1
    improvement = (sign * (table["end"] - table["baseline"])).dropna()
    assert mean[0] < start.mean() < mean[1]
    assert sd[0] < start.std() < sd[1]
    assert gain[0] < improvement.mean() < gain[1]
    assert 0.08 < (improvement < 0).mean() < 0.45  # some people get worse
    assert 0.5 < table["baseline"].corr(table["end"]) < 0.9


def test_partners_are_alike_at_the_start_and_less_so_in_change(answers):
    level, change = [], []
    for instrument in ("das_32", "phq9", "wemwbs", "swemwbs", "core_10"):
        table = before_and_after(answers, instrument)
        table = table[table["couple"] != ""]
        level.append(icc(table["baseline"], table["couple"]))
        change.append(icc(table["end"] - table["baseline"], table["couple"]))
    assert 0.35 < np.mean(level) < 0.6
    assert 0.1 < np.mean(change) < 0.42
    assert np.mean(change) < np.mean(level)


def test_sites_differ_and_one_has_no_effect(answers):
    table = before_and_after(answers, "swemwbs")
    change = table["end"] - table["baseline"]
    by_site = change.groupby(table["site"]).mean()
    spread = change.groupby(table["site"]).std()
    assert abs(by_site["Blackpool"]) < 0.4 * spread["Blackpool"]
    assert by_site.drop("Blackpool").min() > 0
    assert by_site.max() < 1.2 * spread.mean()


def test_those_in_more_distress_leave_more(answers, service):
    gone = service.set_index("participant")["ending"] == "dropped out"
    planned = service.set_index("participant")["ending"] == "planned"
    for instrument in ("das_32", "swemwbs"):
        start = before_and_after(answers, instrument).set_index("participant")["baseline"]
        left, stayed = start[start.index.map(gone)], start[start.index.map(planned)]
        assert left.mean() < stayed.mean() - 0.2 * start.std()
    table = before_and_after(answers, "phq9")
    lost = table["end"].isna()
    assert table.loc[lost, "baseline"].mean() > table.loc[~lost, "baseline"].mean()


def test_some_answers_are_blank_but_few(answers):
    for instrument in ("das_32", "phq9", "core_om", "wemwbs"):
        items = answers[[c for c in answers if c.startswith(f"{instrument}_")]]
        blank = items[items.notna().any(axis=1)].isna()
        assert 0 < blank.to_numpy().mean() < 0.02


def test_every_state_of_a_wave_occurs_at_the_data_lock(answers, service):
    """Not eligible, not yet due, window open, missed, done; counted by its own simple rule."""
    people = service.set_index("participant")
    for wave in ("3m", "6m"):
        sites = {plan.name for plan in SITES if wave in plan.follow_ups}
        started = people[people["site"].isin(sites) & (people["took_up"] == "yes")]
        done = started.index.isin(answers.loc[answers["wave"] == wave, "participant"])
        due = started["ended_on"] + pd.Timedelta(days=due_days(wave))
        barred = started["ending"].isin(["safeguarding", "withdrew consent"])
        later = started["ended_on"].isna() | (due > LOCK)
        still_open = (due <= LOCK) & (due + WINDOW >= LOCK)
        states = {
            "done": done,
            "not_eligible": barred & ~done,
            "not_yet_due": ~done & ~barred & later,
            "window_open": ~done & ~barred & still_open,
            "missed": ~done & ~barred & (due + WINDOW < LOCK),
        }
        assert all(state.sum() > 0 for state in states.values()), (wave, states)
        assert sum(state.astype(int) for state in states.values()).eq(1).all()
    assert set(service["took_up"]) == {"yes", "no", ""}
    assert set(service["ending"]) == {"", *ENDINGS}


def test_follow_ups_come_mostly_in_time_and_some_late(answers, service):
    ended = answers["participant"].map(service.set_index("participant")["ended_on"])
    for wave in ("3m", "6m"):
        rows = answers["wave"] == wave
        delay = (answers["completed_on"] - ended)[rows].dt.days - due_days(wave)
        assert delay.notna().all()
        assert 0.8 < (delay.abs() <= 30).mean() < 1
        assert delay.max() > 30


def test_dates_are_in_order_and_end_at_the_lock(answers, service):
    assert dt.date(2018, 3, 31) == DATA_LOCK
    assert answers["completed_on"].notna().all()
    assert answers["completed_on"].max() <= LOCK
    assert answers["completed_on"].max() > LOCK - pd.Timedelta(days=14)
    assert (service["referred_on"].dt.year >= 2016).all()
    begun = service.dropna(subset=["started_on"])
    assert (begun["started_on"] > begun["referred_on"]).all()
    over = service.dropna(subset=["ended_on"])
    assert (over["ended_on"] >= over["started_on"]).all() and over["ended_on"].max() <= LOCK
    table = answers.pivot_table(index="participant", columns="when", values="completed_on")
    for later in ("end", "3m", "6m"):
        both = table.dropna(subset=["baseline", later])
        assert (both[later] >= both["baseline"]).all()
    assert all(is_wave(wave) for wave in answers["wave"].unique())


def test_service_use_adds_up(service):
    began = service["took_up"] == "yes"
    counts = service[["sessions_attended", "sessions_cancelled", "sessions_dna"]].sum(axis=1)
    assert (counts[began] == service.loc[began, "sessions_offered"]).all()
    assert (service.loc[began, "sessions_attended"] >= 1).all()
    assert (service["hours_used"] <= service["hours_offered"]).equals(began)
    assert service.loc[~began, "sessions_offered":"hours_used"].isna().all(axis=None)
    assert service.loc[~began, ["started_on", "ended_on"]].isna().all(axis=None)
    assert (service["ended_on"].notna() == (service["ending"] != "")).all()
    ratings = ["satisfied", "met_expectations", "worker_rating_before", "worker_rating_after"]
    for name in ratings:
        marks = service[name].dropna()
        assert len(marks) > 100 and marks.between(0, 10).all(), name
    assert set(service["would_recommend"]) == {"", "yes", "no", "unsure"}
    better = service["worker_rating_after"] - service["worker_rating_before"]
    assert better.mean() > 0


def test_people_are_described_mostly_and_always_alike(answers):
    for name in OPTIONAL_COLUMNS[:8]:
        assert answers.groupby("participant")[name].nunique().max() == 1, name
        assert 0.85 < (answers[name] != "").mean() <= 1, name


def test_codes_are_codes_and_nothing_looks_personal(answers, service):
    assert service["participant"].str.fullmatch(r"[A-Z]{3}-\d{3}").all()
    assert service["couple"].str.fullmatch(r"([A-Z]{3}-C\d{2,3})?").all()
    texts = [c for c in answers if answers[c].dtype == object or answers[c].dtype == "str"]
    for column in texts:
        assert not any(looks_personal(value) for value in answers[column].unique()), column
    assert not any(re.search("name|phone|mail|birth|address|postcode", c) for c in answers.columns)


def test_a_plan_that_does_not_add_up_is_refused():
    support = Support("Talks", 4, 4, 1.0, ("das_32",), 1.0)
    options = {
        "name": "A", "code": "AAA", "people": 10, "follow_ups": ("3m",), "effect": 1.0,
        "first_referral": DATA_LOCK, "last_referral": DATA_LOCK,
    }  # fmt: skip
    with pytest.raises(ValueError, match="lone parents nothing"):
        SitePlan(supports=(support,), **options)
    with pytest.raises(ValueError, match="both, one and lone"):
        SitePlan(supports=(support,), both=0.9, **options)
    with pytest.raises(ValueError, match="shares of the kinds"):
        SitePlan(supports=(support, support), both=1.0, one=0.0, lone=0.0, **options)
