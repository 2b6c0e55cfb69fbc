"""Groups released level by level: nobody in a thin one can be found by taking others away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.config import DisclosureRule
from evaluation.disclosure import SUPPRESSED, release_subgroups
from evaluation.disclosure.distribution import release_distribution
from evaluation.disclosure.levels import release_groups, release_periods
from evaluation.model import EFFECT_COLUMNS
from evaluation.tables.periods import PERIOD
from evaluation.tables.subgroups import SUBGROUP_COLUMNS

RULE = DisclosureRule()
MEASURE = {"instrument": "phq9", "scale": "total", "contrast": "baseline_end"}
Counts = dict[str, dict[str, int]]


def tables(counts: Counts, trait: str = "intervention") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Level rows and effects of sites in which everybody is alone; "" = level not known."""
    levels = sorted({level for of_site in counts.values() for level in of_site if level})
    total = {
        level: sum(of_site.get(level, 0) for of_site in counts.values()) for level in [*levels, ""]
    }
    rows, effects = [], []
    for site, of_site in {"ALL": total, **counts}.items():
        n = sum(of_site.values())
        effects.append({**MEASURE, "site": site, "subgroup": "", "n": n, "n_couples": n})
        rows += [
            {**MEASURE, "site": site, "row": "level", "trait": trait, "level": level,
             "n": of_site[level], "n_couples": of_site[level], "improvement": 1.234}
            for level in levels if of_site.get(level)
        ]  # fmt: skip
    blank = {"reason": "", "reference": "", "adjusted": "", "display_tier": ""}
    table = pd.DataFrame([blank | row for row in rows], columns=list(SUBGROUP_COLUMNS))
    return table, pd.DataFrame(effects).reindex(columns=list(EFFECT_COLUMNS))


def shown(released: pd.DataFrame, site: str = "ALL") -> set[str]:
    mine = released[(released["site"] == site) & (released["row"] == "level")]
    return set(mine.loc[mine["reason"] != SUPPRESSED, "level"])


def groups(counts: Counts) -> pd.DataFrame:
    return release_groups(*tables(counts), RULE)


def test_without_thin_levels_everything_is_shown_in_rounded_numbers():
    found = groups({"Luton": {"a": 33, "b": 41}})
    assert shown(found) == {"a", "b"}
    assert found.set_index("level")["n"].to_dict() == {"a": 35, "b": 40}
    assert found["improvement"].tolist() == pytest.approx([1.234, 1.234], abs=0.05)
    assert 1.234 not in found["improvement"].tolist()
    assert set(found["site"]) == {"ALL"}


def test_a_thin_level_takes_the_smallest_other_one_with_it():
    """40 + 30 + 4: were only the 4 hidden, they would be 74 less 70."""
    assert shown(groups({"Luton": {"a": 40, "b": 30, "c": 4}})) == {"a"}


def test_thin_levels_that_are_enough_together_take_no_other():
    assert shown(groups({"Luton": {"a": 40, "b": 30, "c": 6, "d": 7}})) == {"a", "b"}


def test_a_few_people_of_no_known_level_hide_one():
    assert shown(groups({"Luton": {"a": 40, "b": 30, "": 3}})) == {"a"}


def test_a_site_s_few_do_not_follow_from_all_sites():
    """8 at Dorset get counselling. All 26 less the 18 of Blackburn would be these 8."""
    found = groups({"Blackburn": {"counselling": 18, "group": 35},
                    "Dorset": {"counselling": 8, "navigator": 35, "school": 31}})  # fmt: skip
    assert "counselling" not in shown(found)
    # Only Dorset has the other two: both shown, they would leave its 8.
    assert shown(found) == {"group", "navigator"}


def test_comparisons_with_a_hidden_side_are_hidden():
    table, effects = tables({"Luton": {"a": 40, "b": 30, "c": 12, "d": 4}})
    base = {**MEASURE, "site": "ALL", "row": "difference", "trait": "intervention", "reason": "",
            "n": 30, "n_reference": 40, "n_couples": 70, "difference": 1.0,
            "q": 0.0321}  # fmt: skip
    apart = [base | {"level": level, "reference": "a", "adjusted": "no"} for level in "bc"]
    both = pd.concat([table, pd.DataFrame(apart)], ignore_index=True)[list(SUBGROUP_COLUMNS)]
    found = release_groups(both, effects, RULE)
    found = found[found["row"] == "difference"].set_index("level")
    assert found.loc["b", ["difference", "q"]].tolist() == [1.0, 0.03]
    assert found.loc["c", "reason"] == SUPPRESSED and found.loc["c", "difference"] is None
    assert found["p"].isna().all() and found["se"].isna().all()


