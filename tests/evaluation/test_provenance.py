"""The rows behind a number add up to it, and everybody left out has a reason."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from evaluation.analysis.change import CHANGE_CLASSES
from evaluation.config import Settings, parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.model import ALL_SITES
from evaluation.programme import Results, analyse
from evaluation.provenance import PAIR_COLUMNS, ROW_COLUMNS, pairs_table, rows_behind
from evaluation.report.tables import csv_bytes
from tests.evaluation.tables.synthetic_programme import programme

KEYS = ["site", "subgroup", "instrument", "scale", "contrast"]


@pytest.fixture(scope="module")
def sample(sample_folder) -> Results:
    some = ("croydon", "gateshead", "lambeth", "luton")
    files = [
        (path.name, path.read_bytes())
        for path in sorted(sample_folder.iterdir())
        if path.stem.endswith(some)
    ]
    return analyse(read_files(files).dataset, Settings())


@pytest.fixture(scope="module")
def pairs(sample: Results) -> pd.DataFrame:
    return pairs_table(sample)


def run(rows: list[str], *, header: str = "", rules: str = "", service: str = "", **options):
    head = header or "site,participant,couple,role,wave,completed_on,phq9_total"
    files = [("a.csv", "\n".join([head, *rows]).encode())]
    if service:
        files.append(("service_use.csv", service.encode()))
    return analyse(read_files(files).dataset, parse_settings(rules), **options)


def test_every_effect_of_the_sample_programme_follows_from_its_rows(sample, pairs) -> None:
    everybody = pairs[pairs["subgroup"] == ""].assign(site=ALL_SITES)
    rows = pd.concat([pairs, everybody])
    used = rows["used"] == "yes"
    rows = rows.assign(n=used, n_excluded=~used)
    groups = rows.groupby(KEYS)
    found = groups[["n", "n_excluded"]].sum().join(groups["improvement"].mean())
    wanted = sample.effects.set_index(KEYS)[["n", "n_excluded", "improvement"]]
    assert len(found) == len(wanted) > 200
    found = found.loc[wanted.index]
    assert (found[["n", "n_excluded"]] == wanted[["n", "n_excluded"]]).all(axis=None)
    np.testing.assert_allclose(
        found["improvement"].astype(float), wanted["improvement"].astype(float), rtol=1e-9
    )


def test_the_classes_of_the_rows_are_those_that_are_counted(sample, pairs) -> None:
    in_use = sample.reliable_change[sample.reliable_change["in_use"] == "yes"]
    in_use = in_use[in_use["improved"].notna()].set_index(KEYS[:1] + KEYS[2:])
    parents = pairs[pairs["subgroup"] == ""]
    parts = {
        "change_class": parents,
        "change_class_all": parents.assign(site=ALL_SITES),
    }
    for column, rows in parts.items():
        counts = rows.groupby([*in_use.index.names, column]).size().unstack(fill_value=0)
        counts = counts.reindex(columns=CHANGE_CLASSES, fill_value=0)
        here = in_use.index.intersection(counts.index)
        wanted = in_use.loc[here, list(CHANGE_CLASSES)].fillna(0).astype(int)
        assert len(here) > 20
        assert (counts.loc[here].to_numpy() == wanted.to_numpy()).all()
    covered = {site == ALL_SITES for site in in_use.index.get_level_values("site")}
    assert covered == {True, False}


def test_everybody_left_out_has_a_reason_and_nobody_else(pairs) -> None:
    out = pairs["used"] == "no"
    assert (pairs.loc[out, "why_not"] != "").all()
    assert (pairs.loc[~out, ["why_not", "state", "reason"]] == "").all(axis=None)
    assert pairs.loc[out, "improvement"].isna().all()
    assert pairs.loc[~out, ["before", "after"]].notna().all(axis=None)
    known = {"no_later_score", "later_not_scored", "outside_window", "dates_out_of_order"}
    assert set(pairs["why_not"]) <= known | {""}
    assert tuple(pairs.columns) == PAIR_COLUMNS


@pytest.mark.parametrize("contrast", ["baseline_end", "end_6m"])
@pytest.mark.parametrize("site", [ALL_SITES, "S03"])
def test_one_effect_at_a_time_is_a_part_of_the_whole_table(site: str, contrast: str) -> None:
    results = programme()
    found = rows_behind(results, site=site, measure="das_32.total", contrast=contrast)
    whole = pairs_table(results, None if site == ALL_SITES else [site])
    whole = whole[whole["contrast"] == contrast].reset_index(drop=True)
    if site == ALL_SITES:
        whole = whole.drop(columns="change_class").rename(
            columns={"change_class_all": "change_class"}
        )
    else:
        assert (whole["change_class_all"] == "").all()
    assert_frame_equal(found, whole[list(ROW_COLUMNS)])
    effect = results.effects.set_index(["site", "contrast"]).loc[(site, contrast)]
    used = found["used"] == "yes"
    assert (used.sum(), (~used).sum()) == (effect["n"], effect["n_excluded"])
    assert found.loc[used, "improvement"].mean() == pytest.approx(effect["improvement"])


ROWS = [
    "Luton,P1,C1,mother,baseline,2017-01-10,18",
    "Luton,P1,C1,mother,end,2017-03-10,9",
    "Luton,P2,C1,father,baseline,2017-01-10,12",
    "Luton,P3,,mother,baseline,2017-03-10,15",
    "Luton,P3,,mother,end,2017-01-10,11",
    "Luton,W1,,practitioner,baseline,2017-01-10,4",
    "Luton,W1,,practitioner,end,2017-03-10,6",
]


def test_each_row_says_who_when_and_why() -> None:
    results = run(ROWS, data_lock=dt.date(2018, 1, 1))
    rows = rows_behind(results, site="Luton", measure="phq9.total", contrast="baseline_end")
    rows = rows.set_index("participant")
    assert rows.loc["P1", ["couple", "before", "after", "used"]].tolist() == ["C1", 18, 9, "yes"]
    assert rows.loc["P1", "improvement"] == 9
    assert rows.loc["P1", "after_on"] == pd.Timestamp(2017, 3, 10)
    assert rows.loc["P2", ["used", "why_not", "state"]].tolist() == [
        "no", "no_later_score", "not_yet_due",
    ]  # fmt: skip
    assert rows.loc["P2", "reason"] == "no_end_date"
    # The later score is shown though it does not count, so that somebody can look at the dates.
    assert rows.loc["P3", ["used", "why_not", "after"]].tolist() == ["no", "dates_out_of_order", 11]
    assert np.isnan(rows.loc["P3", "improvement"])
    assert "W1" not in rows.index


def test_subgroups_have_rows_of_their_own() -> None:
    results = run(ROWS, rules="subgroups: [role]")

    def people(subgroup: str, site: str = "Luton") -> list[str]:
        rows = rows_behind(
            results, site=site, measure="phq9.total", contrast="baseline_end", subgroup=subgroup
        )
        return rows["participant"].tolist()

    assert people("role=mother") == ["P1", "P3"]
    assert people("role=practitioner") == ["W1"]
    assert people("role=grandparent") == []
    for row in results.effects.query("contrast == 'baseline_end'").to_dict("records"):
        assert len(people(row["subgroup"], row["site"])) == row["n"] + row["n_excluded"]
    table = pairs_table(results)
    staff = table[table["subgroup"] == "role=practitioner"]
    assert set(staff["participant"]) == {"W1"}
    assert set(staff["change_class"]) == {""}


def test_a_session_that_stands_in_and_a_score_that_is_none() -> None:
    header = "site,participant,wave,session_number," + ",".join(f"phq9_{n}" for n in range(1, 10))
    full, gap = ",".join("2" * 9), ",".join(["1", *[""] * 8])
    rows = [
        f"L,P1,session,1,{full}", f"L,P1,session,2,{full}", f"L,P2,baseline,,{full}",
        f"L,P2,end,,{gap}",
    ]  # fmt: skip
    results = run(rows, header=header)
    found = rows_behind(results, site="L", measure="phq9.total", contrast="baseline_end")
    assert found["session_stands_in"].tolist() == ["no", "yes"]
    assert found["used"].tolist() == ["no", "yes"]
    assert found.loc[0, ["why_not", "reason"]].tolist() == ["later_not_scored", "missing_answers"]


SERVICE = "participant,site,took_up,started_on,ended_on\nP1,L,yes,2017-01-01,2017-03-01"


def test_a_score_that_the_rule_file_leaves_out_is_told_of() -> None:
    rows = ["L,P1,,,baseline,2017-01-01,18", "L,P1,,,3m,2017-12-01,9"]
    rules = "follow_up: {exclude_outside_window: true}"
    for text, expected in (("", ("yes", "", 9.0)), (rules, ("no", "outside_window", 9.0))):
        results = run(rows, rules=text, service=SERVICE)
        found = rows_behind(results, site="L", measure="phq9.total", contrast="baseline_3m")
        assert tuple(found.loc[0, ["used", "why_not", "after"]]) == expected


def test_nobody_and_nothing() -> None:
    one = run(["L,P1,,,baseline,2017-01-01,18"])
    found = rows_behind(one, site="Elsewhere", measure="phq9.total", contrast="baseline_end")
    assert found.empty and tuple(found.columns) == ROW_COLUMNS
    assert pairs_table(one, []).empty
    empty = run([])
    assert tuple(pairs_table(empty).columns) == PAIR_COLUMNS
    assert rows_behind(empty, site="L", measure="phq9.total", contrast="baseline_end").empty


def test_codes_from_a_file_are_no_formulas() -> None:
    results = run(["L,=1+1,,,baseline,2017-01-01,18", "L,=1+1,,,end,2017-02-01,20"])
    text = csv_bytes(pairs_table(results)).decode()
    assert "'=1+1" in text and ",=1+1" not in text
    assert ',-2.0,"yes"' in text  # a worsening stays a number


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"measure": "phq9"}, "instrument.scale"),
        ({"measure": "nothing.total"}, "instrument.scale"),
        ({"contrast": "end"}, "two waves"),
        ({"subgroup": "mother"}, "trait=value"),
        ({"subgroup": "shoe=9"}, "trait=value"),
    ],
)
def test_mistakes_are_refused(changed: dict[str, str], says: str) -> None:
    asked = {"site": "S03", "measure": "das_32.total", "contrast": "baseline_end"} | changed
    with pytest.raises(ValueError, match=says):
        rows_behind(programme(), **asked)
