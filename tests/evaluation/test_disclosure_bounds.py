"""Rounded numbers of people and couples that would tell of few others, each beside the rest."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from evaluation.config import DisclosureRule
from evaluation.disclosure import (
    release_attrition,
    release_change,
    release_couples,
    release_effects,
    release_flow,
    release_meaningful_change,
    release_subgroups,
)
from evaluation.disclosure.bounds import cells_that_tell
from evaluation.model import ATTRITION_COLUMNS, CHANGE_COLUMNS, COUPLE_COLUMNS, EFFECT_COLUMNS
from evaluation.tables.flow import FLOW_COLUMNS
from evaluation.tables.subgroups import SUBGROUP_COLUMNS
from tests.evaluation.test_disclosure import effect, frame

RULE = DisclosureRule()
CELL = {"instrument": "phq9", "scale": "total", "contrast": "baseline_end"}


def shown(count: int) -> int:
    return 5 * ((count + 2) // 5)


@pytest.mark.parametrize(
    ("n", "couples", "shown"),
    [(34, 17, False), (33, 17, False), (36, 18, True), (30, 15, True), (34, 30, True)],
)
def test_couples_that_tell_how_many_people_there_are_are_not_counted(
    n: int, couples: int, shown: bool
) -> None:
    """Thirty-five people of fifteen couples: at most 17 couples are at most 34 people."""
    row = release_effects(frame(EFFECT_COLUMNS, effect(n, couples)), RULE).iloc[0]
    assert row["n"] == 5 * round(n / 5)
    assert pd.notna(row["n_couples"]) is shown
    assert row["reason"] == ""


def test_the_table_of_couples_hides_them_too() -> None:
    couples = dict.fromkeys(COUPLE_COLUMNS, 5.0) | {
        "site": "Luton", "instrument": "phq9", "scale": "total", "contrast": "baseline_end",
        "reason": "", "n_couples": 17, "n_both": 17,
    }  # fmt: skip
    table = pd.DataFrame([couples]).astype({"reason": object})
    for n, shown in ((34, False), (30, True)):
        effects = frame(EFFECT_COLUMNS, effect(n, 17))
        found = release_couples(table, effects, RULE).iloc[0]
        assert pd.notna(found["n_couples"]) is shown
        assert found["n_both"] == 15


@pytest.mark.parametrize(
    ("sizes", "excluded", "shown"),
    [((38, 33), 1, False), ((38, 33), 8, True), ((36, 35), 1, True)],
)
def test_levels_that_tell_how_many_there_are_are_not_counted_where_few_are_missing(
    sizes: tuple[int, int], excluded: int, shown: bool
) -> None:
    """Shown as 40 and 35, two levels are 71 people at least, and all are 72 at most."""
    n = sum(sizes)
    effects = frame(EFFECT_COLUMNS, effect(n, n_excluded=excluded))
    rows = [
        dict.fromkeys(SUBGROUP_COLUMNS) | {
            "site": "Luton", "instrument": "phq9", "scale": "total", "contrast": "baseline_end",
            "row": "level", "trait": "role", "level": level, "reference": "", "adjusted": "",
            "reason": "", "n": size, "n_couples": size, "mean_before": 15.0, "mean_after": 9.0,
            "improvement": 6.0, "share_improved": 0.5,
        }
        for level, size in zip(("mother", "father"), sizes, strict=True)
    ]  # fmt: skip
    numbers = ["n", "n_couples", "n_reference", "mean_before", "mean_after", "improvement"]
    table = pd.DataFrame(rows, columns=list(SUBGROUP_COLUMNS))
    table[numbers] = table[numbers].astype(float)
    found = release_subgroups(table, effects, RULE)
    assert found["n"].notna().tolist() == [shown, shown]
    assert found["share_improved"].notna().tolist() == [shown, shown]
    assert found["improvement"].tolist() == [6.0, 6.0]


def missing_that_fit(n: int, missing: int) -> set[int]:
    """Every small number of people that fits two rounded ones, tried out."""
    return {
        m for k, m in product(range(8, 80), range(1, 8))
        if shown(k) == shown(n) and shown(k + m) == shown(n + missing)
    }  # fmt: skip


@pytest.mark.parametrize("n", range(10, 20))
@pytest.mark.parametrize("missing", range(1, 9))
def test_who_is_missing_never_follows_from_two_rounded_numbers(n: int, missing: int) -> None:
    effects = frame(EFFECT_COLUMNS, effect(n, n_excluded=missing))
    tells = missing < 8 and len(missing_that_fit(n, missing)) < 3
    assert len(cells_that_tell(effects, RULE)) == tells
    row = release_effects(effects, RULE).iloc[0]
    assert row[["n", "n_couples", "share_improved"]].isna().all() == tells
    assert row[["n", "n_couples"]].notna().all() != tells
    assert row["improvement"] == 1.5 and row["reason"] == ""


def together(*sites: int) -> pd.DataFrame:
    rows = [effect(n, site=f"S{i}", n_excluded=1) for i, n in enumerate(sites)]
    return frame(EFFECT_COLUMNS, effect(sum(sites), site="ALL", n_excluded=40), *rows)


@pytest.mark.parametrize(
    ("sites", "tells"), [((14, 13), True), ((16, 13), False), ((12, 17, 17), False)]
)
def test_all_sites_together_do_not_tell_how_many_one_has(
    sites: tuple[int, ...], tells: bool
) -> None:
    """Twice fifteen, and twenty-five of both: thirteen or fourteen at either, of thirteen to 17."""
    ways = [
        each for each in product(*(range(shown(n) - 2, shown(n) + 3) for n in sites))
        if shown(sum(each)) == shown(sum(sites))
    ]  # fmt: skip
    assert (min(len(set(column)) for column in zip(*ways, strict=True)) < 3) is tells
    found = release_effects(together(*sites), RULE).set_index("site")
    assert pd.isna(found.loc["ALL", "n"]) is tells
    assert found["n"].drop("ALL").notna().all()


def test_of_couples_in_the_follow_up_only_shares_are_told() -> None:
    """Thirty-four people, shown as 35, are at most seventeen couples, which would be 15."""
    states = dict.fromkeys(("not_eligible", "not_yet_due", "window_open"), 0)
    exact = frame(ATTRITION_COLUMNS, *(
        states | {"site": "Luton", "step": "end", "unit": unit, "reason": "", "n": done + missed,
                  "done": done, "missed": missed, "rate": done / (done + missed)}
        for unit, done, missed in (("person", 60, 27), ("couple", 38, 14), ("couple_both", 26, 7))
    ))  # fmt: skip
    found = release_attrition(exact, RULE).set_index("unit")
    assert found.loc["person", ["n", "done", "missed"]].tolist() == [85, 60, 25]
    of_couples = found.loc[["couple", "couple_both"]]
    assert of_couples[["n", "done", "missed", *states]].isna().all(axis=None)
    # 40 and 15 would be 0.727; of 26 and seven nothing is told.
    assert found.loc["person", "rate"] == 60 / 85 and found.loc["couple", "rate"] == 0.75
    assert found.loc["couple_both", ["rate"]].isna().all()
    flow = exact.assign(left=0, not_used=0, also=0, with_baseline=exact["n"])[list(FLOW_COLUMNS)]
    shown_in_flow = release_flow(flow, RULE).set_index("unit")["with_baseline"]
    assert shown_in_flow.isna().tolist() == [False, True, True]


def test_a_cut_off_that_divides_nobody_does_not_tell_what_another_hides() -> None:
    """Nineteen got worse; of them twelve crossed one cut-off, so that six or seven did not."""
    row = CELL | {"site": "Luton", "reason": "", "method": "JT", "n": 57, "recovered": 0,
                  "improved": 18, "unchanged": 20, "clinical_at_start": 57}  # fmt: skip
    change = frame(
        CHANGE_COLUMNS,
        row | {"cutoff_type": "a", "deteriorated": 19, "harmed": 0},
        row | {"cutoff_type": "b", "deteriorated": 7, "harmed": 12},
    )
    found = release_change(change, frame(EFFECT_COLUMNS, effect(57)), RULE)
    assert found["deteriorated"].isna().tolist() == [False, True]
    assert found["harmed"].isna().tolist() == [False, True]
    assert found["improved"].tolist() == [20, 20]


def test_a_class_of_everybody_is_hidden_with_their_number() -> None:
    effects = frame(EFFECT_COLUMNS, effect(27, n_excluded=7))
    row = CELL | {"site": "Luton", "reason": "", "n": 27, "n_couples": 27}
    for changed, nobody in ((0, True), (10, False)):
        classes = {"recovered": 0, "improved": changed, "unchanged": 27 - changed,
                   "deteriorated": 0, "harmed": 0, "clinical_at_start": 20}  # fmt: skip
        change = frame(CHANGE_COLUMNS, row | classes | {"method": "JT", "cutoff_type": "a"})
        found = release_change(change, effects, RULE).iloc[0]
        assert pd.isna(found["n"]) and pd.isna(found["unchanged"]) is nobody
        matters = pd.DataFrame([
            row | {"method": "points", "threshold": 6.0, "evidence": "", "source": "",
                   "n_undefined": 0, **{name: classes[name] for name in
                                        ("improved", "unchanged", "deteriorated")}},
        ])  # fmt: skip
        found = release_meaningful_change(matters, effects, RULE).iloc[0]
        assert pd.isna(found["n"]) and pd.isna(found["unchanged"]) is nobody
        assert pd.isna(found["improved_share"])


def test_a_level_that_is_everybody_is_not_counted_either() -> None:
    levels = {"row": "level", "trait": "role", "level": "mother", "reference": "", "adjusted": "",
              "mean_before": 15.0, "mean_after": 9.0, "improvement": 6.0}  # fmt: skip
    rows = [
        dict.fromkeys(SUBGROUP_COLUMNS, np.nan) | CELL | levels
        | {"site": site, "n": float(n), "n_couples": float(n), "reason": ""}
        for site, n in (("ALL", 27), ("S0", 14), ("S1", 13))
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(SUBGROUP_COLUMNS)).astype({"reason": object})
    found = release_subgroups(table, together(14, 13), RULE).set_index("site")
    assert found["n"].isna().tolist() == [True, False, False]
    assert found["improvement"].notna().all()
