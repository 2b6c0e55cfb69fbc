"""Labels of points in time, as real files spell them."""

from __future__ import annotations

import time

import pytest

from evaluation.ingest.columns.waves import (
    looks_like_wave,
    proposed_wave,
    split_when,
    wave_of,
    wave_of_name,
)


@pytest.mark.parametrize(
    ("label", "wave"),
    [
        ("Baseline", "baseline"), ("pre", "baseline"), ("Start of support", "baseline"),
        ("before support", "baseline"), ("Intake", "baseline"), ("initial", "baseline"),
        ("T0", "baseline"), ("baseline_arm_1", "baseline"), ("Baseline survey", "baseline"),
        ("End of support ", "end"), ("exit", "end"), ("after support", "end"),
        ("Finish", "end"), ("completion", "end"), ("post-intervention", "end"),
        ("3m", "3m"), ("3 months", "3m"), ("3 months after", "3m"), ("3 month follow-up", "3m"),
        ("3m FU", "3m"), ("3mfu", "3m"), ("fu3", "3m"), ("3-month", "3m"), ("6 M", "6m"),
        ("Three months", "3m"), ("3_month_arm_1", "3m"), ("12 months", "12m"),
        ("session", "session"), ("mid", "mid"), ("4m", "4m"),
    ],
)  # fmt: skip
def test_labels_that_mean_one_wave_beyond_doubt(label: str, wave: str) -> None:
    assert wave_of(label) == wave


@pytest.mark.parametrize(
    "label",
    ["T1", "time 2", "FU1", "follow-up", "6 weeks", "3 months after start", "0m", "premises",
     "pretend", "end date", "visit_1_arm_1", "", "basline", "2", "weekend", "after"],
)  # fmt: skip
def test_other_labels_mean_no_wave_beyond_doubt(label: str) -> None:
    assert wave_of(label) == ""


def test_post_is_a_wave_of_its_own_except_as_the_counterpart_of_pre() -> None:
    assert wave_of("post") == "post"
    assert wave_of("Post", pair=True) == "end"


@pytest.mark.parametrize(
    ("label", "others", "sheet", "wave"),
    [
        ("T1", ["T1", "T2"], "", "baseline"),
        ("T2", ["T1", "T2", "T3"], "", "end"),
        ("3", ["1", "2", "3", "4"], "", "3m"),
        ("4", ["1", "2", "3", "4"], "", "6m"),
        ("T1", ["T0", "T1"], "", "end"),
        ("T3", ["pre", "post", "T3"], "", "3m"),
        ("FU2", ["FU1", "FU2"], "", "6m"),
        ("fu", ["baseline", "end", "fu"], "", "3m"),
        ("T2", ["T2"], "3m FU", "3m"),
        ("T2", ["T2"], "End of support ", "end"),
        ("T1", ["T1"], "Baseline", "baseline"),
        ("T2", ["T2"], "", "end"),
        ("T5", ["T1", "T2", "T3", "T4", "T5"], "", ""),
        ("visit 1", ["enrolment", "visit 1"], "", ""),
        ("blue", ["blue"], "", ""),
    ],
)
def test_proposals_follow_the_sheet_or_the_order(
    label: str, others: list[str], sheet: str, wave: str
) -> None:
    assert proposed_wave(label, others, sheet=sheet) == wave


@pytest.mark.parametrize(
    ("header", "rest", "when"),
    [
        ("phq9_1_T3", "phq9_1", "T3"), ("PHQ9.1.post", "PHQ9.1", "post"),
        ("DAS pre", "DAS", "pre"), ("pre_phq9_1", "phq9_1", "pre"), ("bdi.3m", "bdi", "3m"),
        ("phq9_1_fu3", "phq9_1", "fu3"), ("T1_phq9_1", "phq9_1", "T1"), ("3m_das", "das", "3m"),
        ("das (pre)", "das", "pre"), ("das - baseline", "das", "baseline"),
        ("phq9_1 w2", "phq9_1", "w2"), ("phq9_1T2", "phq9_1", "T2"), ("T1phq9", "phq9", "T1"),
        ("phq9_1_3m fu", "phq9_1", "3m fu"), ("core_10_1_6m", "core_10_1", "6m"),
        ("End of support PHQ9 total", "PHQ9 total", "End of support"),
        ("3 month follow-up DAS", "DAS", "3 month follow-up"), ("item1post", "item1", "post"),
    ],
)  # fmt: skip
def test_a_mark_at_either_end_is_taken_off(header: str, rest: str, when: str) -> None:
    assert split_when(header) == (rest, when)


@pytest.mark.parametrize(
    "header",
    ["phq9_3", "PHQ9.1", "bdi.3", "das_7", "presentation", "posting_1", "spend", "pre", "time",
     "phq93m", "core_10", "phq9_1_m"],
)  # fmt: skip
def test_item_numbers_and_words_are_no_marks(header: str) -> None:
    assert split_when(header) == (header, "")


def test_names_of_sheets_say_a_wave_alone_or_beside_a_word() -> None:
    assert wave_of_name("End of support ") == "end"
    assert wave_of_name("PHQ9 baseline") == "baseline"
    assert wave_of_name("Post") == "end"
    assert wave_of_name("Sheet1") == ""
    assert wave_of_name("T1") == ""
    assert looks_like_wave("T1") and not looks_like_wave("Sheet")


def test_a_hostile_header_costs_no_time() -> None:
    started = time.perf_counter()
    for text in ("_" * 30_000, "(" * 30_000, "1m " * 10_000, "pre of support " * 2_000):
        split_when(text)
        wave_of(text)
    assert time.perf_counter() - started < 1
