"""NHS Talking Therapies outcomes against the truth table, row by row."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.pairing import pair
from evaluation.analysis.talking_therapies import (
    CASENESS,
    DEFINITIONS,
    LEAST_CONTACTS,
    RELIABLE_CHANGE,
    SCORE_PAIR_COLUMNS,
    TALKING_THERAPIES_COLUMNS,
    pair_both_measures,
    talking_therapies_outcome,
    talking_therapies_table,
)
from instruments.registry import get

pytestmark = pytest.mark.filterwarnings("error")

REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"
RULES = pd.read_csv(REFERENCE / "nhs_tt_rule_table.csv")
COUNTS = json.loads((REFERENCE / "nhs_tt_counts.json").read_text())
RULE_NAMES = {
    "case_at_start": "case_pre", "case_at_end": "case_post", "recovered": "recovery",
    "reliable_improvement": "rel_imp", "reliable_recovery": "rel_rec", "deteriorated": "rel_det",
}  # fmt: skip
totals = st.lists(st.tuples(*[st.integers(0, 27), st.integers(0, 21)] * 2), min_size=1, max_size=30)


def rule_scores() -> pd.DataFrame:
    names = ["phq_pre", "gad_pre", "phq_post", "gad_post"]
    return RULES[names].set_axis(SCORE_PAIR_COLUMNS, axis="columns").astype(float)


def people(**columns: list) -> pd.DataFrame:
    return pd.DataFrame(columns).assign(
        participant=lambda table: [f"P{row}" for row in range(len(table))]
    )


@pytest.mark.parametrize("ours", RULE_NAMES)
def test_every_row_of_the_truth_table(ours: str) -> None:
    found = talking_therapies_outcome(**rule_scores())
    assert len(RULES) == COUNTS["n"] == 225
    assert np.array_equal(getattr(found, ours), RULES[RULE_NAMES[ours]].to_numpy(dtype=bool))


def test_counts_of_the_truth_table() -> None:
    paired = rule_scores().assign(
        site="Luton", participant=[f"P{row}" for row in range(225)], sessions_attended=6
    )
    table = talking_therapies_table(paired, contrast="baseline_end")
    assert tuple(table.columns) == TALKING_THERAPIES_COLUMNS
    assert table["site"].tolist() == ["ALL", "Luton"]
    for row in table.to_dict("records"):
        assert row["contrast"] == "baseline_end"
        assert row["n"] == COUNTS["n"]
        assert row["cases_at_start"] == COUNTS["case_pre"]
        assert row["recovered"] == COUNTS["recovery"]
        assert row["reliable_improvement"] == COUNTS["reliable_improvement"]
        assert row["reliable_recovery"] == COUNTS["reliable_recovery"]
        assert row["deteriorated"] == COUNTS["reliable_deterioration"]
        assert row["reason"] == ""


@given(totals)
def test_going_backwards_swaps_improvement_and_deterioration(scores: list[tuple]) -> None:
    columns = dict(zip(SCORE_PAIR_COLUMNS, np.array(scores, dtype=float).T, strict=True))
    there = talking_therapies_outcome(**columns)
    back = talking_therapies_outcome(
        phq9_before=columns["phq9_after"],
        gad7_before=columns["gad7_after"],
        phq9_after=columns["phq9_before"],
        gad7_after=columns["gad7_before"],
    )
    assert np.array_equal(there.reliable_improvement, back.deteriorated)
    assert not (there.reliable_improvement & there.deteriorated).any()
    assert np.array_equal(there.reliable_recovery, there.recovered & there.reliable_improvement)
    assert not (there.recovered & ~there.case_at_start).any()


def test_a_total_that_misses_a_whole_number_by_rounding_counts_as_it() -> None:
    found = talking_therapies_outcome(
        phq9_before=[10 - 1e-12], gad7_before=[0], phq9_after=[4.0], gad7_after=[0]
    )
    assert found.recovered.tolist() == found.reliable_improvement.tolist() == [True]


@pytest.mark.parametrize(
    ("before", "after"), [([1.0, 2.0], [1.0]), ([np.nan], [1.0]), ([[1.0]], [[1.0]])]
)
def test_scores_that_cannot_be_paired_are_refused(before: list, after: list) -> None:
    with pytest.raises(ValueError, match="scores"):
        talking_therapies_outcome(
            phq9_before=before, gad7_before=before, phq9_after=after, gad7_after=after
        )


def test_sites_add_up_to_all_and_gaps_do_not_count() -> None:
    paired = people(
        site=["Luton", "Luton", "Croydon", "Dorset", "Essex"],
        phq9_before=[16, 12, 16, 3, 12],
        gad7_before=[14, 9, 14, 2, 9],
        phq9_after=[4, 18, 4, 3, None],
        gad7_after=[3, 9, None, 2, None],
    )
    table = talking_therapies_table(paired, contrast="baseline_3m").set_index("site")
    assert list(table.index) == ["ALL", "Croydon", "Dorset", "Essex", "Luton"]
    assert table["n"].tolist() == [3, 0, 1, 0, 2]
    assert table["recovered"].tolist() == [1, 0, 0, 0, 1]
    assert table["deteriorated"].tolist() == [1, 0, 0, 0, 1]
    assert table["reason"].tolist() == ["", "N0", "NONE_CLINICAL", "N0", ""]


def test_people_known_to_have_had_one_contact_have_not_finished() -> None:
    paired = people(
        site=["Luton"] * 3,
        phq9_before=[16, 16, 16],
        gad7_before=[14, 14, 14],
        phq9_after=[4, 4, 4],
        gad7_after=[3, 3, 3],
        sessions_attended=[1, 2, None],
    )
    assert talking_therapies_table(paired, contrast="baseline_end")["n"].tolist() == [2, 2]


def test_row_labels_do_not_matter() -> None:
    paired = rule_scores().assign(site="Luton", participant="P")
    doubled = pd.concat([paired, paired])
    table = talking_therapies_table(doubled, contrast="baseline_end")
    assert (table["cases_at_start"] == 2 * COUNTS["case_pre"]).all()


def test_without_people_there_are_no_rows() -> None:
    empty = pd.DataFrame(columns=["site", "participant", *SCORE_PAIR_COLUMNS])
    table = talking_therapies_table(empty, contrast="baseline_end")
    assert table.empty
    assert tuple(table.columns) == TALKING_THERAPIES_COLUMNS


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="gad7_after"):
        talking_therapies_table(
            pd.DataFrame(columns=["site", "participant", *SCORE_PAIR_COLUMNS[:3]]), contrast="x"
        )


def test_both_measures_of_one_person_meet() -> None:
    def rows(wave: str, phq9: dict, gad7: dict) -> list[dict]:
        return [
            {
                "site": "Luton", "participant": person, "couple": "", "child": "",
                "informant": "", "instrument": name, "scale": "total", "wave": wave,
                "score": score, "completed_on": pd.NaT, "assumed": False,
            }
            for name, scores in (("phq9", phq9), ("gad7", gad7))
            for person, score in scores.items()
        ]  # fmt: skip

    waves = pd.DataFrame(
        rows("baseline", {"A": 16.0, "B": 12.0, "C": 9.0, "W": 12.0}, {"A": 14.0, "B": 9.0, "W": 9})
        + rows("end", {"A": 4.0, "B": 5.0, "C": 5.0, "W": 2.0}, {"A": 3.0, "W": 1.0})
    )
    waves["completed_on"] = pd.to_datetime(waves["completed_on"])
    roles = pd.DataFrame(
        {"site": "Luton", "participant": list("ABCW"), "role": ["", "", "", "practitioner"]}
    )
    both = pair_both_measures(pair(waves, roles, before="baseline", after="end"))
    assert sorted(both["participant"]) == ["A", "B"]
    person = both.set_index("participant").loc["A", list(SCORE_PAIR_COLUMNS)]
    assert person.tolist() == [16, 14, 4, 3]
    table = talking_therapies_table(both, contrast="baseline_end")
    assert table["n"].tolist() == [1, 1]
    assert table["reliable_recovery"].tolist() == [1, 1]


@pytest.mark.parametrize("name", ["phq9", "gad7"])
def test_thresholds_are_those_that_the_questionnaires_give(name: str) -> None:
    scale = get(name).scale("total")
    cutoffs = {c.value for c in scale.cutoffs if "caseness" in c.purpose}
    changes = {c.value for c in scale.reliable_change if "Talking Therapies" in c.note}
    assert cutoffs == {CASENESS[name].value}
    assert changes == {RELIABLE_CHANGE[name].value}


def test_thresholds_are_confirmed_and_the_rule_that_joins_them_is_not() -> None:
    sourced = [*CASENESS.values(), *RELIABLE_CHANGE.values(), LEAST_CONTACTS]
    assert {value.evidence for value in sourced} == {"confirmed"}
    unverified = {name for name, (evidence, _) in DEFINITIONS.items() if evidence == "unverified"}
    assert unverified == {"reliable_improvement", "reliable_recovery", "deteriorated"}
    assert DEFINITIONS.keys() <= set(TALKING_THERAPIES_COLUMNS)


def test_couples_are_counted_among_those_who_count() -> None:
    paired = people(
        site=["Luton"] * 4, cluster=["c1", "c1", "c2", "c3"],
        phq9_before=[16, 12, 16, 3], gad7_before=[14, 9, 14, 2],
        phq9_after=[4, 18, 4, 3], gad7_after=[3, 9, 5, None],
    )  # fmt: skip
    table = talking_therapies_table(paired, contrast="baseline_end")
    assert (table["n"].tolist(), table["n_couples"].tolist()) == ([3, 3], [2, 2])
