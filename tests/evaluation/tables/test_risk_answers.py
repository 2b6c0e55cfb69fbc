"""Answers about risk: listed by date for a site, above the lowest answer only."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.config import SettingsError, parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.model import Dataset
from evaluation.tables.risk_answers import RISK_COLUMNS, risk_answers
from instruments.registry import all_instruments

KNOWN = {instrument.id: instrument for instrument in all_instruments()}
PHQ9 = [f"phq9_{n}" for n in range(1, 10)]
CORE_10 = [f"core_10_{n}" for n in range(1, 11)]


def dataset_of(*rows: tuple[str, str, str, list[int]]) -> Dataset:
    """Rows of site, code, date and the nineteen answers to PHQ-9 and CORE-10."""
    head = ",".join(["site", "participant", "wave", "completed_on", *PHQ9, *CORE_10])
    lines = [
        ",".join([site, code, "baseline", day, *map(str, answers)])
        for site, code, day, answers in rows
    ]
    report = read_files([("a.csv", "\n".join([head, *lines]).encode())])
    return report.dataset


def answers(*, phq9_9: int = 0, core_10_6: int = 0) -> list[int]:
    given = [1] * 19
    given[8], given[9 + 5] = phq9_9, core_10_6
    return given


def test_the_newest_first_and_only_what_is_above_the_lowest_answer() -> None:
    dataset = dataset_of(
        ("Luton", "P001", "2017-01-05", answers(phq9_9=2)),
        ("Luton", "P002", "2017-03-01", answers(core_10_6=4)),
        ("Luton", "P003", "2017-02-01", answers()),
        ("Croydon", "C001", "2017-04-01", answers(phq9_9=3)),
    )
    found = risk_answers(dataset, KNOWN, "Luton")
    assert list(found.columns) == list(RISK_COLUMNS)
    listed = found[["participant", "instrument", "item", "answer"]]
    assert list(listed.itertuples(index=False, name=None)) == [
        ("P002", "core_10", 6, 4),
        ("P001", "phq9", 9, 2),
    ]


def test_nothing_to_list() -> None:
    dataset = dataset_of(("Luton", "P001", "2017-01-05", answers()))
    assert risk_answers(dataset, KNOWN, "Luton").empty
    assert risk_answers(dataset, KNOWN, "Nowhere").empty
    bare = Dataset(dataset.participants, dataset.records)
    assert isinstance(risk_answers(bare, KNOWN, "Luton"), pd.DataFrame)


def test_the_items_are_those_of_the_published_forms() -> None:
    listed = {name: i.risk_items for name, i in KNOWN.items() if i.risk_items}
    assert listed == {
        "phq9": (9,),
        "core_om": (6, 9, 16, 22, 24, 34),
        "core_10": (6,),
        "core_sf_a": (9, 18),
        "core_sf_b": (5, 15),
        "yp_core": (4,),
        "core_6d": (16,),
    }
    # None of them is turned round when it is scored: a higher answer is more risk.
    for name, items in listed.items():
        for scale in KNOWN[name].scales:
            assert not set(items) & set(scale.reversed_items)


def test_a_rule_file_switches_it_on_for_a_site() -> None:
    assert not parse_settings("").lists_risk_answers("Luton")
    settings = parse_settings("risk_answers: [luton, Newcastle upon Tyne]")
    assert settings.lists_risk_answers("Luton")
    assert settings.lists_risk_answers("newcastle-upon-tyne")
    assert not settings.lists_risk_answers("Croydon")
    with pytest.raises(SettingsError, match="Dover"):
        parse_settings("sites: [Luton]\nrisk_answers: [Dover]")
