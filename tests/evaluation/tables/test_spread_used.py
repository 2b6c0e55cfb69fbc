"""The rule in use with this group's own spread beside the manual's."""

from __future__ import annotations

import pytest

from evaluation.config import Settings, parse_settings
from evaluation.tables.groups import whole_groups
from evaluation.tables.spread_used import SPREAD_COLUMNS, spread_used_table
from tests.evaluation.tables.synthetic_programme import people, programme, run


def table_of(results):
    table = spread_used_table(results.groups, results.settings)
    return table[(table["contrast"] == "baseline_end") & (table["site"] == "ALL")].set_index(
        "sd_kind"
    )


def test_points_are_proportional_to_the_spread() -> None:
    table = table_of(programme())
    known = people().dropna(subset=["rq_pre", "rq_post"])
    own = known["rq_pre"].std()
    assert table.loc["own", "sd_used"] == pytest.approx(own)
    assert table.loc["manual", "sd_used"] == 17.8  # Spanier 1976
    # 1.959964 x sqrt(2) x SD x sqrt(1 - .95), alpha of Carey 1993.
    assert table.loc["manual", "rc_points"] == pytest.approx(11.032352, abs=1e-6)
    assert table.loc["own", "rc_points"] == pytest.approx(11.032352 * own / 17.8, rel=1e-6)
    x = known["rq_post"] - known["rq_pre"]
    for kind, row in table.iterrows():
        assert row["recovered"] + row["improved"] == (x > row["rc_points"]).sum(), kind
        assert row["deteriorated"] + row["harmed"] == (x < -row["rc_points"]).sum()
        assert row["n"] == len(x)


def test_the_one_in_use_is_that_of_the_results() -> None:
    results = programme()
    table = spread_used_table(results.groups, results.settings)
    used = table[table["in_use"] == "yes"].reset_index(drop=True)
    change = results.reliable_change
    wanted = change[change["in_use"] == "yes"].reset_index(drop=True)
    keys = ["site", "contrast"]
    both = used.merge(wanted, on=keys, suffixes=("", "_wanted"), validate="1:1")
    assert len(both) == len(used) == len(wanted)
    for name in ("rc_points", "improved", "cutoff", "reason"):
        same = both[name].eq(both[f"{name}_wanted"])
        assert (same | both[name].isna() & both[f"{name}_wanted"].isna()).all()


def test_a_number_in_the_rule_file_is_a_third_row_and_no_manual_a_reason() -> None:
    lines = ["site,participant,wave,phq9_total"]
    for n, (start, end) in enumerate([(18, 9), (12, 10), (20, 14)]):
        lines += [f"Luton,P{n},baseline,{start}", f"Luton,P{n},end,{end}"]
    results = run("\n".join(lines), rules="measures: {phq9.total: {sd: 2.5}}")
    table = table_of(results)
    assert table["in_use"].to_dict() == {"own": "no", "manual": "no", "rule file": "yes"}
    assert table.loc["rule file", "sd_used"] == 2.5
    assert table.loc["manual", "reason"] == "NORM_MISSING"


def test_nobody() -> None:
    assert tuple(spread_used_table([], Settings()).columns) == SPREAD_COLUMNS
    one = run("site,participant,wave,phq9_total\nLuton,P1,baseline,18")
    table = spread_used_table(whole_groups(one.groups), parse_settings(""))
    assert set(table["reason"]) == {"N0"}
    assert (table["n"] == 0).all()
