"""What one header names, read alone."""

from __future__ import annotations

import time

import pytest

from evaluation.ingest.columns.headers import (
    HeaderReader,
    exact_name,
    instrument_readings,
    is_bare_total,
    mentioned,
    name_of,
    printed_range,
    run_of,
    scale_meant,
    wording_of,
)
from instruments.aliases import ALIASES, SCALE_ALIASES
from instruments.registry import all_instruments, get

INSTRUMENTS = {instrument.id: instrument for instrument in all_instruments()}


def meanings(header: str) -> set[str]:
    """Every canonical column that a header may mean."""
    found = set()
    for named in instrument_readings(header, INSTRUMENTS):
        for id_ in named.ids:
            if named.number is not None:
                found.add(f"{id_}_{named.number}")
            elif scale := scale_meant(INSTRUMENTS[id_], named.score):
                found.add(f"{id_}_{scale.id}")
    return found


def test_every_alias_belongs_to_questionnaires_that_exist() -> None:
    for alias, ids in ALIASES.items():
        assert alias.isalnum() and alias == alias.lower()
        assert set(ids) <= set(INSTRUMENTS)
    for id_, scales in SCALE_ALIASES.items():
        assert set(scales.values()) <= {scale.id for scale in get(id_).scales}


@pytest.mark.parametrize(
    ("header", "name"),
    [(" Participant ", "participant"), ("PHQ9_3", "phq9_3"), ("das_32_total", "das_32_total"),
     ("Client ID", ""), ("phq9_10", ""), ("sdq_parent_4_17_total",
                                         "sdq_parent_4_17_total_difficulties")],
)  # fmt: skip
def test_exact_names(header: str, name: str) -> None:
    assert exact_name(header, INSTRUMENTS, kind="questionnaires") == name


def test_service_names_are_their_own() -> None:
    assert exact_name("sessions_attended", INSTRUMENTS, kind="service_use") == "sessions_attended"
    assert exact_name("phq9_1", INSTRUMENTS, kind="service_use") == ""
    assert name_of("Sessions attended", kind="service_use") == ("sessions_attended", False)


@pytest.mark.parametrize(
    ("header", "name", "weak"),
    [
        ("Participant code\n(on your card)", "participant", False),
        ("Client ID", "participant", False), ("ClientID", "participant", False),
        ("client\xa0id", "participant", False), ("PID", "participant", False),
        ("Case no.", "participant", False), ("Unique identifier", "participant", False),
        ("What is your participant code?", "participant", False),
        ("ID", "participant", True), ("subject", "participant", True),
        ("Couple no.", "couple", False), ("CoupleID", "couple", False),
        ("Which survey is this?", "wave", False), ("Timepoint", "wave", False),
        ("time", "wave", True), ("Date done", "completed_on", False),
        ("Mum/Dad", "role", False), ("Sex", "gender", False), ("Age group", "age_band", False),
        ("Partnum", "partner", False), ("Relationship status", "relationship_status", False),
        ("Participant name", "", False), ("Email", "", False), ("Location", "", False),
        ("Timestamp of nothing", "", False),
    ],
)  # fmt: skip
def test_what_describes_a_row(header: str, name: str, weak: bool) -> None:
    assert name_of(header) == (name, weak)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("PHQ9.1", {"phq9_1"}), ("phq_1", {"phq9_1"}), ("PHQ-9 Q1", {"phq9_1"}),
        ("phq9q1", {"phq9_1"}), ("PHQ item 3", {"phq9_3"}), ("q3_phq9", {"phq9_3"}),
        ("PHQ9 Total", {"phq9_total"}), ("PHQ total\n(0-27)", {"phq9_total"}),
        ("Total PHQ-9", {"phq9_total"}), ("phq_9", {"phq9_total", "phq9_9"}),
        ("das_7", {"das_7_total", "das_32_7", "das_7_7"}),
        ("DAS", {"das_32_total", "das_7_total", "das_4_total"}),
        ("HADS-A", {"hads_anxiety"}), ("HADS Depression score", {"hads_depression"}),
        ("EMS score", {"enrich_ems_15_ems"}), ("CORE-OM 34", {"core_om_34", "core_om_total"}),
        ("csi16_3", {"csi_16_3"}), ("gad7_2", {"gad7_2"}),
        ("PHQ9.class", set()), ("PHQ-15 total", set()), ("phqs", set()), ("phq91", set()),
        ("das_7_9", set()), ("score", set()),
    ],
)  # fmt: skip
def test_names_of_items_and_scores(header: str, expected: set[str]) -> None:
    assert meanings(header) == expected


@pytest.mark.parametrize(
    ("header", "item"),
    [
        ("Feeling bad about yourself", "phq9_6"), ("Trouble relaxing", "gad7_4"),
        ("Little interest or pleasure in doing things\xa0", "phq9_1"),
        ("1. Poor appetite or overeating", "phq9_5"),
        ("How often were you bothered? [Feeling tired or having little energy]", "phq9_4"),
        ("Moving or speaking so slowly", "phq9_8"),
        ("Trouble", ""), ("Feeling", ""), ("Any comments?", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_questions_own_wording(header: str, item: str) -> None:
    assert wording_of(header, INSTRUMENTS) == item


def test_bare_items_and_totals() -> None:
    assert run_of("Q1") == ("q|", 1)
    assert run_of("Item12_num") == ("item|num", 12)
    assert run_of("7") == ("|", 7)
    assert run_of("Q2 - Topics") is None
    assert is_bare_total("SumScore") and is_bare_total("Total ") and not is_bare_total("Totally")
    assert printed_range("PHQ total (0-27)") == (0, 27)
    assert printed_range("PHQ total") is None


def test_a_file_name_mentions_its_questionnaire() -> None:
    assert mentioned(["phq9_chiu_n2177.csv"], INSTRUMENTS) == {"phq9"}
    assert mentioned(["graph9", "hadsome"], INSTRUMENTS) == set()


def test_every_canonical_column_is_read_as_itself() -> None:
    reader = HeaderReader(INSTRUMENTS, kind="questionnaires")
    for instrument in all_instruments():
        for part in [item.number for item in instrument.items] + [s.id for s in instrument.scales]:
            assert reader.exact(f"{instrument.id}_{part}") == f"{instrument.id}_{part}"


def test_a_hostile_header_costs_no_time() -> None:
    reader = HeaderReader(INSTRUMENTS, kind="questionnaires")
    started = time.perf_counter()
    for text in ("phq " * 8_000, "(" * 30_000, "a" * 30_000, "1" * 30_000, "[1 - " * 6_000):
        reader.reads(text)
        printed_range(text)
    assert time.perf_counter() - started < 2
