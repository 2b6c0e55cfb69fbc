"""SPSS files: the same scores, with labels, read back by the library that SPSS users know."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from evaluation.report.export import prepare_export
from evaluation.report.research.spss import long_sav, variable_name, wide_sav
from tests.evaluation.report.research.made_programme import made_programme


def read(content: bytes, folder: Path, **options):
    path = folder / "file.sav"
    path.write_bytes(content)
    return pyreadstat.read_sav(str(path), **options)


@pytest.fixture(scope="module")
def scores(few_tables) -> pd.DataFrame:
    return prepare_export(made_programme(), disclosure="off").tables["scores"]


def test_long(scores, tmp_path) -> None:
    table, meta = read(long_sav(made_programme(), scores, sites=None), tmp_path)
    assert len(table) == len(scores)
    assert table["score"].tolist() == pytest.approx(scores["score"].tolist())
    assert table["participant"].tolist() == scores["participant"].tolist()
    assert table["completed_on"].iloc[0] == dt.date(2017, 1, 10)
    names = meta.column_names_to_labels
    assert all(names[name] for name in ("score", "wave", "couple", "status", "role"))
    waves = table["wave"].map(meta.variable_value_labels["wave"]).str.split(":").str[0]
    assert waves.tolist() == scores["wave"].tolist()
    scales = table["scale"].map(meta.variable_value_labels["scale"])
    assert scales.tolist() == scores["scale"].tolist()
    assert "phq9: PHQ-9" in meta.variable_value_labels["instrument"].values()
    assert set(meta.variable_value_labels["role"].values()) == {"mother", "father", "practitioner"}


def test_wide(tmp_path) -> None:
    results = made_programme()
    table, meta = read(wide_sav(results, sites=None), tmp_path)
    units = results.waves[["site", "participant", "child", "informant"]].drop_duplicates()
    assert len(table) == len(units)
    wave = results.waves.query("instrument == 'phq9' and wave == 'end'")
    assert table["phq9_total_end"].notna().sum() == len(wave)
    assert table["phq9_total_end"].sum() == pytest.approx(wave["score"].sum())
    label = meta.column_names_to_labels["phq9_total_end"]
    assert label == (
        "PHQ-9, Low mood (PHQ-9 total), at the end of support (0 to 27, better: lower)"
    )


def test_one_site_only(scores, tmp_path) -> None:
    essex = scores[scores["site"] == "Essex"]
    table, _ = read(long_sav(made_programme(), essex, sites=["Essex"]), tmp_path)
    assert set(table["site"]) == {"Essex"}
    table, _ = read(wide_sav(made_programme(), sites=["Essex"]), tmp_path)
    assert len(table) == 1


def test_names_that_spss_takes() -> None:
    assert variable_name("1st", ()) == "v_1st"
    long = "a" * 80
    first = variable_name(long, ())
    second = variable_name(long, (first,))
    assert len(first) == len(second) == 64 and first != second
    assert variable_name("AB", ("ab",)) == "AB_2"
