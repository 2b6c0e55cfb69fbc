"""Published results: the row that ships, what a file may not hold, and the common yardstick."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.analysis.effect import paired_effect
from evaluation.published import (
    COMPARISON_COLUMNS,
    REQUIRED_COLUMNS,
    PublishedFileError,
    PublishedResult,
    all_published,
    compare_published,
    published_effect,
    published_from_rows,
    read_published,
)

ROOT = Path(__file__).resolve().parents[2]
TABLE_2 = ROOT / "sample_data" / "real" / "jacobson_truax_1991.csv"
GOOD = {
    "measure": "core_om.total",
    "source": "Smith (2016)",
    "citation": "Smith A (2016). A report.",
    "n": "80",
    "mean_before": "18",
    "sd_before": "6",
    "mean_after": "12",
    "sd_after": "7",
    "r": "0.5",
    "standardiser": "sd_before",
    "read_in_source": "yes",
}


def write(path: Path, **cells: str) -> Path:
    row = dict.fromkeys(REQUIRED_COLUMNS, "") | GOOD | cells
    pd.DataFrame([row]).to_csv(path, index=False)
    return path


def test_the_row_that_ships_is_the_printed_table() -> None:
    (row,) = read_published()
    scores = pd.read_csv(TABLE_2).pivot(index="participant", columns="wave", values="das_32_total")
    before, after = scores["baseline"], scores["end"]
    assert (row.measure, row.n, row.doi) == ("das_32.total", 30, "10.1037/0022-006X.59.1.12")
    assert (row.mean_before, row.mean_after) == pytest.approx((before.mean(), after.mean()))
    assert (row.sd_before, row.sd_after) == pytest.approx((before.std(), after.std()))
    assert row.r == pytest.approx(np.corrcoef(before, after)[0, 1])
    assert round(row.mean_before, 3) == 81.583
    assert row.mean_after == 98.05
    ours = paired_effect(before, after, np.arange(30), better="higher")
    assert published_effect(row, better="higher").g_pre == pytest.approx(ours.g_pre, abs=1e-12)


def test_its_interval_is_bonetts() -> None:
    """R: d 1.392452, Bonett's se .317979; J = .973875."""
    (row,) = read_published()
    found = published_effect(row, better="higher")
    reach = 1.95996398454005 * 0.317978508860684
    assert (found.low, found.high) == pytest.approx((1.356074 - reach, 1.356074 + reach), abs=1e-6)


def result(**given) -> PublishedResult:
    return PublishedResult("core_om.total", "S", "C", "", "", **({"n": 101} | given))


J_100 = 0.992484  # 1 - 3 / (4 * 100 - 1) to 5 decimals


def test_a_falling_score_is_an_improvement_where_lower_is_better() -> None:
    row = result(mean_before=18, sd_before=6, mean_after=12)
    found = published_effect(row, better="lower")
    assert found.g_pre == pytest.approx(J_100, abs=2e-5)
    assert found.label == "change divided by the spread before"
    assert np.isnan([found.low, found.high]).all()  # no correlation, no interval
    assert published_effect(row, better="higher").g_pre == pytest.approx(-J_100, abs=2e-5)


@pytest.mark.parametrize(
    ("given", "g", "label"),
    [
        ({"d": 0.5, "standardiser": "sd_before"}, 0.5, "change divided by the spread before"),
        ({"d": 0.5, "standardiser": "sd_change", "r": 0.5}, 0.5, "converted with"),
        ({"d": 0.5, "standardiser": "sd_change", "r": 0.875}, 0.25, "converted with"),
        ({"d": 0.5, "standardiser": "sd_change"}, None, "standardiser unknown"),
        ({"d": 0.5, "r": 0.5}, None, "standardiser unknown"),
        ({"mean_before": 18.0, "mean_after": 12.0}, None, "standardiser unknown"),
    ],
)
def test_a_printed_d_counts_only_where_its_yardstick_is_known(given, g, label) -> None:
    found = published_effect(result(**given), better="lower")
    assert found.label.startswith(label)
    if g is None:
        assert np.isnan(found.g_pre)
    else:
        assert found.g_pre == pytest.approx(J_100 * g, abs=2e-5)


