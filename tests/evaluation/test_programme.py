"""The whole analysis: the same people in every table, practitioners apart, keys from the rules."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.added_value import summarise_added_value
from evaluation.config import SettingsError, parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse
from evaluation.report.export import prepare_export, workbook_bytes
from evaluation.report.result_tables import one_table

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "evaluation" / "reference"
ADDED_VALUE_OF_R = ROOT.parent / "shared" / "reference" / "expected" / "sdq_added_value.csv"


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


def test_subgroups_that_the_rule_file_names_are_parts_of_the_whole() -> None:
    rows = [
        f"Luton,P{n},,{role},{wave},,{score + n}"
        for n, role in enumerate(("mother", "mother", "father", ""))
        for wave, score in (("baseline", 90), ("end", 100 + n))
    ]
    results = run(HEADER, rows, rules="subgroups: [role]")
    counts = {
        subgroup: effect(results, site, subgroup=subgroup)["n"]
        for site in ("ALL", "Luton")
        for subgroup in ("", "role=mother", "role=father")
    }
    assert counts == {"": 4, "role=mother": 2, "role=father": 1}
    assert set(run(HEADER, rows).effects["subgroup"]) == {""}


def test_a_session_that_stands_in_is_flagged() -> None:
    header = "site,participant,wave,session_number,phq9_total"
    rows = ["L,P1,baseline,,15", "L,P1,session,1,12", "L,P1,session,2,9"]
    assert "SESSION_STANDS_IN" in effect(run(header, rows))["reason"]
    named = [*rows, "L,P1,end,,8"]
    assert "SESSION_STANDS_IN" not in effect(run(header, named))["reason"]


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
    about_sites = [table for name, table in export.tables.items() if name != "formulas"]
    assert all(set(table["site"]) == {"Luton"} for table in about_sites)
    assert export.manifest["settings"] == "alpha: 0.1"
    assert "scores" not in export.tables
    assert workbook_bytes(
        prepare_export(results, disclosure="release", sites=["Luton"]), results
    ).startswith(b"PK")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("primary: {'*': das_33.total}", "'das_33.total'"),
        ("measures: {das_32.sum: {sd: own}}", "'das_32.sum'"),
        ("measures: {das_32.total: {cutoff: '>= 97'}}", "turn the sign round"),
        ("measures: {phq9.total: {cutoff: '<= 9'}}", "turn the sign round"),
        ("scoring: {keyed: [enrich]}", "'enrich' is not a questionnaire"),
        ("scoring: {keys: {enrich_ems_15: [99]}}", "cannot be used"),
        ("scoring: {recode: {PHQ9: [subtract 1]}}", "'PHQ9' is not a questionnaire"),
        ("scoring: {recode: {phq9: ['reverse (12)']}}", "cannot be used"),
    ],
)
def test_a_rule_file_that_does_not_fit_is_refused_in_a_sentence(rules: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        run(HEADER, ["Luton,P1,,,baseline,,90"], rules=rules)


# --- PHQ-9 and GAD-7 together ---------------------------------------------------------------

BOTH = "site,participant,couple,role,wave,phq9_total,gad7_total"
COUNTS = ["n", "cases_at_start", "recovered", "reliable_improvement", "reliable_recovery",
          "deteriorated"]  # fmt: skip


def outcomes(results: Results, site: str, contrast: str = "baseline_end") -> list[int]:
    table = results.talking_therapies
    row = table[(table["site"] == site) & (table["contrast"] == contrast)]
    assert len(row) == 1
    return [int(value) for value in row.iloc[0][COUNTS]]


def test_talking_therapies_counts_of_the_truth_table_by_the_whole_way() -> None:
    rules = pd.read_csv(REFERENCE / "nhs_tt_rule_table.csv")
    counts = json.loads((REFERENCE / "nhs_tt_counts.json").read_text(encoding="utf-8"))
    rows = [
        f"Luton,P{number},,,{wave},{row[phq9]},{row[gad7]}"
        for number, row in enumerate(rules.to_dict("records"))
        for wave, phq9, gad7 in (
            ("baseline", "phq_pre", "gad_pre"),
            ("end", "phq_post", "gad_post"),
        )
    ]
    rows += ["Luton,W1,,practitioner,baseline,20,20", "Luton,W1,,practitioner,end,1,1"]
    results = run(BOTH, rows)
    expected = [
        counts[name]
        for name in ("n", "case_pre", "recovery", "reliable_improvement", "reliable_recovery",
                     "reliable_deterioration")
    ]  # fmt: skip
    assert outcomes(results, "ALL") == outcomes(results, "Luton") == expected
    assert set(results.talking_therapies["contrast"]) == {"baseline_end"}


def test_both_questionnaires_both_times_and_two_sessions_are_needed() -> None:
    rows = [
        "Luton,P1,,,baseline,16,14", "Luton,P1,,,end,4,3", "Luton,P1,,,3m,12,9",
        "Luton,P2,,,baseline,16,14", "Luton,P2,,,end,4,",
        "Dorset,P3,,,baseline,16,", "Dorset,P3,,,end,4,3",
        "Luton,P4,,,baseline,16,14", "Luton,P4,,,end,4,3",
    ]  # fmt: skip
    service = "site,participant,sessions_attended\nLuton,P1,2\nLuton,P4,1"
    results = run(BOTH, rows, service=service)
    assert outcomes(results, "ALL") == outcomes(results, "Luton") == [1, 1, 1, 1, 1, 0]
    assert outcomes(results, "ALL", "baseline_3m") == [1, 1, 0, 1, 0, 0]
    assert set(results.talking_therapies["site"]) == {"ALL", "Luton"}


def test_the_talking_therapies_table_is_there_only_with_both_questionnaires() -> None:
    rows = [f"Luton,P{n},C{n},,{wave},{score},{score}" for n in range(12)
            for wave, score in (("baseline", 12), ("end", 5))]  # fmt: skip
    results = run(BOTH, rows)
    for level in ("off", "release"):
        table = one_table(results, "nhs_tt", released=level == "release")
        assert list(table.columns) == ["site", "contrast", *COUNTS, "reason", "n_couples"]
        assert table["recovered"].tolist() == ([12, 12] if level == "off" else [10, 10])
    only_one = run(BOTH.replace("gad7", "wemwbs"), [row[: row.rindex(",")] + ",40" for row in rows])
    assert one_table(only_one, "nhs_tt", released=False).empty


# --- SDQ added value ------------------------------------------------------------------------

SDQ = "site,participant,child,informant,wave,completed_on," + ",".join(
    f"sdq_parent_4_17_{scale}" for scale in ("total", "impact", "emotional")
)


def test_added_value_agrees_with_r_and_stands_at_the_later_wave() -> None:
    if not ADDED_VALUE_OF_R.is_file():
        pytest.skip("the numbers from R are not here")
    expected = pd.read_csv(ADDED_VALUE_OF_R)
    rows = []
    for number, row in enumerate(expected.to_dict("records")):
        who = f"Luton,P{number},K{number},parent"
        parts = [int(row[name]) for name in ("t1_total", "t1_impact", "t1_emot")]
        rows.append(f"{who},baseline,2017-01-10," + ",".join(map(str, parts)))
        rows.append(f"{who},3m,2017-07-10,{int(row['t2_total'])},,")
    results = run(SDQ, rows)
    table = results.added_value
    assert set(table["wave"]) == {"3m"}
    assert table["scale"].eq("total").all()
    assert table["score"].to_numpy() == pytest.approx(expected["added_value"].to_numpy())
    assert "sdq_added_value" not in set(results.effects["instrument"])
    assert "sdq_added_value" not in set(results.reliable_change["instrument"])
    assert "sdq_added_value" not in set(results.scores["instrument"])
    export = prepare_export(results, disclosure="site")
    scores = one_table(results, "scores", released=False)
    assert (scores["instrument"] == "sdq_added_value").sum() == len(expected)
    assert any("in difficulty only" in warning for warning in export.manifest["warnings"])
    assert workbook_bytes(export, results).startswith(b"PK")


def test_added_value_needs_every_part_the_parent_and_dates_in_order() -> None:
    rows = [
        "L,P1,K1,parent,baseline,2017-01-10,20,4,6", "L,P1,K1,parent,end,2017-06-10,15,3,5",
        "L,P1,K1,parent,6m,2017-12-10,15,3,5",
        "L,P2,K1,parent,baseline,2017-01-10,20,,6", "L,P2,K1,parent,end,2017-06-10,15,3,5",
        "L,P3,K1,parent,baseline,2017-01-10,20,4,6", "L,P3,K1,parent,end,2016-12-10,15,3,5",
        "L,P4,K1,parent,baseline,2017-01-10,20,4,6", "L,P4,K1,parent,mid,2017-06-10,15,3,5",
        "L,P5,K1,teacher,baseline,2017-01-10,20,4,6", "L,P5,K1,teacher,end,2017-06-10,15,3,5",
    ]  # fmt: skip
    table = run(SDQ, rows).added_value
    assert table[["participant", "wave"]].to_numpy().tolist() == [["P1", "end"], ["P1", "6m"]]
    # 2.3 + 0.8 x 20 + 0.2 x 4 - 0.3 x 6 - 15
    assert table["score"].to_numpy() == pytest.approx([2.3, 2.3])
    assert table[["n_answered", "n_items"]].to_numpy().tolist() == [[4, 4], [4, 4]]


def test_a_rule_file_cannot_make_the_added_value_a_measure() -> None:
    with pytest.raises(SettingsError, match="sdq_added_value"):
        run(SDQ, ["L,P1,K1,parent,baseline,,20,4,6"], rules="primary: {'*': sdq_added_value.total}")


def test_added_value_of_a_group_has_the_published_spread() -> None:
    rows = []
    for number in range(4):
        rows.append(f"L,P{number},K1,parent,baseline,2017-01-10,20,4,6")
        rows.append(f"L,P{number},K1,parent,end,2017-0{2 + 2 * number}-10,{14 + number},3,5")
    results = run(SDQ, rows)
    [found] = summarise_added_value(results.added_value, results.scores, level=0.95)
    assert (found.wave, found.n, found.n_dated, found.n_in_time) == ("end", 4, 4, 2)
    # The mean of 3.3, 2.3, 1.3, 0.3; half width 1.959964 x 5 / 2; effect size 1.8 / 5.
    assert (found.mean, found.effect_size) == pytest.approx((1.8, 0.36))
    assert (found.low, found.high) == pytest.approx((1.8 - 4.89991, 1.8 + 4.89991), abs=1e-5)


def test_a_session_that_stands_in_is_named() -> None:
    header = SDQ.replace("wave,", "wave,session_number,")
    rows = [
        "L,P1,K1,parent,session,1,2017-01-10,20,4,6", "L,P1,K1,parent,session,5,2017-06-10,15,3,5",
    ]  # fmt: skip
    [row] = run(header, rows).added_value.to_dict("records")
    assert (row["wave"], row["reason"], row["score"]) == (
        "end", "session_stands_in", pytest.approx(2.3),
    )  # fmt: skip


def test_a_given_score_counts_while_a_form_waits_for_its_check() -> None:
    items = ",".join(f"das_7_{n}" for n in range(1, 8))
    scores = run(f"site,participant,wave,{items},das_7_total", ["L,P1,baseline," + "1," * 7 + "20"])
    row = scores.scores.iloc[0]
    assert (row["status"], row["score"]) == ("supplied", 20)
