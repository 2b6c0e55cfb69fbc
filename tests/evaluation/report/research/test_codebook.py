"""The codebook: what scales are, what was taken for them, and what every column means."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.config import parse_settings
from evaluation.report.research.codebook import (
    facts_table,
    items_table,
    scales_table,
)
from evaluation.scores import effective_instruments
from instruments.registry import all_instruments
from tests.evaluation.report.research.made_programme import made_programme


def row_of(measure: str, rules: str = "") -> dict:
    settings = parse_settings(rules)
    known = effective_instruments(settings.scoring)
    table = scales_table([measure.split(".")[0]], known, settings)
    return table[table["scale"] == measure.split(".")[1]].iloc[0].to_dict()


# Kroenke, Spitzer & Williams (2001): nine questions of 0 to 3, cut-off 10.
def test_phq9() -> None:
    row = row_of("phq9.total")
    assert row["items"] == "1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert (row["lowest"], row["highest"], row["better"], row["rule"]) == (0, 27, "lower", "sum")
    assert row["cutoff_rule"] == ">= 10" and row["cutoff_origin"] == "published"
    assert row["reversed_items"] == "" and row["missing_method"] == "strict"
    assert "Kroenke" in row["key_source"]


# Goodman (1997): 7, 11, 14, 21 and 25 are reversed.
def test_reversed_questions_of_the_sdq() -> None:
    known = effective_instruments(parse_settings("").scoring)
    table = items_table(["sdq_parent_4_17"], known)
    own = table[table["scale"].isin(["emotional", "conduct", "hyperactivity", "peer", "prosocial"])]
    turned = own[own["reversed"] == "yes"]
    assert sorted(turned["item"]) == [7, 11, 14, 21, 25]
    assert own["item"].nunique() == 25
    assert set(zip(own["lowest"], own["highest"], strict=True)) == {(0, 2)}
    assert own["key_evidence"].ne("").all()


def test_what_a_rule_file_says_is_in_use() -> None:
    rules = (
        "alpha: 0.1\nscoring: {prorate: true}\nmeasures: {das_32.total: {reliability: 0.88, "
        "sd: own, norm: {mean: 114.8, sd: 17.8}, cutoff: c}}"
    )
    row = row_of("das_32.total", rules)
    assert row["reliability_used"] == 0.88 and row["reliability_origin"] == "rule file"
    assert row["sd_origin"] == "own" and np.isnan(row["sd_used"])
    assert (row["functional_mean"], row["functional_sd"]) == (114.8, 17.8)
    assert row["clinical_origin"] == "own" and row["cutoff_rule"] == "c"
    assert row["level"] == pytest.approx(0.9)
    assert row["own_proration"]
    assert row_of("das_32.total")["own_proration"] == ""


def test_what_is_said_to_be_in_use_is_what_the_results_were_made_with() -> None:
    results = made_programme()
    used = list(dict.fromkeys(results.scores["instrument"]))
    book = scales_table(used, results.instruments, results.settings)
    change = results.reliable_change
    change = change[(change["in_use"] == "yes") & (change["site"] == "ALL") & (change["n"] > 1)]
    merged = change.merge(book, on=["instrument", "scale"])
    assert len(merged) == len(change) > 10
    both = merged[merged["better"] != "neither"]
    same = both["reliability"].astype(float) == both["reliability_used"].astype(float)
    assert (same | (both["reliability"].isna() & both["reliability_used"].isna())).all()
    given = both[both["sd_origin"] != "own"]
    assert (
        len(given) and (given["sd_used_x"].astype(float) == given["sd_used_y"].astype(float)).all()
    )
    printed = both[both["cutoff_rule"].str.startswith((">", "<"))]
    assert set(printed["cutoff_type"]) == {"published"}
    assert set(both["cutoff_type"]) == {"published", "c", "a"} or "c" in set(both["cutoff_type"])


def test_every_published_number_has_its_source_and_grade() -> None:
    known = {one.id: one for one in all_instruments()}
    table = facts_table(known, known)
    assert table["evidence"].isin(["confirmed", "single source", "unverified"]).all()
    assert (table["source"].str.len() > 3).all()
    phq9 = table[(table["instrument"] == "phq9") & (table["kind"] == "cut-off")]
    assert ">= 10" in set(phq9["text"])
    assert {"bands", "reliability", "norm, functional"} <= set(table["kind"])
