"""The whole analysis: the same people in every table, practitioners apart, keys from the rules."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from evaluation.config import SettingsError, parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse
from evaluation.report.export import prepare_export, result_workbook


def run(header: str, rows: list[str], *, rules: str = "", service: str = "", **options) -> Results:
    files = [("a.csv", "\n".join([header, *rows]).encode())]
    if service:
        files.append(("service_use.csv", service.encode()))
    report = read_files(files)
    assert not report.blocked, report.problems
    return analyse(report.dataset, parse_settings(rules), **options)


def effect(
    results: Results, site: str = "ALL", contrast: str = "baseline_end", **where
) -> pd.Series:
    table = results.effects
    chosen = (table["site"] == site) & (table["contrast"] == contrast)
    for name, value in {"subgroup": "", **where}.items():
        chosen &= table[name] == value
    assert chosen.sum() == 1
    return table[chosen].iloc[0]


HEADER = "site,participant,couple,role,wave,completed_on,das_32_total"


def test_practitioners_are_a_subgroup_and_never_among_all() -> None:
    rows = [
        f"Luton,{who},,{role},{wave},,{score}"
        for who, role in (("P1", "mother"), ("P2", "father"), ("W1", "Practitioner"))
        for wave, score in (("baseline", 90), ("end", 100))
    ]
    results = run(HEADER, rows)
    assert effect(results)["n"] == 2
    assert effect(results, "Luton")["n"] == 2
    assert effect(results, "Luton", subgroup="role=practitioner")["n"] == 1
    assert set(results.people["participant"]) == {"P1", "P2"}


def test_who_has_the_earlier_score_is_counted_and_nobody_vanishes() -> None:
    rows = ["Luton,P1,,,baseline,,90", "Luton,P1,,,end,,95", "Luton,P2,,,baseline,,80"]
    row = effect(run(HEADER, rows))
    assert (row["n"], row["n_excluded"]) == (1, 1)
    empty = effect(run(HEADER, rows), contrast="baseline_3m")
    assert (empty["n"], empty["n_excluded"], empty["reason"]) == (0, 2, "N0")


def test_a_falling_phq9_and_a_rising_das_are_both_improvements() -> None:
    header = "site,participant,wave,das_32_total,phq9_total"
    rows = [
        f"L,P{n},{w},{d},{p}"
        for n in range(3)
        for w, d, p in (("baseline", 80 + n, 15), ("end", 90, 9))
    ]
    results = run(header, rows)
    for instrument, change in (("das_32", 9), ("phq9", -6)):
        row = effect(results, instrument=instrument)
        assert row["raw_change"] == pytest.approx(change)
        assert row["improvement"] == pytest.approx(abs(change))


def test_answers_beat_a_given_total_which_is_taken_only_where_there_are_none() -> None:
    items = ",".join(f"phq9_{n}" for n in range(1, 10))
    rows = [
        "L,P1,baseline," + ",".join("1" * 9) + ",20",
        "L,P2,baseline,,,,,,,,,,20",
        "L,P3,baseline,1,1,,,,,,,,20",
    ]
    scores = run(f"site,participant,wave,{items},phq9_total", rows).scores
    got = scores.set_index("participant")[["score", "status", "band"]]
    assert got.loc["P1"].tolist() == [9.0, "complete", "mild"]
    assert got.loc["P2"].tolist() == [20.0, "supplied", "severe"]
    assert got.loc["P3", "status"] == "not_scored"
    assert np.isnan(got.loc["P3", "score"])


ENRICH_ITEMS = ",".join(f"enrich_couple_scales_35_{n}" for n in range(11, 21))


def test_enrich_answers_wait_for_their_key_and_given_scores_do_not() -> None:
    header = f"site,participant,wave,{ENRICH_ITEMS},enrich_couple_scales_35_couple_satisfaction"
    rows = ["L,P1,baseline," + ",".join("4" * 10) + ",33.5"]
    waiting = run(header, rows).scores.set_index("scale")
    assert waiting.loc["communication", ["status", "reason"]].tolist() == [
        "not_scored",
        "key_needed",
    ]
    assert waiting.loc["couple_satisfaction", ["status", "score"]].tolist() == ["supplied", 33.5]
    keyed = run(header, rows, rules="scoring: {keyed: [enrich_couple_scales_35]}").scores
    assert keyed.set_index("scale").loc["communication", "score"] == 40
    by_key = run(header, rows, rules="scoring: {keys: {enrich_couple_scales_35: [11, 12]}}").scores
    assert by_key.set_index("scale").loc["communication", "score"] == 8 * 4 + 2 * 2


SERVICE = "site,participant,referred_on,took_up,started_on,ended_on\n" + "\n".join(
    f"Luton,P{n},2016-12-01,yes,2017-01-01,2017-04-01" for n in range(4)
)


def test_answers_outside_the_window_count_unless_the_rule_file_says_no() -> None:
    rows = [f"Luton,P{n},,,baseline,2017-01-01,90" for n in range(4)]
    rows += [f"Luton,P{n},,,3m,{day},95" for n, day in enumerate(
        ("2017-07-01", "2017-06-25", "2017-09-15", "2017-05-01"))]  # fmt: skip
    kept = run(HEADER, rows, service=SERVICE)
    assert effect(kept, contrast="baseline_3m")["n"] == 4
    only = "follow_up: {exclude_outside_window: true}"
    strict = run(HEADER, rows, service=SERVICE, rules=only)
    assert effect(strict, contrast="baseline_3m")["n"] == 2


def test_attrition_and_effects_share_their_people() -> None:
    rows = [f"Luton,P{n},,,baseline,2017-01-01,90" for n in range(4)]
    rows += [f"Luton,P{n},,,end,2017-04-01,95" for n in range(3)]
    results = run(HEADER, rows, service=SERVICE, data_lock=dt.date(2018, 1, 1))
    table = results.attrition
    end = table[(table["site"] == "ALL") & (table["step"] == "end") & (table["unit"] == "person")]
    assert end[["done", "missed"]].to_numpy().tolist() == [[3, 1]]
    assert effect(results)["n"] == 3


def test_an_export_names_its_rules_and_one_site_is_only_that_site() -> None:
    rows = [f"{s},P{n},,,{w},2017-01-01,9{n}" for s in ("Luton", "Dorset") for n in range(3)
            for w in ("baseline", "end")]  # fmt: skip
    results = run(HEADER, rows, rules="alpha: 0.1")
    export = prepare_export(results, disclosure="release", sites=["Luton"])
    assert all(set(table["site"]) == {"Luton"} for table in export.tables.values())
    assert export.manifest["settings"] == "alpha: 0.1"
    assert "scores" not in export.tables
    assert result_workbook(results, disclosure="release", sites=["Luton"]).startswith(b"PK")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("primary: {'*': das_33.total}", "'das_33.total'"),
        ("measures: {das_32.sum: {sd: own}}", "'das_32.sum'"),
        ("measures: {das_32.total: {cutoff: '>= 97'}}", "turn the sign round"),
        ("measures: {phq9.total: {cutoff: '<= 9'}}", "turn the sign round"),
        ("scoring: {keyed: [enrich]}", "'enrich' is not a questionnaire"),
        ("scoring: {keys: {enrich_ems_15: [99]}}", "cannot be used"),
    ],
)
def test_a_rule_file_that_does_not_fit_is_refused_in_a_sentence(rules: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        run(HEADER, ["Luton,P1,,,baseline,,90"], rules=rules)