@pytest.mark.parametrize("counts", [{}, {"Luton": {"a": 3}}, {"Luton": {"a": 9, "b": 9}}])
def test_nobody_or_few_people_at_all(counts: Counts):
    assert shown(groups(counts)) == set()


def test_periods_are_hidden_in_sites_too():
    counts = {"Luton": {"2016-H1": 5, "2016-H2": 20, "2017-H1": 60}, "Essex": {"2016-H2": 30}}
    found = release_periods(*tables(counts, trait=PERIOD), RULE)
    assert shown(found, "Luton") == {"2017-H1"}
    assert shown(found, "Essex") == {"2016-H2"}
    # 50 in 2016-H2 less Essex' 30 would be Luton's 20, and then its 5 would follow.
    assert shown(found, "ALL") == {"2017-H1"}


def worked_out(counts: Counts, released: pd.DataFrame, by_site: pd.DataFrame) -> list[str]:
    """Thin cells that follow exactly from everything shown: linear algebra, not the rule's way."""
    cells = [(s, level) for s, of_site in counts.items() for level, n in of_site.items() if n]
    place = {cell: number for number, cell in enumerate(cells)}
    known: list[np.ndarray] = []

    def tell(chosen: list[tuple[str, str]]) -> None:
        row = np.zeros(len(cells))
        row[[place[cell] for cell in chosen]] = 1
        known.append(row)

    for site in counts:
        mine = [cell for cell in cells if cell[0] == site]
        if sum(counts[site].values()) >= RULE.min_n:
            tell(mine)
        for level in shown(by_site, site):
            tell([(site, level)])
    for level in shown(released, "ALL"):
        tell([cell for cell in cells if cell[1] == level])
    n_thin_sites = sum(0 < sum(of_site.values()) < RULE.min_n for of_site in counts.values())
    if n_thin_sites != 1:
        tell(cells)
    matrix = np.array(known)
    rank = np.linalg.matrix_rank(matrix) if len(known) else 0
    found = []
    for cell in cells:
        if counts[cell[0]][cell[1]] < RULE.min_n:
            unit = np.zeros(len(cells))
            unit[place[cell]] = 1
            if len(known) and np.linalg.matrix_rank(np.vstack([matrix, unit])) == rank:
                found.append(str(cell))
    return found


some_counts = st.dictionaries(
    st.sampled_from(["Luton", "Essex", "Dorset", "Croydon"]),
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 25), min_size=1),
    min_size=1,
)


@given(some_counts)
def test_no_thin_cell_follows_from_what_is_shown_of_groups(counts: Counts):
    table, effects = tables(counts)
    by_site = release_subgroups(table, effects, RULE)
    by_site = by_site[by_site["site"] != "ALL"]
    assert worked_out(counts, release_groups(table, effects, RULE), by_site) == []


@given(some_counts)
def test_no_thin_cell_follows_from_what_is_shown_of_periods(counts: Counts):
    released = release_periods(*tables(counts, trait=PERIOD), RULE)
    assert worked_out(counts, released, released) == []


def ranges(*counts: int, couples: int | None = None) -> pd.DataFrame:
    edges = [5.0 * place for place in range(len(counts) + 1)]
    return pd.DataFrame(
        {"low": edges[:-1], "high": edges[1:], "whole": True, "n": counts,
         "n_couples": counts if couples is None else couples}
    )  # fmt: skip


def test_thin_ranges_are_joined_with_the_smaller_neighbour():
    found = release_distribution(ranges(40, 3, 22, 30, 0, 4), RULE)
    assert found[["low", "high", "n"]].to_numpy().tolist() == [
        [0, 5, 40], [5, 15, 25], [15, 30, 35]
    ]  # fmt: skip
    assert "n_couples" not in found


def test_an_empty_range_stays():
    assert release_distribution(ranges(0, 20, 0), RULE)["n"].tolist() == [0, 20, 0]


@pytest.mark.parametrize("counts", [(), (0, 0), (5, 4), (9, 0)])
def test_too_few_altogether_show_nothing(counts: tuple[int, ...]):
    assert release_distribution(ranges(*counts), RULE).empty


def test_few_couples_show_nothing():
    assert release_distribution(ranges(20, 20, couples=4), RULE).empty


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12))
def test_no_small_count_is_left_and_nobody_is_lost(counts: list[int]):
    found = release_distribution(ranges(*counts), DisclosureRule(round_to=1))
    if len(found):
        assert found["n"].sum() == sum(counts)
        assert not found["n"].between(1, 7).any()
        assert (found["low"].iloc[1:].to_numpy() == found["high"].iloc[:-1].to_numpy()).all()
