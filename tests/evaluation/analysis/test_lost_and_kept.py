"""Whom we lost and kept: each rule by a case of its own, the figures against published numbers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluation.analysis.lost_and_kept import (
    FATES,
    flags_of,
    lost_or_kept,
    lost_without_dates,
    standardised_differences,
)

pytestmark = pytest.mark.filterwarnings("error")
NAN = float("nan")
BTHEB = (
    Path(__file__).resolve().parents[3]
    / ".." / "shared" / "real_data" / "scores" / "bdi_beat_the_blues_uk_rct.csv"
)  # fmt: skip


def states(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """One person for each row."""
    table = pd.DataFrame(rows, columns=["site", "wave", "state", "reason", "end_source"])
    return table.assign(participant=[str(number) for number in range(len(rows))])


class TestLostOrKept:
    def test_each_state_has_its_fate(self) -> None:
        table = states(
            ("L", "3m", "done", "", "ended_on"),
            ("L", "3m", "missed", "", "ended_on"),
            ("L", "3m", "window_open", "", "ended_on"),
            ("L", "3m", "not_yet_due", "", "ended_on"),
            ("L", "3m", "not_eligible", "withdrew_consent", "ended_on"),
        )
        found = lost_or_kept(table)
        assert found.tolist() == ["kept", "lost", "waiting", "waiting", "not_asked"]
        assert found.cat.categories.tolist() == list(FATES)

    def test_without_any_date_at_the_site_a_score_that_is_not_there_is_lost(self) -> None:
        table = states(
            ("L", "3m", "done", "", ""),
            ("L", "3m", "not_yet_due", "no_end_date", ""),
            ("L", "6m", "not_yet_due", "no_end_date", ""),
            ("M", "3m", "not_yet_due", "no_end_date", ""),
        )
        # Nobody of L has done 6m, nobody of M has done 3m.
        assert lost_or_kept(table).tolist() == ["kept", "lost", "waiting", "waiting"]
        assert lost_without_dates(table).tolist() == [False, True, False, False]

    def test_where_some_end_dates_are_known_the_others_are_waited_for(self) -> None:
        table = states(
            ("L", "3m", "done", "", "ended_on"), ("L", "3m", "not_yet_due", "no_end_date", "")
        )
        assert lost_or_kept(table).tolist() == ["kept", "waiting"]

    def test_the_day_of_an_end_questionnaire_is_no_record_of_an_end(self) -> None:
        table = states(
            ("L", "end", "done", "", "last_contact"),
            ("L", "end", "not_yet_due", "no_end_date", ""),
            ("M", "end", "done", "", "last_contact"),
            ("M", "end", "not_yet_due", "no_end_date", ""),
            ("M", "end", "missed", "", "last_contact"),
        )
        # At M a session tells when somebody without the questionnaire was last there.
        assert lost_or_kept(table).tolist() == ["kept", "lost", "kept", "waiting", "lost"]

    def test_index_is_kept_and_nobody_is_no_error(self) -> None:
        table = states(("L", "3m", "missed", "", "ended_on")).set_axis([7])
        assert lost_or_kept(table).index.tolist() == [7]
        assert lost_or_kept(table.iloc[:0]).tolist() == []

    def test_what_is_not_allowed(self) -> None:
        table = states(("L", "3m", "gone", "", ""))
        with pytest.raises(ValueError, match="state 'gone'"):
            lost_or_kept(table)
        with pytest.raises(ValueError, match="column 'end_source'"):
            lost_or_kept(table.drop(columns="end_source"))


def one(values: list[float], lost: list[int], *, share: bool = False, cluster=None) -> pd.Series:
    clusters = range(len(values)) if cluster is None else cluster
    column = np.array(values, dtype=float)[:, None]
    return standardised_differences(column, lost, clusters, shares=[share]).iloc[0]


class TestStandardisedDifferences:
    def test_beat_the_blues(self) -> None:
        if not BTHEB.exists():
            pytest.skip("needs the real data beside the project: bdi_beat_the_blues_uk_rct.csv")
        table = pd.read_csv(BTHEB)
        lost = table["bdi.8m"].isna()
        columns = np.column_stack([table["bdi.pre"], table["length"] == ">6m"])
        found = standardised_differences(columns, lost, range(100), shares=[False, True])
        assert found["smd"].round(6).tolist()[0] == 0.058992
        assert round(found["variance_ratio"][0], 3) == 1.593
        assert round(found["smd"][1], 3) == -0.365
        assert found["flag"].tolist() == ["", "red"]
        assert found[["n_kept", "n_lost"]].to_numpy().tolist() == [[52, 48], [52, 48]]

    def test_mean_by_hand(self) -> None:
        found = one([1, 2, 3, 5], [0, 0, 1, 1])
        # Pooled variance (0.5 + 2) / 2, J(2) = 1 / gamma(1/2).
        assert found["smd"] == pytest.approx(2.5 / math.sqrt(1.25) / math.sqrt(math.pi))
        assert found["variance_ratio"] == pytest.approx(4.0)
        # The error by couple, 0.91, is less than that of Student's test, 1.12.
        assert found["p"] == pytest.approx(stats.ttest_ind([3, 5], [1, 2]).pvalue)

    def test_share_by_hand(self) -> None:
        values = [1, 1, 1, 0, 1, 0, 0, 0]
        found = one(values, [1] * 4 + [0] * 4, share=True)
        assert found["smd"] == pytest.approx(0.5 / math.sqrt(0.1875))
        assert found["cox_index"] == pytest.approx(2 * math.log(3) / 1.65)
        assert (found["lost"], found["kept"]) == (0.75, 0.25)
        assert math.isnan(found["variance_ratio"])

    def test_unknown_values_are_left_out_of_their_own_column_only(self) -> None:
        values = np.array([[1.0, NAN], [2, 1], [3, NAN], [5, 0], [NAN, 1]])
        found = standardised_differences(
            values, [0, 0, 1, 1, 1], list("aabbb"), shares=[False, True]
        )
        assert found["n_kept"].tolist() == [2, 1]
        assert found["n_lost"].tolist() == [2, 2]
        assert found["couples_lost"].tolist() == [1, 1]
        assert found["smd"][0] == pytest.approx(one([1, 2, 3, 5], [0, 0, 1, 1])["smd"])

    def test_partners_who_are_alike_make_p_larger(self) -> None:
        rng = np.random.default_rng(3)
        alone = rng.normal(size=40)
        lost = np.repeat([0, 1], 20)
        doubled, twice = np.repeat(alone, 2), np.repeat(lost, 2)
        together = one(list(doubled), list(twice), cluster=np.repeat(np.arange(40), 2))
        # A partner who says the same adds nothing.
        assert together["p"] == pytest.approx(one(list(alone), list(lost))["p"])
        assert one(list(doubled), list(twice))["p"] < together["p"]

    @pytest.mark.parametrize(
        ("values", "lost", "share", "reason"),
        [
            ([NAN, NAN], [0, 1], False, "N0"),
            ([1.0, 2.0], [0, 0], False, "NONE_LOST"),
            ([1.0, 2.0], [1, 1], False, "NONE_KEPT"),
            ([1.0], [1], False, "NONE_KEPT"),
            ([1.0, 2.0], [0, 1], False, "FEW_TO_COMPARE"),
            ([1.0, 2.0, 4.0], [0, 1, 1], False, "FEW_TO_COMPARE"),
            ([0.1, 0.1, 0.1, 0.1], [0, 1, 1, 1], False, "SD0"),
            ([1, 1, 0], [0, 0, 1], True, "SD0"),
        ],
    )
    def test_why_not(self, values, lost, share, reason) -> None:
        found = one(values, lost, share=share)
        assert math.isnan(found["smd"])
        assert (found["reason"], found["flag"]) == (reason, "")

    def test_notes_beside_a_figure(self) -> None:
        found = one([1, 1, 1, 0], [1, 1, 0, 0], share=True)
        assert found["reason"] == "FEW_TO_COMPARE;COX_UNDEF"
        found = one([1, 2, 4, 6], [1, 0, 0, 0], cluster=["a"] * 4)
        assert found["reason"] == "FEW_TO_COMPARE;G1"
        assert math.isnan(found["p"])

    def test_nobody_and_no_column(self) -> None:
        found = standardised_differences(np.empty((0, 1)), [], np.array([], int), shares=[False])
        assert found["reason"].tolist() == ["N0"]
        nothing = standardised_differences(np.empty((2, 0)), [0, 1], [1, 2], shares=[])
        assert len(nothing) == 0

    def test_flags_begin_beyond_the_line(self) -> None:
        found = flags_of(pd.Series([0.1, 0.11, -0.11, 0.25, -0.26, NAN]))
        assert found.tolist() == ["", "amber", "amber", "amber", "red", ""]

    def test_what_is_not_allowed(self) -> None:
        with pytest.raises(ValueError, match="0, 1 or NaN"):
            one([2, 1], [0, 1], share=True)
        with pytest.raises(ValueError, match="finite"):
            one([math.inf, 1], [0, 1])
        with pytest.raises(ValueError, match="shape"):
            standardised_differences([[1.0]], [0, 1], [1, 2], shares=[False])
