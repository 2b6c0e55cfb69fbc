"""Who benefits, early help, change that matters and payment by results, by the whole way."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy import stats

from evaluation.disclosure import SUPPRESSED
from evaluation.report.export import prepare_export
from evaluation.report.reasons import REASONS
from evaluation.report.result_tables import TABLE_NAMES, one_table
from evaluation.report.workbook import COLUMN_MEANINGS
from evaluation.tables.early_help import EARLY_HELP_COLUMNS, MEANINGFUL_COLUMNS
from evaluation.tables.on_demand import (
    early_help_table,
    meaningful_change_table,
    payment_table,
    subgroups_table,
)
from evaluation.tables.payment import PAYMENT_COLUMNS, TAKE_UP_ASSUMED
from evaluation.tables.payment import payment_table as of_parts
from evaluation.tables.subgroups import SUBGROUP_COLUMNS
from tests.evaluation.tables.synthetic_programme import programme, run

NEW_TABLES = ("subgroups", "early_help", "meaningful_change", "payment_by_results")


def row(table: pd.DataFrame, **wanted: str) -> dict:
    for name, value in wanted.items():
        table = table[table[name] == value]
    [found] = table.to_dict("records")
    return found


def phq9(scores: Sequence[tuple[int, int | None]], *, site: str = "Luton") -> list[str]:
    lines = []
    for n, (start, end) in enumerate(scores):
        lines.append(f"{site},P{n},baseline,{start}")
        lines += [f"{site},P{n},end,{end}"] if end is not None else []
    return lines


def of_people(lines: Sequence[str], header: str = "site,participant,wave,phq9_total"):
    return run("\n".join([header, *lines]))


# --- who benefits ----------------------------------------------------------------------------


def by_intervention(**sizes: dict[str, int]) -> list[str]:
    """People of each site who had each intervention ("" = not known); all improve by 4 or 5."""
    lines = []
    for site, levels in sizes.items():
        for level, n in levels.items():
            for i in range(n):
                person = f"{site},{level or 'x'}{i},{level}"
                lines += [f"{person},baseline,{14 + i % 4}", f"{person},end,{9 + i % 4 + i % 2}"]
    return lines


GROUPED = "site,participant,intervention,wave,phq9_total"


def mothers_and_fathers() -> pd.DataFrame:
    lines = []
    for role, gains in (("mother", (5, 6)), ("father", (3, 4))):
        for n in range(20):
            # Two start below the boundary of PHQ-9, which is 10.
            start = 8 if n < 2 else 12 + n % 5
            person = f"Luton,{role[0]}{n},{role},K{n},{'yes' if n % 4 else 'no'}"
            lines += [f"{person},baseline,{start}", f"{person},end,{start - gains[n // 2 % 2]}"]
    return subgroups_table(
        of_people(lines, "site,participant,role,couple,low_income,wave,phq9_total")
    )


def test_levels_and_their_difference_are_those_of_the_people() -> None:
    table = mothers_and_fathers()
    assert tuple(table.columns) == SUBGROUP_COLUMNS
    at = {"site": "Luton", "contrast": "baseline_end"}
    mothers = row(table, **at, row="level", level="mother")
    assert (mothers["n"], mothers["n_couples"], mothers["improvement"]) == (20, 20, 5.5)
    found = row(table, **at, row="difference", trait="role", adjusted="no")
    assert (found["level"], found["reference"]) == ("mother", "father")
    # Partners start alike and differ by 2 every time.
    assert (found["n"], found["n_reference"], found["n_couples"]) == (20, 20, 20)
    assert found["difference"] == pytest.approx(2)
    severe = row(table, **at, row="level", level="more severe at the start")
    milder = row(table, **at, row="level", level="less severe at the start")
    assert (severe["n"], milder["n"]) == (36, 4)
    assert row(table, **at, row="level", level="in a couple")["n"] == 40
    levels = table[(table["site"] == "Luton") & (table["row"] == "level")]
    assert levels.groupby("trait")["n"].sum().to_dict() == {
        "role": 40, "partner": 40, "severity": 40, "low_income": 40,
    }  # fmt: skip
    # One site alone is all sites together.
    one, both = (
        table[table["site"] == s].drop(columns="site").reset_index(drop=True)
        for s in ("Luton", "ALL")
    )
    assert_frame_equal(one, both)


def test_q_values_are_over_all_traits_of_a_site_and_contrast() -> None:
    names = ("A", "B", "C")
    lines = []
    for n in range(72):
        start, gain = 12 + n % 7, 3 + n % 3 + (n // 24) % 2 + (n % 5 == 0)
        about = f"Luton,P{n},{names[n // 24]},{'yes' if n % 2 else 'no'}"
        lines += [f"{about},baseline,{start}", f"{about},end,{start - gain}"]
    table = subgroups_table(
        of_people(lines, "site,participant,intervention,low_income,wave,phq9_total")
    )
    for how in ("yes", "no"):
        part = table[(table["site"] == "Luton") & (table["adjusted"] == how)]
        known = part.dropna(subset=["p"])
        assert len(known) == 3
        assert (known["n_family"] == 3).all()
        expected = stats.false_discovery_control(known["p"].to_numpy())
        assert known["q"].to_numpy() == pytest.approx(expected)


def test_only_some_sites_are_the_same_rows() -> None:
    whole = subgroups_table(programme())
    expected = whole[whole["site"] == "S12"].reset_index(drop=True)
    assert len(expected)
    assert_frame_equal(subgroups_table(programme(), only=["S12"]), expected)


def test_the_main_scale_and_the_one_that_the_rule_file_names() -> None:
    lines = ["Luton,P1,baseline,12,11", "Luton,P1,end,8,9"]
    header = "site,participant,wave,hads_anxiety,hads_depression"
    text = "\n".join([header, *lines])
    main = set(subgroups_table(run(text))["scale"])
    assert len(main) == 1
    rules = "primary:\n  '*': hads.depression\n"
    assert set(subgroups_table(run(text, rules=rules))["scale"]) == main | {"depression"}


# --- who benefits, released ------------------------------------------------------------------


def released_traits(**sizes: dict[str, int]) -> pd.DataFrame:
    results = of_people(by_intervention(**sizes), GROUPED)
    table = one_table(results, "subgroups", released=True)
    return table[(table["trait"] == "intervention") & (table["row"] == "level")]


def hidden(table: pd.DataFrame) -> dict[str, bool]:
    assert (table["n"].isna() == (table["reason"] == SUPPRESSED)).all()
    found = table.groupby("site")["reason"].agg(lambda r: set(r == SUPPRESSED))
    # A trait of a site is hidden whole or not at all.
    return {site: flags.pop() for site, flags in found.items() if len(flags) == 1}


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({"A": 15, "B": 12}, False),
        ({"A": 15, "B": 12, "C": 3}, True),
        ({"A": 15, "B": 12, "": 3}, True),
        ({"A": 15, "B": 12, "": 10}, False),
    ],
)
def test_a_trait_is_shown_only_if_nobody_can_be_found_by_subtraction(levels, expected) -> None:
    assert hidden(released_traits(Luton=levels))["Luton"] == expected


def test_all_together_are_hidden_beside_one_hidden_site_and_not_beside_two() -> None:
    few, many = {"A": 15, "B": 6}, {"A": 15, "B": 12}
    assert hidden(released_traits(Luton=few, Dorset=many)) == {
        "ALL": True, "Luton": True, "Dorset": False,
    }  # fmt: skip
    assert hidden(released_traits(Luton=few, Kent=few, Dorset=many)) == {
        "ALL": False, "Luton": True, "Kent": True, "Dorset": False,
    }  # fmt: skip


def test_differences_of_a_hidden_trait_are_hidden_too() -> None:
    lines = by_intervention(Luton={"A": 25, "B": 22, "C": 4})
    table = one_table(of_people(lines, GROUPED), "subgroups", released=True)
    apart = table[(table["trait"] == "intervention") & (table["row"] == "difference")]
    assert len(apart)
    assert (apart["reason"] == SUPPRESSED).all()
    assert apart[["n", "n_reference", "difference", "low", "high"]].isna().all(axis=None)


# --- early help ------------------------------------------------------------------------------

# The boundary of PHQ-9 is 10: four start outside, of whom two stay.
OUTSIDE = ((5, 5), (5, 9), (5, 20), (9, 10), (15, 5), (25, None))


def test_people_who_start_outside_are_counted_by_hand() -> None:
    table = early_help_table(of_people(phq9(OUTSIDE)))
    assert tuple(table.columns) == EARLY_HELP_COLUMNS
    found = row(table, site="Luton", contrast="baseline_end")
    names = ("n", "n_outside", "stayed", "crossed", "crossed_reliably", "crossed_not_reliable")
    assert [found[name] for name in names] == [5, 4, 2, 2, 1, 1]
    assert found["stayed_share"] == 0.5
    assert found["cutoff"] == 10
    assert found["change"] == pytest.approx((0 - 4 - 15 - 1) / 4)
    # Also of the person without a later score: 5, 5, 5, 9, 15, 25.
    assert found["margin"] == pytest.approx(0.2 * pd.Series([5, 5, 5, 9, 15, 25]).std())
    assert found["not_worse"] == "no"


def test_nobody_outside_has_a_reason() -> None:
    found = row(early_help_table(of_people(phq9([(20, 5), (19, 6)]))),
                site="Luton", contrast="baseline_end")  # fmt: skip
    assert (found["n_outside"], found["reason"]) == (0, "NONE_OUTSIDE")


@pytest.mark.parametrize(("inside", "expected"), [(4, True), (12, False), (0, False)])
def test_few_inside_hide_those_outside(inside: int, expected: bool) -> None:
    scores = [(4 + n % 5, 3 + n % 6) for n in range(30)] + [(15, 9 + n % 3) for n in range(inside)]
    table = one_table(of_people(phq9(scores)), "early_help", released=True)
    found = row(table, site="Luton", contrast="baseline_end")
    assert (found["reason"] == SUPPRESSED) == expected
    assert pd.isna(found["change"]) == expected
    if not expected:
        assert found["n_outside"] == 30


# --- change that matters ---------------------------------------------------------------------


def test_change_that_matters_is_counted_by_hand() -> None:
    table = meaningful_change_table(of_people(phq9([(20, 14), (20, 15), (5, 11), (0, 0)])))
    assert tuple(table.columns) == MEANINGFUL_COLUMNS
    names = ("n", "n_undefined", "improved", "unchanged", "deteriorated")
    at = {"site": "Luton", "contrast": "baseline_end"}
    # 6 points or more; 0 has no percentage.
    points = row(table, **at, method="published_points")
    assert (points["threshold"], points["evidence"]) == (6, "confirmed")
    assert [points[name] for name in names] == [4, 0, 1, 2, 1]
    assert points["improved_share"] == 0.25
    less = row(table, **at, method="percent_30")
    assert [less[name] for name in names] == [3, 1, 1, 1, 1]
    assert (less["n_couples"], less["reason"]) == (3, "PRE0")
    half = row(table, **at, method="percent_50")
    assert [half[name] for name in names] == [3, 1, 0, 2, 1]


@pytest.mark.parametrize(
    ("column", "methods"),
    [
        # Published for the mean of a group alone.
        ("hads_anxiety", {"percent_30", "percent_50"}),
        # More is better, and the scale does not begin at 0.
        ("swemwbs_total", {"published_points"}),
        # No published value, and more is better.
        ("das_32_total", set()),
    ],
)
def test_only_what_has_a_meaning_for_one_person(column: str, methods: set[str]) -> None:
    lines = ["Luton,P1,baseline,12", "Luton,P1,end,14"]
    table = meaningful_change_table(of_people(lines, f"site,participant,wave,{column}"))
    assert set(table["method"]) == methods


# --- payment by results ----------------------------------------------------------------------

PAID = (
    "Luton,P1,K1,baseline,20", "Luton,P1,K1,end,9", "Luton,P2,K1,baseline,20",
    "Luton,P2,K1,end,20", "Luton,P2,K1,3m,8", "Luton,P3,,baseline,15", "Luton,P4,,baseline,18",
    "Luton,P4,,end,27",
)  # fmt: skip
COUPLED = "site,participant,couple,wave,phq9_total"


def test_outcomes_are_counted_once_for_each_person_and_couple() -> None:
    table = payment_table(of_people(PAID, COUPLED))
    assert tuple(table.columns) == PAYMENT_COLUMNS
    names = ("n", "n_couples", "eligible", "observed", "missing", "reached", "reached_end",
             "reached_3m", "deteriorated")  # fmt: skip
    person = row(table, unit="person", outcome="improvement")
    assert [person[name] for name in names] == [3, 2, 4, 3, 1, 2, 1, 1, 1]
    couple = row(table, unit="couple", outcome="improvement")
    assert [couple[name] for name in names] == [3, 2, 3, 2, 1, 1, 1, 0, 1]
    assert couple["rate"] == pytest.approx(1 / 3)
    assert couple["expected"] == pytest.approx(0.025 * 2)
    assert set(table["reason"]) == {TAKE_UP_ASSUMED}


def test_take_up_and_how_support_ended_count() -> None:
    results = of_people(PAID, COUPLED)
    people = results.people.assign(
        took_up=(results.people["participant"] != "P4").astype("boolean"),
        ending=results.people["participant"].map({"P3": "separated"}).fillna(""),
    )
    table = of_parts(
        results.pairs, people, results.change_details, results.instruments, results.settings
    )
    found = row(table, unit="person", outcome="improvement")
    names = ("eligible", "observed", "withdrawn", "missing", "reached", "deteriorated", "reason")
    assert [found[name] for name in names] == [3, 2, 1, 0, 2, 0, ""]


def test_the_primary_measure_is_the_one_named_or_that_with_most_pairs() -> None:
    lines = ["Luton,P1,baseline,12,9", "Luton,P1,end,8,4", "Luton,P2,baseline,,9",
             "Luton,P2,end,,4"]  # fmt: skip
    text = "\n".join(["site,participant,wave,phq9_total,gad7_total", *lines])
    assert set(payment_table(run(text))["instrument"]) == {"gad7"}
    named = run(text, rules="primary:\n  '*': phq9.total\n")
    assert set(payment_table(named)["instrument"]) == {"phq9"}
    absent = run(text, rules="primary:\n  '*': das_32.total\n")
    assert payment_table(absent).empty


def test_a_parent_of_two_children_counts_once() -> None:
    lines = [f"Luton,P1,{child},parent,{wave},{score}" for child in ("A", "B")
             for wave, score in (("baseline", 25), ("end", 5))]  # fmt: skip
    header = "site,participant,child,informant,wave,sdq_parent_4_17_total"
    table = payment_table(of_people(lines, header))
    assert len(table)
    assert (table["eligible"] == 1).all()


# --- what leaves -----------------------------------------------------------------------------

COUNTS = (
    "n", "n_reference", "n_couples", "n_outside", "tied", "stayed", "crossed", "crossed_reliably",
    "crossed_not_reliable", "ended_on_cutoff", "n_undefined", "improved", "unchanged",
    "deteriorated", "eligible", "observed", "withdrawn", "missing", "reached", "recovered",
    "also_deteriorated", "reached_end", "reached_3m", "reached_6m",
)  # fmt: skip
# Each is, or leads to, an exact variance or an exact number of people.
NEVER_RELEASED = (
    "se", "df", "p", "q", "n_family", "display_tier", "stayed_low", "stayed_high", "cutoff",
    "rc_points", "sd_pre", "margin", "change_se", "p_not_worse", "p_equivalent", "improved_low",
    "deteriorated_low", "rate_low", "observed_high", "expected", "net", "expected_any", "net_any",
)  # fmt: skip


@pytest.fixture(scope="module")
def released() -> dict[str, pd.DataFrame]:
    scores = [(4 + n % 18, 3 + n % 13) for n in range(60)]
    lines = [*phq9(scores), *phq9(scores[:40], site="Dorset"), *phq9(scores[:5], site="Kent")]
    return prepare_export(of_people(lines), disclosure="release").tables


@pytest.mark.parametrize("name", NEW_TABLES)
def test_no_released_number_is_exact_small_or_a_variance(released, name: str) -> None:
    table = released[name]
    counts = table[[c for c in COUNTS if c in table]].astype(float).stack().dropna()
    assert len(counts) > 10
    assert ((counts == 0) | ((counts >= 8) & (counts % 5 == 0))).all()
    for column in NEVER_RELEASED:
        assert column not in table or table[column].isna().all(), column
    numbers = table.drop(columns="reason").apply(pd.to_numeric, errors="coerce").stack().dropna()
    assert (numbers == numbers.round(2)).all()


@pytest.mark.parametrize("name", NEW_TABLES)
def test_a_thin_site_is_hidden_and_all_together_with_it(released, name: str) -> None:
    table = released[name]
    if "contrast" in table:
        table = table[table["contrast"] == "baseline_end"]
    reasons = table.groupby("site")["reason"].agg(set)
    assert reasons["Kent"] == {SUPPRESSED}
    assert SUPPRESSED not in reasons["Luton"]
    if name != "payment_by_results":
        assert reasons["ALL"] == {SUPPRESSED}


def test_every_table_is_written_and_explained() -> None:
    assert set(NEW_TABLES) <= set(TABLE_NAMES) <= COLUMN_MEANINGS.keys()
    assert TAKE_UP_ASSUMED in REASONS
    results = of_people(PAID, COUPLED)
    tables = prepare_export(results, disclosure="off").tables
    assert set(NEW_TABLES) <= tables.keys()
    assert_frame_equal(tables["early_help"], early_help_table(results))
    site = prepare_export(programme(), disclosure="site", sites=["S12"]).tables
    assert {"S12"} == {s for name in NEW_TABLES if name in site for s in site[name]["site"]}
