"""What may leave of the evidence card: findings and words follow from released numbers alone."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.config import DisclosureRule
from evaluation.disclosure import release_attrition, release_effects
from evaluation.disclosure.evidence import release_evidence
from evaluation.evidence import EVIDENCE_COLUMNS, judge
from evaluation.programme import Results
from evaluation.report.evidence_wording import add_sentences
from evaluation.tables.evidence import evidence_table
from tests.evaluation.tables.followed_up import results, singles
from tests.evaluation.tables.synthetic_programme import programme

RULE = DisclosureRule()


def card(made: Results) -> pd.DataFrame:
    return release_evidence(evidence_table(made), made.attrition, made.effects, RULE)


def of(table: pd.DataFrame, aspect: str, site: str = "Luton") -> dict:
    rows = table[(table["site"] == site) & (table["contrast"] == "baseline_end")]
    return rows[rows["aspect"] == aspect].to_dict("records")[-1]


def test_counts_are_rounded_and_the_effective_number_is_left_out() -> None:
    released = card(programme())
    assert tuple(released.columns) == EVIDENCE_COLUMNS
    assert "n_effective" not in set(released["aspect"])
    for name in ("n", "n_couples", "n_lost"):
        shown = pd.to_numeric(released[name]).dropna()
        assert len(shown)
        assert (shown % 5 == 0).all() and ((shown == 0) | (shown >= 8)).all()


def test_numbers_are_those_that_the_other_released_tables_show() -> None:
    made = results(singles(40, back=27))
    released = card(made)
    rates = release_attrition(made.attrition, RULE)
    rate = rates[
        (rates["site"] == "Luton") & (rates["unit"] == "person") & (rates["step"] == "end")
    ]["rate"].iloc[0]
    assert of(released, "retention")["value"] == rate == 25 / 40
    assert of(released, "retention")["low"] is None
    effects = release_effects(made.effects, RULE)
    cell = (effects["site"] == "Luton") & (effects["contrast"] == "baseline_end")
    row = effects[cell].iloc[0]
    precision = of(released, "precision")
    assert (precision["low"], precision["high"]) == (row["g_pre_low"], row["g_pre_high"])
    assert precision["value"] == round((row["g_pre_high"] - row["g_pre_low"]) / 2, 2)


def test_the_bias_is_that_of_the_released_share() -> None:
    made = card(results(singles(41, back=21)))
    # 20 of 40 are released; at one half, 0.45 * phi(0) / 0.5 = 0.36
    assert of(made, "answered")["value"] == 0.5
    assert of(made, "selection_bias")["value"] == pytest.approx(0.36)


def test_findings_do_not_tell_a_rounded_number_apart() -> None:
    # 18 people are "limited", the 20 that may be seen are "enough"
    made = results(singles(40, back=18))
    assert of(evidence_table(made), "n")["finding"] == "limited"
    released = card(made)
    assert (of(released, "n")["n"], of(released, "n")["finding"]) == (20, "enough")


def test_released_rows_are_a_function_of_what_they_show() -> None:
    released = card(programme())
    again = judge(released)
    pd.testing.assert_frame_equal(again, released)


def test_a_card_of_few_people_says_only_what_is_true_of_the_questionnaire() -> None:
    released = card(results(singles(30, back=6)))
    released = add_sentences(released, programme().instruments)
    rows = released[(released["site"] == "Luton") & (released["contrast"] == "baseline_end")]
    shown = set(rows.loc[rows["finding"] != "hidden", "aspect"])
    assert shown == {"instrument", "comparison"}
    hidden = rows[rows["finding"] == "hidden"]
    assert (hidden["reason"] == "SUPPRESSED").all()
    assert hidden[["value", "low", "high", "n", "n_couples", "n_lost"]].isna().all().all()
    assert hidden["sentence"].str.startswith("Hidden because").all()


def test_a_few_who_were_lost_are_not_counted_out() -> None:
    released = card(results(singles(30, back=26)))
    assert of(released, "n")["n"] == 25
    for aspect in ("retention", "answered", "selection_bias"):
        assert of(released, aspect)["finding"] == "hidden"


def test_all_sites_beside_a_single_hidden_one_are_hidden_too() -> None:
    made = programme()
    table = evidence_table(made)
    cell = (table["contrast"] == "baseline_end") & (table["site"] != "ALL")
    n = table[cell & (table["aspect"] == "n")].set_index("site")
    thin = n[(n["n"] > 0) & ((n["n"] < 10) | (n["n_couples"] < 10))].index
    keep = [site for site in n.index if site not in thin[1:]] + ["ALL"]
    released = release_evidence(table[table["site"].isin(keep)], made.attrition, made.effects, RULE)
    assert len(thin) and of(released, "n", "ALL")["finding"] == "hidden"
    assert of(card(made), "n", "ALL")["finding"] == ("hidden" if len(thin) == 1 else "enough")


@pytest.mark.parametrize(
    ("kept", "gone", "shown"), [(30, 9, False), (9, 30, False), (30, 10, True)]
)
def test_lost_and_kept_are_compared_only_where_neither_is_small(
    kept: int, gone: int, shown: bool
) -> None:
    columns = ["site", "step", "characteristic", "kind", "n_kept", "n_lost", "smd"]
    lost = pd.DataFrame(
        [("Luton", "end", "phq9.total", "mean", kept, gone, -0.123)], columns=columns
    )
    made = results(singles(40, back=20))
    table = evidence_table(made, lost=lost)
    found = of(release_evidence(table, made.attrition, made.effects, RULE), "representativeness")
    assert (found["finding"] == "for orientation") is shown
    assert found["value"] == (0.12 if shown else None)
    assert bool(found["detail"]) is shown


def test_lost_and_kept_of_few_couples_are_hidden() -> None:
    row = {"site": "Luton", "step": "end", "characteristic": "phq9.total at baseline",
           "kind": "mean", "n_kept": 30, "n_lost": 12, "smd": 0.3, "couples_kept": 20}  # fmt: skip
    made = results(singles(40, back=20))
    for couples, finding in ((9, "hidden"), (10, "for orientation")):
        table = evidence_table(made, lost=pd.DataFrame([row | {"couples_lost": couples}]))
        assert (
            of(release_evidence(table, made.attrition, made.effects, RULE), "representativeness")[
                "finding"
            ]
            == finding
        )


def test_an_empty_card() -> None:
    nobody = pd.DataFrame(columns=list(EVIDENCE_COLUMNS))
    assert release_evidence(nobody, programme().attrition, programme().effects, RULE).empty
