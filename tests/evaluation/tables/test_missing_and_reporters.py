"""missing_patterns.csv, the questions left out, and reporter_gap.csv, counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from scipy import stats

from evaluation.analysis.missing_items import missing_item_audit
from evaluation.config import DisclosureRule, parse_settings
from evaluation.disclosure.missing import (
    release_missing_items,
    release_missing_patterns,
    release_reporter_gap,
)
from evaluation.ingest.pipeline import read_files
from evaluation.programme import analyse
from evaluation.tables.missing_patterns import (
    MISSING_ITEM_COLUMNS,
    MISSING_PATTERN_COLUMNS,
    missing_items_table,
    missing_patterns_table,
)
from evaluation.tables.reporter_gap import REPORTER_GAP_COLUMNS, reporter_gap_table
from tests.evaluation.tables.followed_up import LATELY, LONG_AGO, results, singles
from tests.evaluation.tables.synthetic_programme import people, programme, run

RULE = DisclosureRule()
ANSWERS = ["both", "only_mother", "only_father", "only_one", "neither", "not_judged"]


def counts(table: pd.DataFrame, site: str = "Luton") -> dict[str, int]:
    rows = table[table["site"] == site]
    return dict(zip(rows["pattern"], rows["n"], strict=True))


def wave(table: pd.DataFrame, name: str, site: str = "Luton") -> dict:
    [row] = table[(table["site"] == site) & (table["wave"] == name)].to_dict("records")
    return row


# --- patterns ----------------------------------------------------------------------------------


def test_patterns_of_a_programme_with_dates() -> None:
    made = results(singles(9, back=6) | {"W": ("", "father", LATELY, {"baseline": 12})})
    table = missing_patterns_table(made)
    assert tuple(table.columns) == MISSING_PATTERN_COLUMNS
    assert (
        counts(table)
        == counts(table, "ALL")
        == {
            "baseline+end": 6,
            "baseline": 3,
            "baseline (end+3m+6m not yet due)": 1,
        }
    )
    assert (table["total"] == 10).all()
    assert table["share"].tolist() == [0.6, 0.3, 0.1] * 2


def test_patterns_of_the_synthetic_programme_are_those_of_its_file() -> None:
    known = people()
    scores = known[["rq_pre", "rq_post", "rq_fu3", "rq_fu6"]].notna()
    names = ["baseline", "end", "3m", "6m"]
    has = scores[scores.any(axis=1)].to_numpy()
    wanted = pd.Series(
        ["+".join(n for n, there in zip(names, row, strict=True) if there) for row in has]
    ).value_counts()
    table = missing_patterns_table(programme())
    found = table[table["site"] == "ALL"].groupby("present")["n"].sum()
    assert found.to_dict() == wanted.to_dict()
    assert table.groupby("site")["share"].sum().tolist() == pytest.approx([1.0] * 13)


def test_nobody_back_everybody_back_one_person_and_nobody_at_all() -> None:
    assert counts(missing_patterns_table(results(singles(4, back=0)))) == {"baseline": 4}
    assert counts(missing_patterns_table(results(singles(4, back=4)))) == {"baseline+end": 4}
    assert counts(missing_patterns_table(results(singles(1, back=1)))) == {"baseline+end": 1}
    nothing = missing_patterns_table(programme(), only=["nowhere"])
    assert nothing.empty and tuple(nothing.columns) == MISSING_PATTERN_COLUMNS


def test_practitioners_have_no_pattern() -> None:
    made = run(
        "site,participant,role,wave,phq9_total\nLuton,A,mother,baseline,9\nLuton,A,mother,end,5\n"
        "Luton,B,practitioner,baseline,9\n"
    )
    table = missing_patterns_table(made)
    assert table[table["site"] == "Luton"]["total"].tolist() == [1]


def test_only_some_sites() -> None:
    whole = missing_patterns_table(programme())
    one = missing_patterns_table(programme(), only=["S03"])
    assert set(one["site"]) == {"S03"}
    assert counts(one, "S03") == counts(whole, "S03")


def test_rare_patterns_are_released_together() -> None:
    made = results(
        singles(40, back=25)
        | {f"W{n}": ("", "father", LATELY, {"baseline": 12}) for n in range(5)}
        | {f"X{n}": ("", "father", LONG_AGO, {"baseline": 9, "6m": 4}) for n in range(4)}
    )
    released = release_missing_patterns(missing_patterns_table(made), RULE)
    assert counts(released) == {"baseline+end": 25, "baseline": 15, "other patterns": 10}
    assert not released["pattern"].str.contains("6m").any()
    assert (released["total"] == 50).all()
    few = release_missing_patterns(missing_patterns_table(results(singles(40, back=36))), RULE)
    assert few[few["site"] == "Luton"]["n"].tolist() == [35, None]
    # what is left of 40 would be the hidden four
    assert few[few["site"] == "Luton"]["share"].tolist() == [None, None]


def test_a_scale_of_few_people_is_one_hidden_row() -> None:
    released = release_missing_patterns(missing_patterns_table(results(singles(9, back=5))), RULE)
    assert released["reason"].tolist() == ["SUPPRESSED"] * 2  # the site, and all beside it
    assert released[["n", "total", "share"]].isna().all().all()
    assert (released["pattern"] == "").all()
    assert release_missing_patterns(released.iloc[:0], RULE).empty


# --- questions ---------------------------------------------------------------------------------


def answers(n: int, *, skipped: int, site: str = "Luton") -> str:
    items = ",".join(f"phq9_{number}" for number in range(1, 10))
    lines = [f"site,participant,role,wave,{items}"]
    for person in range(n):
        values = ["1"] * 8 + ["" if person < skipped else "2"]
        lines.append(f"{site},P{person},mother,baseline,{','.join(values)}")
    lines.append(f"{site},T,practitioner,baseline,{',,' * 4}")
    return "\n".join(lines)


def test_questions_left_out_most_come_first() -> None:
    report = read_files([("a.csv", answers(30, skipped=12).encode())])
    made = analyse(report.dataset, parse_settings(""))
    table = missing_items_table(made, report.dataset)
    assert tuple(table.columns) == MISSING_ITEM_COLUMNS
    first = table[table["site"] == "Luton"].iloc[0]
    assert (first["item"], first["n_asked"], first["n_missing"], first["rank"]) == (9, 30, 12, 1)
    assert first["share"] == 0.4
    audit = missing_item_audit(made.instruments["phq9"], report.dataset.answers["phq9"])
    assert sorted(table[table["site"] == "ALL"]["n_missing"]) == sorted(audit["n_missing"])
    assert missing_items_table(made, report.dataset, only=["nowhere"]).empty
    released = release_missing_items(table, RULE)
    shown = released[released["site"] == "Luton"].iloc[8]
    assert (shown["item"], shown["n_asked"], shown["n_missing"]) == (9, 30, 10)
    assert shown["share"] == 0.33
    assert released["low"].isna().all()


def test_a_few_who_left_a_question_out_are_hidden() -> None:
    report = read_files([("a.csv", answers(30, skipped=3).encode())])
    made = analyse(report.dataset, parse_settings(""))
    released = release_missing_items(missing_items_table(made, report.dataset), RULE)
    ninth = released[released["item"] == 9]
    assert ninth[["n_missing", "share"]].isna().all().all()
    assert (ninth["reason"] == "SUPPRESSED").all()
    # in the order of the form, which tells nothing
    assert released["item"].tolist() == [*range(1, 10)] * 2
    few = release_missing_items(missing_items_table(made, report.dataset).assign(n_asked=6), RULE)
    assert few["n_asked"].isna().all()


# --- reporters ---------------------------------------------------------------------------------


def couple(
    number: int, mother: dict, father: dict, *, roles=("mother", "father"), ended=LONG_AGO
) -> dict:
    return {
        f"A{number}": (f"C{number}", roles[0], ended, mother),
        f"B{number}": (f"C{number}", roles[1], ended, father),
    }


def small_programme() -> dict:
    made = {}
    for number in range(4):
        made |= couple(
            number, {"baseline": 14 + number, "end": 8}, {"baseline": 12, "end": 7 - number}
        )
    for number in range(4, 6):
        made |= couple(number, {"baseline": 18, "end": 9}, {"baseline": 10 + number})
    made |= couple(6, {"baseline": 20}, {"baseline": 16, "end": 5})
    made |= couple(7, {"baseline": 20}, {"baseline": 16})
    made |= couple(8, {"baseline": 11, "end": 6}, {"baseline": 9}, roles=("partner_a", "partner_b"))
    made |= couple(9, {"baseline": 11}, {"baseline": 9}, ended=LATELY)
    made |= {"ALONE": ("", "mother", LONG_AGO, {"baseline": 15, "end": 9})}
    # one of two at the start is no couple of two reporters
    made |= couple(10, {"baseline": 15, "end": 9}, {"end": 3})
    return made


def test_reporters_counted_by_hand() -> None:
    table = reporter_gap_table(results(small_programme()))
    assert tuple(table.columns) == REPORTER_GAP_COLUMNS
    start, end = wave(table, "baseline"), wave(table, "end")
    assert start["n_couples"] == start["both"] == 10
    assert end["n_couples"] == 10
    assert [end[name] for name in ANSWERS] == [4, 2, 1, 1, 1, 1]
    later = wave(table, "3m")
    assert [later[name] for name in ANSWERS] == [0, 0, 0, 0, 9, 1]
    assert later["reason"] == "NONE_OBSERVED;FEW_COUPLES"


def test_gap_is_mother_minus_father_within_couples() -> None:
    table = reporter_gap_table(results(small_programme()))
    end, start = wave(table, "end"), wave(table, "baseline")
    differences = [1, 2, 3, 4]
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert (end["n_gap"], end["gap_mean"]) == (4, 2.5)
    assert (end["gap_low"], end["gap_high"]) == pytest.approx((expected.low, expected.high))
    # nine of the ten couples have a mother and a father
    assert start["n_gap"] == 9
    assert start["gap_mean"] == pytest.approx((2 + 3 + 4 + 5 + 4 + 3 + 4 + 4 + 2) / 9)


def test_how_couples_began_by_who_came_back() -> None:
    end = wave(reporter_gap_table(results(small_programme())), "end")
    both = [13, 13.5, 14, 14.5]
    one = [(18 + 14) / 2, (18 + 15) / 2, (20 + 16) / 2, (11 + 9) / 2]
    expected = stats.ttest_ind(one, both, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert end["before_both"] == pytest.approx(sum(both) / 4)
    assert end["before_one"] == pytest.approx(sum(one) / 4)
    assert end["before_difference"] == pytest.approx(sum(one) / 4 - sum(both) / 4)
    assert (end["before_low"], end["before_high"]) == pytest.approx((interval.low, interval.high))
    assert end["gap_before_both"] == pytest.approx((2 + 3 + 4 + 5) / 4)
    assert end["gap_before_one"] == pytest.approx((4 + 3 + 4) / 3)


def test_reporters_of_the_synthetic_programme_are_those_of_its_file() -> None:
    known = people()
    pairs = known.dropna(subset=["rq_pre"]).groupby("couple").filter(lambda c: len(c) == 2)
    there = pairs["rq_post"].notna().groupby(pairs["couple"]).sum()
    found = wave(reporter_gap_table(programme()), "end", "ALL")
    one = found["only_mother"] + found["only_father"] + found["only_one"]
    assert found["n_couples"] == len(there)
    assert (found["both"], one, found["neither"]) == (
        (there == 2).sum(), (there == 1).sum(), (there == 0).sum(),
    )  # fmt: skip


def test_nobody_with_a_partner_no_roles_nothing_due_and_nobody_at_all() -> None:
    alone = reporter_gap_table(results(singles(1, back=1)))
    assert set(alone["reason"]) == {"SINGLES"} and (alone["n_couples"] == 0).all()
    nameless = couple(1, {"baseline": 9, "end": 4}, {"baseline": 7, "end": 5}, roles=("", ""))
    table = reporter_gap_table(results(nameless))
    # Nor is there another couple to compare the start with.
    assert wave(table, "end")["reason"] == "NO_ROLES;FEW_COUPLES"
    assert wave(table, "end")["both"] == 1
    waiting = couple(1, {"baseline": 9}, {"baseline": 7}, ended=LATELY)
    assert wave(reporter_gap_table(results(waiting)), "3m")["reason"] == "NOT_YET_DUE"
    assert wave(reporter_gap_table(results(waiting)), "baseline")["reason"] == "G1;FEW_COUPLES"
    assert reporter_gap_table(programme(), only=["nowhere"]).empty


def test_few_couples_are_hidden_and_many_rounded() -> None:
    hidden = release_reporter_gap(reporter_gap_table(results(small_programme())), RULE)
    assert tuple(hidden.columns) == REPORTER_GAP_COLUMNS
    end = wave(hidden, "end")
    assert end["n_couples"] == 10 and end["only_mother"] is None and end["gap_mean"] is None
    assert end["reason"] == "SUPPRESSED"
    made = {}
    for number in range(60):
        mother = {"baseline": 12 + number % 7, "end": 8 + number % 3}
        father = {"baseline": 10 + number % 4} | ({"end": 7} if number < 41 else {})
        made |= couple(number, mother, father)
    shown = wave(release_reporter_gap(reporter_gap_table(results(made)), RULE), "end")
    assert [shown[name] for name in ANSWERS] == [40, 20, 0, 0, 0, 0]
    assert shown["gap_mean"] == round(shown["gap_mean"], 2)
    assert shown["before_one"] is not None and shown["reason"] == ""


def test_the_few_who_are_neither_cannot_be_worked_out() -> None:
    made = {}
    for number in range(45):
        mother = {"baseline": 12 + number % 7} | ({"end": 8 + number % 3} if number < 42 else {})
        father = {"baseline": 10 + number % 4} | ({"end": 7} if number < 25 else {})
        made |= couple(number, mother, father)
    end = wave(release_reporter_gap(reporter_gap_table(results(made)), RULE), "end")
    assert (end["both"], end["only_mother"], end["neither"]) == (25, 15, None)
    assert end["before_both"] is None and end["gap_before_both"] is None
    assert end["gap_mean"] is not None
