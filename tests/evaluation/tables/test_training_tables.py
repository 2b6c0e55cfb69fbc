"""Practitioners by the whole way: apart from the families, with what they kept."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.config import parse_settings
from evaluation.disclosure import SUPPRESSED, release_effects
from evaluation.disclosure.training import release_training, release_training_change
from evaluation.ingest.definitions.local_questionnaires import parse_definitions
from evaluation.ingest.pipeline import read_files
from evaluation.model import CHANGE_COLUMNS, EFFECT_COLUMNS
from evaluation.programme import Results, analyse
from evaluation.tables.training import (
    TRAINING_COLUMNS,
    sites_with_training,
    training_change_table,
    training_effects_table,
    training_table,
)

OWN = """
- id: course
  name: Our course
  items: 5
  minimum: 1
  maximum: 5
  scales:
    - {id: confidence, label: Confidence, items: [1, 2, 3, 4], rule: sum, better: higher,
       reliability: 0.84, reliability_source: Invented}
    - {id: worry, label: Worry about asking, items: [5], rule: sum, better: lower}
"""
HEADER = "site,participant,role,wave,completed_on," + ",".join(f"course_{n}" for n in range(1, 6))
DAYS = {"baseline": "2017-01-10", "post": "2017-01-11", "4m": "2017-05-12"}


def answers(site: str, who: str, wave: str, each: int, worry: int, role="practitioner") -> str:
    return f"{site},{who},{role},{wave},{DAYS[wave]},{each},{each},{each},{each},{worry}"


def run(*rows: str, rules: str = "") -> Results:
    own, problems = parse_definitions(OWN, known_ids=())
    assert not problems
    data = "\n".join([HEADER, *rows]).encode()
    report = read_files([("a.csv", data)], extra_instruments=own)
    assert not report.blocked, report.problems
    return analyse(report.dataset, parse_settings(rules), extra_instruments=own)


def course(site: str = "Luton", n: int = 4) -> list[str]:
    """Confidence 8, 12 or 16 before; 4 more straight after, half of it kept by every second."""
    rows = []
    for person in range(n):
        start = 2 + person % 3
        for wave, each in (("baseline", start), ("post", start + 1), ("4m", start + person % 2)):
            rows.append(answers(site, f"T{person}", wave, each, 6 - each))
    return rows


def row(table: pd.DataFrame, contrast: str, scale: str = "confidence", site: str = "Luton"):
    chosen = (table["contrast"] == contrast) & (table["scale"] == scale) & (table["site"] == site)
    [found] = table[chosen].to_dict("records")
    return found


def test_after_and_later_are_compared_with_before_and_with_each_other() -> None:
    results = run(*course())
    effects = results.effects
    assert set(effects["subgroup"]) == {"role=practitioner"}
    after, later, kept = (row(effects, c) for c in ("baseline_post", "baseline_4m", "post_4m"))
    assert (after["n"], after["improvement"]) == (4, 4.0)
    assert (later["n"], later["improvement"]) == (4, 2.0)
    assert (kept["n"], kept["improvement"]) == (4, -2.0)


def test_one_question_alone_is_a_score_and_falls_when_better() -> None:
    after = row(run(*course()).effects, "baseline_post", "worry")
    assert (after["raw_change"], after["improvement"]) == (-1.0, 1.0)


def test_families_keep_their_tables_when_practitioners_come() -> None:
    families = [
        answers("Luton", f"P{n}", wave, each, 3, role="mother")
        for n in range(3)
        for wave, each in (("baseline", 2 + n % 2), ("4m", 3))
    ]
    alone, both = run(*families), run(*families, *course())
    own = both.effects[both.effects["subgroup"] == ""]
    for contrast in ("baseline_4m",):
        for site in ("ALL", "Luton"):
            with_them = row(own, contrast, site=site)
            without = row(alone.effects, contrast, site=site)
            assert with_them == pytest.approx(without, nan_ok=True)
    # Nobody of the families has 'post', so nothing starts there.
    assert not own["contrast"].str.startswith("post_").any()
    assert set(both.people["participant"]) == {"P0", "P1", "P2"}
    assert both.reliable_change["n"].max() == 3


def test_all_practitioners_are_those_of_every_site() -> None:
    results = run(*course("Luton", 4), *course("Dorset", 6))
    table = training_effects_table(results)
    assert tuple(table.columns) == EFFECT_COLUMNS
    assert set(table["subgroup"]) == {"role=practitioner"}
    whole = row(table, "baseline_post", site="ALL")
    assert (whole["n"], whole["n_couples"], whole["improvement"]) == (10, 10, 4.0)
    assert whole["mean_before"] == pytest.approx((8 + 12 + 16 + 8 + 8 + 12 + 16 + 8 + 12 + 16) / 10)
    own = results.effects.query("contrast == 'post_4m' and site == 'Dorset'")
    pd.testing.assert_frame_equal(
        table.query("contrast == 'post_4m' and site == 'Dorset'").reset_index(drop=True),
        own.reset_index(drop=True),
        check_dtype=False,
    )
    assert set(training_effects_table(results, ["Dorset"])["site"]) == {"Dorset"}


def test_reliable_change_of_practitioners() -> None:
    change = training_change_table(run(*course(n=4)))
    assert tuple(change.columns) == CHANGE_COLUMNS
    [found] = change.query(
        "site == 'Luton' and scale == 'confidence' and contrast == 'baseline_post' "
        "and in_use == 'yes'"
    ).to_dict("records")
    # Starts 8, 12, 16, 8: SD 3.829708; 1.959964 x sqrt(2) x SD x sqrt(1 - 0.84) = 4.246.
    assert found["rc_points"] == pytest.approx(4.2461, abs=1e-3)
    classes = [found[name] for name in ("improved", "unchanged", "deteriorated")]
    assert (found["n"], classes) == (4, [0, 4, 0])
    single = change.query("scale == 'worry' and n > 0")
    assert (single["reason"].str.contains("REL_MISSING")).all()


def test_training_csv_counts_everybody_trained() -> None:
    results = run(*course("Luton", 3), answers("Dorset", "X", "post", 3, 3))
    table = training_table(results)
    assert tuple(table.columns) == TRAINING_COLUMNS
    assert table["site"].unique().tolist() == ["ALL", "Luton", "Dorset"]
    assert table.set_index(["site", "step"]).loc[("ALL", "baseline"), ["n", "done"]].tolist() == [
        4, 3,
    ]  # fmt: skip
    assert set(training_table(results, ["Dorset"])["site"]) == {"Dorset"}
    assert sites_with_training(results) == ["Dorset", "Luton"]


def test_no_practitioner_gives_empty_tables() -> None:
    results = run(answers("Luton", "P", "baseline", 2, 2, role="mother"))
    assert sites_with_training(results) == []
    for table in (training_table(results), training_effects_table(results),
                  training_change_table(results)):  # fmt: skip
        assert table.empty


# --- release ---------------------------------------------------------------------------------


def test_few_practitioners_are_hidden_and_all_sites_beside_a_single_hidden_one() -> None:
    results = run(*course("Luton", 24), *course("Dorset", 4))
    rule = results.settings.disclosure
    steps = release_training(training_table(results), rule)
    assert tuple(steps.columns) == TRAINING_COLUMNS
    shown = steps.groupby("site")["reason"].agg(set).to_dict()
    assert shown == {"ALL": {SUPPRESSED}, "Dorset": {SUPPRESSED}, "Luton": {""}}
    hidden = steps[steps["reason"] == SUPPRESSED].drop(columns=["site", "step", "reason"])
    assert hidden.isna().all(axis=None)
    luton = steps[steps["site"] == "Luton"].iloc[0]
    # A share of everybody tells of each of them.
    assert (luton["n"], luton["done"], luton["rate"], luton["low"]) == (25, 25, None, None)
    effects = training_effects_table(results)
    released = release_effects(effects[effects["n"] > 0], rule)
    assert set(released.loc[released["site"] != "Luton", "reason"]) == {SUPPRESSED}
    change = release_training_change(training_change_table(results), effects, rule)
    known = change[(change["n"].notna()) & (change["site"] != "Luton")]
    assert (pd.to_numeric(known["n"]) == 0).all()


def test_two_hidden_sites_leave_all_sites_in_sight() -> None:
    results = run(*course("Luton", 24), *course("Dorset", 4), *course("Essex", 7))
    steps = release_training(training_table(results), results.settings.disclosure)
    total = steps[steps["site"] == "ALL"].iloc[0]
    assert (total["n"], total["reason"]) == (35, "")


def test_a_share_of_few_is_no_share() -> None:
    """12 of 15 answered straight after: three did not, and beside 15 either number tells that."""
    first = [answers("Luton", f"T{n}", "baseline", 2, 3) for n in range(15)]
    after = [answers("Luton", f"T{n}", "post", 3, 3) for n in range(12)]
    later = [answers("Luton", "T0", "4m", 3, 3)]
    results = run(*first, *after, *later, rules="follow_up: {4m: {days: 30, window: 20}}")
    exact = training_table(results, ["Luton"]).set_index("step").loc["post"]
    assert (exact["done"], exact["missed"], exact["rate"]) == (12, 3, 0.8)
    shown = release_training(training_table(results, ["Luton"]), results.settings.disclosure)
    row = shown.set_index("step").loc["post"]
    assert row["n"] == 15
    assert row[["done", "missed", "rate", "low", "high"]].isna().all()
