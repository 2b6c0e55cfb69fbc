"""What may leave a site: small counts hidden, the others rounded, thin estimates gone."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.effect import hedges_correction, paired_effect
from evaluation.config import DisclosureRule
from evaluation.disclosure import (
    SUPPRESSED,
    check_released,
    release_attrition,
    release_change,
    release_effects,
    release_talking_therapies,
    rounded,
    rounded_points,
)
from evaluation.model import ATTRITION_COLUMNS, CHANGE_COLUMNS, EFFECT_COLUMNS
from evaluation.report.export import prepare_export
from evaluation.report.result_tables import TABLE_NAMES
from evaluation.report.workbook import COLUMN_MEANINGS
from evaluation.tables.on_demand import site_tables
from tests.evaluation.tables.synthetic_programme import programme, run

RULE = DisclosureRule()


def frame(columns: tuple[str, ...], *rows: dict) -> pd.DataFrame:
    table = pd.DataFrame([dict.fromkeys(columns, 1.5) | row for row in rows], columns=list(columns))
    return table.astype({"reason": object})


def effect(n: int, n_couples: int | None = None, **cells: object) -> dict:
    names = {"site": "Luton", "subgroup": "", "instrument": "phq9", "scale": "total",
             "contrast": "baseline_end", "reason": "", "display_tier": "full"}  # fmt: skip
    counts = {"n": n, "n_couples": n if n_couples is None else n_couples, "n_excluded": 3}
    return {**names, **counts, **cells}  # fmt: skip


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (1828, 1830)]
)
def test_counts_are_hidden_or_rounded(count: int, shown: int | None) -> None:
    value = rounded(pd.Series([count]), RULE).iloc[0]
    assert np.isnan(value) if shown is None else value == shown


@given(st.lists(st.integers(0, 500), min_size=1))
def test_no_small_count_is_ever_left(counts: list[int]) -> None:
    result = rounded(pd.Series(counts), RULE).dropna()
    assert ((result == 0) | (result >= 8)).all()
    assert (result % 5 == 0).all()


def test_no_column_or_pair_of_columns_gives_the_exact_n() -> None:
    rng = np.random.default_rng(3)
    before = rng.normal(90, 15, 41)
    found = paired_effect(before, before + rng.normal(5, 9, 41), np.arange(41), better="higher")
    row = release_effects(frame(EFFECT_COLUMNS, effect(**asdict(found))), RULE).iloc[0]
    assert row["n"] == 40
    for name in ("t", "df", "d_z", "g_z", "d_pre", "p_t", "p_cluster", "p_wilcoxon", "wilcoxon_w"):
        assert row[name] is None
    # the correction J = g_pre * sd / improvement would give n if it were known to four digits
    ratio = row["g_pre"] * row["sd_before"] / row["improvement"]
    assert abs(ratio - hedges_correction(40)) > 1e-4
    for name in ("mean_before", "sd_before", "sd_after", "raw_change", "improvement"):
        assert row[name] == round(getattr(found, name), 1)
    assert row["g_pre"] == round(found.g_pre, 2)
    # The row adds up as it is shown, so no second average and no limit narrows the first down.
    assert row["mean_after"] == pytest.approx(row["mean_before"] + row["raw_change"])
    reach = found.improvement - found.improvement_low
    assert row["improvement"] - row["improvement_low"] == pytest.approx(round(reach, 1))


@pytest.mark.parametrize(("n", "decimals"), [(10, 1), (197, 1), (198, 2)])
def test_points_have_one_decimal_and_two_where_two_hundred_people_are_shown(n, decimals) -> None:
    shown = rounded_points(pd.Series([12.3456]), pd.Series([n]), RULE).iloc[0]
    assert shown == round(12.3456, decimals)


@pytest.mark.parametrize("n", [8, 9])
def test_too_few_people_are_not_counted_beside_the_word_hidden(n: int) -> None:
    """Shown as ten, they would be eight or nine."""
    row = release_effects(frame(EFFECT_COLUMNS, effect(n)), RULE).iloc[0]
    assert row[["n", "n_couples", "n_excluded"]].isna().all()


def test_the_total_is_hidden_where_few_people_of_hidden_sites_would_be_left() -> None:
    sites = [effect(40, site="A"), effect(33, site="B"), effect(5, site="C")]
    one_hidden = release_effects(frame(EFFECT_COLUMNS, effect(78, site="ALL"), *sites), RULE)
    assert one_hidden["reason"].tolist() == [SUPPRESSED, "", "", SUPPRESSED]
    two_hidden = frame(EFFECT_COLUMNS, effect(82, site="ALL"), *sites, effect(4, site="D"))
    assert release_effects(two_hidden, RULE)["reason"].tolist()[0] == SUPPRESSED
    ten_hidden = frame(EFFECT_COLUMNS, effect(83, site="ALL"), *sites, effect(5, site="D"))
    assert release_effects(ten_hidden, RULE)["reason"].tolist()[0] == ""


def test_levels_of_a_trait_are_hidden_together_where_everybody_and_the_others_tell_of_few() -> None:
    """Forty people, of whom 35 are mothers: the mean of both tells that of five fathers."""
    levels = [effect(35, subgroup="role=mother"), effect(5, subgroup="role=father")]
    shown = release_effects(frame(EFFECT_COLUMNS, effect(40), *levels), RULE)
    assert shown["reason"].tolist() == ["", SUPPRESSED, SUPPRESSED]
    unknown = [effect(20, subgroup="role=mother"), effect(15, subgroup="role=father")]
    shown = release_effects(frame(EFFECT_COLUMNS, effect(40), *unknown), RULE)
    assert shown["reason"].tolist() == ["", SUPPRESSED, SUPPRESSED]
    staff = effect(12, subgroup="role=practitioner")
    shown = release_effects(frame(EFFECT_COLUMNS, effect(40), staff), RULE)
    assert shown["reason"].tolist() == ["", ""]


@pytest.mark.parametrize(("n", "excluded"), [(30, 0), (0, 30)])
def test_everybody_came_back_is_told_no_more_than_that_few_did_not(n: int, excluded: int) -> None:
    row = release_effects(frame(EFFECT_COLUMNS, effect(n, n_excluded=excluded)), RULE).iloc[0]
    assert pd.isna(row["n_excluded"])


@pytest.mark.parametrize(("n", "couples", "hidden"), [(9, 9, True), (20, 9, True), (10, 10, False)])
def test_effects_need_ten_people_and_ten_couples(n: int, couples: int, hidden: bool) -> None:
    row = release_effects(frame(EFFECT_COLUMNS, effect(n, couples)), RULE).iloc[0]
    assert (row["reason"] == SUPPRESSED) == hidden
    assert (row["improvement"] is None) == hidden
    assert row["n_excluded"] is None or np.isnan(row["n_excluded"])
    assert row["df"] is None


def test_reliable_change_of_few_couples_is_hidden_whole() -> None:
    change = {"site": "Luton", "instrument": "phq9", "scale": "total", "contrast": "baseline_end",
              "method": "JT", "cutoff_type": "published", "in_use": "yes", "reason": "", "n": 20,
              "recovered": 10, "clinical_at_start": 18}  # fmt: skip
    table = frame(CHANGE_COLUMNS, change)
    many = release_change(table, frame(EFFECT_COLUMNS, effect(20, 12)), RULE).iloc[0]
    assert (many["n"], many["recovered"]) == (20, 10)
    assert many["recovery_rate"] == 10 / 20
    few = release_change(table, frame(EFFECT_COLUMNS, effect(20, 9)), RULE).iloc[0]
    assert few["reason"] == SUPPRESSED
    assert few["n"] is None


def test_the_spread_of_whole_number_scores_does_not_tell_how_many_there_are() -> None:
    scores = np.random.default_rng(5).integers(40, 140, 284).astype(float)
    sd, n = float(np.std(scores, ddof=1)), len(scores)

    def fits(shown: float) -> list[int]:
        """The numbers near n for which the squares of whole numbers give this spread."""
        squares = {m: shown**2 * m * (m - 1) for m in range(n - 2, n + 3)}
        return [m for m, total in squares.items() if abs(total - round(total)) < 1e-3]

    assert fits(sd) == [n]
    row = {"site": "Luton", "instrument": "phq9", "scale": "total", "contrast": "baseline_end",
           "method": "JT", "cutoff_type": "a", "in_use": "no", "reason": "", "n": n,
           "recovered": 100, "clinical_at_start": 200, "sd_used": sd, "rc_points": 1.96 * sd,
           "cutoff": float(scores.mean()) + 2 * sd}  # fmt: skip
    effects = frame(EFFECT_COLUMNS, effect(n, 200))
    shown = release_change(frame(CHANGE_COLUMNS, row), effects, RULE).iloc[0]
    for name in ("sd_used", "rc_points", "cutoff"):
        assert shown[name] == round(row[name], 2)


def test_change_of_all_sites_is_hidden_where_it_would_give_a_single_hidden_site_away() -> None:
    sizes = {"ALL": 78, "Luton": 40, "Essex": 33, "Dorset": 5}
    change = [
        {"site": site, "instrument": "phq9", "scale": "total", "contrast": "baseline_end",
         "method": "JT", "cutoff_type": "published", "in_use": "yes", "reason": "", "n": n,
         "recovered": 10, "clinical_at_start": 30}
        for site, n in sizes.items()
    ]  # fmt: skip
    effects = frame(EFFECT_COLUMNS, *(effect(n, n, site=site) for site, n in sizes.items()))
    shown = release_change(frame(CHANGE_COLUMNS, *change), effects, RULE)
    assert shown["reason"].tolist() == [SUPPRESSED, "", "", SUPPRESSED]


def test_a_rate_that_would_give_a_hidden_count_away_is_hidden() -> None:
    base = {"site": "Luton", "step": "3m", "unit": "person", "reason": "", "n": 53,
            "not_eligible": 0, "not_yet_due": 0, "window_open": 0, "rate": 0.9}  # fmt: skip
    table = frame(
        ATTRITION_COLUMNS,
        base | {"done": 50, "missed": 3},
        base | {"done": 33, "missed": 20},
        base | {"done": 0, "missed": 53, "rate": np.nan},
    )
    result = release_attrition(table, RULE)
    assert result["rate"].isna().tolist() == [True, False, True]
    assert result["rate"].iloc[1] == 35 / 55
    assert result["reason"].tolist() == [SUPPRESSED, "", ""]
    assert result["low"].isna().all()


def test_take_up_is_a_share_of_everybody_referred_also_when_rounded() -> None:
    row = {"site": "Luton", "step": "took_up", "unit": "person", "reason": "", "n": 100,
           "not_eligible": 0, "not_yet_due": 0, "window_open": 20, "missed": 20, "done": 60,
           "rate": 0.6}  # fmt: skip
    assert release_attrition(frame(ATTRITION_COLUMNS, row), RULE)["rate"].iloc[0] == 0.6


def outcomes(**cells) -> dict:
    names = {"site": "Luton", "contrast": "baseline_end", "reason": "", "n": 44, "n_couples": 30,
             "cases_at_start": 33, "recovered": 12, "reliable_improvement": 21,
             "reliable_recovery": 8, "deteriorated": 3}  # fmt: skip
    return names | cells


def test_talking_therapies_counts_are_hidden_or_rounded() -> None:
    row = release_talking_therapies(pd.DataFrame([outcomes()]), RULE).iloc[0]
    assert row.drop(["site", "contrast", "reason", "deteriorated"]).tolist() == [
        45, 30, 35, 10, 20, 10,
    ]  # fmt: skip
    assert np.isnan(row["deteriorated"])
    assert row["reason"] == ""


@pytest.mark.parametrize(
    ("cells", "hidden"),
    [({"n": 9}, True), ({"n_couples": 9}, True), ({"n": 10, "n_couples": 10}, False),
     ({"n": 0, "n_couples": 0, "reason": "N0"}, False)],
)  # fmt: skip
def test_talking_therapies_of_few_are_hidden_whole(cells: dict, hidden: bool) -> None:
    row = release_talking_therapies(pd.DataFrame([outcomes(**cells)]), RULE).iloc[0]
    assert (row["reason"] == SUPPRESSED) == hidden
    assert pd.isna(row["recovered"]) == hidden


# --- what is worked out across and for each site ---------------------------------------------

EACH_SITE = ("couples", "waves", "maintenance", "robustness")
COUNTS = (
    "n", "n_couples", "n_both", "both_better", "discordant", "both_worse", "both_unchanged",
    "opposite", "n_before", "n_after", "n_scores", "maintained", "gain_lost", "late_gain",
    "worse_at_follow_up", "never", "lost_and_worse",
)  # fmt: skip
# Each is, or leads to, an exact variance or an exact number of people.
NEVER_RELEASED = (
    "v", "se", "se_hk", "q", "p_q", "tau2_low", "tau2_high", "deff", "df", "var_couple",
    "var_person", "var_residual", "sd_pre", "log_likelihood", "change_se", "p_noninferior",
    "p_equivalent", "rc_points",
)  # fmt: skip


@pytest.fixture(scope="module")
def released() -> dict[str, pd.DataFrame]:
    return prepare_export(programme(), disclosure="release").tables


def thin_cells() -> set[tuple]:
    """Site and contrast of the groups with fewer than ten people or ten couples."""
    effects = programme().effects
    few = effects[(effects["n"] > 0) & ((effects["n"] < 10) | (effects["n_couples"] < 10))]
    return {(site, contrast) for site, contrast in few[["site", "contrast"]].to_numpy()}


def test_the_last_look_finds_nothing_in_any_released_table(released: dict) -> None:
    assert check_released(released, RULE) == []


@pytest.mark.parametrize("name", [*EACH_SITE, "site_estimates"])
def test_no_released_table_has_a_small_or_exact_count(released: dict, name: str) -> None:
    table = released[name]
    counts = table[[column for column in COUNTS if column in table]].astype(float).stack().dropna()
    assert len(counts)
    assert ((counts == 0) | ((counts >= 8) & (counts % 5 == 0))).all()


@pytest.mark.parametrize("name", [*EACH_SITE, "sites", "site_estimates"])
def test_no_released_number_is_exact_or_a_variance(released: dict, name: str) -> None:
    table = released[name]
    for column in table.columns:
        if column in NEVER_RELEASED and (name, column) != ("sites", "df"):
            assert table[column].isna().all(), column
    numbers = table.drop(columns="reason").apply(pd.to_numeric, errors="coerce").stack().dropna()
    assert len(numbers)
    assert (numbers == numbers.round(2)).all()


@pytest.mark.parametrize("name", [*EACH_SITE, "site_estimates"])
def test_thin_sites_are_empty_in_every_table(released: dict, name: str) -> None:
    table = released[name]
    keys = ["site", "instrument", "scale", "contrast", "unit", "reason"]
    cells = pd.Series(list(zip(table["site"], table["contrast"], strict=True)), index=table.index)
    thin = table[cells.isin(thin_cells())]
    assert len(thin)
    assert (thin["reason"] == SUPPRESSED).all()
    values = thin[[column for column in thin.columns if column not in keys]]
    assert values.isna().all(axis=None)
    assert table[table["reason"] != SUPPRESSED].dropna(axis=1, how="all").shape[1] > len(keys)


def test_the_released_average_is_of_the_sites_that_may_be_shown(released: dict) -> None:
    results = programme()
    table = released["sites"]
    thin = thin_cells()
    for contrast, rows in table[table["unit"] == "points"].groupby("contrast"):
        effects = results.effects[results.effects["contrast"] == contrast]
        shown = [site for site, n in zip(effects["site"], effects["n"], strict=True)
                 if site != "ALL" and n > 0 and (site, contrast) not in thin]  # fmt: skip
        assert (rows["k"] == len(shown)).all()
    kept = results.effects["site"].isin([site for site in results.effects["site"].unique()
                                         if (site, "baseline_end") not in thin])  # fmt: skip
    only = site_tables_of(results, kept)
    chosen = table[table["contrast"] == "baseline_end"]
    for unit in ("g_pre", "points"):
        found = chosen[(chosen["unit"] == unit) & (chosen["method"] == "REML")].iloc[0]
        for name in ("estimate", "low_hk", "prediction_high", "i2"):
            assert found[name] == round(only[unit][name], 2)


def site_tables_of(results, kept: pd.Series) -> dict[str, pd.Series]:
    """REML rows of start to end, made of these rows of the effects alone."""
    from evaluation.tables.sites import site_tables as of_tables

    kept |= results.effects["site"] == "ALL"
    sites, _ = of_tables(results.effects[kept], results.precision[kept])
    rows = sites[(sites["contrast"] == "baseline_end") & (sites["method"] == "REML")]
    return {row["unit"]: row for _, row in rows.iterrows()}


def test_all_sites_together_are_hidden_beside_a_single_thin_site() -> None:
    lines = ["site,participant,wave,phq9_total"]
    for site, people in (("Luton", 14), ("Dorset", 12), ("Kent", 4)):
        for n in range(people):
            lines += [f"{site},P{n},baseline,{12 + n % 5}", f"{site},P{n},end,{9 - n % 4}",
                      f"{site},P{n},3m,{8 + n % 3}"]  # fmt: skip
    tables = prepare_export(run("\n".join(lines)), disclosure="release").tables
    for name in EACH_SITE:
        rows = tables[name]
        contrast = "end_3m" if name == "maintenance" else "baseline_end"
        rows = rows[rows["contrast"] == contrast].set_index("site")["reason"]
        assert rows["ALL"] == rows["Kent"] == SUPPRESSED, name
        assert rows["Luton"] != SUPPRESSED
        assert rows["Dorset"] != SUPPRESSED


def test_an_average_of_one_site_would_repeat_it_and_is_hidden() -> None:
    lines = ["site,participant,wave,phq9_total"]
    for site, people in (("Luton", 14), ("Kent", 4)):
        for n in range(people):
            lines += [f"{site},P{n},baseline,{12 + n % 5}", f"{site},P{n},end,{9 - n % 4}"]
    results = run("\n".join(lines))
    assert set(site_tables(results)[0].query("contrast == 'baseline_end'")["k"]) == {2}
    rows = prepare_export(results, disclosure="release").tables["sites"]
    rows = rows[rows["contrast"] == "baseline_end"]
    assert len(rows) == 8  # four methods, in two units
    assert (rows["reason"] == SUPPRESSED).all()
    assert rows[["estimate", "low", "high"]].isna().all(axis=None)


def test_one_site_sees_nothing_that_is_averaged_over_sites() -> None:
    export = prepare_export(programme(), disclosure="site", sites=["S12"])
    assert not {"sites", "site_estimates"} & export.tables.keys()
    assert {"couples", "waves", "maintenance", "robustness"} <= export.tables.keys()
    about_sites = [table for name, table in export.tables.items() if name != "formulas"]
    assert all(set(table["site"]) == {"S12"} for table in about_sites)


def test_without_a_rule_the_tables_are_as_worked_out_and_every_sheet_is_explained() -> None:
    tables = prepare_export(programme(), disclosure="off").tables
    sites, estimates = site_tables(programme())
    pd.testing.assert_frame_equal(tables["sites"], sites)
    pd.testing.assert_frame_equal(tables["site_estimates"], estimates)
    assert set(tables) <= set(TABLE_NAMES) <= COLUMN_MEANINGS.keys()
