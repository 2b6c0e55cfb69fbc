"""evidence.csv by the whole way: its numbers are those of the other tables."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from evaluation.evidence import ASPECTS, EVIDENCE_COLUMNS
from evaluation.tables.evidence import evidence_table
from tests.evaluation.tables.followed_up import LATELY, LONG_AGO, results, singles
from tests.evaluation.tables.synthetic_programme import people, programme, run

LOST_COLUMNS = ["site", "step", "characteristic", "kind", "kept", "lost", "n_kept", "n_lost",
                "smd", "flag"]  # fmt: skip


def card(table: pd.DataFrame, site: str = "Luton", contrast: str = "baseline_end") -> dict:
    """The rows of one card by aspect; of the three correlations the last."""
    rows = table[(table["site"] == site) & (table["contrast"] == contrast)]
    return {row["aspect"]: row for row in rows.to_dict("records")}


def lost(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=LOST_COLUMNS)


def test_each_cell_has_every_aspect_in_one_order() -> None:
    table = evidence_table(programme())
    assert tuple(table.columns) == EVIDENCE_COLUMNS
    wanted = [aspect for aspect in ASPECTS for _ in range(3 if aspect == "selection_bias" else 1)]
    cells = table.groupby(["site", "instrument", "scale", "contrast"], sort=False)["aspect"]
    assert all(list(found) == wanted for _, found in cells)
    assert table["site"].iloc[0] == "ALL"
    assert not table["contrast"].str.startswith("end_").any()


def test_numbers_are_those_of_the_effects() -> None:
    found = card(evidence_table(programme()), "ALL")
    effects = programme().effects
    cell = (effects["site"] == "ALL") & (effects["contrast"] == "baseline_end")
    [row] = effects[cell & (effects["subgroup"] == "")].to_dict("records")
    assert (found["n"]["n"], found["n"]["n_couples"]) == (row["n"], row["n_couples"])
    assert found["n_effective"]["value"] == row["n_effective"]
    half = (row["g_pre_high"] - row["g_pre_low"]) / 2
    assert found["precision"]["value"] == pytest.approx(half, rel=1e-12)
    assert found["level"]["low"] == row["improvement_low"]


def test_without_dates_whoever_is_not_there_counts_as_lost() -> None:
    # attrition.csv has nobody who missed anything here, and so nobody who could be lost
    known = people().dropna(subset=["rq_pre"])
    found = card(evidence_table(programme()), "ALL")
    share = known["rq_post"].notna().mean()
    assert found["retention"]["value"] == pytest.approx(share, abs=1e-12)
    assert found["answered"]["value"] == pytest.approx(share, abs=1e-12)


def test_retention_is_the_rate_of_attrition_where_dates_are_known() -> None:
    made = results(singles(30, back=21) | {"L1": ("", "father", LATELY, {"baseline": 12})})
    found = card(evidence_table(made))["retention"]
    rows = made.attrition
    [row] = rows[
        (rows["site"] == "Luton") & (rows["unit"] == "person") & (rows["step"] == "end")
    ].to_dict("records")
    assert (row["done"], row["missed"]) == (21, 9)  # L1 can still answer
    assert found["value"] == row["rate"] == pytest.approx(0.7)
    assert (found["low"], found["high"]) == (row["low"], row["high"])
    assert (found["n"], found["n_lost"]) == (30, 9)


def test_who_answered_something_else_lacks_this_measure() -> None:
    lines = ["site,participant,wave,phq9_total,gad7_total"]
    for number in range(10):
        lines.append(f"Luton,P{number},baseline,{10 + number},8")
        lines.append(f"Luton,P{number},end,{5 + number if number < 4 else ''},6")
    table = evidence_table(run("\n".join(lines)))
    found = card(table[table["instrument"] == "phq9"])
    assert found["retention"]["value"] == 1
    assert found["answered"]["value"] == 0.4
    assert (found["answered"]["n"], found["answered"]["n_lost"]) == (10, 6)


def test_selection_bias_is_the_published_formula_of_the_share_seen() -> None:
    expected = {"0.10": 0.0798, "0.27": 0.2154, "0.45": 0.3590}  # rho * phi(0) / 0.5
    table = evidence_table(results(singles(30, back=15)))
    rows = table[(table["aspect"] == "selection_bias") & (table["contrast"] == "baseline_end")]
    rows = rows[rows["site"] == "Luton"].set_index("detail")
    for rho, wanted in expected.items():
        assert rows.loc[rho, "value"] == pytest.approx(wanted, abs=5e-5)


def test_nobody_due_nobody_back_and_everybody_back() -> None:
    waiting = card(
        evidence_table(results(singles(8, back=0, ended=LATELY))), contrast="baseline_3m"
    )
    assert waiting["retention"]["finding"] == "nobody yet"
    assert waiting["retention"]["reason"] == waiting["answered"]["reason"] == "NOT_YET_DUE"
    assert waiting["selection_bias"]["reason"] == "NOT_YET_DUE"
    gone = card(evidence_table(results(singles(8, back=0))))
    assert gone["retention"]["value"] == gone["answered"]["value"] == 0
    assert gone["selection_bias"]["reason"] == "NONE_OBSERVED"
    assert gone["level"]["finding"] == gone["n"]["finding"] == "nobody yet"
    back = card(evidence_table(results(singles(8, back=8))))
    assert back["retention"]["value"] == 1
    assert back["selection_bias"]["value"] == 0
    assert back["selection_bias"]["finding"] == "none"


def test_one_person() -> None:
    found = card(evidence_table(results(singles(1, back=1))))
    assert (found["n"]["finding"], found["n"]["n"]) == ("too few", 1)
    assert found["precision"]["finding"] == "not known"
    assert found["precision"]["reason"] == "N1"


def test_couples_with_one_leaver() -> None:
    couples = {}
    for number in range(6):
        scores = {"baseline": 12 + number, "end": 6 + number % 4}
        couples[f"M{number}"] = (f"C{number}", "mother", LONG_AGO, scores)
        couples[f"F{number}"] = (f"C{number}", "father", LONG_AGO, {"baseline": 10 + number})
    found = card(evidence_table(results(couples)))
    assert (found["n"]["n"], found["n"]["n_couples"]) == (6, 6)
    assert found["retention"]["value"] == 0.5


def test_the_largest_difference_at_the_start_is_named() -> None:
    table = lost(
        ("Luton", "end", "phq9.total", "mean", 12.0, 14.0, 20, 10, -0.41, "red"),
        ("Luton", "end", "gad7.total", "mean", 9.0, 10.0, 20, 10, 0.2, ""),
        ("Luton", "end", "low_income", "share", 0.2, 0.9, 20, 10, 0.9, "red"),
        ("Luton", "3m", "phq9.total", "mean", 12.0, np.nan, 20, 0, np.nan, ""),
    )
    made = results(singles(30, back=20))
    found = evidence_table(made, lost=table)
    end, later = card(found), card(found, contrast="baseline_3m")
    assert end["representativeness"]["value"] == 0.41
    assert end["representativeness"]["detail"] == made.instruments["phq9"].scale("total").label
    assert end["representativeness"]["finding"] == "for orientation"
    assert (end["representativeness"]["n"], end["representativeness"]["n_lost"]) == (30, 10)
    assert later["representativeness"]["finding"] == "nobody lost"
    assert card(found, "ALL")["representativeness"]["finding"] == "not compared"


def test_what_was_not_known_at_the_start_or_rests_on_few_does_not_count() -> None:
    rows = [
        ("Luton", "end", "sessions_attended", "mean", 6.0, 2.0, 20, 10, -1.6, "red"),
        ("Luton", "end", "phq9.total at end", "mean", 6.0, 9.0, 20, 10, 0.8, "red"),
        ("Luton", "end", "gad7.total at baseline", "mean", 6.0, 9.0, 20, 4, 1.1, "red"),
        ("Luton", "end", "phq9.total at baseline", "mean", 6.0, 7.0, 20, 10, 0.3, "red"),
    ]
    made = results(singles(30, back=20))
    found = card(evidence_table(made, lost=lost(*rows)))["representativeness"]
    assert (found["value"], found["n_lost"]) == (0.3, 10)
    # where all are few, the largest of these
    few = card(evidence_table(made, lost=lost(*rows[:3])))["representativeness"]
    assert (few["value"], few["n_lost"]) == (1.1, 4)


def test_a_comparison_without_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="lost: column 'smd' is missing"):
        evidence_table(results(singles(5, back=3)), lost=lost(("Luton",) * 10).drop(columns="smd"))


def test_the_grades_are_those_of_the_questionnaire() -> None:
    made = results(singles(30, back=20))
    found = card(evidence_table(made))["instrument"]
    scale = made.instruments["phq9"].scale("total")
    assert f"scoring: {scale.evidence}" in found["detail"]
    assert found["source"] == scale.citation
    assert found["verified"] == "yes"


def test_only_some_sites_and_nothing_at_all() -> None:
    whole = evidence_table(programme())
    one = evidence_table(programme(), only=["S03"])
    expected = whole[whole["site"] == "S03"].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, expected, check_dtype=False)
    assert evidence_table(programme(), only=["nowhere"]).empty
    assert tuple(evidence_table(programme(), only=[]).columns) == EVIDENCE_COLUMNS


def test_a_wave_without_a_due_day_has_nobody_late() -> None:
    lines = ["site,participant,wave,phq9_total"]
    for number in range(6):
        lines.append(f"Luton,P{number},baseline,{10 + number}")
        if number < 3:
            lines.append(f"Luton,P{number},mid,{7 + number % 2}")
    found = card(evidence_table(run("\n".join(lines))), contrast="baseline_mid")
    assert found["retention"]["reason"] == found["answered"]["reason"] == "WAVE_UNDATED"
    assert found["selection_bias"]["reason"] == "WAVE_UNDATED"


def test_every_number_can_be_written_down() -> None:
    table = evidence_table(programme())
    text = table.drop(columns=["value", "low", "high"]).astype(object)
    json.dumps(text.where(text.notna(), None).to_dict("records"), default=int)
    assert (table["finding"] != "").all()