def test_a_researcher_adds_a_row(tmp_path: Path) -> None:
    (row,) = read_published(write(tmp_path / "mine.csv"))
    assert (row.source, row.n, row.sd_after, row.standardiser) == (
        "Smith (2016)",
        80,
        7,
        "sd_before",
    )
    assert np.isnan(row.d)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"citation": " "}, "'citation' is empty"),
        ({"measure": "core_om"}, "questionnaire.scale"),
        ({"read_in_source": "no"}, "read_in_source"),
        ({"read_in_source": ""}, "read_in_source"),
        ({"standardiser": "pooled"}, "'standardiser' can be"),
        ({"n": ""}, "'n' must be"),
        ({"n": "2.5"}, "'n' must be"),
        ({"sd_before": "0"}, "'sd_before' must be above 0"),
        ({"sd_after": "-3"}, "'sd_after' must be above 0"),
        ({"r": "1.2"}, "'r' must lie"),
        ({"mean_after": "n/a"}, "is no number"),
        ({"mean_after": "inf"}, "is no number"),
    ],
)
def test_a_file_that_cannot_be_used_says_which_line_and_why(tmp_path, cells, says) -> None:
    with pytest.raises(PublishedFileError, match=says) as error:
        read_published(write(tmp_path / "mine.csv", **cells))
    assert "line 2" in str(error.value)


def test_rows_of_a_rule_file_are_the_same_as_lines_of_a_file(tmp_path: Path) -> None:
    typed = {
        **GOOD, "n": 80, "mean_before": 18, "sd_before": 6.0, "r": 0.5, "doi": None,
        "read_in_source": True,
    }  # fmt: skip
    added = published_from_rows([typed])
    assert [str(one) for one in added] == [
        str(one) for one in read_published(write(tmp_path / "mine.csv"))
    ]
    assert [one.source for one in all_published(added)] == [
        "Jacobson & Truax (1991)", "Smith (2016)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a text", "row 2: a row is written as"),
        ({**GOOD, "mean": 3}, "row 2: 'mean' is not a known key"),
        ({**GOOD, "citation": None}, "row 2: 'citation' is empty"),
        ({**GOOD, "read_in_source": False}, "row 2: 'read_in_source' is not 'yes'"),
        ({**GOOD, "n": True}, "row 2: 'n' is 'True', which is no number"),
    ],
)
def test_a_row_of_a_rule_file_that_cannot_be_used_is_named(row: object, says: str) -> None:
    with pytest.raises(PublishedFileError, match=says):
        published_from_rows([GOOD, row])


def test_a_missing_column_or_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    with pytest.raises(PublishedFileError, match=r"'mine\.csv' cannot be read"):
        read_published(path)
    path.write_text("measure,source\ndas_32.total,X\n", encoding="utf-8")
    with pytest.raises(PublishedFileError, match="no column 'citation'"):
        read_published(path)


def test_a_site_stands_beside_results_of_its_own_measure(tmp_path: Path) -> None:
    published = (*read_published(), *read_published(write(tmp_path / "mine.csv", sd_before="")))
    effect = {
        "site": "Luton", "instrument": "core_om", "scale": "total", "n": 40, "g_pre": 0.6,
        "g_pre_low": 0.3, "g_pre_high": 0.9, "improvement": 4.0,
    }  # fmt: skip
    found = compare_published(effect, published, better="lower")
    assert tuple(found.columns) == COMPARISON_COLUMNS
    assert found["who"].tolist() == ["Luton", "Smith (2016)"]
    assert found["g_pre"].iloc[0] == 0.6
    assert np.isnan(found["g_pre"].iloc[1])
    assert found["label"].iloc[1] == "standardiser unknown"
    assert found["citation"].iloc[1] == "Smith A (2016). A report."
