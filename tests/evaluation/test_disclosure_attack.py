"""What an intruder with every released table can work out of small made-up programmes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
import pytest

from evaluation.config import DisclosureRule
from evaluation.disclosure import (
    few_people,
    release_effects,
    release_sensitivity,
)
from evaluation.disclosure.audit import also_hidden, totals_also_hidden
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report.result_tables import RESULT_TABLES, TABLE_NAMES
from evaluation.tables.sensitivity import sensitivity_table
from tests.evaluation.disclosure_attack import Intruder, attack
from tests.evaluation.disclosure_averages import fits, numbers_that_fit
from tests.evaluation.disclosure_knowledge import NOTHING_FITS, Knowledge
from tests.evaluation.disclosure_tables import COUNTS, NOT_COUNTED
from tests.evaluation.disclosure_views import (
    exact_tables,
    other_views,
    released_tables,
    site_view,
)
from tests.evaluation.random_programmes import random_results
from tests.evaluation.tables.synthetic_programme import programme

RULE = DisclosureRule()
# Those that take longest; the benchmark attacks every table of 500 programmes.
SLOW = (
    "sensitivity", "waves", "subgroups", "periods", "reporter_gap", "evidence", "couples",
    "robustness", "dropout", "missing_at_random", "differential_attrition", "lost_vs_kept",
    "early_help", "meaningful_change",
)  # fmt: skip
# Twenty programmes that are quick to work out, of all kinds there are.
SEEDS = (1, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14, 19, 21, 24, 25, 27, 30, 34, 37, 40)
# In these every table is attacked, the slow ones too; in both all sites together are shown.
WHOLE = (3, 19)
# In these each site's own view is made as well, and the better informed intruder comes too.
VIEWED = (3, 4, 9, 30)
# These in every other programme.
LESS_OFTEN = (
    "maintenance", "dose", "costs", "indicators", "session_course", "stand_ins", "site_estimates",
    "missing_patterns", "payment_by_results",
)  # fmt: skip
Tables = dict[str, pd.DataFrame]


@cache
def tables(seed: int) -> tuple[Tables, Tables]:
    """Exact and released: all in some programmes, most in half of them, else the quickest."""
    results = results_of(seed)
    without = () if seed in WHOLE else SLOW if seed in SEEDS[::2] else (*SLOW, *LESS_OFTEN)
    exact = exact_tables(results, without=without)
    return exact, released_tables(exact, results)


@cache
def results_of(seed: int) -> Results:
    return random_results(seed)


# --- the attacker ---------------------------------------------------------------------------


def known(counts: dict[str, tuple[float, float]]) -> Knowledge:
    found = Knowledge()
    for name, (low, high) in counts.items():
        found.add(("t", 0, name), low, high)
    total, *parts = (("t", 0, name) for name in counts)
    found.add_up(total, parts)
    return found


def test_the_attacker_finds_what_a_sum_gives_away() -> None:
    # 33 to 37 people, 8 to 12 unchanged and three classes of at most seven: seven in each
    found = known({"n": (33, 37), "a": (8, 12), "b": (1, 7), "c": (1, 7), "d": (1, 7)})
    hidden = [("t", 0, name) for name in "bcd"]
    assert found.too_narrow(hidden, values=3) == dict.fromkeys(hidden, (7, 7))


def test_the_attacker_finds_nothing_where_there_is_room() -> None:
    found = known({"n": (38, 42), "a": (33, 37), "b": (1, 7)})
    assert found.too_narrow([("t", 0, "b")], values=3) == {}
    assert found.too_narrow([("t", 0, "b")], values=8) == {("t", 0, "b"): (1, 7)}


def test_the_attacker_knows_when_nothing_fits() -> None:
    found = known({"n": (8, 12), "a": (18, 22)})
    assert found.too_narrow([("t", 0, "a")], values=3) == {("t", 0, "a"): NOTHING_FITS}


def test_the_attacker_knows_that_equal_numbers_are_one_and_that_parts_are_no_more_than_all() -> (
    None
):
    found = Knowledge()
    for name, low, high in (("n", 13, 17), ("same", 16, 20), ("few", 1, 7), ("rest", 11, 14)):
        found.add(name, low, high)
    found.add_up("n", ["same"])
    found.weigh([(1.0, "few"), (1.0, "rest"), (-1.0, "n")], exactly=False)
    assert found.ranges(["few", "n", "rest"], values=7) == {
        "few": (1, 6), "n": (16, 17), "rest": (11, 14),
    }  # fmt: skip


def test_every_table_is_attacked_or_nothing_about_people_follows_from_it() -> None:
    released = {table.name for table in RESULT_TABLES if table.release} | {
        "sites",
        "site_estimates",
    }
    assert released == (set(COUNTS) - {"flow"}) | set(NOT_COUNTED)
    kept = {table.name for table in RESULT_TABLES if not table.release}
    assert set(TABLE_NAMES) - released == kept == {"scores", "spread_used", "pairs"}


def test_two_decimals_of_whole_numbers_tell_how_many_people_there_are() -> None:
    before, after = np.arange(80, 97.0), np.arange(83, 100.0) + np.arange(17) % 3
    row = {
        "mean_before": before.mean(), "mean_after": after.mean(), "g_pre": np.nan,
        "sd_before": before.std(ddof=1), "sd_after": after.std(ddof=1),
        "raw_change": (after - before).mean(), "improvement": (after - before).mean(),
    }  # fmt: skip
    exact = {name: round(float(value), 2) for name, value in row.items()}
    assert [n for n in range(13, 18) if fits(exact, n)] == [17]
    change = round(row["raw_change"], 1)
    shown = {name: round(float(value), 1) for name, value in row.items()}
    shown |= {"mean_after": round(shown["mean_before"] + change, 1)}
    assert [n for n in range(13, 18) if fits(shown, n)] == [13, 14, 15, 16, 17]


# --- what is released withstands it ---------------------------------------------------------


def test_no_average_tells_how_many_people_it_is_of() -> None:
    rows = 0
    for seed in SEEDS:
        for place, numbers in numbers_that_fit(tables(seed)[1]["effects"], RULE).items():
            rows += 1
            assert len(numbers) >= 3, (seed, place)
            assert int(tables(seed)[0]["effects"]["n"].iloc[place]) in numbers
    assert rows > 2 * len(SEEDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_count_can_be_worked_out(seed: int) -> None:
    """From all tables and pages together in some, from most tables in all programmes."""
    exact, released = tables(seed)
    beside = other_views(exact, results_of(seed)) if seed in WHOLE else []
    found = attack(exact, released, RULE, beside=beside, values=3)
    assert found.hidden > (500 if seed in WHOLE else 0)
    assert not found.determined
    assert not found.contradictions
    # What is left of it is "one or two" in a few cells, for a reader who knows that two tables are
    # about the same people.
    assert len(found.two_values) <= 0.02 * found.hidden


@pytest.mark.parametrize("seed", VIEWED)
def test_nor_by_somebody_who_knows_which_of_several_blanks_is_the_small_one(seed: int) -> None:
    assert not attack(*tables(seed), RULE, values=2, sure=True).determined


@pytest.mark.parametrize("seed", WHOLE)
def test_what_the_attacker_takes_as_known_is_so(seed: int) -> None:
    exact, released = tables(seed)
    intruder = Intruder.of(exact, [released, *other_views(exact, results_of(seed))], RULE)
    intruder.learn_averages(released["effects"])
    assert intruder.misled() == []
    assert len(intruder.known.sums) > 100


@pytest.mark.parametrize("seed", [82, 84, 86, 92, 144, 152, 180, 281, 311, 404, 413, 435, 457])
def test_how_many_are_in_a_change_does_not_tell_who_is_missing(seed: int) -> None:
    """Ten less than everybody, as rounded: six or seven. Or levels, or sites, that add up to it."""
    results = results_of(seed)
    without = {*SLOW, *LESS_OFTEN} - {"periods"}
    exact = exact_tables(results, without=without)
    found = attack(exact, released_tables(exact, results), RULE, values=2)
    assert found.hidden > 100
    assert not found.determined


def test_without_its_rules_the_attack_succeeds() -> None:
    """Rounding alone would not do: hidden counts of the same programmes would be found."""
    determined = 0
    for seed in SEEDS[:6]:
        exact = {
            name: tables(seed)[0][name] for name in ("effects", "reliable_change", "attrition")
        }
        plain = {name: _only_rounded(exact[name], tables(seed)[1][name]) for name in exact}
        determined += len(attack(exact, plain, RULE, values=2).determined)
    assert determined > 0


def _only_rounded(exact: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """Small counts hidden and others rounded, each by itself; averages with two decimals."""
    result = released.copy()
    for name in exact.columns:
        numbers = pd.to_numeric(exact[name], errors="coerce").astype(float)
        is_count = name.startswith("n") or name in COUNTED
        if is_count and numbers.notna().any():
            value = np.floor(numbers / 5 + 0.5) * 5
            result[name] = value.mask((numbers > 0) & (numbers < 8))
        elif name.startswith(("mean_", "sd_before", "sd_after", "raw_", "improvement")):
            result[name] = numbers.round(2).where((exact["n"] >= 10) & numbers.notna())
    return result


COUNTED = {
    "recovered", "improved", "unchanged", "deteriorated", "harmed", "clinical_at_start",
    "not_eligible", "not_yet_due", "window_open", "missed", "done", "both_better", "discordant",
    "both_worse",
}  # fmt: skip


# --- views side by side ---------------------------------------------------------------------


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.astype(str).reset_index(drop=True).equals(other.astype(str).reset_index(drop=True))


@pytest.mark.parametrize("seed", VIEWED)
def test_a_site_shows_the_same_in_its_own_export_and_in_that_of_all_sites(seed: int) -> None:
    """Else what one hides the other would show."""
    exact, released = tables(seed)
    for site in results_of(seed).people["site"].unique():
        for name, own in site_view(exact, results_of(seed), site).items():
            assert same(own, released[name][released[name]["site"] == site]), (name, site)


def shown_averages(seed: int) -> Iterator[tuple[str, pd.DataFrame, pd.Series]]:
    """Each table with averages, exact, and which of its rows show one."""
    exact, released = tables(seed)
    for name in ("effects", "waves", "robustness", "maintenance", "indicators", "service_use"):
        if name in exact:
            value = {"waves": "estimate", "maintenance": "gain", "indicators": "difference",
                     "service_use": "value"}.get(name, "improvement")  # fmt: skip
            yield name, exact[name], released[name][value].notna()


@pytest.mark.parametrize("seed", WHOLE)
def test_all_sites_without_those_shown_are_nobody_or_enough(seed: int) -> None:
    compared = 0
    for name, table, shown in shown_averages(seed):
        if name in ("service_use", "maintenance"):  # they have a rule of their own, below
            continue
        by = [c for c in ("subgroup", "instrument", "scale", "contrast", "indicator") if c in table]
        for _, rows in table[table["n"] > 0].groupby(by):
            total = rows[(rows["site"] == ALL_SITES) & shown[rows.index]]
            hidden = rows[(rows["site"] != ALL_SITES) & ~shown[rows.index]]
            if len(total):
                compared += 1
                assert len(hidden) != 1, name
                assert hidden["n"].sum() == 0 or hidden["n"].sum() >= RULE.min_n, name
    assert compared > 1


@pytest.mark.parametrize("seed", SEEDS)
def test_averages_at_one_time_are_of_one_basis(seed: int) -> None:
    """Who has the start and the end, and who has the start and three months, differ by a few."""
    results, (_, released) = results_of(seed), tables(seed)
    rows = released["effects"]
    rows = rows[(rows["subgroup"] == "") & rows["mean_before"].notna()]
    people: dict[tuple, list[set]] = {}
    for row in rows.to_dict("records"):
        pairs = results.pairs[row["contrast"]]
        used = pairs[(pairs["excluded"] == "") & ~pairs["practitioner"]]
        used = used[(used["instrument"] == row["instrument"]) & (used["scale"] == row["scale"])]
        if row["site"] != ALL_SITES:
            used = used[used["site"] == row["site"]]
        for wave in row["contrast"].split("_"):
            place = (row["site"], row["instrument"], row["scale"], wave)
            people.setdefault(place, []).append(
                set(zip(used["site"], used["participant"], strict=True))
            )
    for place, groups in people.items():
        for i, one in enumerate(groups):
            for other in groups[:i]:
                assert max(len(one - other), len(other - one)) >= RULE.min_n, place


@pytest.mark.parametrize("seed", WHOLE)
def test_nothing_but_counts_is_shown_of_fewer_than_ten(seed: int) -> None:
    """Means, spreads, sizes, change scores, shares and lines: whatever is a number."""
    exact, released = tables(seed)
    hidden = 0
    for name, table in exact.items():
        if not {"n", "n_couples"} <= set(table) or len(table) != len(released[name]):
            continue
        few = few_people(table, RULE)
        shown = released[name].loc[table.index[few]]
        if name == "service_use":  # how many people is a count and not of anybody's answers
            shown = shown[shown["kind"] != "count"]
        numbers = [c for c in FROM_ANSWERS if c in shown]
        hidden += len(shown) if numbers else 0
        assert shown[numbers].isna().all().all(), name
    assert hidden > 10


FROM_ANSWERS = (
    "mean_before", "sd_before", "mean_after", "sd_after", "raw_change", "improvement",
    "improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high", "share_improved",
    "estimate", "low", "high", "d_pre", "gain", "change", "retained_share", "difference", "before",
    "after", "ratio", "value", "mean", "y", "shrunken", "odds_ratio", "improvement_without",
)  # fmt: skip


SHARES = (
    "rate", "other_rate", "share_improved", "stayed_share", "improved_share", "deteriorated_share",
    "recovery_rate", "observed_rate", "share",
)  # fmt: skip


@pytest.mark.parametrize("seed", WHOLE)
def test_no_share_of_nobody_or_everybody_and_no_extreme_is_released(seed: int) -> None:
    exact, released = tables(seed)
    for name, table in released.items():
        for column in SHARES:
            if column in table:
                shown = pd.to_numeric(table[column]).dropna()
                assert shown.between(0, 1).all()
                if len(table) == len(exact[name]) and column in exact[name]:
                    of = pd.to_numeric(exact[name].loc[shown.index, column])
                    assert not of.isin([0.0, 1.0]).any(), (name, column)
        assert not {c for c in table if c in ("min", "max", "median", "q1", "q3", "minimum")}, name


# --- sums that tell -------------------------------------------------------------------------


def test_a_total_is_hidden_beside_a_single_small_part() -> None:
    """Nine of all sites, eight of the only other site: the hidden site would be one or two."""
    table = pd.DataFrame({"site": ["ALL", "A", "B"], "n": [9.0, 8.0, 1.0]})
    found = totals_also_hidden(table, ["n"], [], RULE)
    assert found["n"].tolist() == [True, False, False]
    wide = pd.DataFrame({"site": ["ALL", "A", "B", "C"], "n": [65.0, 40.0, 21.0, 4.0]})
    assert not totals_also_hidden(wide, ["n"], [], RULE)["n"].any()


@pytest.mark.parametrize(
    ("counts", "more"),
    [
        ([11, 8, 1, 1, 1], [1]),  # at least eight of at most twelve leave four for three
        ([48, 35, 9, 4, 0], []),
        ([60, 50, 0, 10, 0], []),  # nothing is hidden
        ([19, 12, 7, 0, 0], [1]),  # it would be six or seven
    ],
)
def test_the_largest_part_is_hidden_where_the_small_ones_would_follow(counts, more) -> None:
    found = also_hidden(np.array(counts, dtype=float), [(0, [1, 2, 3, 4])], RULE)
    assert np.flatnonzero(found).tolist() == more


def test_a_sum_that_does_not_hold_tells_nothing() -> None:
    found = also_hidden(np.array([30.0, 8, 1, 1, 1]), [(0, [1, 2, 3, 4])], RULE)
    assert not found.any()
    assert not also_hidden(np.array([]), [], RULE).size


def test_no_change_carried_forward_does_not_tell_the_share_lost() -> None:
    """The mean of those who came back beside that with no change for the others."""
    exact = sensitivity_table(programme(), measure="das_32.total", contrast="baseline_end")
    shown = release_sensitivity(exact, programme().effects, RULE)
    rows = shown[shown["estimate"].notna()].set_index(["site", "method"])
    compared = 0
    for site in rows.index.unique("site"):
        kept, lost = (float(rows.loc[(site, "completers"), n]) for n in ("n_completers", "n_lost"))
        came_back = float(rows.loc[(site, "completers"), "estimate"])
        of_all = float(rows.loc[(site, "bocf"), "estimate"])
        # From the released numbers alone, to the last decimal that is shown.
        assert of_all == pytest.approx(came_back * kept / (kept + lost), abs=0.0501)
        compared += 1
    assert compared >= 3


# --- one person more ------------------------------------------------------------------------


def test_one_more_person_changes_few_released_numbers_and_no_small_count() -> None:
    """A release of today beside that of yesterday: differences of counts are never under five."""
    effects = tables(12)[0]["effects"]
    added = effects.assign(n=effects["n"] + 1, n_couples=effects["n_couples"] + 1)
    before, after = (release_effects(table, RULE) for table in (effects, added))
    change = pd.to_numeric(after["n"]) - pd.to_numeric(before["n"])
    assert set(change.dropna()) <= {0.0, 5.0}
