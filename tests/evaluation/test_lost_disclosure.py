"""What leaves of those we lost: nothing small, nothing that leads back to something small."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluation.config import DisclosureRule
from evaluation.disclosure.lost_and_kept import (
    release_differential_attrition,
    release_dropout,
    release_lost_vs_kept,
    release_missing_at_random,
)
from evaluation.tables.dropout import (
    DIFFERENTIAL_COLUMNS,
    DROPOUT_COLUMNS,
    differential_attrition_table,
    dropout_table,
)
from evaluation.tables.lost_and_kept import (
    LOST_COLUMNS,
    MISSING_COLUMNS,
    lost_vs_kept_table,
    missing_at_random_table,
)
from tests.evaluation.tables.synthetic_programme import programme

RULE = DisclosureRule()
HIDDEN = "SUPPRESSED"


def lost_row(site: str, characteristic: str, **more: object) -> dict[str, object]:
    kind = "share" if "=" in characteristic else "mean"
    return {
        "site": site, "step": "3m", "characteristic": characteristic, "kind": kind, "kept": 0.5,
        "lost": 0.4, "n_kept": 42, "n_lost": 31, "smd": -0.2, "variance_ratio": 1.3, "p": 0.4,
        "flag": "amber", "couples_kept": 23, "couples_lost": 21, "cox_index": -0.1, "reason": "",
    } | more  # fmt: skip


def lost(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(LOST_COLUMNS))


class TestLostAgainstKept:
    def test_a_mean_of_enough_people(self) -> None:
        found = release_lost_vs_kept(
            lost(lost_row("A", "das_32.total at baseline", kept=95.123, smd=-0.4321)), RULE
        ).iloc[0]
        assert (found["kept"], found["smd"], found["flag"]) == (95.1, -0.43, "amber")
        assert (found["n_kept"], found["n_lost"]) == (40, 30)
        for name in ("variance_ratio", "p", "cox_index"):
            assert pd.isna(found[name])

    @pytest.mark.parametrize("name", ["n_kept", "n_lost", "couples_kept", "couples_lost"])
    def test_nine_on_either_side_hide_the_row(self, name: str) -> None:
        table = lost(lost_row("A", "sessions_attended", **{name: 9}))
        found = release_lost_vs_kept(table, RULE).iloc[0]
        assert found["reason"] == HIDDEN
        values = [c for c in LOST_COLUMNS[4:] if c != "reason"]
        assert found[values].isna().all()

    def test_shares_come_from_rounded_counts(self) -> None:
        found = release_lost_vs_kept(lost(lost_row("A", "role=mother", kept=21 / 42)), RULE).iloc[0]
        # 21 of 42 and 12.4 of 31 become 20 of 40 and 10 of 30.
        assert (found["kept"], found["lost"]) == (0.5, 0.33)
        p, q = 1 / 3, 0.5
        expected = (p - q) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
        assert found["smd"] == round(expected, 2)
        assert found["flag"] == "red"

    def test_one_small_level_hides_all_levels(self) -> None:
        rows = [
            lost_row("A", "role=mother", lost=28 / 31),
            lost_row("A", "role=father", lost=3 / 31),
            lost_row("A", "gender=female"),
        ]
        assert release_lost_vs_kept(lost(*rows), RULE)["reason"].tolist() == [HIDDEN, HIDDEN, ""]

    def test_a_single_hidden_site_hides_all_together(self) -> None:
        rows = [
            lost_row(site, "sessions_attended", n_lost=n)
            for site, n in (("ALL", 80), ("A", 40), ("B", 35), ("C", 5))
        ]
        reasons = release_lost_vs_kept(lost(*rows), RULE)["reason"].tolist()
        assert reasons == [HIDDEN, "", "", HIDDEN]
        # With two hidden sites neither follows from the total.
        more = release_lost_vs_kept(lost(*rows, lost_row("D", "sessions_attended", n_lost=4)), RULE)
        assert more["reason"].tolist() == ["", "", "", HIDDEN, HIDDEN]


def dropout_row(term: str, **more: object) -> dict[str, object]:
    return dict.fromkeys(DROPOUT_COLUMNS) | {
        "site": "A", "step": "3m", "term": term, "odds_ratio": 1.23456, "low": 1.0, "high": 1.5,
        "p": 0.03, "n": 61, "n_lost": 22, "n_couples": 33, "auc": 0.61, "lr": 5.0, "df": 2.0,
        "p_lr": 0.08, "method": "ml", "left_out": "", "smallest_cell": np.nan, "reason": "",
    } | more  # fmt: skip


class TestDropout:
    def test_odds_ratios_stay_and_what_leads_to_n_goes(self) -> None:
        table = pd.DataFrame([dropout_row("score_at_start")])
        found = release_dropout(table, RULE).iloc[0]
        assert (found["odds_ratio"], found["n"], found["n_lost"]) == (1.23, 60, 20)
        for name in ("p", "auc", "lr", "df", "p_lr", "smallest_cell"):
            assert pd.isna(found[name])

    def test_a_group_with_a_small_cell_is_hidden_and_the_scores_are_not(self) -> None:
        rows = [dropout_row("score_at_start"), dropout_row("role=father", smallest_cell=3.0)]
        found = release_dropout(pd.DataFrame(rows), RULE)
        assert found["reason"].tolist() == ["", HIDDEN]

    def test_few_lost_or_few_kept_hide_the_model(self) -> None:
        for few in ({"n_lost": 9}, {"n_lost": 55}, {"n_couples": 8}):
            found = release_dropout(pd.DataFrame([dropout_row("score_at_start", **few)]), RULE)
            assert found["reason"].tolist() == [HIDDEN]


def rate_row(by: str, group: str, n_lost: int, *, n: int = 62, other: int = 17) -> dict:
    return dict.fromkeys(DIFFERENTIAL_COLUMNS) | {
        "site": "A", "step": "3m", "by": by, "group": group, "n": n, "n_couples": 40,
        "n_lost": n_lost, "rate": n_lost / n, "other_n": 58, "other_couples": 40,
        "other_lost": other, "other_rate": other / 58, "difference": 0.1, "low": -0.1,
        "high": 0.2, "p": 0.4, "reason": "",
    }  # fmt: skip


class TestDifferentialAttrition:
    def test_everything_from_rounded_counts(self) -> None:
        found = release_differential_attrition(
            pd.DataFrame([rate_row("role", "mother", 21, n=70)]), RULE
        ).iloc[0]
        assert (found["n"], found["n_lost"], found["rate"]) == (70, 20, 0.29)
        assert (found["other_n"], found["other_lost"], found["other_rate"]) == (60, 15, 0.25)
        # 20 of 70 against 15 of 60: Newcombe by hand gives -0.118 to 0.183.
        assert found["difference"] == round(20 / 70 - 15 / 60, 2)
        assert found["low"] == -0.12
        assert found["high"] == 0.18
        assert pd.isna(found["p"])

    def test_one_small_group_hides_the_comparison(self) -> None:
        rows = [rate_row("role", "mother", 21), rate_row("role", "father", 5)]
        rows.append(rate_row("severity", "more severe at the start", 30))
        found = release_differential_attrition(pd.DataFrame(rows), RULE)
        assert found["reason"].tolist() == [HIDDEN, HIDDEN, ""]

    def test_sites_are_hidden_one_by_one(self) -> None:
        rows = [rate_row("site", "Luton", 21), rate_row("site", "Lambeth", 5)]
        found = release_differential_attrition(pd.DataFrame(rows).assign(site="ALL"), RULE)
        assert found["reason"].tolist() == ["", HIDDEN]


@pytest.mark.parametrize(
    ("make", "release", "columns", "keys"),
    [
        (lost_vs_kept_table, release_lost_vs_kept, LOST_COLUMNS, 3),
        (dropout_table, release_dropout, DROPOUT_COLUMNS, 3),
        (missing_at_random_table, release_missing_at_random, MISSING_COLUMNS, 3),
        (differential_attrition_table, release_differential_attrition, DIFFERENTIAL_COLUMNS, 4),
    ],
)
def test_a_whole_programme(make, release, columns, keys) -> None:
    table = make(programme())
    before = table.copy()
    found = release(table, RULE)
    pd.testing.assert_frame_equal(table, before)
    assert tuple(found.columns) == columns
    assert len(found) == len(table)
    key = list(columns[:keys])
    pd.testing.assert_frame_equal(found[key].astype(object), table[key].astype(object))
    counts = [c for c in columns if c.startswith(("n_", "couples_", "other_n")) or c == "n"]
    shown = found[counts].astype(float).stack().dropna()
    assert (shown % 5 == 0).all()
    assert len(release(table.iloc[:0], RULE)) == 0
    assert tuple(release(table.iloc[:0], RULE).columns) == columns
